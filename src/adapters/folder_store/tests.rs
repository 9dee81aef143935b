//! What a folder serves as a bucket, and what it keeps to itself.

use std::io::Write;

use super::*;

type Tested = Result<(), Box<dyn std::error::Error>>;

fn folder(name: &str) -> io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("vesto-folder-store-{name}-{}", std::process::id()));
    fs::create_dir_all(path.join("in/a/b"))?;
    for file in ["in/a/b/2.csv", "in/a/1.csv", "in/a.csv", "in/b.csv", "secret"] {
        fs::write(path.join(file), file)?;
    }
    Ok(path)
}

#[test]
fn keys_are_listed_by_prefix_in_byte_order() -> Tested {
    let path = folder("list")?;
    let store = FolderStore::new([("raw".to_owned(), path.join("in"))]);
    assert_eq!(store.list("raw", "a")?, ["a.csv", "a/1.csv", "a/b/2.csv"]);
    assert_eq!(store.list("raw", "a/")?, ["a/1.csv", "a/b/2.csv"]);
    assert_eq!(store.list("raw", "a/b/2")?, ["a/b/2.csv"]);
    assert!(store.list("raw", "nothing")?.is_empty());
    let mut text = String::new();
    store.open("raw", "a/1.csv")?.read_to_string(&mut text)?;
    assert_eq!(text, "in/a/1.csv");
    fs::remove_dir_all(path)?;
    Ok(())
}

#[test]
fn nothing_outside_of_the_folder_is_served() -> Tested {
    let path = folder("outside")?;
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(path.join("secret"), path.join("in/out"))?;
        std::os::unix::fs::symlink(&path, path.join("in/up"))?;
        std::os::unix::fs::symlink(path.join("in/b.csv"), path.join("in/inside"))?;
    }
    let store = FolderStore::new([("raw".to_owned(), path.join("in"))]);
    let keys = store.list("raw", "")?;
    assert!(!keys.iter().any(|key| key.starts_with("out") || key.starts_with("up")), "{keys:?}");
    for key in ["out", "up/secret", "../secret", "/etc/passwd"] {
        assert!(matches!(store.open("raw", key), Err(StoreError::Unreadable { .. })), "{key}");
    }
    fs::remove_dir_all(path)?;
    Ok(())
}

#[test]
fn what_is_missing_is_named() {
    let store = FolderStore::new([("raw".to_owned(), PathBuf::from("/nonexistent-folder"))]);
    assert!(matches!(store.list("raw", ""), Err(StoreError::Unreadable { .. })));
    let known = match store.list("other", "") {
        Err(StoreError::UnknownBucket { known, .. }) => known,
        _ => Vec::new(),
    };
    assert_eq!(known, ["raw"]);
}

#[test]
fn what_is_written_is_seen_when_it_is_finished() -> Tested {
    let path = folder("write")?;
    let store = FolderStore::new([("raw".to_owned(), path.join("in"))]);
    let metadata: BTreeMap<String, String> = [("x-amz-key".to_owned(), "abc".to_owned())].into();
    let object = NewObject { metadata: metadata.clone(), kms_key: None };
    let mut writer = store.create("raw", "new/deep/1", &object)?;
    writer.write_all(b"one")?;
    assert!(store.list("raw", "new")?.is_empty());
    assert_eq!(store.head("raw", "new/deep/1")?, None);
    writer.finish()?;
    assert_eq!(store.list("raw", "new")?, ["new/deep/1"]);
    assert_eq!(store.head("raw", "new/deep/1")?, Some(ObjectHead { size: 3, metadata }));
    store.create("raw", "new/deep/1", &NewObject::default())?.finish()?;
    assert_eq!(store.head("raw", "new/deep/1")?, Some(ObjectHead::default()), "metadata go with what they are of");
    store.delete("raw", &["new/deep/1".to_owned(), "new/none".to_owned()])?;
    assert!(!path.join("in/new").exists(), "folders that only it was in go with it");
    assert!(!path.join("in/.vesto-store/unfinished").exists());
    fs::remove_dir_all(path)?;
    Ok(())
}

#[test]
fn what_is_dropped_unfinished_never_was() -> Tested {
    let path = folder("drop")?;
    let store = FolderStore::new([("raw".to_owned(), path.join("in"))]);
    let mut writer = store.create("raw", "a/1.csv", &NewObject::default())?;
    writer.write_all(b"other")?;
    drop(writer);
    let mut text = String::new();
    store.open("raw", "a/1.csv")?.read_to_string(&mut text)?;
    assert_eq!(text, "in/a/1.csv");
    assert!(!path.join("in/.vesto-store").exists());
    fs::remove_dir_all(path)?;
    Ok(())
}

#[test]
fn nothing_is_written_outside_of_the_folder() -> Tested {
    let path = folder("write-outside")?;
    std::os::unix::fs::symlink(&path, path.join("in/up"))?;
    let store = FolderStore::new([("raw".to_owned(), path.join("in"))]);
    for key in ["up/new", "up/new/deep", "../new", "/tmp/new", "a//b", "./a", "", "a/b", "a.csv/x", ".vesto-store/x"] {
        let written = store.create("raw", key, &NewObject::default());
        assert!(matches!(written, Err(StoreError::Unwritable { .. })), "{key}");
    }
    assert!(matches!(store.delete("raw", &["up/secret".to_owned()]), Err(StoreError::Unwritable { .. })));
    assert!(path.join("secret").exists() && !path.join("new").exists());
    let encrypted = NewObject { kms_key: Some("alias/k".to_owned()), ..NewObject::default() };
    assert!(matches!(store.create("raw", "k", &encrypted), Err(StoreError::Unsupported { .. })));
    fs::remove_dir_all(path)?;
    Ok(())
}
