//! Loads the codes of GB/T 2260 from the file beside this crate; see `data/README.md` for its source.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

const TABLE: &str = include_str!("../data/regions.tsv");

/// Writes every region in a few statements.
pub async fn load<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    let rows: Vec<(&str, &str)> = TABLE
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect();
    for chunk in rows.chunks(500) {
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new("region"))
            .columns(["code", "name", "level", "parent"].map(Alias::new));
        for (code, name) in chunk {
            insert.values_panic([
                (*code).into(),
                (*name).into(),
                level(code).into(),
                parent(code).into(),
            ]);
        }
        // The same code again is an update: a step that stopped half way can run once more.
        let mut again = OnConflict::column(Alias::new("code"));
        insert.on_conflict(
            again
                .update_columns(["name", "level", "parent"].map(Alias::new))
                .to_owned(),
        );
        db.execute(&insert).await?;
    }
    Ok(())
}

/// 1 province, 2 city, 3 county, told by the zeros at the end.
fn level(code: &str) -> i32 {
    match (code.ends_with("0000"), code.ends_with("00")) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

/// The region above; counties right under a province hang there through their prefecture code.
fn parent(code: &str) -> Option<String> {
    match level(code) {
        1 => None,
        2 => Some(format!("{}0000", &code[..2])),
        _ => Some(format!("{}00", &code[..4])),
    }
}
