use std::sync::LazyLock;

use chrono::NaiveDate;
use serde_json::{Map, Value as Json, json};

use super::list::List;
use super::near::hint;
use super::tree::{Node, Tree, Value};
use crate::notice::schema;

/// The types do not change while the program runs.
static SCHEMA: LazyLock<Json> = LazyLock::new(schema);

/// A pack held against the schema of the types.
#[derive(Debug)]
pub(super) struct Shape {
    /// The pack with what could not be read replaced, so that the rest can still be checked.
    pub repaired: Json,
    /// Places that were replaced.
    pub made_up: Vec<String>,
    pub list: List,
}

/// Unknown keys, missing keys, wrong types, unknown words.
pub(super) fn read(tree: &Tree) -> Shape {
    let mut reader = Reader {
        root: &SCHEMA,
        made_up: Vec::new(),
        list: List::default(),
    };
    let repaired = reader.value(&tree.root, &SCHEMA, "");
    Shape {
        repaired,
        made_up: reader.made_up,
        list: reader.list,
    }
}

struct Reader<'a> {
    root: &'a Json,
    made_up: Vec<String>,
    list: List,
}

impl<'a> Reader<'a> {
    fn value(&mut self, node: &Node, schema: &'a Json, at: &str) -> Json {
        let schema = self.resolve(schema);
        let words = words(schema);
        if !words.is_empty() {
            return self.word(node, &words, schema, at);
        }
        if let Some(tag) = tag(schema) {
            return self.tagged(node, schema, tag, at);
        }
        match (kind(schema), &node.value) {
            ("object", Value::Table(entries)) => self.table(entries, &[schema], at),
            ("array", Value::List(items)) => {
                let inner = &schema["items"];
                let item = |(i, n)| self.value(n, inner, &format!("{at}/{i}"));
                Json::Array(items.iter().enumerate().map(item).collect())
            }
            ("string", Value::Text(text)) if is_day(schema) => self.day(text, schema, at),
            ("string", Value::Day(text)) if is_day(schema) => self.day(text, schema, at),
            ("string", Value::Text(text)) => json!(text),
            ("boolean", Value::Truth(b)) => json!(b),
            ("integer", Value::Whole(n)) if in_range(schema, *n) => json!(n),
            ("integer", Value::Whole(_) | Value::Huge) => {
                self.list
                    .add(at, "out_of_range", "数字超出范围，应为不太大的非负整数");
                self.made_up(schema, at)
            }
            _ => {
                let message = wrong_type(schema, &node.value, at);
                self.list.add(at, "wrong_type", message);
                self.made_up(schema, at)
            }
        }
    }

    /// A table with the keys of one schema, or of a base and the variant that its tag chose.
    fn table(&mut self, entries: &[(String, Node)], schemas: &[&'a Json], at: &str) -> Json {
        let known: Vec<(&'a String, &'a Json)> = schemas
            .iter()
            .filter_map(|s| s["properties"].as_object())
            .flatten()
            .collect();
        let mut out = Map::new();
        for (key, node) in entries {
            let place = format!("{at}/{key}");
            if let Some((_, inner)) = known.iter().find(|(k, _)| *k == key) {
                let value = self.value(node, inner, &place);
                out.insert(key.clone(), value);
            } else {
                let hint = hint(key, known.iter().map(|(k, _)| k.as_str()));
                self.list.add(
                    place,
                    "unknown_key",
                    format!("这里没有 `{key}` 这个键{hint}"),
                );
            }
        }
        let required = schemas.iter().filter_map(|s| s["required"].as_array());
        for key in required.flatten().filter_map(Json::as_str) {
            if out.contains_key(key) || key.is_empty() {
                continue;
            }
            let place = format!("{at}/{key}");
            self.list
                .add(&place, "missing_key", format!("缺少 `{key}`，请补上"));
            if let Some((_, inner)) = known.iter().find(|(k, _)| *k == key) {
                let value = self.made_up(inner, &place);
                out.insert(key.to_owned(), value);
            }
        }
        Json::Object(out)
    }

    /// A table whose `kind` (or `by`, `shown`) chooses what else it holds.
    fn tagged(&mut self, node: &Node, schema: &'a Json, tag: &str, at: &str) -> Json {
        let variants = schema["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
        let Value::Table(entries) = &node.value else {
            let message = wrong_type(schema, &node.value, at);
            self.list.add(at, "wrong_type", message);
            return self.made_up(schema, at);
        };
        let word_of = |v: &'a Json| v["properties"][tag]["const"].as_str();
        let written = entries.iter().find(|(k, _)| k == tag).map(|(_, n)| n);
        let place = format!("{at}/{tag}");
        let chosen = written
            .and_then(Node::text)
            .and_then(|word| variants.iter().find(|v| word_of(v) == Some(word)));
        if let Some(variant) = chosen {
            return self.table(entries, &[schema, variant], at);
        }
        let words: Vec<&str> = variants.iter().filter_map(word_of).collect();
        match written {
            None => self.list.add(
                place,
                "missing_key",
                format!("缺少 `{tag}`，应为 {} 之一", words.join("、")),
            ),
            Some(node) => {
                let word = node.text().unwrap_or_default();
                let hint = hint(word, words.iter().copied());
                let words = words.join("、");
                self.list.add(
                    place,
                    "unknown_word",
                    format!("`{tag}` 不能写作“{word}”，可以写：{words}{hint}"),
                );
            }
        }
        self.made_up(schema, at)
    }

    fn word(&mut self, node: &Node, words: &[&str], schema: &'a Json, at: &str) -> Json {
        match node.text() {
            Some(word) if words.contains(&word) => json!(word),
            Some(word) => {
                let hint = hint(word, words.iter().copied());
                let words = words.join("、");
                self.list.add(
                    at,
                    "unknown_word",
                    format!("不能写作“{word}”，可以写：{words}{hint}"),
                );
                self.made_up(schema, at)
            }
            None => {
                let message = format!("应为 {} 之一，并加引号", words.join("、"));
                self.list.add(at, "wrong_type", message);
                self.made_up(schema, at)
            }
        }
    }

    fn day(&mut self, text: &str, schema: &'a Json, at: &str) -> Json {
        if text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() {
            return json!(text);
        }
        let message = format!("“{text}”不是日期，应写作 \"2024-12-20\" 的样子");
        self.list.add(at, "bad_day", message);
        self.made_up(schema, at)
    }

    fn made_up(&mut self, schema: &'a Json, at: &str) -> Json {
        self.made_up.push(at.to_owned());
        self.stand_in(schema)
    }

    /// Any value that the types accept.
    fn stand_in(&self, schema: &'a Json) -> Json {
        let schema = self.resolve(schema);
        if let Some(word) = words(schema).first() {
            return json!(word);
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        match kind(schema) {
            "string" if is_day(schema) => json!("2000-01-01"),
            "string" => json!(""),
            "integer" => json!(0),
            "boolean" => json!(false),
            "array" => json!([]),
            _ => {
                let variant = tag(schema).and_then(|_| schema["oneOf"].get(0));
                let mut out = Map::new();
                for part in [Some(schema), variant].into_iter().flatten() {
                    let required = part["required"].as_array().into_iter().flatten();
                    for key in required.filter_map(Json::as_str) {
                        let inner = self.stand_in(&part["properties"][key]);
                        out.insert(key.to_owned(), inner);
                    }
                }
                Json::Object(out)
            }
        }
    }

    /// Follows `$ref` and takes the side of an option that is not null.
    fn resolve(&self, schema: &'a Json) -> &'a Json {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.trim_start_matches("#/$defs/");
            return self.resolve(&self.root["$defs"][name]);
        }
        if let Some(sides) = schema["anyOf"].as_array() {
            let side = sides.iter().find(|s| s["type"] != "null");
            return side.map_or(schema, |s| self.resolve(s));
        }
        schema
    }
}

/// The words of an enumeration.
fn words(schema: &Json) -> Vec<&str> {
    let mut words = Vec::new();
    let sides = schema["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
    for side in std::iter::once(schema).chain(sides) {
        if side["type"] != "string" {
            continue;
        }
        let listed = side["enum"].as_array().into_iter().flatten();
        words.extend(listed.filter_map(Json::as_str));
        words.extend(side["const"].as_str());
    }
    words
}

/// The key that chooses among the variants of a table.
fn tag(schema: &Json) -> Option<&str> {
    let first = schema["oneOf"].get(0)?["properties"].as_object()?;
    let constant = first.iter().find(|(_, v)| v.get("const").is_some());
    constant.map(|(k, _)| k.as_str())
}

fn kind(schema: &Json) -> &str {
    match &schema["type"] {
        Json::String(kind) => kind,
        Json::Array(kinds) => {
            let given = kinds.iter().filter_map(Json::as_str);
            given.into_iter().find(|k| *k != "null").unwrap_or("object")
        }
        _ => "object",
    }
}

fn is_day(schema: &Json) -> bool {
    schema["format"] == "date"
}

fn in_range(schema: &Json, n: i64) -> bool {
    match schema["format"].as_str() {
        Some("uint32") => u32::try_from(n).is_ok(),
        _ => schema["minimum"].as_i64().is_none_or(|min| n >= min),
    }
}

fn wrong_type(schema: &Json, value: &Value, at: &str) -> String {
    let name = at.rsplit('/').next().unwrap_or_default();
    match (kind(schema), value) {
        ("array", Value::Table(_)) => format!("这里可以有多项，请写作 [[{name}]]（两层方括号）"),
        ("array", _) => "应为列表，请写在方括号里".into(),
        ("object", Value::List(_)) => format!("这里只有一项，请写作 [{name}]（一层方括号）"),
        ("object", _) => "应为一组键和值，请写在花括号里".into(),
        ("integer", Value::Text(_)) => "应为整数，不加引号".into(),
        ("integer", Value::Fraction(n)) => format!("应为整数，不能写小数 {n}"),
        ("integer", _) => "应为整数".into(),
        ("boolean", _) => "应为 true 或 false，不加引号".into(),
        _ if is_day(schema) => "应为日期，写作 \"2024-12-20\" 的样子".into(),
        _ => "应为文字，请加引号".into(),
    }
}
