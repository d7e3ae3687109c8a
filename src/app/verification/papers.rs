//! Papers beside the forms, found by the number printed on them: receipt (申报回执), slip (补正通知), list of a batch (报送清单).
//! None of them is kept as a file, so what it ought to say is told, and whoever holds one compares.

use domain::batch;
use domain::notice::to_the_second;
use domain::refusal::Violation;
use domain::text::printed_number;
use entity::entry;

use crate::app::campaigns;
use crate::app::entries::named;
use crate::app::papers::{HandedIn, category, day, handed_in, minute};
use crate::db::{batches, entries, officers, reviews};
use crate::error::{Error, Result};
use crate::state::Shared;

/// Which paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 申报回执.
    Receipt,
    /// 补正通知.
    Slip,
    /// 报送清单.
    Cover,
}

/// What a paper is worth today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It stands for something once it is sent.
    Pending,
    Valid,
    /// What it asked for was done.
    Superseded,
    /// What it stands for was withdrawn, returned or given up.
    Revoked,
}

/// A paper, without personal data.
#[derive(Debug, Clone)]
pub struct Paper {
    pub kind: Kind,
    /// The number printed on it.
    pub code: String,
    pub worth: Worth,
    /// What that means, for people.
    pub meaning: &'static str,
    /// What it says, in its order.
    pub facts: Vec<Fact>,
}

/// A label and what stands behind it.
#[derive(Debug, Clone)]
pub struct Fact {
    pub label: String,
    pub text: String,
}

fn fact(label: impl Into<String>, text: impl Into<String>) -> Fact {
    Fact {
        label: label.into(),
        text: text.into(),
    }
}

/// The paper of a number; an unknown number is absent.
pub async fn paper(app: &Shared, code: &str) -> Result<Paper> {
    let (db, code) = (app.db.read(), printed_number(code));
    let code = code.as_str();
    if let Some(row) = entries::by_receipt(db, code).await? {
        return receipt(app, row, code).await;
    }
    let of_slip = code.rsplit_once('-').and_then(|(receipt, round)| {
        // as it is printed and in no other way
        let round: u32 = round.parse().ok()?;
        (format!("{receipt}-{round}") == code).then_some((receipt, round))
    });
    if let Some((receipt, round)) = of_slip
        && let Some(row) = entries::by_receipt(db, receipt).await?
    {
        return slip(app, row, round, code).await;
    }
    cover(app, code).await
}

/// A receipt stays true when its entry is mended: it says which round it is of.
async fn receipt(app: &Shared, row: entry::Model, code: &str) -> Result<Paper> {
    let mut facts = of_entry(&handed_in(app, &row).await?);
    let (worth, meaning) = match row.state.as_str() {
        "withdrawn" => (Worth::Revoked, "该申报已撤回，本回执不再有效。"),
        _ => (
            Worth::Valid,
            "系统登记有此回执。请核对以下内容与手中的回执是否相同；多次提交的，以最近一次为准。",
        ),
    };
    for (round, digest, at) in entries::rounds(app.db.read(), &row.id).await? {
        let older = if round < row.round {
            "（已被后一次提交替代）"
        } else {
            ""
        };
        let said = format!("{}{older}，内容摘要 SHA-256 {digest}", to_the_second(at));
        facts.push(fact(format!("第{round}次提交"), said));
    }
    Ok(Paper {
        kind: Kind::Receipt,
        code: code.to_owned(),
        worth,
        meaning,
        facts,
    })
}

/// What is to be mended stays between office and applicant; how much it is does not.
async fn slip(app: &Shared, row: entry::Model, round: u32, code: &str) -> Result<Paper> {
    let slip = reviews::slip(app.db.read(), &row.id, round).await?;
    let slip = slip.ok_or(Error::Absent)?;
    let handed = handed_in(app, &row).await?;
    let agency = officers::agency(app.db.read(), &slip.agency_id).await?;
    let mut steps = handed.campaign.notice.step.iter();
    let step = steps.find(|s| s.key == slip.step);
    let items: Vec<Violation> = serde_json::from_str(&slip.items)?;
    let (worth, meaning) = match row.state.as_str() {
        _ if row.round > slip.round => (
            Worth::Superseded,
            "申报人已按本通知补正并重新提交，本通知已办结。",
        ),
        "returned" if app.now() > slip.due_at => (
            Worth::Valid,
            "系统登记有此通知，补正期限已过，尚未重新提交。",
        ),
        "returned" => (
            Worth::Valid,
            "系统登记有此通知。请核对以下内容与手中的通知是否相同；期限以本页为准。",
        ),
        _ => (Worth::Revoked, "该申报已撤回或终止，本通知不再有效。"),
    };
    let mut facts = of_entry(&handed);
    facts.extend([
        fact("回执编号", row.receipt.unwrap_or_default()),
        fact("提交次数", format!("第{round}次")),
        fact("开具单位", agency.map(|a| a.name).unwrap_or_default()),
        fact("审核环节", step.map_or(slip.step.as_str(), |s| &s.label)),
        fact("补正事项", format!("{}项", items.len())),
        fact("开具日期", day(slip.created_at)),
        fact("补正期限", minute(slip.due_at)),
    ]);
    Ok(Paper {
        kind: Kind::Slip,
        code: code.to_owned(),
        worth,
        meaning,
        facts,
    })
}

async fn cover(app: &Shared, code: &str) -> Result<Paper> {
    let db = app.db.read();
    let end = batch::id_end(code).ok_or(Error::Absent)?;
    let row = batches::ending(db, &end).await?.ok_or(Error::Absent)?;
    let notice = campaigns::by_id(app, &row.campaign_id).await?.notice;
    if batch::number(&notice.region, &row.id) != code {
        return Err(Error::Absent);
    }
    let (worth, meaning) = match row.state.as_str() {
        "draft" => (Worth::Pending, "系统登记有此清单，报送单位尚未报送。"),
        "sent" | "received" => (
            Worth::Valid,
            "系统登记有此清单。请核对以下内容与手中的清单是否相同，不同的以本页为准。",
        ),
        "returned" => (
            Worth::Revoked,
            "接收单位已退回该批次，重新报送以前本清单无效。",
        ),
        _ => (Worth::Revoked, "报送单位已取消该批次，本清单不再有效。"),
    };
    let sides = vec![row.agency_id.clone(), row.to_agency_id.clone()];
    let sides = officers::agencies(db, sides).await?;
    let name = |id: &str| {
        let found = sides.iter().find(|a| a.id == id);
        found.map(|a| a.name.clone()).unwrap_or_default()
    };
    let inside = batches::entries(db, vec![row.id.clone()]).await?;
    let receipts = inside.iter().filter_map(|(_, e)| e.receipt.as_deref());
    let mut facts = vec![
        fact("活动", &notice.title),
        fact("报送单位", name(&row.agency_id)),
        fact("接收单位", name(&row.to_agency_id)),
        fact("申报材料", format!("{}份", inside.len())),
        fact("回执编号", receipts.collect::<Vec<_>>().join("、")),
    ];
    facts.extend(row.sent_at.map(|at| fact("报送日期", day(at))));
    let ticks = [
        ("签收纸质版", row.paper_received_at),
        ("签收电子版", row.electronic_received_at),
    ];
    facts.extend(
        ticks
            .iter()
            .filter_map(|(label, at)| Some(fact(*label, day((*at)?)))),
    );
    Ok(Paper {
        kind: Kind::Cover,
        code: code.to_owned(),
        worth,
        meaning,
        facts,
    })
}

/// As it was handed in, whatever a returned applicant is writing now.
fn of_entry(handed: &HandedIn) -> Vec<Fact> {
    let HandedIn {
        campaign, entry, ..
    } = handed;
    vec![
        fact("活动", &campaign.notice.title),
        fact("名称", named(campaign, entry).name),
        fact("类别", category(&campaign.notice, &entry.choice.category)),
    ]
}
