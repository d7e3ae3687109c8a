//! 推荐表 of one of the bodies that the notice asks for one: an account in each category, and the body's seal.

use documents::verify::Report;
use domain::agency::Agency;
use domain::entry::Entry;
use domain::form::{Answer, Answers};
use domain::nomination::{Item, NAME, Nomination, list_of};
use domain::notice::{Field, NominationList, Notice};

use super::{Outcome, chain, filled};
use crate::app::campaigns::{self, Campaign};
use crate::app::nominations::{self, paper};
use crate::state::Shared;

/// A list as its body sends it.
pub struct List {
    pub pdf: Vec<u8>,
    pub report: Report,
}

/// Fills a list in, stamps it where it is a form, and sends it where the entry goes through its body, which endorses only what it
/// named. `None` where the notice asks for none on a form.
pub async fn sent(app: &Shared, campaign: &Campaign, entry: &Entry) -> Outcome<Option<List>> {
    let all = campaigns::agencies(app, campaign).await?;
    let notice = &campaign.notice;
    let through = all.iter().find(|a| Some(&a.id) == entry.agency_id.as_ref());
    let through = through.and_then(|a| Some((a, list_of(notice, a, a.parent_in(&all))?)));
    let any = || all.iter().find_map(|a| Some((a, asked(notice, &all, a)?)));
    let Some((agency, list)) = through.or_else(any) else {
        return Ok(None);
    };
    let who = chain::officer(app, &agency.id).await?;
    let slug = &campaign.head.slug;
    let written = written(notice, list, &agency.region, entry);
    let saved = nominations::save(app, &who, slug, 0, written).await?;
    let (row, digest) = saved.row.zip(saved.digest).ok_or("the list vanished")?;
    let mut drawn = None;
    if list.form {
        paper::stamp(app, &who, &row.id, &digest, chain::OPINION).await?;
        drawn = Some(List {
            pdf: paper::pdf(app, &who, &row.id).await?,
            report: paper::verify(app, &who, &row.id).await?,
        });
    }
    if through.is_some() {
        nominations::dispatch(app, &who, slug, row.version).await?;
    }
    Ok(drawn)
}

fn asked<'a>(notice: &'a Notice, all: &[Agency], agency: &Agency) -> Option<&'a NominationList> {
    list_of(notice, agency, agency.parent_in(all)).filter(|list| list.form)
}

fn written(notice: &Notice, list: &NominationList, region: &str, entry: &Entry) -> Nomination {
    let cells = |fields: &[Field]| {
        let filled = fields.iter().filter_map(|field| {
            let answer = filled::answer(notice, field, region, 0)?;
            Some((field.key.clone(), answer))
        });
        Answers(filled.collect())
    };
    let rows = notice.category.iter().enumerate().map(|(at, category)| {
        let mut cells = cells(&list.column);
        let own = (entry.choice.category == category.key)
            .then(|| entry.answers.text(&notice.form.name_field))
            .flatten();
        let name = own.map_or_else(|| format!("样例{}号", at + 1), str::to_owned);
        cells.0.insert(NAME.to_owned(), Answer::Text(name));
        Item {
            category: category.key.clone(),
            cells,
        }
    });
    let mut head = cells(&list.head);
    // how many they are is counted
    head.0.retain(|key, _| list.counted.as_ref() != Some(key));
    Nomination {
        head,
        items: rows.collect(),
    }
}
