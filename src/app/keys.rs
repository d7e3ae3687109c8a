//! Keys behind seals: made by the embedded authority, brought along as PKCS#12, or held by an outside sealing service.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use documents::algorithm::{Algorithm, Suite};
use documents::authority::{self as certificates, AGENCY_VALID, KeyPair};
use documents::crl;
use documents::pkcs12::{self, Pkcs12Error};
use documents::stamp::{Sealer, SealerError};
use documents::verify::Withdrawn;
use domain::actor::Officer;
use domain::agency::Agency;
use domain::refusal::Refusal;
use domain::seal::register::KeySource;
use entity::{agency_key, authority, seal};
use serde_json::json;

use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::{documents as forms, seals as rows};
use crate::error::{Error, Result, invalid};
use crate::sealing_service::RemoteSealer;
use crate::state::{App, Shared};

fn bug(error: impl std::fmt::Display) -> Error {
    Error::Bug(error.to_string())
}

/// Where the key of a new seal comes from.
#[derive(Clone)]
pub enum NewKey {
    /// Made at the first use.
    Embedded,
    Pkcs12 {
        file: Vec<u8>,
        password: String,
    },
    /// The seal's name at the sealing service.
    Service(String),
}

impl NewKey {
    /// Who will hold the key.
    #[must_use]
    pub fn source(&self) -> KeySource {
        match self {
            NewKey::Embedded => KeySource::Embedded,
            NewKey::Pkcs12 { .. } => KeySource::Pkcs12,
            NewKey::Service(_) => KeySource::Service,
        }
    }
}

/// Is the key behind the seal certified by the embedded authority?
pub fn is_embedded(seal: &seal::Model) -> Result<bool> {
    Ok(rows::to_seal(seal)?.source == KeySource::Embedded)
}

/// A key behind a seal, ready to sign, and its certificate's serial number. The embedded authority makes one at the seal's
/// first use in a suite, and another once the agency has another name; a seal whose own key is of another suite, has expired, or
/// is certified under another name is refused.
pub async fn behind(
    app: &Shared,
    who: &Officer,
    seal: &seal::Model,
    suite: Suite,
) -> Result<(Arc<dyn Sealer>, String)> {
    let source = rows::to_seal(seal)?.source;
    let words: Vec<&str> = suite.algorithms().iter().map(|a| a.as_str()).collect();
    let found = rows::key_of(app.db.read(), &seal.id, &words, app.now()).await?;
    let row = match found {
        Some(row) if is_named(&row, &who.agency.name)? => row,
        _ if source == KeySource::Embedded => issue(app, who, seal, suite.embedded()).await?,
        Some(_) => return Err(other_name(&who.agency.name)),
        None => {
            let message = "印章没有适用于本活动签名算法的有效证书，不能盖章";
            return Err(Refusal::new("seal_key_unfit", message).into());
        }
    };
    let serial = row.serial.clone();
    Ok((sealer(app, source, row)?, serial))
}

/// Is the key's certificate the agency's by the name it has now?
fn is_named(row: &agency_key::Model, agency: &str) -> Result<bool> {
    let certificate = BASE64.decode(&row.certificate).map_err(bug)?;
    certificates::is_of(&certificate, agency).map_err(bug)
}

/// The seal is certified under another name than the agency has.
pub fn other_name(agency: &str) -> Error {
    let message = format!(
        "印章证书上的单位名称不是“{agency}”，不能盖章，请由主办方停用此印章，另行登记以现名称签发证书的印章"
    );
    Refusal::new("seal_other_name", message).into()
}

fn sealer(app: &App, source: KeySource, row: agency_key::Model) -> Result<Arc<dyn Sealer>> {
    let secret = app.sealing.open(&place(&row.agency_id), &row.key_sealed)?;
    let certificate = BASE64.decode(&row.certificate).map_err(bug)?;
    let chain = row.chain.as_deref().unwrap_or_default().lines();
    let chain: std::result::Result<Vec<_>, _> = chain.map(|c| BASE64.decode(c)).collect();
    let chain = chain.map_err(bug)?;
    if source != KeySource::Service {
        let key = KeyPair::from_parts(&secret, certificate, chain).map_err(bug)?;
        return Ok(Arc::new(key));
    }
    Ok(Arc::new(RemoteSealer {
        service: app.sealing_service.clone().ok_or_else(no_service)?,
        name: String::from_utf8(secret).map_err(bug)?,
        algorithm: row.algorithm.unwrap_or_default(),
        certificate,
        chain,
        runtime: tokio::runtime::Handle::current(),
    }))
}

/// Where a sealed key belongs.
fn place(agency: &str) -> String {
    format!("agency_key.{agency}")
}

async fn issue(
    app: &Shared,
    who: &Officer,
    seal: &seal::Model,
    algorithm: Algorithm,
) -> Result<agency_key::Model> {
    let now = app.now();
    let root = root(app, algorithm).await?;
    let (id, _) = authority_of(algorithm);
    let list = format!("{}/crl/{id}.crl", app.settings.server.public_url);
    let key = root
        .issue_with(&who.agency.name, now, Some(&list))
        .map_err(bug)?;
    let row = row_of(
        app,
        &who.agency.id,
        &seal.id,
        &key.secret().map_err(bug)?,
        &key,
        now,
    )?;
    let row = agency_key::Model {
        not_before: now,
        not_after: now + AGENCY_VALID,
        ..row
    };
    let (by, seal, name) = (
        By::officer(who, now),
        seal.id.clone(),
        who.agency.name.clone(),
    );
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let first = rows::key_of(tx, &seal, &[algorithm.as_str()], now).await?;
                if let Some(first) = first
                    && is_named(&first, &name)?
                {
                    return Ok(first);
                }
                keep(tx, &row, "seal_key_issued", &by).await?;
                Ok(row)
            })
        })
        .await
}

fn row_of(
    app: &App,
    agency: &str,
    seal: &str,
    secret: &[u8],
    certified: &dyn Sealer,
    now: i64,
) -> Result<agency_key::Model> {
    let certificate = certified.certificate();
    let (not_before, not_after) = certificates::validity(certificate).map_err(bug)?;
    let chain: Vec<String> = certified.chain().iter().map(|c| BASE64.encode(c)).collect();
    let algorithm = certificates::algorithm(certificate);
    Ok(agency_key::Model {
        id: new_id(),
        agency_id: agency.to_owned(),
        seal_id: Some(seal.to_owned()),
        algorithm: algorithm.map(|a| a.as_str().to_owned()),
        chain: Some(chain.join("\n")),
        key_sealed: app.sealing.seal(&place(agency), secret)?,
        certificate: BASE64.encode(certificate),
        serial: certificates::serial(certificate).map_err(bug)?,
        not_before,
        not_after,
        revoked_at: None,
        created_at: now,
    })
}

async fn keep(tx: &Conn, row: &agency_key::Model, kind: &str, by: &By) -> Result<()> {
    rows::keep_key(tx, row.clone()).await?;
    let body = json!({
        "agency": row.agency_id, "seal": row.seal_id, "serial": row.serial, "algorithm": row.algorithm,
    });
    events::append_raw(tx, events::SYSTEM, None, by, kind, &body).await
}

/// A certified key that was brought along or is held outside, with what is kept of it.
pub struct Brought {
    secret: Vec<u8>,
    certified: Arc<dyn Sealer>,
}

/// Takes in the key of a new seal, before anything is written. Refused unless its certificate names the agency and leads to
/// one of the roots.
pub async fn bring(app: &Shared, agency: &Agency, key: NewKey) -> Result<Option<Brought>> {
    let brought = match key {
        NewKey::Embedded => return Ok(None),
        NewKey::Pkcs12 { file, password } => {
            let opened = tokio::task::spawn_blocking(move || pkcs12::open(&file, &password));
            let key = opened.await.map_err(bug)?.map_err(unusable)?;
            Brought {
                secret: key.secret().map_err(bug)?,
                certified: Arc::new(key),
            }
        }
        NewKey::Service(name) => {
            let service = app.sealing_service.clone().ok_or_else(no_service)?;
            let (certificate, chain) = service.certificate(&name).await.map_err(not_sealed)?;
            let algorithm = certificates::algorithm(&certificate);
            Brought {
                secret: name.clone().into_bytes(),
                certified: Arc::new(RemoteSealer {
                    service,
                    name,
                    algorithm: algorithm.map(|a| a.as_str().to_owned()).unwrap_or_default(),
                    certificate,
                    chain,
                    runtime: tokio::runtime::Handle::current(),
                }),
            }
        }
    };
    let (certificate, chain) = (brought.certified.certificate(), brought.certified.chain());
    let roots = roots(app).await?;
    if certificates::is_trusted(certificate, chain, &roots, &agency.name, app.now()) {
        return Ok(Some(brought));
    }
    let message = "证书不是发给该单位的，或不由受信任的机构签发，或不在有效期内";
    Err(invalid("key", "seal_untrusted", message))
}

/// Keeps a key that was taken in; one certificate stands behind one seal.
pub async fn keep_brought(
    tx: &Conn,
    app: &App,
    seal: &seal::Model,
    brought: &Brought,
    by: &By,
) -> Result<()> {
    let certified = &*brought.certified;
    let row = row_of(
        app,
        &seal.agency_id,
        &seal.id,
        &brought.secret,
        certified,
        by.at,
    )?;
    if rows::has_serial(tx, &row.serial).await? {
        let taken = Refusal::new("key_registered", "此证书已登记在一枚印章之下");
        return Err(Error::Conflict(taken));
    }
    keep(tx, &row, "seal_key_brought", by).await
}

fn unusable(error: Pkcs12Error) -> Error {
    let (code, message) = match error {
        Pkcs12Error::Unreadable => ("pkcs12_unreadable", "不是PKCS#12文件，或文件已损坏"),
        Pkcs12Error::Encryption => (
            "pkcs12_encryption",
            "PKCS#12文件的加密方式不受支持，请用AES或3DES重新导出",
        ),
        Pkcs12Error::Password => ("pkcs12_password", "PKCS#12文件的密码不正确"),
        Pkcs12Error::NoKey => (
            "pkcs12_no_key",
            "PKCS#12文件中应有且仅有一个P-256、RSA（2048位以上）或SM2密钥及其证书",
        ),
    };
    invalid("key", code, message)
}

fn no_service() -> Error {
    Refusal::new("sealing_service_absent", "本平台没有接入外部签章服务").into()
}

/// What a caller is told when a sealer did not sign.
pub fn not_sealed(error: SealerError) -> Error {
    let (code, message) = match &error {
        SealerError::Slow => (
            "sealing_service_slow",
            "签章服务没有按时答复，未盖章，请稍后再试",
        ),
        SealerError::Down(_) => (
            "sealing_service_down",
            "签章服务暂时不可用，未盖章，请稍后再试",
        ),
        SealerError::Wrong(_) => (
            "sealing_service_wrong",
            "签章服务的答复不正确，未盖章，请联系管理员",
        ),
        SealerError::Key(key) => return bug(key),
    };
    Error::Away {
        refusal: Refusal::new(code, message),
        hidden: error.to_string(),
    }
}

/// Id of an algorithm's embedded authority, and where its sealed key belongs.
fn authority_of(algorithm: Algorithm) -> (&'static str, &'static str) {
    match algorithm {
        Algorithm::Sm2 => ("root-sm2", "authority.root-sm2"),
        Algorithm::P256 | Algorithm::Rsa => ("root", "authority.root"),
    }
}

/// The embedded authority's list of withdrawn certificates as of now; absent as long as there is no such authority.
pub async fn withdrawn(app: &Shared, suite: Suite) -> Result<Vec<u8>> {
    let algorithm = suite.embedded();
    let (id, _) = authority_of(algorithm);
    let known = forms::authority(app.db.read(), id).await?;
    known.ok_or(Error::Absent)?;
    let withdrawn = rows::withdrawn(app.db.read(), algorithm.as_str()).await?;
    let now = app.now();
    if let Some(list) = app.lists.get(id, &withdrawn, now) {
        return Ok(list);
    }
    let root = root(app, algorithm).await?;
    let list = crl::issue(&root, &withdrawn, now).map_err(bug)?;
    app.lists.keep(id, withdrawn, now, list.clone());
    Ok(list)
}

/// Certificates that the register has out of use, whoever issued them.
pub async fn out_of_use(app: &Shared) -> Result<Vec<Withdrawn>> {
    let lines = rows::out_of_use(app.db.read()).await?.into_iter();
    let line = |(certificate, since_ms, suspended): (String, _, _)| {
        Ok(Withdrawn {
            certificate: BASE64.decode(certificate).map_err(bug)?,
            since_ms,
            suspended,
        })
    };
    lines.map(line).collect()
}

/// Certificates (DER) by their serial numbers.
pub async fn certificates(app: &Shared, serials: Vec<String>) -> Result<HashMap<String, Vec<u8>>> {
    let found = rows::certificates(app.db.read(), serials)
        .await?
        .into_iter();
    found
        .map(|(serial, der)| Ok((serial, BASE64.decode(der).map_err(bug)?)))
        .collect()
}

/// A list is given out again for so long, milliseconds, while it says the same.
const LIST_REUSED: i64 = 10 * 60 * 1000;

/// The last list of each embedded authority, so that a verdict does not sign one.
#[derive(Default)]
pub struct Lists(Mutex<HashMap<&'static str, Issued>>);

/// A list as it was signed.
struct Issued {
    withdrawn: Vec<(String, i64)>,
    at: i64,
    list: Vec<u8>,
}

impl Lists {
    fn get(&self, id: &str, withdrawn: &[(String, i64)], now: i64) -> Option<Vec<u8>> {
        let lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = lists.get(id)?;
        let fresh = (last.at..last.at + LIST_REUSED).contains(&now);
        (fresh && last.withdrawn == withdrawn).then(|| last.list.clone())
    }

    fn keep(&self, id: &'static str, withdrawn: Vec<(String, i64)>, at: i64, list: Vec<u8>) {
        let issued = Issued {
            withdrawn,
            at,
            list,
        };
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.insert(id, issued);
    }
}

/// The embedded authority of an algorithm; made at the first need.
pub async fn root(app: &Shared, algorithm: Algorithm) -> Result<KeyPair> {
    let (id, place) = authority_of(algorithm);
    let row = match forms::authority(app.db.read(), id).await? {
        Some(row) => row,
        None => {
            let now = app.now();
            let root = KeyPair::root_with(algorithm, "推选平台电子印章根证书", now).map_err(bug)?;
            let row = authority::Model {
                id: id.into(),
                key_sealed: app.sealing.seal(place, &root.secret().map_err(bug)?)?,
                certificate: BASE64.encode(&root.certificate),
                created_at: now,
            };
            app.db
                .write(move |tx| {
                    Box::pin(async move {
                        if let Some(first) = forms::authority(tx, id).await? {
                            return Ok(first);
                        }
                        forms::keep_authority(tx, row.clone()).await?;
                        Ok(row)
                    })
                })
                .await?
        }
    };
    let secret = app.sealing.open(place, &row.key_sealed)?;
    let certificate = BASE64.decode(&row.certificate).map_err(bug)?;
    KeyPair::from_parts(&secret, certificate, Vec::new()).map_err(bug)
}

/// Every root that stands behind seals: the embedded ones that there are, and those of the settings.
pub async fn roots(app: &Shared) -> Result<Vec<Vec<u8>>> {
    let rows = forms::authorities(app.db.read()).await?;
    let embedded = rows.iter().map(|row| BASE64.decode(&row.certificate));
    let embedded: std::result::Result<Vec<_>, _> = embedded.collect();
    let mut roots = embedded.map_err(bug)?;
    roots.extend(app.seal_roots.iter().cloned());
    Ok(roots)
}
