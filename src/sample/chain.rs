//! Every office on the chain looks, stamps its boxes and endorses.

use domain::actor::{Officer, Role};
use domain::entry::{Entry, EntryState};
use domain::notice::Effect;
use domain::review::slots_of;
use entity::duty;

use super::Outcome;
use crate::app::campaigns::Campaign;
use crate::app::officers::{self, NewOfficer};
use crate::app::reviews::{self, Asked};
use crate::app::stamps::{self, Wish};
use crate::clock::new_id;
use crate::db;
use crate::db::events::By;
use crate::state::Shared;

/// What each of them writes.
pub const OPINION: &str = "情况属实，同意推荐。";

/// Carries an entry to the end of its chain.
pub async fn carry(app: &Shared, campaign: &Campaign, id: &str) -> Outcome<Entry> {
    loop {
        let row = db::entries::get(app.db.read(), id).await?;
        let entry = db::entries::to_entry(&row, &app.sealing)?;
        if !matches!(entry.state, EntryState::UnderReview { .. }) {
            return Ok(entry);
        }
        let duties = db::reviews::of_entry(app.db.read(), id).await?;
        let open = duties.into_iter().find(|d| d.state == "open");
        let open = open.ok_or("an entry waits for nobody")?;
        decide(app, campaign, &entry, &open).await?;
    }
}

async fn decide(app: &Shared, campaign: &Campaign, entry: &Entry, open: &duty::Model) -> Outcome {
    let who = officer(app, &open.agency_id).await?;
    judge_findings(app, &who, &entry.id).await?;
    let step = campaign.notice.step.iter().find(|s| s.key == open.step);
    let step = step.ok_or("a step that the notice does not know")?;
    let reviewed = entry.digest.clone().unwrap_or_default();
    for slot in slots_of(step, &who.agency.system, &entry.choice, &entry.answers) {
        let wish = Wish {
            slot: &slot.key,
            reviewed: &reviewed,
            opinion: OPINION,
            seal: None,
        };
        stamps::stamp(app, &who, &entry.id, wish).await?;
    }
    let asked = Asked::Endorse {
        opinion: OPINION.into(),
    };
    reviews::decide(app, &who, &entry.id, entry.version, asked).await?;
    Ok(())
}

/// What the notice leaves to a person is found to be in order.
async fn judge_findings(app: &Shared, who: &Officer, id: &str) -> Outcome {
    let dossier = reviews::dossier(app, who, id).await?;
    let decided = |rule: &str| dossier.verdicts.iter().any(|v| v.rule == rule);
    let open = (dossier.findings.iter()).filter(|f| f.effect == Effect::Ask && !decided(&f.rule));
    for finding in open {
        reviews::decide_finding(app, who, id, &finding.rule, true, "样例，视为属实".into()).await?;
    }
    Ok(())
}

/// A new officer of an agency, who may do all that its acts need.
pub async fn officer(app: &Shared, agency: &str) -> Outcome<Officer> {
    let new = NewOfficer {
        agency_id: agency.to_owned(),
        login: format!("s{}", new_id()),
        name: "经办人".into(),
        roles: vec![Role::Clerk, Role::Reviewer, Role::SealKeeper],
        password: new_id(),
        must_change: false,
    };
    let id = officers::add(app, &By::system(app.now()), new).await?;
    let row = db::officers::get(app.db.read(), &id).await?;
    let row = row.ok_or("the officer vanished")?;
    Ok(db::officers::to_officer(app.db.read(), &row).await?)
}
