//! 内容安全: what is handed in is judged by WeChat where it can, else by a person. It never holds a submission up: planned with
//! it, asked after its commit.

use domain::actor::Officer;
use domain::event::Event;
use domain::form::public_text;
use domain::refusal::Refusal;
use entity::{content_check, entry, evidence, outbox};

use super::campaigns::{self, Campaign};
use super::copies::{self, Size};
use super::outbox::next_try;
use super::reviews;
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::content_checks::{self as rows, Decision};
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::outbox::{self as calls, End};
use crate::db::{applicants, entries};
use crate::error::{Error, Result, require_reason};
use crate::security::{link, sha256_hex};
use crate::state::{App, Shared};
use crate::wechat::checks::{Judged, TEXT_CHARS, Unchecked, Verdict};
use crate::wechat::push::Pushed;

/// Kind of its rows in the outbox.
pub const KIND: &str = "check";
/// Name of WeChat's event.
pub const EVENT: &str = "wxa_media_check";
/// WeChat answers within half an hour; after that a person does. Milliseconds.
const ANSWERED: i64 = 40 * 60_000;
/// How long WeChat may fetch a picture. Milliseconds.
const LINK: i64 = 60 * 60_000;
/// What links to pictures are signed for.
const PURPOSE: &str = "content-check";
/// Texts asked about one after the other, of one submission.
const PIECES: usize = 20;

/// Plans the checks of a submission, in its transaction: of its text, and of files that no earlier round had;
/// what is not there any more needs nobody's decision. The scan of the
/// stamped form is left out: it shows personal data, and officers look at it in any case.
pub async fn plan(
    app: &App,
    tx: &Conn,
    campaign: &Campaign,
    entry: &entry::Model,
    files: &[evidence::Model],
    now: i64,
) -> Result<()> {
    if !app.settings.wechat.check_content {
        return Ok(());
    }
    let known = rows::of_entry(tx, &entry.id).await?;
    let applicant = applicants::get(tx, &entry.applicant_id).await?;
    let by_wechat = applicant.is_some_and(|row| row.openid.is_some());
    let mut items = vec![(entry.round.to_string(), "text")];
    let is_form = |slot: &str| {
        let mut slots = campaign.notice.evidence.iter();
        slots.any(|s| s.key == slot && s.stamped_form)
    };
    let shown = files.iter().filter(|f| !is_form(&f.slot));
    items.extend(shown.map(|f| (f.id.clone(), kind(&f.media_type))));
    let stale = known
        .iter()
        .filter(|k| items.iter().all(|(item, _)| k.item != *item));
    rows::void(tx, stale.map(|k| k.id.clone()).collect()).await?;
    items.retain(|(item, _)| known.iter().all(|k| k.item != *item));
    let (mut new, mut asked) = (Vec::new(), Vec::new());
    for (item, kind) in items {
        let id = new_id();
        let pending = by_wechat && matches!(kind, "text" | "picture");
        if pending {
            asked.push(calls::planned(KIND, entry, &id, "{}".into(), now, now));
        }
        new.push(content_check::Model {
            id,
            entry_id: entry.id.clone(),
            item,
            kind: kind.into(),
            round: entry.round,
            state: if pending { "pending" } else { "person" }.into(),
            label: None,
            trace_id: None,
            asked_at: None,
            accepted: None,
            reason: None,
            decided_by: None,
            decided_at: None,
            created_at: now,
        });
    }
    rows::insert(tx, new).await?;
    for row in asked {
        calls::plan(tx, row).await?;
    }
    Ok(())
}

/// WeChat judges pictures; not videos, nor what has several pages.
fn kind(media_type: &str) -> &'static str {
    match media_type.split('/').next() {
        Some("image") => "picture",
        Some("video") => "video",
        _ => "document",
    }
}

/// What asking led to.
#[derive(Clone)]
enum Asked {
    Judged(Judged),
    /// The answer will be pushed and names this trace.
    Awaited(String),
    /// There is nothing to ask any more.
    Settled,
}

/// Asks for one that was claimed. Asking again does no harm, so whatever went wrong is tried again.
pub(super) async fn send(app: &Shared, row: outbox::Model) -> Result<()> {
    let asked = match ask(app, &row).await {
        Ok(asked) => asked,
        Err(error) => Err(Unchecked::Later(error.to_string())),
    };
    let (id, now) = (row.id.clone(), app.now());
    let next = next_try(row.attempts, now);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let check = row.subject.as_str();
                let fault = match asked {
                    Ok(Asked::Settled) => None,
                    Ok(Asked::Awaited(trace)) => {
                        await_answer(tx, check, &trace, now).await?;
                        None
                    }
                    Ok(Asked::Judged(judged)) => {
                        rows::settle(tx, check, word(judged.verdict), Some(judged.label)).await?;
                        None
                    }
                    Err(Unchecked::Later(fault)) => match next {
                        Some(due_at) => {
                            tracing::info!(outbox = id, "check {id} is left until later: {fault}");
                            return calls::again(tx, &row, due_at, Some(&fault)).await;
                        }
                        None => Some(fault),
                    },
                    Err(Unchecked::Never(fault)) => Some(fault),
                };
                let end = match &fault {
                    None => End::Sent,
                    Some(fault) => {
                        tracing::info!(outbox = id, "check {id} is left to a person: {fault}");
                        rows::settle(tx, check, "person", None).await?;
                        End::Failed
                    }
                };
                calls::end(tx, &row, end, fault.as_deref(), now)
                    .await
                    .map(drop)
            })
        })
        .await
}

/// One whose process ended while it was asked for: asked for again.
pub(super) async fn lose(app: &Shared, row: outbox::Model) -> Result<()> {
    let now = app.now();
    app.db
        .write(move |tx| Box::pin(async move { calls::again(tx, &row, now, None).await }))
        .await
}

async fn ask(app: &Shared, row: &outbox::Model) -> Result<std::result::Result<Asked, Unchecked>> {
    let db = app.db.read();
    let check = rows::get(db, &row.entry_id, &row.subject).await?;
    if check.state != "pending" {
        return Ok(Ok(Asked::Settled));
    }
    let applicant = applicants::get(db, &row.applicant_id).await?;
    let Some(openid) = applicant.and_then(|row| row.openid) else {
        return Ok(Err(Unchecked::Never("no openid".into())));
    };
    if check.kind == "picture" {
        let until = app.now() + LINK;
        let link = link::sign(&app.token_key, PURPOSE, &check.item, until);
        let url = format!("{}/wechat/pictures/{link}", app.settings.server.public_url);
        let asked = app.wechat.check_picture(&openid, &url).await;
        return Ok(asked.map(Asked::Awaited));
    }
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let text = handed_in(app, &campaign, &check).await?;
    let mut worst = Judged {
        verdict: Verdict::Pass,
        label: 100,
    };
    let pieces = pieces(&text);
    if pieces.len() > PIECES {
        return Ok(Err(Unchecked::Never("text is too long".into())));
    }
    for piece in pieces {
        match app.wechat.check_text(&openid, &piece).await {
            Ok(judged) if judged.verdict > worst.verdict => worst = judged,
            Ok(_) => {}
            Err(unchecked) => return Ok(Err(unchecked)),
        }
    }
    Ok(Ok(Asked::Judged(worst)))
}

/// What was written freely in that round, without personal data.
async fn handed_in(app: &App, campaign: &Campaign, check: &content_check::Model) -> Result<String> {
    let content = reviews::content(app, &check.entry_id, check.round).await?;
    let answers = content.ok_or(Error::Absent)?.written.answers;
    Ok(public_text(&campaign.notice.form, &answers))
}

fn pieces(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let pieces = characters.chunks(TEXT_CHARS);
    pieces.map(|piece| piece.iter().collect()).collect()
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Review => "review",
        Verdict::Risky => "risky",
    }
}

/// Takes the pushed answer for a picture, in the transaction that marks it as taken. WeChat could not judge what has a fault:
/// a person does. WeChat may push before its trace is on record here, and repeats nothing that was answered: such an answer is kept
/// until the trace is.
pub(super) async fn answered(tx: &Conn, pushed: &Pushed, now: i64) -> Result<()> {
    let Some(trace) = pushed.get("trace_id") else {
        return Ok(());
    };
    let (state, label) = outcome(pushed);
    if rows::is_asked(tx, trace).await? {
        return rows::settle_trace(tx, trace, state, label).await;
    }
    let (early, told) = (early(trace), serde_json::to_string(&(state, label))?);
    match early.earlier(tx).await? {
        Some(_) => Ok(()),
        None => early.keep(tx, told, now).await,
    }
}

/// What WeChat told of a trace before it was on record, kept as answers of ours are.
fn early(trace: &str) -> Call {
    Call {
        caller: "wechat".into(),
        key: sha256_hex(trace.as_bytes()),
        operation: EVENT,
        request: String::new(),
    }
}

/// Puts a trace on record, and takes what was told of it before.
async fn await_answer(tx: &Conn, check: &str, trace: &str, now: i64) -> Result<()> {
    rows::asked(tx, check, trace, now).await?;
    match early(trace).earlier(tx).await? {
        Some(told) => {
            let (state, label): (String, Option<i32>) = serde_json::from_str(&told)?;
            rows::settle(tx, check, &state, label).await
        }
        None => Ok(()),
    }
}

fn outcome(pushed: &Pushed) -> (&'static str, Option<i32>) {
    let is_zero = |field| pushed.get(field).is_none_or(|code| code == "0");
    if !is_zero("errcode") || !is_zero("status_code") {
        return ("person", None);
    }
    let label = pushed.get("result/label").and_then(|l| l.parse().ok());
    // the first version of the event says no more than that
    let verdict = match (pushed.get("result/suggest"), pushed.get("isrisky")) {
        (Some(word), _) => Verdict::parse(word),
        (None, Some("0")) => Some(Verdict::Pass),
        (None, Some("1")) => Some(Verdict::Risky),
        _ => None,
    };
    (verdict.map_or("person", word), label)
}

/// Leaves to a person what WeChat has not answered in time; answers with how many.
pub async fn give_up(app: &Shared) -> Result<usize> {
    let before = app.now() - ANSWERED;
    let late = rows::unanswered(app.db.read(), before, 200).await?;
    if late.is_empty() {
        return Ok(0);
    }
    app.db
        .write(move |tx| {
            Box::pin(async move {
                for id in &late {
                    rows::settle(tx, id, "person", None).await?;
                }
                Ok(late.len())
            })
        })
        .await
}

/// The picture behind a link that WeChat was given: upright, as JPEG, without metadata.
pub async fn picture(app: &Shared, link: &str) -> Result<Vec<u8>> {
    let file = link::check(&app.token_key, PURPOSE, link, app.now());
    let file = entries::evidence_by_id(app.db.read(), &file.ok_or(Error::Absent)?).await?;
    copies::of(app, &file, Size::Display).await
}

/// A person decides what WeChat could not, or did not pass. Once, by an officer whose turn it is.
pub async fn decide(
    app: &Shared,
    who: &Officer,
    entry: &str,
    id: &str,
    accepted: bool,
    reason: String,
) -> Result<()> {
    require_reason(&reason, "请写明认定理由")?;
    let row = reviews::in_turn(app, who, entry).await?;
    let by = By::officer(who, app.now());
    let (id, officer) = (id.to_owned(), who.id.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let check = rows::get(tx, &row.id, &id).await?;
                if check.decided_at.is_some() {
                    let message = "该内容已有认定结论";
                    return Err(Error::Conflict(Refusal::new("content_decided", message)));
                }
                let decision = Decision {
                    accepted,
                    reason: reason.clone(),
                    by: officer,
                    at: by.at,
                };
                if !rows::decide(tx, &id, &decision).await? {
                    let message = "该内容正在检测或已通过检测，不需要人工认定";
                    return Err(Refusal::new("content_settled", message).into());
                }
                let event = Event::ContentDecided {
                    check: id,
                    what: check.kind,
                    accepted,
                    reason,
                };
                events::append(tx, &row.campaign_id, &row.id, &by, &event).await
            })
        })
        .await
}
