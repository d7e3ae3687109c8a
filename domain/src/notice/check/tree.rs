use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Fault;
use super::list::Finding;

/// A pack as written, every value with its line.
#[derive(Debug)]
pub(super) struct Tree {
    pub root: Node,
}

/// One value.
#[derive(Debug)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Whole(i64),
    /// A whole number beyond 64 bits.
    Huge,
    Fraction(String),
    Truth(bool),
    /// A day or time without quotation marks, as written.
    Day(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Tree {
    /// Reads the TOML, or tells every syntax error.
    pub fn parse(text: &str) -> Result<Tree, Vec<Fault>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let lines = Lines::of(text);
        if errors.is_empty() {
            let entries = table_of(table.into_inner(), &lines);
            let root = Node {
                line: 1,
                value: Value::Table(entries),
            };
            return Ok(Tree { root });
        }
        let mut faults: Vec<Fault> = errors
            .iter()
            .map(|e| Fault {
                line: lines.at(e.span().map_or(0, |s| s.start)),
                path: String::new(),
                code: if e.message() == "duplicate key" {
                    "key_twice"
                } else {
                    "syntax"
                },
                message: if e.message() == "duplicate key" {
                    "同一处的同一个键写了两次，请删去一个".into()
                } else {
                    format!("不是合格的 TOML，请检查引号、括号和等号：{}", e.message())
                },
            })
            .collect();
        faults.sort_by_key(|f| f.line);
        Err(faults)
    }

    /// Gives every finding its line and its path in words, in the order of the text.
    pub fn locate(&self, found: Vec<Finding>) -> Vec<Fault> {
        let mut faults: Vec<Fault> = found
            .into_iter()
            .map(|f| {
                let (line, path) = self.place(&f.at);
                Fault {
                    line,
                    path,
                    code: f.code,
                    message: f.message,
                }
            })
            .collect();
        faults.sort_by(|a, b| (a.line, &a.path, a.code).cmp(&(b.line, &b.path, b.code)));
        faults.dedup();
        faults
    }

    /// The line of a place, or of what stands around it when it is not written.
    fn place(&self, at: &str) -> (usize, String) {
        let mut node = Some(&self.root);
        let mut line = 1;
        let mut path = Vec::new();
        for part in at.split('/').filter(|p| !p.is_empty()) {
            let list = matches!(node.map(|n| &n.value), Some(Value::List(_)));
            node = node.and_then(|n| n.child(part));
            line = node.map_or(line, |n| n.line);
            let key = node.and_then(|n| n.child("key")).and_then(Node::text);
            path.push(key.filter(|_| list).unwrap_or(part).to_owned());
        }
        (line, path.join("."))
    }
}

impl Node {
    /// The value under a key, or at a place of a list.
    pub fn child(&self, part: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|(k, _)| k == part).map(|(_, v)| v),
            Value::List(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn table_of(table: DeTable<'_>, lines: &Lines) -> Vec<(String, Node)> {
    table
        .into_iter()
        .map(|(key, value)| {
            let line = lines.at(key.span().start);
            (
                key.into_inner().into_owned(),
                node(value, Some(line), lines),
            )
        })
        .collect()
}

/// A value stands on the line of its key; an item of a list on its own, a `[[table]]` on its heading.
fn node(value: Spanned<DeValue<'_>>, line: Option<usize>, lines: &Lines) -> Node {
    let line = line.unwrap_or_else(|| lines.at(value.span().start));
    let value = match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_or(Value::Huge, Value::Whole)
        }
        DeValue::Float(n) => Value::Fraction(n.as_str().to_owned()),
        DeValue::Boolean(b) => Value::Truth(b),
        DeValue::Datetime(day) => Value::Day(day.to_string()),
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|v| node(v, None, lines)).collect())
        }
        DeValue::Table(table) => Value::Table(table_of(table, lines)),
    };
    Node { line, value }
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        Lines(
            std::iter::once(0)
                .chain(breaks.map(|(i, _)| i + 1))
                .collect(),
        )
    }

    /// The line, from 1, on which a byte stands.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte)
    }
}
