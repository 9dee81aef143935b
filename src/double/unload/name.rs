//! Names of files.

use super::options::{Format, UnloadStatement};

/// The folder of rows without a value in a column of PARTITION BY, as Hive names it.
const NO_VALUE: &[u8] = b"__HIVE_DEFAULT_PARTITION__";

impl UnloadStatement {
    /// The key of a file.
    pub(super) fn key(&self, folder: &str, slice: usize, part: usize) -> String {
        let (prefix, extension) = (&self.prefix, self.extension());
        match self.parallel {
            true => format!("{prefix}{folder}{slice:04}_part_{part:02}{extension}"),
            false => format!("{prefix}{folder}{part:03}{extension}"),
        }
    }

    /// The key of the manifest.
    pub(super) fn manifest_key(&self) -> String {
        format!("{}manifest", self.prefix)
    }

    /// An extension that the user gives stands alone, without that of the compression.
    fn extension(&self) -> String {
        match (&self.extension, &self.format) {
            (Some(extension), _) => match extension.trim_start_matches('.') {
                "" => String::new(),
                extension => format!(".{extension}"),
            },
            (None, Format::Parquet { .. }) => ".parquet".to_owned(),
            (None, _) => self.compression.extension().to_owned(),
        }
    }
}

/// The folders of a partition: `year=2019/month=September/`.
pub(super) fn partition_folder<'a>(values: impl Iterator<Item = (&'a str, Option<&'a [u8]>)>) -> String {
    let mut folder = String::new();
    for (name, value) in values {
        escape(name.as_bytes(), &mut folder);
        folder.push('=');
        // Hive's own name for an empty text is the same.
        escape(value.filter(|value| !value.is_empty()).unwrap_or(NO_VALUE), &mut folder);
        folder.push('/');
    }
    folder
}

/// As Hive does: what would be read as something else in a path is written as `%` and its hexadecimal code
/// (`FileUtils.escapePathName`).
fn escape(text: &[u8], out: &mut String) {
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '\0'..='\x1f'
            | '\x7f'
            | '"'
            | '#'
            | '%'
            | '\''
            | '*'
            | '/'
            | ':'
            | '='
            | '?'
            | '\\'
            | '{'
            | '['
            | ']'
            | '^' => {
                out.push_str(&format!("%{:02X}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::QuotedNames;

    #[test]
    fn folders_are_those_of_hive() {
        let values =
            [("year", Some(b"2019".as_slice())), ("c", None), ("d", Some(b"a/b=%".as_slice())), ("e", Some(b""))];
        let expected = "year=2019/c=__HIVE_DEFAULT_PARTITION__/d=a%2Fb%3D%25/e=__HIVE_DEFAULT_PARTITION__/";
        assert_eq!(partition_folder(values.into_iter()), expected);
    }

    #[test]
    fn files_are_named_as_redshift_names_them() {
        let key = |options: &str| {
            let text = format!("unload ('select 1') to 's3://b/p_' {options}");
            UnloadStatement::parse(&text, QuotedNames::Folded)
                .map(|unload| unload.key("", 1, 0))
                .map_err(|error| error.message)
        };
        assert_eq!(key("gzip").as_deref(), Ok("p_0001_part_00.gz"));
        assert_eq!(key("parallel off bzip2").as_deref(), Ok("p_000.bz2"));
        assert_eq!(key("parquet").as_deref(), Ok("p_0001_part_00.parquet"));
        assert_eq!(key("gzip extension 'csv.gz'").as_deref(), Ok("p_0001_part_00.csv.gz"));
        assert_eq!(key("gzip extension ''").as_deref(), Ok("p_0001_part_00"));
        assert_eq!(key("csv").as_deref(), Ok("p_0001_part_00"));
        assert_eq!(key("partition by (a)").as_deref(), Ok("p_/0001_part_00"));
    }
}
