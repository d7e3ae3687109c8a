//! Acts and their commits, in this process, without HTTP: what a submission costs beside one bare row.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::actor::Applicant;
use entity::throttle;
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Set, TransactionTrait};
use serde_json::json;
use tuixuan::app::submissions;
use tuixuan::clock::new_id;
use tuixuan::db::idempotency::Call;
use tuixuan::error::Error;
use tuixuan::state::Shared;

use crate::load::{self, Bounds, Measured, Watched};
use crate::report::Report;
use crate::service::Place;
use crate::stock::{self, Stock};
use crate::{Outcome, Run};

const CALLERS: [usize; 3] = [1, 16, 64];

/// Turns about, so that a slow moment of the machine is shared.
const TURNS: u64 = 3;

pub async fn run(run: &Run, report: &mut Report) -> Outcome {
    for place in Place::both(run, "submit").await? {
        measure(run, report, &place).await?;
    }
    Ok(())
}

async fn measure(run: &Run, report: &mut Report, place: &Place) -> Outcome {
    let app = place.open().await?;
    let stock = Stock {
        entries: 10_000,
        drafts: run.seconds * 12_000,
        characters: 300,
        whole: true,
    };
    let stocked = Arc::new(stock::load(&app, stock).await?);
    let (bare_db, used) = (bare_connection(place).await?, Arc::new(AtomicU64::new(0)));
    let time = Duration::from_millis(run.seconds * 1000 / TURNS);
    let three = || std::array::from_fn::<_, 3, _>(|_| Measured::default());
    let (mut bare, mut acts, mut handed_in) = (Measured::default(), three(), three());
    for _ in 0..TURNS {
        bare.add(bare_rows(&bare_db, time).await?);
        for (at, callers) in CALLERS.into_iter().enumerate() {
            acts[at].add(one_row_acts(&app, callers, time).await?);
            handed_in[at].add(submissions_of(&app, &stocked, &used, callers, time).await?);
        }
    }
    let base = bare.per_second();
    report.add(
        "submit",
        "bare transaction of one row, one connection",
        place.name,
        format!("{base:.0}/s"),
        None,
        json!({ "per_second": base }),
    );
    for (at, callers) in CALLERS.into_iter().enumerate() {
        let (one_row, submitted) = (acts[at].per_second(), handed_in[at].per_second());
        let detail = json!({ "callers": callers, "one_row_acts_per_second": one_row, "submissions_per_second": submitted, "bare_per_second": base, "ratio": submitted / base });
        report.add(
            "submit",
            &format!("acts of one row through the write executor, {callers} callers"),
            place.name,
            format!("{one_row:.0}/s"),
            None,
            json!({}),
        );
        let goal = (callers == 16).then_some(("≥ 50 % of bare", submitted >= base / 2.0));
        let figure = format!(
            "{submitted:.0}/s, {:.0} % of bare",
            100.0 * submitted / base
        );
        report.add(
            "submit",
            &format!("submission: rules, places, event, commit, {callers} callers"),
            place.name,
            figure,
            goal,
            detail,
        );
    }
    bare_db.close().await?;
    Ok(app.db.close().await?)
}

/// As the executor's own connection: on SQLite the journal and the wait for the disk are the same.
async fn bare_connection(place: &Place) -> Outcome<DatabaseConnection> {
    use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
    let mut options = sea_orm::ConnectOptions::new(&place.url);
    options
        .max_connections(1)
        .sqlx_logging(false)
        .test_before_acquire(false);
    options.map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
    });
    Ok(sea_orm::Database::connect(options).await?)
}

async fn row<C: ConnectionTrait>(tx: &C) -> Result<(), Error> {
    let row = throttle::ActiveModel {
        scope: Set(new_id()),
        window_start: Set(0),
        hits: Set(1),
    };
    throttle::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

async fn bare_rows(db: &DatabaseConnection, time: Duration) -> Outcome<Measured> {
    let db = db.clone();
    let bounds = Bounds {
        callers: 1,
        time,
        most: u64::MAX,
    };
    load::run(bounds, Watched::default(), move |_| {
        let db = db.clone();
        async move {
            let tx = db.begin().await?;
            row(&tx).await?;
            Ok(tx.commit().await?)
        }
    })
    .await
}

async fn one_row_acts(app: &Shared, callers: usize, time: Duration) -> Outcome<Measured> {
    let app = app.clone();
    let bounds = Bounds {
        callers,
        time,
        most: u64::MAX,
    };
    load::run(bounds, Watched::default(), move |_| {
        let app = app.clone();
        async move {
            Ok(app
                .db
                .write(|tx| Box::pin(async move { row(tx).await }))
                .await?)
        }
    })
    .await
}

async fn submissions_of(
    app: &Shared,
    stocked: &Arc<stock::Stocked>,
    used: &Arc<AtomicU64>,
    callers: usize,
    time: Duration,
) -> Outcome<Measured> {
    let (app, stocked, used) = (app.clone(), stocked.clone(), used.clone());
    let bounds = Bounds {
        callers,
        time,
        most: u64::MAX,
    };
    load::run(bounds, Watched::default(), move |_| {
        let (app, stocked, used) = (app.clone(), stocked.clone(), used.clone());
        async move {
            let n = usize::try_from(used.fetch_add(1, Ordering::Relaxed))?;
            let (id, owner) = stocked.drafts.get(n).ok_or("too few drafts were loaded")?;
            let who = Applicant {
                id: stocked.applicants[*owner].0.clone(),
            };
            let call = Call {
                caller: who.id.clone(),
                key: new_id(),
                operation: "submit_entry",
                request: String::new(),
            };
            submissions::submit(&app, &who, id, 1, vec!["truth".into()], call).await?;
            Ok(())
        }
    })
    .await
}
