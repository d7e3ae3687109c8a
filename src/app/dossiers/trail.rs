//! What happened to an entry, in words for people and as it is stored.

use documents::papers::DossierEvent;
use domain::agency::Agency;
use domain::notice::Notice;
use entity::event;
use serde_json::{Value, json};

use crate::app::papers::{item, second};

/// An event as it is stored, its links of the chain included. No names of persons: who acted is an agency.
pub fn stored(e: &event::Model) -> Value {
    let body: Value = serde_json::from_str(&e.body).unwrap_or_default();
    json!({
        "seq": e.seq, "at": e.at, "kind": e.kind, "actor_kind": e.actor_kind, "agency_id": e.agency_id,
        "body": body, "prev_hash": e.prev_hash, "hash": e.hash,
    })
}

/// An event in words.
pub fn told(notice: &Notice, agencies: &[Agency], e: &event::Model) -> DossierEvent {
    let agency = |id: &str| agencies.iter().find(|a| a.id == id);
    let who = match e.actor_kind.as_str() {
        "applicant" => "申报人".to_owned(),
        "officer" => (e.agency_id.as_deref())
            .and_then(agency)
            .map_or("工作人员".to_owned(), |a| a.name.clone()),
        _ => "系统".to_owned(),
    };
    let body: Value = serde_json::from_str(&e.body).unwrap_or_default();
    DossierEvent {
        at: second(e.at),
        who,
        what: what(notice, &e.kind, &body),
    }
}

fn what(notice: &Notice, kind: &str, body: &Value) -> String {
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let step = || step(notice, &text("step"));
    let with = |what: String, said: String| match said.is_empty() {
        true => what,
        false => format!("{what}\n{said}"),
    };
    match kind {
        "entry_begun" => "新建申报".into(),
        "evidence_attached" => format!("上传材料：{}", item(notice, &text("slot"))),
        "evidence_removed" => format!("删除材料：{}", item(notice, &text("slot"))),
        "evidence_ordered" => format!("调整材料顺序：{}", item(notice, &text("slot"))),
        "virus_found" => format!("病毒检查：{}带有病毒", item(notice, &text("slot"))),
        "virus_judged" => {
            let judged = match body["harmless"] == true {
                true => "安全",
                false => "不安全",
            };
            let what = format!("认定{}：{judged}", item(notice, &text("slot")));
            with(what, text("reason"))
        }
        "entry_submitted" => format!("提交申报（第{}次）", body["round"]),
        "entry_withdrawn" => with("撤回申报".into(), text("reason")),
        "entry_endorsed" => with(format!("{}：同意，待会签", step()), text("opinion")),
        "step_passed" => with(format!("{}：同意", step()), text("opinion")),
        "entry_returned" => with(format!("{}：退回补正", step()), items(notice, body)),
        "entry_declined" => with(format!("{}：不予推荐", step()), text("reason")),
        "slip_extended" => {
            let due = second(body["due_at"].as_i64().unwrap_or_default());
            with(format!("{}：补正期限延至{due}", step()), text("reason"))
        }
        "finding_decided" if body["accepted"] == true => with("认定：通过".into(), text("reason")),
        "finding_decided" => with("认定：不通过".into(), text("reason")),
        "deliverable_handed_in" => {
            let key = text("key");
            let found = notice.deliverable.iter().find(|d| d.key == key);
            let label = found.map_or(key.as_str(), |d| &d.label);
            format!("报送{label}（第{}份）", body["number"])
        }
        "form_rendered" => format!("生成申报表，编号{}", text("code")),
        "stamp_planned" => format!("准备盖章：{}", slot(notice, &text("slot"))),
        "form_stamped" => format!("盖章：{}", slot(notice, &text("slot"))),
        "paper_received" => format!("收到纸质申报表，编号{}", text("code")),
        other => other.to_owned(),
    }
}

/// What was to be mended, a line each.
fn items(notice: &Notice, body: &Value) -> String {
    let all = body["items"].as_array().into_iter().flatten();
    let line = |i: &Value| {
        let (field, message) = (i["field"].as_str(), i["message"].as_str());
        let label = item(notice, field.unwrap_or_default());
        format!("{label}：{}", message.unwrap_or_default())
    };
    let lines: Vec<String> = all.map(line).collect();
    lines.join("\n")
}

fn step(notice: &Notice, key: &str) -> String {
    let found = notice.step.iter().find(|s| s.key == key);
    found.map_or(key, |s| s.label.as_str()).to_owned()
}

/// A box for a stamp in words.
pub fn slot(notice: &Notice, key: &str) -> String {
    let mut all = notice.step.iter().flat_map(|s| &s.slot);
    let found = all.find(|s| s.key == key);
    found.map_or(key, |s| s.label.as_str()).to_owned()
}
