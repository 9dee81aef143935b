//! What UNLOAD refuses, and what is left behind.

use super::{project, texts, unload};

#[test]
fn a_place_with_files_is_refused_unless_told_otherwise() {
    let Some(sandbox) = project() else { return };
    sandbox.write("store/out2/p_old", "old");
    unload(&sandbox, 2, "i", "parallel off").ends(6).out("Specified unload destination on S3 is not empty");
    assert_eq!(texts(&sandbox, "out2").len(), 1);
    unload(&sandbox, 2, "i", "parallel off allowoverwrite").ends(0);
    assert_eq!(texts(&sandbox, "out2").len(), 2);
    sandbox.write("store/out3/p_old", "old");
    unload(&sandbox, 3, "i", "parallel off cleanpath").ends(0);
    assert_eq!(texts(&sandbox, "out3"), [("out3/p_000".to_owned(), "1\n2\n3\n4\n".to_owned())]);
}

#[test]
fn a_query_that_fails_leaves_nothing() {
    let Some(sandbox) = project() else { return };
    unload(&sandbox, 2, "1 / (4 - i)", "gzip").ends(6).out("division by zero");
    assert!(texts(&sandbox, "out2").is_empty());
    // The first files of this one are complete before the last row fails.
    sandbox.write(
        "changes/V2__unload.sql",
        "unload ('select repeat(md5(i::text), 30), 1 / (12000 - i) from generate_series(1, 12000) i')
         to 's3://bucket/out2/p_' iam_role default maxfilesize 5 mb;",
    );
    sandbox.typed("apply").ends(6).out("division by zero").out("2 files that were complete are removed again");
    assert!(texts(&sandbox, "out2").is_empty());
    assert!(!sandbox.path("store/.vesto-store").exists());
}

#[test]
fn errors_point_into_the_query() {
    let Some(sandbox) = project() else { return };
    sandbox.write(
        "changes/V2__unload.sql",
        "select 1;\nunload ('select ''x'', getdate(),\n  wrong from v') to 's3://bucket/x/' iam_role default;",
    );
    sandbox.typed("apply").ends(6).out("column \"wrong\" does not exist").out("V2__unload.sql:3:3");
    sandbox
        .write("changes/V2__unload.sql", "unload ($$select i from v\nlimit 3$$) to 's3://bucket/x/' iam_role default;");
    sandbox.typed("apply").ends(6).out("Limit clause is not supported").out("V2__unload.sql:2:1");
    sandbox.write("changes/V2__unload.sql", "unload ('delete from v') to 's3://bucket/x/' iam_role default;");
    sandbox.typed("apply").ends(6).out("UNLOAD takes a SELECT").out("V2__unload.sql:1:10");
    assert_eq!(sandbox.ask("select count(*) from v"), "4");
}

#[test]
fn options_that_cannot_be_are_refused_without_their_values() {
    let Some(sandbox) = project() else { return };
    let cases = [
        ("csv addquotes", "ADDQUOTES is not supported for UNLOAD to CSV"),
        ("parquet gzip", "GZIP is not supported for UNLOAD to PARQUET"),
        ("json null as 'x'", "NULL AS is not supported for UNLOAD to JSON"),
        ("fixedwidth 'i:3' header", "HEADER is not supported for UNLOAD to FIXEDWIDTH"),
        ("fixedwidth 'i:3,b:2'", "FIXEDWIDTH has 2 columns and the query has 1"),
        ("fixedwidth 'x'", "FIXEDWIDTH must be"),
        ("delimiter '||'", "DELIMITER must be a single ASCII character"),
        ("maxfilesize 4 mb", "the size must be between 5 MB and"),
        ("rowgroupsize 64", "ROWGROUPSIZE is only supported for UNLOAD to PARQUET"),
        ("gzip zstd", "conflicting or redundant options"),
        ("allowoverwrite cleanpath", "CLEANPATH is not supported with ALLOWOVERWRITE"),
        ("escape delimiter '\\\\'", "DELIMITER must not be a quote or the escape character"),
        ("csv delimiter '\"'", "DELIMITER must not be a quote or the escape character"),
        ("csv null as 'a,b'", "NULL AS must not hold the delimiter"),
        ("partition by (i, i) include", "column `i` stands twice in PARTITION BY"),
        ("partition by (x)", "column `x` of PARTITION BY is not in the query"),
        ("partition by (i)", "UNLOAD needs a column that is not in PARTITION BY"),
        ("encrypted kms_key_id 'geheim'", "the store of bucket `bucket` has no AWS KMS"),
        ("kms_key_id 'geheim'", "KMS_KEY_ID needs ENCRYPTED"),
        ("credentials 'aws_access_key_id=geheim'", "takes only one of IAM_ROLE, CREDENTIALS"),
        ("statupdate 'geheim'", "syntax error at or near \"statupdate\""),
        ("region geheim", "expected a region here"),
    ];
    for (options, message) in cases {
        let answer = unload(&sandbox, 2, "i", options).out(message);
        assert_ne!(answer.code, Some(0), "{options}");
        assert!(
            !answer.stdout.contains("geheim") || answer.stdout.contains("| unload"),
            "{options}: {}",
            answer.stdout
        );
        assert!(texts(&sandbox, "out2").is_empty());
    }
}

#[test]
fn a_block_around_it_fails_with_it_and_keeps_its_files_when_it_is_undone() {
    let Some(sandbox) = project() else { return };
    sandbox.write(
        "changes/V2__unload.sql",
        "insert into v (i) values (5);
         unload ('select i from v where i > 3 order by i') to 's3://bucket/a/' iam_role default parallel off;
         unload ('select nothing') to 's3://bucket/b/' iam_role default;",
    );
    sandbox.typed("apply").ends(6).out("column \"nothing\" does not exist");
    assert_eq!(texts(&sandbox, "a"), [("a/000".to_owned(), "4\n5\n".to_owned())]);
    assert_eq!(sandbox.ask("select count(*) from v"), "4");
}
