use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};

/// SQLite reads a row from its beginning: whatever stands behind the sealed answers, which fill pages of their own, costs a walk
/// through them. Lists read only what is short, so the answers go to the end. Other databases keep long values apart.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        if m.get_database_backend() != DbBackend::Sqlite {
            return Ok(());
        }
        let run = |sql: &'static str| m.get_connection().execute_unprepared(sql);
        if m.has_column("entry", "answers").await? {
            if is_last(m).await? {
                return Ok(());
            }
            if !m.has_column("entry", "answers_moved").await? {
                run("ALTER TABLE entry ADD COLUMN answers_moved TEXT NOT NULL DEFAULT ''").await?;
            }
            run("UPDATE entry SET answers_moved = answers").await?;
            run("ALTER TABLE entry DROP COLUMN answers").await?;
        }
        run("ALTER TABLE entry RENAME COLUMN answers_moved TO answers").await?;
        Ok(())
    }

    /// Where a column stands is nothing that older code sees.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

async fn is_last(m: &SchemaManager<'_>) -> Result<bool, DbErr> {
    let last = "SELECT name FROM pragma_table_info('entry') ORDER BY cid DESC LIMIT 1";
    let row = m
        .get_connection()
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, last))
        .await?;
    row.map_or(Ok(false), |row| {
        Ok(row.try_get_by_index::<String>(0)? == "answers")
    })
}
