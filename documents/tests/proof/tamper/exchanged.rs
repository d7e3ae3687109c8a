//! Parts of one stamp in the place of another's: seals, signatures, tokens, lists.

use ::cms::content_info::ContentInfo;
use ::cms::signed_data::SignedData;
use ::der::asn1::Any;
use ::der::{Decode, Encode};
use documents::authority::KeyPair;
use documents::crl;
use documents::stamp::Proofs;
use documents::verify::verify_with;

use crate::kept::keeping;
use crate::support::{
    Attesting, PACKS, agency, bozhou, container, proved, render, root, stamped, today,
    with_container,
};
use crate::timestamps::{attested, known};

use super::{one, two, valid};

fn signed_data(der: &[u8]) -> SignedData {
    let info = ContentInfo::from_der(der).expect("a container");
    info.content.decode_as().expect("signed data")
}

/// The container with something done to its one signer.
fn changed(der: &[u8], change: impl FnOnce(&mut ::cms::signed_data::SignerInfo)) -> Vec<u8> {
    let info = ContentInfo::from_der(der).expect("a container");
    let mut data = signed_data(der);
    let mut signer = data.signer_infos.0.get(0).expect("a signer").clone();
    change(&mut signer);
    data.signer_infos = vec![signer].try_into().expect("one signer");
    let content = Any::encode_from(&data).expect("DER");
    ContentInfo { content, ..info }.to_der().expect("DER")
}

fn time_stamped(slot: &str) -> Vec<u8> {
    let key = root().issue(agency(slot), today()).expect("a key");
    proved(&bozhou().pdf, slot, &key, attested(&Attesting::now())).expect("a stamp")
}

fn judged(pdf: &[u8]) -> (bool, Vec<String>) {
    let report = verify_with(pdf, &known());
    (report.valid, report.signatures[0].remarks.clone())
}

#[test]
fn a_time_stamp_cannot_be_taken_away_put_on_or_exchanged() {
    let (stamped, other) = (time_stamped("unit"), time_stamped("unit"));
    assert_eq!(judged(&stamped), (true, vec![]));
    let (der, others) = (container(&stamped).1, container(&other).1);

    let bare = changed(&der, |signer| signer.unsigned_attrs = None);
    let told = judged(&with_container(&stamped, &bare));
    assert_eq!(told, (false, vec!["时间戳被去除".to_owned()]));

    let others = signed_data(&others)
        .signer_infos
        .0
        .get(0)
        .expect("a signer")
        .clone();
    let exchanged = changed(&der, |signer| {
        signer.unsigned_attrs = others.unsigned_attrs.clone()
    });
    let told = judged(&with_container(&stamped, &exchanged));
    assert_eq!(told, (false, vec!["时间戳是另一个签名的".to_owned()]));

    let own = container(one()).1;
    let put_on = changed(&own, |signer| {
        signer.unsigned_attrs = others.unsigned_attrs.clone()
    });
    let told = judged(&with_container(one(), &put_on));
    assert_eq!(told, (false, vec!["时间戳是后来添加的".to_owned()]));
}

/// Nothing can hide in the token either: what its signature does not cover is written in one way only.
#[test]
fn nothing_can_hide_in_a_token() {
    let stamped = time_stamped("unit");
    let der = container(&stamped).1;
    let hidden = changed(&der, |signer| {
        let attribute = signer
            .unsigned_attrs
            .as_ref()
            .and_then(|a| a.get(0))
            .cloned();
        let mut attribute = attribute.expect("a token");
        let token = attribute
            .values
            .get(0)
            .expect("a token")
            .to_der()
            .expect("DER");
        let with = changed(&token, |inner| {
            // an attribute that nobody signed, as if the authority had sent it
            inner.unsigned_attrs = Some(vec![attribute.clone()].try_into().expect("one"));
        });
        let value = Any::from_der(&with).expect("a value");
        attribute.values = vec![value].try_into().expect("one");
        signer.unsigned_attrs = Some(vec![attribute].try_into().expect("one"));
    });
    let file = with_container(&stamped, &hidden);
    assert_eq!(judged(&file), (false, vec!["时间戳无效".to_owned()]));
}

/// The unit's signature in the county's box, and the other way round.
#[test]
fn signatures_of_two_boxes_cannot_be_swapped() {
    let (unit, county) = (container(one()).1, container(two()).1);
    let swapped = with_container(two(), &unit);
    assert!(!valid(&swapped));
    let both = [&with_container(one(), &county)[..], &swapped[one().len()..]].concat();
    assert!(!valid(&both));
}

/// The pictures of two seals, swapped in place: as long as one another, so that nothing else moves.
#[test]
fn the_look_of_two_seals_cannot_be_swapped() {
    let refer = |pdf: &[u8], from: usize| {
        let mark = b"/Seal ";
        let at = pdf[from..].windows(mark.len()).position(|w| w == mark);
        let at = from + at.expect("a seal") + mark.len();
        let end = at + pdf[at..].iter().position(|b| *b == b' ').expect("an end");
        (at..end, pdf[at..end].to_vec())
    };
    let ((first, a), (second, b)) = (refer(two(), bozhou().pdf.len()), refer(two(), one().len()));
    assert_eq!(a.len(), b.len());
    let mut swapped = two().to_vec();
    swapped[first].copy_from_slice(&b);
    swapped[second].copy_from_slice(&a);
    assert!(!valid(&swapped));
}

/// A signature on one form is none on another, nor on a form of the same pack with other answers.
#[test]
fn a_signature_cannot_be_used_again() {
    let theirs = render(&PACKS[0], 300);
    let mine = stamped(&theirs.pdf, "unit").expect("a stamp");
    assert!(valid(&mine));
    assert!(!valid(&with_container(&mine, &container(one()).1)));
    let update = &one()[bozhou().pdf.len()..];
    assert!(!valid(&[&theirs.pdf, update].concat()));
    assert!(!valid(&[one(), update].concat()));
}

#[test]
fn what_is_kept_cannot_be_exchanged() {
    let key = || root().issue(agency("unit"), today()).expect("a key");
    let list = crl::issue(root(), &[], today()).expect("a list");
    let other = KeyPair::root("推选平台测试根证书", today()).expect("a root");
    let foreign = crl::issue(&other, &[], today()).expect("a list");
    let own = keeping(&bozhou().pdf, "unit", &key(), &list);
    assert!(valid(&own));
    assert!(!valid(&keeping(&bozhou().pdf, "unit", &key(), &foreign)));

    // the list of another authority over the own one: as long, if their signatures are
    let at = own
        .windows(list.len())
        .position(|w| w == list)
        .expect("a list");
    let mut exchanged = own.clone();
    let length = foreign.len().min(list.len());
    exchanged[at..at + length].copy_from_slice(&foreign[..length]);
    assert!(!valid(&exchanged));

    // an update that keeps, without a stamp
    let without = Proofs::default();
    let bare = proved(&bozhou().pdf, "unit", &key(), without).expect("a stamp");
    let dss = &own[own
        .windows(11)
        .rposition(|w| w == b"<</Type/DSS")
        .expect("a list")..];
    assert!(!valid(&[&bare[..], dss].concat()));
}
