use super::{Links, Wanted};
use crate::notice::RuleKind;

impl Links<'_> {
    /// What rules refer to.
    pub(super) fn rules(&mut self) {
        let n = self.notice;
        for (i, rule) in n.rule.iter().enumerate() {
            let at = format!("/rule/{i}");
            self.when(&at, &rule.when);
            let field = format!("{at}/field");
            match &rule.kind {
                RuleKind::AtLeast { field: key, .. }
                | RuleKind::AtMost { field: key, .. }
                | RuleKind::CountedBetween { field: key, .. } => {
                    self.field(&field, key, Wanted::Number);
                }
                RuleKind::ThresholdTable {
                    field: key,
                    platform_field,
                    level_field,
                    row,
                } => {
                    self.field(&field, key, Wanted::Number);
                    self.field(
                        &format!("{at}/platform_field"),
                        platform_field,
                        Wanted::Platform,
                    );
                    if let Some(level) = level_field {
                        self.field(&format!("{at}/level_field"), level, Wanted::Choice);
                    }
                    for (j, row) in row.iter().enumerate() {
                        let place = format!("{at}/row/{j}");
                        self.each(
                            &format!("{place}/platform"),
                            &row.platform,
                            &keys!(n.platform),
                            "平台",
                        );
                        if let (Some(field), Some(level)) = (level_field, &row.level) {
                            self.options(
                                &format!("{place}/level"),
                                field,
                                std::slice::from_ref(level),
                            );
                        }
                    }
                }
                RuleKind::PlatformNamed { field: key, .. } => {
                    self.field(&field, key, Wanted::Platform)
                }
                RuleKind::MatrixChildren { field: key, .. }
                | RuleKind::MatrixExclusive { field: key } => {
                    self.field(&field, key, Wanted::Children);
                }
                RuleKind::MatrixName { field: key, .. } => self.field(&field, key, Wanted::Text),
                RuleKind::CategoryTakes { field: key, row } => {
                    self.field(&field, key, Wanted::Choice);
                    for (j, row) in row.iter().enumerate() {
                        let place = format!("{at}/row/{j}");
                        self.must(
                            format!("{place}/category"),
                            &row.category,
                            &keys!(n.category),
                            "类别",
                        );
                        self.options(&format!("{place}/is"), key, &row.is);
                    }
                }
                RuleKind::AnswerAmong { field: key, is } => {
                    self.field(&field, key, Wanted::Any);
                    self.options(&format!("{at}/is"), key, is);
                }
                RuleKind::AnyEvidence { slot } => {
                    self.each(&format!("{at}/slot"), slot, &keys!(n.evidence), "材料");
                }
                RuleKind::InTerritory { field: key } => self.field(&field, key, Wanted::Region),
                RuleKind::OneRoute
                | RuleKind::SameName
                | RuleKind::PersonDecides { .. }
                | RuleKind::NegativeList { .. } => {}
            }
        }
    }
}
