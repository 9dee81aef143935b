//! What holds for any saved plan, without a server: its text, its digest, and what a comparison finds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;
use vesto::history::{Action, Entry, History, RunRow};
use vesto::plan::saved::{
    Asked, Made, ReadError, SavedInputs, SavedPlan, TargetIdentity, compare_files, compare_ledger, compare_plans,
    compare_variables, names_to_fingerprint,
};
use vesto::plan::{ForwardInputs, Plan, Selection, TargetFacts, drift, plan_forward};
use vesto::project::{ChangeFiles, ChangeId, ParseOptions, Project, ProjectFiles, Variables};
use vesto::sql::Dialect;
use vesto::text::FileSet;

/// A project, a history and values: all that a plan is made from but the server.
#[derive(Clone)]
struct World {
    files: Vec<(&'static str, String)>,
    entries: Vec<Entry>,
    variables: Variables,
    fingerprint: &'static str,
    asked: Asked,
}

impl World {
    fn new() -> Self {
        let mut variables = Variables::default();
        variables.set("schema", "sales");
        variables.set_secret("word", "geheim");
        let all = "-- vesto: timeout=5s\ncreate table ${schema}.t (n integer);\nvacuum ${schema}.t;\n";
        let files = vec![
            ("changes/V1__t.sql", all.to_owned()),
            ("changes/V2__é.sql", "insert into ${schema}.t select f(n) from u where w = '${word}'".to_owned()),
        ];
        let asked = Asked::Forward(Selection::default());
        Self { files, entries: Vec::new(), variables, fingerprint: "sha256:1", asked }
    }

    fn with_file(mut self, path: &'static str, text: &str) -> Self {
        self.files.retain(|(known, _)| *known != path);
        self.files.push((path, text.to_owned()));
        self
    }

    fn with_entry(mut self, change: &str, action: Action) -> Self {
        let sequence = self.entries.len() as u64 + 1;
        let (run, change, checksum) = ("r".to_owned(), ChangeId::new(change), "sha256:0".to_owned());
        self.entries.push(Entry { sequence, run, change, action, checksum, statements: 1 });
        self
    }

    fn history(&self) -> History {
        History::fold(self.entries.clone(), &[])
    }

    fn project(&self) -> Project {
        let mut files = FileSet::default();
        let read = self.files.iter().map(|(path, text)| files.add(*path, text.as_str())).collect();
        let changes = ChangeFiles::Directory { read, unread: Vec::new() };
        let inputs = ProjectFiles { changes, tests: Vec::new(), tests_root: "tests" };
        let (dialect, variables) = (Dialect::Redshift, &self.variables);
        let options = ParseOptions { name: "sample", dialect, variables, targets: &[] };
        Project::parse(&files, &inputs, &options).0
    }

    fn plan(&self) -> Plan {
        let target = TargetFacts { name: "dev", dialect: Dialect::Redshift, double: None };
        let (project, history) = (self.project(), self.history());
        let inputs = ForwardInputs {
            project: &project,
            history: &history,
            drift: &drift(&project, &history),
            variables: &self.variables,
            target,
        };
        let Asked::Forward(selection) = &self.asked else { panic!("forward only") };
        plan_forward(&inputs, selection).expect("a plan")
    }

    fn saved(&self, at: &str) -> SavedPlan {
        let plan = self.plan();
        let names = names_to_fingerprint(&plan, Dialect::Redshift);
        let fingerprints: BTreeMap<String, String> =
            names.iter().map(|name| (name.to_string(), self.fingerprint.to_owned())).collect();
        let inputs = SavedInputs {
            plan: &plan,
            project: &self.project(),
            history: &self.history(),
            variables: &self.variables,
            asked: &self.asked,
            target: &target(),
            double: None,
            fingerprints: &fingerprints,
            vesto: "0.1.0",
        };
        SavedPlan::new(&inputs, Made::new(at, "tester")).expect("a document")
    }

    fn text(&self) -> String {
        self.saved("2026-11-21T05:11:00.123Z").text().expect("JSON")
    }

    /// What `vesto apply` would find.
    fn differences(&self, text: &str) -> Vec<String> {
        let saved = SavedPlan::read(text).expect("a plan");
        let files = compare_files(&saved, &self.project(), Dialect::Redshift).expect("rollbacks are read");
        let variables = compare_variables(&saved, &self.variables);
        let edited: Vec<String> = files.iter().map(|(id, _)| id.clone()).collect();
        let mut found = compare_ledger(&saved, &self.history(), &[]);
        found.extend(files.into_iter().map(|(_, difference)| difference));
        found.extend(variables.iter().cloned());
        found.extend(compare_plans(&saved, &self.saved("later"), &edited, !variables.is_empty()));
        found.iter().map(ToString::to_string).collect()
    }
}

fn target() -> TargetIdentity {
    TargetIdentity {
        name: "dev".into(),
        kind: "postgres".into(),
        dialect: Dialect::Redshift,
        engine: Dialect::Postgres,
        host: Some("h".into()),
        port: Some(5432),
        database: "dev".into(),
        user: "boss".into(),
        search_path: "public".into(),
        server: None,
    }
}

#[test]
fn the_text_is_canonical_and_reads_back() {
    let text = World::new().text();
    let read = SavedPlan::read(&text).expect("a plan");
    assert_eq!(read.text().expect("JSON"), text);
    assert_eq!(read.made.suffix(), "20261121051100123");
    assert!(text.ends_with("}\n") && !text.contains("geheim"), "{text}");
    let keys: Vec<&str> = text.lines().filter(|line| line.starts_with("  \"")).collect();
    assert!(keys.is_sorted(), "{keys:?}");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let schema = include_str!("../../docs/plan.schema.json").parse().expect("a schema");
    // The fingerprint of this test is too short.
    let misfits = crate::support::misfits(&document, &schema);
    assert!(misfits.iter().all(|line| line.contains("sha256:1")), "{misfits:?}");
}

#[test]
fn the_same_world_gives_the_same_text() {
    assert_eq!(World::new().text(), World::new().text());
    assert_eq!(World::new().differences(&World::new().text()), [""; 0]);
}

#[test]
fn every_beginning_of_the_text_is_refused() {
    let text = World::new().text();
    let ends = (0..text.trim_end().len()).filter(|end| text.is_char_boundary(*end));
    for end in ends {
        let read = SavedPlan::read(&text[..end]);
        assert!(matches!(read, Err(ReadError::CutOff { .. })), "{end}: {read:?}");
    }
}

#[test]
fn whatever_would_run_otherwise_is_found() {
    let text = World::new().text();
    let found = |world: World| world.differences(&text);
    let none = [""; 0];
    assert_eq!(
        found(World::new().with_file("changes/V1__t.sql", "create table ${schema}.t (n integer);\n")),
        ["file: `changes/V1__t.sql` was edited: `V1` has another text"]
    );
    assert_eq!(
        found(World::new().with_file("changes/V3__x.sql", "select 1")),
        ["file: `changes/V3__x.sql` is new: `V3` would run too"]
    );
    assert_eq!(
        found(World {
            asked: Asked::Forward(Selection { to: Some("V1".into()), ..Selection::default() }),
            ..World::new()
        }),
        ["plan: `V2` would not run any more"]
    );
    let mut world = World::new();
    world.variables.set("schema", "stage");
    assert_eq!(found(world.clone()), ["variable: `schema` was `sales` and is `stage`"]);
    world.variables.set_secret("schema", "sales");
    assert_eq!(found(world), ["variable: `schema` is secret and was not"]);
    let mut world = World::new();
    world.variables.set_secret("word", "another");
    world.variables.set("unused", "x");
    assert_eq!(found(world), none);
    assert_eq!(
        found(World { fingerprint: "sha256:2", ..World::new() }),
        ["object: `f` was changed", "object: `sales.t` was changed", "object: `u` was changed"]
    );
    assert_eq!(
        found(World { fingerprint: "absent", ..World::new() }),
        ["object: `f` is gone", "object: `sales.t` is gone", "object: `u` is gone"]
    );
    assert_eq!(found(World::new().with_entry("V1", Action::Failed)), none);
    assert_eq!(
        found(World::new().with_entry("V9", Action::Applied)),
        ["ledger: its last row was 0 and is 1: it is another ledger", "file: `V9` is applied and its file is gone"]
    );
}

#[test]
fn the_ledger_tells_the_last_word_on_each_change() {
    let world = World::new();
    let saved = SavedPlan::read(&world.text()).expect("a plan");
    let row = |sequence: u64, run: &str, change: &str, action: Action| RunRow {
        sequence,
        run: run.into(),
        change: change.into(),
        action,
        finished_at: String::new(),
        microseconds: 0,
        author: "ann".into(),
        host: String::new(),
        source_commit: None,
        tool_version: String::new(),
        message: None,
    };
    let history = world.with_entry("V1", Action::Applied).history();
    let told = |rows: &[RunRow]| {
        let found = compare_ledger(&saved, &history, rows);
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let half = [
        row(1, "r1", "V1", Action::Applied),
        row(2, "r2", "V1", Action::RolledBack),
        row(3, "r2", "V2", Action::Failed),
        row(4, "r3", "V2", Action::Applied),
    ];
    let lines =
        ["ledger: `V1` was rolled back since, by ann in run r2", "ledger: `V2` was applied since, by ann in run r3"];
    assert_eq!(told(&half), lines);
    let whole = [row(1, "r1", "V1", Action::Applied), row(2, "r1", "V2", Action::Applied)];
    assert_eq!(told(&whole), ["ledger: this plan was carried out already, by ann in run r1"]);
}

proptest! {
    #[test]
    fn no_edit_of_the_text_goes_unseen(at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let text = World::new().text();
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        // Only blanks may change.
        if let Ok(edited) = String::from_utf8(bytes)
            && let Ok(plan) = SavedPlan::read(&edited)
        {
            prop_assert_eq!(plan.text().expect("JSON"), text);
        }
    }
}
