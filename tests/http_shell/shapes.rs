//! One shape for every fault.

use poem::test::{TestClient, TestResponse};
use serde_json::Value;

use super::{app, settings};

async fn post(body: impl Into<poem::Body>) -> (u16, Value) {
    let client = TestClient::new(app(&settings()));
    let sent = client
        .post("/api/v1/cards")
        .content_type("application/json");
    told(sent.body(body).send().await).await
}

async fn get(path: &str) -> (u16, Value) {
    let client = TestClient::new(app(&settings()));
    told(client.get(path).send().await).await
}

async fn told(response: TestResponse) -> (u16, Value) {
    let status = response.0.status().as_u16();
    let kind = response.0.content_type().unwrap_or_default().to_owned();
    assert!(
        status < 400 || kind == "application/problem+json",
        "{status} {kind}"
    );
    let text = response.0.into_body().into_string().await.expect("text");
    (status, serde_json::from_str(&text).expect("JSON"))
}

fn fault(problem: &Value) -> (&str, &str) {
    let first = &problem["violations"][0];
    let text = |key: &str| first[key].as_str().expect("text");
    (text("code"), text("field"))
}

#[tokio::test]
async fn a_good_body_passes() {
    let (status, card) = post(r#"{"name":"张","count":9}"#).await;
    assert_eq!((status, card["count"].as_i64()), (200, Some(9)));
}

#[tokio::test]
async fn json_faults_name_the_field() {
    for (body, code, field) in [
        (r#"{"name":"a"}"#, "field_missing", "count"),
        (r#"{"count":1}"#, "field_missing", "name"),
        (
            r#"{"name":"a","count":1,"admin":true}"#,
            "unknown_field",
            "admin",
        ),
        (r#"{"name":"a","count":10}"#, "field_invalid", "count"),
        (r#"{"name":"a","count":"x"}"#, "wrong_type", "count"),
        (r#"{"name":"#, "not_json", ""),
        ("", "field_missing", ""),
    ] {
        let (status, problem) = post(body).await;
        assert_eq!((status, fault(&problem)), (400, (code, field)), "{body}");
        assert_eq!(problem["code"], "malformed");
    }
}

#[tokio::test]
async fn all_faults_of_a_body_are_told_at_once_with_place_and_limit() {
    let body = r#"{"count":12,"hue":1,"notes":[
        {"text":"四个字的","colour":"blue"}, {"colour":"green"}, {"text":"五个字太长"}, {"text":7}]}"#;
    let (status, problem) = post(body).await;
    assert_eq!((status, &problem["code"]), (400, &"malformed".into()));
    let told = problem["violations"].as_array().expect("a list");
    let told: Vec<[&str; 4]> = told
        .iter()
        .map(|v| ["field", "code", "limit", "message"].map(|key| v[key].as_str().unwrap_or("-")))
        .collect();
    let wanted = [
        ["name", "field_missing", "-", "缺少必填字段 name"],
        ["count", "field_invalid", "9", "字段 count 不能大于9"],
        ["hue", "unknown_field", "-", "没有字段 hue"],
        ["notes", "field_invalid", "3", "字段 notes 最多3项，现有4项"],
        [
            "notes[1].text",
            "field_missing",
            "-",
            "缺少必填字段 notes[1].text",
        ],
        [
            "notes[1].colour",
            "field_invalid",
            "red、blue",
            "字段 notes[1].colour 只能是：red、blue",
        ],
        [
            "notes[2].text",
            "field_invalid",
            "4",
            "字段 notes[2].text 最多4字，现有5字",
        ],
        [
            "notes[3].text",
            "wrong_type",
            "文字",
            "字段 notes[3].text 应为文字",
        ],
    ];
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn all_faults_of_a_query_are_told_at_once_in_chinese() {
    let (status, _) =
        get("/api/v1/cards?limit=5&number=1&late=true&name=%E5%9B%9B%E4%B8%AA%E5%AD%97").await;
    assert_eq!(status, 200);
    let (status, problem) =
        get("/api/v1/cards?limit=-1&number=4294967296&late=yes&name=a+bcd%01").await;
    assert_eq!((status, &problem["code"]), (400, &"malformed".into()));
    let told = problem["violations"].as_array().expect("a list").iter();
    let told: Vec<[&str; 4]> = told
        .map(|v| ["code", "limit", "value", "message"].map(|key| v[key].as_str().unwrap_or("-")))
        .collect();
    let wanted = [
        ["-", "-1", "参数 limit 应为不小于0的整数"],
        ["4294967295", "4294967296", "参数 number 不能大于4294967295"],
        ["-", "yes", "参数 late 应为 true 或 false"],
        ["4", "a bcd", "参数 name 最多4字，现有6字"],
    ];
    assert_eq!(
        told,
        wanted.map(|[limit, value, message]| ["parameter_invalid", limit, value, message])
    );
}

#[tokio::test]
async fn a_form_is_told_which_field_is_wrong() {
    for (fields, status, code, message) in [
        (&[("name", "a"), ("count", "1")][..], 200, "-", "-"),
        (&[("name", "a")], 400, "field_missing", "缺少必填字段 count"),
        (
            &[("name", "a"), ("count", "x")],
            400,
            "field_invalid",
            "字段 count 不符合要求",
        ),
        (
            &[("name", "a"), ("hue", "1")],
            400,
            "unknown_field",
            "没有字段 hue",
        ),
        (&[], 400, "field_missing", "缺少必填字段 name"),
    ] {
        let part = |(name, value): &(&str, &str)| {
            format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body: String = fields
            .iter()
            .map(part)
            .chain(["--b--\r\n".into()])
            .collect();
        let client = TestClient::new(app(&settings()));
        let call = client
            .post("/api/v1/forms")
            .content_type("multipart/form-data; boundary=b");
        let (answered, problem) = told(call.body(body).send().await).await;
        let violation = &problem["violations"][0];
        let given = ["code", "message"].map(|key| violation[key].as_str().unwrap_or("-"));
        assert_eq!((answered, given), (status, [code, message]), "{fields:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_wrong_throughout_is_answered_in_few_words() {
    let many: Vec<String> = (0..5000).map(|n| format!("\"field{n}\":1")).collect();
    let (_, problem) = post(format!("{{{}}}", many.join(","))).await;
    let told = problem["violations"].as_array().expect("a list");
    assert!((2..=60).contains(&told.len()), "{}", told.len());
    let (status, problem) = post("[1]").await;
    let message = &problem["violations"][0]["message"];
    assert_eq!(
        (status, message.as_str()),
        (400, Some("请求正文应为对象（{…}）"))
    );
}

#[tokio::test]
async fn a_text_that_is_no_json_is_told_where_it_ends() {
    let (_, problem) = post("{\"name\":\n x").await;
    let message = &problem["violations"][0]["message"];
    assert_eq!(message, "请求正文不是有效的 JSON（第2行第2列）");
}

#[tokio::test]
async fn broken_bytes_are_400() {
    let deep = "[".repeat(100_000);
    let broken_utf8 = b"{\"name\":\"\xff\xfe\",\"count\":1}".to_vec();
    let surrogate = r#"{"name":"\ud800","count":1}"#;
    for body in [deep.into_bytes(), broken_utf8, surrogate.into()] {
        let (status, problem) = post(body).await;
        assert_eq!((status, &problem["code"]), (400, &"malformed".into()));
    }
}

#[tokio::test]
async fn ten_megabytes_of_json_are_413() {
    let (status, problem) = post(vec![b' '; 10 << 20]).await;
    assert_eq!((status, &problem["code"]), (413, &"too_large".into()));
}

#[tokio::test]
async fn a_compressed_body_is_415() {
    let client = TestClient::new(app(&settings()));
    let sent = client
        .post("/api/v1/cards")
        .content_type("application/json")
        .header("content-encoding", "gzip")
        .body(vec![0x1f, 0x8b]);
    assert_eq!(told(sent.send().await).await.0, 415);
}

#[tokio::test]
async fn another_content_type_is_415() {
    let client = TestClient::new(app(&settings()));
    let sent = client
        .post("/api/v1/cards")
        .content_type("text/plain")
        .body("{}");
    assert_eq!(told(sent.send().await).await.0, 415);
}

#[tokio::test]
async fn absent_unknown_and_unreadable_are_404() {
    for path in ["/api/v1/cards/1", "/api/v1/cards/x", "/api/v1/nothing", "/"] {
        let (status, problem) = get(path).await;
        assert_eq!(
            (status, &problem["code"]),
            (404, &"absent".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let client = TestClient::new(app(&settings()));
    let response = client.delete("/api/v1/cards/7").send().await;
    response.assert_status(poem::http::StatusCode::METHOD_NOT_ALLOWED);
    response.assert_header("allow", "GET");
}

#[tokio::test]
async fn nothing_of_ours_leaves_with_a_500() {
    for path in ["/api/v1/panic", "/api/v1/cards/500"] {
        let (status, problem) = get(path).await;
        assert_eq!((status, &problem["code"]), (500, &"internal".into()));
        assert!(!problem.to_string().contains("secret"), "{problem}");
        assert_eq!(problem["instance"].as_str().map(str::len), Some(36));
    }
}

#[tokio::test]
async fn a_full_disk_is_507() {
    assert_eq!(get("/api/v1/cards/507").await.0, 507);
}

#[tokio::test]
async fn request_ids_are_kept_only_when_harmless() {
    let client = TestClient::new(app(&settings()));
    for (sent, kept) in [
        ("mini-program-0001", true),
        ("x", false),
        ("a b c d e f g h", false),
    ] {
        let response = client
            .get("/api/v1/cards/1")
            .header("x-request-id", sent)
            .send()
            .await;
        let id = response.0.header("x-request-id").expect("an id").to_owned();
        assert_eq!(id == sent, kept, "{sent} → {id}");
        let (_, problem) = told(response).await;
        assert_eq!(problem["instance"], id.as_str());
    }
}

#[tokio::test]
async fn headers_forbid_what_is_not_needed() {
    let client = TestClient::new(app(&settings()));
    let api = client.get("/api/v1/cards/1").send().await;
    api.assert_header("cache-control", "no-store");
    api.assert_header("x-content-type-options", "nosniff");
    api.assert_header("referrer-policy", "no-referrer");
    let policy = |r: &TestResponse| r.0.header("content-security-policy").map(str::to_owned);
    assert!(policy(&api).is_some_and(|p| p.contains("default-src 'none'")));
    let page = client.get("/page").send().await;
    assert!(
        policy(&page).is_some_and(|p| p.contains("default-src 'self'") && !p.contains("unsafe"))
    );
}

#[tokio::test]
async fn work_without_end_is_cut() {
    let client = TestClient::new(app(&tuixuan::config::Server {
        request_seconds: 1,
        ..settings()
    }));
    let response = client.get("/api/v1/slow").send().await;
    response.assert_header("retry-after", "5");
    let (status, problem) = told(response).await;
    assert_eq!((status, &problem["code"]), (503, &"timed_out".into()));
}

/// PostgreSQL takes U+0000 in no text: it is told by its place, before anything is asked of a database.
#[tokio::test]
async fn the_character_that_no_database_keeps_is_refused_by_its_place() {
    let (status, problem) = get("/api/v1/cards%00").await;
    assert_eq!((status, &problem["code"]), (404, &"absent".into()));
    let (status, problem) = get("/api/v1/cards?limit=1&number=1&late=true&name=a%00").await;
    assert_eq!((status, fault(&problem)), (400, ("char_forbidden", "name")));
    for (body, field) in [
        (r#"{"name":"a\u0000","count":1}"#, "name"),
        (
            r#"{"name":"a","count":1,"notes":[{"text":"b\u0000"}]}"#,
            "notes[0].text",
        ),
        (r#"{"name":"a","count":1,"na\u0000me":1}"#, "name"),
    ] {
        let (status, problem) = post(body).await;
        assert_eq!(
            (status, fault(&problem)),
            (400, ("char_forbidden", field)),
            "{body}"
        );
    }
    // a backslash and letters
    let (status, card) = post(r#"{"name":"\\u0000","count":1}"#).await;
    assert_eq!((status, card["name"].as_str()), (200, Some("\\u0000")));
}
