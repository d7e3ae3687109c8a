//! What PostgreSQL's planner makes of our questions: it knows nothing of how they are asked.

use entity::{duty, entry, slip};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, IntoActiveModel, Statement,
};
use tuixuan::clock::new_id;
use tuixuan::db::Conn;
use tuixuan::db::reviews::{self, Filter, QueueState};

use crate::support::database::TestDatabase;

const ENTRIES: usize = 4000;
/// Three counties with duties of one step, and a city with as many of the next: the planner, which looks at agency and step apart,
/// expects duties of the city's in the first step, too.
const OFFICES: [(&str, &str); 4] = [
    ("county 1", "county"),
    ("county 2", "county"),
    ("county 3", "county"),
    ("city", "city"),
];

fn under_review() -> entry::Model {
    entry::Model {
        id: new_id(),
        campaign_id: "campaign".into(),
        applicant_id: "applicant".into(),
        subject: "account".into(),
        category: "government".into(),
        route: "county".into(),
        agency_id: None,
        unit_id: None,
        region_code: "341602".into(),
        name: "某号".into(),
        name_fold: new_id(),
        operator_fold: "某办".into(),
        platform: None,
        answers: "sealed".repeat(100),
        state: "under_review".into(),
        step: Some("county".into()),
        round: 1,
        late: false,
        flags: String::new(),
        receipt: Some(new_id()),
        digest: None,
        submitted_at: Some(0),
        version: 2,
        created_at: 0,
        updated_at: 0,
    }
}

fn open_duty(entry: &entry::Model, (agency, step): (&str, &str)) -> duty::Model {
    duty::Model {
        id: new_id(),
        campaign_id: entry.campaign_id.clone(),
        entry_id: entry.id.clone(),
        step: step.into(),
        agency_id: agency.into(),
        round: 1,
        state: "open".into(),
        category: entry.category.clone(),
        region_code: entry.region_code.clone(),
        late: false,
        flagged: false,
        decision: None,
        decided_by: None,
        opinion: None,
        opened_at: 0,
        decided_at: None,
        version: 1,
    }
}

async fn keep(db: &DatabaseConnection, entries: Vec<entry::Model>, duties: Vec<duty::Model>) {
    for some in entries.chunks(500) {
        let some = some.iter().map(|e| e.clone().into_active_model());
        let kept = entry::Entity::insert_many(some.collect::<Vec<_>>());
        kept.exec_without_returning(db).await.unwrap();
    }
    for some in duties.chunks(500) {
        let some = some.iter().map(|d| d.clone().into_active_model());
        let kept = duty::Entity::insert_many(some.collect::<Vec<_>>());
        kept.exec_without_returning(db).await.unwrap();
    }
    db.execute_unprepared("ANALYZE").await.unwrap();
}

/// Duties that this transaction has read by an index or one by one.
async fn duties_read(tx: &Conn) -> i64 {
    let sql = "SELECT (seq_tup_read + idx_tup_fetch)::bigint FROM pg_stat_xact_user_tables WHERE relname = 'duty'";
    let told = tx.query_one_raw(Statement::from_string(DbBackend::Postgres, sql));
    told.await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn a_page_of_an_idle_agency_does_not_walk_past_the_duties_of_a_busy_one() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    if db.read().get_database_backend() != DbBackend::Postgres {
        return;
    }
    let plain = database.connect().await;
    let duties = |(entry, office)| open_duty(entry, office);
    let entries: Vec<entry::Model> = (0..ENTRIES).map(|_| under_review()).collect();
    let offices = OFFICES.into_iter().cycle();
    let duties: Vec<_> = entries.iter().zip(offices).map(duties).collect();
    keep(&plain, entries, duties).await;

    let read = db.write(|tx| {
        Box::pin(async move {
            let filter = Filter {
                state: QueueState::Open,
                step: Some("county".into()),
                after: Some(String::new()),
                limit: 50,
                ..Filter::default()
            };
            let busy = reviews::queue(tx, "county 1", "campaign", &filter).await?;
            let for_it = duties_read(tx).await;
            let idle = reviews::queue(tx, "city", "campaign", &filter).await?;
            Ok((
                busy.len(),
                for_it,
                idle.len(),
                duties_read(tx).await - for_it,
            ))
        })
    });
    let (busy, for_it, idle, for_nothing) = read.await.unwrap();
    assert_eq!((busy, idle), (50, 0));
    assert!(for_it <= 60 && for_nothing <= 10, "{for_it} {for_nothing}");
}

#[tokio::test]
async fn a_page_of_returned_entries_does_not_walk_past_all_that_was_done() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    if db.read().get_database_backend() != DbBackend::Postgres {
        return;
    }
    let plain = database.connect().await;
    let mut entries: Vec<entry::Model> = (0..ENTRIES).map(|_| under_review()).collect();
    let done = |entry| duty::Model {
        state: "done".into(),
        decision: Some("endorse".into()),
        ..open_duty(entry, OFFICES[0])
    };
    let mut duties: Vec<_> = entries.iter().map(done).collect();
    // the last forty
    let returned = entries.iter_mut().zip(&mut duties).skip(ENTRIES - 40);
    let mut slips = Vec::new();
    for (entry, duty) in returned {
        entry.state = "returned".into();
        duty.decision = Some("return".into());
        let slip = slip::Model {
            id: new_id(),
            entry_id: entry.id.clone(),
            round: 1,
            step: duty.step.clone(),
            agency_id: duty.agency_id.clone(),
            officer_id: "officer".into(),
            items: "[]".into(),
            due_at: 5,
            created_at: 0,
            answered_at: None,
        };
        slips.push(slip.into_active_model());
    }
    let kept = slip::Entity::insert_many(slips);
    kept.exec_without_returning(&plain).await.unwrap();
    keep(&plain, entries, duties).await;

    for (state, found) in [
        (QueueState::Returned, 20),
        (QueueState::Overdue { now: 6 }, 20),
        (QueueState::Overdue { now: 5 }, 0),
    ] {
        let read = db.write(move |tx| {
            Box::pin(async move {
                let filter = Filter {
                    state,
                    limit: 20,
                    ..Filter::default()
                };
                let page = reviews::queue(tx, "county 1", "campaign", &filter).await?;
                Ok((page.len(), duties_read(tx).await))
            })
        });
        let (page, read) = read.await.unwrap();
        assert_eq!(page, found, "{state:?}");
        assert!(read <= 120, "{state:?} {read}");
    }
}
