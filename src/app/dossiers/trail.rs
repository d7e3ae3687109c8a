//! What happened to an entry, in words for people and as it is stored.

use documents::papers::DossierEvent;
use domain::agency::Agency;
use domain::event::Event;
use domain::notice::{Notice, to_the_second};
use domain::refusal::Violation;
use entity::event;
use serde_json::{Value, json};

use crate::app::papers::item;

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
        at: to_the_second(e.at),
        who,
        // of a newer version of this program
        what: Event::from_parts(&e.kind, body).map_or(e.kind.clone(), |event| what(notice, event)),
    }
}

/// What happened, in words; every kind of event has its own.
fn what(notice: &Notice, event: Event) -> String {
    let slot_of = |key: &str| slot(notice, key);
    let step_of = |key: &str| step(notice, key);
    let item_of = |key: &str| item(notice, key);
    match event {
        Event::EntryBegun { .. } => "新建申报".into(),
        Event::EvidenceAttached { slot, .. } => format!("上传材料：{}", item_of(&slot)),
        Event::EvidenceRemoved { slot, .. } => format!("删除材料：{}", item_of(&slot)),
        Event::EvidenceOrdered { slot, .. } => format!("调整材料顺序：{}", item_of(&slot)),
        Event::VirusFound { slot, .. } => format!("病毒检查：{}带有病毒", item_of(&slot)),
        Event::VirusJudged {
            slot,
            harmless,
            reason,
            ..
        } => {
            let judged = if harmless { "安全" } else { "不安全" };
            with(format!("认定{}：{judged}", item_of(&slot)), &reason)
        }
        Event::EntrySubmitted { round, .. } => format!("提交申报（第{round}次）"),
        Event::EntryWithdrawn { reason } => with("撤回申报".into(), &reason),
        Event::EntryEndorsed { step, opinion, .. } => {
            with(format!("{}：同意，待会签", step_of(&step)), &opinion)
        }
        Event::StepPassed { step, opinion, .. } => {
            with(format!("{}：同意", step_of(&step)), &opinion)
        }
        Event::EntryReturned { step, items, .. } => {
            let line = |i: Violation| format!("{}：{}", item_of(&i.field), i.message);
            let lines: Vec<String> = items.into_iter().map(line).collect();
            with(format!("{}：退回补正", step_of(&step)), &lines.join("\n"))
        }
        Event::EntryDeclined { step, reason, .. } => {
            with(format!("{}：不予推荐", step_of(&step)), &reason)
        }
        Event::LeftBatches { .. } => "退出所在批次".into(),
        Event::SlipExtended {
            step,
            due_at,
            reason,
            ..
        } => {
            let due = to_the_second(due_at);
            with(format!("{}：补正期限延至{due}", step_of(&step)), &reason)
        }
        Event::FindingDecided {
            accepted, reason, ..
        } => with(format!("认定：{}", passed(accepted)), &reason),
        Event::ContentDecided {
            what,
            accepted,
            reason,
            ..
        } => {
            let what = match what.as_str() {
                "picture" => "图片",
                "video" => "视频",
                "document" => "文件",
                _ => "文字",
            };
            with(
                format!("内容安全认定（{what}）：{}", passed(accepted)),
                &reason,
            )
        }
        Event::DeliverableHandedIn { key, number, .. } => {
            let found = notice.deliverable.iter().find(|d| d.key == key);
            let label = found.map_or(key.as_str(), |d| &d.label);
            format!("报送{label}（第{number}份）")
        }
        Event::FormRendered { code, .. } => format!("生成申报表，编号{code}"),
        Event::StampPlanned { slot, .. } => format!("准备盖章：{}", slot_of(&slot)),
        Event::StampGivenUp { slot, .. } => format!("未盖章：{}", slot_of(&slot)),
        Event::FormStamped { slot, .. } => format!("盖章：{}", slot_of(&slot)),
        Event::PaperReceived { code, .. } => format!("收到纸质申报表，编号{code}"),
    }
}

fn passed(accepted: bool) -> &'static str {
    if accepted { "通过" } else { "不通过" }
}

fn with(what: String, said: &str) -> String {
    match said.is_empty() {
        true => what,
        false => format!("{what}\n{said}"),
    }
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
