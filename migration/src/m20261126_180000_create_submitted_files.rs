use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Which files went with a submission stands only in its sealed text. Of those before, the entry's files of today are a good
/// guess: too many are kept, rather.
const OF_BEFORE: &str = "INSERT INTO submitted_file (submission_id, sha256) \
    SELECT DISTINCT s.id, e.sha256 FROM submission s JOIN evidence e ON e.entry_id = s.entry_id \
    LEFT JOIN submitted_file f ON f.submission_id = s.id AND f.sha256 = e.sha256 WHERE f.sha256 IS NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        create(
            m,
            "submitted_file",
            [id("submission_id"), word("sha256", 64)],
            &["submission_id", "sha256"],
        )
        .await?;
        index(m, "submitted_file", &["sha256"]).await?;
        m.get_connection().execute_unprepared(OF_BEFORE).await?;
        Ok(())
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(m, &["submitted_file"]).await
    }
}
