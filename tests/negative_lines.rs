//! 山西: penalties are loaded by the province, met by entries, judged by a person.

use domain::actor::Role;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use crate::support::{TestApp, json_of, upload};

const SLUG: &str = "shanxi-2024";
const LINES: &str = "/admin/api/v1/campaigns/shanxi-2024/negative-lines";
const ENTRIES: &str = "/admin/api/v1/campaigns/shanxi-2024/negative-entries";
const PENALTIES: &str = "cyberspace-penalties";
/// 2024-12-25 10:00 in Asia/Shanghai.
const IN_WINDOW: i64 = 1_735_092_000_000;
const SECRET: &str = "因发布不实信息被约谈";

async fn started() -> (TestApp, String) {
    let t = TestApp::start(IN_WINDOW).await;
    t.campaign(SLUG).await;
    let province = t.agency(SLUG, "山西省委网信办").await;
    let organiser = t.officer(&province, &[Role::Organiser]).await;
    (t, organiser)
}

fn account(name: &str, operator: &str) -> Value {
    json!({
        "subject": "account", "category": "government", "route": "self", "region": "140100",
        "answers": {
            "name": name, "followers": 10_000, "operator": operator, "platform": "douyin", "posts": 300, "profile": "简介",
            "contact": "李某", "phone": "0351-1234567", "account_id": format!("id-{name}"), "original_share": 6_000,
            "operator_kind": "party", "origin": "inside", "region": "140100",
        }
    })
}

fn load(t: &TestApp, token: &str, list: &str, lines: Value) -> RequestBuilder {
    t.post(LINES, token, &json!({ "list": list, "lines": lines }))
        .header("idempotency-key", new_id())
}

fn sheet(t: &TestApp, token: &str, bytes: &[u8]) -> RequestBuilder {
    let (kind, body) = upload(PENALTIES, "名单.csv", bytes.to_vec());
    // The slot of an evidence file is the list of a sheet.
    let at = body
        .windows(11)
        .position(|w| w == b"name=\"slot\"")
        .unwrap();
    let mut body = body;
    body.splice(at..at + 11, b"name=\"list\"".iter().copied());
    t.client
        .post(format!("{}{LINES}/sheet", t.base))
        .bearer_auth(token)
        .header("idempotency-key", new_id())
        .header("content-type", kind)
        .body(body)
}

async fn listed(t: &TestApp, token: &str, list: &str) -> Vec<Value> {
    let lines = json_of(t.get(&format!("{LINES}?list={list}"), token), 200).await;
    lines.as_array().unwrap().clone()
}

/// The rules among these that an applicant is told of, with the message.
async fn told(t: &TestApp, token: &str, input: &Value) -> Vec<String> {
    let path = format!("/api/v1/campaigns/{SLUG}/check");
    let answer = json_of(t.post(&path, token, input), 200).await;
    assert!(!answer.to_string().contains(SECRET));
    let findings = answer["findings"].as_array().unwrap().iter();
    findings
        .filter(|f| ["penalty", "platform-measure"].contains(&f["rule"].as_str().unwrap()))
        .map(|f| {
            assert_eq!(f["effect"], "ask");
            assert!(f["violation"]["clause"].is_string());
            f["violation"]["message"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn a_line_is_met_by_operator_or_account_within_its_period_and_says_nothing_to_applicants() {
    let (t, organiser) = started().await;
    let applicant = t.applicant("a").await;
    let lines = json!([
        { "operator": "晋 阳 传 媒", "text": SECRET, "on": "2022-03-01" },
        { "operator": "旧闻社", "text": SECRET, "on": "2021-12-19" },
        { "operator": "后来社", "text": SECRET, "on": "2024年12月21日" },
    ]);
    let loaded = json_of(load(&t, &organiser, PENALTIES, lines), 200).await;
    assert_eq!((&loaded["lines"], &loaded["known"]), (&json!(3), &json!(0)));
    let muted = json!([{ "platform": "抖音", "account": "龙城夜话", "text": "禁言" }]);
    json_of(load(&t, &organiser, "platform-measures", muted), 200).await;

    let check =
        async |name: &str, operator: &str| told(&t, &applicant, &account(name, operator)).await;
    assert_eq!(
        check("太原发布", "晋阳传媒").await,
        ["“晋阳传媒”近3年在负面名单中有记录，须由工作人员认定"]
    );
    assert_eq!(
        check("龙城夜话", "某单位").await,
        ["“龙城夜话”在负面名单中有记录，须由工作人员认定"]
    );
    for operator in ["旧闻社", "后来社", "晋阳"] {
        assert_eq!(check("太原发布", operator).await, [""; 0], "{operator}");
    }
}

#[tokio::test]
async fn officers_see_what_a_line_says_and_lines_loaded_later_are_found() {
    let (t, organiser) = started().await;
    let applicant = t.applicant("a").await;
    let before = json!([{ "operator": "晋阳传媒", "text": SECRET, "on": "2022-03-01" }]);
    json_of(load(&t, &organiser, PENALTIES, before), 200).await;
    let mut ids = Vec::new();
    for (name, operator) in [("太原发布", "晋阳传媒"), ("大同发布", "云冈传媒")] {
        let (id, version) = t
            .ready_draft(
                &applicant,
                &account(name, operator),
                SLUG,
                &["stamped_form"],
            )
            .await;
        t.submit(&applicant, &id, version).await;
        ids.push(id);
    }
    t.clock.set(t.app.now() + 1000);
    let after = json!([{ "platform": "抖音", "account_id": "id-大同发布", "account": "大同发布", "text": "停播" }]);
    json_of(load(&t, &organiser, "platform-measures", after), 200).await;

    let reviewer = t.reviewer(SLUG, "山西省委网信办").await;
    let seen = async |id: &str| {
        let path = format!("/admin/api/v1/entries/{id}");
        json_of(t.get(&path, &reviewer), 200).await
    };
    let first = seen(&ids[0]).await;
    let line = &first["negative_lines"][0];
    assert_eq!(line["text"], SECRET);
    assert_eq!(line["rules"], json!(["penalty"]));
    assert_eq!(line["since"], false);
    let findings = first["findings"].as_array().unwrap().iter();
    assert_eq!(findings.filter(|f| f["rule"] == "penalty").count(), 1);
    let second = seen(&ids[1]).await;
    assert_eq!(second["negative_lines"][0]["since"], true);
    assert_eq!(second["negative_lines"].as_array().unwrap().len(), 1);
    assert!(!second["findings"].to_string().contains("platform-measure"));

    let found = json_of(t.get(ENTRIES, &organiser), 200).await;
    let found: Vec<(&Value, &Value)> = found["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (&e["entry"]["id"], &e["lines"][0]["since"]))
        .collect();
    assert_eq!(
        found,
        [
            (&json!(ids[0]), &json!(false)),
            (&json!(ids[1]), &json!(true))
        ]
    );
    let page = json_of(t.get(&format!("{ENTRIES}?limit=1"), &organiser), 200).await;
    assert_eq!(page["next"], ids[0].as_str());
    let rest = format!("{ENTRIES}?limit=2&after={}", ids[0]);
    let rest = json_of(t.get(&rest, &organiser), 200).await;
    assert_eq!(rest["entries"][0]["entry"]["id"], ids[1].as_str());
    assert_eq!(rest["next"], Value::Null);
    let mine = json_of(
        t.get(&format!("/api/v1/entries/{}/findings", ids[0]), &applicant),
        200,
    )
    .await;
    assert!(mine.to_string().contains("晋阳传媒") && !mine.to_string().contains(SECRET));
}

#[tokio::test]
async fn a_withdrawn_line_is_met_no_more_and_may_be_loaded_again() {
    let (t, organiser) = started().await;
    let applicant = t.applicant("a").await;
    let input = account("太原发布", "晋阳传媒");
    let lines = json!([{ "operator": "晋阳传媒", "text": SECRET }]);
    json_of(load(&t, &organiser, PENALTIES, lines.clone()), 200).await;
    assert_eq!(told(&t, &applicant, &input).await.len(), 1);
    let again = json_of(load(&t, &organiser, PENALTIES, lines.clone()), 200).await;
    assert_eq!((&again["lines"], &again["known"]), (&json!(0), &json!(1)));

    let id = listed(&t, &organiser, PENALTIES).await[0]["id"].clone();
    let withdraw = |version: &str, body: Value| {
        let path = format!("{LINES}/{}/withdrawal", id.as_str().unwrap());
        let request = t.post(&path, &organiser, &body);
        request.header("if-match", version.to_owned())
    };
    let reason = json!({ "reason": "记录有误" });
    json_of(withdraw("0", reason.clone()), 412).await;
    json_of(withdraw("1", json!({ "reason": " " })), 422).await;
    json_of(withdraw("1", json!({ "reason": "x", "more": 1 })), 400).await;
    json_of(withdraw("1", reason.clone()), 200).await;
    assert_eq!(
        json_of(withdraw("2", reason), 409).await["code"],
        "line_withdrawn"
    );
    assert_eq!(told(&t, &applicant, &input).await, [""; 0]);
    assert_eq!(listed(&t, &organiser, PENALTIES).await, [""; 0]);
    let back = json_of(load(&t, &organiser, PENALTIES, lines), 200).await;
    assert_eq!(back["lines"], 1);
    assert_eq!(told(&t, &applicant, &input).await.len(), 1);
}

#[tokio::test]
async fn a_load_is_whole_or_nothing_and_the_same_call_again_changes_nothing() {
    let (t, organiser) = started().await;
    let faulty = json!([
        { "operator": "晋阳传媒", "text": "约谈" },
        { "text": "约谈" },
        { "operator": "某单位", "text": " ", "on": "去年" },
        { "operator": "某\u{202e}单位", "text": " " },
    ]);
    let refused = json_of(load(&t, &organiser, PENALTIES, faulty), 422).await;
    let faults: Vec<String> = refused["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| {
            format!(
                "{} {}",
                v["field"].as_str().unwrap(),
                v["message"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        faults,
        [
            "lines.1.operator 第2行：没有写明运营主体、账号名称或账号ID",
            "lines.2.on 第3行：日期“去年”应写作2024-05-01",
            "lines.3.operator 第4行：含有不能使用的字符",
            "lines.3.text 第4行：缺少记录内容",
        ]
    );
    assert_eq!(listed(&t, &organiser, PENALTIES).await, [""; 0]);
    let good = json!([{ "operator": "晋阳传媒", "text": "约谈" }]);
    let unknown = json_of(load(&t, &organiser, "other", good.clone()), 422).await;
    assert_eq!(unknown["violations"][0]["code"], "list_unknown");
    json_of(load(&t, &organiser, PENALTIES, json!([])), 400).await;

    let (key, body) = (new_id(), json!({ "list": PENALTIES, "lines": good }));
    let call = || {
        t.post(LINES, &organiser, &body)
            .header("idempotency-key", &key)
    };
    let first = json_of(call(), 200).await;
    assert_eq!(json_of(call(), 200).await, first);
    assert_eq!(listed(&t, &organiser, PENALTIES).await.len(), 1);
    let other = json!({ "list": PENALTIES, "lines": [{ "operator": "乙", "text": "约谈" }] });
    let reused = t
        .post(LINES, &organiser, &other)
        .header("idempotency-key", &key);
    assert_eq!(json_of(reused, 422).await["code"], "idempotency_key_reused");
    json_of(t.post(LINES, &organiser, &body), 400).await;
}

#[tokio::test]
async fn a_sheet_is_read_as_spreadsheets_write_it() {
    let (t, organiser) = started().await;
    let csv = "运营主体,平台,账号名称,账号ID,记录内容,日期\r\n甲单位,,,,约谈,2024/5/1\r\n,抖音,乙账号,yi-account,\"警告,\n并罚款\",\r\n,,,,,\r\n";
    let copied = csv.replace(',', "\t").replace("警告\t", "警告,");
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(copied.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let gb = encoding_rs::GB18030.encode(csv).0.into_owned();
    let marked = format!("\u{feff}{csv}").into_bytes();
    for (known, bytes) in [
        (0, gb),
        (2, csv.as_bytes().to_vec()),
        (2, marked),
        (2, utf16),
    ] {
        let loaded = json_of(sheet(&t, &organiser, &bytes), 200).await;
        assert_eq!(
            (&loaded["lines"], &loaded["known"]),
            (&json!(2 - known), &json!(known))
        );
    }
    let lines = listed(&t, &organiser, PENALTIES).await;
    let of = |operator: &str| lines.iter().find(|l| l["operator"] == operator).unwrap();
    assert_eq!(of("甲单位")["on"], "2024-05-01");
    assert_eq!(of("")["text"], "警告,\n并罚款");

    for (bytes, code) in [
        (&b"\x00\x01"[..], "sheet_unreadable"),
        ("单位,记录内容\n甲,约谈\n".as_bytes(), "sheet_heading"),
        ("运营主体,日期\n甲,2024-05-01\n".as_bytes(), "sheet_heading"),
        ("运营主体,记录内容\n".as_bytes(), "lines_count"),
    ] {
        let refused = json_of(sheet(&t, &organiser, bytes), 422).await;
        assert_eq!(refused["violations"][0]["code"], code);
    }
    let faulty = "记录内容,运营主体\n约谈,甲\n,乙\n约谈,\n";
    let refused = json_of(sheet(&t, &organiser, faulty.as_bytes()), 422).await;
    let messages: Vec<&str> = refused["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "第3行：缺少记录内容",
            "第4行：没有写明运营主体、账号名称或账号ID"
        ]
    );
}

#[tokio::test]
async fn only_the_organiser_has_the_lists_and_the_trail_tells_of_every_change() {
    let (t, organiser) = started().await;
    let city = t.agency(SLUG, "太原市委网信办").await;
    let below = t.officer(&city, &[Role::Organiser]).await;
    let reviewer = t.reviewer(SLUG, "山西省委网信办").await;
    let lines = json!([{ "operator": "晋阳传媒", "text": SECRET }]);
    for token in [&below, &reviewer] {
        json_of(load(&t, token, PENALTIES, lines.clone()), 403).await;
        json_of(t.get(&format!("{LINES}?list={PENALTIES}"), token), 403).await;
        json_of(t.get(ENTRIES, token), 403).await;
    }
    json_of(load(&t, &organiser, PENALTIES, lines), 200).await;
    let id = listed(&t, &organiser, PENALTIES).await[0]["id"].clone();
    let path = format!("{LINES}/{}/withdrawal", id.as_str().unwrap());
    let withdraw = t.post(&path, &organiser, &json!({ "reason": "记录有误" }));
    json_of(withdraw.header("if-match", "1"), 200).await;
    let (kinds, text) = t.campaign_events(SLUG).await;
    assert_eq!(
        kinds,
        [
            "campaign_created",
            "negative_lines_loaded",
            "negative_line_withdrawn"
        ]
    );
    assert!(!text.contains(SECRET) && !text.contains("晋阳传媒"));
}
