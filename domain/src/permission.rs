//! Who may do what: one table, read from top to bottom.
//!
//! The table speaks of roles only. Which rows an officer can see at all is decided in the query
//! that looks them up; what cannot be seen is absent, not forbidden.

use crate::actor::{Officer, Role};
use crate::refusal::Refusal;

/// Acts of officers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Queue, entries, evidence, findings, quota.
    ReadEntries,
    /// The queue as a spreadsheet.
    ExportEntries,
    /// Everything of an entry, to be taken away: form, evidence, trail.
    ExportDossiers,
    /// Endorse, return, decline.
    Review,
    /// Put the agency's seal into its box.
    Stamp,
    /// Decide a finding that the notice leaves to a person.
    DecideFinding,
    /// Draft and send the agency's list or batch.
    Nominate,
    /// Take in a batch or list sent up, mark paper received.
    Receive,
    /// Admit one applicant after closing.
    AdmitLate,
    /// Campaigns, windows, negative lists.
    RunCampaign,
    /// Agencies and officers below one's own.
    ManagePeople,
    /// The register of seals below one's own agency.
    ReadSeals,
    /// Register, suspend, resume, revoke seals.
    ManageSeals,
    /// The event trail of an entry, who was admitted late, whether a campaign's trail is whole.
    ReadTrail,
    /// The trails of a campaign and of the system: officers' sign-ins are there, and why one was disabled.
    ReadAudit,
}

/// The table.
pub const TABLE: [(Act, &[Role]); 15] = [
    (
        Act::ReadEntries,
        &[
            Role::Clerk,
            Role::Reviewer,
            Role::SealKeeper,
            Role::Organiser,
            Role::Auditor,
        ],
    ),
    (
        Act::ExportEntries,
        &[Role::Clerk, Role::Reviewer, Role::Organiser],
    ),
    (Act::ExportDossiers, &[Role::Reviewer, Role::Organiser]),
    (Act::Review, &[Role::Reviewer]),
    (Act::Stamp, &[Role::SealKeeper]),
    (Act::DecideFinding, &[Role::Reviewer]),
    (Act::Nominate, &[Role::Clerk, Role::Reviewer]),
    (Act::Receive, &[Role::Clerk, Role::Reviewer]),
    (Act::AdmitLate, &[Role::Organiser]),
    (Act::RunCampaign, &[Role::Organiser]),
    (Act::ManagePeople, &[Role::Organiser]),
    (
        Act::ReadSeals,
        &[Role::SealKeeper, Role::Organiser, Role::Auditor],
    ),
    (Act::ManageSeals, &[Role::Organiser]),
    (
        Act::ReadTrail,
        &[Role::Reviewer, Role::Organiser, Role::Auditor],
    ),
    (Act::ReadAudit, &[Role::Organiser, Role::Auditor]),
];

/// May an officer with these roles do it?
#[must_use]
pub fn allows(roles: &[Role], act: Act) -> bool {
    TABLE
        .iter()
        .any(|(a, who)| *a == act && who.iter().any(|r| roles.contains(r)))
}

/// Refuses with `role_missing` unless the table allows it.
pub fn require(officer: &Officer, act: Act) -> Result<(), Refusal> {
    if allows(&officer.roles, act) {
        return Ok(());
    }
    Err(Refusal::new("role_missing", "您的岗位没有办理此事项的权限"))
}
