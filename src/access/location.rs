//! A part of a bucket, as the command line names it.

use std::str::FromStr;

/// The keys of a bucket that begin alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The bucket.
    pub bucket: String,
    /// How the keys begin; empty for all keys.
    pub prefix: String,
}

/// Why a text is no [`Location`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no part of a bucket: {reason}")]
pub struct LocationError {
    text: String,
    reason: &'static str,
}

impl FromStr for Location {
    type Err = LocationError;

    /// Reads `s3://BUCKET`, `s3://BUCKET/FOLDER/` or `s3://BUCKET/BEGINNING*`. A prefix without an end is refused: it would
    /// open `in-secret/` to who wants `in/`.
    fn from_str(text: &str) -> Result<Self, LocationError> {
        let wrong = |reason| LocationError { text: text.to_owned(), reason };
        let rest = text.strip_prefix("s3://").ok_or_else(|| wrong("write s3://BUCKET/FOLDER/"))?;
        let (bucket, keys) = rest.split_once('/').unwrap_or((rest, ""));
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(is_name) {
            return Err(wrong("a bucket's name has 3 to 63 small letters, digits, dots and hyphens"));
        }
        let prefix = keys.strip_suffix('*').unwrap_or(keys);
        if prefix.contains(['*', '?', '$']) {
            return Err(wrong("`*`, `?` and `$` mean something else in a policy; only a last `*` may stand there"));
        }
        if !keys.is_empty() && !keys.ends_with(['/', '*']) {
            return Err(wrong("end it with `/` for a folder, or with `*` for all keys that begin so"));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_says_where_it_ends() {
        let read = |text: &str| text.parse::<Location>().map(|it| (it.bucket, it.prefix)).map_err(|error| error.reason);
        let is = |bucket: &str, prefix: &str| Ok((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(read("s3://lake"), is("lake", ""));
        assert_eq!(read("s3://lake/"), is("lake", ""));
        assert_eq!(read("s3://lake/in/2026/"), is("lake", "in/2026/"));
        assert_eq!(read("s3://lake/in/data_*"), is("lake", "in/data_"));
        for wrong in
            ["lake/in/", "s3://lake/in", "s3://lake/i*n/", "s3://lake/${aws:username}/", "s3://Lake/", "s3://x/"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
