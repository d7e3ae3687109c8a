//! Entries that are there before anything is measured: loaded in bulk, with sealed answers and duties.

use domain::agency::{Agency, Tier};
use domain::entry::{Entry, EntryState};
use domain::form::Answers;
use domain::notice::Choice;
use entity::{applicant, claim, duty, entry, officer_session, quota_use, submission};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, EntityTrait, IntoActiveModel,
    TransactionTrait,
};
use serde_json::{Value, json};
use tuixuan::app::entries::Written;
use tuixuan::app::officers::{self, NewOfficer};
use tuixuan::app::submissions::Content;
use tuixuan::clock::new_id;
use tuixuan::db::entries::{Named, to_row};
use tuixuan::db::events::By;
use tuixuan::security::sha256_hex;
use tuixuan::security::token::{self, Claims};
use tuixuan::state::Shared;

use crate::{Outcome, campaign};

/// How much there is.
#[derive(Clone, Copy)]
pub struct Stock {
    /// Handed in: six of ten wait for the county, two for the city, two are over.
    pub entries: u64,
    /// Drafts besides.
    pub drafts: u64,
    /// Chinese characters of the summary in each.
    pub characters: usize,
    /// With submissions, places and claims, as acts need them; a list does not look at them.
    pub whole: bool,
}

/// What is there.
pub struct Stocked {
    pub campaign: String,
    pub agencies: Vec<Agency>,
    /// Id and token of each applicant.
    pub applicants: Vec<(String, String)>,
    /// Drafts in their first version, each with the place of its applicant above.
    pub drafts: Vec<(String, usize)>,
    /// Entry that waits for a county, and the county.
    pub waiting: Vec<(String, String)>,
    /// Token of a reviewer of each agency, in the order of the agencies.
    pub reviewers: Vec<String>,
}

const APPLICANTS: usize = 64;
const ROWS_AT_ONCE: u64 = 500;

/// What an applicant writes; each number another account of another operator.
pub fn written(agency: &str, region: &str, n: &str, characters: usize) -> Value {
    json!({
        "subject": "account", "category": "government", "route": "county", "agency_id": agency, "region": region,
        "answers": {
            "name": format!("账号{n}"), "platform": "wechat", "account_id": format!("id-{n}"),
            "operator": format!("单位{n}"), "region": region, "followers": 386_000, "contact": "张某",
            "mobile": "13800138000", "summary": "山".repeat(characters),
        }
    })
}

fn category(n: u64) -> &'static str {
    ["government", "unit", "individual"][(n % 3) as usize]
}

/// Sets the campaign up and loads rows.
pub async fn load(app: &Shared, stock: Stock) -> Outcome<Stocked> {
    let agencies = campaign::set_up(app).await?;
    let head = tuixuan::app::campaigns::by_slug(app, campaign::SLUG)
        .await?
        .head;
    let (applicants, reviewers) = (applicants(app).await?, reviewers(app, &agencies).await?);
    let mut stocked = Stocked {
        campaign: head.id,
        agencies,
        applicants,
        drafts: vec![],
        waiting: vec![],
        reviewers,
    };
    let db = plain(&app.settings.database.url).await?;
    let counties: Vec<Agency> = stocked
        .agencies
        .iter()
        .filter(|a| a.tier == Tier::County)
        .cloned()
        .collect();
    let all = stock.entries + stock.drafts;
    for first in (0..all).step_by(ROWS_AT_ONCE as usize) {
        let mut rows = Rows::default();
        for n in first..all.min(first + ROWS_AT_ONCE) {
            let county = &counties[n as usize % counties.len()];
            rows.add(app, &mut stocked, stock, county, n)?;
        }
        rows.store(&db).await?;
    }
    if stock.whole {
        let used = counties.iter().map(|county| quota_use::Model {
            campaign_id: stocked.campaign.clone(),
            quota: "county".into(),
            holder: county.id.clone(),
            category: String::new(),
            used: i32::try_from(stock.entries).unwrap_or(i32::MAX),
            version: 1,
        });
        insert::<quota_use::Entity, _>(&db, used.collect()).await?;
    }
    if app.settings.database.url.starts_with("postgres") {
        db.execute_unprepared("VACUUM ANALYZE").await?;
    }
    db.close().await?;
    Ok(stocked)
}

/// A connection that does not wait for the disk, for what can be loaded again.
async fn plain(url: &str) -> Outcome<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .pragma("synchronous", "OFF")
            .busy_timeout(std::time::Duration::from_secs(30))
    });
    Ok(Database::connect(options).await?)
}

async fn insert<E, M>(db: &impl ConnectionTrait, rows: Vec<M>) -> Outcome
where
    E: EntityTrait,
    M: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    if !rows.is_empty() {
        let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
        E::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

async fn applicants(app: &Shared) -> Outcome<Vec<(String, String)>> {
    let db = plain(&app.settings.database.url).await?;
    let rows: Vec<applicant::Model> = (0..APPLICANTS)
        .map(|_| tuixuan::db::applicants::blank(app.now()))
        .collect();
    let ids: Vec<String> = rows.iter().map(|r| r.id.clone()).collect();
    insert::<applicant::Entity, _>(&db, rows).await?;
    db.close().await?;
    let exp = app.now() + 24 * 3_600_000;
    let token = |id: &String| {
        token::sign(
            &app.token_key,
            &Claims {
                sub: id.clone(),
                exp,
                ver: 1,
            },
        )
    };
    Ok(ids.iter().map(|id| (id.clone(), token(id))).collect())
}

/// One officer with every working role in each agency, signed in.
async fn reviewers(app: &Shared, agencies: &[Agency]) -> Outcome<Vec<String>> {
    use domain::actor::Role;
    let by = By::system(app.now());
    let mut tokens = Vec::new();
    for agency in agencies {
        let new = NewOfficer {
            agency_id: agency.id.clone(),
            login: format!("o{}", new_id()),
            name: "测量".into(),
            roles: vec![Role::Clerk, Role::Reviewer, Role::SealKeeper],
            password: "Long-enough-1".into(),
            must_change: false,
        };
        let officer_id = officers::add(app, &by, new).await?;
        let (token, token_hash) = token::new_opaque();
        let session = officer_session::Model {
            token_hash,
            officer_id,
            session_version: 1,
            created_at: by.at,
            last_seen_at: by.at,
            expires_at: by.at + 12 * 3_600_000,
        };
        app.db
            .write(move |tx| {
                Box::pin(async move { tuixuan::db::officers::keep_session(tx, session).await })
            })
            .await?;
        tokens.push(token);
    }
    Ok(tokens)
}

#[derive(Default)]
struct Rows {
    entries: Vec<entry::Model>,
    duties: Vec<duty::Model>,
    submissions: Vec<submission::Model>,
    claims: Vec<claim::Model>,
    places: Vec<quota_use::Model>,
}

impl Rows {
    fn add(
        &mut self,
        app: &Shared,
        to: &mut Stocked,
        stock: Stock,
        county: &Agency,
        n: u64,
    ) -> Outcome {
        let (id, now) = (new_id(), app.now());
        let draft = n >= stock.entries;
        let (state, step) = match n % 10 {
            _ if draft => (EntryState::Draft, "draft"),
            0..=5 => (
                EntryState::UnderReview {
                    step: "county".into(),
                },
                "county",
            ),
            6 | 7 => (
                EntryState::UnderReview {
                    step: "city".into(),
                },
                "city",
            ),
            _ => (
                EntryState::Declined {
                    step: "county".into(),
                },
                "declined",
            ),
        };
        let text = written(
            &county.id,
            &county.region,
            &format!("库存{n}"),
            stock.characters,
        );
        let answers: Answers = serde_json::from_value(text["answers"].clone())?;
        let owner = n as usize % APPLICANTS;
        let (applicant, _) = &to.applicants[owner];
        let entry = Entry {
            id: id.clone(),
            campaign_id: to.campaign.clone(),
            applicant_id: applicant.clone(),
            choice: Choice {
                subject: "account".into(),
                category: category(n / 3).into(),
                route: "county".into(),
            },
            agency_id: Some(county.id.clone()),
            unit_id: None,
            region: county.region.clone(),
            answers,
            state,
            round: u32::from(!draft),
            late: !draft && n.is_multiple_of(50),
            receipt: (!draft).then(|| format!("420000-{n:010}")),
            digest: (!draft).then(|| sha256_hex(id.as_bytes())),
            version: if draft { 1 } else { 2 },
        };
        let named = Named {
            name: format!("账号库存{n}"),
            operator: format!("单位库存{n}"),
            platform: Some("wechat".into()),
            flags: if n.is_multiple_of(5) {
                "platform".into()
            } else {
                String::new()
            },
            submitted_at: (!draft).then_some(now),
        };
        self.entries
            .push(to_row(&entry, &named, &app.sealing, now, now)?);
        if draft {
            to.drafts.push((id, owner));
            return Ok(());
        }
        self.add_duties(to, &entry, county, step, !named.flags.is_empty(), now);
        if stock.whole {
            self.add_rest(app, to, &entry, county, now)?;
        }
        Ok(())
    }

    fn add_duties(
        &mut self,
        to: &mut Stocked,
        entry: &Entry,
        county: &Agency,
        step: &str,
        flagged: bool,
        now: i64,
    ) {
        let duty = |agency: &str, step: &str, open: bool| duty::Model {
            id: new_id(),
            campaign_id: entry.campaign_id.clone(),
            entry_id: entry.id.clone(),
            step: step.to_owned(),
            agency_id: agency.to_owned(),
            round: 1,
            state: if open { "open" } else { "done" }.into(),
            category: entry.choice.category.clone(),
            region_code: entry.region.clone(),
            late: entry.late,
            flagged,
            decision: (!open).then(|| "endorse".into()),
            decided_by: None,
            opinion: (!open).then(|| "同意推荐".into()),
            opened_at: now,
            decided_at: (!open).then_some(now),
            version: 1,
        };
        self.duties
            .push(duty(&county.id, "county", step == "county"));
        match (step, county.path.iter().rev().nth(1)) {
            ("city", Some(city)) => self.duties.push(duty(city, "city", true)),
            ("county", _) => to.waiting.push((entry.id.clone(), county.id.clone())),
            _ => {}
        }
    }

    fn add_rest(
        &mut self,
        app: &Shared,
        to: &Stocked,
        entry: &Entry,
        county: &Agency,
        now: i64,
    ) -> Outcome {
        let content = Content {
            written: Written::from(entry.clone()),
            declarations: vec!["truth".into()],
            evidence: vec![],
            file_names: vec![],
        };
        let sealed = app.sealing.seal(
            &format!("submission.content.{}", entry.id),
            &serde_json::to_vec(&content)?,
        )?;
        self.submissions.push(submission::Model {
            id: new_id(),
            entry_id: entry.id.clone(),
            round: 1,
            content: sealed,
            findings: "[]".into(),
            digest: entry.digest.clone().unwrap_or_default(),
            submitted_at: now,
        });
        let operator = format!("holder-{}", entry.id);
        self.places.push(quota_use::Model {
            campaign_id: to.campaign.clone(),
            quota: "operator".into(),
            holder: operator.clone(),
            category: String::new(),
            used: 1,
            version: 1,
        });
        let keys = [
            ("account", format!("wechat\u{1f}id-{}", entry.id)),
            (
                "quota",
                format!("operator\u{1f}{operator}\u{1f}\u{1f}{}", entry.id),
            ),
            (
                "quota",
                format!("county\u{1f}{}\u{1f}\u{1f}{}", county.id, entry.id),
            ),
        ];
        self.claims
            .extend(keys.map(|(kind, key_fold)| claim::Model {
                id: new_id(),
                campaign_id: to.campaign.clone(),
                kind: kind.into(),
                key_fold,
                entry_id: entry.id.clone(),
                live: Some(1),
                created_at: now,
            }));
        Ok(())
    }

    async fn store(self, db: &DatabaseConnection) -> Outcome {
        let tx = db.begin().await?;
        insert::<entry::Entity, _>(&tx, self.entries).await?;
        insert::<duty::Entity, _>(&tx, self.duties).await?;
        insert::<submission::Entity, _>(&tx, self.submissions).await?;
        insert::<claim::Entity, _>(&tx, self.claims).await?;
        insert::<quota_use::Entity, _>(&tx, self.places).await?;
        Ok(tx.commit().await?)
    }
}
