//! Ways in through security groups: moto stands for EC2, and the emulator for Redshift.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Site, answering, boto3, python};
use crate::emulate::await_that;
use crate::unload::moto::Moto;

const ADDRESS: &str = "203.0.113.7";
const OTHER: &str = "[{'Key': 'team', 'Value': 'lake'}]";
const LOGIN: &str = "user = awsuser\nhostaddr = 127.0.0.1\nsslrootcert = ca.pem\n";

/// A change that takes longer than what is tested meanwhile.
const SLOW: &str = "select pg_sleep(60);\n";

/// A site whose EC2 is moto, with one security group. `GROUP` in the settings stands for its id.
fn site(settings: &str) -> Option<(Moto, String, Site)> {
    let moto = Moto::start("unused")?;
    let made = "client('ec2').create_security_group(GroupName='warehouse', Description='d', \
        VpcId=client('ec2').describe_vpcs()['Vpcs'][0]['VpcId'])['GroupId']";
    let group = boto3(&moto.endpoint(), made);
    let mut site = Site::start(&settings.replace("GROUP", &group))?;
    site.project.set("AWS_ENDPOINT_URL_EC2", &moto.endpoint());
    Some((moto, group, site))
}

/// Who is let in: `SOURCE PORT` of each rule.
fn rules(moto: &Moto) -> String {
    boto3(
        &moto.endpoint(),
        "sorted((r.get('CidrIpv4') or r['CidrIpv6']) + ' ' + str(r['FromPort'] - r['ToPort']) for r in \
         client('ec2').describe_security_group_rules()['SecurityGroupRules'] if not r['IsEgress'] and r['FromPort'] > 0)",
    )
}

/// A rule of somebody else's.
fn allow(moto: &Moto, group: &str, source: &str, port: &str, tags: &str) {
    let call = format!(
        "client('ec2').authorize_security_group_ingress(GroupId='{group}', IpPermissions=[{{'IpProtocol': 'tcp', 'FromPort': {port}, \
         'ToPort': {port}, 'IpRanges': [{{'CidrIp': '{source}'}}]}}], TagSpecifications=[{{'ResourceType': 'security-group-rule', \
         'Tags': {tags}}}])['Return']"
    );
    assert_eq!(boto3(&moto.endpoint(), &call), "True");
}

fn port(site: &Site) -> String {
    site.boto3("client('redshift').describe_clusters(ClusterIdentifier='local')['Clusters'][0]['Endpoint']['Port']")
}

/// The exit code of a command that is interrupted as soon as this is so.
fn interrupted(site: &Site, arguments: &[&str], is_time: impl Fn() -> bool) -> Option<i32> {
    let mut command = site.project.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("vesto runs");
    await_that("it is open", is_time);
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a pid")).expect("a pid");
    kill_process(pid, Signal::INT).expect("it runs");
    child.wait().expect("it ends").code()
}

#[test]
fn a_way_in_is_opened_for_one_address_and_closed_again() {
    let Some((moto, group, mut site)) = site("[target dev]\nkind = redshift\ncluster = local\ningress_group = GROUP\n")
    else {
        return;
    };
    let port = port(&site);
    site.project.set("VESTO_ADDRESS_SERVICE", &answering(&[(503, "busy"), (200, "203.0.113.7\n")]));
    site.project.typed("cluster ingress --dry-run").ends(0).out(&format!("would open port {port} of {group}"));
    assert_eq!(rules(&moto), "[]");
    site.project.typed("cluster ingress").ends(0).out(&format!("opened port {port} of {group} for {ADDRESS}/32"));
    assert_eq!(rules(&moto), format!("['{ADDRESS}/32 0']"));
    site.project.typed("cluster ingress").ends(0).out("is open for 203.0.113.7/32 already, by the run ");
    site.project.typed("cluster ingress --address 2001:db8::7").ends(0).out("for 2001:db8::7/128");
    site.project.typed("cluster ingress --range 198.51.100.0/24").ends(0).out("for 198.51.100.0/24");
    // What others have opened is used and stays.
    allow(&moto, &group, "192.0.2.1/32", &port, OTHER);
    allow(&moto, &group, "203.0.113.7/32", "22", OTHER);
    site.project.typed("cluster ingress --address 192.0.2.1").ends(0).out("already, and not by vesto");
    site.project.typed("cluster ingress --close --address 192.0.2.1").ends(0).out("vesto has not opened port");
    site.project.typed("cluster ingress --close --dry-run").ends(0).out("would close port");
    site.project.typed("cluster ingress --close").ends(0).out(&format!("closed port {port} of {group} for {ADDRESS}"));
    site.project.typed("cluster ingress --close --address 2001:db8::7").ends(0).out("closed port");
    site.project.typed("cluster ingress --close --range 198.51.100.0/24").ends(0).out("closed port");
    assert_eq!(rules(&moto), format!("['192.0.2.1/32 0', '{ADDRESS}/32 0']"));
    site.emulator.end();
}

#[test]
fn more_than_an_address_and_what_aws_refuses_is_refused() {
    let Some((moto, group, mut site)) = site("[target dev]\nkind = redshift\ncluster = local\n") else { return };
    site.project.typed("cluster ingress --address 203.0.113.0/24").ends(2).err("name it with `--range`");
    for everybody in ["--address 0.0.0.0/0", "--range 0.0.0.0/0", "--range ::/0", "--address ::/0"] {
        site.project.typed(&format!("cluster ingress {everybody}")).ends(2).err("the entire internet");
    }
    let ingress = format!("cluster ingress --address {ADDRESS}");
    site.project.typed(&ingress).refuses(7, "the cluster local is in no security group", "--security-group");
    let nowhere = format!("{ingress} --security-group sg-nowhere");
    site.project.typed(&nowhere).ends(7).err("ec2:AuthorizeSecurityGroupIngress failed").err("InvalidGroup.NotFound");
    site.project.set("VESTO_ADDRESS_SERVICE", &answering(&[(200, "<html>log in first</html>")]));
    site.project.typed("cluster ingress").refuses(7, "the answer is no address", "--address");
    python(&moto.endpoint(), "enforce()");
    let there = format!("{ingress} --security-group {group}");
    site.project.typed(&there).ends(7).err("allow `ec2:AuthorizeSecurityGroupIngress`").lacks(super::SECRET_KEY);
    site.emulator.end();
}

#[test]
fn a_target_opens_its_way_in_and_closes_it_on_every_way_out() {
    let target = format!(
        "[target dev]\nkind = redshift\ncluster = local\ningress = yes\ningress_group = GROUP\ningress_address = {ADDRESS}\n{LOGIN}"
    );
    let Some((moto, group, site)) = site(&target) else { return };
    let open = || rules(&moto) == format!("['{ADDRESS}/32 0']");
    site.project.typed("apply").ends(0);
    assert_eq!(rules(&moto), "[]");
    site.project.write("changes/V2__wrong.sql", "insert into nowhere values (1);\n");
    site.project.typed("apply").ends(6);
    assert_eq!(rules(&moto), "[]");
    site.project.write("changes/V2__wrong.sql", SLOW);
    assert_eq!(interrupted(&site, &["apply"], open), Some(130));
    assert_eq!(rules(&moto), "[]");
    // A log-in that is refused comes after the way is open.
    site.project.write("vesto.ini", &site.project.read("vesto.ini").replace("user = awsuser", "user = nobody"));
    site.project.typed("status").ends(7);
    assert_eq!(rules(&moto), "[]");
    // That of another run does as well, and stays.
    site.project.write("vesto.ini", &site.project.read("vesto.ini").replace("user = nobody", "user = awsuser"));
    site.project.typed(&format!("cluster ingress --address {ADDRESS}")).ends(0);
    site.project.typed("status").ends(0).err("is open for 203.0.113.7/32 by the run ");
    assert!(open());
    site.project.typed("cluster ingress --close").ends(0).out("closed port");
    // So does somebody else's.
    allow(&moto, &group, &format!("{ADDRESS}/32"), &port(&site), OTHER);
    site.project.typed("status").ends(0);
    assert!(open());
    site.emulator.end();
}

#[test]
fn the_cluster_of_a_run_is_reached_through_its_own_group() {
    let target = "[target dev]\nkind = ephemeral\nnode_type = ra3.large\nnodes = 2\nfinal_snapshot = no\nsecurity_groups = GROUP\n\
        ingress = yes\nhostaddr = 127.0.0.1\nsslrootcert = ca.pem\n";
    let Some((moto, _group, mut site)) = site(target) else { return };
    site.project.set("VESTO_ADDRESS_SERVICE", &answering(&[(200, ADDRESS)]));
    site.project.typed("run").ends(0);
    assert_eq!(rules(&moto), "[]");
    site.project.write("changes/V2__slow.sql", SLOW);
    let open = || rules(&moto) == format!("['{ADDRESS}/32 0']");
    assert_eq!(interrupted(&site, &["run"], open), Some(130));
    assert_eq!(rules(&moto), "[]");
    site.emulator.end();
}

#[test]
fn the_reaper_closes_what_a_killed_run_has_left_open() {
    let target = format!(
        "[target dev]\nkind = redshift\ncluster = local\ningress = yes\ningress_group = GROUP\ningress_address = {ADDRESS}\n\
         expires_after = 2s\n{LOGIN}"
    );
    let Some((moto, group, site)) = site(&target) else { return };
    site.project.write("changes/V2__slow.sql", SLOW);
    // Of others, without all of vesto's tags or not over yet.
    allow(&moto, &group, "192.0.2.1/32", "5439", "[{'Key': 'vesto:expires-at', 'Value': '2020-01-01T00:00:00Z'}]");
    let later = "[{'Key': 'vesto:run', 'Value': '1'}, {'Key': 'vesto:expires-at', 'Value': '2999-01-01T00:00:00Z'}]";
    allow(&moto, &group, "192.0.2.2/32", "5439", later);
    let mut command = site.project.command(&["apply"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("vesto runs");
    await_that("it is open", || rules(&moto).contains(ADDRESS));
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    let since = Instant::now();
    while !site.project.typed("cluster reap --dry-run").ends(0).stdout.contains("would close") {
        assert!(since.elapsed() < Duration::from_secs(60), "it never expires");
    }
    site.project
        .typed("cluster reap")
        .ends(0)
        .out(&format!("closes {group} for {ADDRESS}/32 of run "))
        .lacks("192.0.2");
    assert_eq!(rules(&moto), "['192.0.2.1/32 0', '192.0.2.2/32 0']");
    site.emulator.end();
}
