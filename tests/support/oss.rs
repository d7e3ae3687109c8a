//! A bucket of its own for a test, at the server that plays OSS (`scripts/with-oss`).

use serde_json::{Value, json};
use tuixuan::clock::new_id;
use tuixuan::config::{self, OssSignature, Secret, Settings, StoreKind};

pub struct TestBucket {
    pub url: String,
    pub name: String,
    client: reqwest::Client,
}

/// Files of a whole service go to a bucket where `TEST_STORE` says oss, and to its folder otherwise; a test may still decide.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told the store by the environment"
)]
pub fn keep_files(settings: &mut Settings) {
    if std::env::var("TEST_STORE").is_ok_and(|store| store == "oss") {
        let bucket = TestBucket::new().expect("TEST_STORE=oss needs scripts/with-oss");
        bucket.apply(settings);
        // what is slow then is the machine
        settings.oss.read_ms = 30_000;
    }
}

impl TestBucket {
    /// `None`, and a line that says so, where OSS is not played.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told the stand-in by the environment"
    )]
    pub fn new() -> Option<TestBucket> {
        let Ok(url) = std::env::var("TEST_OSS_URL") else {
            eprintln!("left out: OSS is not played here, see scripts/with-oss");
            return None;
        };
        Some(TestBucket {
            url,
            name: format!("t{}", new_id().replace('-', "")),
            client: reqwest::Client::new(),
        })
    }

    /// For the store alone: small parts, and nobody waits long.
    pub fn settings(&self) -> config::Oss {
        config::Oss {
            endpoint: self.url.clone(),
            region: "cn-hangzhou".into(),
            bucket: self.name.clone(),
            path_style: true,
            prefix: "推选/2024 年".into(),
            access_key_id: "test-id".into(),
            access_key_secret: Secret("test-secret".into()),
            part_bytes: 100 << 10,
            read_ms: 1_000,
            pause_ms: 1_000,
            ..config::Oss::default()
        }
    }

    /// For a whole service.
    pub fn apply(&self, settings: &mut Settings) {
        settings.files.store = StoreKind::Oss;
        settings.oss = self.settings();
    }

    /// With every way to sign, as far as this programme has it.
    pub fn signatures(&self) -> Vec<config::Oss> {
        let mut all = Vec::new();
        for signature in [OssSignature::V4, OssSignature::V1] {
            let lasting = config::Oss {
                signature,
                ..self.settings()
            };
            let temporary = config::Oss {
                access_key_id: "sts-id".into(),
                access_key_secret: Secret("sts-secret".into()),
                security_token: Secret("sts-token".into()),
                ..lasting.clone()
            };
            all.extend([lasting, temporary]);
        }
        all.retain(|settings| settings.check().is_ok());
        all
    }

    /// From now on this goes wrong, so often (-1: always). No fault: all is well again.
    pub async fn fault(&self, on: &str, fault: &str, times: i32) {
        let body = json!({
            "bucket": self.name, "on": on, "fault": fault, "times": times, "seconds": 2.5,
        });
        self.door(self.client.post(format!("{}/-/faults", self.url)), body)
            .await;
    }

    /// Makes every object older.
    pub async fn age(&self, seconds: u64) {
        let request = self.client.put(self.path("/age"));
        self.door(request, json!({ "seconds": seconds })).await;
    }

    /// Puts objects there past our code.
    pub async fn seed(&self, keys: &[String]) {
        let request = self.client.put(self.path("/objects"));
        self.door(request, json!(keys)).await;
    }

    /// Objects, unfinished uploads, operations, refused signatures.
    pub async fn look(&self) -> Value {
        let answer = self.client.get(self.path("")).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// How often an operation was asked for.
    pub async fn asked(&self, operation: &str) -> u64 {
        self.look().await["operations"][operation]
            .as_u64()
            .unwrap_or(0)
    }

    /// Lengths of all objects, and the number of unfinished uploads.
    pub async fn held(&self) -> (Vec<u64>, u64) {
        let told = self.look().await;
        let objects = told["objects"].as_object().unwrap();
        let mut lengths: Vec<u64> = objects
            .values()
            .map(|o| o["length"].as_u64().unwrap())
            .collect();
        lengths.sort_unstable();
        (lengths, told["uploads"].as_u64().unwrap())
    }

    fn path(&self, path: &str) -> String {
        format!("{}/-/buckets/{}{path}", self.url, self.name)
    }

    async fn door(&self, request: reqwest::RequestBuilder, body: Value) {
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    }
}
