//! [`Error`] → status and problem document (RFC 9457): the only place that knows statuses.

use domain::refusal::Violation;
use poem::error::ResponseError;
use poem::http::{StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

use crate::error::Error;

/// Problem document: what went wrong and what to do.
#[derive(Object, Debug, Clone)]
#[oai(rename = "Problem")]
pub struct ProblemBody {
    /// URI reference of the kind of problem; ends with the code.
    #[oai(rename = "type")]
    pub kind: String,
    /// Short name of the status.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What to do, in Chinese.
    pub detail: String,
    /// Stable word for programs.
    pub code: String,
    /// Id of the request, as in the log.
    pub instance: String,
    /// The single faults.
    pub violations: Vec<ViolationView>,
}

/// One fault of the input.
#[derive(Object, Debug, Clone)]
#[oai(rename = "Violation")]
pub struct ViolationView {
    /// Which field or rule.
    pub field: String,
    /// Stable word for programs.
    pub code: String,
    /// The limit, as a text.
    #[oai(skip_serializing_if_is_none)]
    pub limit: Option<String>,
    /// The value found.
    #[oai(skip_serializing_if_is_none)]
    pub value: Option<String>,
    /// The notice's own words.
    #[oai(skip_serializing_if_is_none)]
    pub clause: Option<String>,
    /// For people, in Chinese.
    pub message: String,
}

impl From<Violation> for ViolationView {
    fn from(v: Violation) -> ViolationView {
        ViolationView { field: v.field, code: v.code, limit: v.limit, value: v.value, clause: v.clause, message: v.message }
    }
}

/// An error on its way out.
#[derive(Debug, thiserror::Error)]
#[error("{code}")]
pub struct Problem {
    pub status: StatusCode,
    pub code: String,
    pub detail: String,
    pub violations: Vec<Violation>,
    pub retry_after: Option<u64>,
    /// For the log only.
    pub hidden: Option<String>,
}

impl Problem {
    /// A problem without single faults.
    pub fn new(status: StatusCode, code: &str, detail: &str) -> Problem {
        Problem { status, code: code.into(), detail: detail.into(), violations: vec![], retry_after: None, hidden: None }
    }

    /// The document, for the request of this id.
    #[must_use]
    pub fn body(&self, instance: &str) -> ProblemBody {
        ProblemBody {
            kind: format!("/problems/{}", self.code),
            title: self.status.canonical_reason().unwrap_or_default().into(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.clone(),
            instance: instance.into(),
            violations: self.violations.iter().cloned().map(ViolationView::from).collect(),
        }
    }

    /// The response, logged here when it is our fault.
    #[must_use]
    pub fn respond(&self, instance: &str) -> Response {
        if let Some(hidden) = &self.hidden {
            tracing::error!(request_id = instance, status = self.status.as_u16(), "request {instance}: {hidden}");
        }
        let mut builder = Response::builder().status(self.status).content_type("application/problem+json");
        if let Some(seconds) = self.retry_after {
            builder = builder.header(header::RETRY_AFTER, seconds.to_string());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            builder = builder.header(header::WWW_AUTHENTICATE, "Bearer");
        }
        builder.body(self.body(instance).to_json_string())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        use StatusCode as S;
        let of = |status, r: domain::refusal::Refusal| Problem { violations: r.violations, ..Problem::new(status, r.code, &r.message) };
        match error {
            Error::Refused(r) => of(S::UNPROCESSABLE_ENTITY, r),
            Error::Forbidden(r) => of(S::FORBIDDEN, r),
            Error::Unauthenticated(r) => of(S::UNAUTHORIZED, r),
            Error::Conflict(r) => of(S::CONFLICT, r),
            Error::Invalid(violations) => Problem { violations, ..Problem::new(S::UNPROCESSABLE_ENTITY, "invalid_input", "提交的内容有误，请按提示修改") },
            Error::Absent => Problem::new(S::NOT_FOUND, "absent", "没有找到，或不在您的办理范围内"),
            Error::Stale { sent, stored } => Problem {
                violations: vec![Violation {
                    field: "If-Match".into(),
                    code: "stale".into(),
                    limit: Some(stored.to_string()),
                    value: Some(sent.to_string()),
                    message: format!("您看到的是第{sent}版，现在已是第{stored}版"),
                    ..Violation::default()
                }],
                ..Problem::new(S::PRECONDITION_FAILED, "stale", "内容已被修改，请重新载入后再操作；您填写的内容请先另行保存")
            },
            Error::VersionMissing => Problem::new(S::PRECONDITION_REQUIRED, "version_missing", "请用 If-Match 给出所见版本"),
            Error::TooMany(seconds) => Problem { retry_after: Some(seconds), ..Problem::new(S::TOO_MANY_REQUESTS, "too_many", "操作过于频繁，请稍后再试") },
            Error::TooLarge(v) => Problem { detail: v.message.clone(), violations: vec![v], ..Problem::new(S::PAYLOAD_TOO_LARGE, "too_large", "") },
            Error::Unsupported(v) => Problem { detail: v.message.clone(), violations: vec![v], ..Problem::new(S::UNSUPPORTED_MEDIA_TYPE, "unsupported", "") },
            Error::Outside(hidden) => Problem { retry_after: Some(3), hidden: Some(hidden), ..Problem::new(S::SERVICE_UNAVAILABLE, "unavailable", "服务暂时不可用，请稍后再试") },
            Error::Bug(hidden) => Problem { hidden: Some(hidden), ..Problem::new(S::INTERNAL_SERVER_ERROR, "internal", "系统出现问题，已记录，请稍后再试") },
        }
    }
}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn as_response(&self) -> Response {
        self.respond("")
    }
}

/// Any poem error as a problem: our own, or one of its extractors and routes.
#[must_use]
pub fn of_poem(error: &poem::Error) -> Problem {
    let status = error.status();
    let (code, detail) = match status.as_u16() {
        400 => ("malformed", "请求格式有误"),
        401 => ("unauthenticated", "请先登录"),
        404 => ("absent", "没有这个地址"),
        405 => ("method_not_allowed", "此地址不支持该操作"),
        413 => ("too_large", "请求内容过大"),
        415 => ("unsupported", "不支持这种内容格式"),
        500.. => ("internal", "系统出现问题，已记录，请稍后再试"),
        _ => ("malformed", "请求有误"),
    };
    let hidden = status.is_server_error().then(|| error.to_string());
    // The text of an extractor names the parameter or field and holds nothing of ours.
    let violations = match status.as_u16() {
        400 => vec![Violation { code: "malformed".into(), message: error.to_string(), ..Violation::default() }],
        _ => vec![],
    };
    Problem { hidden, violations, ..Problem::new(status, code, detail) }
}

impl ApiResponse for Problem {
    fn meta() -> MetaResponses {
        let of = |status, description| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content: vec![MetaMediaType { content_type: "application/problem+json", schema: ProblemBody::schema_ref() }],
            headers: Vec::<MetaHeader>::new(),
        };
        MetaResponses {
            responses: vec![
                of(400, "malformed: not JSON, a missing field or a wrong type"),
                of(401, "unauthenticated, token_invalid, sign_in_failed, wechat_code_invalid, wechat_code_used"),
                of(403, "role_missing, password_change_due"),
                of(404, "absent: not there, or outside the caller's scope"),
                of(409, "conflict with something that exists"),
                of(412, "stale: written on an older version; both versions are named"),
                of(413, "too_large"),
                of(415, "unsupported kind of content"),
                of(422, "a rule of the notice or of the product refuses; `violations` quote the clauses"),
                of(428, "version_missing: say in If-Match which version you saw"),
                of(429, "too_many: wait for Retry-After seconds"),
                of(500, "internal: logged under `instance`"),
                of(503, "unavailable: the same call may work after Retry-After seconds"),
            ],
        }
    }

    fn register(registry: &mut Registry) {
        ProblemBody::register(registry);
    }
}

impl IntoResponse for ProblemBody {
    fn into_response(self) -> Response {
        Response::builder().content_type("application/problem+json").body(self.to_json_string())
    }
}
