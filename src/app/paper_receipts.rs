//! 纸质原件签收: the paper desk marks a printed form as arrived, by the number in its foot.

use domain::actor::Officer;
use domain::event::Event;
use domain::refusal::Refusal;
use domain::scan::{form_code, older};
use entity::{document, entry, paper_receipt};

use crate::clock::new_id;
use crate::db::events::{self, By};
use crate::db::{documents, paper_receipts, reviews};
use crate::error::{Error, Result};
use crate::state::Shared;

/// A form that arrived.
pub struct Arrived {
    pub row: paper_receipt::Model,
    pub form: document::Model,
    pub entry: entry::Model,
}

impl Arrived {
    /// What to tell at the desk when the paper is not of the entry's present round.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let round = |n: i32| u32::try_from(n).unwrap_or_default();
        older(
            &self.form.code,
            round(self.form.round),
            round(self.entry.round),
        )
    }
}

/// Marks a form as arrived at the officer's agency; again, it answers with the first time. Refused with
/// `form_code_format` when the text is no number of a form; absent when the entry is out of sight.
pub async fn receive(app: &Shared, who: &Officer, text: &str) -> Result<Arrived> {
    let code = form_code(text).ok_or_else(|| {
        Refusal::new("form_code_format", "请扫描表格下方的二维码或输入其表单编号")
    })?;
    let (who, by) = (who.clone(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let form = documents::by_code(tx, &code).await?.ok_or(Error::Absent)?;
                let entry = reviews::visible(tx, &who, &form.entry_id).await?;
                let earlier = paper_receipts::of_form(tx, &form.id, &who.agency.id).await?;
                if let Some(row) = earlier {
                    return Ok(Arrived { row, form, entry });
                }
                let row = paper_receipt::Model {
                    id: new_id(),
                    document_id: form.id.clone(),
                    entry_id: entry.id.clone(),
                    agency_id: who.agency.id.clone(),
                    officer_id: who.id.clone(),
                    received_at: by.at,
                };
                paper_receipts::insert(tx, row.clone()).await?;
                let event = Event::PaperReceived {
                    code,
                    round: u32::try_from(form.round).unwrap_or_default(),
                    older: form.round < entry.round,
                };
                events::append(tx, &entry.campaign_id, &entry.id, &by, &event).await?;
                Ok(Arrived { row, form, entry })
            })
        })
        .await
}
