//! What others make of the files: Python's csv and json, pyarrow, and the system's gzip, bzip2 and zstd.

use std::process::Command;

use super::{project, texts, unload};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/double/read_unloaded.py");

fn output(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(program).args(arguments).output().expect("the program is there: `ci/test` installs it");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn the_systems_tools_unpack_the_files() {
    let Some(sandbox) = project() else { return };
    unload(&sandbox, 2, "*", "csv parallel off").ends(0);
    let plain = texts(&sandbox, "out2").remove(0).1;
    for (version, option, program, extension) in
        [(3, "gzip", "gzip", "gz"), (4, "bzip2", "bzip2", "bz2"), (5, "zstd", "zstd", "zst")]
    {
        unload(&sandbox, version, "*", &format!("csv parallel off {option}")).ends(0);
        let file = sandbox.path(&format!("store/out{version}/p_000.{extension}"));
        let unpacked = output(program, &["-dc", &file.display().to_string()]);
        assert_eq!(String::from_utf8_lossy(&unpacked), plain, "{option}");
    }
}

#[test]
fn python_reads_the_values() {
    let Some(sandbox) = project() else { return };
    let columns = "i, b, t, c, n, d";
    for (version, options) in [(2, "csv header null as ''@''"), (3, "json"), (4, "parquet")] {
        unload(&sandbox, version, columns, &format!("parallel off {}", options.replace("''", "'"))).ends(0);
    }
    let path = |name: &str| sandbox.path(&format!("store/{name}")).display().to_string();
    let read = output("python3", &[SCRIPT, &path("out2/p_000"), &path("out3/p_000"), &path("out4/p_000.parquet")]);
    let read: serde_json::Value = serde_json::from_slice(&read).expect("the script prints JSON");
    let hostile = "a|b,\"c'd\\e";
    let lines = "two\nlines\r\u{1f600}";
    assert_eq!(
        read["csv"],
        serde_json::json!([
            ["i", "b", "t", "c", "n", "d"],
            ["1", "t", hostile, "x  ", "1.50", "0.10000000000000001"],
            ["2", "f", "", "yyy", "-0.07", "-Infinity"],
            ["3", "@", "@", "@", "@", "@"],
            ["4", "t", lines, "   ", "0.00", "-0"],
        ])
    );
    assert_eq!(
        read["json"],
        serde_json::json!([
            {"i": 1, "b": "t", "t": hostile, "c": "x  ", "n": 1.5, "d": 0.1},
            {"i": 2, "b": "f", "t": "", "c": "yyy", "n": -0.07, "d": "-Infinity"},
            {"i": 3, "b": null, "t": null, "c": null, "n": null, "d": null},
            {"i": 4, "b": "t", "t": lines, "c": "   ", "n": 0.0, "d": 0},
        ])
    );
    assert_eq!(
        read["parquet"],
        serde_json::json!([
            [1, true, hostile, "x  ", "1.50", "0.1"],
            [2, false, "", "yyy", "-0.07", "-inf"],
            [3, null, null, null, null, null],
            [4, true, lines, "   ", "0.00", "-0.0"],
        ])
    );
    assert_eq!(read["schema"], serde_json::json!(["int32", "bool", "string", "string", "decimal128(10, 2)", "double"]));
}
