//! What an act changes at its end, in one question to the database instead of ten.
//!
//! A small statement costs less than the way to the database and back. SQLite takes several statements at once, PostgreSQL
//! one that has the others in its `WITH`; MySQL is asked one by one. The changes must not build on each other: PostgreSQL
//! shows none of them what another did.

use entity::event_head;
use sea_orm::sea_query::{
    Asterisk, CommonTableExpression, Expr, ExprTrait, Func, InsertStatement, Query,
    ReturningClause, SelectStatement, UpdateStatement, WithClause,
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, Insert, IntoActiveModel, QueryTrait,
    Statement, StatementBuilder, UpdateMany,
};

use super::Conn;
use super::event_heads::{self, Guess};
use crate::error::{Error, Result};

/// Changes of an act, none of them made yet.
#[derive(Debug, Clone, Default)]
pub struct Together {
    changes: Vec<Change>,
    rows: u64,
    /// Where chains of events that are moved on are thought to end.
    guesses: Vec<Guess>,
}

#[derive(Debug, Clone)]
enum Change {
    Insert(InsertStatement),
    Update(UpdateStatement),
}

impl Together {
    /// Rows of one table, stored anew; none at all is fine.
    pub fn insert<A, R>(&mut self, rows: impl IntoIterator<Item = R>)
    where
        A: ActiveModelTrait,
        R: IntoActiveModel<A>,
    {
        let rows: Vec<A> = rows.into_iter().map(R::into_active_model).collect();
        let count = rows.len() as u64;
        if count > 0 {
            let insert = Insert::many(rows).into_query();
            self.changes.push(Change::Insert(insert));
            self.rows += count;
        }
    }

    /// A change of exactly one row, found by its whole key: two rows would make up for one that is missed elsewhere.
    pub fn update<E: EntityTrait>(&mut self, change: UpdateMany<E>) {
        self.changes.push(Change::Update(change.into_query()));
        self.rows += 1;
    }

    /// Moves a campaign's chain of events on, from where it is thought to end. Before all else, as acts of other processes do, which
    /// are kept apart by the lock on it.
    pub(super) fn guess(&mut self, from: Guess, change: UpdateMany<event_head::Entity>) {
        let change = Change::Update(change.into_query());
        self.changes.insert(0, change);
        self.rows += 1;
        self.guesses.push(from);
    }

    /// Makes the changes, all or none: an act that fails is undone.
    ///
    /// # Errors
    /// What the database says of any of them. [`Error::Busy`] when one met no row, since another process was faster; the same act
    /// then sees what that one left.
    pub async fn run(mut self, tx: &Conn) -> Result<()> {
        let guesses = std::mem::take(&mut self.guesses);
        let ran = self.all_or_none(tx).await;
        if ran.is_err() {
            guesses.into_iter().for_each(event_heads::doubt);
        }
        ran
    }

    async fn all_or_none(self, tx: &Conn) -> Result<()> {
        let rows = self.rows;
        if rows == 0 {
            return Ok(());
        }
        let met = match tx.get_database_backend() {
            DbBackend::Sqlite => self.in_a_row(tx).await?,
            DbBackend::Postgres => self.in_one(tx).await?,
            _ => self.one_by_one(tx).await?,
        };
        match met == rows {
            true => Ok(()),
            false => Err(Error::Busy),
        }
    }

    async fn in_a_row(self, tx: &Conn) -> Result<u64> {
        let (mut sql, mut values) = (String::new(), Vec::new());
        for change in self.changes {
            let statement = change.build(DbBackend::Sqlite);
            sql.push_str(&statement.sql);
            sql.push(';');
            values.extend(statement.values.map(|v| v.0).unwrap_or_default());
        }
        let all = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        Ok(tx.execute_raw(all).await?.rows_affected())
    }

    async fn in_one(self, tx: &Conn) -> Result<u64> {
        let mut with = WithClause::new();
        let mut met: Option<Expr> = None;
        for (at, change) in self.changes.into_iter().enumerate() {
            let name = format!("change_{at}");
            let mut cte = CommonTableExpression::new();
            match change {
                Change::Insert(mut insert) => cte.query(insert.returning(one()).to_owned()),
                Change::Update(mut update) => cte.query(update.returning(one()).to_owned()),
            };
            with.cte(cte.table_name(name.clone()).to_owned());
            let count = Expr::from(count_of(name));
            met = Some(match met {
                Some(before) => before.add(count),
                None => count,
            });
        }
        let mut sum = Query::select();
        sum.expr_as(met.unwrap_or_else(|| Expr::value(0)), "met");
        let all = StatementBuilder::build(&sum.with(with), &DbBackend::Postgres);
        let row = tx.query_one_raw(all).await?;
        let row = row.ok_or_else(|| Error::Bug("no count of what was changed".into()))?;
        Ok(u64::try_from(row.try_get::<i64>("", "met")?).unwrap_or_default())
    }

    async fn one_by_one(self, tx: &Conn) -> Result<u64> {
        let mut met = 0;
        for change in self.changes {
            let statement = change.build(tx.get_database_backend());
            met += tx.execute_raw(statement).await?.rows_affected();
        }
        Ok(met)
    }
}

impl Change {
    fn build(&self, backend: DbBackend) -> Statement {
        match self {
            Change::Insert(insert) => StatementBuilder::build(insert, &backend),
            Change::Update(update) => StatementBuilder::build(update, &backend),
        }
    }
}

fn one() -> ReturningClause {
    Query::returning().exprs([Expr::value(1)])
}

fn count_of(changed: String) -> SelectStatement {
    Query::select()
        .expr(Func::count(Expr::col(Asterisk)))
        .from(changed)
        .to_owned()
}
