//! A fresh database per test: a SQLite file, or a new database on the server that TEST_DATABASE_URL names.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use tokio::sync::OnceCell;
use tuixuan::clock::new_id;
use tuixuan::db::{self, Db};

/// A database without the service around it.
pub struct TestDatabase {
    pub url: String,
    folder: Folder,
}

impl TestDatabase {
    /// Without any table.
    pub async fn empty() -> TestDatabase {
        let folder = Folder::new();
        TestDatabase {
            url: fresh(&folder).await,
            folder,
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
        connect(&self.url).await
    }
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|sqlite| sqlite.create_if_missing(true));
    Database::connect(options).await.unwrap()
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
pub async fn fresh(folder: &Folder) -> String {
    match server() {
        Some(server) => created(&server, "").await,
        None => file(folder),
    }
}

/// The same with the schema of today: copied, since the steps to it take a server seconds.
pub async fn copied(folder: &Folder) -> String {
    static TEMPLATE: OnceCell<Template> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(Template::make).await;
    match (template, server()) {
        (Template::File(bytes), _) => {
            std::fs::write(folder.path("test.db"), bytes).unwrap();
            file(folder)
        }
        (Template::Name(name), Some(server)) => {
            created(&server, &format!(" TEMPLATE {name}")).await
        }
        (Template::Statements(statements), Some(server)) => {
            let url = created(&server, "").await;
            let db = connect(&url).await;
            for statement in statements {
                db.execute_unprepared(statement).await.unwrap();
            }
            db.close().await.unwrap();
            url
        }
        (_, None) => unreachable!("made by a server"),
    }
}

/// A database that others are copied from.
enum Template {
    /// SQLite's, as bytes.
    File(Vec<u8>),
    /// PostgreSQL copies by name.
    Name(String),
    /// MariaDB copies nothing: what makes the tables and fills them.
    Statements(Vec<String>),
}

impl Template {
    /// In a box, or the compiler would find the tests too deep.
    fn make() -> BoxFuture<'static, Template> {
        Box::pin(async {
            let database = TestDatabase::migrated().await;
            let name = database.url.rsplit('/').next().unwrap().to_owned();
            match server() {
                None => Template::File(std::fs::read(database.folder.path("test.db")).unwrap()),
                Some(server) if server.starts_with("mysql") => {
                    Template::Statements(statements(&database.url, &name).await)
                }
                Some(_) => Template::Name(name),
            }
        })
    }
}

async fn statements(url: &str, name: &str) -> Vec<String> {
    let db = connect(url).await;
    let ask = async |sql: String| {
        let rows = db.query_all_raw(Statement::from_string(DbBackend::MySql, sql));
        rows.await.unwrap()
    };
    let mut made = vec!["SET FOREIGN_KEY_CHECKS = 0".to_owned()];
    for table in ask("SHOW TABLES".into()).await {
        let table: String = table.try_get_by_index(0).unwrap();
        let shown = ask(format!("SHOW CREATE TABLE `{table}`")).await;
        made.push(shown[0].try_get_by_index(1).unwrap());
        if !ask(format!("SELECT 1 FROM `{table}` LIMIT 1"))
            .await
            .is_empty()
        {
            made.push(format!(
                "INSERT INTO `{table}` SELECT * FROM `{name}`.`{table}`"
            ));
        }
    }
    db.close().await.unwrap();
    made
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told their database server by the environment"
)]
fn server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok()
}

fn file(folder: &Folder) -> String {
    format!("sqlite://{}", folder.path("test.db").display())
}

/// A new database of the server's.
async fn created(server: &str, how: &str) -> String {
    let name = format!("t{}", new_id().replace('-', ""));
    let admin = Database::connect(server).await.unwrap();
    let utf8 = if server.starts_with("mysql") {
        " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    } else {
        ""
    };
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}{how}{utf8}"))
        .await
        .unwrap();
    admin.close().await.unwrap();
    let (head, _) = server.rsplit_once('/').unwrap();
    format!("{head}/{name}")
}
