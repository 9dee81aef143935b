//! The library is installed once a database, by whoever comes first, and is not seen by comparisons.

use std::sync::Arc;

use vesto::adapters::folder_store::FolderStore;
use vesto::catalog::{Catalog, compare};
use vesto::double::Double;
use vesto::ports::{Batch, Session};
use vesto::project::settings::DoubleMode;
use vesto::sql::Dialect;

use crate::support::{ADMIN, PASSWORD};

use super::Ground;

const VERSIONS: &str = "select count(*), count(distinct version), max(version) from pg_double.refinery_schema_history";

/// The numbers of all versions.
fn versions() -> Vec<usize> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/double");
    let names = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").file_name());
    let number = |name: std::ffi::OsString| name.to_str()?.strip_prefix('V')?.split_once("__")?.0.parse().ok();
    names.map(|name| number(name).expect("a name such as V1__first.sql")).collect()
}

fn newest() -> usize {
    versions().into_iter().max().expect("a version")
}

fn all_installed() -> String {
    let versions = versions().len();
    format!("{versions} | {versions} | {}", newest())
}

#[test]
fn the_second_session_finds_what_the_first_installed() {
    let Some(ground) = Ground::new() else { return };
    let mut first = ground.double();
    assert_eq!(ground.ask(first.as_mut(), "select len('four')"), ["4"]);
    let made = "select max(applied_on) from pg_double.refinery_schema_history";
    let when = ground.ask(first.as_mut(), made);
    let mut second = ground.double();
    assert_eq!(ground.ask(second.as_mut(), "select len('three')"), ["5"]);
    assert_eq!(
        (ground.ask(second.as_mut(), made), ground.ask(second.as_mut(), VERSIONS)),
        (when, vec![all_installed()])
    );
}

#[test]
fn two_that_open_at_once_do_not_collide() {
    let Some(ground) = Ground::new() else { return };
    let (mut one, mut other) = (ground.double(), ground.double());
    let mut batch = Batch::default();
    batch.user("select len('four')");
    let both = async { futures_util::future::join(one.run(&batch), other.run(&batch)).await };
    let (one, other) = ground.runtime.block_on(both);
    for answers in [one, other] {
        let count = answers.map(|answers| answers.len()).map_err(|failed| failed.error.to_string());
        assert_eq!(count, Ok(1));
    }
    assert_eq!(ground.ask(ground.double().as_mut(), VERSIONS), [all_installed()]);
}

#[test]
fn an_older_version_is_brought_up_to_date() {
    let Some(ground) = Ground::new() else { return };
    ground.run(ground.double().as_mut(), "select 1").expect("installed");
    let before = newest() - 1;
    let mut server = ground.server(ADMIN, PASSWORD);
    let mut batch = Batch::default();
    batch.own(format!("delete from pg_double.refinery_schema_history where version > {before}"));
    batch
        .own("revoke select on pg_catalog.svv_tables from public")
        .own(format!("comment on schema pg_double is '{before}'"));
    ground.runtime.block_on(server.run(&batch)).expect("an older library");
    let mut session = ground.double();
    assert_eq!(ground.ask(session.as_mut(), "select has_table_privilege('public', 'svv_tables', 'select')"), ["t"]);
    assert_eq!(ground.ask(session.as_mut(), VERSIONS), [all_installed()]);
    let comment = "select obj_description('pg_double'::regnamespace, 'pg_namespace')";
    assert_eq!(ground.ask(session.as_mut(), comment), [newest().to_string()]);
}

#[test]
fn messages_of_vestos_own_install_nothing() {
    let Some(ground) = Ground::new() else { return };
    let mut session = ground.double();
    let mut batch = Batch::default();
    batch.own("select count(*) from pg_namespace where nspname = 'pg_double'");
    let answers = ground.runtime.block_on(session.run(&batch)).expect("an answer");
    assert_eq!(answers[0].rows.as_ref().and_then(|rows| rows.first_cell()), Some("0"));
    // One that leaves a transaction open does: there could be no other moment.
    let mut batch = Batch::default();
    batch.own("begin");
    ground.runtime.block_on(session.run(&batch)).expect("a transaction");
    assert_eq!(ground.ask(session.as_mut(), "select len('four')"), ["4"]);
    assert_eq!(ground.ask(session.as_mut(), "rollback"), [""; 0]);
    assert_eq!(ground.ask(session.as_mut(), "select len('four')"), ["4"]);
}

#[test]
fn comparisons_of_catalogues_do_not_see_it() {
    let Some(ground) = Ground::new() else { return };
    let catalog = |session: &mut dyn Session| {
        let mut batch = Batch::default();
        Catalog::ask(&mut batch, Dialect::Postgres);
        let answers = ground.runtime.block_on(session.run(&batch)).expect("answers");
        Catalog::answer(&answers, Dialect::Postgres).expect("a catalogue")
    };
    let mut server = ground.server(ADMIN, PASSWORD);
    let before = catalog(server.as_mut());
    ground.run(ground.double().as_mut(), "select 1").expect("installed");
    let differences = compare(&before, &catalog(server.as_mut()));
    assert_eq!(differences.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn who_may_not_install_it_is_told_so() {
    let Some(ground) = Ground::new() else { return };
    let mut server = ground.server(ADMIN, PASSWORD);
    let mut batch = Batch::default();
    batch.own("do 'begin create role library_reader login password ''r3ader''; exception when duplicate_object or unique_violation then end'");
    ground.runtime.block_on(server.run(&batch)).expect("a role");
    let double =
        || Double::new(ground.server("library_reader", "r3ader"), Arc::new(FolderStore::default()), DoubleMode::Strict);
    let refused = ground.ask(&mut double(), "select len('four')");
    assert_eq!(
        refused,
        [
            "error 42501: the double's library of Redshift's functions is not in this database, and only a superuser can \
          install it"
        ]
    );
    ground.run(ground.double().as_mut(), "select 1").expect("installed");
    assert_eq!(ground.ask(&mut double(), "select len('four')"), ["4"]);
}
