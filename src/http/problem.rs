//! [`Error`] → status and problem document (RFC 9457): the only place that knows statuses.

mod from_poem;

use domain::refusal::Violation;
use poem::error::ResponseError;
use poem::http::{StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{Example, ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

use crate::error::Error;

pub use from_poem::{of_panic, of_poem};

/// Problem document: what went wrong and what to do.
#[derive(Object, Debug, Clone)]
#[oai(rename = "Problem", example)]
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
    /// Line of a text that was sent, from 1.
    #[oai(skip_serializing_if_is_none)]
    pub line: Option<usize>,
    /// For people, in Chinese.
    pub message: String,
}

impl Example for ProblemBody {
    fn example() -> ProblemBody {
        ProblemBody {
            kind: "/problems/not_eligible".into(),
            title: "Unprocessable Entity".into(),
            status: 422,
            detail: "申报内容不符合通知要求，请按提示修改后再提交".into(),
            code: "not_eligible".into(),
            instance: "01939b2c-7a10-7c3e-9f52-6d1f0a4b8e21".into(),
            violations: vec![ViolationView {
                field: "followers".into(),
                code: "followers".into(),
                limit: Some("10000".into()),
                value: Some("9999".into()),
                clause: Some("粉丝量达到1万以上".into()),
                line: None,
                message: "粉丝数量应不少于10000，现为9999".into(),
            }],
        }
    }
}

impl From<Violation> for ViolationView {
    fn from(v: Violation) -> ViolationView {
        ViolationView {
            field: v.field,
            code: v.code,
            limit: v.limit,
            value: v.value,
            clause: v.clause,
            line: v.line,
            message: v.message,
        }
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
    /// Methods that the path has (`Allow`).
    pub allow: Option<String>,
    /// For the log only.
    pub hidden: Option<String>,
}

impl Problem {
    /// A problem without single faults.
    pub fn new(status: StatusCode, code: &str, detail: &str) -> Problem {
        Problem {
            status,
            code: code.into(),
            detail: detail.into(),
            violations: vec![],
            retry_after: None,
            allow: None,
            hidden: None,
        }
    }

    /// The document, for the request of this id.
    #[must_use]
    pub fn body(&self, instance: &str) -> ProblemBody {
        ProblemBody {
            kind: format!("/problems/{}", self.code),
            title: title(self.status).into(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.clone(),
            instance: instance.into(),
            violations: self
                .violations
                .iter()
                .cloned()
                .map(ViolationView::from)
                .collect(),
        }
    }

    /// The response, logged here when it is our fault.
    #[must_use]
    pub fn respond(&self, instance: &str) -> Response {
        if let Some(hidden) = &self.hidden {
            tracing::error!(
                request_id = instance,
                status = self.status.as_u16(),
                "request {instance}: {hidden}"
            );
        }
        let mut builder = Response::builder()
            .status(self.status)
            .content_type("application/problem+json");
        if let Some(seconds) = self.retry_after {
            builder = builder.header(header::RETRY_AFTER, seconds.to_string());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            builder = builder.header(header::WWW_AUTHENTICATE, "Bearer");
        }
        if let Some(allow) = &self.allow {
            builder = builder.header(header::ALLOW, allow);
        }
        // what is left of a body that is not read must not be taken for the next request
        if matches!(
            self.status,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT
        ) {
            builder = builder.header(header::CONNECTION, "close");
        }
        builder.body(self.body(instance).to_json_string())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        use StatusCode as S;
        let of = |status, r: domain::refusal::Refusal| Problem {
            violations: r.violations,
            ..Problem::new(status, r.code, &r.message)
        };
        match error {
            Error::Refused(r) => of(S::UNPROCESSABLE_ENTITY, r),
            Error::Forbidden(r) => of(S::FORBIDDEN, r),
            Error::Unauthenticated(r) => of(S::UNAUTHORIZED, r),
            Error::Conflict(r) => of(S::CONFLICT, r),
            Error::Invalid(violations) => Problem {
                violations,
                ..Problem::new(
                    S::UNPROCESSABLE_ENTITY,
                    "invalid_input",
                    "提交的内容有误，请按提示修改",
                )
            },
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
                ..Problem::new(
                    S::PRECONDITION_FAILED,
                    "stale",
                    "内容已被修改，请重新载入后再操作；您填写的内容请先另行保存",
                )
            },
            Error::VersionMissing => Problem::new(
                S::PRECONDITION_REQUIRED,
                "version_missing",
                "请用 If-Match 给出所见版本",
            ),
            Error::TooMany(seconds) => Problem {
                retry_after: Some(seconds),
                ..Problem::new(S::TOO_MANY_REQUESTS, "too_many", "操作过于频繁，请稍后再试")
            },
            Error::TooLarge(v) => Problem {
                detail: v.message.clone(),
                violations: vec![v],
                ..Problem::new(S::PAYLOAD_TOO_LARGE, "too_large", "")
            },
            Error::Unsupported(v) => Problem {
                detail: v.message.clone(),
                violations: vec![v],
                ..Problem::new(S::UNSUPPORTED_MEDIA_TYPE, "unsupported", "")
            },
            Error::Busy => Problem {
                retry_after: Some(1),
                ..Problem::new(S::SERVICE_UNAVAILABLE, "busy", "系统繁忙，请稍后再试")
            },
            Error::Full(hidden) => Problem {
                hidden: Some(hidden),
                ..Problem::new(
                    S::INSUFFICIENT_STORAGE,
                    "storage_full",
                    "存储空间不足，内容未保存，请联系主办单位",
                )
            },
            Error::Outside(hidden) => Problem {
                retry_after: Some(3),
                hidden: Some(hidden),
                ..Problem::new(
                    S::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "服务暂时不可用，请稍后再试",
                )
            },
            Error::Away { refusal, hidden } => Problem {
                retry_after: Some(30),
                hidden: Some(hidden),
                ..of(S::SERVICE_UNAVAILABLE, refusal)
            },
            Error::Bug(hidden) => Problem {
                hidden: Some(hidden),
                ..Problem::new(
                    S::INTERNAL_SERVER_ERROR,
                    "internal",
                    "系统出现问题，已记录，请稍后再试",
                )
            },
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

impl ApiResponse for Problem {
    /// One for all; `contract::tell` says of each operation what it may refuse.
    fn meta() -> MetaResponses {
        let any = MetaResponse {
            description: "internal",
            status: Some(500),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: "application/problem+json",
                schema: ProblemBody::schema_ref(),
            }],
            headers: Vec::new(),
        };
        MetaResponses {
            responses: vec![any],
        }
    }

    fn register(registry: &mut Registry) {
        ProblemBody::register(registry);
    }
}

impl IntoResponse for ProblemBody {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type("application/problem+json")
            .body(self.to_json_string())
    }
}

/// One title per status, as RFC 9457 asks.
fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "请先登录",
        403 => "没有权限",
        404 => "没有找到",
        405 => "不支持此操作",
        408 => "传输超时",
        409 => "与现有内容冲突",
        412 => "内容已被修改",
        413 => "内容过大",
        415 => "类型不支持",
        422 => "未通过检查",
        428 => "缺少版本号",
        429 => "请求过于频繁",
        503 => "暂时无法服务",
        507 => "存储空间不足",
        500.. => "系统故障",
        _ => "请求有误",
    }
}
