//! One a notice, from sign-in to the last review step.

mod bozhou_2022;
mod cast_2021;
mod shaanxi_universities_2024;
mod shanxi_2024;
mod three_tier;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::support::{TestApp, json_of};

/// Ten in the morning of a day in Asia/Shanghai.
pub fn morning(year: i32, month: u32, day: u32) -> i64 {
    domain::notice::day_start(NaiveDate::from_ymd_opt(year, month, day).unwrap()) + 10 * 3_600_000
}

/// Walks an entry up its chain: each agency stamps its boxes and endorses. Answers with the last token.
async fn carry(t: &TestApp, slug: &str, id: &str, chain: &[(&str, &[&str])]) -> String {
    let mut last = (String::new(), Value::Null);
    for (agency, slots) in chain {
        let token = t.reviewer(slug, agency).await;
        let decided = t.stamp_and_endorse(&token, id, slots).await;
        last = (token, decided);
    }
    assert_eq!(last.1["state"], "endorsed");
    let report = json_of(
        t.get(
            &format!("/admin/api/v1/entries/{id}/form/verification"),
            &last.0,
        ),
        200,
    )
    .await;
    let stamps: usize = chain.iter().map(|(_, slots)| slots.len()).sum();
    assert_eq!(report["signatures"].as_array().unwrap().len(), stamps);
    assert_eq!(report["valid"], json!(stamps > 0), "{report}");
    last.0
}

/// Codes and fields of what blocks, by a check that stores nothing.
async fn blocked(t: &TestApp, slug: &str, token: &str, input: &Value) -> Vec<String> {
    let check = json_of(
        t.post(&format!("/api/v1/campaigns/{slug}/check"), token, input),
        200,
    )
    .await;
    let findings = check["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["effect"] == "block");
    findings
        .map(|f| f["rule"].as_str().unwrap().to_owned())
        .collect()
}

/// The finding of one rule.
async fn finding(t: &TestApp, slug: &str, token: &str, input: &Value, rule: &str) -> Value {
    let check = json_of(
        t.post(&format!("/api/v1/campaigns/{slug}/check"), token, input),
        200,
    )
    .await;
    let found = check["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["rule"] == rule)
        .cloned();
    found.unwrap_or_else(|| panic!("no {rule} in {check}"))
}
