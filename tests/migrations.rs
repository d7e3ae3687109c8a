//! The schema on whichever database is tested: up, down, up; a step run twice; four instances at
//! once; every entity against its table.

use entity::*;
use migration::{Migrator, MigratorTrait};
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ColumnType, ConnectionTrait, DatabaseConnection, EntityTrait,
    IntoActiveModel, Iterable, ModelTrait, QueryOrder, Set, SqlErr, Statement, Value,
};
use tuixuan::db;

use crate::support::database::TestDatabase;

/// Runs a generic function for every entity there is.
macro_rules! for_every_entity {
    ($act:ident, $db:expr) => {
        for_every_entity!($act, $db;
            agency agency_key applicant attachment authority batch batch_entry campaign campaign_agency
            campaign_window certificate claim content_check deliverable document duty entry event event_head evidence evidence_copy finding_decision
            idempotency installation late_admission negative_line negative_name nomination nomination_list
            officer
            officer_session one_time_code outbox paper_receipt quota_use region scan scan_box seal single_use slip
            stamp submission submitted_file subscription throttle upload upload_part virus_check)
    };
    ($act:ident, $db:expr; $($name:ident)*) => {
        $( $act::<$name::Entity>($db, stringify!($name)).await; )*
        assert_listed(&[$(stringify!($name)),*]);
    };
}

/// A new file in `entity/src` has to join the list above.
fn assert_listed(names: &[&str]) {
    let lib = include_str!("../entity/src/lib.rs");
    let declared: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    assert_eq!(names, declared);
}

#[tokio::test]
async fn every_step_is_new_once() {
    let database = TestDatabase::empty().await;
    let steps: Vec<String> = Migrator::migrations()
        .iter()
        .map(|s| s.name().to_owned())
        .collect();
    assert_eq!(db::migrate(&database.url).await.unwrap(), steps);
    assert_eq!(
        db::migrate(&database.url).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn up_down_and_up_again_with_rows_in_every_table() {
    let database = TestDatabase::migrated().await;
    let db = database.connect().await;
    for_every_entity!(write_and_read, &db);
    Migrator::down(&db, None).await.unwrap();
    assert_eq!(tables(&db).await, ["seaql_migrations"]);
    Migrator::up(&db, None).await.unwrap();
    for_every_entity!(write_and_read, &db);
}

#[tokio::test]
async fn each_step_can_be_taken_back_alone() {
    let database = TestDatabase::empty().await;
    let db = database.connect().await;
    let mut before = vec![tables(&db).await];
    before[0].push("seaql_migrations".into());
    for _ in Migrator::migrations() {
        Migrator::up(&db, Some(1)).await.unwrap();
        before.push(tables(&db).await);
    }
    for expected in before.iter().rev().skip(1) {
        Migrator::down(&db, Some(1)).await.unwrap();
        assert_eq!(&tables(&db).await, expected);
    }
}

/// What a kill in the middle leaves: tables of a step that is not recorded as done.
#[tokio::test]
async fn each_step_can_run_twice() {
    let database = TestDatabase::migrated().await;
    let db = database.connect().await;
    db.execute_unprepared("DELETE FROM seaql_migrations")
        .await
        .unwrap();
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(
        Migrator::get_pending_migrations(&db).await.unwrap().len(),
        0
    );
    for_every_entity!(write_and_read, &db);
}

#[tokio::test]
async fn four_instances_may_start_together() {
    let database = TestDatabase::empty().await;
    let starts = (0..4).map(|_| {
        let url = database.url.clone();
        tokio::spawn(async move { db::migrate(&url).await })
    });
    let mut did = vec![];
    for start in starts.collect::<Vec<_>>() {
        did.push(start.await.unwrap().unwrap().len());
    }
    did.sort_unstable();
    assert_eq!(did, [0, 0, 0, Migrator::migrations().len()]);
}

/// Keys differ by case, width and accent on every database. (By a trailing space they do not on MySQL.)
#[tokio::test]
async fn text_is_compared_byte_by_byte() {
    let database = TestDatabase::migrated().await;
    let db = database.connect().await;
    let insert = |scope: &str| {
        let row = throttle::ActiveModel {
            scope: Set(scope.to_owned()),
            window_start: Set(0),
            hits: Set(0),
        };
        throttle::Entity::insert(row).exec_without_returning(&db)
    };
    for scope in ["abc", "ABC", "ａbc", "ábc", "😀", "😁"] {
        let done = insert(scope).await;
        done.unwrap_or_else(|e| panic!("{scope:?}: {e}"));
    }
    let again = insert("ABC").await.unwrap_err();
    assert!(matches!(
        again.sql_err(),
        Some(SqlErr::UniqueConstraintViolation(_))
    ));
    let rows = throttle::Entity::find().order_by_asc(throttle::Column::Scope);
    let rows = rows.all(&db).await.unwrap();
    let scopes: Vec<&str> = rows.iter().map(|row| row.scope.as_str()).collect();
    assert_eq!(scopes, ["ABC", "abc", "ábc", "ａbc", "😀", "😁"]);
}

#[tokio::test]
async fn a_key_is_free_again_once_it_is_no_longer_live() {
    let database = TestDatabase::migrated().await;
    let db = database.connect().await;
    let claim = |live| claim::Model {
        id: tuixuan::clock::new_id(),
        campaign_id: "c".into(),
        kind: "account".into(),
        key_fold: "亳州发布".into(),
        entry_id: "e".into(),
        live,
        created_at: 1,
    };
    let first = claim(Some(1))
        .into_active_model()
        .insert(&db)
        .await
        .unwrap();
    claim(Some(1))
        .into_active_model()
        .insert(&db)
        .await
        .unwrap_err();
    let mut freed = first.into_active_model();
    freed.live = Set(None);
    freed.update(&db).await.unwrap();
    claim(Some(1))
        .into_active_model()
        .insert(&db)
        .await
        .unwrap();
    claim(None).into_active_model().insert(&db).await.unwrap();
}

/// 64 kB is where MySQL's TEXT ends; a notice or an entry's answers may be longer.
#[tokio::test]
async fn long_text_is_long_everywhere() {
    let database = TestDatabase::migrated().await;
    let db = database.connect().await;
    let body = "推选😀".repeat(30_000);
    let row = stored(&body);
    row.clone().into_active_model().insert(&db).await.unwrap();
    assert_eq!(event::Entity::find().one(&db).await.unwrap(), Some(row));
}

fn stored(body: &str) -> event::Model {
    event::Model {
        campaign_id: "c".into(),
        seq: 1,
        id: "i".into(),
        at: i64::MAX,
        kind: "k".into(),
        actor_kind: "system".into(),
        actor_id: "system".into(),
        agency_id: None,
        entry_id: None,
        body: body.into(),
        prev_hash: "p".into(),
        hash: "h".into(),
    }
}

/// Writes a row with every column full and one with every nullable column empty; reads both back.
/// Table and entity must have the same columns.
async fn write_and_read<E: EntityTrait>(db: &DatabaseConnection, name: &str)
where
    E::Model: ModelTrait<Entity = E>,
{
    let table = E::default().table_name().to_owned();
    assert_eq!(table, name);
    let backend = db.get_database_backend();
    E::delete_many()
        .exec(db)
        .await
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    for (row, empty) in [(1, false), (2, true)] {
        let values: Vec<Value> = E::Column::iter().map(|c| sample(&c, row, empty)).collect();
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(&table))
            .columns(E::Column::iter());
        insert.values_panic(values.iter().cloned().map(sea_orm::sea_query::Expr::value));
        db.execute(&insert)
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let rows = E::find()
            .all(db)
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let found = rows.into_iter().any(|model| {
            E::Column::iter()
                .zip(&values)
                .all(|(c, value)| model.get(c) == *value)
        });
        assert!(found, "{name}: what was written does not come back");
    }
    let all = Statement::from_string(backend, format!("SELECT * FROM {table}"));
    let row = db.query_one_raw(all).await.unwrap().unwrap();
    let mut have = row.column_names();
    let mut want: Vec<String> = E::Column::iter()
        .map(|c| sea_orm::Iden::unquoted(&c).to_string())
        .collect();
    have.sort();
    want.sort();
    assert_eq!(have, want, "{name}: columns of table and entity");
}

fn sample<C: ColumnTrait>(column: &C, row: i64, empty: bool) -> Value {
    let def = column.def();
    let none = empty && def.is_null();
    match def.get_column_type() {
        ColumnType::BigInteger => Value::BigInt((!none).then_some(row + 4_102_444_800_000)),
        ColumnType::Integer => Value::Int((!none).then_some(i32::MAX - row as i32)),
        ColumnType::Boolean => Value::Bool((!none).then_some(row == 1)),
        ColumnType::Text => Value::String((!none).then(|| format!("推选😀{row}"))),
        ColumnType::String(_) => Value::String((!none).then(|| format!("推😀{row}"))),
        other => panic!("a kind of column that the three databases may not share: {other:?}"),
    }
}

async fn tables(db: &DatabaseConnection) -> Vec<String> {
    let backend = db.get_database_backend();
    let sql = match backend {
        sea_orm::DbBackend::Sqlite => {
            "SELECT name AS t FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        }
        sea_orm::DbBackend::MySql => {
            "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = DATABASE()"
        }
        _ => "SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public'",
    };
    let rows = db
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap();
    let mut names: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "t").unwrap())
        .collect();
    names.sort();
    names
}
