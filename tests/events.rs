//! The hash chain: whatever is done to its rows behind our back is found, and the row is named.

use sea_orm::ConnectionTrait;
use serde_json::json;
use tuixuan::db::Db;
use tuixuan::db::events::{self, By, SYSTEM, Verdict};

use crate::support::database::TestDatabase;

const CAMPAIGN: &str = "0190-campaign";

async fn append(db: &Db, campaign: &str, count: i64) {
    for n in 0..count {
        let campaign = campaign.to_owned();
        db.write(move |tx| {
            Box::pin(async move {
                let by = By::applicant("applicant", 1_000 + n);
                events::append_raw(
                    tx,
                    &campaign,
                    Some("entry"),
                    &by,
                    "tested",
                    &json!({"n": n, "字": "推选😀"}),
                )
                .await
            })
        })
        .await
        .unwrap();
    }
}

/// A chain of eight, beside one of another campaign that must not matter; then SQL is run on it.
async fn after(sql: &[&str]) -> Verdict {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    append(&db, CAMPAIGN, 8).await;
    append(&db, SYSTEM, 3).await;
    let intruder = database.connect().await;
    for statement in sql {
        let done = intruder.execute_unprepared(statement).await.unwrap();
        assert!(done.rows_affected() > 0, "{statement}");
    }
    let Verdict::Whole { count: 3, .. } = events::verify(db.read(), SYSTEM).await.unwrap() else {
        panic!("the other chain was not touched");
    };
    events::verify(db.read(), CAMPAIGN).await.unwrap()
}

fn broken(seq: i64, what: &'static str) -> Verdict {
    Verdict::Broken { seq, what }
}

#[tokio::test]
async fn an_untouched_chain_is_whole() {
    let Verdict::Whole { count, head } = after(&[]).await else {
        panic!("broken");
    };
    assert_eq!((count, head.len()), (8, 64));
}

#[tokio::test]
async fn no_event_yet_is_a_whole_chain() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let verdict = events::verify(db.read(), "nowhere").await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { count: 0, .. }));
}

#[tokio::test]
async fn a_changed_row_is_named_whichever_column_it_is() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let intruder = database.connect().await;
    for (n, change) in [
        "body = '{}'",
        "at = at + 1",
        "kind = 'other'",
        "actor_kind = 'officer'",
        "actor_id = 'else'",
        "agency_id = ''",
        "agency_id = 'agency'",
        "entry_id = NULL",
        "id = 'other'",
        "prev_hash = hash",
        "hash = prev_hash",
    ]
    .into_iter()
    .enumerate()
    {
        let campaign = format!("campaign {n}");
        append(&db, &campaign, 4).await;
        let sql = format!("UPDATE event SET {change} WHERE campaign_id = '{campaign}' AND seq = 2");
        assert_eq!(
            intruder
                .execute_unprepared(&sql)
                .await
                .unwrap()
                .rows_affected(),
            1
        );
        let verdict = events::verify(db.read(), &campaign).await.unwrap();
        assert_eq!(verdict, broken(2, "changed"), "{change}");
    }
}

#[tokio::test]
async fn a_missing_row_is_named() {
    for seq in [1, 4] {
        let sql = format!("DELETE FROM event WHERE campaign_id = '{CAMPAIGN}' AND seq = {seq}");
        assert_eq!(after(&[&sql]).await, broken(seq, "missing"));
    }
}

#[tokio::test]
async fn missing_last_rows_are_found_by_the_head() {
    let sql = format!("DELETE FROM event WHERE campaign_id = '{CAMPAIGN}' AND seq > 6");
    assert_eq!(after(&[&sql]).await, broken(7, "missing"));
}

#[tokio::test]
async fn everything_gone_is_found_by_the_head() {
    let sql = format!("DELETE FROM event WHERE campaign_id = '{CAMPAIGN}'");
    assert_eq!(after(&[&sql]).await, broken(1, "missing"));
}

#[tokio::test]
async fn closing_the_gap_does_not_hide_it() {
    let gap = format!("DELETE FROM event WHERE campaign_id = '{CAMPAIGN}' AND seq = 4");
    let mut sql = vec![gap];
    sql.extend((5..=8).map(|n| {
        format!(
            "UPDATE event SET seq = {} WHERE campaign_id = '{CAMPAIGN}' AND seq = {n}",
            n - 1
        )
    }));
    let sql: Vec<&str> = sql.iter().map(String::as_str).collect();
    assert_eq!(after(&sql).await, broken(4, "changed"));
}

#[tokio::test]
async fn reordered_rows_are_found() {
    let swap = [(3, 99), (4, 3), (99, 4)].map(|(from, to)| {
        format!("UPDATE event SET seq = {to} WHERE campaign_id = '{CAMPAIGN}' AND seq = {from}")
    });
    let sql = swap.each_ref().map(String::as_str);
    assert_eq!(after(&sql).await, broken(3, "changed"));
}

#[tokio::test]
async fn an_inserted_row_is_found() {
    let copy = format!(
        "INSERT INTO event SELECT campaign_id, 9, 'new', at, kind, actor_kind, actor_id, agency_id, entry_id, body, hash, hash \
         FROM event WHERE campaign_id = '{CAMPAIGN}' AND seq = 8"
    );
    assert_eq!(after(&[&copy]).await, broken(9, "changed"));
}

/// One who knows how rows are hashed can add one that fits; the head still tells.
#[tokio::test]
async fn a_row_that_fits_but_was_not_appended_is_found_by_the_head() {
    let back = format!(
        "UPDATE event_head SET seq = 7, hash = (SELECT hash FROM event WHERE campaign_id = '{CAMPAIGN}' AND seq = 7) \
         WHERE campaign_id = '{CAMPAIGN}'"
    );
    assert_eq!(after(&[&back]).await, broken(8, "inserted"));
}

#[tokio::test]
async fn a_head_that_does_not_match_is_found() {
    let other = format!("UPDATE event_head SET hash = 'x' WHERE campaign_id = '{CAMPAIGN}'");
    assert_eq!(after(&[&other]).await, broken(8, "head does not match"));
    let gone = format!("DELETE FROM event_head WHERE campaign_id = '{CAMPAIGN}'");
    assert_eq!(after(&[&gone]).await, broken(1, "inserted"));
}

#[tokio::test]
async fn a_chain_longer_than_a_page_verifies_while_it_grows() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let writers: Vec<_> = (0..20)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { append(&db, CAMPAIGN, 60).await })
        })
        .collect();
    let watching = async {
        for _ in 0..10 {
            let verdict = events::verify(db.read(), CAMPAIGN).await.unwrap();
            assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
        }
    };
    watching.await;
    for writer in writers {
        writer.await.unwrap();
    }
    let verdict = events::verify(db.read(), CAMPAIGN).await.unwrap();
    assert!(
        matches!(verdict, Verdict::Whole { count: 1200, .. }),
        "{verdict:?}"
    );
}

/// Two processes have two writers; they must not fork the chain, not even over its first event.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_share_one_chain() {
    let database = TestDatabase::migrated().await;
    let processes = [
        database.open().await,
        database.open().await,
        database.open().await,
    ];
    let mut writers = vec![];
    for db in &processes {
        for _ in 0..4 {
            let db = db.clone();
            writers.push(tokio::spawn(async move { append(&db, CAMPAIGN, 20).await }));
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let verdict = events::verify(processes[0].read(), CAMPAIGN).await.unwrap();
    assert!(
        matches!(verdict, Verdict::Whole { count: 240, .. }),
        "{verdict:?}"
    );
}
