//! Parameters of the query protocol: `Name=value`, with `List.Member.1` for lists
//! (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>).

use std::collections::BTreeMap;
use std::str::FromStr;

use super::refusal::Refusal;

/// The parameters of one request.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads the body of a request.
    pub(super) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A parameter that was given; one that is empty counts as not given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        let missing = || Refusal::bad("MissingParameter", format!("The request must contain the parameter {name}."));
        self.text(name).ok_or_else(missing)
    }

    pub(super) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let read = |text: &str| text.parse().map_err(|_| wrong(name, text, "a number"));
        self.text(name).map(read).transpose()
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        let read = |text: &str| text.to_ascii_lowercase().parse().map_err(|_| wrong(name, text, "true or false"));
        self.text(name).map(read).transpose()
    }

    /// The values of `Name.Member.1`, `Name.Member.2` and so on, whatever the member is called.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let mut found: Vec<(usize, &String)> =
            self.below(name).filter_map(|(number, rest, value)| rest.is_empty().then_some((number, value))).collect();
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, value)| value.clone()).collect()
    }

    /// The members of `Name.Member.1.Part` and so on, in order.
    pub(super) fn structures(&self, name: &str) -> Vec<BTreeMap<&str, &str>> {
        let mut found: BTreeMap<usize, BTreeMap<&str, &str>> = BTreeMap::new();
        for (number, rest, value) in self.below(name) {
            found.entry(number).or_default().insert(rest, value);
        }
        found.into_values().collect()
    }

    fn below<'a>(&'a self, name: &str) -> impl Iterator<Item = (usize, &'a str, &'a String)> {
        self.0.iter().filter_map(move |(key, value)| {
            let path = key.strip_prefix(name)?.strip_prefix('.')?;
            let (_member, path) = path.split_once('.')?;
            let (number, rest) = path.split_once('.').unwrap_or((path, ""));
            Some((number.parse().ok()?, rest, value))
        })
    }
}

fn wrong(name: &str, text: &str, expected: &str) -> Refusal {
    Refusal::bad("MalformedInput", format!("{name} is `{text}`, expected {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_order() {
        let body = b"Action=X&TagKeys.TagKey.10=k&TagKeys.TagKey.2=a%26b&TagKeys.TagKey.1=c+d&Tags.Tag.1.Key=x&Tags.Tag.1.Value=";
        let parameters = Parameters::read(body);
        assert_eq!(parameters.list("TagKeys"), ["c d", "a&b", "k"]);
        assert_eq!(parameters.structures("Tags"), [BTreeMap::from([("Key", "x"), ("Value", "")])]);
        assert_eq!(parameters.list("TagValues"), [""; 0]);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let parameters = Parameters::read(b"MaxRecords=many&Flag=TRUE");
        assert_eq!(parameters.number::<u32>("MaxRecords").unwrap_err().code, "MalformedInput");
        assert_eq!(parameters.flag("Flag").unwrap(), Some(true));
        assert_eq!(parameters.required("Absent").unwrap_err().code, "MissingParameter");
    }
}
