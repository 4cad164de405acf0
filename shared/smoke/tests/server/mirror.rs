//! Answers that show the request, or are made of it.

use axum::{
    body::Bytes,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, Version, request::Parts},
    response::Response,
};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::routes::{answer, json_answer};

/// The request's own body; what of the query says `status`, `type`, `header`
/// (`Name: value`) or `body` is done.
pub(super) async fn mirror(request: Request) -> Response {
    let (parts, body) = take(request).await;
    let query = pairs(parts.uri.query().unwrap_or_default().as_bytes());
    let given = |name: &str| {
        query
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    let status = given("status")
        .and_then(|s| s.parse().ok())
        .unwrap_or(StatusCode::OK);
    let own = parts
        .headers
        .get("content-type")
        .and_then(|v| v.to_str().ok());
    let kind = given("type").or(own).unwrap_or("text/plain");
    let body = given("body")
        .map(|b| Bytes::from(b.to_owned()))
        .unwrap_or(body);
    let mut made = answer(status, kind, body);
    for (_, line) in query.iter().filter(|(name, _)| name == "header") {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let name = HeaderName::try_from(name.trim());
        // What is not ASCII goes out as UTF-8.
        let value = HeaderValue::from_bytes(value.trim().as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            made.headers_mut().append(name, value);
        }
    }
    made
}

/// All of the request, as JSON.
pub(super) async fn echo(request: Request) -> Response {
    let (parts, body) = take(request).await;
    let kind = text(&parts.headers, "content-type");
    let form = match kind.starts_with("application/x-www-form-urlencoded") {
        true => json!(pairs(&body)),
        false => Value::Null,
    };
    let multipart = match kind.split_once("boundary=") {
        Some((_, boundary)) => json!(split(&body, boundary)),
        None => Value::Null,
    };
    let version = match parts.version {
        Version::HTTP_10 => "1.0",
        Version::HTTP_11 => "1.1",
        _ => "2",
    };
    json_answer(&json!({
        "method": parts.method.as_str(),
        "version": version,
        "path": parts.uri.path(),
        "uri": uri(&parts.uri),
        "query": pairs(parts.uri.query().unwrap_or_default().as_bytes()),
        "headers": headers(&parts.headers),
        "length": body.len(),
        "body": String::from_utf8_lossy(&body),
        "json": serde_json::from_slice::<Value>(&body).ok(),
        "form": form,
        "parts": multipart,
    }))
}

async fn take(request: Request) -> (Parts, Bytes) {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 16 << 20).await;
    (parts, bytes.unwrap_or_default())
}

fn uri(uri: &Uri) -> &str {
    uri.path_and_query().map(|p| p.as_str()).unwrap_or_default()
}

/// A form, or the query of a URL.
pub(super) fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
}

/// Each header's name in lower case, with all its values.
fn headers(headers: &HeaderMap) -> Value {
    let values = |name| {
        let all = headers.get_all(name).iter();
        all.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
            .collect::<Vec<_>>()
    };
    headers
        .keys()
        .map(|name| (name.to_string(), json!(values(name))))
        .collect()
}

fn split(body: &[u8], boundary: &str) -> Vec<Value> {
    let body = String::from_utf8_lossy(body).into_owned();
    let mark = format!("--{}", boundary.trim_matches('"'));
    let parts = body
        .split(mark.as_str())
        .skip(1)
        .filter(|p| !p.starts_with("--"));
    let one = |part: &str| {
        let (head, content) = part.split_once("\r\n\r\n").unwrap_or((part, ""));
        let parameter = |name: &str| {
            let (_, rest) = head.split_once(&format!("; {name}=\""))?;
            rest.split('"').next()
        };
        let kind = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-type")
                .then(|| value.trim())
        });
        json!({
            "name": parameter("name"),
            "filename": parameter("filename"),
            "type": kind,
            "content": content.strip_suffix("\r\n").unwrap_or(content),
        })
    };
    parts.map(one).collect()
}
