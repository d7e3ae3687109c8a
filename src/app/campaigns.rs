//! Campaigns: read with their notice, their dates moved; set up from a pack.

mod setup;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub use setup::{NewCampaign, create, create_by, create_whole};

use domain::agency::Agency;
use domain::entry::Entry;
use domain::notice::{Notice, ReviewStep, Stage, StageAct, Window, to_the_second};
use domain::refusal::{Refusal, Violation};
use domain::review::in_stage;
use entity::{attachment, campaign_window};

use crate::db::Conn;
use crate::db::campaigns::{self, Head, Standing};
use crate::db::events::{self, By};
use crate::db::{attachments, officers};
use crate::error::{Error, Result, invalid, require_instant, require_reason};
use crate::security::sha256_hex;
use crate::state::{App, Shared};

/// A campaign as acts need it.
#[derive(Debug, Clone)]
pub struct Campaign {
    pub head: Head,
    pub notice: Arc<Notice>,
    pub windows: Arc<Vec<campaign_window::Model>>,
    /// Those that take part.
    pub agencies: Arc<Vec<Agency>>,
    /// Files that came with the notice.
    pub attachments: Arc<Vec<attachment::Model>>,
}

/// Notices by SHA-256: frozen, so they never go stale.
#[derive(Default)]
pub struct NoticeCache(Mutex<HashMap<String, Arc<Notice>>>);

impl NoticeCache {
    fn get(&self, sha256: &str) -> Option<Arc<Notice>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(sha256)
            .cloned()
    }

    fn put(&self, sha256: &str, notice: Arc<Notice>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(sha256.to_owned(), notice);
    }
}

/// Campaigns as last read. Nothing is taken from here before the database has told the version that holds
/// now, so it is right in every process, however many there are.
#[derive(Default)]
pub struct CampaignCache(Mutex<HashMap<String, Campaign>>);

impl CampaignCache {
    pub(super) fn get(&self, standing: &Standing) -> Option<Campaign> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(&standing.id);
        known
            .filter(|c| c.head.version == standing.version)
            .cloned()
    }

    fn id(&self, slug: &str) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = all.values().map(|c| &c.head);
        known.find(|head| head.slug == slug).map(|h| h.id.clone())
    }

    fn put(&self, campaign: &Campaign) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(campaign.head.id.clone(), campaign.clone());
    }
}

/// A page of all, by slug. One that cannot be read keeps nobody from the others: its head stands alone.
pub async fn list(
    app: &App,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<(Head, Option<Campaign>)>> {
    let mut page = Vec::new();
    for head in campaigns::list(app.db.read(), after, limit).await? {
        // what was seen under this version is not read again
        let standing = Standing {
            id: head.id.clone(),
            version: head.version,
        };
        let campaign = match as_it_stands(app, Some(standing)).await {
            Ok(campaign) => Some(campaign),
            Err(Error::Bug(fault)) => {
                tracing::error!(campaign = head.slug, "a campaign cannot be read: {fault}");
                None
            }
            Err(error) => return Err(error),
        };
        page.push((head, campaign));
    }
    Ok(page)
}

/// By slug.
pub async fn by_slug(app: &App, slug: &str) -> Result<Campaign> {
    let standing = campaigns::standing_of_slug(app.db.read(), slug).await?;
    as_it_stands(app, standing).await
}

/// The id of a slug, for lists that need no more. Neither changes, and none is ever removed: what was read once holds.
pub async fn id_of(app: &App, slug: &str) -> Result<String> {
    match app.campaigns.id(slug) {
        Some(known) => Ok(known),
        None => Ok(by_slug(app, slug).await?.head.id),
    }
}

/// By id.
pub async fn by_id(app: &App, id: &str) -> Result<Campaign> {
    let standing = campaigns::standing(app.db.read(), id).await?;
    as_it_stands(app, standing).await
}

/// By id, as an act's transaction sees it. What is not committed is read afresh and never remembered.
pub async fn within(app: &App, tx: &Conn, id: &str) -> Result<Campaign> {
    let standing = campaigns::standing(tx, id).await?.ok_or(Error::Absent)?;
    at(app, tx, &standing).await
}

/// As [`within`], where the act has learnt how the campaign stands.
pub async fn at(app: &App, tx: &Conn, standing: &Standing) -> Result<Campaign> {
    match app.campaigns.get(standing) {
        Some(known) => Ok(known),
        None => load(app, tx, &standing.id).await,
    }
}

/// A version is read before and after: what comes between belongs to it only if it did not move.
async fn as_it_stands(app: &App, standing: Option<Standing>) -> Result<Campaign> {
    let mut standing = standing.ok_or(Error::Absent)?;
    for _ in 0..8 {
        if let Some(known) = app.campaigns.get(&standing) {
            return Ok(known);
        }
        let campaign = load(app, app.db.read(), &standing.id).await?;
        let after = campaigns::standing(app.db.read(), &standing.id)
            .await?
            .ok_or(Error::Absent)?;
        if standing == after && campaign.head.version == after.version {
            app.campaigns.put(&campaign);
            return Ok(campaign);
        }
        standing = after;
    }
    Err(Error::Busy)
}

async fn load(app: &App, db: &Conn, id: &str) -> Result<Campaign> {
    let head = campaigns::by_id(db, id).await?.ok_or(Error::Absent)?;
    Ok(Campaign {
        windows: Arc::new(campaigns::windows(db, id).await?),
        agencies: Arc::new(officers::agencies_of(db, id).await?),
        attachments: Arc::new(attachments::of_campaign(db, id).await?),
        notice: frozen(app, db, &head).await?,
        head,
    })
}

async fn frozen(app: &App, db: &Conn, head: &Head) -> Result<Arc<Notice>> {
    if let Some(notice) = app.notices.get(&head.notice_sha256) {
        return Ok(notice);
    }
    let json = campaigns::notice_json(db, &head.id)
        .await?
        .ok_or(Error::Absent)?;
    if sha256_hex(json.as_bytes()) != head.notice_sha256 {
        return Err(Error::Bug(format!(
            "notice of campaign {} was altered",
            head.id
        )));
    }
    let notice = Arc::new(serde_json::from_str::<Notice>(&json)?);
    app.notices.put(&head.notice_sha256, notice.clone());
    Ok(notice)
}

impl Campaign {
    /// A stage with its window as it stands now.
    pub fn stages(&self) -> impl Iterator<Item = (&Stage, Window)> {
        self.notice.stage.iter().filter_map(|stage| {
            let row = self.windows.iter().find(|w| w.stage == stage.key)?;
            Some((
                stage,
                Window {
                    opens: row.opens,
                    closes: row.closes,
                },
            ))
        })
    }

    /// Is an act open now? Several stages may allow it.
    #[must_use]
    pub fn is_open(&self, act: StageAct, now: i64) -> bool {
        self.stages()
            .any(|(stage, window)| stage.act.contains(&act) && window.is_open(now))
    }

    /// The window for applications that matters now: the open one, or else the next, or else the last.
    #[must_use]
    pub fn applications(&self, now: i64) -> Option<Window> {
        let stages = self.stages();
        let applying = stages.filter(|(stage, _)| stage.act.contains(&StageAct::Apply));
        let mut windows: Vec<Window> = applying.map(|(_, window)| window).collect();
        windows.sort_by_key(|window| window.opens);
        let current = windows.iter().find(|window| now < window.closes);
        current.or(windows.last()).copied()
    }

    /// The time in which an upload that was begun before closing may still end, if that is now.
    #[must_use]
    pub fn grace(&self, now: i64) -> Option<Window> {
        let stages = self.stages();
        let mut graces = stages.filter(|(stage, _)| stage.act.contains(&StageAct::Apply));
        graces.find_map(|(stage, window)| {
            let grace = stage.grace(window);
            grace.is_open(now).then_some(grace)
        })
    }

    /// When an act is open, for people; and the clause that says so.
    #[must_use]
    pub fn when(&self, act: StageAct) -> (String, Option<String>) {
        let Some((stage, window)) = self.stages().find(|(stage, _)| stage.act.contains(&act))
        else {
            return ("通知没有安排这一环节".into(), None);
        };
        (span(&stage.label, window), stage.clause.clone())
    }

    /// Refuses what is done outside its windows, quoting each with its clause. A notice without a stage for it leaves
    /// it open.
    pub fn require_open(
        &self,
        act: StageAct,
        doing: &str,
        now: i64,
    ) -> std::result::Result<(), Refusal> {
        let stages: Vec<_> = self
            .stages()
            .filter(|(stage, _)| stage.act.contains(&act))
            .collect();
        if stages.is_empty() || stages.iter().any(|(_, window)| window.is_open(now)) {
            return Ok(());
        }
        let spans = stages.into_iter().map(|(stage, window)| Violation {
            field: stage.key.clone(),
            code: "window_closed".into(),
            clause: stage.clause.clone(),
            message: span(&stage.label, window),
            ..Violation::default()
        });
        let message = format!("现在不在{doing}的时间内");
        Err(Refusal::with("window_closed", message, spans.collect()))
    }
}

impl Campaign {
    /// The stage for reviews that ends last.
    #[must_use]
    pub fn last_review(&self) -> Option<(&Stage, Window)> {
        self.stages()
            .filter(|(stage, _)| stage.act.contains(&StageAct::Review))
            .max_by_key(|(_, window)| window.closes)
    }

    /// Refuses to take a step outside all stages for reviews, or after its own.
    pub fn require_step(
        &self,
        step: &ReviewStep,
        entry: &Entry,
        now: i64,
    ) -> std::result::Result<(), Refusal> {
        self.require_open(StageAct::Review, "审核", now)?;
        let mut stages = self.stages();
        match stages.find(|(stage, _)| Some(&stage.key) == step.stage.as_ref()) {
            Some((stage, window)) => in_stage(step, stage, window.closes, entry, now),
            None => Ok(()),
        }
    }

    /// A level may not outlast the one above it (`within`), nor end before one below it does.
    fn within_levels(&self, stage: &str, closes: i64) -> Result<()> {
        let fault = |message: String| invalid("closes", "child_deadline", &message);
        let moved = self.notice.stage.iter().find(|s| s.key == stage);
        let above = moved.and_then(|s| s.within.as_ref());
        for (other, window) in self.stages() {
            if Some(&other.key) == above && closes > window.closes {
                let last = span(&other.label, window);
                return Err(fault(format!("截止时间不得晚于上一级：{last}")));
            }
            if other.within.as_deref() == Some(stage) && closes < window.closes {
                let last = span(&other.label, window);
                return Err(fault(format!("截止时间不得早于下一级：{last}")));
            }
        }
        Ok(())
    }
}

/// A window in words; one that has no beginning by its end alone.
pub(crate) fn span(label: &str, window: Window) -> String {
    let to = to_the_second(window.closes - 1000);
    match window.opens {
        i64::MIN => format!("{label}截止时间为{to}"),
        opens => format!("{label}时间为{}至{to}", to_the_second(opens)),
    }
}

/// Moves a stage's window, with a reason; written to the trail. Refused past the level above or below it.
pub async fn move_window(
    app: &Shared,
    by: &By,
    campaign: &Campaign,
    stage: &str,
    opens: i64,
    closes: i64,
    reason: String,
) -> Result<()> {
    if opens >= closes {
        return Err(invalid("closes", "window_order", "截止时间须晚于开始时间"));
    }
    require_reason(&reason, "请写明调整时间的理由")?;
    require_instant("closes", closes)?;
    let old = campaign
        .windows
        .iter()
        .find(|w| w.stage == stage)
        .cloned()
        .ok_or(Error::Absent)?;
    // a window may have no beginning, and keep it so
    if opens != old.opens {
        require_instant("opens", opens)?;
    }
    let (app2, id, by) = (app.clone(), campaign.head.id.clone(), by.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let stands = within(&app2, tx, &id).await?;
                stands.within_levels(&old.stage, closes)?;
                if !campaigns::move_window(tx, &old, opens, closes).await? {
                    return Err(Error::Conflict(Refusal::new("window_moved", "时间刚被他人调整，请刷新后重试")));
                }
                let body = serde_json::json!({ "stage": old.stage, "opens": [old.opens, opens], "closes": [old.closes, closes], "reason": reason });
                events::append_raw(tx, &id, None, &by, "window_moved", &body).await
            })
        })
        .await
}

/// Agencies that take part.
pub async fn agencies(app: &App, campaign: &Campaign) -> Result<Vec<Agency>> {
    officers::agencies_of(app.db.read(), &campaign.head.id).await
}
