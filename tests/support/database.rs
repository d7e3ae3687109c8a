//! A fresh database per test: a SQLite file, or a new database on the server that TEST_DATABASE_URL names.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, Database};
use tuixuan::clock::new_id;

/// A folder that goes when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("tuixuan-test-{}", new_id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// URL of a database that nobody else uses.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told their database server by the environment"
)]
pub async fn fresh(folder: &Folder) -> String {
    let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
        return format!("sqlite://{}", folder.path("test.db").display());
    };
    let name = format!("t{}", new_id().replace('-', ""));
    let admin = Database::connect(&server).await.unwrap();
    let utf8 = if server.starts_with("mysql") {
        " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    } else {
        ""
    };
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}{utf8}"))
        .await
        .unwrap();
    admin.close().await.unwrap();
    let (head, _) = server.rsplit_once('/').unwrap();
    format!("{head}/{name}")
}
