//! JSONPaths files: which element of a JSON or Avro record goes into which column.
//!
//! <https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html>

/// The way from the root of a record to one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonPath(pub(super) Vec<Step>);

/// One step of a [`JsonPath`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Member(String),
    Element(usize),
}

/// Why a JSONPaths file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum JsonPathError {
    #[error("Invalid JSONPaths file: {0}")]
    File(String),
    #[error("Invalid JSONPath format: `{0}`: expected $.name, $['name'] or $[0], in one notation, without wildcards")]
    Path(String),
}

/// Reads the paths of a file; nothing if it has other members than `jsonpaths`, where 'auto' is used instead.
pub(super) fn parse_file(text: &str) -> Result<Option<Vec<JsonPath>>, JsonPathError> {
    let file: serde_json::Value = serde_json::from_str(text).map_err(|error| JsonPathError::File(error.to_string()))?;
    let serde_json::Value::Object(members) = file else {
        return Err(JsonPathError::File("it is no object".to_owned()));
    };
    let Some(paths) = members.get("jsonpaths") else { return Ok(None) };
    let serde_json::Value::Array(paths) = paths else {
        return Err(JsonPathError::File("`jsonpaths` is no array".to_owned()));
    };
    let path = |path: &serde_json::Value| {
        let text = path.as_str().ok_or_else(|| JsonPathError::Path(path.to_string()))?;
        JsonPath::parse(text).ok_or_else(|| JsonPathError::Path(text.to_owned()))
    };
    paths.iter().map(path).collect::<Result<_, _>>().map(Some)
}

impl JsonPath {
    fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('$')?;
        let mut steps = Vec::new();
        let (mut dots, mut brackets) = (false, false);
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let name = after.get(..end).filter(|name| !name.is_empty() && !name.contains(['\'', ']', '*']))?;
                steps.push(Step::Member(name.to_owned()));
                rest = after.get(end..)?;
                dots = true;
            } else if let Some((quote, after)) = rest.strip_prefix("['").map(|after| ("']", after)) {
                let (name, after) = after.split_once(quote)?;
                steps.push(Step::Member(name.to_owned()));
                rest = after;
                brackets = true;
            } else {
                let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
                steps.push(Step::Element(index.trim().parse().ok()?));
                rest = after;
            }
        }
        (!(dots && brackets)).then_some(Self(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        let member = |name: &str| Step::Member(name.to_owned());
        let read = |text: &str| JsonPath::parse(text).map(|path| path.0);
        assert_eq!(read("$.store.book[2]"), Some(vec![member("store"), member("book"), Step::Element(2)]));
        assert_eq!(read("$['a.b'][0]['c']"), Some(vec![member("a.b"), Step::Element(0), member("c")]));
        assert_eq!(read("$[1]"), Some(vec![Step::Element(1)]));
        assert_eq!(read("$"), Some(Vec::new()));
        for text in ["a", "$.a['b']", "$..a", "$.*", "$[*]", "$[-1]", "$.a.", "$['a"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_without_jsonpaths_means_auto() {
        assert_eq!(parse_file(r#"{"paths": ["$.a"]}"#), Ok(None));
        assert!(parse_file(r#"{"jsonpaths": ["$.a", "$.b"]}"#).is_ok_and(|paths| paths.is_some_and(|p| p.len() == 2)));
        for text in ["", "[]", r#"{"jsonpaths": "$.a"}"#, r#"{"jsonpaths": [1]}"#, r#"{"jsonpaths": ["a"]}"#] {
            assert!(parse_file(text).is_err(), "{text}");
        }
    }
}
