//! The notice's rules: thresholds, exclusions, one route only. All findings at once, each with its clause.

use crate::agency::region_covers;
use crate::evidence::Attached;
use crate::finding::Finding;
use crate::form::Answers;
use crate::notice::{Choice, FieldKind, Notice, Profile, Rule, RuleKind, ThresholdRow};
use crate::text::{fold, skeleton};

/// What the caller looked up for the rules that reach beyond one entry.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Live entries of the campaign, by somebody else or on another platform, with a name like this one's.
    pub alike: Vec<Alike>,
    /// Accounts of this entry that another live entry occupies: (account, whose entry is told by name only to its owner).
    pub occupied: Vec<String>,
    /// Hits on the office's lists of penalties.
    pub negative: Vec<String>,
}

/// Another entry that reads like this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    pub name: String,
    pub platform: Option<String>,
    pub operator_fold: String,
}

/// Checks every rule that applies.
#[must_use]
pub fn check_rules(
    notice: &Notice,
    choice: &Choice,
    answers: &Answers,
    attached: &[Attached],
    facts: &Facts,
) -> Vec<Finding> {
    let asked = notice.rule.iter().filter(|r| r.when.holds(choice, answers));
    asked
        .flat_map(|rule| check_rule(notice, rule, choice, answers, attached, facts))
        .collect()
}

/// Checks what the applicant chose before filling the form.
#[must_use]
pub fn check_choice(notice: &Notice, choice: &Choice) -> Vec<Finding> {
    let unknown =
        |field: &str| Finding::block(field, field, "choice_unknown", "通知中没有这一选项");
    let mut findings = Vec::new();
    if !notice.subject.iter().any(|s| s.key == choice.subject) {
        findings.push(unknown("subject"));
    }
    if !notice.route.iter().any(|r| r.key == choice.route) {
        findings.push(unknown("route"));
    }
    match notice.category.iter().find(|c| c.key == choice.category) {
        None => findings.push(unknown("category")),
        Some(category)
            if !category.subject.is_empty() && !category.subject.contains(&choice.subject) =>
        {
            let message = format!("“{}”不接受这种申报对象", category.label);
            findings.push(
                Finding::block("category", "category", "category_subject", message)
                    .clause(category.clause.as_deref()),
            );
        }
        Some(_) => {}
    }
    findings
}

fn check_rule(
    notice: &Notice,
    rule: &Rule,
    choice: &Choice,
    answers: &Answers,
    attached: &[Attached],
    facts: &Facts,
) -> Vec<Finding> {
    let not_met = |field: &str, message: String| {
        Finding::block(&rule.key, field, &rule.key, message)
            .clause(Some(&rule.clause))
            .effect(rule.effect)
    };
    let label = |key: &str| {
        notice
            .form
            .field
            .iter()
            .find(|f| f.key == key)
            .map_or_else(|| key.to_owned(), |f| f.label.clone())
    };
    let one = |finding: Option<Finding>| finding.into_iter().collect::<Vec<_>>();
    match &rule.kind {
        RuleKind::AtLeast {
            field,
            min,
            inclusive,
        } => one(answers
            .number(field)
            .filter(|n| below(*n, *min, *inclusive))
            .map(|n| {
                let (n, min) = (shown(notice, field, n), shown(notice, field, *min));
                not_met(field, format!("{}为{n}，未达到{min}", label(field))).limit(min, n)
            })),
        RuleKind::AtMost {
            field,
            max,
            inclusive,
        } => one(answers
            .number(field)
            .filter(|n| below(-*n, -*max, *inclusive))
            .map(|n| {
                let (n, max) = (shown(notice, field, n), shown(notice, field, *max));
                not_met(field, format!("{}为{n}，超过了{max}", label(field))).limit(max, n)
            })),
        RuleKind::ThresholdTable {
            field,
            platform_field,
            level_field,
            row,
        } => {
            let platform = answers.text(platform_field).unwrap_or_default();
            let level = level_field.as_ref().and_then(|f| answers.text(f));
            let fits = |r: &&ThresholdRow| {
                (r.platform.is_empty() || r.platform.iter().any(|p| p == platform))
                    && r.level.as_deref().is_none_or(|l| Some(l) == level)
            };
            let found = row.iter().find(fits).zip(answers.number(field));
            one(found
                .filter(|(r, n)| below(*n, r.min, r.inclusive))
                .map(|(r, n)| {
                    let name = notice
                        .platform
                        .iter()
                        .find(|p| p.key == platform)
                        .map_or(platform, |p| &p.label);
                    let message = format!("{name}{}为{n}，未达到{}", label(field), r.min);
                    not_met(field, message)
                        .limit(r.min, n)
                        .clause(Some(&r.clause))
                }))
        }
        RuleKind::PlatformNamed { field, .. } => one(answers
            .text(field)
            .filter(|p| !notice.platform.iter().any(|x| x.key == *p))
            .map(|p| not_met(field, format!("“{p}”不在通知列举的平台之内")))),
        RuleKind::MatrixChildren { field, min } => {
            let count = answers.children(field).len();
            one(
                (is_matrix(notice, choice) && count < *min as usize).then(|| {
                    not_met(field, format!("传播矩阵至少{min}个账号，现有{count}个"))
                        .limit(min, count)
                }),
            )
        }
        RuleKind::MatrixName { field, suffix } => one(answers
            .text(field)
            .filter(|name| {
                is_matrix(notice, choice)
                    && !(name.ends_with(suffix.as_str()) && name.len() > suffix.len())
            })
            .map(|name| not_met(field, format!("名称应写作“××{suffix}”，现为“{name}”")))),
        RuleKind::MatrixExclusive { field } => facts
            .occupied
            .iter()
            .map(|a| not_met(field, format!("账号“{a}”已参加本次推选的其他申报")))
            .collect(),
        RuleKind::OneRoute => facts
            .occupied
            .iter()
            .take(1)
            .map(|a| {
                not_met(
                    &notice.form.name_field,
                    format!("账号“{a}”已有申报，每个账号只能通过一种途径申报一次"),
                )
            })
            .collect(),
        RuleKind::SameName => facts
            .alike
            .iter()
            .map(|a| {
                not_met(
                    &notice.form.name_field,
                    format!(
                        "与另一申报“{}”名称相同或极为相似，请核对是否为同一账号",
                        a.name
                    ),
                )
            })
            .collect(),
        RuleKind::CategoryTakes { field, row } => {
            let allowed = row.iter().find(|r| r.category == choice.category);
            one(allowed
                .zip(answers.text(field))
                .filter(|(r, v)| !r.is.iter().any(|x| x == v))
                .map(|(_, _)| not_met(field, format!("{}与所选类别不符", label(field)))))
        }
        RuleKind::AnswerAmong { field, is } => one(answers
            .text(field)
            .filter(|v| !is.iter().any(|x| x == v))
            .map(|_| not_met(field, format!("{}不在通知规定的范围内", label(field))))),
        RuleKind::PersonDecides { what } => {
            vec![not_met(
                &notice.form.name_field,
                format!("须由工作人员认定：{what}"),
            )]
        }
        RuleKind::AnyEvidence { slot } => {
            let names: Vec<&str> = notice
                .evidence
                .iter()
                .filter(|s| slot.contains(&s.key))
                .map(|s| s.label.as_str())
                .collect();
            one((!attached.iter().any(|a| slot.contains(&a.slot))).then(|| {
                not_met(
                    &slot.join(","),
                    format!("请至少提交一种：{}", names.join("、")),
                )
            }))
        }
        RuleKind::NegativeList { years, .. } => facts
            .negative
            .iter()
            .map(|hit| {
                let period = years.map_or_else(String::new, |y| format!("近{y}年"));
                not_met(
                    &notice.form.operator_field,
                    format!("{period}记录：{hit}，须由工作人员认定"),
                )
            })
            .collect(),
        RuleKind::CountedBetween { .. } => vec![],
        RuleKind::InTerritory { field } => one(answers
            .text(field)
            .filter(|r| !region_covers(&notice.region, r))
            .map(|_| not_met(field, "注册地不在本次推选的行政区域内".into()))),
    }
}

fn below(n: i64, min: i64, inclusive: bool) -> bool {
    if inclusive { n < min } else { n <= min }
}

/// Per cent fields hold hundredths.
fn shown(notice: &Notice, field: &str, n: i64) -> String {
    let percent = notice
        .form
        .field
        .iter()
        .any(|f| f.key == field && f.kind == FieldKind::Percent);
    match (percent, n % 100) {
        (true, 0) => format!("{}%", n / 100),
        (true, rest) => format!("{}.{:02}%", n / 100, rest),
        (false, _) => n.to_string(),
    }
}

fn is_matrix(notice: &Notice, choice: &Choice) -> bool {
    notice
        .subject
        .iter()
        .any(|s| s.key == choice.subject && s.profile == Profile::Matrix)
}

/// An account that an entry occupies alone in its campaign: by whatever route, alone or in a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountClaim {
    /// Platform and id, folded; unique among live entries of a campaign.
    pub key: String,
    /// As typed, for messages.
    pub name: String,
}

/// The accounts of an entry: itself, and a matrix's children. Look-alike spellings meet.
#[must_use]
pub fn account_claims(notice: &Notice, answers: &Answers) -> Vec<AccountClaim> {
    let mut claims = Vec::new();
    let name = answers.text(&notice.form.name_field).unwrap_or_default();
    let platform = notice
        .form
        .platform_field
        .as_deref()
        .and_then(|f| answers.text(f))
        .unwrap_or_default();
    if !name.is_empty() {
        claims.push(AccountClaim {
            key: format!("{}/{}", fold(platform), skeleton(name)),
            name: name.to_owned(),
        });
    }
    for field in notice
        .form
        .field
        .iter()
        .filter(|f| matches!(f.kind, FieldKind::Children { .. }))
    {
        for child in answers.children(&field.key) {
            claims.push(AccountClaim {
                key: format!("{}/{}", fold(&child.platform), skeleton(&child.name)),
                name: child.name.clone(),
            });
        }
    }
    for claim in &mut claims {
        claim.key = claim.key.chars().take(190).collect();
    }
    claims.dedup_by(|a, b| a.key == b.key);
    claims
}
