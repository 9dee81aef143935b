//! ENCRYPTED with a master symmetric key: what stands in the bucket, and that only the key opens it.

use super::{project, texts, unload};

/// 256 bits in base64.
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const OTHER: &str = "YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=";

#[test]
fn only_the_key_opens_what_is_encrypted() {
    let Some(sandbox) = project() else { return };
    unload(&sandbox, 2, "*", &format!("csv gzip null as '@' manifest encrypted master_symmetric_key '{KEY}'"))
        .ends(0)
        .lacks(KEY);
    for (key, text) in texts(&sandbox, "out2") {
        assert!(!text.contains("entries") && !text.starts_with("\u{1f}"), "{key} is readable");
    }
    let copy = |version: u32, key: &str| {
        sandbox.write(
            &format!("changes/V{version}__copy.sql"),
            &format!(
                "create table w{version} (like v);
                 copy w{version} from 's3://bucket/out2/p_0' iam_role default csv gzip null as '@'
                 encrypted
                 master_symmetric_key '{key}';",
            ),
        );
        sandbox.typed("apply")
    };
    copy(3, KEY).ends(0);
    assert_eq!(sandbox.ask("select count(*) from (select * from v except all select * from w3) d"), "0");
    copy(4, OTHER).ends(6).out("encrypted with another master key");
    sandbox.remove("changes/V4__copy.sql");
    let logged =
        sandbox.ask("select count(*) from pg_double.unload where statement like '%****%' and status = 'completed'");
    assert_eq!(logged, "1");
    assert_eq!(sandbox.ask(&format!("select count(*) from pg_double.unload where statement like '%{KEY}%'")), "0");
    unload(&sandbox, 5, "i", "encrypted master_symmetric_key 'short'").ends(6).out("256 bits in base64");
}
