//! The settings file, and the environment over it.

use std::path::Path;

use super::{Fault, Settings, fault};

/// Reads the file, if there is one, and the environment over it. A file that is named must be there.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read here and nowhere else"
)]
pub fn read(path: Option<&Path>) -> Result<Settings, Fault> {
    let default = Path::new("tuixuan.toml");
    let path = path.or_else(|| default.exists().then_some(default));
    let text = match path {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|e| fault(&path.display().to_string(), e.to_string()))?,
        None => String::new(),
    };
    // not `vars`, which panics on a variable that is not UTF-8
    let vars = std::env::vars_os()
        .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    parse(&text, vars)
}

/// Settings of a file's text, and of variables over it.
pub fn parse(text: &str, vars: impl Iterator<Item = (String, String)>) -> Result<Settings, Fault> {
    let in_file = |e: toml::de::Error| fault("file", e.to_string());
    // read as typed values first: this error still knows the line
    toml::from_str::<Settings>(text).map_err(in_file)?;
    let mut table: toml::Table = text.parse().map_err(in_file)?;
    overlay(&mut table, vars)?;
    table
        .try_into()
        .map_err(|e: toml::de::Error| fault("environment", e.message().to_owned()))
}

const PREFIX: &str = "TUIXUAN_";

const UNKNOWN: &str = "names no setting; all are in tuixuan.example.toml, and listen of [server] is TUIXUAN_SERVER_LISTEN";

/// Lays `TUIXUAN_SERVER_LISTEN=…` over `[server] listen`. A variable of ours that names no setting is
/// refused: it is a slip of the pen that would otherwise go unnoticed.
pub fn overlay(
    table: &mut toml::Table,
    vars: impl Iterator<Item = (String, String)>,
) -> Result<(), Fault> {
    // the defaults know which settings there are, and of which type
    let shape =
        toml::Table::try_from(Settings::default()).map_err(|e| fault("defaults", e.to_string()))?;
    for (name, value) in vars {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let rest = rest.to_lowercase();
        // sections have underscores, too
        let named = shape.iter().find_map(|(section, settings)| {
            let key = rest.strip_prefix(section.as_str())?.strip_prefix('_')?;
            Some((section, key, settings.get(key)?))
        });
        let (section, key, like) = named.ok_or_else(|| fault(&name, UNKNOWN))?;
        let value = match like {
            toml::Value::String(_) => toml::Value::String(value),
            // the text is not repeated in the fault: it may be a key
            _ => value_of(&value)
                .filter(|v| v.same_type(like))
                .ok_or_else(|| fault(&name, format!("must be {}", like.type_str())))?,
        };
        let section = table
            .entry(section.clone())
            .or_insert_with(|| toml::Table::new().into());
        let section = section
            .as_table_mut()
            .ok_or_else(|| fault(&name, "not a section"))?;
        section.insert(key.to_owned(), value);
    }
    Ok(())
}

fn value_of(text: &str) -> Option<toml::Value> {
    format!("value = {text}")
        .parse::<toml::Table>()
        .ok()?
        .remove("value")
}
