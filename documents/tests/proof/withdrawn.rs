//! The authority's list of withdrawn certificates, as OpenSSL reads it.

use documents::algorithm::Algorithm;
use documents::authority::{KeyPair, to_pem};
use documents::crl;

use crate::support::{file, today, tool};

fn path(name: &str, bytes: &[u8]) -> String {
    file(name, bytes).to_str().expect("a path").to_owned()
}

#[test]
fn openssl_finds_the_withdrawn_certificate_and_no_other() {
    let root = KeyPair::root("推选平台测试根证书", today()).expect("a root");
    let address = Some("https://tx.example.cn/crl/root.crl");
    let issue = || root.issue_with("某办", today(), address).expect("a key");
    let (kept, gone) = (issue(), issue());
    let withdrawn = [(gone.serial().expect("a serial"), today())];
    let list = crl::issue(&root, &withdrawn, today()).expect("a list");
    let authority = path(
        "crl-root.pem",
        to_pem(&root.certificate).expect("pem").as_bytes(),
    );
    let der = path("crl.der", &list);
    let args = ["crl", "-inform", "DER", "-in", &der, "-CAfile", &authority];
    let Some(told) = tool("openssl", &args) else {
        return;
    };
    assert!(told.contains("verify OK"), "{told}");
    let pem = &told[told.find("-----BEGIN").expect("a list")..];
    let list = path("crl.pem", pem.as_bytes());
    let judged = |name: &str, key: &KeyPair| {
        let office = to_pem(&key.certificate).expect("pem");
        let office = path(name, office.as_bytes());
        let args = [
            "verify",
            "-crl_check",
            "-CAfile",
            &authority,
            "-CRLfile",
            &list,
            &office,
        ];
        tool("openssl", &args).expect("an answer")
    };
    let (kept_told, gone_told) = (judged("crl-kept.pem", &kept), judged("crl-gone.pem", &gone));
    assert!(kept_told.contains(": OK"), "{kept_told}");
    assert!(gone_told.contains("certificate revoked"), "{gone_told}");
    let shown = path(
        "crl-shown.pem",
        to_pem(&kept.certificate).expect("pem").as_bytes(),
    );
    let text = tool("openssl", &["x509", "-in", &shown, "-noout", "-text"]).expect("text");
    assert!(
        text.contains("URI:https://tx.example.cn/crl/root.crl"),
        "{text}"
    );
}

#[test]
fn a_list_on_sm2_may_be_empty() {
    let root = KeyPair::root_with(Algorithm::Sm2, "推选平台国密根证书", today()).expect("a root");
    let list = crl::issue(&root, &[], today()).expect("a list");
    let der = path("crl-sm2.der", &list);
    let args = ["crl", "-inform", "DER", "-in", &der, "-noout", "-text"];
    let Some(told) = tool("openssl", &args) else {
        return;
    };
    assert!(told.contains("No Revoked Certificates"), "{told}");
}
