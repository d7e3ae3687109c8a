//! The notice's rules: thresholds, exclusions, one route only. All findings at once, each with its clause.

mod accounts;
mod operators;

use std::collections::BTreeSet;

use chrono::NaiveDate;

pub use accounts::{Account, AccountClaim, account_claims, account_key, accounts_of, platform_key};
pub use operators::{OperatorMark, check_operator, operator_marks};

use crate::agency::region_covers;
use crate::evidence::Attached;
use crate::finding::Finding;
use crate::form::Answers;
use crate::negative_line::{Kind, counts};
use crate::notice::{
    Choice, Effect, Field, FieldKind, Notice, Profile, Rule, RuleKind, ThresholdRow,
};
use crate::text::percent;

/// What the caller looked up for the rules that reach beyond one entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Live entries of the campaign, by somebody else or on another platform, with a name like this one's.
    pub alike: Vec<Alike>,
    /// Accounts of this entry that another live entry occupies, as this entry names them.
    pub occupied: Vec<String>,
    /// Fields that tell the operator of another live entry, whose operator is written otherwise.
    pub same_operator: Vec<String>,
    /// Hits on the office's lists of penalties.
    pub negative: Vec<NegativeHit>,
}

/// Another entry that reads like this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    pub name: String,
    pub platform: Option<String>,
    pub operator_fold: String,
}

/// A line on one of the office's lists that names this operator or one of the accounts. What the line says is not here:
/// findings are shown to applicants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegativeHit {
    /// Key of the list, as the rule writes it.
    pub list: String,
    /// Whom it names: the operator or an account.
    pub kind: Kind,
    /// As the entry writes it.
    pub name: String,
    /// Its day; a line without one counts always.
    pub on: Option<NaiveDate>,
}

/// Checks every rule that applies. What is not answered is the form's affair and not found twice.
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
        .flat_map(|rule| {
            let check = Check {
                notice,
                rule,
                choice,
                answers,
                attached,
                facts,
            };
            check.findings()
        })
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

/// One rule and what it looks at.
struct Check<'a> {
    notice: &'a Notice,
    rule: &'a Rule,
    choice: &'a Choice,
    answers: &'a Answers,
    attached: &'a [Attached],
    facts: &'a Facts,
}

impl Check<'_> {
    fn findings(&self) -> Vec<Finding> {
        let one = |finding: Option<Finding>| finding.into_iter().collect();
        match &self.rule.kind {
            RuleKind::AtLeast {
                field,
                min,
                inclusive,
            } => one(self.at_least(field, *min, *inclusive)),
            RuleKind::AtMost {
                field,
                max,
                inclusive,
            } => one(self.at_most(field, *max, *inclusive)),
            RuleKind::ThresholdTable {
                field,
                platform_field,
                level_field,
                row,
            } => one(self.threshold(field, platform_field, level_field.as_deref(), row)),
            RuleKind::PlatformNamed { field, open } => one(self.platform_named(field, *open)),
            RuleKind::MatrixChildren { field, min } => one(self.matrix_children(field, *min)),
            RuleKind::MatrixName { field, suffix } => one(self.matrix_name(field, suffix)),
            RuleKind::MatrixExclusive { field } => self.matrix_exclusive(field),
            RuleKind::OneRoute => self.one_route(),
            RuleKind::SameName => self.same_name(),
            RuleKind::CategoryTakes { field, row } => {
                let allowed = row.iter().find(|r| r.category == self.choice.category);
                one(allowed.and_then(|r| {
                    self.among(field, &r.is, |label| format!("{label}与所选类别不符"))
                }))
            }
            RuleKind::AnswerAmong { field, is } => {
                one(self.among(field, is, |label| format!("{label}不在通知规定的范围内")))
            }
            RuleKind::PersonDecides { what } => {
                let message = format!("须由工作人员认定：{what}");
                vec![self.not_met(&self.notice.form.name_field, message)]
            }
            RuleKind::AnyEvidence { slot } => one(self.any_evidence(slot)),
            RuleKind::NegativeList {
                list,
                years,
                anchor,
            } => one(self.negative_list(list, *years, *anchor)),
            RuleKind::CountedBetween { .. } => vec![],
            RuleKind::InTerritory { field } => one(self.in_territory(field)),
        }
    }

    fn not_met(&self, field: &str, message: String) -> Finding {
        Finding::block(&self.rule.key, field, &self.rule.key, message)
            .clause(Some(&self.rule.clause))
            .effect(self.rule.effect)
    }

    /// 「粉丝量达到1万以上」, 「原创作品占比不低于60%」.
    fn at_least(&self, field: &str, min: i64, inclusive: bool) -> Option<Finding> {
        let n = self.answers.number(field)?;
        let holds = if inclusive { n >= min } else { n > min };
        let (label, value, limit) = (
            self.label(field),
            self.shown(field, n),
            self.shown(field, min),
        );
        let wanted = if inclusive { "未达到" } else { "须超过" };
        (!holds).then(|| {
            self.not_met(field, format!("{label}为{value}，{wanted}{limit}"))
                .limit(limit, value)
        })
    }

    fn at_most(&self, field: &str, max: i64, inclusive: bool) -> Option<Finding> {
        let n = self.answers.number(field)?;
        let holds = if inclusive { n <= max } else { n < max };
        let (label, value, limit) = (
            self.label(field),
            self.shown(field, n),
            self.shown(field, max),
        );
        let wanted = if inclusive { "超过了" } else { "须少于" };
        (!holds).then(|| {
            self.not_met(field, format!("{label}为{value}，{wanted}{limit}"))
                .limit(limit, value)
        })
    }

    /// 「微信公众号粉丝量:省级账号2万及以上,市级1万及以上」. A row without platforms is for those that no
    /// row names; a platform that is named, but not at this level, is left to a person.
    fn threshold(
        &self,
        field: &str,
        platform_field: &str,
        level_field: Option<&str>,
        rows: &[ThresholdRow],
    ) -> Option<Finding> {
        let n = self.answers.number(field)?;
        let written = self.answers.text(platform_field)?;
        let platform = platform_key(self.notice, written);
        let level = level_field.and_then(|f| self.answers.text(f));
        let named = rows.iter().any(|r| r.platform.contains(&platform));
        let row = rows.iter().find(|r| {
            let platform_fits = if named {
                r.platform.contains(&platform)
            } else {
                r.platform.is_empty()
            };
            platform_fits && r.level.as_deref().is_none_or(|l| Some(l) == level)
        });
        let known = self.notice.platform.iter().find(|p| p.key == platform);
        let label = format!(
            "{}{}",
            known.map_or(written, |p| &p.label),
            self.label(field)
        );
        let Some(row) = row else {
            let message = format!("{label}为{n}，通知没有写明这一层级的要求，须由工作人员认定");
            let effect = match self.rule.effect {
                Effect::Block => Effect::Ask,
                milder => milder,
            };
            return Some(self.not_met(field, message).effect(effect));
        };
        let holds = if row.inclusive {
            n >= row.min
        } else {
            n > row.min
        };
        let wanted = if row.inclusive {
            "未达到"
        } else {
            "须超过"
        };
        let at = match (level_field, &row.level) {
            (Some(field), Some(level)) => format!("（{}）", self.option(field, level)),
            _ => String::new(),
        };
        (!holds).then(|| {
            self.not_met(field, format!("{label}为{n}，{wanted}{}{at}", row.min))
                .limit(row.min, n)
                .clause(Some(&row.clause))
        })
    }

    /// A list that ends with 等 cannot refuse a platform; it only makes people look.
    fn platform_named(&self, field: &str, open: bool) -> Option<Finding> {
        let written = self.answers.text(field)?;
        let key = platform_key(self.notice, written);
        if self.notice.platform.iter().any(|p| p.key == key) {
            return None;
        }
        let found = self.not_met(field, format!("“{written}”不在通知列举的平台之内"));
        Some(match (open, self.rule.effect) {
            (true, Effect::Block) => found.effect(Effect::Warn),
            _ => found,
        })
    }

    /// 「运营有5个及以上新媒体账号（包括不同平台）」.
    fn matrix_children(&self, field: &str, min: u32) -> Option<Finding> {
        let count = self.answers.children(field).len();
        (self.is_matrix() && count < min as usize).then(|| {
            let message = format!("传播矩阵至少{min}个账号，现有{count}个");
            self.not_met(field, message).limit(min, count)
        })
    }

    /// 「在账号名称一栏填写“××新媒体传播矩阵”」.
    fn matrix_name(&self, field: &str, suffix: &str) -> Option<Finding> {
        let name = self.answers.text(field)?;
        let fits = name.strip_suffix(suffix).is_some_and(|s| !s.is_empty());
        (self.is_matrix() && !fits)
            .then(|| self.not_met(field, format!("名称应写作“××{suffix}”，现为“{name}”")))
    }

    /// 「报名参加传播矩阵类的账号，不得再单独报名参加其他类别的推选」: told at the list of accounts, or at
    /// the name when this entry is the single account.
    fn matrix_exclusive(&self, field: &str) -> Vec<Finding> {
        let at = if self.is_matrix() {
            field
        } else {
            &self.notice.form.name_field
        };
        let taken = self.occupied().into_iter();
        taken
            .map(|a| self.not_met(at, format!("账号“{a}”已参加本次推选的其他申报")))
            .collect()
    }

    /// 「各账号只通过一种途径申报」.
    fn one_route(&self) -> Vec<Finding> {
        let taken = self.occupied().into_iter();
        taken
            .map(|a| {
                let message = format!("账号“{a}”已有申报，每个账号只能通过一种途径申报一次");
                self.not_met(&self.notice.form.name_field, message)
            })
            .collect()
    }

    fn occupied(&self) -> BTreeSet<&str> {
        self.facts.occupied.iter().map(String::as_str).collect()
    }

    /// 「相同名称、相似内容的不同平台账号，择一账号进行报名。」
    fn same_name(&self) -> Vec<Finding> {
        let alike = self.facts.alike.iter();
        alike
            .map(|a| {
                let message = format!(
                    "与另一申报“{}”名称相同或极为相似，请核对是否为同一账号",
                    a.name
                );
                self.not_met(&self.notice.form.name_field, message)
            })
            .collect()
    }

    fn among(
        &self,
        field: &str,
        is: &[String],
        message: impl Fn(&str) -> String,
    ) -> Option<Finding> {
        let value = self.answers.text(field)?;
        let fits = is.iter().any(|x| x == value);
        (!fits).then(|| self.not_met(field, message(self.label(field))))
    }

    /// 「工作材料可通过图文或视频展示」.
    fn any_evidence(&self, slots: &[String]) -> Option<Finding> {
        if self.attached.iter().any(|a| slots.contains(&a.slot)) {
            return None;
        }
        let among = self.notice.evidence.iter();
        let names: Vec<&str> = among
            .filter(|s| slots.contains(&s.key))
            .map(|s| s.label.as_str())
            .collect();
        let message = format!("请至少提交一种：{}", names.join("、"));
        Some(self.not_met(&slots.join(","), message))
    }

    /// 「账号运营主体在过去三年期间未受到属地网信部门的约谈、处罚」: told once, however many lines there are.
    fn negative_list(&self, list: &str, years: Option<u32>, anchor: NaiveDate) -> Option<Finding> {
        let hits = self.facts.negative.iter();
        let hits: Vec<&NegativeHit> = hits
            .filter(|h| h.list == list && counts(years, anchor, h.on))
            .collect();
        let form = &self.notice.form;
        let field = match hits.first()?.kind {
            Kind::Operator => &form.operator_field,
            Kind::Account => &form.name_field,
        };
        let names: BTreeSet<String> = hits.iter().map(|h| format!("“{}”", h.name)).collect();
        let names: Vec<String> = names.into_iter().collect();
        let period = years.map_or_else(String::new, |y| format!("近{y}年"));
        let left = match self.rule.effect {
            Effect::Ask => "，须由工作人员认定",
            Effect::Block | Effect::Warn => "",
        };
        let message = format!("{}{period}在负面名单中有记录{left}", names.join("、"));
        Some(self.not_met(field, message))
    }

    /// 「注册地为亳州市行政区域内」.
    fn in_territory(&self, field: &str) -> Option<Finding> {
        let region = self.answers.text(field)?;
        (!region_covers(&self.notice.region, region)).then(|| {
            self.not_met(field, "注册地不在本次推选的行政区域内".into())
                .limit(&self.notice.region, region)
        })
    }

    fn is_matrix(&self) -> bool {
        let chosen = |s: &&crate::notice::Subject| s.key == self.choice.subject;
        let subject = self.notice.subject.iter().find(chosen);
        subject.is_some_and(|s| s.profile == Profile::Matrix)
    }

    fn field(&self, key: &str) -> Option<&Field> {
        self.notice.form.field.iter().find(|f| f.key == key)
    }

    fn label<'a>(&'a self, key: &'a str) -> &'a str {
        self.field(key).map_or(key, |f| &f.label)
    }

    fn option<'a>(&'a self, field: &str, key: &'a str) -> &'a str {
        match self.field(field).map(|f| &f.kind) {
            Some(FieldKind::Choice { options }) => options
                .iter()
                .find(|o| o.key == key)
                .map_or(key, |o| &o.label),
            _ => key,
        }
    }

    /// Per cent fields hold hundredths.
    fn shown(&self, field: &str, n: i64) -> String {
        match self.field(field).map(|f| &f.kind) {
            Some(FieldKind::Percent) => percent(n),
            _ => n.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
