//! 纸质原件签收: the paper desk marks a printed form, or list (推荐表), as arrived, by the number in its foot.

use domain::actor::Officer;
use domain::agency::Agency;
use domain::event::Event;
use domain::refusal::Refusal;
use domain::scan::{Paper, form_code};
use entity::{document, entry, nomination_list, paper_receipt};
use serde_json::json;

use super::verification::is_void;
use crate::clock::new_id;
use crate::db::Conn;
use crate::db::events::{self, By};
use crate::db::{documents, nominations, officers, paper_receipts, reviews};
use crate::error::{Error, Result};
use crate::state::Shared;

/// A form that arrived.
pub struct Arrived {
    pub row: paper_receipt::Model,
    pub form: document::Model,
    pub of: Of,
}

/// Whose form it is.
pub enum Of {
    Entry(Box<entry::Model>),
    /// With the body that recommends.
    List(Box<nomination_list::Model>, Box<Agency>),
}

impl Of {
    /// Its present round.
    #[must_use]
    pub fn round(&self) -> i32 {
        match self {
            Of::Entry(entry) => entry.round,
            Of::List(list, _) => list.round.unwrap_or_default(),
        }
    }

    fn state(&self) -> &str {
        match self {
            Of::Entry(entry) => &entry.state,
            Of::List(list, _) => &list.state,
        }
    }

    fn paper(&self) -> Paper {
        match self {
            Of::Entry(_) => Paper::Form,
            Of::List(..) => Paper::List,
        }
    }
}

impl Arrived {
    /// What to tell at the desk when the paper is not of the present round, or void.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let round = |n: i32| u32::try_from(n).unwrap_or_default();
        let (is, now) = (round(self.form.round), round(self.of.round()));
        let (paper, code) = (self.of.paper(), &self.form.code);
        let older = paper.older(code, is, now);
        older.or_else(|| is_void(self.of.state()).then(|| paper.void(code)))
    }
}

/// Marks a form as arrived at the officer's agency; again, it answers with the first time. Refused with
/// `form_code_format` when the text is no number of a form; absent when the entry or list is out of sight.
pub async fn receive(app: &Shared, who: &Officer, text: &str) -> Result<Arrived> {
    let code = form_code(text).ok_or_else(|| {
        Refusal::new("form_code_format", "请扫描表格下方的二维码或输入其表单编号")
    })?;
    let (who, by) = (who.clone(), By::officer(who, app.now()));
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let form = documents::by_code(tx, &code).await?.ok_or(Error::Absent)?;
                let of = find(tx, &who, &form.entry_id).await?;
                let earlier = paper_receipts::of_form(tx, &form.id, &who.agency.id).await?;
                if let Some(row) = earlier {
                    return Ok(Arrived { row, form, of });
                }
                let row = paper_receipt::Model {
                    id: new_id(),
                    document_id: form.id.clone(),
                    entry_id: form.entry_id.clone(),
                    agency_id: who.agency.id.clone(),
                    officer_id: who.id.clone(),
                    received_at: by.at,
                };
                paper_receipts::insert(tx, row.clone()).await?;
                record(tx, &by, &form, &of).await?;
                Ok(Arrived { row, form, of })
            })
        })
        .await
}

/// An entry, or a list, in the officer's sight.
async fn find(tx: &Conn, who: &Officer, id: &str) -> Result<Of> {
    match reviews::visible(tx, who, id).await {
        Ok(entry) => Ok(Of::Entry(Box::new(entry))),
        Err(Error::Absent) => {
            let list = nominations::visible(tx, &who.agency, id).await?;
            let agency = officers::agency(tx, &list.agency_id).await?;
            let agency = agency.ok_or(Error::Absent)?;
            Ok(Of::List(Box::new(list), Box::new(agency)))
        }
        Err(other) => Err(other),
    }
}

async fn record(tx: &Conn, by: &By, form: &document::Model, of: &Of) -> Result<()> {
    let older = form.round < of.round();
    match of {
        Of::Entry(entry) => {
            let event = Event::PaperReceived {
                code: form.code.clone(),
                round: u32::try_from(form.round).unwrap_or_default(),
                older,
            };
            events::append(tx, &entry.campaign_id, &entry.id, by, &event).await
        }
        Of::List(list, _) => {
            let body =
                json!({ "list": list.id, "code": form.code, "round": form.round, "older": older });
            let kind = "nomination_paper_received";
            events::append_raw(tx, &list.campaign_id, None, by, kind, &body).await
        }
    }
}
