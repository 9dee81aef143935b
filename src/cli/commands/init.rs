//! `vesto init`: a new project that applies and passes its own tests.

use crate::adapters::files;

use crate::cli::arguments::InitArguments;
use crate::cli::console;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;

/// The files of a new project.
const FILES: [(&str, &str); 5] = [
    ("vesto.ini", include_str!("init/vesto.ini")),
    ("changes/V001__create_customers.sql", include_str!("init/V001__create_customers.sql")),
    ("changes/R__customers_by_country.sql", include_str!("init/R__customers_by_country.sql")),
    ("tests/customers.sql", include_str!("init/customers.sql")),
    (".gitignore", ".vesto/\n"),
];

/// Writes the files; none of them may exist.
pub(in crate::cli) fn init(own: &InitArguments) -> Result<ExitCode, Failure> {
    if let Some((name, _)) = FILES.iter().find(|(name, _)| *name != ".gitignore" && own.folder.join(name).exists()) {
        let path = own.folder.join(name);
        return Err(Failure::new(ExitCode::Usage, format!("`{}` exists already", path.display()))
            .hint("choose another folder: `vesto init DIR`".to_owned()));
    }
    let mut out = String::new();
    for (name, text) in FILES {
        let path = own.folder.join(name);
        if !path.exists() {
            files::write(&path, text.as_bytes())?;
            out.push_str(&format!("  wrote {}\n", path.display()));
        }
    }
    out.push_str("try `vesto plan`, `vesto apply` and `vesto test` there\n");
    console::answer(&out)?;
    Ok(ExitCode::Done)
}
