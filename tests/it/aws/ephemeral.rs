//! Clusters that live as long as a run.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::Site;
use crate::reach::Running;
use crate::unload::moto::Moto;

const TARGET: &str = "[target dev]\nkind = ephemeral\ncluster = night\nnode_type = ra3.large\nnodes = 2\n\
    final_snapshot = no\nhostaddr = 127.0.0.1\nsslrootcert = ca.pem\n";

/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the clusters and their states are as wanted.
#[track_caller]
fn await_clusters(site: &Site, mut wanted: impl FnMut(&BTreeMap<String, String>) -> bool) {
    let since = Instant::now();
    loop {
        let clusters = site.clusters();
        if wanted(&clusters) {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "it never comes to that: {clusters:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until the clusters that runs have made are as wanted; those that are being deleted do not count.
#[track_caller]
fn await_made(site: &Site, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
    let mut states = Vec::new();
    await_clusters(site, |clusters| {
        let made = clusters.iter().filter(|(name, state)| *name != "local" && *state != "deleting");
        states = made.map(|(name, state)| format!("{name} {state}")).collect();
        wanted(&states)
    });
    states
}

/// Waits until the cluster of a run is made, or is the last of so many that can be used. The first passes, so it is the
/// run that says so.
#[track_caller]
fn await_state(site: &Site, run: &mut Running, state: &str, clusters: usize) {
    if state == "creating" {
        return run.await_told("waiting: the cluster night-", "is creating");
    }
    let is = |cluster: &&String| cluster.starts_with("night-") && cluster.ends_with(state);
    await_made(site, |found| found.iter().filter(is).count() == clusters);
}

#[test]
fn a_run_makes_one_uses_it_and_deletes_it() {
    // A new cluster's name is not known everywhere at once.
    let faults = r#"{"faults": [{"fault": "cut-at-log-in", "session": 1}]}"#;
    let Some(site) = Site::with_fault_file(TARGET, faults) else { return };
    let answer = site.project.typed("run --junit report.xml --format json").ends(0).err("waiting: the cluster night-");
    let answer = answer.err("waiting: the new cluster does not answer yet: cannot connect to");
    let run = answer.events()[0]["run"].as_str().expect("an id").to_owned();
    assert!(site.project.read("report.xml").contains("tests=\"1\""));
    let identifier = format!("night-{}", &run.replace('-', "")[..12]);
    answer.err(&format!("the cluster {identifier} is creating"));
    assert!(await_made(&site, <[String]>::is_empty).is_empty());
    // What fails leaves none either.
    site.project.write("changes/V2__wrong.sql", "insert into nowhere values (1);\n");
    site.project.typed("run").ends(6);
    await_made(&site, <[String]>::is_empty);
    site.emulator.end();
}

#[test]
fn what_cannot_be_deleted_is_told_beside_what_failed() {
    let faults =
        r#"[{"match": "redshift:DeleteCluster", "code": "AccessDenied", "status": 403, "message": "may not"}]"#;
    let Some(site) = Site::with_faults(TARGET, faults) else { return };
    site.project.write("changes/V2__wrong.sql", "insert into nowhere values (1);\n");
    let answer = site.project.typed("run").ends(6).out("nowhere").err("warning: the cluster night-");
    answer.err("redshift:DeleteCluster failed").err("hint: delete it with `vesto cluster delete night-");
    assert_eq!(await_made(&site, |_| true).len(), 1);
    site.emulator.end();
}

#[test]
fn what_becomes_of_its_data_must_be_said() {
    let Some(mut site) = Site::start(&TARGET.replace("final_snapshot = no\n", "")) else { return };
    site.project.typed("run").refuses(3, "whether a last snapshot", "final_snapshot = yes");
    let settings = site.project.read("vesto.ini") + "final_snapshot = yes\n";
    site.project.write("vesto.ini", &settings);
    site.project.typed("run").ends(0);
    let snapshots = "[s['SnapshotIdentifier'] for s in client('redshift').describe_cluster_snapshots()['Snapshots']]";
    let kept = site.boto3(snapshots);
    assert!(kept.starts_with("['night-") && kept.ends_with("-final']"), "{kept}");
    // The next one begins with what was saved.
    let name = kept.trim_matches(['[', ']', '\'']);
    let settings = settings.replace("final_snapshot = yes", &format!("final_snapshot = no\nsnapshot = {name}"));
    site.project.write("vesto.ini", &settings.replace("node_type = ra3.large\nnodes = 2\n", ""));
    let Some(moto) = Moto::start("unused") else { return };
    site.project.set("AWS_ENDPOINT_URL_STS", &moto.endpoint());
    site.project.typed("status --check").ends(0);
    await_made(&site, <[String]>::is_empty);
    site.emulator.end();
}

#[test]
fn whoever_is_stopped_deletes_it_first() {
    let Some(site) = Site::start(TARGET) else { return };
    site.project.write("changes/V2__slow.sql", "select pg_sleep(30);\n");
    for state in ["creating", "available"] {
        let mut run = Running::start(&site.project, &["run"]);
        await_state(&site, &mut run, state, 1);
        run.signal(Signal::INT);
        run.end().ends(130);
        await_made(&site, <[String]>::is_empty);
    }
    site.emulator.end();
}

#[test]
fn the_reaper_finds_what_a_killed_run_has_left() {
    let Some(site) = Site::start(&format!("{TARGET}expires_after = 2s\n")) else { return };
    site.project.write("changes/V2__slow.sql", "select pg_sleep(30);\n");
    // Of somebody else, and without vesto's tags.
    site.boto3("client('redshift').create_cluster(ClusterIdentifier='theirs', NodeType='ra3.large', ClusterType='single-node', MasterUsername='awsuser', MasterUserPassword='Secret123')['Cluster']['ClusterStatus']");
    site.project.typed("cluster reap").ends(0).out("nothing of a run is over its time");
    for (state, clusters) in [("creating", 1), ("available", 2)] {
        let mut run = Running::start(&site.project, &["run"]);
        await_state(&site, &mut run, state, clusters);
        run.signal(Signal::KILL);
        run.end();
    }
    let since = Instant::now();
    while !site.project.typed("cluster reap --dry-run").ends(0).stdout.matches("would delete night-").count().eq(&2) {
        assert!(since.elapsed() < PATIENCE, "they never expire");
    }
    site.project.typed("cluster reap").ends(0).out("deletes night-").lacks("theirs");
    let left = await_made(&site, |clusters| clusters.iter().all(|cluster| !cluster.starts_with("night-")));
    assert_eq!(left, ["theirs available"]);
    site.emulator.end();
}

#[test]
fn the_cluster_of_a_cluster_file_can_be_made_for_the_run() {
    let Some(site) = Site::start(TARGET) else { return };
    site.project.write("queries.ini", "[DDL_v01]\nquery0 = create table t (n integer)\n");
    let cluster = "DWH_CLUSTER_TYPE=multi-node\nDWH_NUM_NODES=2\nDWH_NODE_TYPE=ra3.large\nDWH_DB=dev\n\
        DWH_CLUSTER_IDENTIFIER=old\nDWH_DB_USER=awsuser\nDWH_DB_PASSWORD=Passw0rd99\n";
    site.project.write("dw_config.ini", &format!("[AWS]\nKEY=123\n\n[DEV]\n{cluster}"));
    let words = "rollforward queries.ini ALL ALL s dw_config.ini DEV";
    site.project.typed(words).ends(7).err("redshift:DescribeClusters failed").lacks("Passw0rd99");
    // It is made, and then looked for in vain: the cluster file has no place for the address of the emulator.
    let mut run = Running::start(&site.project, &format!("{words} --ephemeral").split(' ').collect::<Vec<_>>());
    run.await_told("waiting: the cluster old-", "is creating");
    run.await_told("waiting: the new cluster does not answer yet", "cannot connect to old-");
    run.signal(Signal::INT);
    run.end().ends(130).lacks("Passw0rd99");
    await_made(&site, <[String]>::is_empty);
    site.emulator.end();
}

#[test]
fn one_that_is_made_to_stay_is_used_by_the_target_that_is_shown_and_deleted_by_its_name() {
    let Some(site) = Site::start(TARGET) else { return };
    let answer = site.project.typed("cluster create stay --expires-after 1h").ends(0);
    let answer = answer.err("waiting: the cluster stay is creating").out("the cluster stay is available at stay.");
    let shown = answer.raw.split_once("[target stay]").expect("a section").1;
    let section = shown.split_once("\n\n").expect("its end").0;
    let settings = format!("{}\n[target stay]{section}\n", site.project.read("vesto.ini"));
    site.project.write("vesto.ini", &settings);
    // Command by command, each with a password of its own, as in a pipeline.
    site.project.typed("apply --target stay").ends(0).out("1 change applied");
    site.project.typed("test --target stay").ends(0).out("1 test passed");
    site.project.typed("cluster status --target stay").ends(0).out("the cluster stay is available");
    site.project.typed("cluster create stay").ends(7).err("redshift:CreateCluster failed").err("ClusterAlreadyExists");
    site.project.typed("cluster reap").ends(0).out("nothing of a run is over its time");
    // With another word on its last snapshot than the target has.
    let deleted = site.project.typed("cluster delete --target stay --final-snapshot yes").ends(0);
    deleted.out("deletes the cluster stay of run").out("keeps the snapshot stay-final");
    await_clusters(&site, |clusters| !clusters.contains_key("stay"));
    site.project.typed("cluster delete stay").ends(7).err("ClusterNotFound");
    let snapshots = "[s['SnapshotIdentifier'] for s in client('redshift').describe_cluster_snapshots()['Snapshots']]";
    assert_eq!(site.boto3(snapshots), "['stay-final']");
    let made = site.project.typed("cluster create --format json").ends(0).json();
    let name = made["cluster"].as_str().expect("a name");
    assert!(name.starts_with("night-") && made["host"].as_str().expect("a host").starts_with(name), "{made}");
    site.project.vesto(["cluster", "delete", name]).ends(0).out("keeps no snapshot");
    site.emulator.end();
}

#[test]
fn only_what_vesto_made_is_deleted() {
    let Some(site) = Site::start(TARGET) else { return };
    site.boto3("client('redshift').create_cluster(ClusterIdentifier='theirs', NodeType='ra3.large', ClusterType='single-node', MasterUsername='awsuser', MasterUserPassword='Secret123', Tags=[{'Key': 'vesto:run', 'Value': '1'}, {'Key': 'vesto:final-snapshot', 'Value': 'no'}])['Cluster']['ClusterStatus']");
    for name in ["theirs", "local"] {
        site.project.vesto(["cluster", "delete", name]).refuses(
            7,
            "was not made by vesto",
            "vesto deletes only what it made",
        );
    }
    site.project.typed("cluster delete").refuses(2, "names no cluster of AWS", "--target");
    let settings = site.project.read("vesto.ini");
    site.project.write("vesto.ini", &(settings + "[target mine]\nkind = redshift\ncluster = theirs\n"));
    site.project.typed("cluster delete --target mine").refuses(7, "was not made by vesto", "AWS's own tools");
    site.project.typed("cluster create --target mine").refuses(2, "does not describe a cluster", "`ephemeral`");
    let left = await_made(&site, |clusters| clusters.iter().all(|cluster| cluster.ends_with("available")));
    assert_eq!(left, ["theirs available"]);
    site.emulator.end();
}

#[test]
fn who_breaks_off_the_making_of_one_that_stays_is_told_of_it() {
    let Some(site) = Site::start(TARGET) else { return };
    let mut create = Running::start(&site.project, &["cluster", "create", "stay"]);
    create.await_told("waiting: the cluster stay", "is creating");
    create.signal(Signal::INT);
    create.end().ends(130).err("the cluster stay is still there").err("`vesto cluster delete stay --target dev`");
    site.project.typed("cluster delete stay").ends(0).err("will be deleted as soon as its state allows it");
    await_made(&site, <[String]>::is_empty);
    site.emulator.end();
}
