//! `/wechat/push`: WeChat's own vectors, both modes, and whatever is not WeChat's.

use reqwest::StatusCode;
use serde_json::json;
use tuixuan::config::Secret;
use tuixuan::wechat::push::{PushKeys, Signed, Unfit};
use tuixuan::wechat::stand_in::pushing::{Push, Pushing, encrypt};

use crate::support::{IN_BOZHOU_WINDOW, TestApp};

const TOKEN: &str = "AAAAA";
/// Of WeChat's sample code.
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
const NOW: i64 = IN_BOZHOU_WINDOW / 1000;

fn signed<'a>(signature: &'a str, timestamp: &'a str, nonce: &'a str) -> Signed<'a> {
    Signed {
        signature,
        msg_signature: "",
        timestamp,
        nonce,
    }
}

#[test]
fn documented_signatures_hold_at_their_time_only() {
    let keys = PushKeys::new(TOKEN, "", "wx").expect("keys");
    for (signature, timestamp, nonce) in [
        (
            "f464b24fc39322e44b38aa78f5edd27bd1441696",
            "1714036504",
            "1514711492",
        ),
        (
            "899cf89e464efb63f54ddac96b0a0a235f53aa78",
            "1714037059",
            "486452656",
        ),
    ] {
        let sent = signed(signature, timestamp, nonce);
        let at: i64 = timestamp.parse().unwrap();
        assert_eq!(keys.check(sent, at * 1000), Ok(()));
        assert_eq!(keys.check(sent, (at + 300) * 1000), Ok(()));
        assert_eq!(keys.check(sent, (at + 301) * 1000), Err(Unfit::Old));
        assert_eq!(keys.check(sent, (at - 301) * 1000), Err(Unfit::Old));
        let other = signed(signature, timestamp, "486452657");
        assert_eq!(keys.check(other, at * 1000), Err(Unfit::Signature));
        let cut = signed(&signature[..39], timestamp, nonce);
        assert_eq!(keys.check(cut, at * 1000), Err(Unfit::Signature));
    }
}

#[test]
fn the_sample_codes_message_is_sealed_alike() {
    let sealed = encrypt(
        KEY,
        b"aaaabbbbccccdddd",
        "我是中文abcd123",
        "wxb11529c136998cb6",
    );
    let theirs =
        "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==";
    assert_eq!(sealed.as_deref(), Some(theirs));
}

fn pushing(t: Option<&TestApp>, key: &str) -> Pushing {
    Pushing {
        url: format!("{}/wechat/push", t.map_or("", |t| &t.base)),
        token: TOKEN.into(),
        key: key.into(),
        app_id: "test".into(),
    }
}

/// Opens what was pushed as the server does.
fn open(pushing: &Pushing, push: &Push) -> Result<String, Unfit> {
    let keys = PushKeys::new(TOKEN, KEY, "test").expect("keys");
    let url = reqwest::Url::parse(&format!("http://x{}", push.url)).unwrap();
    let said = |name: &str| {
        let found = url.query_pairs().find(|(n, _)| n == name);
        found.map_or(String::new(), |(_, v)| v.into_owned())
    };
    let (signature, msg_signature) = (said("signature"), said("msg_signature"));
    let (timestamp, nonce) = (said("timestamp"), said("nonce"));
    let signed = Signed {
        signature: &signature,
        msg_signature: &msg_signature,
        timestamp: &timestamp,
        nonce: &nonce,
    };
    assert_eq!(pushing.token, TOKEN);
    let opened = keys.open(signed, &push.body, IN_BOZHOU_WINDOW)?;
    Ok(format!(
        "{} {}",
        opened.get("Event").unwrap_or("-"),
        opened.get("result/suggest").unwrap_or("-")
    ))
}

const XML: &str = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><CreateTime>1653444000</CreateTime>\
    <Event><![CDATA[wxa_media_check]]></Event><appid><![CDATA[test]]></appid>\
    <detail><suggest><![CDATA[risky]]></suggest></detail>\
    <result><suggest><![CDATA[pass]]></suggest><label>100</label></result></xml>";

#[test]
fn a_sealed_message_is_opened_whichever_way_it_is_written() {
    let json = json!({
        "Event": "wxa_media_check", "detail": [{ "suggest": "risky" }], "result": { "suggest": "pass", "label": 100 },
    });
    let pushing = pushing(None, KEY);
    for text in [XML.to_owned(), json.to_string()] {
        let push = pushing.prepare(&text, NOW);
        assert_eq!(open(&pushing, &push), Ok("wxa_media_check pass".into()));
        // the outer message may be XML, too
        let outer: serde_json::Value = serde_json::from_str(&push.body).unwrap();
        let encrypted = outer["Encrypt"].as_str().unwrap();
        let body = format!("<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>");
        let push = Push { body, ..push };
        assert_eq!(open(&pushing, &push), Ok("wxa_media_check pass".into()));
    }
}

#[test]
fn what_is_not_wechats_is_told_apart() {
    let ours = pushing(None, KEY);
    let push = ours.prepare(XML, NOW);
    let old = ours.prepare(XML, NOW - 301);
    assert_eq!(open(&ours, &old), Err(Unfit::Old));
    let plain = Pushing {
        key: String::new(),
        ..ours.clone()
    }
    .prepare(XML, NOW);
    assert_eq!(open(&ours, &plain), Err(Unfit::Plain));
    let foreign = Pushing {
        app_id: "wx-other".into(),
        ..ours.clone()
    };
    assert_eq!(open(&ours, &foreign.prepare(XML, NOW)), Err(Unfit::Foreign));
    let inside = XML.replace("[test]", "[wx-other]");
    assert_eq!(
        open(&ours, &ours.prepare(&inside, NOW)),
        Err(Unfit::Foreign)
    );
    let other_key = format!("b{}", &KEY[1..]);
    let mut other = Pushing {
        key: other_key,
        ..ours.clone()
    }
    .prepare(XML, NOW);
    assert_eq!(open(&ours, &other), Err(Unfit::Malformed));
    // another message under the signature of this one
    other.url = push.url.clone();
    assert_eq!(open(&ours, &other), Err(Unfit::Signature));
    let cut = push.body.replace("=", "");
    let cut = Push {
        body: cut[..cut.len() / 2].to_owned(),
        ..push.clone()
    };
    assert_eq!(open(&ours, &cut), Err(Unfit::Malformed));
    let forged = Pushing {
        token: "BBBBB".into(),
        ..ours.clone()
    };
    assert_eq!(
        open(
            &ours,
            &Push {
                url: forged.prepare(XML, NOW).url,
                ..push
            }
        ),
        Err(Unfit::Signature)
    );
    for body in ["", "<xml>", "{", "<xml><a></b></xml>", &"<a>".repeat(100)] {
        let empty = Push {
            body: body.into(),
            ..ours.prepare(XML, NOW)
        };
        assert_eq!(open(&ours, &empty), Err(Unfit::Malformed), "{body}");
    }
}

async fn send(t: &TestApp, push: &Push) -> (StatusCode, String) {
    let sent = t
        .client
        .post(&push.url)
        .body(push.body.clone())
        .send()
        .await;
    let answer = sent.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test]
async fn the_address_is_checked_and_messages_are_answered_in_both_modes() {
    for key in ["", KEY] {
        let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
            s.wechat.push_token = Secret(TOKEN.into());
            s.wechat.push_key = Secret(key.into());
        })
        .await;
        let pushing = pushing(Some(&t), key);
        let check = format!("{}&echostr=%3Cb%3E4375", pushing.prepare("", NOW).url);
        let answer = t.client.get(&check).send().await.unwrap();
        assert_eq!(
            answer.headers()["content-type"],
            "text/plain; charset=utf-8"
        );
        assert_eq!(answer.text().await.unwrap(), "<b>4375");
        let forged = check.replace("nonce=", "nonce=1");
        let answer = t.client.get(forged).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);

        let text = json!({ "Event": "debug_demo", "debug_str": "hello" }).to_string();
        let push = pushing.prepare(&text, NOW);
        let success = (StatusCode::OK, "success".to_owned());
        assert_eq!(send(&t, &push).await, success);
        assert_eq!(send(&t, &push).await, success);
        t.clock.set(IN_BOZHOU_WINDOW + 301_000);
        assert_eq!(send(&t, &push).await.0, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn without_a_token_there_is_no_such_address() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let push = pushing(Some(&t), "").prepare(XML, NOW);
    assert_eq!(send(&t, &push).await.0, StatusCode::NOT_FOUND);
    let answer = t.client.get(&push.url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn of_the_same_message_at_once_one_is_taken() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    let takes = (0..20).map(|_| {
        t.app.db.write(|tx| {
            Box::pin(async move { tuixuan::db::single_uses::take(tx, "m", IN_BOZHOU_WINDOW).await })
        })
    });
    let told = futures_util::future::join_all(takes).await;
    assert_eq!(
        told.into_iter()
            .filter(|one| *one.as_ref().unwrap())
            .count(),
        1
    );
}

#[test]
fn a_key_that_is_none_stops_the_start() {
    let mut settings = tuixuan::config::WeChat {
        app_id: "wx".into(),
        push_key: Secret(KEY.into()),
        ..Default::default()
    };
    let fault = |s: &tuixuan::config::WeChat| s.push_keys().err().map(|f| f.name);
    assert_eq!(fault(&settings).as_deref(), Some("wechat.push_token"));
    settings.push_token = Secret(TOKEN.into());
    assert_eq!(fault(&settings), None);
    settings.push_key = Secret(KEY[1..].into());
    assert_eq!(fault(&settings).as_deref(), Some("wechat.push_key"));
}
