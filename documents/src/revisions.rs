//! A form's file as its revisions: what was rendered, the boxes prepared for stamps, then one update a stamp.

use std::fmt::Write;
use std::ops::Range;

use memchr::memmem;

use crate::increment::{self, Anchor, Increment};
use crate::kept::{self, Kept, Names};

const WIDGET: &str = "<</Type/Annot/Subtype/Widget/FT/Sig/F 132/P ";
const FORM: &[u8] = b"<</SigFlags 3/Fields[";
const SIGNATURE: &[u8] =
    b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 ";
/// Says, in what the signature covers, that a time stamp follows it: without, the token could be taken away unseen. The
/// key is one for private use (ISO 32000-1 annex E).
const TIMESTAMPED: &str = "/XXTimestamp true";
/// Nobody stamps a form more often; a longer chain is not walked.
const MOST_STAMPS: usize = 64;

/// A box for a stamp, as a signature field merged with its widget (ISO 32000-1 §12.7.4.5).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) slot: String,
    /// Object number of the field.
    pub(crate) number: u32,
    /// All of the body but the closing `/AP…>>`: what no stamp may change.
    fixed: String,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

type Object = (u32, Range<usize>);

/// A file that this program wrote, shape by shape.
#[derive(Debug)]
pub(crate) struct Revisions {
    pub(crate) fields: Vec<Field>,
    prepared: Increment,
    /// Number and body of the catalog, as it was prepared.
    catalog: Option<(u32, Vec<u8>)>,
    /// Oldest first.
    pub(crate) stamps: Vec<Stamped>,
}

/// One stamp's update, its shape already checked.
#[derive(Debug)]
pub(crate) struct Stamped {
    pub(crate) slot: String,
    update: Increment,
    pub(crate) signature: SignaturePlace,
    /// What it keeps for later judges.
    pub(crate) kept: Option<Kept>,
}

/// Where a signature lies in the file: everything but `contents` is what it covers, up to `end`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SignaturePlace {
    /// The hexadecimal text with its angle brackets.
    pub(crate) contents: Range<usize>,
    pub(crate) end: usize,
    /// As written in /M.
    pub(crate) date: Vec<u8>,
    /// A time stamp follows the signature.
    pub(crate) timestamped: bool,
}

/// What a signature dictionary says besides the signature.
pub(crate) struct Said<'a> {
    pub(crate) date: &'a str,
    pub(crate) name: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) timestamped: bool,
}

impl Field {
    pub(crate) fn new(number: u32, page: u32, slot: &str, rect: [f64; 4]) -> Field {
        let [x0, y0, x1, y1] = rect.map(|v| (v * 100.0).round() / 100.0);
        let fixed = format!("{WIDGET}{page} 0 R/Rect[{x0} {y0} {x1} {y1}]/T({slot})");
        let (width, height) = ((x1 - x0) as f32, (y1 - y0) as f32);
        Field {
            slot: slot.to_owned(),
            number,
            fixed,
            width,
            height,
        }
    }

    /// The body with an appearance, and with a signature once it is filled.
    pub(crate) fn body(&self, appearance: u32, signature: Option<u32>) -> Vec<u8> {
        let mut body = format!("{}/AP<</N {appearance} 0 R>>", self.fixed);
        if let Some(signature) = signature {
            let _ = write!(body, "/V {signature} 0 R");
        }
        body.push_str(">>");
        body.into_bytes()
    }

    /// PDF/A asks for an appearance on every widget, so an empty box has an empty one.
    pub(crate) fn empty_appearance(&self) -> Vec<u8> {
        let (width, height) = (self.width, self.height);
        let head = format!("<</Type/XObject/Subtype/Form/BBox[0 0 {width} {height}]/Length 0>>");
        [head.as_bytes(), b"stream\n\nendstream"].concat()
    }

    /// An empty box: to the byte as it was prepared, with nothing in it and nothing to be seen.
    fn read(file: &[u8], update: &Increment, number: u32, body: &[u8]) -> Option<Field> {
        let text = std::str::from_utf8(body).ok()?;
        let (fixed, look) = text.split_once("/AP<</N ")?;
        let look: u32 = look.strip_suffix(" 0 R>>>>")?.parse().ok()?;
        let (head, slot) = fixed
            .strip_prefix(WIDGET)?
            .strip_suffix(')')?
            .split_once("/T(")?;
        let rect = head.split_once("/Rect[")?.1.strip_suffix(']')?;
        let corners: Vec<f64> = rect.split(' ').filter_map(|n| n.parse().ok()).collect();
        let [x0, y0, x1, y1] = corners[..] else {
            return None;
        };
        let (slot, fixed) = (slot.to_owned(), fixed.to_owned());
        let field = Field {
            slot,
            number,
            fixed,
            width: (x1 - x0) as f32,
            height: (y1 - y0) as f32,
        };
        let sound = x1 > x0
            && y1 > y0
            && is_slot_id(&field.slot)
            && field.body(look, None) == body
            && update.body(file, look)? == field.empty_appearance();
        sound.then_some(field)
    }
}

/// Slot names are field names too (ISO 32000-1 §12.7.3.2), so they are kept plain.
pub(crate) fn is_slot_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    !id.is_empty() && id.len() <= 64 && id.bytes().all(plain)
}

/// The interactive form of these fields.
pub(crate) fn form_body(fields: &[Field]) -> Vec<u8> {
    let list: Vec<String> = fields.iter().map(|f| format!("{} 0 R", f.number)).collect();
    [FORM, list.join(" ").as_bytes(), b"]>>"].concat()
}

/// The signature dictionary, and where in it the bracketed contents lie.
pub(crate) fn signature_body(contents: &str, said: &Said<'_>) -> (Vec<u8>, Range<usize>) {
    let blank = byte_range(0, 0, 0);
    let mut body = [SIGNATURE, blank.as_bytes(), b"]/Contents"].concat();
    let from = body.len();
    body.extend_from_slice(format!("<{contents}>").as_bytes());
    let to = body.len();
    let rest = format!(
        "/M({})/Name<{}>/Reason<{}>{}>>",
        said.date,
        utf16(said.name),
        utf16(said.reason),
        if said.timestamped { TIMESTAMPED } else { "" },
    );
    body.extend_from_slice(rest.as_bytes());
    (body, from..to)
}

/// Writes the byte range into a signature whose contents lie at `contents`, in a file that is complete but for it.
pub(crate) fn close(file: &mut [u8], contents: &Range<usize>) {
    let text = byte_range(contents.start, contents.end, file.len() - contents.end);
    let end = contents.start - b"]/Contents".len();
    file[end - text.len()..end].copy_from_slice(text.as_bytes());
}

/// Ten places a number: files of up to 10 GB, and one length whatever the numbers.
fn byte_range(before: usize, after: usize, rest: usize) -> String {
    format!("{before:>10} {after:>10} {rest:>10}")
}

/// Upper-case hexadecimal of UTF-16 with its mark: text strings of ISO 32000-1 §7.9.2.
fn utf16(text: &str) -> String {
    let units = text.encode_utf16().flat_map(u16::to_be_bytes);
    hex::encode_upper([0xfe, 0xff].into_iter().chain(units).collect::<Vec<u8>>())
}

impl Revisions {
    /// Takes a file apart, or says in what it differs from the files written here.
    pub(crate) fn read(file: &[u8]) -> Result<Revisions, &'static str> {
        if !file.starts_with(b"%PDF-") {
            return Err("不是PDF文件");
        }
        let mut updates = Vec::new();
        let mut end = file.len();
        loop {
            let update = increment::last(&file[..end]).ok_or("文件结构与本平台生成的申报表不符")?;
            if let Some(fields) = prepared_fields(file, &update) {
                if !is_rendering(&file[..update.start], update.previous_table) {
                    return Err("盖章处准备之前，文件已被改动或签章");
                }
                updates.reverse();
                return Revisions::check(file, update, fields, updates);
            }
            end = update.start;
            updates.push(update);
            if updates.len() > MOST_STAMPS {
                return Err("签章次数过多");
            }
        }
    }

    fn check(
        file: &[u8],
        prepared: Increment,
        fields: Vec<Field>,
        updates: Vec<Increment>,
    ) -> Result<Revisions, &'static str> {
        let mut revisions = Revisions {
            fields,
            catalog: prepared_catalog(file, &prepared),
            prepared,
            stamps: Vec::new(),
        };
        for update in updates {
            let stamped = revisions.stamped(file, update)?;
            revisions.stamps.push(stamped);
        }
        Ok(revisions)
    }

    /// An update is a stamp when it fills one empty field with three new objects (five when the seal is a picture with
    /// its opacity), keeps what later judges need or nothing, and does nothing else.
    fn stamped(&self, file: &[u8], update: Increment) -> Result<Stamped, &'static str> {
        const OTHER: &str = "有不属于盖章的改动";
        let before = self.latest();
        let first_new = before.size;
        let (catalog, objects) = self.without_catalog(&update);
        let [(widget, _), new @ ..] = objects else {
            return Err(OTHER);
        };
        let (seal, kept) = match catalog {
            None => (new, None),
            Some(catalog) => {
                let (seal, kept) = self.split(file, catalog, first_new, new).ok_or(OTHER)?;
                (seal, Some(kept))
            }
        };
        let ([(_, place), _, _] | [(_, place), _, _, _, _]) = seal else {
            return Err(OTHER);
        };
        let numbered = new
            .iter()
            .map(|(n, _)| *n)
            .eq((first_new..).take(new.len()));
        let follows = update.previous_table == before.table
            && update.lasting == before.lasting
            && update.size as usize == first_new as usize + new.len();
        let field = self
            .fields
            .iter()
            .find(|f| f.number == *widget)
            .ok_or("改动了盖章处以外的对象")?;
        if self.is_filled(&field.slot) {
            return Err("同一盖章处盖章两次");
        }
        let filled = field.body(first_new + 1, Some(first_new));
        if !follows || !numbered || update.body(file, *widget) != Some(&filled) {
            return Err("盖章处被改动");
        }
        let signature = read_signature(file, place, update.end).ok_or("签名字典被改动")?;
        Ok(Stamped {
            slot: field.slot.clone(),
            update,
            signature,
            kept,
        })
    }

    /// The catalog's new body, if the update has one, and the other objects.
    fn without_catalog<'u>(&self, update: &'u Increment) -> (Option<Range<usize>>, &'u [Object]) {
        match (&self.catalog, &update.objects[..]) {
            (Some((number, _)), [(first, body), rest @ ..]) if first == number => {
                (Some(body.clone()), rest)
            }
            (_, all) => (None, all),
        }
    }

    /// New objects of an update whose catalog names what is kept: those of the seal, then those that are kept.
    fn split<'u>(
        &self,
        file: &[u8],
        catalog: Range<usize>,
        first_new: u32,
        new: &'u [Object],
    ) -> Option<(&'u [Object], Kept)> {
        let names = |of_seal: &usize| {
            let dss = first_new + u32::try_from(*of_seal).unwrap_or(u32::MAX);
            let wanted = kept::catalog(&self.catalog.as_ref()?.1, dss)?;
            (file.get(catalog.clone())? == wanted).then_some(())
        };
        let of_seal = [3, 5].into_iter().find(|n| names(n).is_some())?;
        let (seal, rest) = new.split_at_checked(of_seal)?;
        Some((seal, kept::read(file, rest, &self.kept())?))
    }

    /// What all stamps so far keep.
    fn kept(&self) -> Names {
        let last = self.stamps.iter().rev().find_map(|s| s.kept.as_ref());
        last.map(|kept| kept.names.clone()).unwrap_or_default()
    }

    /// The objects with which the next stamp keeps certificates and a list, from number `first` on: the catalog first.
    pub(crate) fn keep(
        &self,
        first: u32,
        certificates: &[Vec<u8>],
        list: &[u8],
    ) -> Option<Vec<(u32, Vec<u8>)>> {
        let (number, prepared) = self.catalog.as_ref()?;
        let mut objects = vec![(*number, kept::catalog(prepared, first)?)];
        objects.extend(kept::objects(first, &self.kept(), certificates, list));
        Some(objects)
    }

    /// What the next update is written after.
    pub(crate) fn latest(&self) -> Anchor {
        self.stamps
            .last()
            .map_or(&self.prepared, |s| &s.update)
            .anchor()
    }

    pub(crate) fn field(&self, slot: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.slot == slot)
    }

    pub(crate) fn is_filled(&self, slot: &str) -> bool {
        self.stamps.iter().any(|s| s.slot == slot)
    }
}

/// The catalog of the update that prepared the fields, which nobody else may have given a /DSS.
fn prepared_catalog(file: &[u8], prepared: &Increment) -> Option<(u32, Vec<u8>)> {
    let number = prepared.lasting.strip_prefix("/Root ")?.split(' ').next()?;
    let number = number.parse().ok()?;
    let body = prepared.body(file, number)?;
    let alone = !body.windows(4).any(|w| w == b"/DSS");
    alone.then(|| (number, body.to_vec()))
}

/// Is this one rendering, with its table there, and not a file that was updated or signed before? Boxes prepared a second time
/// would hide what was signed before: a walk from the end stops at them.
fn is_rendering(before: &[u8], table: usize) -> bool {
    let ending = before.get(table..).unwrap_or_default();
    let last = format!("\nstartxref\n{table}\n%%EOF\n");
    let times = |bytes: &[u8], mark: &[u8]| memmem::find_iter(bytes, mark).count();
    ending.starts_with(b"xref\n0 ")
        && ending.ends_with(last.as_bytes())
        && times(ending, b"/Prev") == 0
        && times(ending, b"/XRefStm") == 0
        && times(before, b"startxref") == 1
        && times(before, b"\n%%EOF") == 1
        && times(before, b"/ByteRange") == 0
}

/// The fields of the update that prepared them; `None` for any other update.
fn prepared_fields(file: &[u8], update: &Increment) -> Option<Vec<Field>> {
    let bodies = || {
        update
            .objects
            .iter()
            .map(|(n, range)| (*n, &file[range.clone()]))
    };
    let form = bodies().find(|(_, body)| body.starts_with(FORM))?.1;
    let fields: Vec<Field> = bodies()
        .filter_map(|(n, body)| Field::read(file, update, n, body))
        .collect();
    (form == form_body(&fields)).then_some(fields)
}

fn read_signature(file: &[u8], place: &Range<usize>, end: usize) -> Option<SignaturePlace> {
    let body = file.get(place.clone())?;
    let head = SIGNATURE.len() + byte_range(0, 0, 0).len();
    let rest = body.get(head..)?.strip_prefix(b"]/Contents<")?;
    let hex = rest.iter().position(|b| *b == b'>')?;
    let from = place.start + head + b"]/Contents".len();
    let contents = from..from + hex + 2;
    let range = byte_range(contents.start, contents.end, end - contents.end);
    let date = rest.get(hex..)?.strip_prefix(b">/M(")?;
    let date = &date[..date.iter().position(|b| *b == b')')?];
    let timestamped = body.ends_with(format!("{TIMESTAMPED}>>").as_bytes());
    let exact = body[..head] == *[SIGNATURE, range.as_bytes()].concat();
    exact.then(|| SignaturePlace {
        contents,
        end,
        date: date.to_vec(),
        timestamped,
    })
}

#[cfg(test)]
mod tests;
