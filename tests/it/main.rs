//! Integration tests: one binary, so that they link once.
//!
//! A file beside this one that is not declared here fails `no_test_file_is_forgotten`.

mod attribution;
#[cfg(feature = "aws")]
mod aws;
mod catalog;
mod commands;
mod container;
mod copy_columns;
mod copy_formats;
mod crash;
mod double_library;
mod double_translate;
mod emulate;
mod emulate_api;
mod fence;
mod interrupt;
mod local_server;
mod lock;
mod plan_properties;
mod probe;
mod probe_between;
mod project_cases;
mod project_ini_python;
mod project_properties;
mod proxy;
mod reach;
mod rig;
mod saved_plan_laws;
mod sql_cases;
mod sql_corpus;
mod sql_properties;
mod support;
mod unload;

#[test]
fn no_test_file_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for (folder, root) in [
        ("", "main"),
        ("aws", "mod"),
        ("catalog", "mod"),
        ("commands", "mod"),
        ("container", "mod"),
        ("crash", "mod"),
        ("double_library", "mod"),
        ("emulate", "mod"),
        ("emulate_api", "mod"),
        ("reach", "mod"),
        ("support", "mod"),
        ("unload", "mod"),
    ]
    .map(|(name, root)| (folder.join(name), root))
    {
        let declared = std::fs::read_to_string(folder.join(root).with_extension("rs")).unwrap();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(name == root || declared.contains(&format!("mod {name};")), "`mod {name};` is missing");
        }
    }
}
