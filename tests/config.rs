//! Settings: defaults, file, environment, and what production refuses.

use tuixuan::config::{Oss, Secret, Settings, StoreKind, parse};

const EXAMPLE: &str = include_str!("../tuixuan.example.toml");

fn with(vars: &[(&str, &str)]) -> Result<Settings, String> {
    let vars = vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    parse("", vars).map_err(|f| f.to_string())
}

fn none() -> std::iter::Empty<(String, String)> {
    std::iter::empty()
}

#[test]
fn the_example_says_the_defaults() {
    assert_eq!(parse(EXAMPLE, none()).expect("parsed"), Settings::default());
}

#[test]
fn the_example_leaves_no_setting_out() {
    let keys = |table: &toml::Table| -> Vec<String> {
        let mut keys: Vec<String> = table
            .iter()
            .flat_map(|(section, keys)| {
                let keys = keys.as_table().expect("a section");
                keys.keys().map(move |key| format!("{section}.{key}"))
            })
            .collect();
        keys.sort();
        keys
    };
    let shape = toml::Table::try_from(Settings::default()).expect("a table");
    assert_eq!(keys(&EXAMPLE.parse().expect("parsed")), keys(&shape));
}

#[test]
fn the_environment_goes_before_the_file() {
    let vars = [("TUIXUAN_SERVER_LISTEN", "0.0.0.0:1"), ("HOME", "/")];
    let vars = vars.map(|(k, v)| (k.to_owned(), v.to_owned()));
    let settings = parse(
        "[server]\nlisten = \"1.1.1.1:1\"\ntrusted_hops = 2",
        vars.into_iter(),
    );
    let server = settings.expect("parsed").server;
    assert_eq!(
        (server.listen.as_str(), server.trusted_hops),
        ("0.0.0.0:1", 2)
    );
}

#[test]
fn variables_have_the_type_of_their_setting() {
    let settings = with(&[
        ("TUIXUAN_WECHAT_APP_ID", "12345"),
        ("TUIXUAN_LIMITS_PDF_PAGES", "7"),
        ("TUIXUAN_SERVER_LOG", "json"),
        ("TUIXUAN_SECRETS_OLD_TOKENS", "[\"ab\"]"),
    ])
    .expect("read");
    assert_eq!(settings.wechat.app_id, "12345");
    assert_eq!(settings.limits.pdf_pages, 7);
    assert_eq!(settings.secrets.old_tokens, vec![Secret("ab".into())]);
}

#[test]
fn every_setting_has_its_variable() {
    let shape = toml::Table::try_from(Settings::default()).expect("a table");
    for (section, settings) in &shape {
        for (key, default) in settings.as_table().expect("a section") {
            let name = format!("TUIXUAN_{section}_{key}").to_uppercase();
            let value = match default {
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let read = with(&[(&name, &value)]);
            assert!(read.is_ok(), "{name}={value}: {:?}", read.err());
        }
    }
}

#[test]
fn slips_are_named() {
    for (variable, value) in [
        ("TUIXUAN_SERVER_LISTN", "x"),
        ("TUIXUAN_NOTHING", "x"),
        ("TUIXUAN_LIMITS_PDF_PAGES", "many"),
        ("TUIXUAN_LIMITS_PDF_PAGES", "\"7\""),
    ] {
        let fault = with(&[(variable, value)]).expect_err("refused");
        assert!(fault.contains(variable), "{fault}");
    }
    let fault = with(&[("TUIXUAN_SERVER__LISTEN", "x")]).expect_err("refused");
    assert!(fault.contains("is TUIXUAN_SERVER_LISTEN"), "{fault}");
    let fault = parse("[server]\nlistn = 1", none())
        .expect_err("refused")
        .to_string();
    assert!(fault.contains("listn") && fault.contains('2'), "{fault}");
}

#[test]
fn a_faulty_secret_is_not_repeated() {
    let fault = with(&[("TUIXUAN_SECRETS_OLD_TOKENS", "hunter2hunter2")]).expect_err("refused");
    assert!(!fault.contains("hunter2"), "{fault}");
}

#[test]
fn secrets_are_hidden() {
    let mut settings = Settings::default();
    settings.wechat.app_secret = Secret("hunter2".into());
    let shown = format!("{settings:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("1111"),
        "{shown}"
    );
    let written = toml::Table::try_from(&settings)
        .expect("a table")
        .to_string();
    assert!(!written.contains("hunter2"), "{written}");
}

fn of_production() -> Settings {
    let mut s = Settings::default();
    s.server.public_url = "https://tx.example.cn".into();
    s.wechat.app_id = "wx1".into();
    s.wechat.app_secret = Secret("s".into());
    s.sms.url = "https://sms.example.cn".into();
    s.sms.secret = Secret("s".into());
    s.secrets.token = Secret("ab".repeat(32));
    s.secrets.sealing = Secret("cd".repeat(32));
    s.secrets.index = Secret("ef".repeat(32));
    s
}

#[test]
fn production_takes_an_official_account_and_refuses_a_faulty_one_by_name() {
    let mut s = of_production();
    s.wechat.account_app_id = "wx2".into();
    let fault = |s: &Settings| s.check_for_serve().err().map(|f| f.name);
    assert_eq!(fault(&s).as_deref(), Some("wechat.account_app_secret"));
    s.wechat.account_app_secret = Secret("hunter2".into());
    assert_eq!(fault(&s), None);
    assert!(!format!("{s:?}").contains("hunter2"));
    s.wechat.account_authorize_url = "http://127.0.0.1/authorize".into();
    assert_eq!(fault(&s).as_deref(), Some("wechat.account_authorize_url"));
    s.wechat.account_page = "//elsewhere.example/".into();
    let fault = s.wechat.check_features().err().map(|f| f.name);
    assert_eq!(fault.as_deref(), Some("wechat.account_page"));
}

#[test]
fn production_takes_real_settings() {
    of_production().check_for_serve().expect("fit for service");
}

fn of_a_bucket() -> Settings {
    let mut s = of_production();
    s.files.store = StoreKind::Oss;
    s.oss.endpoint = "https://oss-cn-hangzhou.aliyuncs.com".into();
    s.oss.region = "cn-hangzhou".into();
    s.oss.bucket = "tuixuan".into();
    s.oss.access_key_id = "id".into();
    s.oss.access_key_secret = Secret("hunter2".into());
    s.oss.prefix = "/推选/2024/".into();
    s
}

#[test]
fn production_takes_a_bucket_and_refuses_a_faulty_one_by_name() {
    let settings = of_a_bucket();
    settings.check_for_serve().expect("fit for service");
    assert!(!format!("{settings:?}").contains("hunter2"));
    type Change = fn(&mut Oss);
    let cases: [(&str, Change); 16] = [
        ("oss.endpoint", |o| o.endpoint.clear()),
        ("oss.endpoint", |o| {
            o.endpoint = "http://oss-cn-hangzhou.aliyuncs.com".into()
        }),
        ("oss.endpoint", |o| {
            o.endpoint = "https://oss-cn-hangzhou.aliyuncs.com/tuixuan".into()
        }),
        ("oss.endpoint", |o| {
            o.endpoint = "https://tuixuan.oss-cn-hangzhou.aliyuncs.com".into()
        }),
        ("oss.region", |o| o.region.clear()),
        ("oss.region", |o| o.region = "oss-cn-hangzhou".into()),
        ("oss.bucket", |o| o.bucket.clear()),
        ("oss.bucket", |o| o.bucket = "Tuixuan".into()),
        ("oss.prefix", |o| o.prefix = "a/../b".into()),
        ("oss.prefix", |o| o.prefix = "a//b".into()),
        ("oss.prefix", |o| o.prefix = "a\nb".into()),
        ("oss.access_key_id", |o| o.access_key_id.clear()),
        ("oss.access_key_secret", |o| {
            o.access_key_secret = Secret::default()
        }),
        ("oss.encryption", |o| o.encryption = "DES".into()),
        ("oss.part_bytes", |o| o.part_bytes = 102_399),
        ("oss.read_ms", |o| o.read_ms = 0),
    ];
    for (name, change) in cases {
        let mut settings = of_a_bucket();
        change(&mut settings.oss);
        let fault = settings.check_for_serve().expect_err(name);
        assert_eq!(fault.name, name);
    }
}

#[test]
fn production_refuses_by_name() {
    type Change = fn(&mut Settings);
    let cases: [(&str, Change); 14] = [
        ("limits.proof_mib", |s| s.limits.proof_mib = 255),
        ("files.orphan_hours", |s| s.files.orphan_hours = 0),
        ("secrets.token", |s| {
            s.secrets.token = Settings::default().secrets.token
        }),
        ("secrets.sealing", |s| {
            s.secrets.sealing = Settings::default().secrets.sealing
        }),
        ("secrets.index", |s| {
            s.secrets.index = Settings::default().secrets.index
        }),
        ("secrets.index", |s| {
            s.secrets.index = Secret("short".into())
        }),
        ("secrets.token", |s| {
            s.secrets.token = Secret("zz".repeat(32))
        }),
        ("secrets.old_tokens", |s| {
            s.secrets.old_tokens = vec![Settings::default().secrets.token]
        }),
        ("server.public_url", |s| {
            s.server.public_url = "http://tx.example.cn".into()
        }),
        ("wechat.base_url", |s| {
            s.wechat.base_url = "http://127.0.0.1:9".into()
        }),
        ("wechat.app_id", |s| s.wechat.app_id.clear()),
        ("wechat.app_secret", |s| {
            s.wechat.app_secret = Secret::default()
        }),
        ("sms.url", |s| s.sms.url.clear()),
        ("sms.secret", |s| s.sms.secret = Secret::default()),
    ];
    for (name, change) in cases {
        let mut settings = of_production();
        change(&mut settings);
        let fault = settings.check_for_serve().expect_err(name);
        assert_eq!(fault.name, name);
    }
}

#[test]
fn a_folder_of_packs_or_fonts_that_is_not_there_is_refused_by_name() {
    use tuixuan::config::Notices;
    let absent = || std::path::PathBuf::from("/no/such/folder");
    let (folder, fonts) = (absent(), absent());
    let packs = Notices {
        folder,
        ..Notices::default()
    };
    let own = Notices {
        fonts,
        ..Notices::default()
    };
    let named = |n: &Notices| n.check().map_err(|fault| fault.name);
    assert_eq!(named(&packs), Err("notices.folder".into()));
    assert_eq!(named(&own), Err("notices.fonts".into()));
    assert_eq!(named(&Notices::default()), Ok(()));
}
