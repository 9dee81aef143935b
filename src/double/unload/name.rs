//! Names of files.

use super::options::{Format, UnloadStatement};

/// The folder of rows without a value in a column of PARTITION BY, as Hive names it.
const NO_VALUE: &[u8] = NO_PARTITION_VALUE.as_bytes();

/// The same, as the value of a partition.
pub(in crate::double) const NO_PARTITION_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

impl UnloadStatement {
    /// The key of a file.
    pub(super) fn key(&self, folder: &str, slice: usize, part: usize) -> String {
        let (prefix, stem, extension) = (&self.prefix, &self.stem, self.extension());
        match self.parallel {
            true => format!("{prefix}{folder}{stem}{slice:04}_part_{part:02}{extension}"),
            false => format!("{prefix}{folder}{stem}{part:03}{extension}"),
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

/// The values that the folders of a key behind a prefix stand for, and the folders.
pub(in crate::double) fn partition_values<'k>(key: &'k str, prefix: &str) -> Option<(Vec<String>, &'k str)> {
    let folder = key.strip_prefix(prefix)?.rsplit_once('/')?.0;
    let values = folder.split('/').map(|part| Some(unescape(part.split_once('=')?.1)));
    Some((values.collect::<Option<_>>()?, folder))
}

/// The way back from [`escape`].
fn unescape(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(u8::is_ascii) {
            Some(code) => {
                out.push(char::from(code));
                out.push_str(part.get(2..).unwrap_or_default());
            }
            None => {
                out.push('%');
                out.push_str(part);
            }
        }
    }
    out
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
        let folder = partition_folder(values.into_iter());
        assert_eq!(folder, expected);
        let key = format!("a/{folder}0000_part_00");
        let (back, at) = partition_values(&key, "a/").expect("values");
        assert_eq!(back, ["2019", NO_PARTITION_VALUE, "a/b=%", NO_PARTITION_VALUE]);
        assert_eq!(at, folder.trim_end_matches('/'));
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
