//! A whole service on a free port: fresh database, real files, a clock that can be moved.

pub mod database;
pub mod errors;
pub mod film;
pub mod oss;
pub mod people;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tuixuan::clock::SetClock;
use tuixuan::config::{Program, Secret, Settings, StoreKind};
use tuixuan::http::{routes, server};
use tuixuan::state::{App, Shared};
use tuixuan::wechat::stand_in;

/// Slots of what every entry of 亳州 brings along.
pub const BOZHOU_FILES: [&str; 5] = [
    "pictures",
    "pictures",
    "pictures",
    "qualification",
    "stamped_form",
];

/// 2022-05-25 10:00 in Asia/Shanghai: 亳州's window is open.
pub const IN_BOZHOU_WINDOW: i64 = 1_653_444_000_000;

pub struct TestApp {
    pub app: Shared,
    pub clock: SetClock,
    pub base: String,
    pub client: Client,
    /// What plays WeChat's server.
    pub wechat: Arc<stand_in::Memory>,
    strangers: errors::Strangers,
    _stop: oneshot::Sender<()>,
    _folder: Arc<database::Folder>,
}

impl TestApp {
    /// Starts at an instant.
    pub async fn start(now: i64) -> TestApp {
        TestApp::start_with(now, |_| {}).await
    }

    /// With files in its folder, whatever the others use: for tests that look into it.
    pub async fn start_on_disk(now: i64) -> TestApp {
        TestApp::start_with(now, |s| s.files.store = StoreKind::Local).await
    }

    /// Starts with other settings.
    pub async fn start_with(now: i64, change: impl FnOnce(&mut Settings)) -> TestApp {
        // Faults of ours appear in the output of the test that met them.
        let _ = tracing_subscriber::fmt()
            .with_test_writer()
            .with_max_level(tracing::Level::WARN)
            .try_init();
        let folder = database::Folder::new();
        let url = database::copied(&folder).await;
        let (wechat_url, wechat) = stand_in::start().await.unwrap();
        let mut settings = Settings::default();
        settings.database.url = url;
        settings.files.folder = folder.path("files");
        settings.wechat.base_url = wechat_url;
        oss::keep_files(&mut settings);
        let (folder, clock) = (Arc::new(folder), SetClock::at(now));
        TestApp::serve(settings, change, clock, wechat, folder).await
    }

    /// Another process on the same data, with other settings.
    pub async fn beside(&self, change: impl FnOnce(&mut Settings)) -> TestApp {
        let settings = self.app.settings.clone();
        let (clock, wechat, folder) = (&self.clock, &self.wechat, &self._folder);
        TestApp::serve(
            settings,
            change,
            clock.clone(),
            wechat.clone(),
            folder.clone(),
        )
        .await
    }

    async fn serve(
        mut settings: Settings,
        change: impl FnOnce(&mut Settings),
        clock: SetClock,
        wechat: Arc<stand_in::Memory>,
        folder: Arc<database::Folder>,
    ) -> TestApp {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        settings.server.public_url = base.clone();
        settings.program = Program(env!("CARGO_BIN_EXE_tuixuan").into());
        settings.wechat.app_id = "test".into();
        settings.wechat.app_secret = Secret("test".into());
        change(&mut settings);
        tuixuan::db::migrate(&settings.database.url).await.unwrap();
        let app = App::open(settings, Arc::new(clock.clone())).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let readiness = routes::readiness(&app);
        let strangers = errors::Strangers::default();
        let routes = errors::Watched {
            routes: routes::all(&app, readiness.clone()),
            strangers: strangers.clone(),
        };
        let server_settings = server::ServerSettings::from(&app.settings.server);
        tokio::spawn(server::serve(
            listener,
            routes,
            server_settings,
            readiness,
            async move {
                let _ = stopped.await;
            },
        ));
        TestApp {
            app,
            clock,
            base,
            client: Client::new(),
            wechat,
            strangers,
            _stop: stop,
            _folder: folder,
        }
    }

    pub fn get(&self, path: &str, token: &str) -> RequestBuilder {
        self.client
            .get(format!("{}{path}", self.base))
            .bearer_auth(token)
    }

    pub fn post(&self, path: &str, token: &str, body: &Value) -> RequestBuilder {
        self.client
            .post(format!("{}{path}", self.base))
            .bearer_auth(token)
            .json(body)
    }

    pub fn put(&self, path: &str, token: &str, body: &Value) -> RequestBuilder {
        self.client
            .put(format!("{}{path}", self.base))
            .bearer_auth(token)
            .json(body)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let strangers = self.strangers.lock().unwrap();
        if !std::thread::panicking() {
            assert!(
                strangers.is_empty(),
                "src/http/contract/errors.tsv lacks {strangers:#?}"
            );
        }
    }
}

impl TestApp {
    /// What a call is answered that read before another act and writes after it: the writer is held until both wait for it.
    pub async fn after<T>(&self, act: impl Future, call: impl Future<Output = T>) -> T {
        let (held, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (is_held, told, db) = (held.clone(), go.clone(), self.app.db.clone());
        let holding = tokio::spawn(async move {
            db.write(move |_| {
                Box::pin(async move {
                    is_held.notify_one();
                    told.notified().await;
                    Ok(())
                })
            })
            .await
        });
        held.notified().await;
        let wait_for = async |acts| {
            while self.app.db.waiting() < acts {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let (_, answer, ()) = tokio::join!(
            act,
            async {
                wait_for(1).await;
                call.await
            },
            async {
                wait_for(2).await;
                go.notify_one();
            }
        );
        holding.await.unwrap().unwrap();
        answer
    }
}

/// The JSON of an answer that must have this status.
pub async fn json_of(request: RequestBuilder, status: u16) -> Value {
    let response = request.send().await.unwrap();
    let got = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(got, StatusCode::from_u16(status).unwrap(), "{text}");
    serde_json::from_str(&text).unwrap_or(json!(text))
}

/// The bytes of an answer that must be 200.
pub async fn bytes_of(request: RequestBuilder) -> Vec<u8> {
    let response: Response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.bytes().await.unwrap().to_vec()
}

/// A small sound picture.
pub fn picture() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(32, 24, |x, y| image::Rgb([x as u8, y as u8, 80]))
        .write_to(&mut out, image::ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

/// A page of paper with nothing on it, as a picture.
pub fn blank_scan() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(600, 848, image::Rgb([252; 3]))
        .write_to(&mut out, image::ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

/// A multipart body with a slot and a file.
pub fn upload(slot: &str, name: &str, bytes: Vec<u8>) -> (String, Vec<u8>) {
    let mut body = format!("--frontier\r\nContent-Disposition: form-data; name=\"slot\"\r\n\r\n{slot}\r\n--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n").into_bytes();
    body.extend(bytes);
    body.extend(b"\r\n--frontier--\r\n");
    ("multipart/form-data; boundary=frontier".into(), body)
}
