//! The few kinds of column that behave alike on SQLite, PostgreSQL and MySQL/MariaDB.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A UUIDv7 as text.
pub fn id(name: &'static str) -> Column {
    word(name, 36)
}

/// A short text of at most `length` characters.
pub fn word(name: &'static str, length: u32) -> Column {
    Column(
        ColumnDef::new(Alias::new(name))
            .string_len(length)
            .not_null()
            .to_owned(),
    )
}

/// Text without a practical limit; MySQL's TEXT would end at 64 kB.
pub fn long_text(m: &SchemaManager<'_>, name: &'static str) -> Column {
    let mut column = ColumnDef::new(Alias::new(name));
    match m.get_database_backend() {
        DbBackend::MySql => column.custom(Alias::new("LONGTEXT")),
        _ => column.text(),
    };
    Column(column.not_null().to_owned())
}

/// Epoch milliseconds (UTC), or another 64-bit number.
pub fn instant(name: &'static str) -> Column {
    Column(
        ColumnDef::new(Alias::new(name))
            .big_integer()
            .not_null()
            .to_owned(),
    )
}

/// A 32-bit number.
pub fn number(name: &'static str) -> Column {
    Column(
        ColumnDef::new(Alias::new(name))
            .integer()
            .not_null()
            .to_owned(),
    )
}

/// True or false.
pub fn flag(name: &'static str) -> Column {
    Column(
        ColumnDef::new(Alias::new(name))
            .boolean()
            .not_null()
            .to_owned(),
    )
}

/// A column on its way into a table.
pub struct Column(ColumnDef);

impl Column {
    /// May be empty.
    pub fn nullable(self) -> Column {
        let mut column = self.0;
        column.null();
        Column(column)
    }
}

/// Adds a column that may be empty, unless it is there.
pub async fn add_column(
    m: &SchemaManager<'_>,
    table: &'static str,
    column: Column,
) -> Result<(), DbErr> {
    let mut column = column.nullable().0;
    if m.has_column(table, column.get_column_name()).await? {
        return Ok(());
    }
    if m.get_database_backend() == DbBackend::Postgres && is_text(&column) {
        column.extra("COLLATE \"C\"");
    }
    let mut alter = Table::alter();
    alter.table(Alias::new(table)).add_column(column);
    m.alter_table(alter).await
}

/// Takes a column away.
pub async fn drop_column(
    m: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    let mut alter = Table::alter();
    alter
        .table(Alias::new(table))
        .drop_column(Alias::new(column));
    m.alter_table(alter).await
}

/// Creates a table. All three databases compare and order text byte by byte: SQLite does so by
/// itself, and on PostgreSQL the index of a path then serves `LIKE 'path%'` under any locale.
pub async fn create<const N: usize>(
    m: &SchemaManager<'_>,
    table: &'static str,
    columns: [Column; N],
    keys: &[&'static str],
) -> Result<(), DbErr> {
    let mut create = Table::create();
    create.table(Alias::new(table)).if_not_exists();
    for Column(mut column) in columns {
        if m.get_database_backend() == DbBackend::Postgres && is_text(&column) {
            column.extra("COLLATE \"C\"");
        }
        create.col(column);
    }
    let mut primary = Index::create();
    for key in keys {
        primary.col(Alias::new(*key));
    }
    create.primary_key(&mut primary);
    if m.get_database_backend() == DbBackend::MySql {
        create.character_set("utf8mb4").collate("utf8mb4_bin");
    }
    m.create_table(create).await
}

/// A unique index named after what it covers.
pub async fn unique(
    m: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    add(m, table, columns, named(table, columns).unique().to_owned()).await
}

/// An index named after what it covers.
pub async fn index(
    m: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    add(m, table, columns, named(table, columns)).await
}

/// Takes an index away.
pub async fn drop_index(
    m: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut drop = Index::drop();
    drop.name(index_name(table, columns))
        .table(Alias::new(table));
    m.drop_index(drop).await
}

/// MySQL has no `IF NOT EXISTS` for indexes, so the step asks first.
async fn add(
    m: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    index: IndexCreateStatement,
) -> Result<(), DbErr> {
    if m.has_index(table, index_name(table, columns)).await? {
        return Ok(());
    }
    m.create_index(index).await
}

fn is_text(column: &ColumnDef) -> bool {
    matches!(
        column.get_column_type(),
        Some(ColumnType::String(_) | ColumnType::Text)
    )
}

fn index_name(table: &str, columns: &[&str]) -> String {
    format!("ix_{table}_{}", columns.join("_"))
}

fn named(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name(index_name(table, columns))
        .table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}

/// Drops tables in the order given.
pub async fn drop_tables(m: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        m.drop_table(
            Table::drop()
                .table(Alias::new(*table))
                .if_exists()
                .to_owned(),
        )
        .await?;
    }
    Ok(())
}
