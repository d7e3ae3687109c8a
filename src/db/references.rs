//! Which columns name rows of other tables: the schema has no foreign keys (migration/README.md), so they can be asked for.

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Func, Query, TableRef};
use sea_orm::{ConnectionTrait as _, FromQueryResult};

use super::Conn;
use crate::error::Result;

/// Table, column, and the tables of which one has the row that it names, by `id` or, for a region, by `code`: a form is an entry's or
/// that of a list (推荐表). A test holds this list against the tables.
pub const REFERENCES: &[(&str, &str, &[&str])] = &[
    ("agency", "parent_id", &["agency"]),
    ("agency", "region_code", &["region"]),
    ("agency_key", "agency_id", &["agency"]),
    ("agency_key", "seal_id", &["seal"]),
    ("attachment", "campaign_id", &["campaign"]),
    ("batch", "agency_id", &["agency"]),
    ("batch", "campaign_id", &["campaign"]),
    ("batch", "to_agency_id", &["agency"]),
    ("batch_entry", "agency_id", &["agency"]),
    ("batch_entry", "batch_id", &["batch"]),
    ("batch_entry", "entry_id", &["entry"]),
    ("campaign", "region_code", &["region"]),
    ("campaign_agency", "agency_id", &["agency"]),
    ("campaign_agency", "campaign_id", &["campaign"]),
    ("campaign_window", "campaign_id", &["campaign"]),
    ("certificate", "campaign_id", &["campaign"]),
    ("certificate", "entry_id", &["entry"]),
    ("certificate", "issued_by", &["officer"]),
    ("claim", "campaign_id", &["campaign"]),
    ("claim", "entry_id", &["entry"]),
    ("content_check", "decided_by", &["officer"]),
    ("content_check", "entry_id", &["entry"]),
    ("deliverable", "entry_id", &["entry"]),
    ("document", "entry_id", &["entry", "nomination_list"]),
    ("duty", "agency_id", &["agency"]),
    ("duty", "campaign_id", &["campaign"]),
    ("duty", "decided_by", &["officer"]),
    ("duty", "entry_id", &["entry"]),
    ("duty", "region_code", &["region"]),
    ("entry", "agency_id", &["agency"]),
    ("entry", "applicant_id", &["applicant"]),
    ("entry", "campaign_id", &["campaign"]),
    ("entry", "region_code", &["region"]),
    ("entry", "unit_id", &["agency"]),
    ("event", "agency_id", &["agency"]),
    ("event", "entry_id", &["entry"]),
    ("evidence", "entry_id", &["entry"]),
    ("evidence_copy", "evidence_id", &["evidence"]),
    ("finding_decision", "agency_id", &["agency"]),
    ("finding_decision", "entry_id", &["entry"]),
    ("finding_decision", "officer_id", &["officer"]),
    ("late_admission", "applicant_id", &["applicant"]),
    ("late_admission", "approved_by", &["officer"]),
    ("late_admission", "campaign_id", &["campaign"]),
    ("late_admission", "entry_id", &["entry"]),
    ("negative_line", "campaign_id", &["campaign"]),
    ("negative_line", "created_by", &["officer"]),
    ("negative_name", "campaign_id", &["campaign"]),
    ("negative_name", "line_id", &["negative_line"]),
    ("nomination", "campaign_id", &["campaign"]),
    ("nomination", "entry_id", &["entry"]),
    ("nomination", "list_id", &["nomination_list"]),
    ("nomination_list", "agency_id", &["agency"]),
    ("nomination_list", "campaign_id", &["campaign"]),
    ("officer", "agency_id", &["agency"]),
    ("officer_session", "officer_id", &["officer"]),
    ("outbox", "applicant_id", &["applicant"]),
    ("outbox", "campaign_id", &["campaign"]),
    ("outbox", "entry_id", &["entry"]),
    ("paper_receipt", "agency_id", &["agency"]),
    ("paper_receipt", "document_id", &["document"]),
    ("paper_receipt", "entry_id", &["entry", "nomination_list"]),
    ("paper_receipt", "officer_id", &["officer"]),
    ("quota_use", "campaign_id", &["campaign"]),
    ("scan", "entry_id", &["entry", "nomination_list"]),
    ("scan", "evidence_id", &["evidence", "nomination_list"]),
    ("scan_box", "evidence_id", &["evidence", "nomination_list"]),
    ("seal", "agency_id", &["agency"]),
    ("seal", "created_by", &["officer"]),
    ("seal", "keeper_id", &["officer"]),
    ("slip", "agency_id", &["agency"]),
    ("slip", "entry_id", &["entry"]),
    ("slip", "officer_id", &["officer"]),
    ("stamp", "agency_id", &["agency"]),
    ("stamp", "document_id", &["document"]),
    ("stamp", "entry_id", &["entry", "nomination_list"]),
    ("stamp", "officer_id", &["officer"]),
    ("stamp", "seal_id", &["seal"]),
    ("submission", "entry_id", &["entry"]),
    ("submitted_file", "submission_id", &["submission"]),
    ("subscription", "applicant_id", &["applicant"]),
    ("upload", "applicant_id", &["applicant"]),
    ("upload", "entry_id", &["entry"]),
    ("upload", "evidence_id", &["evidence"]),
    ("upload_part", "upload_id", &["upload"]),
];

/// The whole country, which the table of regions leaves out.
const COUNTRY: &str = "000000";

/// A column that names rows which are not there.
#[derive(Debug, PartialEq, Eq)]
pub struct Dangling {
    pub table: &'static str,
    pub column: &'static str,
    pub named: &'static [&'static str],
    pub rows: i64,
    /// What the first of them names.
    pub example: String,
}

#[derive(FromQueryResult)]
struct Found {
    rows: i64,
    example: Option<String>,
}

/// Asks for every column, one question each. No act leaves any behind: they tell of a repair by hand, or of half a restored backup.
pub async fn dangling(db: &Conn) -> Result<Vec<Dangling>> {
    let mut all = Vec::new();
    for &(table, column, named) in REFERENCES {
        let name = |name: &str| Alias::new(name);
        let naming = || Expr::col((name("naming"), name(column)));
        let mut question = Query::select();
        question
            .expr_as(Func::count(naming()), name("rows"))
            .expr_as(Func::min(naming()), name("example"))
            .from_as(name(table), name("naming"))
            .and_where(naming().is_not_null())
            .and_where(naming().ne(COUNTRY));
        for (n, &of) in named.iter().enumerate() {
            let there = name(&format!("named_{n}"));
            let key = name(if of == "region" { "code" } else { "id" });
            let key = Expr::col((there.clone(), key));
            question
                .left_join(
                    TableRef::from(name(of)).alias(there),
                    naming().eq(key.clone()),
                )
                .and_where(key.is_null());
        }
        let row = db.query_one(&question).await?;
        let found = row
            .map(|row| Found::from_query_result(&row, ""))
            .transpose()?;
        if let Some(Found { rows, example }) = found
            && rows > 0
        {
            all.push(Dangling {
                table,
                column,
                named,
                rows,
                example: example.unwrap_or_default(),
            });
        }
    }
    Ok(all)
}
