//! What there is to be asked for, and a sound request for each operation.

use domain::actor::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tuixuan::clock::new_id;

use super::{ADMIN, APPLICANT, FILES, SLUG};
use crate::support::{IN_BOZHOU_WINDOW, TestApp, blank_scan, bytes_of, json_of, picture, upload};

/// What is there to be asked for.
pub struct Scene {
    code: String,
    entry: String,
    file: String,
    scan: String,
    returned: String,
    duty_agency: String,
    seal: String,
    input: Value,
    login: String,
    certificate_code: String,
    receipt: String,
    check: String,
}

/// Two entries, one of them returned, and what belongs to them.
pub async fn scene(t: &TestApp, owner: &str) -> Scene {
    let mut input = t.bozhou_input("平台之声").await;
    input["answers"]["operator_kind"] = json!("company");
    let (entry, version) = t.ready_draft(owner, &input, SLUG, &FILES[..4]).await;
    let scan = t.attach(owner, &entry, FILES[4], blank_scan()).await;
    t.submit(owner, &entry, version + 1).await;
    bytes_of(t.get(&format!("/api/v1/entries/{entry}/form"), owner)).await;
    let mine = json_of(t.get(&format!("/api/v1/entries/{entry}"), owner), 200).await;
    let second = t.bozhou_input("谯城发布").await;
    let (returned, version) = t.ready_draft(owner, &second, SLUG, &FILES).await;
    let version = t.submit(owner, &returned, version).await["version"].to_string();
    let reviewer = t.reviewer(SLUG, "谯城区委网信办").await;
    let slip = json!({ "items": [{ "field": "summary", "message": "请补充" }] });
    let give_back = t.post(
        &format!("{ADMIN}/entries/{returned}/return"),
        &reviewer,
        &slip,
    );
    json_of(give_back.header("if-match", version), 200).await;
    let duty_agency = t.agency(SLUG, "谯城区委网信办").await;
    let seen = json_of(t.get(&format!("{ADMIN}/entries/{entry}"), &reviewer), 200).await;
    let organiser = t.officer(&duty_agency, &[Role::Organiser]).await;
    let seal = t
        .post(&format!("{ADMIN}/seals"), &organiser, &seal(&duty_agency))
        .header("idempotency-key", new_id());
    let city = t.agency(SLUG, "亳州市委网信办").await;
    let city = t.officer(&city, &[Role::Organiser]).await;
    let certificates = format!("{ADMIN}/campaigns/{SLUG}/certificates");
    let print = t.post(&format!("{certificates}/print-files"), &city, &print(true));
    bytes_of(print).await;
    let issued = json_of(t.get(&certificates, &city), 200).await;
    Scene {
        certificate_code: issued[0]["code"].as_str().unwrap().to_owned(),
        receipt: mine["receipt"].as_str().unwrap().to_owned(),
        check: seen["content_checks"][0]["id"].as_str().unwrap().to_owned(),
        seal: json_of(seal, 200).await["id"].as_str().unwrap().to_owned(),
        code: seen["form_code"].as_str().unwrap().to_owned(),
        scan: scan["id"].as_str().unwrap().to_owned(),
        file: mine["evidence"][0]["id"].as_str().unwrap().to_owned(),
        login: t.known_officer(&duty_agency, &[Role::Clerk], false).await,
        entry,
        returned,
        duty_agency,
        input,
    }
}

fn print(issue: bool) -> Value {
    json!({
        "kind": "plaque", "names": [{ "name": "谯城发布", "number": "1" }], "title": "文明账号", "text": "",
        "agencies": [{ "name": "亳州市委网信办" }], "date": "2022年6月20日", "frame": false, "issue": issue,
    })
}

fn seal(agency: &str) -> Value {
    json!({
        "agency_id": agency, "kind": "official", "name": "公章",
        "valid_from": IN_BOZHOU_WINDOW, "valid_until": IN_BOZHOU_WINDOW + 86_400_000,
    })
}

/// A request that would be sound from the right caller, yet changes nothing that the next one needs.
pub async fn request(
    t: &TestApp,
    s: &Scene,
    face: &str,
    name: &str,
    method: Method,
    path: &str,
) -> RequestBuilder {
    let id = match (face, name) {
        (
            ADMIN,
            "changeOfficer" | "disableOfficer" | "reinstateOfficer" | "resetPassword" | "resetTotp",
        ) => {
            let login = t.known_officer(&s.duty_agency, &[Role::Clerk], false).await;
            let row = tuixuan::db::officers::by_login(t.app.db.read(), &login).await;
            row.unwrap().unwrap().id
        }
        (
            ADMIN,
            "getAgency"
            | "saveAgency"
            | "closeAgency"
            | "reopenAgency"
            | "addCampaignAgency"
            | "removeCampaignAgency",
        ) => s.duty_agency.clone(),
        (ADMIN, "getSeal" | "setSealImage" | "suspendSeal" | "resumeSeal" | "revokeSeal") => {
            s.seal.clone()
        }
        (_, "getSlip" | "getSlipPaper") => s.returned.clone(),
        _ => s.entry.clone(),
    };
    let unique = new_id();
    let path = path
        .replace("{slug}", SLUG)
        .replace("{id}", &id)
        .replace(
            "{file}",
            if name == "getScanBox" {
                &s.scan
            } else {
                &s.file
            },
        )
        .replace("{slot}", "county-cyberspace")
        .replace(
            "{code}",
            match name {
                "getCertificate" => &s.certificate_code,
                "getPaper" => &s.receipt,
                _ => &s.code,
            },
        )
        .replace("{rule}", "operator-kind")
        .replace("{line}", &unique)
        .replace("{key}", "summary")
        .replace("{check}", &s.check)
        .replace("{certificate}", &unique)
        .replace("{admission}", &unique)
        .replace("{upload}", &unique)
        .replace("{size}", "thumbnail")
        .replace("{number}", "1")
        .replace("{stage}", "apply");
    let request = t.client.request(method, format!("{}{face}{path}", t.base));
    // Version 0 is never stored: whoever is let through meets 412.
    let stale = |request: RequestBuilder, body: Value| request.header("if-match", "0").json(&body);
    match (face, name) {
        (APPLICANT, "signInWechat") => {
            request.json(&json!({ "code": format!("login-c-{unique}") }))
        }
        (APPLICANT, "signInOfficialAccount") => request.json(&json!({ "code": "none" })),
        (APPLICANT, "signInPhone") => {
            request.json(&json!({ "phone": "13900139000", "code": "000000" }))
        }
        (APPLICANT, "subscribe") => request
            .header("idempotency-key", unique)
            .json(&json!({ "template_id": "none", "accepted": true })),
        (APPLICANT, "sendPhoneCode") => request.json(&json!({ "phone": "13900139001" })),
        (APPLICANT, "bindPhone") => {
            let digits: String = unique
                .bytes()
                .rev()
                .take(8)
                .map(|b| char::from(b'0' + b % 10))
                .collect();
            request.json(&json!({ "code": format!("phone-137{digits}") }))
        }
        (APPLICANT, "checkEntry") => request.json(&s.input),
        (APPLICANT, "createEntry") => request.header("idempotency-key", unique).json(&s.input),
        (APPLICANT, "saveEntry") => stale(request, s.input.clone()),
        (APPLICANT, "submitEntry") => stale(
            request.header("idempotency-key", unique),
            json!({ "declarations": [] }),
        ),
        (APPLICANT, "withdrawEntry") => stale(request, json!({ "reason": "不报了" })),
        (APPLICANT, "orderEvidence") => request.json(&json!({ "files": [] })),
        (APPLICANT, "beginUpload") => request.header("idempotency-key", unique).json(
            &json!({ "slot": "pictures", "file_name": "图.png", "bytes": 9 }),
        ),
        (APPLICANT, "putPart") => request
            .header("content-type", "application/octet-stream")
            .body(vec![1]),
        (APPLICANT, "finishUpload") => request.json(&json!({})),
        (APPLICANT, "handInDeliverable") => request
            .header("idempotency-key", unique)
            .json(&json!({ "answers": {} })),
        (APPLICANT, "compareCopy") => {
            let (kind, body) = upload("none", "表.pdf", b"%PDF-".to_vec());
            request.header("content-type", kind).body(body)
        }
        (APPLICANT, "attachEvidence") => {
            let (kind, body) = upload("pictures", "图.png", picture());
            request.header("content-type", kind).body(body)
        }
        (ADMIN, "signIn") => {
            request.json(&json!({ "login": s.login, "password": "Long-enough-1" }))
        }
        (ADMIN, "changePassword") => request
            .json(&json!({ "old_password": "wrong-wrong-1", "new_password": "Another-long-1" })),
        (ADMIN, "confirmTotp") => request.json(&json!({ "code": "wrong" })),
        (ADMIN, "registerSeal") => request
            .header("idempotency-key", unique)
            .json(&seal(&s.duty_agency)),
        (ADMIN, "setSealImage") => {
            let (kind, body) = upload("seal", "章.png", picture());
            let request = request.header("if-match", "0");
            request.header("content-type", kind).body(body)
        }
        (ADMIN, "suspendSeal" | "resumeSeal" | "revokeSeal") => {
            stale(request, json!({ "reason": "换章" }))
        }
        (ADMIN, "addOfficer") => request.header("idempotency-key", &unique).json(&json!({
            "agency_id": s.duty_agency, "login": format!("n{unique}"), "name": "新人",
            "roles": ["clerk"], "first_password": "First-password-1",
        })),
        (ADMIN, "changeOfficer") => stale(
            request,
            json!({ "agency_id": s.duty_agency, "name": "新名", "roles": ["clerk"], "reason": "理由" }),
        ),
        (ADMIN, "reinstateOfficer" | "withdrawLateAdmission") => {
            request.json(&json!({ "reason": "理由" }))
        }
        (ADMIN, "createCampaign") => {
            let body = json!({ "slug": format!("c-{unique}"), "pack": SLUG });
            request.header("idempotency-key", unique).json(&body)
        }
        (ADMIN, "addAgency" | "saveAgency") => stale(
            request.header("idempotency-key", &unique),
            json!({ "name": unique, "tier": "unit", "system": "x", "region": "341602" }),
        ),
        (ADMIN, "importAgencies") => {
            let csv = format!("name,tier,system,region,parent\n{unique},unit,x,341602,\n");
            request
                .header("idempotency-key", unique)
                .json(&json!({ "csv": csv }))
        }
        (ADMIN, "closeAgency" | "reopenAgency") => request.header("if-match", "0"),
        (ADMIN, "checkNotice") => request.json(&json!({ "notice": "format = 1" })),
        (ADMIN, "moveWindow") => {
            request.json(&json!({ "opens": 2, "closes": 1, "reason": "理由" }))
        }
        (ADMIN, "admitLate") => {
            let body = json!({ "applicant_id": "x", "reason": "理由", "until": 1 });
            request.header("idempotency-key", unique).json(&body)
        }
        (ADMIN, "putAttachment") => {
            let (kind, body) = upload("none", "附件.pdf", b"%PDF-".to_vec());
            request.header("content-type", kind).body(body)
        }
        (ADMIN, "loadNegativeLines") => request
            .header("idempotency-key", unique)
            .json(&json!({ "list": "none", "lines": [{ "operator": "某单位", "text": "约谈" }] })),
        (ADMIN, "loadNegativeSheet") => {
            let (kind, body) = upload("none", "名单.csv", b"x".to_vec());
            let body = String::from_utf8(body)
                .unwrap()
                .replace("name=\"slot\"", "name=\"list\"");
            let request = request.header("idempotency-key", unique);
            request.header("content-type", kind).body(body)
        }
        (ADMIN, "listNegativeLines") => request.query(&[("list", "none")]),
        (ADMIN, "withdrawNegativeLine") => stale(request, json!({ "reason": "理由" })),
        (ADMIN, "endorseEntries") => request
            .json(&json!({ "entries": [{ "id": s.entry, "version": 0 }], "opinion": "同意" })),
        (ADMIN, "endorseEntry") => stale(request, json!({ "opinion": "同意" })),
        (ADMIN, "declineEntry") => stale(request, json!({ "reason": "不符" })),
        (ADMIN, "extendSlip") => stale(request, json!({ "days": 3, "reason": "理由" })),
        (ADMIN, "returnEntry") => stale(
            request,
            json!({ "items": [{ "field": "summary", "message": "请补充" }] }),
        ),
        (ADMIN, "printCertificates") => request.json(&print(false)),
        (ADMIN, "revokeCertificate") => request.json(&json!({ "reason": "理由" })),
        (ADMIN, "draftOfficialPaper") => request.json(&json!({
            "title": "公示", "text": "予以公示。", "lists": [], "agencies": [{ "name": "亳州市委网信办" }],
            "date": "2022年6月20日",
        })),
        (ADMIN, "createBatch") => request
            .header("idempotency-key", unique.clone())
            .json(&json!({ "entries": [unique] })),
        (ADMIN, "changeBatch") => stale(request, json!({ "entries": [unique] })),
        (ADMIN, "dispatchBatch" | "cancelBatch") => request.header("if-match", "0"),
        (ADMIN, "resetPassword") => {
            request.json(&json!({ "first_password": "First-password-1", "reason": "理由" }))
        }
        (ADMIN, "resetTotp") => request.json(&json!({ "reason": "理由" })),
        (ADMIN, "returnBatch" | "returnNomination") => stale(request, json!({ "reason": "有误" })),
        (ADMIN, "receiveBatch") => stale(request, json!({ "paper": true, "electronic": false })),
        (ADMIN, "stampNomination") => {
            request.json(&json!({ "digest": "0".repeat(64), "opinion": "同意" }))
        }
        (ADMIN, "putNominationScan") => {
            let (kind, body) = upload("unused", "表.pdf", picture());
            let request = request.header("if-match", "0");
            request.header("content-type", kind).body(body)
        }
        (ADMIN, "saveNomination") => stale(request, json!({ "items": [] })),
        (ADMIN, "dispatchNomination") => request.header("if-match", "0"),
        (ADMIN, "decideFinding" | "judgeVirusCheck" | "decideContent") => {
            request.json(&json!({ "accepted": true, "reason": "已核实" }))
        }
        (ADMIN, "receivePaper") => request.json(&json!({ "code": s.code })),
        (ADMIN, "stampForm") => request.json(&json!({
            "slot": "county-cyberspace", "digest": "0".repeat(64), "opinion": "同意",
        })),
        _ => request,
    }
}
