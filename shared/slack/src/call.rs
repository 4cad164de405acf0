//! One call over HTTP.

use std::{error::Error, time::Duration};

use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use crate::refusal::{Failure, Method, Told};

/// How long a call may take, with its answer.
const CALL: Duration = Duration::from_secs(10);

/// How much of an answer is read.
const ANSWER: usize = 256 << 10;

/// How much of a page of messages is read: each has its blocks in it.
const PAGE: usize = 8 << 20;

/// After how long to try again where Slack does not say.
const AFTER: Duration = Duration::from_secs(1);

/// The longest time that is waited, whatever Slack says.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What every answer of the Web API has.
#[derive(Deserialize)]
struct Head {
    ok: bool,
    error: Option<String>,
    needed: Option<String>,
    #[serde(default)]
    response_metadata: Option<Notes>,
}

#[derive(Deserialize)]
struct Notes {
    #[serde(default)]
    messages: Vec<Value>,
}

/// The Web API: where it is, and what goes there.
pub(crate) struct Api<'a> {
    pub(crate) http: &'a Client,
    pub(crate) base: &'a Url,
    pub(crate) token: &'a str,
}

impl Api<'_> {
    /// Calls a method that changes something.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        body: &Value,
    ) -> Result<T, Failure> {
        let request = self.http.post(self.url(method)?);
        let request = request
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(body.to_string());
        self.answer(request, ANSWER).await
    }

    /// Calls a method that reads; those take no JSON.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        query: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let mut url = self.url(method)?;
        url.query_pairs_mut().extend_pairs(query);
        self.answer(self.http.get(url), PAGE).await
    }

    fn url(&self, method: Method) -> Result<Url, Failure> {
        let url = self.base.join(method.name());
        url.map_err(|error| Failure::Unreached(error.to_string()))
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        limit: usize,
    ) -> Result<T, Failure> {
        let response = send(request.bearer_auth(self.token)).await?;
        let status = response.status();
        if let Some(failure) = by_status(status, response.headers()) {
            return Err(failure);
        }
        let body = read(response, limit).await?;
        match serde_json::from_slice::<Head>(&body) {
            Ok(Head { ok: true, .. }) if status.is_success() => {
                let answer = serde_json::from_slice(&body);
                answer.map_err(|_| Failure::Lost("it lacks what it should have".to_owned()))
            }
            Ok(head @ Head { ok: false, .. }) => Err(Failure::Refused(told(status, head))),
            _ if status.is_success() => {
                let why = "it is not what Slack answers".to_owned();
                Err(Failure::Lost(why))
            }
            _ => Err(Failure::Strange(status.as_u16())),
        }
    }
}

/// Posts to an incoming webhook, which answers with a text.
pub(crate) async fn hook(http: &Client, url: &Url, body: &Value) -> Result<(), Failure> {
    let request = http.post(url.clone());
    let request = request
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .body(body.to_string());
    let response = send(request).await?;
    let status = response.status();
    if let Some(failure) = by_status(status, response.headers()) {
        return Err(failure);
    }
    if status.is_success() {
        // Taken, whatever else it says: `ok`. Reading it frees the connection.
        let _ = read(response, ANSWER).await;
        return Ok(());
    }
    let text = read(response, ANSWER).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let text = text.trim();
    let is_sign = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    match !text.is_empty() && text.len() <= 100 && text.bytes().all(is_sign) {
        true => Err(Failure::Refused(Told {
            status: status.as_u16(),
            code: text.to_owned(),
            ..Told::default()
        })),
        false => Err(Failure::Strange(status.as_u16())),
    }
}

async fn send(request: RequestBuilder) -> Result<Response, Failure> {
    request.timeout(CALL).send().await.map_err(|error| {
        // A builder's error, as of a bad header, sends nothing either.
        match error.is_connect() || error.is_builder() {
            true => Failure::Unreached(describe(error)),
            false => Failure::Lost(describe(error)),
        }
    })
}

/// What the status alone says.
fn by_status(status: StatusCode, headers: &HeaderMap) -> Option<Failure> {
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Some(Failure::Busy(retry_after(headers)));
    }
    if status.is_server_error() {
        return Some(Failure::Down(status.as_u16()));
    }
    None
}

fn retry_after(headers: &HeaderMap) -> Duration {
    let value = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    let digits = value
        .map(str::trim)
        .filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    match digits {
        // One that does not fit is longer than the longest as well.
        Some(digits) => Duration::from_secs(digits.parse().unwrap_or(u64::MAX)).min(LONGEST),
        None => AFTER,
    }
}

async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(Failure::Lost(describe(error))),
        }
        if body.len() > limit {
            return Err(Failure::Lost(format!("it is longer than {limit} bytes")));
        }
    }
}

fn told(status: StatusCode, head: Head) -> Told {
    let notes = head.response_metadata.map(|notes| notes.messages);
    let notes = notes.unwrap_or_default().into_iter();
    Told {
        status: status.as_u16(),
        code: head.error.unwrap_or_else(|| "no error is named".to_owned()),
        notes: notes
            .filter_map(|note| note.as_str().map(str::to_owned))
            .collect(),
        needed: head.needed,
    }
}

/// An error with its causes, without the URL: a webhook's is a secret.
fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait() {
        for (value, seconds) in [
            (Some("30"), 30),
            (Some(" 2 "), 2),
            (Some("0"), 0),
            (None, 1),
            (Some(""), 1),
            (Some("-3"), 1),
            (Some("1.5"), 1),
            (Some("Wed, 21 Oct 2026 07:28:00 GMT"), 1),
            (Some("86400"), 900),
            (Some("99999999999999999999999999"), 900),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(RETRY_AFTER, value.parse().unwrap());
            }
            let after = retry_after(&headers);
            assert_eq!(after, Duration::from_secs(seconds), "{value:?}");
        }
    }
}
