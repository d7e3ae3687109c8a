//! 盖章扫描件: looked at when it arrives, compared with the form that it ought to show, told as advice.

use documents::scan::{BoxLook, Form, Look, Scan, Sight as Seen};
use domain::entry::Entry;
use domain::finding::Finding;
use domain::nomination::{SEAL, SEAL_LABEL};
use domain::notice::NominationList;
use domain::scan::{Asked, Issued, Paper, Scanned, Sight, advise, form_code, own_boxes};
use domain::virus::VirusState;
use entity::{document, evidence, nomination_list, scan, scan_box};
use tokio::sync::Semaphore;

use super::campaigns::Campaign;
use super::forms;
use super::virus_checks;
use crate::db::documents as rows;
use crate::db::scans::{self, Row};
use crate::error::{Error, Result};
use crate::state::{App, Shared};

/// Scans read at once; each takes a processor and some tens of megabytes.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// What was seen on a scan, with what there is to say about it today.
pub struct Looked {
    pub scan: scan::Model,
    pub boxes: Vec<scan_box::Model>,
    pub findings: Vec<Finding>,
}

/// A file and, of a stamped form, what was seen on it.
pub struct Shown {
    pub file: evidence::Model,
    pub scan: Option<Looked>,
    /// Where its check for viruses stands; `None` when there is no scanner.
    pub virus: Option<VirusState>,
}

/// Looks at a scan and stores the pictures of its boxes; the rows are the caller's to store. `None` when the
/// slot is not for the stamped form. Never refuses: what cannot be looked at is told so.
pub async fn look(
    app: &Shared,
    campaign: &Campaign,
    entry: &Entry,
    file: &evidence::Model,
    bytes: Vec<u8>,
) -> Result<Option<Row>> {
    let slots = &campaign.notice.evidence;
    if !slots.iter().any(|s| s.key == file.slot && s.stamped_form) {
        return Ok(None);
    }
    let of = Of {
        id: &file.id,
        owner: &file.entry_id,
        at: file.created_at,
    };
    let Some(read) = read(bytes).await? else {
        return Ok(Some((row(of, None, None), vec![])));
    };
    let code = read.code().and_then(form_code);
    let form = expected(app, campaign, entry, code.as_deref()).await?;
    let (scan, seen) = compare(of, read, form, code).await?;
    let mut boxes = Vec::new();
    for seen in seen {
        let picture_sha256 = match seen.picture {
            Some(png) => Some(app.files.put(&png).await?),
            None => None,
        };
        boxes.push(scan_box::Model {
            evidence_id: file.id.clone(),
            slot: seen.id,
            sight: sight(seen.sight).as_str().to_owned(),
            confidence: (seen.confidence * 100.0).round() as i32,
            picture_sha256,
        });
    }
    // as they are read again
    boxes.sort_by(|a, b| a.slot.cmp(&b.slot));
    Ok(Some((scan, boxes)))
}

/// Looks at the scan of a 推荐表, which keeps one under the list's own id. Nobody is shown its box alone, so that no picture of
/// it is taken.
pub async fn look_at_list(app: &Shared, list: &str, bytes: Vec<u8>) -> Result<Row> {
    let of = Of {
        id: list,
        owner: list,
        at: app.now(),
    };
    let Some(read) = read(bytes).await? else {
        return Ok((row(of, None, None), vec![]));
    };
    let code = read.code().and_then(form_code);
    let forms = rows::of_entry(app.db.read(), list).await?;
    let form = issued_form(&forms, code.as_deref())?.unwrap_or_default();
    let (scan, seen) = compare(of, read, form, code).await?;
    let boxes = seen.into_iter().map(|seen| scan_box::Model {
        evidence_id: list.to_owned(),
        slot: seen.id,
        sight: sight(seen.sight).as_str().to_owned(),
        confidence: (seen.confidence * 100.0).round() as i32,
        picture_sha256: None,
    });
    Ok((scan, boxes.collect()))
}

/// What was seen on the scans of lists, and the forms that they may be of.
pub struct OfLists {
    seen: Vec<Row>,
    forms: Vec<document::Model>,
}

impl OfLists {
    /// Of those that have a scan now: three queries, however many they are.
    pub async fn of(app: &App, lists: &[&nomination_list::Model]) -> Result<OfLists> {
        let scanned = lists.iter().filter(|row| row.document_sha256.is_some());
        let ids: Vec<String> = scanned.map(|row| row.id.clone()).collect();
        let (seen, forms) = match ids.is_empty() {
            true => (vec![], vec![]),
            false => (
                scans::of_entries(app.db.read(), ids.clone()).await?,
                rows::of_entries(app.db.read(), ids).await?,
            ),
        };
        Ok(OfLists { seen, forms })
    }

    /// What was seen on a list's, with what there is to say about it today; none where it has no scan now.
    pub fn look(&mut self, row: &nomination_list::Model, list: &NominationList) -> Option<Looked> {
        let at = self.seen.iter().position(|(s, _)| s.entry_id == row.id)?;
        let (scan, boxes) = self.seen.swap_remove(at);
        let asked = Asked {
            paper: Paper::List,
            key: "scan",
            clause: Some(&list.clause),
            own: &[(SEAL, SEAL_LABEL)],
        };
        let forms = self.forms.iter().filter(|form| form.entry_id == row.id);
        let forms: Vec<_> = forms.cloned().collect();
        let round = u32::try_from(row.round.unwrap_or_default()).unwrap_or_default();
        Some(told(&asked, scan, boxes, &forms, round))
    }
}

/// Whose a scan is.
#[derive(Clone, Copy)]
struct Of<'a> {
    /// A file of an entry, or a list.
    id: &'a str,
    /// An entry, or a list.
    owner: &'a str,
    at: i64,
}

/// What a scan shows of a form: cutting and packing the pictures takes milliseconds too.
async fn compare(
    of: Of<'_>,
    read: Scan,
    form: Form,
    code: Option<String>,
) -> Result<(scan::Model, Vec<BoxLook>)> {
    let look = tokio::task::spawn_blocking(move || read.against(&form));
    let look = look.await.map_err(|e| Error::Bug(e.to_string()))?;
    Ok((row(of, Some(&look), code), look.boxes))
}

async fn read(bytes: Vec<u8>) -> Result<Option<Scan>> {
    let bug = |e: String| Error::Bug(e);
    let turn = AT_ONCE.acquire().await.map_err(|e| bug(e.to_string()))?;
    let work = move || {
        // kept by the thread: a caller who goes away does not end the reading
        let _turn = turn;
        documents::scan::read(&bytes)
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| bug(e.to_string()))
}

/// The first pages of a PDF as JPEG, see [`documents::scan::pictures`].
pub async fn pictures(bytes: Vec<u8>, most: usize, short: usize) -> Result<Vec<Vec<u8>>> {
    let bug = |e: String| Error::Bug(e);
    let turn = AT_ONCE.acquire().await.map_err(|e| bug(e.to_string()))?;
    let work = move || {
        let _turn = turn;
        documents::scan::pictures(&bytes, most, short)
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| bug(e.to_string()))
}

fn row(of: Of<'_>, look: Option<&Look>, code: Option<String>) -> scan::Model {
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    scan::Model {
        evidence_id: of.id.to_owned(),
        entry_id: of.owner.to_owned(),
        legible: look.is_some(),
        grey: look.is_some_and(|look| look.grey),
        code,
        pages: look.map_or(0, |look| count(look.pages)),
        elsewhere: look.map_or(0, |look| count(look.elsewhere)),
        created_at: of.at,
    }
}

fn sight(seen: Seen) -> Sight {
    match seen {
        Seen::Seen => Sight::Seen,
        Seen::NotSeen => Sight::NotSeen,
        Seen::CannotTell => Sight::CannotTell,
    }
}

/// The form that the number names, else that of this round, else what would be printed now.
async fn expected(
    app: &Shared,
    campaign: &Campaign,
    entry: &Entry,
    code: Option<&str>,
) -> Result<Form> {
    let forms = rows::of_entry(app.db.read(), &entry.id).await?;
    if let Some(form) = issued_form(&forms, code)? {
        return Ok(form);
    }
    match forms::draft(app, campaign, entry).await {
        Ok(drawn) => Ok(Form {
            boxes: drawn.slots,
            pages: drawn.pages,
        }),
        // a draft with a character that no font draws has no form yet; the seal is looked for all the same
        Err(Error::Refused(_)) => Ok(Form::default()),
        Err(other) => Err(other),
    }
}

/// The form that the number names, else the newest.
fn issued_form(forms: &[document::Model], code: Option<&str>) -> Result<Option<Form>> {
    let named = forms.iter().find(|form| Some(form.code.as_str()) == code);
    let Some(form) = named.or(forms.last()) else {
        return Ok(None);
    };
    Ok(Some(Form {
        boxes: serde_json::from_str(&form.slots)?,
        pages: usize::try_from(form.pages).unwrap_or_default(),
    }))
}

/// Files with what was seen on the scans among them: two or three queries, however many there are.
pub async fn shown(
    app: &Shared,
    campaign: &Campaign,
    entry: &str,
    round: i32,
    files: Vec<evidence::Model>,
) -> Result<Vec<Shown>> {
    let mut seen = match files.is_empty() {
        true => Vec::new(),
        false => scans::of_entry(app.db.read(), entry).await?,
    };
    let forms = match seen.is_empty() {
        true => Vec::new(),
        false => rows::of_entry(app.db.read(), entry).await?,
    };
    let states = virus_checks::states(app, app.db.read(), &files).await?;
    let shown = files.into_iter().map(|file| {
        let at = seen
            .iter()
            .position(|(scan, _)| scan.evidence_id == file.id);
        let row = at.map(|at| seen.swap_remove(at));
        let scan = row.and_then(|row| looked(campaign, &file, row, &forms, round));
        let virus = states.get(&file.sha256).copied();
        Shown { file, scan, virus }
    });
    Ok(shown.collect())
}

/// With today's advice: a round later, the same scan is of an older form.
pub fn looked(
    campaign: &Campaign,
    file: &evidence::Model,
    (scan, boxes): Row,
    forms: &[document::Model],
    round: i32,
) -> Option<Looked> {
    let slot = campaign
        .notice
        .evidence
        .iter()
        .find(|s| s.key == file.slot)?;
    let asked = Asked {
        paper: Paper::Form,
        key: &slot.key,
        clause: slot.clause.as_deref(),
        own: &own_boxes(&campaign.notice),
    };
    let round = u32::try_from(round).unwrap_or_default();
    Some(told(&asked, scan, boxes, forms, round))
}

fn told(
    asked: &Asked<'_>,
    scan: scan::Model,
    boxes: Vec<scan_box::Model>,
    forms: &[document::Model],
    round: u32,
) -> Looked {
    let count = |n: i32| u32::try_from(n).unwrap_or_default();
    let issued: Vec<Issued> = forms
        .iter()
        .map(|form| Issued {
            code: form.code.clone(),
            round: count(form.round),
            pages: count(form.pages),
        })
        .collect();
    let scanned = scan.legible.then(|| Scanned {
        grey: scan.grey,
        code: scan.code.clone(),
        pages: count(scan.pages),
        boxes: boxes
            .iter()
            .filter_map(|b| Some((b.slot.clone(), Sight::parse(&b.sight)?)))
            .collect(),
        elsewhere: usize::try_from(scan.elsewhere).unwrap_or_default(),
    });
    let findings = advise(asked, scanned.as_ref(), &issued, round);
    Looked {
        scan,
        boxes,
        findings,
    }
}

/// The picture of a box of a scan, PNG; absent where none was taken.
pub async fn picture(app: &Shared, file: &str, slot: &str) -> Result<Vec<u8>> {
    let seen = scans::in_box(app.db.read(), file, slot).await?;
    let picture = seen.and_then(|seen| seen.picture_sha256);
    app.files.get(&picture.ok_or(Error::Absent)?).await
}
