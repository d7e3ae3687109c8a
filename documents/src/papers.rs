//! Papers that no notice has to bring along: slip, receipt, list of a batch, announcement, certificate, plaque.
//! Each is typed data and a template of ours; a change of wording needs no Rust.

use serde::Serialize;

use crate::render::{RenderError, Rendered, Renderer};

/// A paper: data for its template.
pub trait Paper: Serialize {
    /// Typst source.
    const TEMPLATE: &'static str;
}

impl Renderer {
    /// Draws a paper as of an instant (epoch milliseconds). Refused as a form is.
    pub fn paper<P: Paper>(&self, paper: &P, at_ms: i64) -> Result<Rendered, RenderError> {
        let data = serde_json::to_value(paper).map_err(|e| RenderError::Template(e.to_string()))?;
        self.render(P::TEMPLATE, &data, at_ms)
    }
}

/// Who signs, and the box for the seal; no box when `id` is empty.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Signer {
    pub id: String,
    pub agency: String,
}

/// 补正通知.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Slip {
    pub title: String,
    /// Number of the slip.
    pub form_code: String,
    /// Who handed in.
    pub to: String,
    pub campaign: String,
    pub name: String,
    pub receipt: String,
    pub round: u32,
    pub agency: String,
    pub step: String,
    pub items: Vec<SlipItem>,
    /// Last instant, in words.
    pub due: String,
    pub date: String,
    pub signers: Vec<Signer>,
    /// QR code as SVG; empty for none.
    pub qr_svg: String,
}

/// One thing to be mended.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SlipItem {
    pub label: String,
    pub message: String,
    /// The notice's own words; may be empty.
    pub clause: String,
}

impl Paper for Slip {
    const TEMPLATE: &'static str = include_str!("../templates/papers/slip.typ");
}

/// 申报回执.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Receipt {
    pub title: String,
    pub form_code: String,
    pub receipt: String,
    pub campaign: String,
    pub name: String,
    pub category: String,
    pub route: String,
    /// In words, to the second.
    pub submitted: String,
    pub late: bool,
    pub round: u32,
    /// SHA-256, hexadecimal.
    pub digest: String,
    pub evidence: Vec<ReceiptFile>,
    /// QR code as SVG; empty for none.
    pub qr_svg: String,
}

/// A file that was handed in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ReceiptFile {
    pub label: String,
    pub file_name: String,
    /// With its unit.
    pub size: String,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

impl Paper for Receipt {
    const TEMPLATE: &'static str = include_str!("../templates/papers/receipt.typ");
}

/// 报送清单 of a batch.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cover {
    pub title: String,
    pub form_code: String,
    pub to: String,
    pub campaign: String,
    pub rows: Vec<CoverRow>,
    pub clerk: String,
    pub phone: String,
    pub date: String,
    pub signers: Vec<Signer>,
    /// QR code as SVG; empty for none.
    pub qr_svg: String,
}

/// An entry of a batch.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CoverRow {
    pub name: String,
    pub category: String,
    pub operator: String,
    pub receipt: String,
    pub form_code: String,
}

impl Paper for Cover {
    const TEMPLATE: &'static str = include_str!("../templates/papers/cover.typ");
}

/// 公示、通报表扬、表彰决定 in the layout of GB/T 9704—2012. It bears no QR code: a draft is not kept, so nobody could look it up.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Official {
    pub title: String,
    pub form_code: String,
    /// 发文机关标志, red; empty for none.
    pub header: String,
    /// 发文字号; empty for none.
    pub number: String,
    /// 主送机关, without its colon; empty for none.
    pub to: String,
    pub paragraphs: Vec<String>,
    pub lists: Vec<Listing>,
    pub closing: Vec<String>,
    pub attachments: Vec<String>,
    pub signers: Vec<Signer>,
    /// 成文日期.
    pub date: String,
}

/// A list under its heading.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Listing {
    pub heading: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
}

/// A column; a wide one takes the room that is left.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Column {
    pub label: String,
    pub wide: bool,
}

impl Paper for Official {
    const TEMPLATE: &'static str = include_str!("../templates/papers/official.typ");
}

/// 荣誉证书.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Certificate {
    pub title: String,
    pub form_code: String,
    /// Who is honoured.
    pub honoured: String,
    pub text: String,
    /// Whether the frame is drawn, or printed on the paper already.
    pub frame: bool,
    pub signers: Vec<Signer>,
    pub date: String,
    /// QR code as SVG; empty for none.
    pub qr_svg: String,
}

impl Paper for Certificate {
    const TEMPLATE: &'static str = include_str!("../templates/papers/certificate.typ");
}

/// 奖牌.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Plaque {
    /// The honour.
    pub title: String,
    pub form_code: String,
    pub campaign: String,
    /// Empty when the plaque bears no name.
    pub honoured: String,
    pub agencies: Vec<String>,
    pub date: String,
}

impl Paper for Plaque {
    const TEMPLATE: &'static str = include_str!("../templates/papers/plaque.typ");
}

/// 卷宗: everything of an entry in one file, the signed form enclosed. What is enclosed, in this order: the signed
/// form when there is one, the pictures of its pages, the pictures of the evidence.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Dossier {
    pub title: String,
    pub form_code: String,
    pub facts: Vec<Fact>,
    /// What was handed in.
    pub answers: Vec<Fact>,
    pub form: Option<DossierForm>,
    pub evidence: Vec<DossierFile>,
    pub events: Vec<DossierEvent>,
    pub seals: Vec<DossierSeal>,
    /// Faults of the form's file as a whole.
    pub problems: Vec<String>,
}

/// A label and what it says.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Fact {
    pub label: String,
    pub text: String,
}

/// The signed form; it is enclosed as a file, since any copy of its pages would not carry the signatures.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DossierForm {
    pub code: String,
    pub pages: i32,
    /// 64 hexadecimal digits.
    pub sha256: String,
    /// Numbers of enclosed files: pictures of its pages.
    pub pictures: Vec<usize>,
}

/// A file of the evidence.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DossierFile {
    pub label: String,
    pub file_name: String,
    /// Size and pages, in words.
    pub size: String,
    /// 64 hexadecimal digits.
    pub sha256: String,
    /// Number of the enclosed picture.
    pub picture: Option<usize>,
}

/// Something that happened.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DossierEvent {
    pub at: String,
    pub who: String,
    pub what: String,
}

/// The verdict on a seal.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DossierSeal {
    pub slot: String,
    pub agency: String,
    pub at: String,
    pub serial: String,
    pub verdict: String,
}

impl Paper for Dossier {
    const TEMPLATE: &'static str = include_str!("../templates/papers/dossier.typ");
}
