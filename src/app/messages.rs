//! 订阅消息: planned with the event that they tell of, from what the applicant accepted; sent later.

use domain::actor::Applicant;
use domain::event::Event;
use domain::refusal::Refusal;
use entity::{applicant, entry, outbox, subscription};
use serde::{Deserialize, Serialize};

use super::campaigns;
use super::outbox::next_try;
use crate::db::Conn;
use crate::db::idempotency::Call;
use crate::db::outbox::{self as rows, End};
use crate::db::{applicants, entries, reviews, subscriptions};
use crate::error::{Error, Result};
use crate::state::{App, Shared};
use crate::wechat::messages::{Delivery, Message};
use crate::wechat::template::{Facts, Occasion, Template};

/// Kind of its rows in the outbox.
pub const KIND: &str = "message";

/// Before a slip's last instant, milliseconds.
const AHEAD: i64 = 24 * 3_600_000;

/// What is told, and of when. Everything else is looked up when it is sent, so that nothing personal is kept here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cause {
    pub occasion: Occasion,
    pub round: i32,
    #[serde(default)]
    pub step: String,
    pub at: i64,
    #[serde(default)]
    pub due: i64,
}

/// Plans what an event of an entry gives cause to, in its transaction. Without a template, an acceptance or WeChat's
/// identity of the applicant there is nothing.
pub async fn plan(
    app: &App,
    tx: &Conn,
    entry: &entry::Model,
    event: &Event,
    at: i64,
) -> Result<()> {
    let cause = |occasion, step: &str, due| Cause {
        occasion,
        round: entry.round,
        step: step.to_owned(),
        at,
        due,
    };
    let (cause, when) = match event {
        Event::EntryReturned { step, due_at, .. } => {
            // of one acceptance, this is what it is for
            plan_one(app, tx, entry, cause(Occasion::Returned, step, *due_at), at).await?;
            (cause(Occasion::ReturnDue, step, *due_at), due_at - AHEAD)
        }
        Event::SlipExtended { step, due_at, .. } => {
            let (cause, when) = (cause(Occasion::ReturnDue, step, *due_at), due_at - AHEAD);
            // what was accepted is in the reminder that is planned already
            if postpone(tx, entry, &cause, when).await? {
                return Ok(());
            }
            (cause, when)
        }
        Event::EntryDeclined { step, .. } => (cause(Occasion::Declined, step, 0), at),
        Event::StepPassed { step, next, .. } => match next {
            Some(_) => (cause(Occasion::StepPassed, step, 0), at),
            None => (cause(Occasion::Endorsed, step, 0), at),
        },
        _ => return Ok(()),
    };
    match cause.occasion == Occasion::ReturnDue && when <= at {
        true => Ok(()),
        false => plan_one(app, tx, entry, cause, when).await,
    }
}

/// Moves the reminder that is planned for a slip to its new due date; `false` where there is none.
async fn postpone(tx: &Conn, entry: &entry::Model, new: &Cause, when: i64) -> Result<bool> {
    for row in rows::planned_for(tx, KIND, &entry.id).await? {
        let old: Cause = serde_json::from_str(&row.body)?;
        if old.occasion == Occasion::ReturnDue && old.round == new.round {
            return rows::replan(tx, &row, serde_json::to_string(new)?, when).await;
        }
    }
    Ok(false)
}

/// Plans what a certificate on the register gives cause to.
pub async fn plan_certificate(app: &App, tx: &Conn, entry: &str, at: i64) -> Result<()> {
    if template(app, Occasion::CertificateIssued).is_none() {
        return Ok(());
    }
    let entry = entries::get(tx, entry).await?;
    let cause = Cause {
        occasion: Occasion::CertificateIssued,
        round: entry.round,
        step: String::new(),
        at,
        due: 0,
    };
    plan_one(app, tx, &entry, cause, at).await
}

async fn plan_one(
    app: &App,
    tx: &Conn,
    entry: &entry::Model,
    cause: Cause,
    due_at: i64,
) -> Result<()> {
    let Some(template) = template(app, cause.occasion) else {
        return Ok(());
    };
    let (who, at) = (entry.applicant_id.as_str(), cause.at);
    let known = applicants::get(tx, who).await?;
    let reachable = known.is_some_and(|row| row.openid.is_some());
    if !reachable || !subscriptions::take(tx, who, &template.id, template.lasting, at).await? {
        return Ok(());
    }
    let body = serde_json::to_string(&cause)?;
    let row = rows::planned(KIND, entry, &template.id, body, due_at, at);
    rows::plan(tx, row).await
}

fn template(app: &App, occasion: Occasion) -> Option<&Template> {
    let mut fitting = app.templates.iter();
    fitting.find(|t| t.occasions.contains(&occasion))
}

/// Sends one that was claimed, and keeps how that ended.
pub(super) async fn send(app: &Shared, row: outbox::Model) -> Result<()> {
    let delivery = match prepared(app, &row).await {
        Ok(Some(message)) => app.wechat.send_message(&message).await,
        Ok(None) => return end(app, row, End::Dropped, None, Budget::GivenBack).await,
        // the database, or a setting that was taken away: nothing has been sent
        Err(error) => Delivery::Later(error.to_string()),
    };
    let id = row.id.clone();
    match delivery {
        Delivery::Sent => end(app, row, End::Sent, None, Budget::Used).await,
        Delivery::NotAccepted => {
            let fault = "errcode 43101";
            end(app, row, End::Failed, Some(fault.into()), Budget::None).await
        }
        Delivery::Refused { errcode, field } => {
            let field = field.unwrap_or_default();
            tracing::warn!(
                outbox = id,
                errcode,
                field,
                "message {id} was refused: errcode {errcode} {field}"
            );
            let fault = format!("errcode {errcode} {field}").trim().to_owned();
            end(app, row, End::Failed, Some(fault), Budget::GivenBack).await
        }
        Delivery::Later(fault) => match next_try(row.attempts, app.now()) {
            Some(due_at) => {
                tracing::info!(outbox = id, "message {id} is left until later: {fault}");
                app.db
                    .write(move |tx| {
                        Box::pin(async move { rows::again(tx, &row, due_at, Some(&fault)).await })
                    })
                    .await
            }
            None => {
                tracing::warn!(outbox = id, "message {id} is given up: {fault}");
                end(app, row, End::Failed, Some(fault), Budget::GivenBack).await
            }
        },
        Delivery::Unclear(fault) => unclear(app, row, fault).await,
    }
}

/// One whose process ended while it was being sent.
pub(super) async fn lose(app: &Shared, row: outbox::Model) -> Result<()> {
    unclear(app, row, "the process ended meanwhile".into()).await
}

async fn unclear(app: &Shared, row: outbox::Model, fault: String) -> Result<()> {
    let id = row.id.clone();
    tracing::warn!(
        outbox = id,
        "message {id} may have been sent or not, and is not sent again: {fault}"
    );
    end(app, row, End::Unclear, Some(fault), Budget::Used).await
}

/// What becomes of the acceptance that was taken for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Budget {
    Used,
    GivenBack,
    /// There is no acceptance, whatever was counted.
    None,
}

async fn end(
    app: &Shared,
    row: outbox::Model,
    how: End,
    fault: Option<String>,
    budget: Budget,
) -> Result<()> {
    let now = app.now();
    let used_up = !app
        .templates
        .iter()
        .any(|t| t.id == row.subject && t.lasting);
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if !rows::end(tx, &row, how, fault.as_deref(), now).await? {
                    return Ok(());
                }
                let (who, template) = (&row.applicant_id, &row.subject);
                match budget {
                    Budget::GivenBack if used_up => {
                        subscriptions::add(tx, who, template, now).await
                    }
                    Budget::None => subscriptions::forget(tx, who, template, now).await,
                    Budget::GivenBack | Budget::Used => Ok(()),
                }
            })
        })
        .await
}

/// The message as of now; `None` when there is no more reason for it.
async fn prepared(app: &Shared, row: &outbox::Model) -> Result<Option<Message>> {
    let db = app.db.read();
    let cause: Cause = serde_json::from_str(&row.body)?;
    let entry = entries::get(db, &row.entry_id).await?;
    if cause.occasion == Occasion::ReturnDue && !still_due(app, &entry, &cause).await? {
        return Ok(None);
    }
    let who: Option<applicant::Model> = applicants::get(db, &row.applicant_id).await?;
    let Some(openid) = who.and_then(|who| who.openid) else {
        return Ok(None);
    };
    let template = app.templates.iter().find(|t| t.id == row.subject);
    let Some(template) = template.filter(|t| t.occasions.contains(&cause.occasion)) else {
        return Ok(None);
    };
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let step = campaign.notice.step.iter().find(|s| s.key == cause.step);
    let facts = Facts {
        step: step.map_or(String::new(), |s| s.label.clone()),
        entry: entry.name,
        campaign: campaign.head.title.clone(),
        receipt: entry.receipt.unwrap_or_default(),
        result: cause.occasion.result(),
        at: cause.at,
        due: cause.due,
    };
    let page = &app.settings.wechat.message_page;
    Ok(Some(Message {
        openid,
        template: template.id.clone(),
        page: match page.is_empty() {
            true => String::new(),
            false => format!("{page}?id={}", entry.id),
        },
        data: template.data(&facts),
    }))
}

/// Whether the slip of that round still waits for its answer.
async fn still_due(app: &App, entry: &entry::Model, cause: &Cause) -> Result<bool> {
    if entry.state != "returned" || entry.round != cause.round || app.now() > cause.due {
        return Ok(false);
    }
    let round = u32::try_from(cause.round).unwrap_or_default();
    let slip = reviews::slip(app.db.read(), &entry.id, round).await?;
    // one that was given more time is reminded of that
    Ok(slip.is_some_and(|slip| slip.answered_at.is_none() && slip.due_at == cause.due))
}

/// Keeps what an applicant answered when asked for a template's messages. The same call again changes nothing.
pub async fn subscribe(
    app: &Shared,
    who: &Applicant,
    template: &str,
    accepted: bool,
    call: Call,
) -> Result<subscription::Model> {
    let known = app.templates.iter().any(|t| t.id == template);
    if !known {
        let message = "本站没有这个订阅消息模板";
        return Err(Refusal::new("template_unknown", message).into());
    }
    let (who, template, now) = (who.id.clone(), template.to_owned(), app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = applicants::get(tx, &who).await?.ok_or(Error::Absent)?;
                if row.openid.is_none() {
                    let message = "订阅消息只能发给微信用户，请在小程序中用微信登录";
                    return Err(Refusal::new("wechat_missing", message).into());
                }
                if call.earlier(tx).await?.is_some() {
                    return subscriptions::get(tx, &who, &template, now).await;
                }
                let row = match accepted {
                    true => subscriptions::accept(tx, &who, &template, now).await?,
                    false => subscriptions::decline(tx, &who, &template, now).await?,
                };
                call.keep(tx, template, now).await?;
                Ok(row)
            })
        })
        .await
}
