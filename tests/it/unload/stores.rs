//! What every store does: one suite for folders and for S3.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};

use vesto::adapters::folder_store::FolderStore;
use vesto::adapters::s3_store::{S3Place, S3Store};
use vesto::ports::{NewObject, Store, StoreError};
use vesto::text::Secret;

use super::moto::Moto;
use super::{project, unload};

fn put(store: &dyn Store, key: &str, bytes: &[u8], object: &NewObject) -> Result<(), StoreError> {
    let mut writer = store.create("bucket", key, object)?;
    for piece in bytes.chunks(1_000_000) {
        writer.write_all(piece).expect("a piece is taken");
    }
    writer.finish()
}

fn get(store: &dyn Store, key: &str, start: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    store.open_at("bucket", key, start).expect("it opens").read_to_end(&mut bytes).expect("it can be read");
    bytes
}

/// The laws of [`Store`].
fn conforms(store: &dyn Store) -> Result<(), StoreError> {
    let plain = NewObject::default();
    for key in ["in/a b", "in/a", "in/a=1/\u{e4}", "inner", "z"] {
        put(store, key, key.as_bytes(), &plain)?;
    }
    assert_eq!(store.list("bucket", "in")?, ["in/a", "in/a b", "in/a=1/\u{e4}", "inner"], "byte order, by any prefix");
    assert_eq!(store.list("bucket", "in/a")?, ["in/a", "in/a b", "in/a=1/\u{e4}"]);
    assert!(store.list("bucket", "none")?.is_empty());
    assert_eq!(get(store, "in/a=1/\u{e4}", 0), "in/a=1/\u{e4}".as_bytes());
    assert_eq!(get(store, "inner", 2), b"ner");

    let large: Vec<u8> = (0..20_000_000_u32).map(|at| at.to_le_bytes()[at as usize % 3]).collect();
    let metadata: BTreeMap<String, String> = [("x-amz-key".to_owned(), "k/+=".to_owned())].into();
    let described = NewObject { metadata: metadata.clone(), ..NewObject::default() };
    put(store, "large", &large, &described)?;
    assert_eq!(get(store, "large", 0), large, "in parts");
    put(store, "empty", b"", &described)?;
    assert!(get(store, "empty", 0).is_empty());
    for (key, size) in [("large", large.len() as u64), ("empty", 0)] {
        let head = store.head("bucket", key)?.expect("it is there");
        assert_eq!((head.size, &head.metadata), (size, &metadata), "{key}");
    }
    put(store, "large", b"small", &plain)?;
    assert_eq!(store.head("bucket", "large")?.map(|head| (head.size, head.metadata.len())), Some((5, 0)), "replaced");

    assert_eq!(store.head("bucket", "none")?, None);
    let missing = store.open("bucket", "none").map(drop);
    assert!(matches!(missing, Err(StoreError::Unreadable { source, .. }) if source.kind() == ErrorKind::NotFound));
    assert!(matches!(store.list("other", ""), Err(StoreError::UnknownBucket { known, .. }) if known == ["bucket"]));

    let mut writer = store.create("bucket", "unfinished", &plain)?;
    writer.write_all(&large).expect("it is taken");
    drop(writer);
    assert_eq!(store.head("bucket", "unfinished")?, None);
    store.delete("bucket", &["in/a", "none", "z"].map(str::to_owned))?;
    assert_eq!(store.list("bucket", "")?, ["empty", "in/a b", "in/a=1/\u{e4}", "inner", "large"]);
    Ok(())
}

#[test]
fn a_folder_is_a_store() {
    let folder = std::env::temp_dir().join(format!("vesto-store-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a new folder");
    let result = conforms(&FolderStore::new([("bucket".to_owned(), folder.clone())]));
    std::fs::remove_dir_all(folder).expect("the folder goes");
    result.expect("it conforms");
}

#[test]
fn a_bucket_of_s3_is_a_store() {
    let Some(moto) = Moto::start("bucket") else { return };
    let place = S3Place {
        endpoint: moto.endpoint(),
        access_key_id: Some("AKIATEST".to_owned()),
        secret_access_key: Some(Secret::new("secret".to_owned())),
        ..S3Place::default()
    };
    conforms(&S3Store::new([("bucket".to_owned(), Ok(place))])).expect("it conforms");
}

#[test]
fn data_goes_to_s3_and_comes_back() {
    let (Some(sandbox), Some(moto)) = (project(), Moto::start("bucket")) else { return };
    let mut sandbox = sandbox;
    moto.becomes_store_of(&sandbox);
    unload(&sandbox, 2, "*", "csv gzip").ends(6).out("TEST_SECRET");
    sandbox.set("TEST_SECRET", "geheim");
    unload(&sandbox, 2, "*", "csv gzip null as '@' manifest encrypted kms_key_id 'alias/k'").ends(0).lacks("geheim");
    let listed = moto.request("GET", "/bucket?list-type=2").expect("a list of keys");
    for key in ["out2/p_0000_part_00.gz", "out2/p_0001_part_00.gz", "out2/p_manifest"] {
        assert!(listed.contains(key), "{listed}");
    }
    sandbox.write(
        "changes/V3__copy.sql",
        "create table w (like v);
         copy w from 's3://bucket/out2/p_manifest' iam_role default csv gzip null as '@' manifest;",
    );
    sandbox.typed("apply").ends(0);
    assert_eq!(sandbox.ask("select count(*) from (select * from v except all select * from w) d"), "0");
    assert_eq!(sandbox.ask("select count(*) from w"), "4");
    unload(&sandbox, 4, "1 / (4 - i)", "").ends(6).out("division by zero");
    let listed = moto.request("GET", "/bucket?list-type=2").expect("a list of keys");
    assert!(!listed.contains("out4"), "{listed}");
}
