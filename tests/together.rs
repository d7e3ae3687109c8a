//! Changes made together: all of them in one go, on each database, and told when one met other rows than it should have.

use entity::{single_use, throttle};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set, UpdateMany};
use tuixuan::db::Db;
use tuixuan::db::together::Together;
use tuixuan::error::Error;

use crate::support::database::TestDatabase;

fn row(scope: &str) -> throttle::ActiveModel {
    throttle::ActiveModel {
        scope: Set(scope.to_owned()),
        window_start: Set(0),
        hits: Set(1),
    }
}

fn used(token: &str) -> single_use::ActiveModel {
    single_use::ActiveModel {
        digest: Set(token.to_owned()),
        taken: Set(true),
        used_at: Set(7),
    }
}

/// Over the number of hits that was seen.
fn hit(scope: &str, seen: i32) -> UpdateMany<throttle::Entity> {
    let change = throttle::ActiveModel {
        hits: Set(seen + 1),
        ..Default::default()
    };
    throttle::Entity::update_many()
        .set(change)
        .filter(throttle::Column::Scope.eq(scope))
        .filter(throttle::Column::Hits.eq(seen))
}

async fn make(db: &Db, changes: Together) -> Result<(), Error> {
    db.write(|tx| Box::pin(async move { changes.run(tx).await }))
        .await
}

async fn hits(db: &Db, scope: &str) -> Option<i32> {
    let row = throttle::Entity::find_by_id(scope).one(db.read()).await;
    row.unwrap().map(|row| row.hits)
}

async fn uses(db: &Db) -> u64 {
    single_use::Entity::find().count(db.read()).await.unwrap()
}

#[tokio::test]
async fn rows_of_several_tables_and_changes_are_made_in_one_go() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    make(&db, Together::default()).await.unwrap();
    let mut first = Together::default();
    first.insert([row("申报一"), row("it's ? $1")]);
    first.insert(Vec::<single_use::ActiveModel>::new());
    first.insert([used("a"), used("b"), used("c")]);
    make(&db, first).await.unwrap();
    for seen in 1..4 {
        let mut next = Together::default();
        next.update(hit("申报一", seen));
        next.insert([used(&format!("again {seen}"))]);
        next.update(hit("it's ? $1", seen));
        make(&db, next).await.unwrap();
    }
    assert_eq!(hits(&db, "申报一").await, Some(4));
    assert_eq!(hits(&db, "it's ? $1").await, Some(4));
    assert_eq!(uses(&db).await, 6);
}

#[tokio::test]
async fn a_change_that_meets_nothing_is_told_and_undoes_all() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let mut two = Together::default();
    two.insert([row("one"), row("two")]);
    make(&db, two).await.unwrap();
    for change in [hit("one", 2), hit("none", 1)] {
        let mut changes = Together::default();
        changes.insert([used("left over")]);
        changes.update(change);
        changes.update(hit("two", 1));
        let told = make(&db, changes).await;
        assert!(matches!(told, Err(Error::Busy)), "{told:?}");
    }
    assert_eq!(
        (hits(&db, "one").await, hits(&db, "two").await),
        (Some(1), Some(1))
    );
    assert_eq!(uses(&db).await, 0);
}

#[tokio::test]
async fn a_key_that_is_taken_refuses_all_of_it() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let mut first = Together::default();
    first.insert([used("taken")]);
    make(&db, first).await.unwrap();
    let mut second = Together::default();
    second.insert([row("new")]);
    second.insert([used("other"), used("taken")]);
    let told = make(&db, second).await;
    assert!(told.is_err(), "{told:?}");
    assert_eq!(hits(&db, "new").await, None);
    assert_eq!(uses(&db).await, 1);
}
