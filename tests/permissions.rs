//! Every operation of both contracts, tried by every kind of caller.
//!
//! The table says who may; an operation that it does not name fails by name.

use domain::actor::Role;
use domain::notice::Attachment;
use domain::permission::{Act, allows};
use reqwest::Method;
use serde_json::Value;
use tuixuan::app::{attachments, campaigns};
use tuixuan::config::Secret;
use tuixuan::db::events::By;

use crate::support::{BOZHOU_FILES as FILES, IN_BOZHOU_WINDOW, TestApp, bytes_of};
use scene::{request, scene};

mod scene;

const SLUG: &str = "bozhou-2022";
const APPLICANT: &str = "/api/v1";
const ADMIN: &str = "/admin/api/v1";

/// Who may call an operation.
#[derive(Debug, Clone, Copy)]
enum May {
    Anybody,
    AnyApplicant,
    OwnApplicant,
    /// The owner; the notice of the scene asks for no such thing, so for the owner it is absent too.
    OwnUnasked,
    AnyOfficer,
    /// Any officer of that agency or above it; else it is absent.
    InSight,
    /// Only the role counts: one's own queue, one's own list.
    Role(Act),
    /// The role, and the entry is or was with one's agency or one below; else it is absent.
    Entry(Act),
    /// The role, and the person or agency is below one's own; else it is absent.
    Below(Act),
    /// The role; the scene has no such list or batch, so for those who may it is absent.
    Unasked(Act),
    /// The role, and the notice's territory is one's own; else it is absent.
    Territory(Act),
    /// The role, in the agency that stands above all others; else it is forbidden.
    Head(Act),
    /// As before; the scene has no such thing, so for those who may it is absent.
    Missing(Act),
}

use May::{
    AnyApplicant, AnyOfficer, Anybody, Below, Entry, Head, InSight, Missing, OwnApplicant,
    OwnUnasked, Role as ByRole, Territory, Unasked,
};

const TABLE: &[(&str, &str, May)] = &[
    (APPLICANT, "getClientSettings", Anybody),
    (APPLICANT, "signInWechat", Anybody),
    (APPLICANT, "signInOfficialAccount", Anybody),
    (APPLICANT, "signInPhone", Anybody),
    (APPLICANT, "sendPhoneCode", Anybody),
    (APPLICANT, "listCampaigns", Anybody),
    (APPLICANT, "getCampaign", Anybody),
    (APPLICANT, "getNotice", Anybody),
    (APPLICANT, "listCampaignAgencies", Anybody),
    (APPLICANT, "getAttachment", Anybody),
    (APPLICANT, "getBlankForm", Anybody),
    (APPLICANT, "getOriginal", Anybody),
    (APPLICANT, "getPaper", Anybody),
    (APPLICANT, "compareCopy", Anybody),
    (APPLICANT, "getMe", AnyApplicant),
    (APPLICANT, "bindPhone", AnyApplicant),
    (APPLICANT, "subscribe", AnyApplicant),
    (APPLICANT, "signOut", AnyApplicant),
    (APPLICANT, "checkEntry", AnyApplicant),
    (APPLICANT, "createEntry", AnyApplicant),
    (APPLICANT, "listEntries", AnyApplicant),
    (APPLICANT, "getEntry", OwnApplicant),
    (APPLICANT, "saveEntry", OwnApplicant),
    (APPLICANT, "getFindings", OwnApplicant),
    (APPLICANT, "attachEvidence", OwnApplicant),
    (APPLICANT, "getEvidence", OwnApplicant),
    (APPLICANT, "getScanBox", OwnApplicant),
    (APPLICANT, "removeEvidence", OwnApplicant),
    (APPLICANT, "orderEvidence", OwnApplicant),
    (APPLICANT, "submitEntry", OwnApplicant),
    (APPLICANT, "withdrawEntry", OwnApplicant),
    (APPLICANT, "getTimeline", OwnApplicant),
    (APPLICANT, "getEntryCode", OwnApplicant),
    (APPLICANT, "getSlip", OwnApplicant),
    (APPLICANT, "getSlipPaper", OwnApplicant),
    (APPLICANT, "getReceipt", OwnApplicant),
    (APPLICANT, "getForm", OwnApplicant),
    (APPLICANT, "listDeliverables", OwnApplicant),
    (APPLICANT, "getEvidenceCopy", OwnApplicant),
    (APPLICANT, "beginUpload", OwnApplicant),
    (APPLICANT, "listUploads", OwnApplicant),
    (APPLICANT, "getUpload", OwnUnasked),
    (APPLICANT, "putPart", OwnUnasked),
    (APPLICANT, "finishUpload", OwnUnasked),
    (APPLICANT, "cancelUpload", OwnUnasked),
    (APPLICANT, "getCertificate", Anybody),
    (APPLICANT, "listCertificates", OwnApplicant),
    (APPLICANT, "getCertificatePaper", OwnUnasked),
    (APPLICANT, "handInDeliverable", OwnUnasked),
    (APPLICANT, "getDeliverableForm", OwnUnasked),
    (ADMIN, "signIn", Anybody),
    (ADMIN, "signOut", AnyOfficer),
    (ADMIN, "getMe", AnyOfficer),
    (ADMIN, "changePassword", AnyOfficer),
    (ADMIN, "beginTotp", AnyOfficer),
    (ADMIN, "confirmTotp", AnyOfficer),
    (ADMIN, "listAgencies", AnyOfficer),
    (ADMIN, "getAgency", InSight),
    (ADMIN, "addAgency", ByRole(Act::ManagePeople)),
    (ADMIN, "importAgencies", ByRole(Act::ManagePeople)),
    (ADMIN, "saveAgency", Below(Act::ManagePeople)),
    (ADMIN, "closeAgency", Below(Act::ManagePeople)),
    (ADMIN, "reopenAgency", Below(Act::ManagePeople)),
    (ADMIN, "addCampaignAgency", Head(Act::RunCampaign)),
    (ADMIN, "removeCampaignAgency", Head(Act::RunCampaign)),
    (ADMIN, "getCampaign", AnyOfficer),
    (ADMIN, "listOfficers", ByRole(Act::ManagePeople)),
    (ADMIN, "addOfficer", Below(Act::ManagePeople)),
    (ADMIN, "changeOfficer", Below(Act::ManagePeople)),
    (ADMIN, "disableOfficer", Below(Act::ManagePeople)),
    (ADMIN, "reinstateOfficer", Below(Act::ManagePeople)),
    (ADMIN, "listNotices", ByRole(Act::RunCampaign)),
    (ADMIN, "checkNotice", ByRole(Act::RunCampaign)),
    (ADMIN, "resetPassword", Below(Act::ManagePeople)),
    (ADMIN, "resetTotp", Below(Act::ManagePeople)),
    (ADMIN, "createCampaign", Territory(Act::RunCampaign)),
    (ADMIN, "moveWindow", Head(Act::RunCampaign)),
    (ADMIN, "putAttachment", Head(Act::RunCampaign)),
    (ADMIN, "admitLate", Head(Act::AdmitLate)),
    (ADMIN, "withdrawLateAdmission", Missing(Act::AdmitLate)),
    (ADMIN, "listLateAdmissions", Head(Act::ReadTrail)),
    (ADMIN, "verifyTrail", Head(Act::ReadTrail)),
    (ADMIN, "listCampaignTrail", Head(Act::ReadAudit)),
    (ADMIN, "listTrail", ByRole(Act::ReadAudit)),
    (ADMIN, "loadNegativeLines", Head(Act::RunCampaign)),
    (ADMIN, "loadNegativeSheet", Head(Act::RunCampaign)),
    (ADMIN, "listNegativeLines", Head(Act::RunCampaign)),
    (ADMIN, "withdrawNegativeLine", Missing(Act::RunCampaign)),
    (ADMIN, "listNegativeEntries", Head(Act::RunCampaign)),
    (ADMIN, "getQuotas", ByRole(Act::ReadEntries)),
    (ADMIN, "getQueue", ByRole(Act::ReadEntries)),
    (ADMIN, "getQueueCounts", ByRole(Act::ReadEntries)),
    (ADMIN, "exportQueue", ByRole(Act::ExportEntries)),
    (ADMIN, "getNomination", Unasked(Act::ReadEntries)),
    (ADMIN, "getNominationForm", Unasked(Act::ReadEntries)),
    (ADMIN, "verifyNomination", Unasked(Act::ReadEntries)),
    (ADMIN, "stampNomination", Unasked(Act::Stamp)),
    (ADMIN, "putNominationScan", Unasked(Act::Nominate)),
    (ADMIN, "getNominationScan", Unasked(Act::ReadEntries)),
    (ADMIN, "saveNomination", Unasked(Act::Nominate)),
    (ADMIN, "dispatchNomination", Unasked(Act::Nominate)),
    (ADMIN, "returnNomination", Unasked(Act::Receive)),
    (ADMIN, "listNominations", ByRole(Act::Receive)),
    (ADMIN, "createBatch", Unasked(Act::Nominate)),
    (ADMIN, "listBatches", ByRole(Act::ReadEntries)),
    (ADMIN, "changeBatch", Unasked(Act::Nominate)),
    (ADMIN, "cancelBatch", Unasked(Act::Nominate)),
    (ADMIN, "dispatchBatch", Unasked(Act::Nominate)),
    (ADMIN, "receiveBatch", Unasked(Act::Receive)),
    (ADMIN, "returnBatch", Unasked(Act::Receive)),
    (ADMIN, "printCertificates", Head(Act::RunCampaign)),
    (ADMIN, "listCertificates", Head(Act::RunCampaign)),
    (ADMIN, "revokeCertificate", Missing(Act::RunCampaign)),
    (ADMIN, "draftOfficialPaper", Head(Act::RunCampaign)),
    (ADMIN, "getDossier", Entry(Act::ExportDossiers)),
    (ADMIN, "getDossierArchive", Entry(Act::ExportDossiers)),
    (ADMIN, "exportDossiers", ByRole(Act::ExportDossiers)),
    (ADMIN, "exportBatchDossiers", Unasked(Act::ExportDossiers)),
    (ADMIN, "getBatchCover", Unasked(Act::ReadEntries)),
    (ADMIN, "getReceipt", Entry(Act::ReadEntries)),
    (ADMIN, "getSlipPaper", Entry(Act::ReadEntries)),
    (ADMIN, "listDeliverables", Entry(Act::ReadEntries)),
    (ADMIN, "getDeliverableForm", Unasked(Act::ReadEntries)),
    (ADMIN, "endorseEntries", ByRole(Act::Review)),
    (ADMIN, "getEntry", Entry(Act::ReadEntries)),
    (ADMIN, "getEvidence", Entry(Act::ReadEntries)),
    (ADMIN, "getEvidenceCopy", Entry(Act::ReadEntries)),
    (ADMIN, "getScanBox", Entry(Act::ReadEntries)),
    (ADMIN, "receivePaper", Entry(Act::Receive)),
    (ADMIN, "getForm", Entry(Act::ReadEntries)),
    (ADMIN, "verifyForm", Entry(Act::ReadEntries)),
    (ADMIN, "getTrail", Entry(Act::ReadTrail)),
    (ADMIN, "endorseEntry", Entry(Act::Review)),
    (ADMIN, "returnEntry", Entry(Act::Review)),
    (ADMIN, "extendSlip", Entry(Act::Review)),
    (ADMIN, "declineEntry", Entry(Act::Review)),
    (ADMIN, "decideFinding", Entry(Act::DecideFinding)),
    (ADMIN, "judgeVirusCheck", Entry(Act::DecideFinding)),
    (ADMIN, "decideContent", Entry(Act::DecideFinding)),
    (ADMIN, "stampForm", Entry(Act::Stamp)),
    (ADMIN, "listSeals", ByRole(Act::ReadSeals)),
    (ADMIN, "getSeal", Below(Act::ReadSeals)),
    (ADMIN, "registerSeal", Below(Act::ManageSeals)),
    (ADMIN, "setSealImage", Below(Act::ManageSeals)),
    (ADMIN, "suspendSeal", Below(Act::ManageSeals)),
    (ADMIN, "resumeSeal", Below(Act::ManageSeals)),
    (ADMIN, "revokeSeal", Below(Act::ManageSeals)),
];

/// Where an officer sits, seen from the agency whose duty is open.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Seat {
    Duty,
    Elsewhere,
    Above,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Nobody,
    Garbage,
    Owner,
    Other,
    Officer(Role, Seat),
}

struct Caller {
    kind: Kind,
    token: String,
}

/// The status that must come, or `None` where the caller is let through.
fn expected(may: May, kind: Kind) -> Option<u16> {
    let (role, seat) = match (may, kind) {
        (Anybody, _) => return None,
        (AnyApplicant | OwnApplicant, Kind::Owner) => return None,
        (AnyApplicant, Kind::Other) => return None,
        (OwnApplicant, Kind::Other) | (OwnUnasked, Kind::Owner | Kind::Other) => return Some(404),
        (AnyApplicant | OwnApplicant | OwnUnasked, _) => return Some(401),
        (_, Kind::Officer(role, seat)) => (role, seat),
        _ => return Some(401),
    };
    let by_role = |act| (!allows(&[role], act)).then_some(403);
    match may {
        InSight => (seat == Seat::Elsewhere).then_some(404),
        ByRole(act) => by_role(act),
        Unasked(act) => by_role(act).or(Some(404)),
        Entry(act) | Below(act) => by_role(act).or((seat == Seat::Elsewhere).then_some(404)),
        Territory(act) => by_role(act).or((seat != Seat::Above).then_some(404)),
        Head(act) => by_role(act).or((seat != Seat::Above).then_some(403)),
        Missing(act) => by_role(act).or(Some(if seat == Seat::Above { 404 } else { 403 })),
        _ => None,
    }
}

struct Operation {
    face: &'static str,
    name: String,
    method: Method,
    path: String,
}

/// Every operation of both contracts, those that end sign-ins last.
fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    for (file, text) in tuixuan::commands::openapi() {
        let face = match file {
            "applicant.json" => APPLICANT,
            "admin.json" => ADMIN,
            _ => continue,
        };
        let spec: Value = serde_json::from_str(&text).unwrap();
        for (path, methods) in spec["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                all.push(Operation {
                    face,
                    name: operation["operationId"].as_str().unwrap().to_owned(),
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.clone(),
                });
            }
        }
    }
    all.sort_by_key(|o| o.name == "signOut");
    all
}

#[test]
fn the_table_names_every_operation_and_nothing_else() {
    let all = operations();
    assert!(all.len() > 40, "the contracts were read");
    for o in &all {
        let rows = TABLE
            .iter()
            .filter(|(f, n, _)| *f == o.face && *n == o.name);
        assert_eq!(
            rows.count(),
            1,
            "{} {} in the table of permissions",
            o.face,
            o.name
        );
    }
    for (face, name, _) in TABLE {
        assert!(
            all.iter().any(|o| o.face == *face && o.name == *name),
            "{face} {name} is gone"
        );
    }
}

#[tokio::test]
async fn every_operation_lets_through_exactly_those_who_may() {
    let t = TestApp::start_with(IN_BOZHOU_WINDOW, |s| {
        s.wechat.check_content = true;
        s.wechat.push_token = Secret("token".into());
    })
    .await;
    let attachment = Attachment {
        key: "summary".into(),
        label: "汇总表".into(),
        file: "summary.pdf".into(),
        clause: None,
    };
    t.campaign_but(SLUG, |n| n.attachment.push(attachment))
        .await;
    let blank = t.get(&format!("{APPLICANT}/campaigns/{SLUG}/blank-form"), "");
    let (blank, by) = (bytes_of(blank).await, By::system(t.app.now()));
    let campaign = campaigns::by_slug(&t.app, SLUG).await.unwrap();
    let kept = attachments::keep(&t.app, &by, &campaign, "summary", blank);
    kept.await.unwrap();
    let (owner, other) = (t.applicant("owner").await, t.applicant("other").await);
    let scene = scene(&t, &owner).await;
    let mut callers = vec![
        (Kind::Nobody, String::new()),
        (Kind::Garbage, format!("v1.1.{}", "A".repeat(80))),
        (Kind::Owner, owner),
        (Kind::Other, other),
    ];
    for (agency, seat) in [
        ("谯城区委网信办", Seat::Duty),
        ("涡阳县委网信办", Seat::Elsewhere),
        ("亳州市委网信办", Seat::Above),
    ] {
        let agency = t.agency(SLUG, agency).await;
        for role in Role::ALL {
            callers.push((Kind::Officer(role, seat), t.officer(&agency, &[role]).await));
        }
    }
    let callers: Vec<Caller> = callers
        .into_iter()
        .map(|(kind, token)| Caller { kind, token })
        .collect();
    let mut wrong = Vec::new();
    for o in operations() {
        let Some((_, _, may)) = TABLE.iter().find(|(f, n, _)| *f == o.face && *n == o.name) else {
            wrong.push(format!("{} {} is not in the table", o.face, o.name));
            continue;
        };
        for caller in &callers {
            let mut request = request(&t, &scene, o.face, &o.name, o.method.clone(), &o.path).await;
            if !matches!(caller.kind, Kind::Nobody) {
                request = request.bearer_auth(&caller.token);
            }
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let text = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
            // A wrong code at the door is not a refusal of the caller.
            let at_the_door = status == 401
                && (text.contains("sign_in_failed") || text.contains("sign_in_expired"));
            let fits = match expected(*may, caller.kind) {
                Some(status_due) => status == status_due,
                None => at_the_door || ![401, 403, 404, 500].contains(&status),
            };
            if !fits {
                let due = expected(*may, caller.kind);
                let text: String = text.chars().take(200).collect();
                wrong.push(format!(
                    "{} {} by {:?}: {status}, due {due:?}: {text}",
                    o.face, o.name, caller.kind
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
