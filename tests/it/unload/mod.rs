//! UNLOAD of the double, through the binary: what stands in the files, how they are called, and what is refused.

mod encrypted;
mod external;
mod files;
mod laws;
pub(crate) mod moto;
mod readers;
mod refusals;
mod stores;
mod trips;

use crate::support::{Answer, Sandbox};

/// A project with a bucket in the folder `store`, and a table of awkward values.
fn project() -> Option<Sandbox> {
    let sandbox = Sandbox::on_server("redshift")?;
    let settings = sandbox.read("vesto.ini");
    sandbox.write("vesto.ini", &format!("{settings}\n[store bucket]\nfolder = store\n"));
    sandbox.write("store/elsewhere/file", "");
    sandbox.write(
        "changes/V1__values.sql",
        "create table v (i int, b boolean, t varchar(40), c char(3), n numeric(10,2), d double precision, day date);
         insert into v values
           (1, true, 'a|b,\"c''d\\\\e', 'x', 1.5, 0.1, '2020-01-02'),
           (2, false, '', 'yyy', -0.07, '-infinity', '1850-03-04'),
           (3, null, null, null, null, null, null),
           (4, true, 'two\\nlines\\r\u{1f600}', '', 0, '-0', '0044-03-15 BC');\n",
    );
    Some(sandbox)
}

/// Applies an UNLOAD of all rows in order with these options.
fn unload(sandbox: &Sandbox, version: u32, columns: &str, options: &str) -> Answer {
    let name = format!("changes/V{version}__unload.sql");
    let sql = format!(
        "unload ('select {columns} from v order by i') to 's3://bucket/out{version}/p_' iam_role default {options};\n"
    );
    sandbox.write(&name, &sql);
    sandbox.typed("apply")
}

/// The keys of a bucket's folder with their texts.
fn texts(sandbox: &Sandbox, folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![sandbox.path("store").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let key = path.strip_prefix(sandbox.path("store")).expect("below the store").display().to_string();
                found
                    .push((key, String::from_utf8_lossy(&std::fs::read(&path).expect("a readable file")).into_owned()));
            }
        }
    }
    found.sort();
    found
}
