//! Tokens, sealed fields, passwords, codes, masks.

use tuixuan::security::keyring::Keyring;
use tuixuan::security::sealed::Sealing;
use tuixuan::security::token::{Claims, check, new_opaque, opaque_hash, sign};
use tuixuan::security::{blind_index, mask, mask_phone, password, six_digits, totp};

const NOW: i64 = 1_795_000_000_000;

fn claims() -> Claims {
    Claims {
        sub: "0190".into(),
        exp: NOW + 1000,
        ver: 3,
    }
}

fn keys(current: u8, former: &[u8]) -> Keyring {
    Keyring::new([current; 32], former.iter().map(|k| [*k; 32]))
}

mod applicant_token {
    use super::*;

    #[test]
    fn holds_until_its_end() {
        let token = sign(&keys(1, &[]), &claims());
        assert_eq!(check(&keys(1, &[]), &token, NOW), Some(claims()));
        assert_eq!(check(&keys(1, &[]), &token, NOW + 999), Some(claims()));
        assert_eq!(check(&keys(1, &[]), &token, NOW + 1000), None);
    }

    #[test]
    fn survives_a_change_of_keys_while_the_former_key_is_kept() {
        let token = sign(&keys(1, &[]), &claims());
        assert_eq!(check(&keys(2, &[1]), &token, NOW), Some(claims()));
        assert_eq!(check(&keys(2, &[]), &token, NOW), None);
    }

    #[test]
    fn no_changed_character_passes() {
        let token = sign(&keys(1, &[]), &claims());
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            // the last character of the MAC holds two bits that nobody reads; ours must be strict
            assert_eq!(
                check(&keys(1, &[]), &forged, NOW),
                None,
                "character {place}"
            );
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let token = sign(&keys(1, &[]), &claims());
        let parts: Vec<&str> = token.split('.').collect();
        for forged in [
            String::new(),
            "....".into(),
            "v1.".into(),
            format!("v1.{}.{}.", parts[1], parts[2]),
            format!("v1..{}.{}", parts[2], parts[3]),
            format!("v2.{}.{}.{}", parts[1], parts[2], parts[3]),
            format!("{token}."),
            "a".repeat(1 << 20),
        ] {
            assert_eq!(check(&keys(1, &[]), &forged, NOW), None);
        }
    }
}

#[test]
fn an_officer_token_is_stored_only_as_its_hash() {
    let (token, stored) = new_opaque();
    assert_eq!((token.len(), stored.len()), (43, 64));
    assert_eq!(opaque_hash(&token), stored);
    assert_ne!(new_opaque().0, token);
}

mod sealed_field {
    use super::*;

    #[test]
    fn opens_only_in_its_place() {
        let sealing = Sealing::new(keys(1, &[]));
        let sealed = sealing
            .seal("applicant.phone.1", b"17712342829")
            .expect("sealed");
        assert!(!sealed.contains("17712342829"));
        let opened = sealing.open_text("applicant.phone.1", &sealed);
        assert_eq!(opened.expect("opened"), "17712342829");
        assert!(sealing.open("applicant.phone.2", &sealed).is_err());
    }

    #[test]
    fn is_new_every_time() {
        let sealing = Sealing::new(keys(1, &[]));
        let seal = || sealing.seal("a", b"same").expect("sealed");
        assert_ne!(seal(), seal());
    }

    #[test]
    fn opens_with_a_former_key() {
        let sealed = Sealing::new(keys(1, &[])).seal("a", b"x").expect("sealed");
        assert!(Sealing::new(keys(2, &[1])).open("a", &sealed).is_ok());
        assert!(Sealing::new(keys(2, &[])).open("a", &sealed).is_err());
    }

    #[test]
    fn broken_text_is_an_error() {
        let sealing = Sealing::new(keys(1, &[]));
        let good = sealing.seal("a", b"x").expect("sealed");
        for sealed in [
            "",
            "v1.",
            "v1.00000000.",
            "v1.x.AAAA",
            &good[..good.len() - 4],
        ] {
            assert!(sealing.open("a", sealed).is_err(), "{sealed}");
        }
    }
}

mod second_factor {
    use super::*;

    #[test]
    fn takes_a_step_once_and_one_to_either_side() {
        let secret = totp::new_secret();
        let code = totp::code_at(&secret, NOW).expect("a code");
        let used = totp::check(&secret, &code, NOW, None).expect("checked");
        assert_eq!(used, Some(NOW / 30_000));
        assert_eq!(
            totp::check(&secret, &code, NOW, used).expect("checked"),
            None
        );
        let late = totp::check(&secret, &code, NOW + 30_000, None).expect("checked");
        assert_eq!(late, used);
        let too_late = totp::check(&secret, &code, NOW + 90_000, None).expect("checked");
        assert_eq!(too_late, None);
    }

    #[test]
    fn agrees_with_the_standard() {
        // RFC 6238 appendix B, SHA-1: at 59 s the eight digits are 94287082
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!(totp::code_at(secret, 59_000).expect("a code"), "287082");
    }

    #[test]
    fn nonsense_is_not_a_code() {
        let secret = totp::new_secret();
        for code in ["", "12345", "1234567", "abcdef", "１２３４５６"] {
            assert_eq!(
                totp::check(&secret, code, NOW, None).expect("checked"),
                None
            );
        }
        assert!(
            totp::url(&secret, "zhang")
                .expect("a URL")
                .starts_with("otpauth://totp/")
        );
    }
}

#[test]
fn a_one_time_code_has_six_digits() {
    for _ in 0..200 {
        let code = six_digits();
        assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()));
    }
}

mod passwords {
    use super::*;

    #[tokio::test]
    async fn only_the_right_one_opens() {
        let hash = password::hash("correct horse".into())
            .await
            .expect("hashed");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        let verify = |text: &str, stored: Option<&str>| {
            password::verify(text.into(), stored.map(str::to_owned))
        };
        assert!(
            verify("correct horse", Some(&hash))
                .await
                .expect("verified")
        );
        assert!(
            !verify("correct horsf", Some(&hash))
                .await
                .expect("verified")
        );
        assert!(!verify("correct horse", None).await.expect("verified"));
    }

    #[tokio::test]
    async fn an_unknown_login_costs_the_same_work() {
        let hash = password::hash("correct horse".into())
            .await
            .expect("hashed");
        // algorithm, version and costs; salt and digest are as long as the other's
        let work = |hash: &str| {
            let (costs, rest) = hash.split_at(hash.match_indices('$').nth(3).expect("costs").0);
            (costs.to_owned(), rest.len())
        };
        assert_eq!(work(password::NOBODY), work(&hash));
        let verified = password::verify("wrong".into(), None).await;
        assert!(!verified.expect("verified"));
    }

    #[test]
    fn weak_ones_are_refused() {
        for (password, fine) in [
            ("short", false),
            ("zhangsan-2026", false),
            ("ZhangSan-2026", false),
            ("九个汉字不够长啊呀", false),
            ("十个汉字就已经足够长", true),
            ("correct horse", true),
        ] {
            assert_eq!(
                password::check_strength("zhangsan", password).is_ok(),
                fine,
                "{password}"
            );
        }
    }
}

#[test]
fn masks_keep_little() {
    assert_eq!(mask_phone("17735162829"), "177****2829");
    assert_eq!(mask_phone("12345"), "****");
    assert_eq!(mask("张三丰"), "张**");
    assert_eq!(mask(""), "");
}

#[test]
fn a_blind_index_depends_on_key_field_and_value() {
    let index = blind_index(b"k", "phone", "1");
    assert_eq!(index.len(), 32);
    assert_eq!(index, blind_index(b"k", "phone", "1"));
    for other in [
        blind_index(b"j", "phone", "1"),
        blind_index(b"k", "mail", "1"),
        blind_index(b"k", "phone", "2"),
    ] {
        assert_ne!(index, other);
    }
}
