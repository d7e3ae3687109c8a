//! An entry that the notice takes: choices tried, answers made up by the kind of each field.

use std::collections::BTreeMap;

use documents::render::Rendered;
use domain::actor::Applicant;
use domain::agency::{Agency, Tier};
use domain::finding::blocking;
use domain::form::{Answer, Answers, Child};
use domain::notice::{Choice, EvidenceKind, EvidenceSlot, Field, FieldKind, Notice};

use super::Outcome;
use crate::app::campaigns::Campaign;
use crate::app::checks::{self, Bodies};
use crate::app::entries::{self, Written};
use crate::app::evidence::{self, Upload};
use crate::app::{forms, submissions};
use crate::clock::new_id;
use crate::db;
use crate::db::idempotency::Call;
use crate::state::Shared;

/// Rounds of other options for what a rule refused.
const TRIES: usize = 12;

/// Hands an entry in that goes through as many steps as the notice has; answers with its id.
pub async fn hand_in(app: &Shared, campaign: &Campaign) -> Outcome<String> {
    let now = app.now();
    let row = db::applicants::blank(now);
    let kept = row.clone();
    app.db
        .write(move |tx| Box::pin(async move { db::applicants::insert(tx, kept).await }))
        .await?;
    let who = Applicant { id: row.id };
    let written = acceptable(app, &who, campaign).await?;
    let slug = &campaign.head.slug;
    let call = |operation| Call {
        caller: who.id.clone(),
        key: new_id(),
        operation,
        request: String::new(),
    };
    let draft = entries::begin(app, &who, slug, written.clone(), call("create_entry")).await?;
    let id = draft.row.id;
    attach(app, &who, campaign, &id, &written).await?;
    let row = db::entries::get(app.db.read(), &id).await?;
    let declared = campaign.notice.form.declaration.iter();
    let declared = declared
        .filter(|d| d.when.holds(&written.choice, &written.answers))
        .map(|d| d.key.clone())
        .collect();
    let call = call("submit_entry");
    submissions::submit(app, &who, &id, row.version, declared, call).await?;
    Ok(id)
}

/// Of everything that may be chosen, what no rule refuses and most offices look at.
async fn acceptable(app: &Shared, who: &Applicant, campaign: &Campaign) -> Outcome<Written> {
    let (notice, bodies) = (&campaign.notice, Bodies::of(campaign));
    let mut best: Option<(usize, Written)> = None;
    let mut refused = String::new();
    for choice in choices(notice) {
        for agency in through(notice, &choice, &bodies.all) {
            for unit in units(&bodies.all) {
                let (agency, unit) = (agency.as_ref(), unit.as_ref());
                let region = agency.or(unit).map_or(&notice.region, |a| &a.region);
                let frame = Written {
                    choice: choice.clone(),
                    agency_id: agency.map(|a| a.id.clone()),
                    unit_id: unit.map(|a| a.id.clone()),
                    region: region.clone(),
                    answers: Answers::default(),
                };
                match fill(app, who, campaign, frame).await? {
                    Ok(written) => {
                        let chain = bodies.chain(campaign, &written)?;
                        let boxes = chain.iter().map(|(step, _)| step.slot.len()).sum();
                        if best.as_ref().is_none_or(|(most, _)| boxes > *most) {
                            best = Some((boxes, written));
                        }
                    }
                    Err(why) => refused = why,
                }
            }
        }
    }
    let best = best.map(|(_, written)| written);
    best.ok_or_else(|| format!("no entry could be made up that the notice takes: {refused}").into())
}

fn choices(notice: &Notice) -> Vec<Choice> {
    let mut all = Vec::new();
    for subject in &notice.subject {
        for category in &notice.category {
            for route in &notice.route {
                all.push(Choice {
                    subject: subject.key.clone(),
                    category: category.key.clone(),
                    route: route.key.clone(),
                });
            }
        }
    }
    all
}

/// Agencies that a route may run through, one of each place in the tree; nobody where it needs none.
fn through(notice: &Notice, choice: &Choice, all: &[Agency]) -> Vec<Option<Agency>> {
    let route = notice.route.iter().find(|r| r.key == choice.route);
    let Some(via) = route.and_then(|r| r.via.as_ref()) else {
        return vec![None];
    };
    let fits =
        |a: &&Agency| a.tier == via.tier && via.system.as_ref().is_none_or(|s| *s == a.system);
    one_of_each(all.iter().filter(fits))
}

/// The applicant's own unit, or none.
fn units(all: &[Agency]) -> Vec<Option<Agency>> {
    let mut units = one_of_each(all.iter().filter(|a| a.tier == Tier::Unit));
    units.insert(0, None);
    units
}

fn one_of_each<'a>(agencies: impl Iterator<Item = &'a Agency>) -> Vec<Option<Agency>> {
    let mut seen = Vec::new();
    let mut kept = Vec::new();
    for agency in agencies {
        let place = (
            agency.system.clone(),
            agency.path.len(),
            agency.path.first(),
        );
        if !seen.contains(&place) {
            seen.push(place);
            kept.push(Some(agency.clone()));
        }
    }
    kept
}

/// Answers that no rule refuses, or why there are none. Files come later.
async fn fill(
    app: &Shared,
    who: &Applicant,
    campaign: &Campaign,
    frame: Written,
) -> Outcome<Result<Written, String>> {
    let notice = &campaign.notice;
    let mut options: BTreeMap<String, usize> = BTreeMap::new();
    let mut why = String::new();
    for _ in 0..TRIES {
        let written = Written {
            answers: answers(notice, &frame, &options),
            ..frame.clone()
        };
        let checked = match checks::check(app, who, &campaign.head.slug, written.clone()).await {
            Ok(checked) => checked,
            Err(refused) => return Ok(Err(format!("{refused:?}"))),
        };
        let files = |key: &str| notice.evidence.iter().any(|s| s.key == key);
        let any = |key: &str| notice.rule.iter().any(|r| r.key == key && about_files(r));
        let found: Vec<_> = (checked.findings.into_iter())
            .filter(|f| !files(&f.rule) && !any(&f.rule))
            .collect();
        let refused = blocking(&found);
        let Some(first) = refused.first() else {
            return Ok(Ok(written));
        };
        why = format!("{}: {}", first.field, first.message);
        let options_of = notice
            .form
            .field
            .iter()
            .filter(|f| matches!(f.kind, FieldKind::Choice { .. } | FieldKind::Platform));
        let named: Vec<&str> = options_of
            .clone()
            .map(|f| f.key.as_str())
            .filter(|key| refused.iter().any(|v| v.field == *key))
            .collect();
        let turned = match named.is_empty() {
            true => options_of.map(|f| f.key.as_str()).collect(),
            false => named,
        };
        for key in turned {
            *options.entry(key.to_owned()).or_default() += 1;
        }
    }
    Ok(Err(why))
}

fn about_files(rule: &domain::notice::Rule) -> bool {
    matches!(rule.kind, domain::notice::RuleKind::AnyEvidence { .. })
}

fn answers(notice: &Notice, frame: &Written, options: &BTreeMap<String, usize>) -> Answers {
    let mut answers = Answers::default();
    // a field may hang on the answer to another, wherever that one stands
    for _ in 0..3 {
        for field in &notice.form.field {
            match field.when.holds(&frame.choice, &answers) {
                true => {
                    let turn = options.get(&field.key).copied().unwrap_or_default();
                    if let Some(answer) = answer(notice, field, &frame.region, turn) {
                        answers.0.insert(field.key.clone(), answer);
                    }
                }
                false => drop(answers.0.remove(&field.key)),
            }
        }
    }
    answers
}

/// An answer to a field by its kind, of several options the nth.
pub fn answer(notice: &Notice, field: &Field, region: &str, turn: usize) -> Option<Answer> {
    let text = |text: &str| Some(Answer::Text(text.to_owned()));
    let long = "本账号坚持正确导向，聚焦群众急难愁盼问题，及时回应关切，积极参与网络公益活动。";
    match &field.kind {
        FieldKind::Text { max_chars } => {
            let whole = line(notice, field);
            text(&whole.chars().take(*max_chars as usize).collect::<String>())
        }
        FieldKind::LongText { max_chars } => {
            let times = (*max_chars as usize / long.chars().count()).clamp(1, 8);
            text(&long.repeat(times))
        }
        FieldKind::Integer { min, max } => {
            let most = max.unwrap_or(500_000).min(500_000);
            Some(Answer::Number(most.max(*min)))
        }
        FieldKind::Percent => Some(Answer::Number(90_00)),
        FieldKind::Date => text("2020-01-02"),
        FieldKind::Choice { options } => text(&options.get(turn % options.len().max(1))?.key),
        FieldKind::Platform => match notice.platform.get(turn % notice.platform.len().max(1)) {
            Some(platform) => text(&platform.key),
            None => text("微信公众号"),
        },
        FieldKind::Region => text(region),
        FieldKind::Telephone => text("0551-62345678"),
        FieldKind::Mobile => text("13800138000"),
        FieldKind::Email => text("sample@example.cn"),
        FieldKind::Postcode => text("230000"),
        FieldKind::Address => text("sample-account"),
        // the number that GB 32100 itself takes as its example
        FieldKind::CreditCode => text("91350100M000100Y43"),
        FieldKind::Children { .. } => Some(Answer::Children(
            (1..=5).map(|n| child(notice, n)).collect(),
        )),
        FieldKind::ChildrenFollowers => None,
    }
}

/// Names of people are of characters that not every font has.
fn line(notice: &Notice, field: &Field) -> &'static str {
    if field.key == notice.form.name_field {
        "样例发布"
    } else if field.key == notice.form.operator_field {
        "样例融媒体中心"
    } else if field.label.contains("联系人")
        || field.label.contains("负责人")
        || field.label.contains("姓名")
    {
        "张㛃䶮𬭎𠅤"
    } else {
        "样例"
    }
}

fn child(notice: &Notice, n: i64) -> Child {
    Child {
        name: format!("样例{n}号"),
        platform: notice
            .platform
            .first()
            .map_or_else(|| "微信公众号".into(), |p| p.key.clone()),
        account_id: format!("sample-{n}"),
        followers: 100_000,
    }
}

/// As many files as each slot asks for; videos are left out, no notice asks for one alone.
async fn attach(
    app: &Shared,
    who: &Applicant,
    campaign: &Campaign,
    id: &str,
    written: &Written,
) -> Outcome {
    let slots: Vec<&EvidenceSlot> = campaign
        .notice
        .evidence
        .iter()
        .filter(|s| s.when.holds(&written.choice, &written.answers))
        .filter(|s| s.kind != EvidenceKind::Video)
        .collect();
    for slot in slots {
        for n in 1..=slot.min.max(1).min(slot.max) {
            let (bytes, ending) = match slot.kind {
                EvidenceKind::Pdf => (draft(app, campaign, id).await?.pdf, "pdf"),
                _ => (picture(n)?, "png"),
            };
            let upload = Upload {
                slot: slot.key.clone(),
                file_name: format!("{}{n}.{ending}", slot.label),
                bytes,
            };
            evidence::attach(app, who, id, None, upload).await?;
        }
    }
    Ok(())
}

async fn draft(app: &Shared, campaign: &Campaign, id: &str) -> Outcome<Rendered> {
    let row = db::entries::get(app.db.read(), id).await?;
    let entry = db::entries::to_entry(&row, &app.sealing)?;
    Ok(forms::draft(app, campaign, &entry).await?)
}

/// Another one each time: the same bytes twice would be one file.
fn picture(n: u32) -> Outcome<Vec<u8>> {
    let shade = u8::try_from(n * 40 % 256).unwrap_or_default();
    let picture = image::RgbImage::from_fn(480, 320, |x, y| {
        let fall = |at: u32, of: u32| u8::try_from(at * 255 / of).unwrap_or(u8::MAX);
        image::Rgb([shade, fall(x, 480), fall(y, 320)])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png)?;
    Ok(png.into_inner())
}
