//! Keys that agencies bring along, made by OpenSSL: RSA and P-256, over an authority of two levels.

use documents::authority::{KeyPair, is_trusted};
use documents::pkcs12::{Pkcs12Error, open};
use documents::stamp::{sha256_hex, stamp};

use crate::support::{agency, bozhou, file, stamping, today, tool, verify};

/// Two authorities and an office's key in a PKCS#12 file; `None` where OpenSSL is not installed.
fn brought(kind: &str, key: &[&str], how: &[&str]) -> Option<(Vec<u8>, Vec<u8>)> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("brought-{kind}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let at = |name: &str| folder.join(name).to_str().expect("a path").to_owned();
    let run = |args: &[&str]| tool("openssl", args);
    std::fs::write(
        at("middle.ext"),
        "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n",
    )
    .expect("a file");
    std::fs::write(at("office.ext"), "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=emailProtection\n").expect("a file");
    let [
        root,
        root_key,
        middle,
        middle_key,
        office,
        office_key,
        request,
        both,
    ] = [
        "root.pem",
        "root.key",
        "middle.pem",
        "middle.key",
        "office.pem",
        "office.key",
        "request.pem",
        "chain.pem",
    ]
    .map(at);
    let name = format!("/C=CN/O={0}/CN={0}", agency("unit"));
    let new = |subject: &str, to: &str| {
        let mut args = vec![
            "req", "-new", "-utf8", "-nodes", "-sha256", "-subj", subject, "-keyout", to, "-out",
            &request,
        ];
        args.extend(key);
        run(&args)
    };
    let sign = |by: &str, by_key: &str, extensions: &str, to: &str| {
        run(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            by,
            "-CAkey",
            by_key,
            "-CAcreateserial",
            "-days",
            "30",
            "-sha256",
            "-extfile",
            extensions,
            "-out",
            to,
        ])
    };
    let mut args = vec![
        "req", "-x509", "-nodes", "-sha256", "-days", "30", "-subj", "/CN=Root", "-keyout",
        &root_key, "-out", &root,
    ];
    args.extend(key);
    run(&args)?;
    new("/CN=Middle", &middle_key)?;
    sign(&root, &root_key, &at("middle.ext"), &middle)?;
    new(&name, &office_key)?;
    sign(&middle, &middle_key, &at("office.ext"), &office)?;
    let read = |path: &str| std::fs::read(path).expect("a file");
    std::fs::write(&both, [read(&middle), read(&root)].concat()).expect("a file");
    let (out, der) = (at("office.p12"), at("root.der"));
    let mut args = vec![
        "pkcs12",
        "-export",
        "-inkey",
        &office_key,
        "-in",
        &office,
        "-certfile",
        &both,
        "-out",
        &out,
        "-passout",
        "pass:秘密 1",
    ];
    args.extend(how);
    run(&args)?;
    run(&["x509", "-in", &root, "-outform", "DER", "-out", &der])?;
    Some((read(&out), read(&der)))
}

const RSA: &[&str] = &["-newkey", "rsa:2048"];
const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

/// An hour ago the certificates were not made yet.
fn now() -> i64 {
    today() + 3_600_000
}

fn stamped_with(key: &KeyPair) -> Vec<u8> {
    let pdf = &bozhou().pdf;
    let sha256 = sha256_hex(pdf);
    let stamping = documents::stamp::Stamping {
        at_ms: now(),
        ..stamping("unit", &sha256)
    };
    stamp(pdf, &stamping, key).expect("a stamp")
}

/// The examples of RFC 9879, appendix A: three in order; with wrong rounds, a wrong salt, and a key of no length.
#[test]
fn a_mac_by_pbkdf2_is_checked() {
    let example = |n: u8| match n {
        1 => &include_bytes!("rfc9879/a1.p12")[..],
        2 => include_bytes!("rfc9879/a2.p12"),
        3 => include_bytes!("rfc9879/a3.p12"),
        4 => include_bytes!("rfc9879/a4.p12"),
        5 => include_bytes!("rfc9879/a5.p12"),
        _ => include_bytes!("rfc9879/a6.p12"),
    };
    for n in 1..=3 {
        let key = open(example(n), "1234").expect("a key");
        assert_eq!(key.algorithm().as_str(), "rsa", "A.{n}");
        let wrong = open(example(n), "12345").map(|_| ());
        assert_eq!(wrong, Err(Pkcs12Error::Password), "A.{n}");
    }
    for (n, why) in [
        (4, Pkcs12Error::Password),
        (5, Pkcs12Error::Password),
        (6, Pkcs12Error::Unreadable),
    ] {
        assert_eq!(open(example(n), "1234").map(|_| ()), Err(why), "A.{n}");
    }
}

#[test]
fn a_key_that_was_brought_along_stamps() {
    for (kind, key) in [("rsa", RSA), ("p256", P256)] {
        let Some((p12, root)) = brought(kind, key, &[]) else {
            return;
        };
        let key = open(&p12, "秘密 1").expect("a key");
        assert_eq!((key.algorithm().as_str(), key.chain.len()), (kind, 1));
        let roots = [root];
        let trusted = |name: &str, roots: &[Vec<u8>]| {
            is_trusted(&key.certificate, &key.chain, roots, name, now())
        };
        assert!(trusted(agency("unit"), &roots));
        assert!(!trusted("某办", &roots) && !trusted(agency("unit"), &[]));
        let secret = key.secret().expect("a secret");
        let kept = KeyPair::from_parts(&secret, key.certificate.clone(), key.chain.clone());
        let pdf = stamped_with(&kept.expect("kept"));
        let report = verify(&pdf, &roots);
        assert!(report.valid, "{kind}: {report:?}");
        assert_eq!(report.signatures[0].algorithm, kind);
        let path = file(&format!("brought-{kind}.pdf"), &pdf);
        if let Some(told) = tool("pdfsig", &[path.to_str().expect("a path")]) {
            assert!(told.contains("Signature is Valid"), "{told}");
        }
        let pem = documents::authority::to_pem(&roots[0]).expect("pem");
        let pem = file(&format!("brought-{kind}-root.pem"), pem.as_bytes());
        let args = [
            "sign",
            "validate",
            "--no-revocation-check",
            "--trust",
            pem.to_str().expect("a path"),
            path.to_str().expect("a path"),
        ];
        if let Some(told) = tool("pyhanko", &args) {
            assert!(told.contains("INTACT:TRUSTED"), "{told}");
        }
    }
}

/// The certificate between office and root is named by what is signed.
#[test]
fn the_path_above_a_key_cannot_be_changed() {
    let Some((p12, root)) = brought("path", P256, &[]) else {
        return;
    };
    let pdf = stamped_with(&open(&p12, "秘密 1").expect("a key"));
    let mark = b"/Contents<";
    let from = pdf
        .windows(mark.len())
        .rposition(|w| w == mark)
        .expect("a signature");
    for at in (from + 10..from + 5000).step_by(11) {
        let mut changed = pdf.clone();
        changed[at] ^= 1;
        assert!(
            !verify(&changed, std::slice::from_ref(&root)).valid,
            "byte {at}"
        );
    }
}

/// As the tools of old export, which is what offices have: 3DES around the key, RC2 or 3DES around the certificates, SHA-1.
#[test]
fn files_of_old_are_opened() {
    let ways: [(&str, &[&str]); 5] = [
        ("legacy", &["-legacy"]),
        (
            "triple",
            &[
                "-legacy",
                "-certpbe",
                "PBE-SHA1-3DES",
                "-keypbe",
                "PBE-SHA1-3DES",
            ],
        ),
        (
            "double",
            &[
                "-legacy",
                "-certpbe",
                "PBE-SHA1-2DES",
                "-keypbe",
                "PBE-SHA1-2DES",
            ],
        ),
        (
            "rc2",
            &[
                "-legacy",
                "-certpbe",
                "PBE-SHA1-RC2-128",
                "-keypbe",
                "PBE-SHA1-RC2-40",
            ],
        ),
        ("sha512", &["-macalg", "sha512"]),
    ];
    for (kind, how) in ways {
        let Some((p12, root)) = brought(kind, P256, how) else {
            return;
        };
        let key = open(&p12, "秘密 1").unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert!(is_trusted(
            &key.certificate,
            &key.chain,
            &[root],
            agency("unit"),
            now()
        ));
        assert_eq!(
            open(&p12, "秘密 2").err(),
            Some(Pkcs12Error::Password),
            "{kind}"
        );
    }
}

/// The MAC covers everything: whatever is changed, the file is not taken.
#[test]
fn a_file_that_was_changed_is_refused() {
    for (kind, how) in [("mac-old", &["-legacy"][..]), ("mac-new", &[])] {
        let Some((p12, _)) = brought(kind, P256, how) else {
            return;
        };
        assert!(open(&p12, "秘密 1").is_ok());
        for at in (0..p12.len()).step_by(41) {
            let mut changed = p12.clone();
            changed[at] ^= 1;
            assert!(open(&changed, "秘密 1").is_err(), "{kind}: byte {at}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_used_is_refused_by_its_reason() {
    let refused = |file: &[u8], password: &str| open(file, password).err();
    assert_eq!(refused(b"PK", "x"), Some(Pkcs12Error::Unreadable));
    assert_eq!(refused(&[0x30; 70_000], "x"), Some(Pkcs12Error::Unreadable));
    let Some((p12, _)) = brought("wrong", P256, &[]) else {
        return;
    };
    assert_eq!(refused(&p12, "other"), Some(Pkcs12Error::Password));
    let rounds = brought("rounds", P256, &["-iter", "3000000"]).expect("OpenSSL is here");
    assert_eq!(refused(&rounds.0, "秘密 1"), Some(Pkcs12Error::Encryption));
    let bare = brought("bare", P256, &["-nokeys"]).expect("OpenSSL is here");
    assert_eq!(refused(&bare.0, "秘密 1"), Some(Pkcs12Error::NoKey));
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
    let curve = brought("p384", &curve, &[]).expect("OpenSSL is here");
    assert_eq!(refused(&curve.0, "秘密 1"), Some(Pkcs12Error::NoKey));
}
