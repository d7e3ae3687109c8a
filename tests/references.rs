//! What rows name is there: the schema has no foreign keys.

use std::process::Command;

use entity::entry;
use sea_orm::{Database, EntityTrait};
use tuixuan::db::references::{Dangling, REFERENCES, dangling};

use crate::support::{IN_BOZHOU_WINDOW, TestApp};

const FILES: [&str; 4] = ["pictures", "pictures", "pictures", "qualification"];

#[test]
fn every_column_that_names_a_row_is_looked_at() {
    // who acted is told by its kind; the chains of agencies and of the system are no campaign's
    let others = [
        "content_check.trace_id",
        "event.actor_id",
        "event.campaign_id",
        "event_head.campaign_id",
        "negative_line.account_id",
        "subscription.template_id",
    ];
    let mut named = Vec::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("entity/src");
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let Some((_, rest)) = text.split_once("table_name = \"") else {
            continue;
        };
        let table = rest.split('"').next().unwrap();
        let columns = rest.lines().filter_map(|line| {
            let column = line.trim().strip_prefix("pub ")?.split(':').next()?;
            let names =
                column.ends_with("_id") || column.ends_with("_by") || column == "region_code";
            names.then(|| format!("{table}.{column}"))
        });
        named.extend(columns);
    }
    named.retain(|column| !others.contains(&column.as_str()));
    named.sort();
    let listed: Vec<String> = REFERENCES
        .iter()
        .map(|(table, column, _)| format!("{table}.{column}"))
        .collect();
    assert_eq!(named, listed);
}

#[tokio::test]
async fn a_row_that_was_removed_by_hand_is_missed() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let token = t.applicant("anna").await;
    let input = t.bozhou_input("谯城发布").await;
    let (id, version) = t.ready_draft(&token, &input, "bozhou-2022", &FILES).await;
    t.submit(&token, &id, version).await;
    assert_eq!(dangling(t.app.db.read()).await.unwrap(), []);

    let by_hand = Database::connect(&t.app.settings.database.url)
        .await
        .unwrap();
    let removal = entry::Entity::delete_by_id(&id);
    removal.exec(&by_hand).await.unwrap();
    let found = dangling(t.app.db.read()).await.unwrap();
    let command = Command::new(env!("CARGO_BIN_EXE_tuixuan"))
        .args(["audit", "references"])
        .current_dir(std::env::temp_dir())
        .env("TUIXUAN_DATABASE_URL", &t.app.settings.database.url)
        .output()
        .unwrap();
    assert!(!command.status.success());
    let told = String::from_utf8_lossy(&command.stdout);
    let line = format!("evidence.entry_id: 4 rows name a row of entry that is not there, as {id}");
    assert!(told.lines().any(|l| l == line), "{told}");
    let of = |table: &str| {
        found
            .iter()
            .find(|d| (d.table, d.column) == (table, "entry_id"))
    };
    let missed = |table: &'static str, named: &'static [&'static str], rows: i64| Dangling {
        table,
        column: "entry_id",
        named,
        rows,
        example: id.clone(),
    };
    assert_eq!(of("submission"), Some(&missed("submission", &["entry"], 1)));
    assert_eq!(of("evidence"), Some(&missed("evidence", &["entry"], 4)));
    assert!(found.iter().all(|d| d.named[0] == "entry"), "{found:?}");
}
