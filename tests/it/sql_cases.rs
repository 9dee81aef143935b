//! SQL cases as files: `tests/data/sql/<folder>/*.sql` with what must come out beside them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use vesto::sql::{
    Dialect, Effect, Inverse, Kind, Probe, Statement, backup_instead, body_commits, drop_of, fingerprint_text, inverse,
    parse_script, probe, referenced_names, signature, sources, split,
};

/// Runs every case of a folder; a case without an expected text is a failure.
fn run(folder: &str, produce: impl Fn(&str, Dialect) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sql").join(folder);
    let entries = folder.read_dir().expect("folder of cases").map(|entry| entry.expect("case").path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "sql")).collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases in {}", folder.display());
    let mut wrong = String::new();
    for case in cases {
        let text = std::fs::read_to_string(&case).expect("case");
        let mut found = String::new();
        for (name, dialect) in [("redshift", Dialect::Redshift), ("postgres", Dialect::Postgres)] {
            let first = text.lines().next().unwrap_or("");
            if first.strip_prefix("-- dialect: ").is_none_or(|only| only == name) {
                let _ = write!(found, "== {name}\n{}", produce(&text, dialect));
            }
        }
        let beside = case.with_extension("txt");
        if std::env::var_os("VESTO_BLESS").is_some() {
            std::fs::write(&beside, &found).expect("write what came out");
        }
        let wanted = std::fs::read_to_string(&beside).unwrap_or_default();
        for line in similar::TextDiff::from_lines(wanted.as_str(), found.as_str()).iter_all_changes() {
            if line.tag() != similar::ChangeTag::Equal {
                let _ = write!(wrong, "{} {}{line}", beside.display(), line.tag());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn statements(text: &str, dialect: Dialect) -> Vec<Statement> {
    parse_script(text, dialect).expect("statements")
}

#[test]
fn split_cases() {
    run("split", |text, dialect| {
        let found = split(text, dialect).and_then(|pieces| Ok((pieces, parse_script(text, dialect)?)));
        match found {
            Ok((pieces, statements)) => {
                assert_eq!(pieces.iter().map(|piece| &text[piece.clone()]).collect::<String>(), text);
                let shown = statements.iter().map(|one| format!("{:?}\n", &text[one.range.clone()]));
                format!("{} pieces\n{}", pieces.len(), shown.collect::<String>())
            }
            Err(error) => {
                format!("error: {error} at {:?}\nhint: {}\n", &text[error.range()], error.hint())
            }
        }
    });
}

#[test]
fn classify_cases() {
    run("classify", |text, dialect| {
        let shown = statements(text, dialect).into_iter().map(|one| {
            let object = one.object.map_or("-".to_owned(), |name| format!("{:?}", name.parts));
            let effect = match one.effect {
                Effect::Keeps => String::new(),
                other => format!(" | {other:?}"),
            };
            let text = text[one.range].replace('\n', " ");
            format!("{text}\n    {} | {object} | {:?}{effect}\n", one.kind, one.transaction)
        });
        shown.collect()
    });
}

#[test]
fn inverse_cases() {
    run("inverse", |text, dialect| {
        let shown = statements(text, dialect).into_iter().map(|one| {
            let undone = match inverse(&one, text, dialect) {
                Inverse::Statement(sql) => sql,
                other => format!("{other:?}"),
            };
            format!("{}\n    {undone}\n", &text[one.range])
        });
        shown.collect()
    });
}

/// Redshift's SQL is asked about on Redshift, and where the answer is another one, on the double too.
#[test]
fn probe_cases() {
    run("probe", |text, dialect| {
        let shown = statements(text, dialect).into_iter().map(|one| {
            let mut out = format!("{}\n", &text[one.range.clone()]);
            let asked = show_probe(&probe(&one, text, dialect, dialect));
            let on_double = show_probe(&probe(&one, text, dialect, Dialect::Postgres));
            out.push_str(&asked);
            if on_double != asked {
                let _ = write!(out, "  on the double\n{on_double}");
            }
            out
        });
        shown.collect()
    });
}

fn show_probe(probe: &Probe) -> String {
    match probe {
        Probe::Repeatable => "    repeatable\n".to_owned(),
        Probe::Unknown { question } => format!("    person: {question}\n"),
        Probe::Query(query) => {
            let mut out = format!("    {}\n    ask: {}\n", query.sql, query.question);
            for clear in &query.clear {
                let _ = writeln!(out, "    clear: {clear}");
            }
            if query.end_suffices {
                out.push_str("    the end suffices\n");
            }
            out
        }
    }
}

#[test]
fn names_cases() {
    run("names", |text, dialect| referenced_names(text, dialect).iter().map(|name| format!("{name}\n")).collect());
}

#[test]
fn fingerprint_cases() {
    run("fingerprint", |text, dialect| format!("{:?}\n", fingerprint_text(text, dialect)));
}

#[test]
fn line_ends_and_byte_order_marks_do_not_change_the_fingerprint() {
    let plain = "select 1 -- x\nfrom t;\n$$ a \n b $$;";
    for other in
        ["\u{feff}select 1 -- x \r\nfrom t; \r\n$$ a \r\n b $$;\r\n\r\n", "select 1 -- x\rfrom t;\r$$ a \n b $$; \r"]
    {
        assert_eq!(fingerprint_text(other, Dialect::Postgres), plain);
    }
}

#[test]
fn a_dropped_table_can_be_set_aside() {
    let check = |sql: &str, dialect, wanted: Option<&str>| {
        let statement = statements(sql, dialect).remove(0);
        assert_eq!(backup_instead(&statement, sql, dialect, "r7").as_deref(), wanted, "{sql}");
    };
    use Dialect::{Postgres, Redshift};
    check("drop table s.\"T\"", Redshift, Some("ALTER TABLE s.\"T\" RENAME TO \"T_bckup_r7\""));
    check("drop table if exists s.T cascade;", Redshift, Some("ALTER TABLE s.T RENAME TO \"t_bckup_r7\""));
    check("drop table if exists t", Postgres, Some("ALTER TABLE IF EXISTS t RENAME TO \"t_bckup_r7\""));
    check("drop table a, b", Postgres, None);
    check("drop table #a", Redshift, None);
    check("drop view a", Redshift, None);
    let long = "é".repeat(40);
    let wanted = format!("ALTER TABLE {long} RENAME TO \"{}_bckup_r7\"", "é".repeat(27));
    check(&format!("drop table {long}"), Postgres, Some(&wanted));
}

#[test]
fn routines_that_end_transactions_are_seen() {
    let check = |body: &str, redshift: bool, postgres: bool| {
        let sql = format!("create procedure p() as $$ {body} $$ language plpgsql");
        assert_eq!(body_commits(&sql, Dialect::Redshift), redshift, "{body}");
        assert_eq!(body_commits(&sql, Dialect::Postgres), postgres, "{body}");
    };
    check("begin insert into t values (1); commit; end;", true, true);
    check("begin truncate t; end;", true, false);
    check("begin if x then rollback; end if; end;", true, true);
    check("begin execute 'truncate t'; end;", true, false);
    check("begin -- commit;\n insert into t values ('commit;'); end;", false, false);
    check("begin select commit from t; end;", false, false);
    let nonatomic = "create procedure p() nonatomic as $$ begin null; end $$ language plpgsql";
    assert!(body_commits(nonatomic, Dialect::Redshift));
    assert!(body_commits("create procedure p() as 'begin commit; end' language plpgsql", Dialect::Redshift));
    assert!(!body_commits("insert into t values ('commit')", Dialect::Redshift));
}

#[test]
fn what_replaces_can_be_dropped_too() {
    let sql = "create or replace procedure S.\"P\"(a int, b out int) as $$ $$ language plpgsql";
    let statement = statements(sql, Dialect::Redshift).remove(0);
    assert_eq!(drop_of(&statement, sql, Dialect::Redshift).as_deref(), Some("DROP PROCEDURE S.\"P\"(int)"));
    assert_eq!(signature(sql, Dialect::Redshift).as_deref(), Some("S.\"P\"(int)"));
    assert_eq!(signature("create view v as select 1", Dialect::Redshift), None);
}

#[test]
fn every_kind_names_the_page_that_it_follows() {
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Other) {
        let pages = sources(*kind);
        assert!(!pages.is_empty(), "no row gives `{kind}`");
        assert!(pages.iter().all(|page| page.starts_with("RS ") || page.starts_with("PG ")), "{kind}: {pages:?}");
    }
}
