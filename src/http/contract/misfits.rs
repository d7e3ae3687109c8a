//! What a JSON body has that its schema does not take. The body is refused already: this tells its sender everything at once,
//! in Chinese, where poem-openapi tells the first fault and not always its field. All our bodies refuse unknown fields, which
//! the contract has no word for.

use domain::refusal::Violation;
use serde_json::{Map, Value};

/// A body of hundreds of rows may be wrong in each of them.
const MOST: usize = 50;

/// Every fault of a body by its schema, at most fifty. Patterns are not looked at.
pub(super) fn of(schemas: &Map<String, Value>, schema: &Value, body: &Value) -> Vec<Violation> {
    let mut look = Look {
        schemas,
        found: Vec::new(),
    };
    look.at(schema, body, "");
    look.found
}

struct Look<'a> {
    schemas: &'a Map<String, Value>,
    found: Vec<Violation>,
}

impl<'a> Look<'a> {
    fn at(&mut self, schema: &'a Value, value: &Value, place: &str) {
        // what is null is as if it was not there, and whether that is right is seen one level up
        if value.is_null() || self.found.len() >= MOST {
            return;
        }
        let schema = self.resolved(schema);
        let taken = match (schema["type"].as_str().unwrap_or_default(), value) {
            ("object", Value::Object(object)) => return self.object(schema, object, place),
            ("array", Value::Array(items)) => return self.array(schema, items, place),
            ("string", Value::String(text)) => return self.text(schema, text, place),
            ("integer" | "number", Value::Number(_)) => self.number(schema, value, place),
            ("boolean", Value::Bool(_)) | ("", _) => true,
            _ => false,
        };
        if !taken {
            let kind = kind(schema);
            let message = match place {
                "" => format!("请求正文应为{kind}"),
                _ => format!("字段 {place} 应为{kind}"),
            };
            self.tell("wrong_type", place, message, Some((kind.into(), None)));
        }
    }

    /// The schema that a reference names; one that is written beside a description stands in `allOf`.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let named = |schema: &Value| {
            let name = schema["$ref"].as_str()?.rsplit('/').next()?;
            self.schemas.get(name)
        };
        named(schema)
            .or_else(|| named(&schema["allOf"][0]))
            .unwrap_or(schema)
    }

    fn object(&mut self, schema: &'a Value, object: &Map<String, Value>, place: &str) {
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if object.get(name).is_none_or(Value::is_null) {
                let place = within(place, name);
                let message = format!("缺少必填字段 {place}");
                self.tell("field_missing", &place, message, None);
            }
        }
        // a schema without fields of its own takes any
        let Some(known) = schema["properties"].as_object() else {
            return;
        };
        for (name, value) in object {
            let place = within(place, name);
            match known.get(name) {
                Some(schema) => self.at(schema, value, &place),
                None => self.tell("unknown_field", &place, format!("没有字段 {place}"), None),
            }
        }
    }

    fn array(&mut self, schema: &'a Value, items: &[Value], place: &str) {
        self.count(
            (&schema["minItems"], &schema["maxItems"]),
            items.len(),
            "项",
            place,
        );
        for (at, item) in items.iter().enumerate() {
            self.at(&schema["items"], item, &format!("{place}[{at}]"));
        }
    }

    fn text(&mut self, schema: &Value, text: &str, place: &str) {
        let count = text.chars().count();
        self.count(
            (&schema["minLength"], &schema["maxLength"]),
            count,
            "字",
            place,
        );
        if let Some(known) = schema["enum"].as_array()
            && !known.iter().any(|k| k == text)
        {
            let known: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
            let known = known.join("、");
            let message = format!("字段 {place} 只能是：{known}");
            self.tell("field_invalid", place, message, Some((known, None)));
        }
    }

    fn count(&mut self, (least, most): (&Value, &Value), count: usize, unit: &str, place: &str) {
        let bound = |bound: &Value| bound.as_u64().and_then(|n| usize::try_from(n).ok());
        let (limit, word) = match (bound(least), bound(most)) {
            (Some(least), _) if count < least => (least, "至少"),
            (_, Some(most)) if count > most => (most, "最多"),
            _ => return,
        };
        let message = format!("字段 {place} {word}{limit}{unit}，现有{count}{unit}");
        let bounds = Some((limit.to_string(), Some(count.to_string())));
        self.tell("field_invalid", place, message, bounds);
    }

    /// `false` when it is no whole number and should be one.
    fn number(&mut self, schema: &Value, value: &Value, place: &str) -> bool {
        if schema["type"] == "integer" && !(value.is_i64() || value.is_u64()) {
            return false;
        }
        let number = value.as_f64().unwrap_or_default();
        let (limit, word) = match (schema["minimum"].as_f64(), schema["maximum"].as_f64()) {
            (Some(least), _) if number < least => (least, "不能小于"),
            (_, Some(most)) if number > most => (most, "不能大于"),
            _ => return true,
        };
        let message = format!("字段 {place} {word}{limit}");
        let bounds = Some((limit.to_string(), Some(value.to_string())));
        self.tell("field_invalid", place, message, bounds);
        true
    }

    fn tell(
        &mut self,
        code: &str,
        place: &str,
        message: String,
        bounds: Option<(String, Option<String>)>,
    ) {
        if self.found.len() >= MOST {
            return;
        }
        // names of fields are the sender's, however long
        let cut = |text: &str, most| {
            text.chars()
                .filter(|c| !c.is_control())
                .take(most)
                .collect()
        };
        let (limit, value) = bounds.unzip();
        self.found.push(Violation {
            field: cut(place, 64),
            code: code.to_owned(),
            limit,
            value: value.flatten(),
            message: cut(&message, 200),
            ..Violation::default()
        });
    }
}

fn within(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        _ => format!("{place}.{name}"),
    }
}

fn kind(schema: &Value) -> &'static str {
    match schema["type"].as_str().unwrap_or_default() {
        "object" => "对象（{…}）",
        "array" => "列表（[…]）",
        "string" => "文字",
        "integer" => "整数",
        "number" => "数",
        "boolean" => "true 或 false",
        _ => "其他类型",
    }
}
