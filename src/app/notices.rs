//! 通知体检 of packs as their authors wrote them: the notice by its rules, the templates by drawing samples with them, the
//! attachments by their bytes.

mod sample;

use documents::render::Flaw;
use domain::agency::{Agency, region_covers};
use domain::nomination::SEAL;
use domain::notice::{Fault, Intake, Notice};
use domain::refusal::{Refusal, Violation};
use serde_json::Value;

use super::attachments;
use super::campaigns::NewCampaign;
use super::typesetting::proof::{Proof, Verdict};
use crate::error::{Error, Result};
use crate::packs::{self, Attached, NOTICE_BYTES, TEMPLATE_BYTES, Templates, Texts};
use crate::state::{App, Shared};

/// Most faults told at once; a text that is no pack at all has one a line.
const TOLD: usize = 500;

/// What a check found. Advice does not keep a pack from being used.
#[derive(Debug)]
pub struct Checked {
    /// Absent when the notice is faulty.
    pub notice: Option<Notice>,
    pub faults: Vec<Fault>,
    pub advice: Vec<Fault>,
}

/// Checks a pack without keeping it. Refused when a text is over its limit.
pub async fn check(app: &App, texts: &Texts) -> Result<Checked> {
    within_limits(texts)?;
    let toml = texts.notice.clone();
    let found = app
        .typesetter
        .check(move || domain::notice::check(&toml))
        .await?;
    let slow = || {
        let message = "通知过于复杂，未能在规定时间内检查完，请精简后再试";
        Err(vec![fault("", 0, "notice_too_complex", message)])
    };
    match found.unwrap_or_else(slow) {
        Err(mut faults) => {
            faults.truncate(TOLD);
            Ok(Checked {
                notice: None,
                faults,
                advice: vec![],
            })
        }
        Ok((notice, mut advice)) => {
            advice.truncate(TOLD);
            let mut proof = app.typesetter.proof().await?;
            Ok(Checked {
                faults: [
                    templates(app, &mut proof, &notice, &texts.templates).await?,
                    lists(app, &mut proof, &notice, &texts.templates).await?,
                    deliverables(app, &mut proof, &notice, &texts.templates).await?,
                    match &texts.attachments {
                        Some(files) => {
                            attachments::faults(&app.settings.limits, &notice, files).await?
                        }
                        None => vec![],
                    },
                ]
                .concat(),
                notice: Some(notice),
                advice,
            })
        }
    }
}

/// A pack that was found in order.
#[derive(Debug)]
pub struct Sound {
    pub notice: Notice,
    pub templates: Templates,
    pub attachments: Attached,
}

impl Sound {
    /// What makes a campaign of it.
    #[must_use]
    pub fn campaign(self, slug: String) -> NewCampaign {
        NewCampaign {
            slug,
            notice: self.notice,
            templates: self.templates,
            attachments: self.attachments,
        }
    }
}

/// A pack that was sent; refused with every fault.
pub async fn of_texts(app: &App, texts: Texts) -> Result<Sound> {
    let checked = check(app, &texts).await?;
    match checked.notice {
        Some(notice) if checked.faults.is_empty() => Ok(Sound {
            notice,
            templates: texts.templates,
            attachments: texts.attachments.unwrap_or_default(),
        }),
        _ => {
            let violations = checked.faults.into_iter().map(violation).collect();
            let message = "通知或模板有误，请按提示逐条修改";
            Err(Refusal::with("notice_faulty", message, violations).into())
        }
    }
}

/// A pack by key; absent when there is none, or it is for a territory outside the agency's.
pub async fn of_pack(app: &App, agency: &Agency, key: &str) -> Result<Sound> {
    let (folder, key) = (app.settings.notices.folder.clone(), key.to_owned());
    let read = tokio::task::spawn_blocking(move || packs::texts(&folder, &key)).await;
    let texts = read.map_err(|e| Error::Bug(e.to_string()))??;
    let sound = of_texts(app, texts.ok_or(Error::Absent)?).await?;
    if region_covers(&agency.region, &sound.notice.region) {
        Ok(sound)
    } else {
        Err(Error::Absent)
    }
}

fn violation(fault: Fault) -> Violation {
    Violation {
        line: (fault.line > 0).then_some(fault.line),
        field: fault.path,
        code: fault.code.to_owned(),
        message: fault.message,
        ..Violation::default()
    }
}

fn within_limits(texts: &Texts) -> Result<()> {
    for (field, text, most) in [
        ("notice", &texts.notice, NOTICE_BYTES),
        ("form", &texts.templates.form, TEMPLATE_BYTES),
        ("nomination", &texts.templates.nomination, TEMPLATE_BYTES),
        ("deliverable", &texts.templates.deliverable, TEMPLATE_BYTES),
    ] {
        if text.len() as u64 > most {
            return Err(Error::TooLarge(Violation {
                field: field.into(),
                code: "too_large".into(),
                limit: Some(most.to_string()),
                value: Some(text.len().to_string()),
                message: format!("文本不得超过{most}字节"),
                ..Violation::default()
            }));
        }
    }
    Ok(())
}

fn fault(path: &str, line: usize, code: &'static str, message: impl Into<String>) -> Fault {
    Fault {
        line,
        path: path.to_owned(),
        code,
        message: message.into(),
    }
}

const FORM: &str = "form.typ";
const NOMINATION: &str = "nomination.typ";
const DELIVERABLE: &str = "deliverable.typ";

/// Draws each form twice: with nothing answered, and with everything as long as it may be.
async fn templates(
    app: &App,
    proof: &mut Proof,
    notice: &Notice,
    texts: &Templates,
) -> Result<Vec<Fault>> {
    if texts.form.is_empty() {
        return Ok(match notice.intake {
            Intake::OrganiserList => vec![],
            Intake::Application => {
                vec![fault(
                    FORM,
                    0,
                    "template_missing",
                    "缺少申报表模板 form.typ",
                )]
            }
        });
    }
    let boxes: Vec<&str> = (notice.step.iter().flat_map(|s| &s.slot))
        .map(|s| s.key.as_str())
        .collect();
    for full in [false, true] {
        let faults = draw(
            app,
            proof,
            FORM,
            &texts.form,
            sample::entry(notice, full),
            &boxes,
        )
        .await?;
        if !faults.is_empty() {
            return Ok(faults);
        }
    }
    Ok(vec![])
}

/// Draws the form of each list that has one: empty, and with every row filled.
async fn lists(
    app: &App,
    proof: &mut Proof,
    notice: &Notice,
    texts: &Templates,
) -> Result<Vec<Fault>> {
    let asked: Vec<_> = notice.nomination.iter().filter(|l| l.form).collect();
    if !asked.is_empty() && texts.nomination.is_empty() {
        let message = "缺少推荐表模板 nomination.typ";
        return Ok(vec![fault(NOMINATION, 0, "template_missing", message)]);
    }
    for list in asked {
        for full in [false, true] {
            let data = sample::nomination(notice, list, full);
            let faults = draw(app, proof, NOMINATION, &texts.nomination, data, &[SEAL]).await?;
            if !faults.is_empty() {
                return Ok(faults);
            }
        }
    }
    Ok(vec![])
}

/// Draws the form of everything that is handed in on one: empty, and with every cell filled.
async fn deliverables(
    app: &App,
    proof: &mut Proof,
    notice: &Notice,
    texts: &Templates,
) -> Result<Vec<Fault>> {
    let asked: Vec<_> = notice.deliverable.iter().filter(|d| d.template).collect();
    if !asked.is_empty() && texts.deliverable.is_empty() {
        let message = "缺少后续材料模板 deliverable.typ";
        return Ok(vec![fault(DELIVERABLE, 0, "template_missing", message)]);
    }
    for deliverable in asked {
        for full in [false, true] {
            let data = sample::deliverable(notice, deliverable, full);
            let faults = draw(app, proof, DELIVERABLE, &texts.deliverable, data, &[]).await?;
            if !faults.is_empty() {
                return Ok(faults);
            }
        }
    }
    Ok(vec![])
}

/// Faults of one template, told by one drawing.
async fn draw(
    app: &App,
    proof: &mut Proof,
    file: &str,
    template: &str,
    data: Value,
    boxes: &[&str],
) -> Result<Vec<Fault>> {
    let slots = match proof.draw(template, data, app.now()).await? {
        Verdict::Drawn(slots) => slots,
        Verdict::Flawed(flaws) => {
            let told = |f: Flaw| fault(file, f.line, "template_fault", f.message);
            return Ok(flaws.into_iter().map(told).collect());
        }
        Verdict::Endless => {
            let message = "模板未能在规定时间内排完，请检查是否有不会结束的循环";
            return Ok(vec![fault(file, 0, "template_endless", message)]);
        }
        Verdict::Broken => {
            let message = "模板所需内存过多，无法排版，请检查是否有不断增长的内容或过大的表格";
            return Ok(vec![fault(file, 0, "template_too_large", message)]);
        }
    };
    let missing = boxes.iter().filter_map(|key| {
        let times = slots.iter().filter(|s| s.id == *key).count();
        let message = match times {
            1 => return None,
            0 => format!("模板没有画出盖章处“{key}”"),
            n => format!("盖章处“{key}”画了{n}次，只能画一次"),
        };
        Some(fault(file, 0, "slot_drawn_wrongly", message))
    });
    Ok(missing.collect())
}

/// A pack that a campaign can be set up from.
#[derive(Debug)]
pub struct Listed {
    pub key: String,
    pub notice: Notice,
}

/// Packs for the agency's territory, by key. A faulty one is left out, and named in the log.
pub async fn list(
    app: &Shared,
    agency: &Agency,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<Listed>> {
    let (folder, region) = (app.settings.notices.folder.clone(), agency.region.clone());
    let read = move || -> std::io::Result<Vec<Listed>> {
        let mut found = Vec::new();
        for key in packs::keys(&folder)? {
            if found.len() == limit || after.as_ref().is_some_and(|a| key <= *a) {
                continue;
            }
            match packs::notice(&folder, &key).map(|t| t.map(|t| Notice::parse(&t))) {
                Ok(Some(Ok(notice))) if region_covers(&region, &notice.region) => {
                    found.push(Listed { key, notice });
                }
                Ok(Some(Ok(_)) | None) => {}
                Ok(Some(Err(faults))) => {
                    tracing::warn!(pack = key, "pack is faulty, {} faults", faults.0.len());
                }
                Err(error) => tracing::warn!(pack = key, "pack cannot be read: {error}"),
            }
        }
        Ok(found)
    };
    let found = tokio::task::spawn_blocking(read).await;
    Ok(found.map_err(|e| Error::Bug(e.to_string()))??)
}
