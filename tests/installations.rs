//! A database and a store that do not belong together, and the demo's data in production: refused before anything is removed.

use std::time::SystemTime;

use domain::actor::Role;
use tuixuan::app::housekeeping;
use tuixuan::app::installation::{self, Unfit, Use};
use tuixuan::app::officers::{self, NewOfficer};
use tuixuan::config::StoreKind;
use tuixuan::db::events::By;
use tuixuan::demo;
use tuixuan::files::Most;

use crate::support::{IN_BOZHOU_WINDOW, TestApp};

const SLUG: &str = "bozhou-2022";

async fn start() -> TestApp {
    let t = TestApp::start_on_disk(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    t
}

/// Another database on the same files, as after a variable that was lost on the way.
async fn with_the_files_of(t: &TestApp) -> TestApp {
    let folder = t.app.settings.files.folder.clone();
    TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.files.store = StoreKind::Local;
        s.files.folder = folder;
    })
    .await
}

/// Stores what no row mentions, long ago.
async fn leftover(t: &TestApp, bytes: &[u8]) -> String {
    let sha256 = t.app.files.put(bytes).await.unwrap();
    let path = t.app.settings.files.folder.join(&sha256[..2]).join(&sha256);
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    sha256
}

async fn officer(t: &TestApp, login: &str, password: &str) {
    let new = NewOfficer {
        agency_id: t.agency(SLUG, "亳州市委网信办").await,
        login: login.to_owned(),
        name: "演示".into(),
        roles: vec![Role::Organiser],
        password: password.into(),
        must_change: false,
    };
    let by = By::system(t.app.now());
    officers::add(&t.app, &by, new).await.unwrap();
}

#[tokio::test]
async fn files_of_another_database_are_neither_served_nor_swept() {
    let t = start().await;
    installation::check(&t.app, Use::Serving).await.unwrap();
    let theirs = leftover(&t, b"evidence").await;
    let other = with_the_files_of(&t).await;
    for for_what in [Use::Serving, Use::Demo, Use::Either] {
        let told = installation::check(&other.app, for_what).await;
        assert!(matches!(told, Err(Unfit::OtherFiles)), "{told:?}");
    }
    let told = housekeeping::sweep(&other.app, Most::All)
        .await
        .unwrap_err();
    assert!(told.to_string().contains("not those of this database"));
    assert!(other.app.files.exists(&theirs).await.unwrap());
    // once it is said that they are, they are
    installation::adopt(&other.app).await.unwrap();
    installation::check(&other.app, Use::Serving).await.unwrap();
    let done = housekeeping::sweep(&other.app, Most::All).await.unwrap();
    assert_eq!(done.swept.removed, 1);
    assert!(!other.app.files.exists(&theirs).await.unwrap());
}

#[tokio::test]
async fn processes_that_start_together_agree() {
    let t = start().await;
    let (one, other) = (t.beside(|_| {}).await, t.beside(|_| {}).await);
    let checked = tokio::join!(
        installation::check(&t.app, Use::Serving),
        installation::check(&one.app, Use::Serving),
        installation::check(&other.app, Use::Serving),
    );
    assert!(matches!(checked, (Ok(()), Ok(()), Ok(()))), "{checked:?}");
}

#[tokio::test]
async fn an_empty_folder_in_place_of_the_files_is_noticed() {
    let t = start().await;
    installation::check(&t.app, Use::Serving).await.unwrap();
    let elsewhere = t.app.settings.files.folder.join("elsewhere");
    let moved = t.beside(|s| s.files.folder = elsewhere).await;
    let told = installation::check(&moved.app, Use::Serving).await;
    assert!(matches!(told, Err(Unfit::OtherFiles)), "{told:?}");
}

#[tokio::test]
async fn what_looks_like_too_much_to_remove_is_left_unless_asked_for() {
    let t = start().await;
    installation::check(&t.app, Use::Serving).await.unwrap();
    for n in 0..11_u8 {
        leftover(&t, &[n]).await;
    }
    let told = housekeeping::sweep(&t.app, Most::Share).await.unwrap_err();
    let told = told.to_string();
    assert!(told.contains("of 12 files no row mentions 11"), "{told}");
    assert!(told.contains("files sweep --all"), "{told}");
    let done = housekeeping::sweep(&t.app, Most::All).await.unwrap();
    assert_eq!(done.swept.removed, 11);
}

#[tokio::test]
async fn the_demos_officers_serve_nobody_and_are_put_into_no_database_in_use() {
    let demo = start().await;
    installation::check(&demo.app, Use::Demo).await.unwrap();
    let told = installation::check(&demo.app, Use::Serving).await;
    assert!(matches!(told, Err(Unfit::Demo)), "{told:?}");

    // of a version that did not yet write down what it was
    let older = start().await;
    officer(&older, &demo::organiser(SLUG), demo::PASSWORD).await;
    let told = installation::check(&older.app, Use::Serving).await;
    assert!(matches!(told, Err(Unfit::Demo)), "{told:?}");
    installation::check(&older.app, Use::Demo).await.unwrap();

    let used = start().await;
    officer(&used, &demo::organiser(SLUG), "Another-one-2026").await;
    let told = installation::check(&used.app, Use::Demo).await;
    assert!(matches!(told, Err(Unfit::NoDemo)), "{told:?}");
    installation::check(&used.app, Use::Serving).await.unwrap();
}
