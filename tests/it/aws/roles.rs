//! Roles for COPY and UNLOAD, for which moto stands. It also enforces their policies.

use super::{Site, account, boto3, python};
use crate::support::Sandbox;
use crate::unload::moto::Moto;

const TARGET: &str = "[project]\nname = sample\ntarget = dev\n[target dev]\nkind = redshift\ncluster = local\n";

fn site() -> Option<(Moto, Sandbox)> {
    let moto = Moto::start("lake")?;
    let project = account(Sandbox::new(), &moto.endpoint()).file("vesto.ini", TARGET);
    Some((moto, project))
}

/// Names of all roles.
fn roles(moto: &Moto) -> String {
    boto3(&moto.endpoint(), "sorted(r['RoleName'] for r in client('iam').list_roles()['Roles'])")
}

/// What a role may do.
fn policy(moto: &Moto, name: &str) -> String {
    let call = format!("client('iam').get_role_policy(RoleName='{name}', PolicyName='vesto')['PolicyDocument']");
    boto3(&moto.endpoint(), &format!("json.dumps({call})"))
}

#[test]
fn a_role_is_shown_then_made_then_kept() {
    let Some((moto, project)) = site() else { return };
    let wishes = "cluster role --read s3://lake/in/ --write s3://lake/out/";
    let shown = project.typed(wishes).ends(0);
    shown.out("the role vesto-sample does not exist yet").out("s3:GetObject").out("run it again with --yes");
    assert_eq!(roles(&moto), "[]");
    project.typed(&format!("{wishes} --yes")).ends(0).out("made arn:aws:iam::123456789012:role/vesto-sample");
    let made = policy(&moto, "vesto-sample");
    assert!(made.contains("lake/in/*") && made.contains("lake/out/*"), "{made}");
    project.typed(&format!("{wishes} --yes")).ends(0).out("is as it should be").lacks("made arn");
    // Other wishes are shown as a difference, and only then carried out.
    let other = "cluster role --read s3://lake/in/ --serverless";
    let differs = project.typed(other).ends(0).out("differs").out("-        \"s3:PutObject\"");
    differs.out("+          \"redshift-serverless.amazonaws.com\"").out("run it again with --yes");
    assert_eq!(policy(&moto, "vesto-sample"), made);
    project.typed(&format!("{other} --yes")).ends(0).out("made arn:");
    assert!(!policy(&moto, "vesto-sample").contains("PutObject"));
    project.typed(other).ends(0).out("is as it should be");
    // It goes as it came.
    project.typed("cluster role --delete").ends(0).out("would delete arn:aws:iam::123456789012:role/vesto-sample");
    project.typed("cluster role --delete --yes").ends(0).out("deleted arn:");
    assert_eq!(roles(&moto), "[]");
    project.typed("cluster role --delete --yes").ends(0).out("there is no role vesto-sample");
}

#[test]
fn what_others_have_made_is_left_alone() {
    let Some((moto, project)) = site() else { return };
    python(
        &moto.endpoint(),
        "iam = client('iam')\n\
         trust = json.dumps({'Version': '2012-10-17', 'Statement': []})\n\
         iam.create_role(RoleName='theirs', AssumeRolePolicyDocument=trust)\n\
         iam.create_role(RoleName='next', AssumeRolePolicyDocument=trust, Tags=[{'Key': 'vesto:project', 'Value': 'other'}])",
    );
    for name in ["theirs", "next"] {
        for wish in ["--read s3://lake/in/", "--read s3://lake/in/ --yes", "--delete", "--delete --yes"] {
            let line = format!("cluster role --name {name} {wish}");
            project.typed(&line).refuses(7, "does not carry the tag `vesto:project = sample`", "--name");
        }
    }
    assert_eq!(roles(&moto), "['next', 'theirs']");
    let policies = "[client('iam').list_role_policies(RoleName=r)['PolicyNames'] for r in ('next', 'theirs')]";
    assert_eq!(boto3(&moto.endpoint(), policies), "[[], []]");
    // A role of vesto's that others have given rights goes only with its rights.
    project.typed("cluster role --read s3://lake/in/ --yes").ends(0);
    let more = "client('iam').put_role_policy(RoleName='vesto-sample', PolicyName='more', PolicyDocument='{\"Version\": \"2012-10-17\", \
         \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]}')";
    boto3(&moto.endpoint(), more);
    project.typed("cluster role --delete --yes").refuses(7, "policies that vesto has not made: more", "take them away");
    assert!(roles(&moto).contains("vesto-sample") && policy(&moto, "vesto-sample").contains("s3:GetObject"));
}

#[test]
fn a_role_may_do_what_it_is_for_and_nothing_else() {
    let Some((moto, project)) = site() else { return };
    project.typed("cluster role --read s3://lake/in/ --write s3://lake/out/ --yes").ends(0);
    project.typed("cluster role --name cleaner --write s3://lake/out/ --cleanpath --yes").ends(0);
    let told = python(
        &moto.endpoint(),
        "from botocore.exceptions import ClientError\n\
         def as_role(name):\n\
         \x20 got = client('sts').assume_role(RoleArn='arn:aws:iam::123456789012:role/' + name, RoleSessionName='session')['Credentials']\n\
         \x20 return [client(s, got['AccessKeyId'], got['SecretAccessKey'], got['SessionToken']) for s in ('s3', 'redshift')]\n\
         for key in ('in/a', 'secret/b', 'in-secret/c', 'out/d'): client('s3').put_object(Bucket='lake', Key=key, Body=b'x')\n\
         (s3, redshift), (cleaner, _) = as_role('vesto-sample'), as_role('cleaner')\n\
         def may(call, **arguments):\n\
         \x20 try: call(**arguments)\n\
         \x20 except ClientError as error: return error.response['Error']['Code']\n\
         \x20 return 'yes'\n\
         enforce()\n\
         got = {key: may(s3.get_object, Bucket='lake', Key=key) for key in ('in/a', 'out/d', 'secret/b', 'in-secret/c')}\n\
         put = {key: may(s3.put_object, Bucket='lake', Key=key, Body=b'y') for key in ('out/e', 'in/e', 'secret/e')}\n\
         gone = [may(client.delete_object, Bucket='lake', Key='out/d') for client in (s3, cleaner)]\n\
         rest = [may(s3.list_objects_v2, Bucket='lake', Prefix='in/'), may(s3.get_bucket_location, Bucket='lake'), \
         may(cleaner.delete_object, Bucket='lake', Key='in/a'), may(redshift.describe_clusters)]\n\
         print(json.dumps([got, put, gone, rest]))",
    );
    let expected = r#"[{"in/a": "yes", "out/d": "yes", "secret/b": "AccessDenied", "in-secret/c": "AccessDenied"}, {"out/e": "yes", "in/e": "AccessDenied", "secret/e": "AccessDenied"}, ["AccessDenied", "yes"], ["yes", "yes", "AccessDenied", "AccessDenied"]]"#;
    assert_eq!(told, expected);
}

#[test]
fn a_cluster_is_allowed_to_use_it() {
    let Some(moto) = Moto::start("lake") else { return };
    let Some(mut site) = Site::start("[target dev]\nkind = redshift\ncluster = local\n") else { return };
    site.project.set("AWS_ENDPOINT_URL_IAM", &moto.endpoint());
    let line = "cluster role --read s3://lake/in/ --attach --yes";
    site.project.typed(line).ends(0).out("made arn:").out("the cluster local may use it from now on");
    let attached = "[r['IamRoleArn'] for r in client('redshift').describe_clusters()['Clusters'][0]['IamRoles']]";
    assert_eq!(site.boto3(attached), "['arn:aws:iam::123456789012:role/vesto-sample']");
    site.project.typed(line).ends(0).out("is as it should be").out("the cluster local may use it\n");
    site.emulator.end();
}

#[test]
fn what_makes_no_sense_or_is_not_allowed_is_refused() {
    let Some((moto, mut project)) = site() else { return };
    project.typed("cluster role").ends(2).err("--read");
    project.typed("cluster role --read s3://lake/in").ends(2).err("end it with `/` for a folder");
    project.typed("cluster role --read s3://lake/in/ --cleanpath").ends(2).err("--write");
    project.typed("cluster role --read s3://lake/in/ --kms-key alias/lake").ends(2).err("arn:aws:kms:");
    project.typed("cluster role --target local --read s3://lake/in/").ends(2).err("names no cluster of AWS");
    // moto checks who calls and what they may from now on.
    python(&moto.endpoint(), "enforce()");
    project
        .typed("cluster role --read s3://lake/in/ --yes")
        .ends(7)
        .err("iam:GetRole failed")
        .err("(InvalidClientTokenId)")
        .err("allow `iam:GetRole`");
    project.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    project.typed("cluster role --read s3://lake/in/").ends(7).err("iam:GetRole failed: AWS could not be reached");
}
