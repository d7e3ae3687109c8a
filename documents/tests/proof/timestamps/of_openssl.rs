//! Tokens that we did not write: OpenSSL's, on RSA and on P-384.

use documents::timestamp::{TimeAuthority, TimestampError};
use documents::verify::{Known, verify_with};

use super::{HOUR, attested, key, known};
use crate::support::{agency, bozhou, today, tool};

/// OpenSSL as the authority, with a certificate between its own and the root.
struct OpenSsl {
    folder: std::path::PathBuf,
    roots: Vec<Vec<u8>>,
}

impl OpenSsl {
    /// With keys of this kind, as its `req` takes them.
    fn new(name: &str, kind: &[&str]) -> Option<OpenSsl> {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder).expect("a folder");
        let at = |name: &str| folder.join(name).to_str().expect("a path").to_owned();
        let put = |name: &str, text: &str| std::fs::write(at(name), text).expect("a file");
        put(
            "middle.ext",
            "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n",
        );
        put(
            "tsa.ext",
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n",
        );
        put("serial", "01\n");
        put(
            "tsa.cnf",
            &format!(
                "[tsa]\ndefault_tsa=t\n[t]\nserial={}\nsigner_cert={}\ncerts={}\nsigner_key={}\nsigner_digest=sha512\ndefault_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\nordering=no\ntsa_name=yes\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n",
                at("serial"),
                at("tsa.pem"),
                at("middle.pem"),
                at("tsa.key"),
            ),
        );
        let run = |args: &[&str]| tool("openssl", args);
        let with_new_key =
            |args: &[&str]| run(&[&["req", "-nodes", "-newkey"], kind, args].concat());
        let (root_pem, root_key, request) = (at("root.pem"), at("root.key"), at("request.pem"));
        with_new_key(&[
            "-x509",
            "-sha384",
            "-days",
            "30",
            "-subj",
            "/CN=Time Root",
            "-keyout",
            &root_key,
            "-out",
            &root_pem,
        ])?;
        for (name, by) in [("middle", "root"), ("tsa", "middle")] {
            let (subject, own_key) = (format!("/CN={name}"), at(&format!("{name}.key")));
            with_new_key(&[
                "-new", "-subj", &subject, "-keyout", &own_key, "-out", &request,
            ])?;
            let (by_pem, by_key) = (at(&format!("{by}.pem")), at(&format!("{by}.key")));
            let (extensions, out) = (at(&format!("{name}.ext")), at(&format!("{name}.pem")));
            run(&[
                "x509",
                "-req",
                "-in",
                &request,
                "-CA",
                &by_pem,
                "-CAkey",
                &by_key,
                "-CAcreateserial",
                "-days",
                "30",
                "-sha512",
                "-extfile",
                &extensions,
                "-out",
                &out,
            ])?;
        }
        let der = at("root.der");
        run(&["x509", "-in", &root_pem, "-outform", "DER", "-out", &der])?;
        let roots = vec![std::fs::read(der).expect("a root")];
        Some(OpenSsl { folder, roots })
    }
}

impl TimeAuthority for OpenSsl {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let at = |name: &str| self.folder.join(name).to_str().expect("a path").to_owned();
        let (query, reply) = (at("query.tsq"), at("reply.tsr"));
        std::fs::write(&query, request).expect("a file");
        let args = [
            "ts",
            "-reply",
            "-config",
            &at("tsa.cnf"),
            "-section",
            "t",
            "-queryfile",
            &query,
            "-out",
            &reply,
        ];
        let told = tool("openssl", &args).unwrap_or_default();
        std::fs::read(&reply).map_err(|_| TimestampError::Wrong(told))
    }

    fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }
}

#[test]
fn a_token_of_openssl_on_rsa_is_taken() {
    is_taken(OpenSsl::new("openssl-tsa-rsa", &["rsa:2048"]));
}

#[test]
fn a_token_of_openssl_on_p384_is_taken() {
    let kind = ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
    is_taken(OpenSsl::new("openssl-tsa-p384", &kind));
}

fn is_taken(authority: Option<OpenSsl>) {
    let Some(authority) = authority else {
        return;
    };
    // it attests the real time, an hour after `today()`
    let now = today() + HOUR;
    let sha256 = documents::stamp::sha256_hex(&bozhou().pdf);
    let stamping = documents::stamp::Stamping {
        at_ms: now,
        ..crate::support::stamping("unit", &sha256)
    };
    let art = documents::seal::SealFace::of(agency("unit")).draw();
    let proofs = attested(&authority);
    let key = key("unit");
    let pdf = documents::stamp::stamp_proved(&bozhou().pdf, &stamping, &art, &key, proofs);
    let pdf = pdf.expect("a stamp");
    let known = Known {
        timestamp_roots: authority.roots.clone(),
        ..known()
    };
    let report = verify_with(&pdf, &known);
    assert!(report.valid, "{report:?}");
    let told = report.signatures[0]
        .timestamp
        .as_ref()
        .expect("a time stamp");
    assert_eq!((told.authority.as_str(), told.trusted), ("tsa", true));
}
