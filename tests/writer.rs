//! The write executor: what it acknowledges is there, what fails fails alone, nothing stops it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entity::throttle;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Set};
use tuixuan::clock::new_id;
use tuixuan::db::Db;
use tuixuan::error::Error;

use crate::support::database::TestDatabase;

fn row(scope: &str) -> throttle::ActiveModel {
    throttle::ActiveModel {
        scope: Set(scope.to_owned()),
        window_start: Set(0),
        hits: Set(1),
    }
}

async fn insert<C: ConnectionTrait>(tx: &C, scope: &str) -> Result<(), Error> {
    throttle::Entity::insert(row(scope))
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

async fn add(db: &Db, scope: String) -> Result<(), Error> {
    db.write(move |tx| Box::pin(async move { insert(tx, &scope).await }))
        .await
}

async fn there(db: &Db, scope: &str) -> bool {
    throttle::Entity::find_by_id(scope)
        .one(db.read())
        .await
        .unwrap()
        .is_some()
}

async fn count(db: &Db) -> u64 {
    throttle::Entity::find().count(db.read()).await.unwrap()
}

/// One of seven ways an act can end, by its number.
async fn act(db: Db, n: usize) -> bool {
    let scope = format!("act {n}");
    let done: Result<(), Error> = match n % 7 {
        0..=2 => add(&db, scope.clone()).await,
        // says no before it writes
        3 => db.write(|_| Box::pin(async { Err(Error::Absent) })).await,
        // writes, then says no
        4 => {
            let scope = scope.clone();
            db.write(move |tx| {
                Box::pin(async move {
                    insert(tx, &scope).await?;
                    Err(Error::Absent)
                })
            })
            .await
        }
        // writes, then panics
        5 => {
            let scope = scope.clone();
            db.write(move |tx| {
                Box::pin(async move {
                    insert(tx, &scope).await?;
                    panic!("a bug in act {n}")
                })
            })
            .await
        }
        // writes a key twice: the database says no, and PostgreSQL gives the savepoint up
        _ => {
            let scope = scope.clone();
            db.write(move |tx| {
                Box::pin(async move {
                    insert(tx, &scope).await?;
                    insert(tx, &scope).await
                })
            })
            .await
        }
    };
    // Acknowledged means committed: another connection sees it at once. Refused means no trace.
    assert_eq!(there(&db, &scope).await, done.is_ok(), "{scope}: {done:?}");
    done.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_acts_at_once_end_each_for_itself() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let acts: Vec<_> = (0..200)
        .map(|n| (n, tokio::spawn(act(db.clone(), n))))
        .collect();
    let mut kept = 0;
    for (n, act) in acts {
        let done = act.await.unwrap();
        assert_eq!(done, n % 7 < 3, "act {n}");
        kept += u64::from(done);
    }
    assert_eq!(count(&db).await, kept);
}

#[tokio::test]
async fn a_closure_that_panics_before_it_gives_a_future_harms_nobody() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let broken: Result<(), Error> = db.write(|_| panic!("a bug")).await;
    assert!(matches!(broken, Err(Error::Bug(_))), "{broken:?}");
    add(&db, "next".into()).await.unwrap();
}

#[tokio::test]
async fn callers_that_go_away_do_not_stop_it() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let started: Vec<_> = (0..50)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move { add(&db, format!("gone {n}")).await })
        })
        .collect();
    tokio::task::yield_now().await;
    for task in &started {
        task.abort();
    }
    for task in started {
        let _ = task.await;
    }
    add(&db, "next".into()).await.unwrap();
    assert!(there(&db, "next").await);
}

#[tokio::test]
async fn closing_finishes_what_waits_and_takes_no_more() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let waiting: Vec<_> = (0..300)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move { add(&db, format!("waiting {n}")).await })
        })
        .collect();
    tokio::task::yield_now().await;
    db.close().await.unwrap();
    let mut kept = 0;
    for task in waiting {
        kept += u64::from(task.await.unwrap().is_ok());
    }
    let late = add(&db, "late".into()).await;
    assert!(matches!(late, Err(Error::Outside(_))), "{late:?}");
    db.close().await.unwrap();
    assert_eq!(count(&database.open().await).await, kept);
    assert_eq!(kept, 300);
}

#[tokio::test]
async fn a_full_queue_says_so_at_once() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let go = Arc::new(tokio::sync::Notify::new());
    let holding = {
        let (db, go) = (db.clone(), go.clone());
        tokio::spawn(async move {
            db.write(move |_| {
                Box::pin(async move {
                    go.notified().await;
                    Ok(())
                })
            })
            .await
        })
    };
    tokio::task::yield_now().await;
    let many: Vec<_> = (0..5000)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move { add(&db, format!("many {n}")).await })
        })
        .collect();
    while many.iter().filter(|task| task.is_finished()).count() < 5000 - 4096 - 64 {
        tokio::task::yield_now().await;
    }
    go.notify_one();
    holding.await.unwrap().unwrap();
    let mut kept = 0;
    for task in many {
        match task.await.unwrap() {
            Ok(()) => kept += 1,
            Err(error) => assert!(matches!(error, Error::Busy), "{error:?}"),
        }
    }
    assert!((4096..5000).contains(&kept), "{kept}");
    assert_eq!(count(&db).await, kept);
}

#[tokio::test]
async fn readers_cannot_write_on_sqlite() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    if db.read().get_database_backend() == sea_orm::DbBackend::Sqlite {
        insert(db.read(), "reader").await.unwrap_err();
        assert!(!there(&db, "reader").await);
    }
}

/// An act that met another process is undone and run again, which its caller need not know; not for ever.
#[tokio::test]
async fn an_act_that_met_another_process_is_run_again() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    for (met, told, kept) in [(2, true, 1), (3, false, 1)] {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let ran = db.write(move |tx| {
            Box::pin(async move {
                insert(tx, &format!("met {met}")).await?;
                match counted.fetch_add(1, Ordering::Relaxed) < met {
                    true => Err(Error::Busy),
                    false => Ok(()),
                }
            })
        });
        assert_eq!((ran.await.is_ok(), count(&db).await), (told, kept), "{met}");
        assert_eq!(runs.load(Ordering::Relaxed), 3);
    }
}

/// Two processes that look before they write may still meet; whoever loses each time is told to come again.
#[tokio::test]
async fn a_key_that_somebody_else_took_in_between_is_no_fault_of_ours() {
    let database = TestDatabase::migrated().await;
    let (one, other) = (database.open().await, database.open().await);
    add(&one, "the same".into()).await.unwrap();
    let second = add(&other, "the same".into()).await;
    assert!(matches!(second, Err(Error::Busy)), "{second:?}");
    assert_eq!(count(&one).await, 1);
}

/// Writes again and again, until so many were kept in all.
async fn write_on(db: Db, kept: Arc<AtomicUsize>, whose: String) -> usize {
    let mut own = 0;
    while kept.fetch_add(1, Ordering::Relaxed) < 600 {
        add(&db, format!("{whose} {own}")).await.unwrap();
        own += 1;
    }
    own
}

/// Neither of two processes waits for the other for long: SQLite's lock alone gives one of them several hundred in a row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_always_have_something_to_write_take_turns() {
    let database = TestDatabase::migrated().await;
    let kept = Arc::new(AtomicUsize::new(0));
    let two = [database.open().await, database.open().await];
    let [one, other] = two.map(|db| {
        let name = new_id();
        let callers = (0..4).map(|n| write_on(db.clone(), kept.clone(), format!("{name} {n}")));
        tokio::spawn(futures_util::future::join_all(callers))
    });
    let of = |kept: Vec<usize>| kept.into_iter().sum::<usize>();
    let (one, other) = (of(one.await.unwrap()), of(other.await.unwrap()));
    assert_eq!(one + other, 600);
    assert!(one.min(other) > 150, "{one} and {other}");
}

/// PostgreSQL gives up a transaction in which a statement failed, and answers its commit as if nothing were: an act that goes on after
/// a failure takes nobody's acknowledged changes along.
#[tokio::test]
async fn what_is_acknowledged_is_there_though_an_act_goes_on_after_a_failure() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    add(&db, "taken".into()).await.unwrap();
    let careless = db.write(|tx| {
        Box::pin(async move {
            insert(tx, "careless").await?;
            let _ = insert(tx, "taken").await;
            Ok(())
        })
    });
    let (before, careless) = tokio::join!(add(&db, "before".into()), careless);
    assert_eq!(there(&db, "before").await, before.is_ok());
    assert_eq!(there(&db, "careless").await, careless.is_ok());
}

/// A refusal holds for what is committed: whoever was told no because of a change that is undone is asked again.
#[tokio::test]
async fn nobody_is_refused_for_what_was_undone() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let runs = Arc::new(AtomicUsize::new(0));
    // takes the last place, and breaks off when it is run again
    let first = db.write(move |tx| {
        Box::pin(async move {
            insert(tx, "the last place").await?;
            match runs.fetch_add(1, Ordering::Relaxed) {
                0 => Ok(()),
                _ => Err(Error::Outside("too long".into())),
            }
        })
    });
    let second = db.write(|tx| {
        Box::pin(async move {
            let taken = throttle::Entity::find_by_id("the last place")
                .one(tx)
                .await?;
            match taken {
                Some(_) => Err(Error::Absent),
                None => insert(tx, "the last place").await,
            }
        })
    });
    let breaks = db.write::<(), _>(|_| Box::pin(async { Err(Error::Bug("a bug".into())) }));
    // one group: the writer's task is not asked before all three wait
    let (first, second, breaks) = tokio::join!(first, second, breaks);
    assert!(first.is_err() && breaks.is_err());
    second.unwrap();
    assert!(there(&db, "the last place").await);
}
