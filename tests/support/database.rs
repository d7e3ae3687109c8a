//! A fresh database per test: a SQLite file, or a new database on the server that TEST_DATABASE_URL names.

use std::path::PathBuf;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tuixuan::clock::new_id;
use tuixuan::db::{self, Db};

/// A database without the service around it.
pub struct TestDatabase {
    pub url: String,
    _folder: Folder,
}

impl TestDatabase {
    /// Without any table.
    pub async fn empty() -> TestDatabase {
        let folder = Folder::new();
        TestDatabase {
            url: fresh(&folder).await,
            _folder: folder,
        }
    }

    /// With the schema of today.
    pub async fn migrated() -> TestDatabase {
        let database = TestDatabase::empty().await;
        db::migrate(&database.url).await.unwrap();
        database
    }

    /// As the server opens it.
    pub async fn open(&self) -> Db {
        Db::open(&self.url).await.unwrap()
    }

    /// One plain connection, to do what the server never does.
    pub async fn connect(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(&self.url);
        options.max_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(|sqlite| sqlite.create_if_missing(true));
        Database::connect(options).await.unwrap()
    }
}

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
