//! Projects of INI files, as devops-redshift has them: selections, and its seven words.

use std::fs;

use crate::support::Sandbox;

const QUERIES: &str = "\
[DDL_v01]
create_a = create table a (n integer)
fill_a = insert into a values (1), (2)

[DDL_v02]
create_b =
    create table b (n integer);
    create table b2 (n integer);
count_a = select count(*) as rows_of_a from a

[DDL_v03]
create_c = create table c (n integer)

[DDL_v04]
create_d = create table d (n integer)
";

const CLUSTERS: &str = "\
[DEV]
DWH_CLUSTER_TYPE=single-node
DWH_NUM_NODES=1
DWH_NODE_TYPE=dc2.large
DWH_CLUSTER_IDENTIFIER=ra3dev
DWH_DB=dev
DWH_DB_USER=awsuser
DWH_DB_PASSWORD=Passw0rd
DWH_PORT=5439
";

fn project() -> Option<Sandbox> {
    let sandbox = Sandbox::on_server("redshift")?;
    let settings = sandbox.read("vesto.ini").replace("[project]", "[project]\nchanges = queries.ini");
    Some(sandbox.file("vesto.ini", &settings).file("queries.ini", QUERIES).file("dw_config.ini", CLUSTERS))
}

fn tables(sandbox: &Sandbox) -> String {
    sandbox.ask("select relname from pg_class where relname ~ '^[a-z][0-9]?$' and relkind = 'r' order by 1")
}

#[test]
fn sections_and_queries_are_selected() {
    let Some(sandbox) = project() else { return };
    sandbox.vesto(["apply", "--only", "DDL_v04"]).ends(0).out("DDL_v04.create_d").out("1 change applied");
    assert_eq!(tables(&sandbox), "d");
    sandbox.vesto(["plan", "--only", "DDL_v02.create_b"]).ends(0).out("1 change to apply, 2 statements");
    sandbox.vesto(["apply", "--from", "DDL_v03", "--to", "DDL_v02"]).refuses(
        3,
        "`DDL_v03` comes after `DDL_v02`",
        "exchange `--from` and `--to`",
    );
    sandbox.vesto(["apply", "--from", "DDL_v01", "--to", "DDL_v02"]).ends(0).out("4 changes applied");
    assert_eq!(tables(&sandbox), "a, b, b2, d");
    sandbox.vesto(["apply", "--from", "DDL_v03"]).ends(0).out("1 change applied");
    sandbox.vesto(["apply", "--only", "DDL_v05"]).refuses(3, "DDL_v05", "did you mean `DDL_v0");
    let more = QUERIES.replace("[DDL_v02]", "later_a = create table a2 (n integer)\n\n[DDL_v02]");
    sandbox.write("queries.ini", &more);
    sandbox.vesto(["status", "--check"]).ends(4).out("DDL_v01.later_a").out("6 changes applied, 1 not settled");
    sandbox.vesto(["apply"]).ends(0).out("DDL_v01.later_a").out("1 change applied");
}

#[test]
fn seven_words_go_forward_and_back() {
    let Some(sandbox) = project() else { return };
    let words = |line: &str| sandbox.typed(&format!("{line} dw_config.ini DEV --target dev"));
    words("rollforward queries.ini DDL_v09 ALL s").refuses(3, "DDL_v09", "did you mean `DDL_v0");
    words("rollforward queries.ini DDL_v01 crate_a s").refuses(
        3,
        "DDL_v01.crate_a",
        "did you mean `DDL_v01.create_a`?",
    );
    words("rollforward queries.ini ALL create_a s").refuses(2, "of which section", "name the section");
    words("rollforward queries.ini ALL ALL x").refuses(2, "`x`", "s for the screen or f for files");
    words("rollforward absent.ini ALL ALL s").refuses(3, "absent.ini", "");
    words("rollforward queries.ini DDL_v01 create_a s").ends(0).out("1 change applied");
    words("rollforward queries.ini DDL_v01 ALL s").ends(0).out("DDL_v01.fill_a").out("1 change applied");
    words("rollforward queries.ini ALL ALL f").ends(0).out("4 changes applied").lacks("rows_of_a");
    let run = fs::read_dir(sandbox.path("output_data")).unwrap().next().unwrap().unwrap().path();
    let files: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["DDL_v02.count_a.1.csv"]);
    assert_eq!(fs::read_to_string(run.join("DDL_v02.count_a.1.csv")).unwrap().replace('\r', ""), "rows_of_a\n2\n");
    assert_eq!(tables(&sandbox), "a, b, b2, c, d");
    words("rollback queries.ini DDL_v02 ALL s").ends(0).out("4 changes rolled back");
    assert_eq!(tables(&sandbox), "a");
    words("rollforward queries.ini ALL ALL s").ends(0).out("rows_of_a").out("4 changes applied");
    words("rollback queries.ini ALL ALL s").refuses(3, "DDL_v01.fill_a", "-- vesto: rollback");
    sandbox.vesto(["rollback", "queries.ini", "ALL"]).ends(2).err("CLUSTERSECTION");
}

#[test]
fn the_cluster_file_says_where() {
    let Some(sandbox) = project() else { return };
    let words = "rollforward queries.ini ALL ALL s dw_config.ini";
    sandbox.typed(&format!("{words} DEF")).refuses(3, "no section `[DEF]`", "did you mean `DEV`?");
    // The cluster is looked up in AWS, of which the sandbox knows nothing.
    sandbox.typed(&format!("{words} DEV")).ends(7).err("AWS").lacks("Passw0rd");
    sandbox.typed("rollforward queries.ini ALL ALL s nowhere.ini DEV").refuses(3, "nowhere.ini", "");
    sandbox.write("dw_config.ini", &CLUSTERS.replace("5439", "many"));
    sandbox.typed(&format!("{words} DEV")).refuses(3, "dw_config.ini:9:", "65535");
}

#[test]
fn a_broken_statement_stops_and_the_next_run_goes_on_there() {
    let Some(sandbox) = project() else { return };
    sandbox.write("queries.ini", &QUERIES.replace("create table c (n integer)", "create table c (n no_type)"));
    let failed = sandbox.vesto(["apply", "--junit", "junit.xml"]).ends(6);
    let failed = failed.out("applied      DDL_v02.count_a").out("FAILED       DDL_v03.create_c");
    let failed = failed.out("not started  DDL_v04.create_d").out("type \"no_type\" does not exist");
    failed.out("queries.ini:12:").out("create_c = create table c (n no_type)").out("^^^^^^^");
    let junit = sandbox.read("junit.xml");
    assert!(junit.contains("<error type=\"sqlstate 42704\"") && junit.contains("<skipped"), "{junit}");
    assert_eq!(sandbox.ask("select count(*) from a"), "2");
    sandbox.vesto(["apply"]).ends(6).lacks("DDL_v01");
    sandbox.write("queries.ini", QUERIES);
    sandbox.vesto(["apply"]).ends(0).out("DDL_v03.create_c").out("2 changes applied").lacks("DDL_v01");
    assert_eq!(sandbox.ask("select count(*) from a"), "2", "what was applied did not run again");
    sandbox.vesto(["history"]).ends(0).out("failed").out("type \"no_type\" does not exist");
}
