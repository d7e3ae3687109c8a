//! Who acts.

use serde::{Deserialize, Serialize};

use crate::agency::Agency;

/// The caller of an operation, as the token told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// 申报人.
    Applicant(Applicant),
    /// 工作人员.
    Officer(Officer),
}

/// 申报人: known by a WeChat identity or a confirmed phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    pub id: String,
}

/// 工作人员 of one agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    pub id: String,
    pub name: String,
    pub agency: Agency,
    pub roles: Vec<Role>,
}

/// What an officer is trusted with; deciding and stamping can be two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 经办人: prepares.
    Clerk,
    /// 审核人: decides.
    Reviewer,
    /// 印章保管人: stamps.
    SealKeeper,
    /// 主办方: sets the campaign up, keeps agencies and officers.
    Organiser,
    /// 专家.
    Expert,
    /// 审计员: reads the trail, changes nothing.
    Auditor,
}

impl Role {
    /// Every role, in the order of the table of permissions.
    pub const ALL: [Role; 6] = [
        Role::Clerk,
        Role::Reviewer,
        Role::SealKeeper,
        Role::Organiser,
        Role::Expert,
        Role::Auditor,
    ];

    /// The word used in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Clerk => "clerk",
            Role::Reviewer => "reviewer",
            Role::SealKeeper => "seal_keeper",
            Role::Organiser => "organiser",
            Role::Expert => "expert",
            Role::Auditor => "auditor",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.as_str() == word)
    }
}
