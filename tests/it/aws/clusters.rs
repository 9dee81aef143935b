//! Clusters and workgroups that are found by their names, and opened by temporary passwords.

use super::{KEY_ID, SECRET_KEY, Site};

const LOGIN: &str = "hostaddr = 127.0.0.1\nsslrootcert = ca.pem\n";

/// The commands of a pipeline succeed on the target `dev`.
fn works(site: &Site) {
    site.project.typed("run --junit report.xml").ends(0).lacks(SECRET_KEY);
    assert!(site.project.read("report.xml").contains("tests=\"1\""));
    site.project.typed("status --check").ends(0);
}

#[test]
fn a_cluster_is_found_by_its_identifier_and_opened_as_a_user() {
    let Some(site) = Site::start(&format!("[target dev]\nkind = redshift\ncluster = local\nuser = awsuser\n{LOGIN}"))
    else {
        return;
    };
    works(&site);
    site.emulator.end();
}

#[test]
fn a_user_that_is_missing_is_made_only_if_that_is_allowed() {
    let target = format!("[target dev]\nkind = redshift\ncluster = local\nuser = eve\n{LOGIN}");
    let Some(site) = Site::start(&target) else { return };
    site.project.typed("status").ends(7).err("eve");
    let settings = site.project.read("vesto.ini") + "create_user = yes\n";
    site.project.write("vesto.ini", &settings);
    site.project.typed("status").ends(0);
    site.emulator.end();
}

#[test]
fn without_a_user_it_is_the_one_that_stands_for_who_calls() {
    let Some(site) = Site::start(&format!("[target dev]\nkind = redshift\ncluster = local\n{LOGIN}")) else { return };
    site.project.typed("status").ends(0);
    let asked =
        site.boto3("client('redshift-data').list_databases(WorkgroupName='local', Database='dev')['Databases']");
    assert!(asked.contains("dev"), "{asked}");
    site.project.typed("plan").ends(0).lacks(KEY_ID);
    site.emulator.end();
}

#[test]
fn a_workgroup_is_found_by_its_name() {
    let Some(site) = Site::start(&format!("[target dev]\nkind = serverless\nworkgroup = local\n{LOGIN}")) else {
        return;
    };
    site.project.typed("plan").ends(0).out("V1__t");
    // Who calls AWS is nobody in the database yet.
    let answer = site.project.typed("ping").ends(7).out("dev: reached in").out("Redshift");
    answer.out("database dev as IAM:").out("missing: create on database dev");
    site.emulator.end();
}

#[test]
fn the_endpoint_alone_says_which_cluster_it_is() {
    let Some(site) = Site::start("") else { return };
    let location = site
        .boto3("'{Address}:{Port}/dev'.format(**client('redshift').describe_clusters()['Clusters'][0]['Endpoint'])");
    assert!(location.starts_with("local.emulated.eu-west-1.redshift.amazonaws.com:"), "{location}");
    let settings = format!(
        "[project]\nname = sample\ntarget = dev\n[target dev]\nkind = redshift\nendpoint = {location}\nuser = awsuser\n{LOGIN}"
    );
    site.project.write("vesto.ini", &settings);
    works(&site);
    site.emulator.end();
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let target =
        "[target dev]\nkind = redshift\ncluster = other\nendpoint = other.elsewhere.eu-west-1.redshift.amazonaws.com\n";
    let Some(site) = Site::start(&format!("{target}user = awsuser\npassword = x\n{LOGIN}")) else { return };
    let location = site.boto3("client('redshift').describe_clusters()['Clusters'][0]['Endpoint']['Port']");
    let settings = site.project.read("vesto.ini") + &format!("port = {location}\n");
    site.project.write("vesto.ini", &settings);
    site.project.typed("status").ends(7).err("certificate");
    site.emulator.end();
}

#[test]
fn a_paused_cluster_is_woken_only_if_that_is_allowed() {
    let target = format!("[target dev]\nkind = redshift\ncluster = local\nuser = awsuser\n{LOGIN}");
    let Some(site) = Site::start(&target) else { return };
    site.boto3("client('redshift').pause_cluster(ClusterIdentifier='local')['Cluster']['ClusterStatus']");
    // Pausing takes a moment, in which it is waited for.
    site.project.typed("status").refuses(7, "the cluster local is paused", "write `resume = yes` into the target");
    let settings = site.project.read("vesto.ini") + "resume = yes\n";
    site.project.write("vesto.ini", &settings);
    site.project.typed("status").ends(0).err("waiting: the cluster local is");
    site.emulator.end();
}

#[test]
fn what_aws_refuses_is_told_in_its_own_words() {
    let target = format!("[target dev]\nkind = redshift\ncluster = local\nuser = awsuser\n{LOGIN}");
    let words = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: redshift:GetClusterCredentials";
    let faults = format!(
        r#"[{{"match": "redshift:DescribeClusters", "times": 2, "code": "Throttling"}},
            {{"match": "redshift:GetClusterCredentials", "code": "AccessDenied", "status": 403, "message": "{words}"}}]"#
    );
    let Some(mut site) = Site::with_faults(&target, &faults) else { return };
    // The throttled question was asked again.
    site.project.typed("status").refuses(7, words, "allow `redshift:GetClusterCredentials`");
    site.project.write("vesto.ini", &site.project.read("vesto.ini").replace("cluster = local", "cluster = nowhere"));
    site.project.typed("status").ends(7).err("redshift:DescribeClusters failed").err("nowhere");
    site.project.set("AWS_ACCESS_KEY_ID", "");
    site.project.typed("status").refuses(7, "there are no credentials for AWS", "set AWS_PROFILE");
    site.project.set("AWS_REGION", "");
    site.project.typed("status").refuses(7, "no region of AWS is known", "AWS_REGION");
    site.emulator.end();
}
