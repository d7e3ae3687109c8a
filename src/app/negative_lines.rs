//! 负面名单: an organiser loads lines and withdraws them; officers see what a line says about an entry.

use std::collections::HashSet;

use chrono::NaiveDate;
use domain::actor::Officer;
use domain::eligibility::NegativeHit;
use domain::entry::Entry;
use domain::form::Answers;
use domain::negative_line::{
    Line, check_line, is_asked, keys_of_entry, keys_of_line, lists, rules_met,
};
use domain::notice::Choice;
use domain::refusal::{Refusal, Violation};
use domain::text::tidy;
use entity::{entry, negative_line, negative_name};
use serde::{Deserialize, Serialize};

use super::campaigns::Campaign;
use super::negative_sheet::Numbered;
use crate::clock::new_id;
use crate::db;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::negative_lines::{self as rows, Hit};
use crate::error::{Error, Result, invalid, require_reason};
use crate::security::hmac;
use crate::state::{App, Shared};

/// Lines in one load at most.
const LINES: usize = 2000;

/// What a load has done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Loaded {
    pub id: String,
    pub lines: usize,
    /// Lines that were on the list already, or twice in the load.
    pub known: usize,
}

/// Loads lines onto a list that the notice's rules name, all or none: every faulty line is told. A line that is there
/// already stays as it is, so that an office may send its whole list again.
pub async fn load(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    list: String,
    lines: Vec<Numbered>,
    call: Call,
) -> Result<Loaded> {
    if let Some(earlier) = call.earlier(app.db.read()).await? {
        return Ok(serde_json::from_str(&earlier)?);
    }
    if !is_asked(&campaign.notice, &list) {
        return Err(Error::Invalid(vec![unknown_list(campaign, &list)]));
    }
    let (sound, by) = (sound(campaign, lines)?, By::officer(who, app.now()));
    let (new_rows, names, twice) = to_rows(app, campaign, &list, sound, &by)?;
    let id = campaign.head.id.clone();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(earlier) = call.earlier(tx).await? {
                    return Ok(serde_json::from_str(&earlier)?);
                }
                let digests: Vec<String> = new_rows.iter().map(|r| r.digest.clone()).collect();
                let known = rows::known(tx, &id, &digests).await?;
                let (old, new): (Vec<_>, Vec<_>) =
                    new_rows.into_iter().partition(|r| known.contains(&r.digest));
                let ids: HashSet<&str> = new.iter().map(|r| r.id.as_str()).collect();
                let names = names.into_iter().filter(|n| ids.contains(n.line_id.as_str()));
                let names = names.collect();
                let loaded = Loaded {
                    id: new_id(),
                    lines: new.len(),
                    known: old.len() + twice,
                };
                rows::insert(tx, new, names).await?;
                let body = serde_json::json!({ "load": loaded.id, "list": list, "lines": loaded.lines, "known": loaded.known });
                events::append_raw(tx, &id, None, &by, "negative_lines_loaded", &body).await?;
                call.keep(tx, serde_json::to_string(&loaded)?, by.at).await?;
                Ok(loaded)
            })
        })
        .await
}

fn unknown_list(campaign: &Campaign, list: &str) -> Violation {
    let known: Vec<&str> = lists(&campaign.notice).collect();
    Violation {
        field: "list".into(),
        code: "list_unknown".into(),
        limit: Some(known.join("、")),
        value: Some(list.to_owned()),
        message: "通知的规则没有用到这一名单".into(),
        ..Violation::default()
    }
}

/// The lines, tidied; or every fault of every line, each with the line's number.
fn sound(campaign: &Campaign, lines: Vec<Numbered>) -> Result<Vec<Line>> {
    if lines.is_empty() || lines.len() > LINES {
        let message = format!("每次可载入1至{LINES}条记录");
        return Err(invalid("lines", "lines_count", &message));
    }
    let (mut sound, mut faults) = (Vec::new(), Vec::new());
    for (at, Numbered { row, line }) in lines.into_iter().enumerate() {
        let found = match line {
            Err(message) => vec![Violation {
                field: "on".into(),
                code: "field_format".into(),
                message,
                ..Violation::default()
            }],
            Ok(line) => {
                let line = tidied(line);
                let found = check_line(&campaign.notice, &line);
                sound.push(line);
                found
            }
        };
        faults.extend(found.into_iter().map(|fault| Violation {
            field: format!("lines.{at}.{}", fault.field),
            message: format!("第{row}行：{}", fault.message),
            ..fault
        }));
    }
    if faults.is_empty() {
        Ok(sound)
    } else {
        Err(Error::Invalid(faults))
    }
}

fn tidied(line: Line) -> Line {
    Line {
        operator: tidy(&line.operator),
        platform: tidy(&line.platform),
        account: tidy(&line.account),
        account_id: tidy(&line.account_id),
        text: tidy(&line.text),
        on: line.on,
    }
}

type Rows = (Vec<negative_line::Model>, Vec<negative_name::Model>, usize);

/// Rows with their names; a line that stands twice is stored once, and counted.
fn to_rows(app: &App, campaign: &Campaign, list: &str, lines: Vec<Line>, by: &By) -> Result<Rows> {
    let (mut new_rows, mut names, mut seen, count) =
        (Vec::new(), Vec::new(), HashSet::new(), lines.len());
    for line in lines {
        let digest = digest(app, list, &line);
        if !seen.insert(digest.clone()) {
            continue;
        }
        let id = new_id();
        let named = keys_of_line(&campaign.notice, &line);
        let named: HashSet<_> = named.into_iter().map(|n| (n.kind, n.key)).collect();
        names.extend(
            named
                .into_iter()
                .map(|(kind, name_key)| negative_name::Model {
                    line_id: id.clone(),
                    kind: kind.as_str().to_owned(),
                    name_key,
                    campaign_id: campaign.head.id.clone(),
                }),
        );
        new_rows.push(negative_line::Model {
            text_sealed: app.sealing.seal(&place(&id), line.text.as_bytes())?,
            id,
            campaign_id: campaign.head.id.clone(),
            list: list.to_owned(),
            operator: line.operator,
            platform: line.platform,
            account: line.account,
            account_id: line.account_id,
            decided_on: line.on.map(|on| on.to_string()),
            digest,
            live: Some(1),
            version: 1,
            created_by: by.id.clone(),
            created_at: by.at,
            withdrawn_at: None,
        });
    }
    let twice = count - new_rows.len();
    Ok((new_rows, names, twice))
}

/// Tells the same line again. Keyed, so that the text cannot be guessed from it.
fn digest(app: &App, list: &str, line: &Line) -> String {
    let on = line.on.map(|on| on.to_string()).unwrap_or_default();
    let parts = [
        "negative_line",
        list,
        &line.operator,
        &line.platform,
        &line.account,
        &line.account_id,
        &line.text,
        &on,
    ];
    hex::encode(hmac(&app.index_key, parts.join("\u{1f}").as_bytes()))
}

fn place(id: &str) -> String {
    format!("negative_line.text.{id}")
}

/// A line as officers see it.
pub struct Opened {
    pub row: negative_line::Model,
    pub text: String,
}

/// A page of the lines of a list.
pub async fn page(
    app: &App,
    campaign: &Campaign,
    list: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Opened>> {
    let lines = rows::page(app.db.read(), &campaign.head.id, list, after, limit).await?;
    let open = |row: negative_line::Model| {
        let text = app.sealing.open_text(&place(&row.id), &row.text_sealed)?;
        Ok(Opened { row, text })
    };
    lines.into_iter().map(open).collect()
}

/// Withdraws a line, with a reason. Entries that it met keep their findings; checks from now on do not meet it.
pub async fn withdraw(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    id: &str,
    version: i64,
    reason: String,
) -> Result<()> {
    require_reason(&reason, "请写明撤销记录的理由")?;
    let (by, campaign, id) = (
        By::officer(who, app.now()),
        campaign.head.id.clone(),
        id.to_owned(),
    );
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = rows::get(tx, &campaign, &id).await?;
                if row.version != version {
                    return Err(Error::Stale {
                        sent: version,
                        stored: row.version,
                    });
                }
                if row.live.is_none() {
                    let refusal = Refusal::new("line_withdrawn", "该记录已撤销");
                    return Err(Error::Conflict(refusal));
                }
                rows::withdraw(tx, &id, version, by.at).await?;
                let body = serde_json::json!({ "line": id, "list": row.list, "reason": reason });
                events::append_raw(tx, &campaign, None, &by, "negative_line_withdrawn", &body).await
            })
        })
        .await
}

/// Live lines that name an entry, as the rules see them. A notice without such rules asks nothing of the database.
pub async fn facts(db: &Conn, campaign: &Campaign, answers: &Answers) -> Result<Vec<NegativeHit>> {
    if lists(&campaign.notice).next().is_none() {
        return Ok(vec![]);
    }
    let names = keys_of_entry(&campaign.notice, answers);
    let found = rows::hits(db, &campaign.head.id, &names).await?;
    found
        .into_iter()
        .filter_map(|hit| {
            let name = names
                .iter()
                .find(|n| n.key == hit.name_key && n.kind.as_str() == hit.kind)?;
            let (kind, written) = (name.kind, name.name.clone());
            Some(day_of(&hit).map(|on| NegativeHit {
                list: hit.list,
                kind,
                name: written,
                on,
            }))
        })
        .collect()
}

fn day_of(hit: &Hit) -> Result<Option<NaiveDate>> {
    let Some(stored) = &hit.decided_on else {
        return Ok(None);
    };
    let day = stored.parse();
    day.map(Some)
        .map_err(|_| Error::Bug(format!("day of line {}", hit.id)))
}

/// A line that names an entry and counts, as officers see it.
pub struct Met {
    pub hit: Hit,
    pub text: String,
    /// Keys of the rules that it meets.
    pub rules: Vec<String>,
    /// Loaded since the entry was handed in: its findings do not know of it.
    pub since: bool,
}

/// The lines that an entry meets, loaded before or after it was handed in.
pub async fn met(
    app: &App,
    campaign: &Campaign,
    entry: &Entry,
    submitted_at: Option<i64>,
) -> Result<Vec<Met>> {
    if lists(&campaign.notice).next().is_none() {
        return Ok(vec![]);
    }
    let names = keys_of_entry(&campaign.notice, &entry.answers);
    let hits = rows::hits(app.db.read(), &campaign.head.id, &names).await?;
    told(
        app,
        campaign,
        &entry.choice,
        &entry.answers,
        hits,
        submitted_at,
    )
}

/// Each line once, however many of its names are met; those outside the period of every rule are left out.
fn told(
    app: &App,
    campaign: &Campaign,
    choice: &Choice,
    answers: &Answers,
    hits: Vec<Hit>,
    submitted_at: Option<i64>,
) -> Result<Vec<Met>> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for hit in hits {
        if !seen.insert(hit.id.clone()) {
            continue;
        }
        let on = day_of(&hit)?;
        let rules = rules_met(&campaign.notice, choice, answers, &hit.list, on);
        let rules: Vec<String> = rules.into_iter().map(|r| r.key.clone()).collect();
        if !rules.is_empty() {
            found.push(Met {
                text: app.sealing.open_text(&place(&hit.id), &hit.text_sealed)?,
                since: submitted_at.is_some_and(|at| hit.created_at > at),
                rules,
                hit,
            });
        }
    }
    Ok(found)
}

/// An entry that stands, with the lines that it meets.
pub struct MetEntry {
    pub row: entry::Model,
    pub lines: Vec<Met>,
}

/// Entries that were handed in and that a line names, of one page of all that stand; and where the next page begins.
/// This is how entries handed in before a line was loaded are found: they are not changed by themselves.
pub async fn met_entries(
    app: &App,
    campaign: &Campaign,
    after: Option<&str>,
    limit: u64,
) -> Result<(Vec<MetEntry>, Option<String>)> {
    let db = app.db.read();
    if lists(&campaign.notice).next().is_none() {
        return Ok((vec![], None));
    }
    let page = rows::standing(db, &campaign.head.id, after, limit).await?;
    let full = u64::try_from(page.len()).unwrap_or(limit) == limit;
    let next = page.last().filter(|_| full).map(|row| row.id.clone());
    let mut entries = Vec::new();
    for row in page {
        let entry = db::entries::to_entry(&row, &app.sealing)?;
        let names = keys_of_entry(&campaign.notice, &entry.answers);
        entries.push((row, entry, names));
    }
    let all: Vec<_> = entries.iter().flat_map(|(_, _, n)| n.clone()).collect();
    let hits = rows::hits(db, &campaign.head.id, &all).await?;
    let mut found = Vec::new();
    for (row, entry, names) in entries {
        let bears = |hit: &&Hit| {
            let mut names = names.iter();
            names.any(|n| n.key == hit.name_key && n.kind.as_str() == hit.kind)
        };
        let own: Vec<Hit> = hits.iter().filter(bears).cloned().collect();
        let lines = told(
            app,
            campaign,
            &entry.choice,
            &entry.answers,
            own,
            row.submitted_at,
        )?;
        if !lines.is_empty() {
            found.push(MetEntry { row, lines });
        }
    }
    Ok((found, next))
}
