//! Duties, slips and verdicts: the review queue. What an officer may see is decided in the query.

use domain::actor::Officer;
use domain::agency::region_span;
use domain::review::{Duty, DutyState, Slip};
use entity::{agency, duty, entry, finding_decision, slip};
use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set, UpdateMany,
};

use super::Conn;
use super::campaigns::Standing;
use super::officers::path_of;
use super::{content_checks, entries};
use crate::error::{Error, Result};

/// Which of an agency's duties.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QueueState {
    #[default]
    Open,
    Done,
    Void,
    /// Done by a return that the applicant has not answered yet.
    Returned,
    /// Of these, where the slip's due date had passed by then.
    Overdue {
        now: i64,
    },
}

impl QueueState {
    /// The word used in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            QueueState::Open => DutyState::Open.as_str(),
            QueueState::Done => DutyState::Done.as_str(),
            QueueState::Void => DutyState::Void.as_str(),
            QueueState::Returned => "returned",
            QueueState::Overdue { .. } => "overdue",
        }
    }
}

/// Filters of the queue; all that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: QueueState,
    pub step: Option<String>,
    pub category: Option<String>,
    /// GB/T 2260 code: a province and a city take in their parts.
    pub region: Option<String>,
    pub late: Option<bool>,
    pub flagged: Option<bool>,
    /// Another live entry of the campaign bears a name that reads like this one's.
    pub duplicate: Option<bool>,
    /// Some content waits for a person's decision.
    pub content_undecided: Option<bool>,
    /// Last duty id of the page before.
    pub after: Option<String>,
    /// 1 to 100.
    pub limit: u64,
}

/// A row of the queue: a duty and what a list shows of its entry. No personal data.
#[derive(Debug, Clone, FromQueryResult)]
pub struct QueueRow {
    pub id: String,
    pub entry_id: String,
    pub step: String,
    pub round: i32,
    pub state: String,
    pub category: String,
    pub region_code: String,
    pub late: bool,
    pub flagged: bool,
    pub opened_at: i64,
    pub name: String,
    pub receipt: Option<String>,
    pub platform: Option<String>,
    pub version: i64,
    pub entry_state: String,
    /// While the entry waits for the answer to a slip of this round.
    pub slip_due_at: Option<i64>,
}

fn filtered(agency: &str, campaign: &str, filter: &Filter) -> sea_orm::Select<duty::Entity> {
    use duty::Column as D;
    let mut query = duty::Entity::find()
        .filter(D::AgencyId.eq(agency))
        .filter(D::CampaignId.eq(campaign));
    query = match filter.state {
        QueueState::Open | QueueState::Done | QueueState::Void => {
            query.filter(D::State.eq(filter.state.as_str()))
        }
        QueueState::Returned | QueueState::Overdue { .. } => query
            .filter(D::Decision.eq("return"))
            .filter(Expr::exists(unanswered(filter.state))),
    };
    for (column, value) in [(D::Step, &filter.step), (D::Category, &filter.category)] {
        if let Some(value) = value {
            query = query.filter(column.eq(value));
        }
    }
    if let Some(region) = &filter.region {
        query = query.filter(inside(region));
    }
    for (column, value) in [(D::Late, filter.late), (D::Flagged, filter.flagged)] {
        if let Some(value) = value {
            query = query.filter(column.eq(value));
        }
    }
    match filter.content_undecided {
        Some(true) => query = query.filter(Expr::exists(content_checks::waiting())),
        Some(false) => query = query.filter(Expr::exists(content_checks::waiting()).not()),
        None => {}
    }
    match filter.duplicate {
        Some(true) => query.filter(Expr::exists(namesake(campaign))),
        Some(false) => query.filter(Expr::exists(namesake(campaign)).not()),
        None => query,
    }
}

/// The slip by which the duty's entry was returned in its round, as long as nobody answered it.
fn unanswered(state: QueueState) -> SelectStatement {
    use duty::Column as D;
    let of_duty = |column: D| (duty::Entity, column);
    let mut slip = Query::select();
    slip.expr(Expr::value(1))
        .from(entry::Entity)
        .inner_join(slip::Entity, its_slip())
        .and_where(Expr::col((entry::Entity, entry::Column::Id)).equals(of_duty(D::EntryId)))
        .and_where(Expr::col((entry::Entity, entry::Column::Round)).equals(of_duty(D::Round)));
    if let QueueState::Overdue { now } = state {
        slip.and_where(Expr::col((slip::Entity, slip::Column::DueAt)).lt(now));
    }
    slip
}

/// Of a returned entry, the slip of its round.
fn its_slip() -> Condition {
    use entry::Column as E;
    let of_slip = |column: slip::Column| Expr::col((slip::Entity, column));
    Condition::all()
        .add(of_slip(slip::Column::EntryId).equals((entry::Entity, E::Id)))
        .add(of_slip(slip::Column::Round).equals((entry::Entity, E::Round)))
        .add(Expr::col((entry::Entity, E::State)).eq("returned"))
}

/// When the slip of a duty's round is due, while its entry waits for the answer. Asked of returned entries only: most pages hold none,
/// and a join would look for all.
fn due_of_slip() -> Expr {
    let due = Query::select()
        .column((slip::Entity, slip::Column::DueAt))
        .from(slip::Entity)
        .cond_where(its_slip())
        .to_owned();
    let same_round = Expr::col((entry::Entity, entry::Column::Round));
    let returned = Condition::all()
        .add(Expr::col((entry::Entity, entry::Column::State)).eq("returned"))
        .add(same_round.equals((duty::Entity, duty::Column::Round)));
    Expr::case(returned, Expr::from(due)).into()
}

/// A place and everything in it; a county is one code, for which an index also keeps the order.
fn inside(region: &str) -> Expr {
    let code = duty::Column::RegionCode;
    match region_span(region) {
        Some((first, last)) if first < last => code.between(first, last),
        _ => code.eq(region),
    }
}

/// Another live entry of the campaign with the name of the duty's own. Asked of each duty, so that a page costs
/// what it looks at and not what the campaign holds.
fn namesake(campaign: &str) -> SelectStatement {
    use entry::Column as E;
    let (own, other) = (Alias::new("own"), Alias::new("other"));
    let its = |column: E| Expr::col((other.clone(), column));
    Query::select()
        .expr(Expr::value(1))
        .from_as(entry::Entity, own.clone())
        .inner_join(
            sea_orm::sea_query::TableRef::from(entry::Entity).alias(other.clone()),
            its(E::NameFold).equals((own.clone(), E::NameFold)),
        )
        .and_where(Expr::col((own.clone(), E::Id)).equals((duty::Entity, duty::Column::EntryId)))
        .and_where(its(E::CampaignId).eq(campaign))
        .and_where(its(E::Id).not_equals((own, E::Id)))
        .and_where(its(E::State).is_in(["under_review", "returned", "endorsed"]))
        .to_owned()
}

/// One page of an agency's queue, oldest first.
pub async fn queue(
    db: &Conn,
    agency: &str,
    campaign: &str,
    filter: &Filter,
) -> Result<Vec<QueueRow>> {
    use duty::Column as D;
    use entry::Column as E;
    let mut query = filtered(agency, campaign, filter);
    if let Some(after) = &filter.after {
        query = query.filter(D::Id.gt(after));
    }
    let mut page = query
        .select_only()
        .columns([D::Id, D::EntryId, D::Step, D::Round, D::State, D::Category])
        .columns([D::RegionCode, D::Late, D::Flagged, D::OpenedAt])
        .columns([E::Name, E::Receipt, E::Platform, E::Version])
        .column_as(E::State, "entry_state")
        .column_as(due_of_slip(), "slip_due_at")
        .order_by_asc(D::Id)
        .limit(filter.limit);
    // A join, not a second question; what was handed in stays where it is, sealed and long.
    let its_entry = Expr::col((entry::Entity, E::Id)).equals((duty::Entity, D::EntryId));
    sea_orm::QueryTrait::query(&mut page).inner_join(entry::Entity, its_entry);
    Ok(page.into_model().all(db).await?)
}

/// How many entries an agency's queue has under a filter, pages aside.
pub async fn count(db: &Conn, agency: &str, campaign: &str, filter: &Filter) -> Result<u64> {
    let entries = filtered(agency, campaign, filter)
        .select_only()
        .column(duty::Column::EntryId)
        .distinct();
    Ok(entries.count(db).await?)
}

/// How many duties an agency has, by step and state.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Count {
    pub step: String,
    pub state: String,
    pub count: i64,
}

/// Counts of an agency's queue, of one place or of all.
pub async fn counts(
    db: &Conn,
    agency: &str,
    campaign: &str,
    region: Option<&str>,
) -> Result<Vec<Count>> {
    use duty::Column as D;
    let mut duties = duty::Entity::find();
    if let Some(region) = region {
        duties = duties.filter(inside(region));
    }
    let query = duties
        .select_only()
        .columns([D::Step, D::State])
        .column_as(D::Id.count(), "count")
        .filter(D::AgencyId.eq(agency))
        .filter(D::CampaignId.eq(campaign))
        .group_by(D::Step)
        .group_by(D::State)
        .order_by_asc(D::Step)
        .order_by_asc(D::State);
    Ok(query.into_model().all(db).await?)
}

/// An entry that the officer's agency, or one below it, has or had to review. Anything else is absent.
pub async fn visible(db: &Conn, officer: &Officer, id: &str) -> Result<entry::Model> {
    let row = entry::Entity::find_by_id(id).filter(Expr::exists(below(officer)));
    row.one(db).await?.ok_or(Error::Absent)
}

/// As [`visible`], with how the entry's campaign stands.
pub async fn visible_and_standing(
    db: &Conn,
    officer: &Officer,
    id: &str,
) -> Result<(entry::Model, Standing)> {
    let seen = entry::Entity::find_by_id(id).filter(Expr::exists(below(officer)));
    entries::and_standing(db, seen).await
}

/// Those of the entries that the officer may see.
pub async fn visible_among(
    db: &Conn,
    officer: &Officer,
    ids: Vec<String>,
) -> Result<Vec<entry::Model>> {
    let rows = entry::Entity::find()
        .filter(entry::Column::Id.is_in(ids))
        .filter(Expr::exists(below(officer)))
        .order_by_asc(entry::Column::Id);
    Ok(rows.all(db).await?)
}

/// A duty of the officer's agency, or of one below it, on the entry that is asked for.
fn below(officer: &Officer) -> SelectStatement {
    Query::select()
        .expr(Expr::value(1))
        .from(duty::Entity)
        .inner_join(
            agency::Entity,
            Expr::col((agency::Entity, agency::Column::Id))
                .equals((duty::Entity, duty::Column::AgencyId)),
        )
        .and_where(
            Expr::col((duty::Entity, duty::Column::EntryId))
                .equals((entry::Entity, entry::Column::Id)),
        )
        .and_where(agency::Column::Path.starts_with(path_of(&officer.agency)))
        .to_owned()
}

/// Duties of a step in a round.
pub async fn of_step(db: &Conn, entry: &str, step: &str, round: u32) -> Result<Vec<Duty>> {
    use duty::Column as D;
    let rows = duty::Entity::find()
        .filter(D::EntryId.eq(entry))
        .filter(D::Step.eq(step))
        .filter(D::Round.eq(round))
        .order_by_asc(D::Id)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|r| to_duty(r.id, r.agency_id, &r.state))
        .collect()
}

/// Columns → value.
pub(super) fn to_duty(id: String, agency_id: String, state: &str) -> Result<Duty> {
    let state = match state {
        "open" => DutyState::Open,
        "done" => DutyState::Done,
        "void" => DutyState::Void,
        other => return Err(Error::Bug(format!("duty state {other}"))),
    };
    Ok(Duty {
        id,
        agency_id,
        state,
    })
}

/// Every duty of an entry.
pub async fn of_entry(db: &Conn, entry: &str) -> Result<Vec<duty::Model>> {
    Ok(duty::Entity::find()
        .filter(duty::Column::EntryId.eq(entry))
        .order_by_asc(duty::Column::Id)
        .all(db)
        .await?)
}

/// The change that closes the deciding agency's duty.
#[must_use]
pub fn closing(
    id: &str,
    officer: &str,
    decision: &str,
    opinion: &str,
    now: i64,
) -> UpdateMany<duty::Entity> {
    let change = duty::ActiveModel {
        state: Set(DutyState::Done.as_str().to_owned()),
        decision: Set(Some(decision.to_owned())),
        decided_by: Set(Some(officer.to_owned())),
        opinion: Set(Some(opinion.to_owned())),
        decided_at: Set(Some(now)),
        ..Default::default()
    };
    duty::Entity::update_many()
        .set(change)
        .filter(duty::Column::Id.eq(id))
}

/// Voids open duties of an entry.
pub async fn void_open(tx: &Conn, entry: &str, now: i64) -> Result<()> {
    let change = duty::ActiveModel {
        state: Set(DutyState::Void.as_str().to_owned()),
        decided_at: Set(Some(now)),
        ..Default::default()
    };
    duty::Entity::update_many()
        .set(change)
        .filter(duty::Column::EntryId.eq(entry))
        .filter(duty::Column::State.eq("open"))
        .exec(tx)
        .await?;
    Ok(())
}

/// Keeps a slip.
pub async fn keep_slip(tx: &Conn, row: slip::Model) -> Result<()> {
    slip::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The slip of a round.
pub async fn slip(db: &Conn, entry: &str, round: u32) -> Result<Option<slip::Model>> {
    use slip::Column as S;
    Ok(slip::Entity::find()
        .filter(S::EntryId.eq(entry))
        .filter(S::Round.eq(round))
        .one(db)
        .await?)
}

/// Row → value.
pub fn to_slip(row: &slip::Model) -> Result<Slip> {
    Ok(Slip {
        items: serde_json::from_str(&row.items)?,
        due_at: row.due_at,
    })
}

/// The change of a slip's due date, from the one that was seen.
#[must_use]
pub fn extending(seen: &slip::Model, due_at: i64) -> UpdateMany<slip::Entity> {
    slip::Entity::update_many()
        .col_expr(slip::Column::DueAt, Expr::value(due_at))
        .filter(slip::Column::Id.eq(seen.id.as_str()))
        .filter(slip::Column::DueAt.eq(seen.due_at))
}

/// Verdicts on findings of a round.
pub async fn verdicts(db: &Conn, entry: &str, round: u32) -> Result<Vec<finding_decision::Model>> {
    use finding_decision::Column as F;
    Ok(finding_decision::Entity::find()
        .filter(F::EntryId.eq(entry))
        .filter(F::Round.eq(round))
        .all(db)
        .await?)
}

/// Puts a verdict in the place of an older one on the same finding, which the events still tell.
pub async fn supersede_verdict(tx: &Conn, old: &str, new: finding_decision::Model) -> Result<()> {
    let change = finding_decision::ActiveModel {
        agency_id: Set(new.agency_id),
        officer_id: Set(new.officer_id),
        accepted: Set(new.accepted),
        reason: Set(new.reason),
        decided_at: Set(new.decided_at),
        ..Default::default()
    };
    finding_decision::Entity::update_many()
        .set(change)
        .filter(finding_decision::Column::Id.eq(old))
        .exec(tx)
        .await?;
    Ok(())
}

/// Keeps a verdict.
pub async fn keep_verdict(tx: &Conn, row: finding_decision::Model) -> Result<()> {
    finding_decision::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
