//! What stands in the files, and how they are called.

use super::{project, texts, unload};

/// The only file of an UNLOAD with these options.
macro_rules! only {
    ($sandbox:expr, $version:expr, $columns:expr, $options:expr) => {{
        unload(&$sandbox, $version, $columns, concat!($options, " parallel off")).ends(0);
        let files = texts(&$sandbox, &format!("out{}", $version));
        assert_eq!(files.len(), 1, "{files:?}");
        files.into_iter().next().expect("one file")
    }};
}

#[test]
fn every_format_is_written_as_redshift_writes_it() {
    let Some(sandbox) = project() else { return };
    let (key, text) = only!(sandbox, 2, "*", "");
    assert_eq!(key, "out2/p_000");
    assert_eq!(
        text,
        "1|t|a|b,\"c'd\\e|x  |1.50|0.10000000000000001|2020-01-02\n\
         2|f||yyy|-0.07|-Infinity|1850-03-04\n\
         3||||||\n\
         4|t|two\nlines\r\u{1f600}|   |0.00|-0|0044-03-15 BC\n"
    );
    let (_, text) = only!(sandbox, 3, "i, t, b", "escape null as '@' delimiter ',' header");
    assert_eq!(text, "i,t,b\n1,a|b\\,\"c'd\\\\e,t\n2,,f\n3,@,@\n4,two\\\nlines\\\r\u{1f600},t\n");
    let (_, text) = only!(sandbox, 4, "i, t", "addquotes escape null '\\\\N' header");
    assert_eq!(
        text,
        "\"i\"|\"t\"\n\"1\"|\"a\\|b,\\\"c\\'d\\\\e\"\n\"2\"|\"\"\n\"3\"|\"\\\\N\"\n\"4\"|\"two\\\nlines\\\r\u{1f600}\"\n"
    );
    let (_, text) = only!(sandbox, 5, "i, t as \"T,x\", n", "format as csv header");
    assert_eq!(text, "i,\"t,x\",n\n1,\"a|b,\"\"c'd\\e\",1.50\n2,\"\",-0.07\n3,,\n4,\"two\nlines\r\u{1f600}\",0.00\n");
    let (_, text) = only!(sandbox, 6, "i, t, b, n, d, day", "json");
    assert_eq!(
        text,
        "{\"i\":1,\"t\":\"a|b,\\\"c'd\\\\e\",\"b\":\"t\",\"n\":1.50,\"d\":0.10000000000000001,\"day\":\"2020-01-02\"}\n\
         {\"i\":2,\"t\":\"\",\"b\":\"f\",\"n\":-0.07,\"d\":\"-Infinity\",\"day\":\"1850-03-04\"}\n\
         {\"i\":3,\"t\":null,\"b\":null,\"n\":null,\"d\":null,\"day\":null}\n\
         {\"i\":4,\"t\":\"two\\nlines\\r\u{1f600}\",\"b\":\"t\",\"n\":0.00,\"d\":-0,\"day\":\"0044-03-15 BC\"}\n"
    );
    let (_, text) = only!(sandbox, 7, "i, c, n", "fixedwidth 'i:2,c:4,n:6'");
    assert_eq!(text, "1 x   1.50  \n2 yyy -0.07 \n3           \n4     0.00  \n");
}

#[test]
fn slices_write_files_of_their_own() {
    let Some(sandbox) = project() else { return };
    unload(&sandbox, 2, "i, b", "manifest header").ends(0);
    let files = texts(&sandbox, "out2");
    let expected = [("out2/p_0000_part_00", "i|b\n1|t\n3|\n"), ("out2/p_0001_part_00", "i|b\n2|f\n4|t\n")];
    assert_eq!(files.iter().map(|(key, text)| (key.as_str(), text.as_str())).take(2).collect::<Vec<_>>(), expected);
    let manifest: serde_json::Value = serde_json::from_str(&files[2].1).expect("a manifest of JSON");
    let urls = ["s3://bucket/out2/p_0000_part_00", "s3://bucket/out2/p_0001_part_00"]
        .map(|url| serde_json::json!({"url": url}));
    assert_eq!(manifest, serde_json::json!({"entries": urls}));
    assert_eq!(files[2].0, "out2/p_manifest");
}

#[test]
fn a_verbose_manifest_counts_and_describes() {
    let Some(sandbox) = project() else { return };
    unload(&sandbox, 2, "i, t, n, b", "manifest verbose header parallel off extension 'txt'").ends(0);
    let files = texts(&sandbox, "out2");
    let manifest: serde_json::Value = serde_json::from_str(&files[1].1).expect("a manifest of JSON");
    let length = files[0].1.len();
    assert_eq!(
        manifest,
        serde_json::json!({
            "entries": [{"url": "s3://bucket/out2/p_000.txt", "meta": {"content_length": length, "record_count": 5}}],
            "schema": {"elements": [
                {"name": "i", "type": {"base": "integer"}},
                {"name": "t", "type": {"base": "character varying", "max_length": 40}},
                {"name": "n", "type": {"base": "numeric", "precision": 10, "scale": 2}},
                {"name": "b", "type": {"base": "boolean"}},
            ]},
            "meta": {"content_length": length, "record_count": 5},
            "author": {"name": "Amazon Redshift", "version": "1.0.0"},
        })
    );
}

#[test]
fn partitions_become_folders() {
    let Some(sandbox) = project() else { return };
    sandbox.write("store/p/b=t/old", "");
    sandbox.write("store/p/b=x/old", "");
    sandbox.write(
        "changes/V2__unload.sql",
        "unload ('select i, b, n from v order by i') to 's3://bucket/p' iam_role default csv partition by (b) cleanpath;",
    );
    sandbox.typed("apply").ends(0);
    let expected = [
        ("p/b=__HIVE_DEFAULT_PARTITION__/0000_part_00", "3,\n"),
        ("p/b=f/0001_part_00", "2,-0.07\n"),
        ("p/b=t/0000_part_00", "1,1.50\n"),
        ("p/b=t/0001_part_00", "4,0.00\n"),
        ("p/b=x/old", ""),
    ];
    let files = texts(&sandbox, "p");
    assert_eq!(files.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect::<Vec<_>>(), expected);
    sandbox.write(
        "changes/V3__unload.sql",
        "unload ('select i, b from v where i = 1') to 's3://bucket/q/' iam_role default partition by (b) include;",
    );
    sandbox.typed("apply").ends(0);
    assert_eq!(texts(&sandbox, "q"), [("q/b=t/0000_part_00".to_owned(), "1|t\n".to_owned())]);
}

#[test]
fn no_rows_are_empty_files_of_text_and_no_file_of_parquet() {
    let Some(sandbox) = project() else { return };
    sandbox.write(
        "changes/V2__unload.sql",
        "unload ('select i from v where false') to 's3://bucket/none/t' iam_role default header;
         unload ('select i from v where false') to 's3://bucket/none/p' iam_role default parquet;",
    );
    sandbox.typed("apply").ends(0);
    let files = ["none/t0000_part_00", "none/t0001_part_00"].map(|key| (key.to_owned(), "i\n".to_owned()));
    assert_eq!(texts(&sandbox, "none"), files);
}

#[test]
fn files_end_where_maxfilesize_says() {
    let Some(sandbox) = project() else { return };
    sandbox.ask("create table big as select i, repeat(md5(i::text), 30) t from generate_series(1, 12000) i");
    sandbox.write(
        "changes/V2__unload.sql",
        "unload ('select * from big order by i') to 's3://bucket/big/' iam_role default parallel off maxfilesize 5 mb;",
    );
    sandbox.typed("apply").ends(0);
    let files = texts(&sandbox, "big");
    let keys: Vec<&str> = files.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["big/000", "big/001", "big/002"]);
    assert!(files.iter().all(|(_, text)| text.len() <= 5 * 1024 * 1024 && text.ends_with('\n')));
    let whole: String = files.into_iter().map(|(_, text)| text).collect();
    assert!(
        whole
            .lines()
            .map(|line| line.split('|').next().unwrap_or_default().to_owned())
            .eq((1..=12000).map(|i| i.to_string()))
    );
}

#[test]
fn a_file_takes_a_row_that_is_larger_than_files_may_be() {
    let Some(sandbox) = project() else { return };
    sandbox.ask("create table long as select repeat('x', 65535)::varchar(65535) t");
    let wide: Vec<String> = (0..90).map(|number| format!("t as t{number}")).collect();
    let wide = wide.join(", ");
    sandbox.write(
        "changes/V2__unload.sql",
        &format!(
            "unload ('select {wide} from long') to 's3://bucket/t/' iam_role default header maxfilesize 5 mb parallel off;
             unload ('select t from long') to 's3://bucket/q/' iam_role default parquet maxfilesize 5 mb parallel off;"
        ),
    );
    sandbox.typed("apply").ends(0);
    let files = texts(&sandbox, "t");
    assert_eq!(
        files.iter().map(|(key, text)| (key.as_str(), text.lines().count())).collect::<Vec<_>>(),
        [("t/000", 2)]
    );
    assert_eq!(texts(&sandbox, "q").len(), 1);
}

#[test]
fn long_names_stand_in_full_in_files_and_find_their_columns() {
    let Some(sandbox) = project() else { return };
    let column = "amount_of_the_order_before_any_tax_and_after_all_of_its_reductions_in_euro";
    let alias = format!("{column}_twice");
    sandbox.write("changes/V2__t.sql", &format!("create table t ({column} int);\ninsert into t values (7);\n"));
    let queries = format!(
        "unload ('select *, {column} * 2 as {alias} from t') to 's3://bucket/csv/p_' iam_role default csv header parallel off;\n\
         unload ('select * from t') to 's3://bucket/json/p_' iam_role default json parallel off;\n"
    );
    sandbox.write("changes/V3__unload.sql", &queries);
    let loads = format!(
        "copy t from 's3://bucket/json/p_' iam_role default json 'auto';\n\
         copy t ({column}) from 's3://bucket/json/p_' iam_role default json 'auto ignorecase';\n"
    );
    sandbox.write("changes/V4__copy.sql", &loads);
    sandbox.vesto(["apply"]).ends(0);
    let written: Vec<String> =
        ["csv", "json"].iter().flat_map(|folder| texts(&sandbox, folder)).map(|(_, text)| text).collect();
    assert_eq!(written, [format!("{column},{alias}\n7,14\n"), format!("{{\"{column}\":7}}\n")]);
    assert_eq!(sandbox.ask("select count(*) from t"), "3");
}
