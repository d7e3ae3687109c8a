//! What the commands do that need no service.

pub mod files;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use domain::notice::{Fault, Notice, check, check_quotes, lint};

use domain::actor::Role;
use serde_json::json;

use crate::app::attachments;
use crate::app::campaigns::{self, NewCampaign};
use crate::app::notices;
use crate::app::officers::{self, NewOfficer};
use crate::app::verification::{Original, Standing};
use crate::config::Limits;
use crate::db::events::{self, By, Verdict};
use crate::db::{file_of, references};
use crate::http::{admin, applicant};
use crate::packs;
use crate::security::random_code;
use crate::state::Shared;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Checks a pack and prints every fault with file and line; advice does not fail it. With the original's
/// text, every quote is proved against it.
pub async fn check_notice(path: &Path, source: Option<&Path>) -> Outcome {
    let (file, text) = read_pack(path)?;
    let told = |fault: &Fault| {
        say!(
            "{}:{}: [{}] {}：{}",
            file.display(),
            fault.line,
            fault.code,
            fault.path,
            fault.message
        )
    };
    let (notice, advice) = check(&text).map_err(|faults| {
        faults.iter().for_each(told);
        format!("{} faults", faults.len())
    })?;
    advice.iter().for_each(told);
    if let Some(source) = source {
        let original = std::fs::read(source).map_err(|e| format!("{}: {e}", source.display()))?;
        let faults = check_quotes(&text, &original);
        faults.iter().for_each(told);
        if !faults.is_empty() {
            return Err(format!("{} quotes do not stand in the original", faults.len()).into());
        }
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let files = packs::attached(folder, &text)?;
    let faults = attachments::faults(&Limits::default(), &notice, &files).await?;
    faults.iter().for_each(told);
    if !faults.is_empty() {
        return Err(format!("{} faults", faults.len()).into());
    }
    say!("{}: sound: {}", file.display(), notice.title);
    Ok(())
}

/// Prints the advice for an organiser alone.
pub fn lint_notice(path: &Path) -> Outcome {
    let (_, text) = read_pack(path)?;
    let notice = Notice::parse(&text)?;
    for fault in lint(&notice) {
        say!("[{}] {}：{}", fault.code, fault.path, fault.message);
    }
    Ok(())
}

/// Prints the notice as the server reads it, as JSON.
pub fn show_notice(path: &Path) -> Outcome {
    let (_, text) = read_pack(path)?;
    say!("{}", serde_json::to_string_pretty(&Notice::parse(&text)?)?);
    Ok(())
}

fn read_pack(path: &Path) -> Result<(PathBuf, String), Box<dyn std::error::Error>> {
    let file = if path.is_dir() {
        path.join("notice.toml")
    } else {
        path.to_owned()
    };
    let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok((file, text))
}

/// Both documents and the table of operations, as (file name, text).
#[must_use]
pub fn openapi() -> Vec<(&'static str, String)> {
    let (applicant, admin) = (
        applicant::document().to_owned() + "\n",
        admin::document().to_owned() + "\n",
    );
    let table = operations(&[("/api/v1", &applicant), ("/admin/api/v1", &admin)]);
    vec![
        ("applicant.json", applicant),
        ("admin.json", admin),
        ("operations.txt", table),
    ]
}

/// Method, path, who may, what for: one line an operation.
fn operations(specs: &[(&str, &String)]) -> String {
    let mut out = String::new();
    for (prefix, text) in specs {
        let spec: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        for (path, methods) in spec["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                let who = operation["security"][0]
                    .as_object()
                    .and_then(|s| s.keys().next().cloned())
                    .unwrap_or_else(|| "anybody".into());
                let _ = writeln!(
                    out,
                    "{:<6} {prefix}{path:<50} {who:<12} {}",
                    method.to_uppercase(),
                    operation["summary"].as_str().unwrap_or_default()
                );
            }
        }
    }
    out
}

/// Writes them.
pub fn write_openapi(folder: &Path) -> Outcome {
    std::fs::create_dir_all(folder)?;
    for (name, text) in openapi() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// Reads a certificate or a list of withdrawn ones, PEM or DER.
pub fn read_certificate(path: &Path) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    use base64::Engine;
    // either is a sequence
    const DER: u8 = 0x30;
    let bytes = read(path)?;
    if bytes.first() == Some(&DER) {
        return Ok(bytes);
    }
    let text = String::from_utf8(bytes).unwrap_or_default();
    if !text.starts_with("-----BEGIN") {
        return Err(format!("{}: neither PEM nor DER", path.display()).into());
    }
    let body: String = text.lines().filter(|l| !l.starts_with("-----")).collect();
    Ok(base64::engine::general_purpose::STANDARD.decode(body)?)
}

/// A file's bytes; the error names it.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Fails where a database would have to be made first: then nothing is known that a verdict could lean on.
pub fn require_database(url: &str) -> Result<(), String> {
    match file_of(url) {
        Some(file) if !Path::new(file).exists() => Err(format!(
            "{file}: there is no database here; name the root with --root, or the database with database.url"
        )),
        _ => Ok(()),
    }
}

/// Prints the verdict on a file as JSON, and where it is a form of this platform's, what that is worth today. Fails unless its
/// signatures are valid and count.
pub fn verify_document(
    file: &[u8],
    known: &documents::verify::Known,
    original: Option<&Original>,
) -> Outcome {
    let report = documents::verify::verify_with(file, known);
    let mut told = serde_json::to_value(&report)?;
    if let Some(original) = original {
        told["original"] = json!({ "code": original.code, "standing": original.standing.as_str() });
    }
    say!("{}", serde_json::to_string_pretty(&told)?);
    match original {
        _ if !report.valid => Err("not valid".into()),
        Some(o) if o.standing != Standing::Valid => {
            let (code, standing) = (&o.code, o.standing.as_str());
            Err(format!("its signatures are sound, but {code} is {standing}").into())
        }
        _ => Ok(()),
    }
}

/// Recomputes chains; fails at the first row that does not fit, naming it.
pub async fn verify_audit(app: &Shared, slug: Option<&str>) -> Outcome {
    let mut chains = vec![(events::SYSTEM.to_owned(), events::SYSTEM.to_owned())];
    let mut after = None;
    loop {
        let page = crate::db::campaigns::list(app.db.read(), after.as_deref(), 100).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.slug.clone());
        chains.extend(page.into_iter().map(|h| (h.slug, h.id)));
    }
    for (name, id) in chains
        .iter()
        .filter(|(name, _)| slug.is_none_or(|s| s == name))
    {
        match events::verify(app.db.read(), id).await? {
            Verdict::Whole { count, head } => {
                say!("{name}: {count} events, whole, head {head}")
            }
            Verdict::Broken { seq, what } => {
                return Err(format!("{name}: event {seq} is {what}").into());
            }
        }
    }
    Ok(())
}

/// Says which rows name others that are not there; fails when there are any.
pub async fn check_references(app: &Shared) -> Outcome {
    let dangling = references::dangling(app.db.read()).await?;
    for d in &dangling {
        let (table, column, rows, example) = (d.table, d.column, d.rows, &d.example);
        let named = d.named.join(" or ");
        say!("{table}.{column}: {rows} rows name a row of {named} that is not there, as {example}");
    }
    match dangling.len() {
        0 => {
            say!(
                "{} columns, every row they name is there",
                references::REFERENCES.len()
            );
            Ok(())
        }
        columns => Err(format!("{columns} columns name what is not there").into()),
    }
}

/// Sets a campaign up from a pack: one that is known by its key, or a folder. Prints every fault.
pub async fn create_campaign(app: &Shared, slug: &str, pack: &str) -> Outcome {
    let texts = if Path::new(pack).is_dir() {
        packs::read(Path::new(pack))?
    } else {
        packs::texts(&app.settings.notices.folder, pack)?
            .ok_or_else(|| format!("no pack {pack}"))?
    };
    let checked = notices::check(app, &texts).await?;
    for fault in &checked.faults {
        say!("{fault}");
    }
    let notice = match checked.notice {
        Some(notice) if checked.faults.is_empty() => notice,
        _ => return Err(format!("{} faults", checked.faults.len()).into()),
    };
    let by = By::system(app.now());
    let new = NewCampaign {
        slug: slug.to_owned(),
        notice,
        templates: texts.templates,
        attachments: texts.attachments.unwrap_or_default(),
    };
    campaigns::create_whole(app, &by, new).await?;
    say!("campaign {slug} is set up from {pack}");
    Ok(())
}

/// Adds an officer with a first password.
pub async fn add_officer(
    app: &Shared,
    slug: &str,
    agency: &str,
    login: String,
    name: String,
    roles: &[String],
) -> Outcome {
    let campaign = campaigns::by_slug(app, slug)
        .await
        .map_err(|_| format!("no campaign {slug}"))?;
    let all = campaigns::agencies(app, &campaign).await?;
    let names = || {
        all.iter()
            .map(|a| a.name.as_str())
            .collect::<Vec<_>>()
            .join("、")
    };
    let agency = all
        .iter()
        .find(|a| a.name == agency)
        .ok_or_else(|| format!("no agency {agency}; there are {}", names()))?;
    let known: Vec<Role> = roles.iter().filter_map(|r| Role::parse(r)).collect();
    if known.len() != roles.len() {
        return Err("roles are clerk, reviewer, seal_keeper, organiser, expert, auditor".into());
    }
    let password = random_code(16);
    let new = NewOfficer {
        agency_id: agency.id.clone(),
        login: login.clone(),
        name,
        roles: known,
        password: password.clone(),
        must_change: true,
    };
    officers::add(app, &By::system(app.now()), new).await?;
    say!(
        "officer {login} of {}; first password {password}",
        agency.name
    );
    Ok(())
}

/// Plays an outside sealing service until it is stopped.
pub async fn sealing_stand_in(
    listen: &str,
    secret: &str,
    root_file: &Path,
    agencies: &[String],
    sm2: bool,
) -> Outcome {
    use crate::clock::Clock;
    use documents::algorithm::Suite;
    use documents::authority::{KeyPair, to_pem};
    let suite = if sm2 {
        Suite::Sm2
    } else {
        Suite::International
    };
    let now = crate::clock::SystemClock.now();
    let root = KeyPair::root_with(suite.embedded(), "试用签章服务根证书", now)?;
    let mut keys = std::collections::HashMap::new();
    for agency in agencies {
        keys.insert(agency.clone(), root.issue(agency, now)?);
    }
    std::fs::write(root_file, to_pem(&root.certificate)?)?;
    let (url, _) = crate::sealing_service::stand_in::start(listen, keys, secret).await?;
    say!(
        "seals.service_url = {url}, seals.roots = [{}]",
        root_file.display()
    );
    Ok(tokio::signal::ctrl_c().await?)
}
