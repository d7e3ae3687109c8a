//! The service killed (SIGKILL) in the middle of a mixed load, again and again. Whatever it acknowledged must be there when it
//! comes back, and what nobody mentions must go with one sweep.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tuixuan::clock::new_id;
use tuixuan::state::Shared;

use super::http::multipart;
use crate::film::{Film, PART};
use crate::report::Report;
use crate::service::Place;
use crate::stock::{self, Stock, Stocked, written};
use crate::{Outcome, Run, campaign};

const CALLERS: usize = 16;
/// The kill comes so many milliseconds after the load began.
const MOMENT: (u64, u64) = (50, 1_500);
/// Files of earlier rounds that are read again after each kill.
const EARLIER: usize = 10;
/// A file that no row mentions may be swept after a day.
const AGE: Duration = Duration::from_secs(25 * 3_600);

/// What the service acknowledged.
#[derive(Default)]
struct Ledger {
    drafts: Vec<Draft>,
    uploads: Vec<Upload>,
    files: Vec<File>,
    asked: u64,
    parts: usize,
}

struct Draft {
    token: String,
    path: String,
    name: Value,
}

/// One that was not acknowledged as finished.
#[derive(Clone)]
struct Upload {
    token: String,
    path: String,
    film: Film,
    parts: BTreeSet<u64>,
}

#[derive(Clone)]
struct File {
    token: String,
    path: String,
    sha256: String,
}

/// What all rounds showed.
#[derive(Default)]
struct Tally {
    drafts: usize,
    parts: usize,
    files: usize,
    unfinished: usize,
    asked: u64,
    lost: Vec<String>,
    orphans: usize,
    left: usize,
}

pub async fn run(run: &Run, report: &mut Report) -> Outcome {
    let place = Place::sqlite(run, "kills")?;
    let app = place.open().await?;
    let stock = Stock {
        entries: 0,
        drafts: 0,
        characters: 200,
        whole: false,
    };
    let stocked = Arc::new(stock::load(&app, stock).await?);
    app.db.close().await?;
    let (mut tally, mut all, mut random) = (Tally::default(), Vec::new(), Random(20_261_126));
    let mut service = place.start(run, "serve").await?;
    for round in 0..run.times {
        let site = Arc::new(Callers {
            client: Client::new(),
            base: service.base.clone(),
            stocked: stocked.clone(),
            ledger: Mutex::default(),
        });
        let callers: Vec<_> = (0..CALLERS)
            .map(|n| tokio::spawn(site.clone().call(n, round)))
            .collect();
        let (soonest, latest) = MOMENT;
        let moment = soonest + random.below(latest - soonest);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        // without warning
        drop(service);
        for caller in callers {
            caller.await??;
        }
        sweep(run, &place, &mut tally).await?;
        service = place.start(run, "serve").await?;
        let mut ledger = std::mem::take(&mut *site.ledger.lock().map_err(|_| "a caller fell")?);
        let back = Callers {
            client: Client::new(),
            base: service.base.clone(),
            stocked: stocked.clone(),
            ledger: Mutex::default(),
        };
        back.look(&mut ledger, &mut tally).await?;
        for _ in 0..EARLIER.min(all.len()) {
            let at = random.below(all.len() as u64) as usize;
            back.look_at(&all[at], &mut tally).await?;
        }
        all.append(&mut ledger.files);
        println!(
            "kills: {} of {}, after {moment} ms: {} parts, {} files, {} lost",
            round + 1,
            run.times,
            tally.parts,
            tally.files,
            tally.lost.len()
        );
    }
    let back = Callers {
        client: Client::new(),
        base: service.base.clone(),
        stocked,
        ledger: Mutex::default(),
    };
    for file in &all {
        back.look_at(file, &mut tally).await?;
    }
    service.process.stop()?;
    for arguments in [["files", "check"], ["audit", "verify"]] {
        let told = place.command(run).args(arguments).output()?;
        if !told.status.success() {
            tally.lost.push(arguments.join(" "));
        }
    }
    add(run, report, &tally);
    std::fs::remove_dir_all(place.files())?;
    Ok(())
}

fn add(run: &Run, report: &mut Report, tally: &Tally) {
    let figure = format!(
        "{} drafts, {} parts, {} files acknowledged; {} uploads cut off and ended afterwards; {} lost",
        tally.drafts,
        tally.parts,
        tally.files,
        tally.unfinished,
        tally.lost.len()
    );
    let detail = json!({
        "requests": tally.asked, "drafts": tally.drafts, "parts": tally.parts, "files": tally.files,
        "unfinished": tally.unfinished, "lost": tally.lost,
    });
    let what = format!("killed {} times in the middle of a mixed load", run.times);
    let goal = Some(("0 lost", tally.lost.is_empty()));
    report.add("kills", &what, "service on SQLite", figure, goal, detail);
    let figure = format!("{} before, {} after it", tally.orphans, tally.left);
    let detail = json!({ "before": tally.orphans, "after": tally.left });
    let goal = Some(("0 after", tally.left == 0));
    let what = "files that no row mentions, and one sweep after each kill";
    report.add("kills", what, "service on SQLite", figure, goal, detail);
}

/// Makes every file look as old as the sweep asks for, while nothing runs, and sweeps once.
async fn sweep(run: &Run, place: &Place, tally: &mut Tally) -> Outcome {
    let app = place.open().await?;
    tally.orphans += orphans(&app, &place.files(), true).await?;
    let swept = place.command(run).args(["files", "sweep"]).output()?;
    if !swept.status.success() {
        return Err(String::from_utf8_lossy(&swept.stderr).into());
    }
    tally.left += orphans(&app, &place.files(), false).await?;
    Ok(app.db.close().await?)
}

/// Files of the store that no row mentions, those that were still arriving included.
async fn orphans(app: &Shared, folder: &Path, make_old: bool) -> Outcome<usize> {
    let mut names = Vec::new();
    for below in std::fs::read_dir(folder)? {
        for file in std::fs::read_dir(below?.path())? {
            let file = file?;
            if make_old {
                let opened = std::fs::File::options().write(true).open(file.path())?;
                opened.set_modified(opened.metadata()?.modified()? - AGE)?;
            }
            names.push(file.file_name().to_string_lossy().into_owned());
        }
    }
    let mut mentioned = tuixuan::db::objects::mentioned(app.db.read(), &names).await?;
    for some in names.chunks(500) {
        // files of uploads under way have their names
        mentioned.extend(tuixuan::db::uploads::among(app.db.read(), some.to_vec()).await?);
    }
    Ok(names.len() - names.iter().filter(|n| mentioned.contains(*n)).count())
}

/// Where to ask, and what was acknowledged there.
struct Callers {
    client: Client,
    base: String,
    stocked: Arc<Stocked>,
    ledger: Mutex<Ledger>,
}

impl Callers {
    fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(token)
    }

    fn note(&self, entry: impl FnOnce(&mut Ledger)) -> Outcome {
        entry(&mut *self.ledger.lock().map_err(|_| "another caller fell")?);
        Ok(())
    }

    /// One caller: drafts with pictures and films, until the service is gone.
    async fn call(self: Arc<Callers>, n: usize, round: u64) -> Outcome {
        let mut random = Random(round * CALLERS as u64 + n as u64 + 1);
        for turn in 0.. {
            let name = format!("{round}第{n}户{turn}");
            if self.one_draft(n, &name, &mut random).await?.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn one_draft(&self, n: usize, name: &str, random: &mut Random) -> Outcome<Option<()>> {
        let (_, token) = &self.stocked.applicants[n];
        let counties = self.stocked.agencies.iter();
        let counties: Vec<_> = counties.filter(|a| a.tier.as_str() == "county").collect();
        let county = counties[n % counties.len()];
        let input = written(&county.id, &county.region, name, 200);
        let path = format!("/api/v1/campaigns/{}/entries", campaign::SLUG);
        let draft = self.request(Method::POST, &path, token).json(&input);
        let Some(draft) = self.told(draft.header("idempotency-key", new_id())).await? else {
            return Ok(None);
        };
        let entry = format!("/api/v1/entries/{}", draft["id"].as_str().ok_or("no id")?);
        self.note(|ledger| {
            ledger.drafts.push(Draft {
                token: token.clone(),
                path: entry.clone(),
                name: input["answers"]["name"].clone(),
            });
        })?;
        let pictures = random.below(4);
        for _ in 0..pictures {
            if self.picture(&entry, token, random).await?.is_none() {
                return Ok(None);
            }
        }
        self.film(&entry, token, random).await
    }

    /// A whole file by multipart.
    async fn picture(&self, entry: &str, token: &str, random: &mut Random) -> Outcome<Option<()>> {
        // what cameras append behind a picture does no harm, and makes each another file
        let jpeg = [&small_picture()?[..], &random.next().to_be_bytes()].concat();
        let evidence = format!("{entry}/evidence");
        let request = self.request(Method::POST, &evidence, token);
        let request = multipart(request, &[("slot", "pictures")], &jpeg);
        let Some(file) = self.told(request).await? else {
            return Ok(None);
        };
        let sent = hex::encode(Sha256::digest(&jpeg));
        self.keep_file(&evidence, token, &file, sent).map(Some)
    }

    fn keep_file(&self, evidence: &str, token: &str, file: &Value, sha256: String) -> Outcome {
        let id = file["id"].as_str().ok_or("no id")?;
        let file = File {
            token: token.to_owned(),
            path: format!("{evidence}/{id}"),
            sha256,
        };
        self.note(|ledger| ledger.files.push(file))
    }

    /// A film in parts; one in four is left unfinished.
    async fn film(&self, entry: &str, token: &str, random: &mut Random) -> Outcome<Option<()>> {
        let longer = random.below(3) == 0;
        let film = Film {
            number: random.next(),
            bytes: 100_000 + random.below(800_000) + if longer { PART } else { 0 },
        };
        let announced = json!({ "slot": "video", "file_name": "短片.mp4", "bytes": film.bytes });
        let path = format!("{entry}/uploads");
        let request = self.request(Method::POST, &path, token).json(&announced);
        let Some(upload) = self
            .told(request.header("idempotency-key", new_id()))
            .await?
        else {
            return Ok(None);
        };
        let path = format!("{path}/{}", upload["id"].as_str().ok_or("no id")?);
        self.note(|ledger| {
            ledger.uploads.push(Upload {
                token: token.to_owned(),
                path: path.clone(),
                film,
                parts: BTreeSet::new(),
            });
        })?;
        for number in 1..=film.parts() {
            if self
                .told(self.part(&path, token, film, number))
                .await?
                .is_none()
            {
                return Ok(None);
            }
            self.note(|ledger| {
                let mut uploads = ledger.uploads.iter_mut();
                if let Some(upload) = uploads.find(|u| u.path == path) {
                    upload.parts.insert(number);
                }
                ledger.parts += 1;
            })?;
        }
        if random.below(4) == 0 {
            return Ok(Some(()));
        }
        let Some(file) = self.told(self.end(&path, token)).await? else {
            return Ok(None);
        };
        self.note(|ledger| ledger.uploads.retain(|u| u.path != path))?;
        self.keep_file(&format!("{entry}/evidence"), token, &file, film.sha256())
            .map(Some)
    }

    fn part(&self, path: &str, token: &str, film: Film, number: u64) -> RequestBuilder {
        let (body, length) = film.part(number);
        let part = self.request(Method::PUT, &format!("{path}/parts/{number}"), token);
        let part = part.header("content-type", "application/octet-stream");
        part.header("content-length", length).body(body)
    }

    fn end(&self, path: &str, token: &str) -> RequestBuilder {
        self.request(Method::POST, &format!("{path}/finish"), token)
            .json(&json!({}))
    }

    /// The JSON of an answer, or nothing where the connection broke; a refusal ends the run.
    async fn told(&self, request: RequestBuilder) -> Outcome<Option<Value>> {
        self.note(|ledger| ledger.asked += 1)?;
        let Ok(answer) = request.send().await else {
            return Ok(None);
        };
        let status = answer.status();
        let Ok(text) = answer.text().await else {
            return Ok(None);
        };
        if !status.is_success() {
            return Err(format!("{status}: {text}").into());
        }
        Ok(Some(serde_json::from_str(&text)?))
    }

    /// Looks for everything that was acknowledged before the kill, and ends what was cut off.
    async fn look(&self, ledger: &mut Ledger, tally: &mut Tally) -> Outcome {
        tally.asked += ledger.asked;
        tally.parts += ledger.parts;
        tally.drafts += ledger.drafts.len();
        for draft in &ledger.drafts {
            let found = self
                .request(Method::GET, &draft.path, &draft.token)
                .send()
                .await?;
            let found: Value = found.json().await?;
            if found["answers"]["name"] != draft.name {
                tally.lost.push(format!("draft {}: {found}", draft.path));
            }
        }
        tally.files += ledger.files.len();
        for file in ledger.files.clone() {
            self.look_at(&file, tally).await?;
        }
        tally.unfinished += ledger.uploads.len();
        for upload in std::mem::take(&mut ledger.uploads) {
            if let Some(file) = self.go_on(&upload, tally).await? {
                self.look_at(&file, tally).await?;
                ledger.files.push(file);
            }
        }
        Ok(())
    }

    /// Sends the parts that are not there and ends the upload: what was acknowledged is not sent again.
    async fn go_on(&self, upload: &Upload, tally: &mut Tally) -> Outcome<Option<File>> {
        let Upload {
            token,
            path,
            film,
            parts,
        } = upload;
        let found = self.request(Method::GET, path, token).send().await?;
        let found: Value = found.json().await?;
        let received = found["received"].as_array();
        let received: BTreeSet<u64> = (received.into_iter().flatten())
            .filter_map(Value::as_u64)
            .collect();
        let finished = found["evidence_id"].is_string();
        if !finished && !parts.is_subset(&received) {
            tally.lost.push(format!("parts of {path}: {found}"));
        }
        if !finished {
            for number in (1..=film.parts()).filter(|n| !received.contains(n)) {
                let sent = self.part(path, token, *film, number).send().await?;
                if !sent.status().is_success() {
                    tally
                        .lost
                        .push(format!("part {number} of {path}: {}", sent.text().await?));
                }
            }
        }
        let ended = self.end(path, token).send().await?;
        let (status, text) = (ended.status(), ended.text().await?);
        if !status.is_success() {
            tally.lost.push(format!("end of {path}: {text}"));
            return Ok(None);
        }
        let file: Value = serde_json::from_str(&text)?;
        let (entry, _) = path.split_once("/uploads/").ok_or("no upload's path")?;
        let id = file["id"].as_str().ok_or("no id")?;
        Ok(Some(File {
            token: token.clone(),
            path: format!("{entry}/evidence/{id}"),
            sha256: film.sha256(),
        }))
    }

    async fn look_at(&self, file: &File, tally: &mut Tally) -> Outcome {
        let found = self
            .request(Method::GET, &file.path, &file.token)
            .send()
            .await?;
        let bytes = found.bytes().await?;
        if hex::encode(Sha256::digest(&bytes)) != file.sha256 {
            tally.lost.push(file.path.clone());
        }
        Ok(())
    }
}

fn small_picture() -> Outcome<Vec<u8>> {
    let picture =
        image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 5, 90]));
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&picture)?;
    Ok(jpeg)
}

/// SplitMix64: the same run again has the same moments.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}
