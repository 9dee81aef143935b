//! As much of JSON Schema as the project's own schemas use. An unknown keyword is an error, so that none goes unchecked.

use serde_json::Value;

/// What in the document does not fit the schema: nothing, or one line each.
pub(crate) fn misfits(document: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    Checker { root: schema, found: &mut found }.check(document, schema, "$");
    found
}

struct Checker<'a> {
    root: &'a Value,
    found: &'a mut Vec<String>,
}

impl Checker<'_> {
    fn check(&mut self, value: &Value, schema: &Value, at: &str) {
        for (keyword, told) in schema.as_object().expect("a schema") {
            let fits = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" | "format" | "required" => true,
                "$ref" => {
                    let name = told.as_str().and_then(|text| text.strip_prefix('#')).expect("a place in the schema");
                    let target = self.root.pointer(name).expect("a definition").clone();
                    self.check(value, &target, at);
                    true
                }
                "const" => value == told,
                "enum" => told.as_array().expect("a list").contains(value),
                "type" => match told {
                    Value::Array(types) => types.iter().any(|name| is_type(value, name)),
                    name => is_type(value, name),
                },
                "pattern" => {
                    assert_eq!(told, "^sha256:[0-9a-f]{64}$", "the only pattern that is known here");
                    value.as_str().is_none_or(is_digest)
                }
                "oneOf" => told.as_array().expect("a list").iter().filter(|one| self.fits(value, one)).count() == 1,
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(item, told, &format!("{at}[{index}]"));
                    }
                    true
                }
                "properties" | "additionalProperties" => {
                    self.properties(value, schema, keyword, at);
                    true
                }
                other => panic!("keyword {other} is not known here"),
            };
            if !fits {
                self.found.push(format!("{at}: {value} is not {keyword} {told}"));
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if value.get(name.as_str().expect("a name")).is_none() {
                self.found.push(format!("{at}: {name} is missing"));
            }
        }
    }

    fn properties(&mut self, value: &Value, schema: &Value, keyword: &str, at: &str) {
        for (name, value) in value.as_object().into_iter().flatten() {
            let own = schema.get("properties").and_then(|properties| properties.get(name));
            match (keyword, own, &schema["additionalProperties"]) {
                ("properties", Some(own), _) => self.check(value, own, &format!("{at}.{name}")),
                ("additionalProperties", None, Value::Bool(false)) => {
                    self.found.push(format!("{at}: {name} is not described"));
                }
                ("additionalProperties", None, others) => self.check(value, others, &format!("{at}.{name}")),
                _ => {}
            }
        }
    }

    fn fits(&self, value: &Value, schema: &Value) -> bool {
        let mut found = Vec::new();
        Checker { root: self.root, found: &mut found }.check(value, schema, "");
        found.is_empty()
    }
}

fn is_type(value: &Value, name: &Value) -> bool {
    match name.as_str().expect("a name") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("type {other} is not known here"),
    }
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[test]
fn what_does_not_fit_is_found() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["a"],
        "properties": { "a": { "type": ["integer", "null"] }, "b": { "oneOf": [{ "const": 1 }, { "type": "string" }] } },
        "additionalProperties": false,
    });
    let count = |document: Value| misfits(&document, &schema).len();
    assert_eq!(count(serde_json::json!({ "a": 1, "b": "x" })), 0);
    assert_eq!(count(serde_json::json!({ "a": "1", "b": 2, "c": 3 })), 3);
    assert_eq!(count(serde_json::json!({})), 1);
}
