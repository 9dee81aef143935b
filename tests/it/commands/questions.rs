//! Questions never write: they are asked as a user that cannot.

use crate::support::Sandbox;

const QUESTIONS: [&str; 12] = [
    "plan",
    "plan --out p.json",
    "plan --rollback --out r.json",
    "plan --only V1",
    "plan --rollback",
    "status",
    "verify",
    "lint",
    "history",
    "apply --dry-run",
    "rollback --dry-run",
    "run --dry-run",
];

#[test]
fn a_reader_can_ask_everything() {
    let Some(mut sandbox) = Sandbox::on_server("redshift") else { return };
    let sandbox_url = sandbox.database().url();
    let reader = format!("reader_of_{}", sandbox.database().name);
    sandbox.ask(&format!(
        "create role {reader} login password 'look'; alter role {reader} set default_transaction_read_only = on; \
         revoke all on schema public from public; grant usage on schema public to {reader}"
    ));
    let reader_url = sandbox.database().url_of(&reader, "look");
    sandbox.set("TEST_URL", &reader_url);
    sandbox.write("changes/V1__t.sql", "create table t (n integer);\n");
    sandbox.write("changes/V2__u.sql", "create table u (n integer);\nvacuum u;\n");
    for question in QUESTIONS {
        sandbox.typed(question).ends(0);
    }
    assert_eq!(sandbox.ask("select count(*) from pg_namespace where nspname = 'vesto'"), "0");
    sandbox.vesto(["apply"]).refuses(7, "cannot ", "");

    sandbox.set("TEST_URL", &sandbox_url);
    sandbox.vesto(["apply"]).ends(0);
    sandbox.ask(&format!(
        "grant usage on schema vesto to {reader}; grant select on all tables in schema vesto to {reader}; \
         grant select on all tables in schema public to {reader}"
    ));
    let count =
        "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_all_tables where schemaname in ('vesto', 'public')";
    let rows = "select (select count(*) from vesto.run) + (select count(*) from vesto.entry) + (select count(*) from vesto.journal)";
    let before = (sandbox.ask(count), sandbox.ask(rows));
    sandbox.set("TEST_URL", &reader_url);
    for question in QUESTIONS {
        sandbox.typed(question).ends(0);
    }
    assert_eq!((sandbox.ask(count), sandbox.ask(rows)), before);
    sandbox.vesto(["rollback"]).ends(7).err("read-only transaction");
    sandbox.ask(&format!("drop owned by {reader}; drop role {reader}"));
}
