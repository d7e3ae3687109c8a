//! Our client against the stand-in, through every documented fault.

mod content_checks;
mod entry_codes;
mod messages;
mod push;
mod web_sign_in;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tuixuan::config::{self, Settings};
use tuixuan::error::Error;
use tuixuan::wechat::WeChat;
use tuixuan::wechat::stand_in::{self, Door, Fault, Memory};

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

async fn with(door: Door, faults: Vec<Fault>) -> (WeChat, Arc<Memory>) {
    let (base_url, memory) = stand_in::start().await.expect("started");
    memory.script(door, faults);
    let settings = config::WeChat {
        base_url,
        app_id: "wx-test".into(),
        app_secret: config::Secret("hunter2".into()),
        ..config::WeChat::default()
    };
    let client = WeChat::patient(&settings, Duration::from_millis(800)).expect("a client");
    (client, memory)
}

async fn fine() -> WeChat {
    with(Door::Session, vec![]).await.0
}

/// Kind and code of an error, as the problem document will tell them.
fn kind(error: &Error) -> String {
    match error {
        Error::Unauthenticated(r) => format!("unauthenticated {}", r.code),
        Error::Refused(r) => format!("refused {}", r.code),
        Error::TooMany(_) => "too many".into(),
        Error::Outside(_) => "outside".into(),
        other => format!("{other:?}"),
    }
}

mod sign_in {
    use super::*;

    #[tokio::test]
    async fn one_person_has_one_openid() {
        let wechat = fine().await;
        let first = wechat.session("login-zhang").await.expect("signed in");
        let again = wechat.session("login-zhang-2").await.expect("signed in");
        let other = wechat.session("login-li").await.expect("signed in");
        assert_eq!(first, again);
        assert_ne!(first, other);
        assert_eq!(first.openid.len(), 28);
    }

    #[tokio::test]
    async fn a_code_is_good_once_even_in_parallel() {
        let wechat = fine().await;
        let calls = (0..20).map(|_| wechat.session("login-zhang"));
        let answers = futures_util::future::join_all(calls).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (1, 19));
        for error in bad.into_iter().filter_map(Result::err) {
            assert_eq!(kind(&error), "unauthenticated wechat_code_used");
        }
    }

    #[tokio::test]
    async fn documented_faults_are_told_apart() {
        for (errcode, expected) in [
            (-1, "outside"),
            (40029, "unauthenticated wechat_code_invalid"),
            (40163, "unauthenticated wechat_code_used"),
            (40226, "unauthenticated wechat_user_blocked"),
            (45011, "too many"),
            (40013, "outside"),
        ] {
            let (wechat, _) = with(Door::Session, vec![Fault::Errcode(errcode)]).await;
            let error = wechat.session("login-a").await.expect_err("a fault");
            assert_eq!(kind(&error), expected, "{errcode}");
        }
    }

    #[tokio::test]
    async fn broken_answers_are_an_outside_fault_and_heal() {
        for fault in [
            Fault::Malformed,
            Fault::Empty,
            Fault::Oversize,
            Fault::Status(502),
            Fault::Status(302),
        ] {
            let (wechat, _) = with(Door::Session, vec![fault.clone()]).await;
            let error = wechat.session("login-a").await.expect_err("a fault");
            assert_eq!(kind(&error), "outside", "{fault:?}");
            wechat.session("login-a").await.expect("signed in");
        }
    }

    #[tokio::test]
    async fn a_hanging_server_is_given_up() {
        let (wechat, _) = with(Door::Session, vec![Fault::Hang]).await;
        let started = Instant::now();
        let error = wechat.session("login-a").await.expect_err("a fault");
        assert_eq!(kind(&error), "outside");
        assert!(started.elapsed() < Duration::from_secs(2));
    }

    #[tokio::test]
    async fn a_slow_server_is_waited_for() {
        let slow = vec![Fault::Slow(Duration::from_millis(300))];
        let (wechat, _) = with(Door::Session, slow).await;
        wechat.session("login-a").await.expect("signed in");
    }

    #[tokio::test]
    async fn the_secret_stays_out_of_errors() {
        let settings = config::WeChat {
            base_url: "http://127.0.0.1:1".into(),
            app_id: "wx".into(),
            app_secret: config::Secret("hunter2".into()),
            ..config::WeChat::default()
        };
        let wechat = WeChat::new(&settings).expect("a client");
        let error = wechat.session("login-a").await.expect_err("nobody there");
        assert_eq!(kind(&error), "outside");
        assert!(
            !format!("{error:?} {error}").contains("hunter2"),
            "{error:?}"
        );
    }
}

mod phone {
    use super::*;

    #[tokio::test]
    async fn many_exchanges_share_one_access_token() {
        let (wechat, memory) = with(Door::Phone, vec![]).await;
        let codes: Vec<String> = (0..10).map(|n| format!("phone-1771234280{n}")).collect();
        let calls = codes.iter().map(|code| wechat.phone(code));
        for (n, phone) in futures_util::future::join_all(calls)
            .await
            .into_iter()
            .enumerate()
        {
            assert_eq!(phone.expect("a phone"), format!("1771234280{n}"));
        }
        assert_eq!(memory.tokens_given(), 1);
    }

    #[tokio::test]
    async fn a_refused_access_token_is_renewed_once() {
        for errcode in [40001, 42001] {
            let (wechat, memory) = with(Door::Phone, vec![Fault::Errcode(errcode)]).await;
            let phone = wechat.phone("phone-17712342829").await.expect("a phone");
            assert_eq!((phone.as_str(), memory.tokens_given()), ("17712342829", 2));
        }
        let twice = vec![Fault::Errcode(40001), Fault::Errcode(40001)];
        let (wechat, memory) = with(Door::Phone, twice).await;
        let error = wechat.phone("phone-1").await.expect_err("a fault");
        assert_eq!(
            (kind(&error).as_str(), memory.tokens_given()),
            ("outside", 2)
        );
    }

    #[tokio::test]
    async fn refused_together_they_renew_once() {
        let (wechat, memory) = with(Door::Phone, vec![]).await;
        wechat.phone("phone-17712340000").await.expect("a phone");
        memory.script(Door::Phone, vec![Fault::Errcode(40001); 5]);
        let codes: Vec<String> = (0..5).map(|n| format!("phone-1771234280{n}")).collect();
        let calls = codes.iter().map(|code| wechat.phone(code));
        for phone in futures_util::future::join_all(calls).await {
            phone.expect("a phone");
        }
        assert_eq!(memory.tokens_given(), 2);
    }

    #[tokio::test]
    async fn the_wrong_kind_of_code_does_not_sign_out() {
        let wechat = fine().await;
        let error = wechat.phone("login-zhang").await.expect_err("a fault");
        assert_eq!(kind(&error), "refused phone_code_invalid");
        wechat.phone("phone-17712342829").await.expect("a phone");
        let error = wechat
            .phone("phone-17712342829")
            .await
            .expect_err("a fault");
        assert_eq!(kind(&error), "refused phone_code_used");
    }

    #[tokio::test]
    async fn the_same_digits_in_another_country_are_another_phone() {
        let wechat = fine().await;
        for foreign in ["65+17712342829", "1+17712342829", "+17712342829", "86+2829"] {
            let error = wechat.phone(&format!("phone-{foreign}")).await;
            assert_eq!(kind(&error.expect_err(foreign)), "refused phone_foreign");
        }
        wechat.phone("phone-86+17712342829").await.expect("a phone");
    }

    #[tokio::test]
    async fn without_an_access_token_it_is_an_outside_fault() {
        for fault in [Fault::Errcode(40125), Fault::Errcode(-1), Fault::Malformed] {
            let (wechat, _) = with(Door::Token, vec![fault]).await;
            let error = wechat
                .phone("phone-17712342829")
                .await
                .expect_err("a fault");
            assert_eq!(kind(&error), "outside");
        }
    }
}

#[tokio::test]
async fn without_an_address_it_is_off() {
    let settings = config::WeChat {
        base_url: String::new(),
        ..config::WeChat::default()
    };
    let wechat = WeChat::new(&settings).expect("a client");
    let error = wechat.session("login-a").await.expect_err("off");
    assert_eq!(kind(&error), "refused wechat_off");
}

/// What clients are told of a site with these settings.
async fn client_settings(change: impl FnOnce(&mut Settings)) -> (TestApp, Value) {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, change).await;
    let told = t.client.get(format!("{}/api/v1/client-settings", t.base));
    let told = json_of(told, 200).await;
    (t, told)
}

mod switched_off {
    use super::*;

    #[tokio::test]
    async fn all_of_wechat() {
        let (t, told) = client_settings(|s| s.wechat.base_url = String::new()).await;
        assert_eq!(
            (
                &told["wechat_sign_in"],
                &told["phone_sign_in"],
                &told["phone_exchange"]
            ),
            (&json!(false), &json!(true), &json!(false))
        );
        let code = json!({ "code": "login-a" });
        let refused = json_of(t.post("/api/v1/sessions/wechat", "", &code), 422).await;
        assert_eq!(refused["code"], "wechat_off");
    }

    #[tokio::test]
    async fn phone_exchange_alone() {
        let (t, told) = client_settings(|s| s.wechat.phone_exchange = false).await;
        assert_eq!(
            (&told["wechat_sign_in"], &told["phone_exchange"]),
            (&json!(true), &json!(false))
        );
        let token = t.applicant("a").await;
        let code = json!({ "code": "phone-17712342829" });
        let refused = json_of(t.put("/api/v1/me/phone", &token, &code), 422).await;
        assert_eq!(refused["code"], "phone_exchange_off");
        let (t, told) = client_settings(|_| {}).await;
        assert_eq!(told["phone_exchange"], true);
        let token = t.applicant("a").await;
        let bound = json_of(t.put("/api/v1/me/phone", &token, &code), 200).await;
        assert_eq!(bound["phone"], "177****2829");
    }
}
