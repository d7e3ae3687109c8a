//! poem's own errors — routes, extractors, broken bodies — and panics as problems.

use domain::refusal::Violation;
use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError};
use poem::http::StatusCode;
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseMultipartError, ParseParamError, ParsePathError,
    ParseRequestPayloadError,
};

use super::Problem;

/// What any error that reached the shell means. Of its own text only field names and reasons about
/// the caller's input are sent.
#[must_use]
pub fn of_poem(error: &poem::Error) -> Problem {
    use StatusCode as S;
    if error.is::<NotFoundError>() {
        return Problem::new(S::NOT_FOUND, "absent", "没有这个地址");
    }
    if error.is::<MethodNotAllowedError>() {
        return Problem::new(
            S::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "此地址不支持该操作",
        );
    }
    if error.is::<AuthorizationError>() {
        return Problem::new(S::UNAUTHORIZED, "unauthenticated", "请先登录");
    }
    if error.is::<ContentTypeError>() {
        return Problem::new(
            S::UNSUPPORTED_MEDIA_TYPE,
            "unsupported",
            "不支持这种内容格式",
        );
    }
    if let Some(e) = error.downcast_ref::<ParseRequestPayloadError>() {
        return of_payload(&e.reason);
    }
    // the shell, which has the query, says more
    if let Some(e) = error.downcast_ref::<ParseParamError>() {
        let message = format!("参数 {} 不符合要求", e.name);
        return malformed("parameter_invalid", e.name, &message);
    }
    if let Some(e) = error.downcast_ref::<ParseMultipartError>() {
        return of_form(&e.reason);
    }
    // an identifier that cannot be one names nothing
    if error.is::<ParsePathError>() || error.is::<poem::error::ParsePathError>() {
        return Problem::new(S::NOT_FOUND, "absent", "没有找到，或不在您的办理范围内");
    }
    if matches!(
        error.downcast_ref(),
        Some(ReadBodyError::Io(_) | ReadBodyError::Utf8(_))
    ) {
        return Problem::new(S::BAD_REQUEST, "malformed", "请求内容不完整");
    }
    by_status(error)
}

/// What is sent after a panic; its text goes to the log only.
#[must_use]
pub fn of_panic(payload: &(dyn std::any::Any + Send)) -> Problem {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(not a text)");
    internal(format!("panic: {text}"))
}

fn internal(hidden: String) -> Problem {
    Problem {
        hidden: Some(hidden),
        ..Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "系统出现问题，已记录，请稍后再试",
        )
    }
}

fn by_status(error: &poem::Error) -> Problem {
    let status = error.status();
    let (code, detail) = match status.as_u16() {
        401 => ("unauthenticated", "请先登录"),
        404 => ("absent", "没有找到，或不在您的办理范围内"),
        413 => ("too_large", "请求内容过大"),
        415 => ("unsupported", "不支持这种内容格式"),
        400..=499 => ("malformed", "请求有误"),
        _ => return internal(error.to_string()),
    };
    Problem::new(status, code, detail)
}

/// A JSON body that cannot be taken; the library's sentence is read for the field it is about. The shell, which has the body,
/// may know more.
fn of_payload(reason: &str) -> Problem {
    if let Some(field) = between(reason, "unknown field `", "`") {
        return malformed("unknown_field", field, &format!("没有字段 {field}"));
    }
    if let Some(field) = between(reason, "field `", "` verification failed") {
        return malformed("field_invalid", field, &format!("字段 {field} 不符合要求"));
    }
    let (code, message) =
        if reason.contains("expects an input value") || reason.contains("found null") {
            ("field_missing", "缺少请求正文或必填字段".into())
        } else if reason.contains("Expected input type") {
            ("wrong_type", "有字段的类型不对".into())
        } else if reason.contains("failed to parse") {
            ("field_invalid", format!("有字段不符合要求（{reason}）"))
        } else {
            ("not_json", not_json(reason))
        };
    malformed(code, "", &message)
}

/// A form with a file that cannot be taken; poem-openapi's sentence is read for the field.
fn of_form(reason: &str) -> Problem {
    let told = |before, after, code, message: fn(&str) -> String| {
        between(reason, before, after).map(|field| malformed(code, field, &message(field)))
    };
    told("unknown field `", "`", "unknown_field", |f| {
        format!("没有字段 {f}")
    })
    .or_else(|| {
        told("field `", "` is required", "field_missing", |f| {
            format!("缺少必填字段 {f}")
        })
    })
    .or_else(|| {
        told("failed to parse field `", "`", "field_invalid", |f| {
            format!("字段 {f} 不符合要求")
        })
    })
    .unwrap_or_else(|| malformed("multipart_invalid", "", "表单内容有误"))
}

/// Where the text stops being JSON.
fn not_json(reason: &str) -> String {
    let place = reason.rsplit_once(" at line ").map(|(_, place)| place);
    match place.and_then(|place| place.split_once(" column ")) {
        Some((line, column)) => format!("请求正文不是有效的 JSON（第{line}行第{column}列）"),
        None => "请求正文不是有效的 JSON".into(),
    }
}

/// Messages may quote the caller's bytes: cut short, without control characters.
fn malformed(code: &str, field: &str, message: &str) -> Problem {
    let plain = |text: &str, most| {
        text.chars()
            .filter(|c| !c.is_control())
            .take(most)
            .collect()
    };
    let violation = Violation {
        field: plain(field, 64),
        code: code.into(),
        message: plain(message, 200),
        ..Violation::default()
    };
    Problem {
        violations: vec![violation],
        ..Problem::new(StatusCode::BAD_REQUEST, "malformed", "请求格式有误")
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}
