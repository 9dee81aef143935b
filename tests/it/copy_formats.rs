//! COPY on the double reads what other programs write: Python's own modules, pyarrow, fastavro, openssl, and the system's
//! compression tools.

use std::path::Path;
use std::process::Command;

use crate::support::{Sandbox, announce};

const WRITER: &str = "tests/data/double/copy/write_rows.py";

/// A project with a store `data`, and what the writer left out.
fn written(seed: &str) -> Option<Sandbox> {
    let sandbox = Sandbox::on_server("redshift")?;
    sandbox.write(
        "vesto.ini",
        "[project]\nname = sample\ntarget = dev\n\n[target dev]\nkind = postgres\ndialect = redshift\n\
         url = ${env:TEST_URL}\n\n[store data]\nbucket = data\nfolder = data\n",
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(WRITER);
    let written = Command::new("python3").arg(script).arg(sandbox.path("")).arg(seed).output().expect("python3 runs");
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let left_out = String::from_utf8_lossy(&written.stdout);
    if !left_out.is_empty() {
        announce(left_out.trim_end());
    }
    Some(sandbox)
}

#[test]
fn rows_of_other_writers_are_read_as_they_were_written() {
    for seed in ["1", "2"] {
        let Some(sandbox) = written(seed) else { return };
        sandbox.vesto(["apply"]).ends(0);
        sandbox.ask(&sandbox.read("expected.sql"));
        let loads = sandbox.read("loads");
        assert!(loads.lines().count() >= 12, "{loads}");
        for name in loads.lines() {
            let different = sandbox.ask(&format!(
                "select coalesce(string_agg(coalesce(wrote.id, found.id)::text, ' '), 'same') from expected wrote \
                 full join t_{name} found on found.id = wrote.id where wrote::text is distinct from found::text"
            ));
            assert_eq!(different, "same", "rows of {name}, seed {seed}");
        }
    }
}

#[test]
fn refused_records_are_in_the_system_tables_whatever_became_of_the_load() {
    let Some(sandbox) = Sandbox::on_server("redshift") else { return };
    sandbox.write(
        "vesto.ini",
        "[project]\nname = sample\ntarget = dev\n\n[target dev]\nkind = postgres\ndialect = redshift\n\
         url = ${env:TEST_URL}\n\n[store data]\nbucket = data\nfolder = data\n",
    );
    let sandbox = sandbox
        .file("data/in/1", "1|one\nx|two\n3|three\n")
        .file("data/in/2", "4|four|4\n5|five and more\n")
        .file("changes/V1__t.sql", "create table t (n integer, name varchar(5));")
        .file("changes/V2__load.sql", "copy t from 's3://data/in/' iam_role default maxerror 4;");
    sandbox.vesto(["apply"]).ends(0);
    assert_eq!(sandbox.ask("select n from t order by n"), "1, 3");
    let shown = "select concat_ws(':', file_name, line_number, column_name, column_type, column_length, position, raw_line, \
                 raw_field_value, error_code, error_message) from pg_double.load_error order by error_id";
    let expected = "s3://data/in/1:2:n:int4::0:x|two:x:1207:Invalid digit, Value 'x', Pos 0, Type: Integer, \
                    s3://data/in/2:1::::7:4|four|4::1202:Extra column(s) found, \
                    s3://data/in/2:2:name:varchar:5:2:5|five and more:five and more:1204:String length exceeds DDL length";
    assert_eq!(sandbox.ask(shown), expected);
    sandbox.write("changes/V3__again.sql", "copy t from 's3://data/in/2' iam_role default;");
    let message = "Load into table 't' failed.  Check 'stl_load_errors' system table for details.";
    sandbox.vesto(["apply"]).ends(6).out(message);
    assert_eq!(sandbox.ask("select count(*) from pg_double.load_error"), "4");
    assert_eq!(sandbox.ask("select status from pg_double.load order by query"), "completed, failed");
    assert_eq!(sandbox.ask("select n from t order by n"), "1, 3");
}
