//! Answers already given: a repeated call with the same key gets the same answer.

use entity::idempotency;
use sea_orm::{EntityTrait, Set};

use super::Conn;
use crate::error::{Error, Result};
use domain::refusal::Refusal;

/// A call that may be repeated: who, with which key, for what, with which body.
#[derive(Debug, Clone)]
pub struct Call {
    pub caller: String,
    pub key: String,
    pub operation: &'static str,
    /// SHA-256 (hex) of what was asked.
    pub request: String,
}

impl Call {
    /// The earlier answer, if there is one; the same key for another request is refused.
    pub async fn earlier(&self, tx: &Conn) -> Result<Option<String>> {
        let id = (self.caller.clone(), self.key.clone());
        match idempotency::Entity::find_by_id(id).one(tx).await? {
            None => Ok(None),
            Some(row) if row.operation == self.operation && row.request_hash == self.request => {
                Ok(Some(row.response))
            }
            Some(_) => Err(Error::Refused(Refusal::new(
                "idempotency_key_reused",
                "同一个 Idempotency-Key 已用于另一个请求，请换用新的值",
            ))),
        }
    }

    /// Keeps the answer; in the transaction of the act itself.
    pub async fn keep(self, tx: &Conn, response: String, now: i64) -> Result<()> {
        idempotency::Entity::insert(self.kept(response, now))
            .exec_without_returning(tx)
            .await?;
        Ok(())
    }

    /// The row that keeps the answer.
    #[must_use]
    pub fn kept(self, response: String, now: i64) -> idempotency::ActiveModel {
        idempotency::ActiveModel {
            caller: Set(self.caller),
            idem_key: Set(self.key),
            operation: Set(self.operation.to_owned()),
            request_hash: Set(self.request),
            response: Set(response),
            created_at: Set(now),
        }
    }
}
