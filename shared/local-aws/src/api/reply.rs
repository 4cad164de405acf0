//! An answer, and how each protocol writes it.

use std::fmt::Write as _;

use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::{ApiError, Asked, cbor, compact, route::Service, sqs};
use crate::serve::{self, Body};

/// An answer that isn't an error.
pub(super) enum Reply {
    /// To be written as the protocol does it.
    Value(Value),
    /// As it is.
    Response(Response<Body>),
}

/// A protocol of AWS's APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// AWS JSON 1.1.
    Json,
    /// AWS JSON 1.0, with the codes of the Query protocol besides.
    Sqs,
    /// Smithy RPC v2 with CBOR.
    Cbor,
    /// Query: a form in, XML out.
    Query,
    /// S3's own.
    S3,
    /// Lambda's own.
    Lambda,
}

impl Protocol {
    pub(super) fn render(
        self,
        result: Result<Reply, ApiError>,
        asked: &Asked,
        request_id: &str,
    ) -> Response<Body> {
        let mut response = match result {
            Ok(Reply::Response(response)) => response,
            Ok(Reply::Value(value)) => self.value(compact(value), asked, request_id),
            Err(error) => self.error(&error, asked, request_id),
        };
        let name = if self == Protocol::S3 {
            "x-amz-request-id"
        } else {
            "x-amzn-requestid"
        };
        set(&mut response, name, request_id);
        if self == Protocol::Cbor {
            set(&mut response, "smithy-protocol", "rpc-v2-cbor");
        }
        response
    }

    fn value(self, value: Value, asked: &Asked, request_id: &str) -> Response<Body> {
        let ok = StatusCode::OK;
        match self {
            Protocol::Json | Protocol::Sqs | Protocol::Lambda => {
                serve::answer(ok, self.content_type(), value.to_string())
            }
            Protocol::Cbor => serve::answer(ok, self.content_type(), cbor::encode(&value)),
            Protocol::Query | Protocol::S3 => {
                let Asked { operation, .. } = asked;
                let mut xml = String::new();
                write_xml(&mut xml, &value);
                let xmlns = namespace(asked.service);
                let body = format!(
                    "<{operation}Response xmlns=\"{xmlns}\"><{operation}Result>{xml}</{operation}Result>\
                     <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
                );
                serve::answer(ok, self.content_type(), body)
            }
        }
    }

    fn error(self, error: &ApiError, asked: &Asked, request_id: &str) -> Response<Body> {
        let ApiError {
            status,
            code,
            message,
            ..
        } = error;
        let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST);
        match self {
            Protocol::Json | Protocol::Cbor => {
                let value = json!({"__type": code, "message": message});
                let bytes = match self {
                    Protocol::Cbor => cbor::encode(&value),
                    _ => value.to_string().into_bytes(),
                };
                serve::answer(status, self.content_type(), bytes)
            }
            Protocol::Sqs => {
                let value =
                    json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": message});
                let mut response = serve::answer(status, self.content_type(), value.to_string());
                let kind = if status.is_server_error() {
                    "Receiver"
                } else {
                    "Sender"
                };
                let code = format!("{};{kind}", sqs::query_code(code));
                set(&mut response, "x-amzn-query-error", &code);
                response
            }
            Protocol::Lambda => {
                let kind = if status.is_server_error() {
                    "Service"
                } else {
                    "User"
                };
                let value = json!({"Type": kind, "Message": message});
                let mut response = serve::answer(status, self.content_type(), value.to_string());
                set(&mut response, "x-amzn-errortype", code);
                response
            }
            Protocol::Query => {
                let kind = if status.is_server_error() {
                    "Receiver"
                } else {
                    "Sender"
                };
                let xmlns = namespace(asked.service);
                let (code, message) = (escape(code), escape(message));
                let body = format!(
                    "<ErrorResponse xmlns=\"{xmlns}\"><Error><Type>{kind}</Type><Code>{code}</Code>\
                     <Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
                );
                serve::answer(status, self.content_type(), body)
            }
            Protocol::S3 if asked.operation.starts_with("Head") => {
                serve::answer(status, self.content_type(), "")
            }
            Protocol::S3 => {
                let (code, message) = (escape(code), escape(message));
                let body = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
                     <Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
                );
                serve::answer(status, self.content_type(), body)
            }
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Protocol::Json => "application/x-amz-json-1.1",
            Protocol::Sqs => "application/x-amz-json-1.0",
            Protocol::Cbor => "application/cbor",
            Protocol::Query => "text/xml",
            Protocol::S3 => "application/xml",
            Protocol::Lambda => "application/json",
        }
    }
}

fn set(response: &mut Response<Body>, name: &'static str, value: &str) {
    // Ids and codes have no character that a header can't hold.
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
}

fn namespace(service: Service) -> &'static str {
    match service {
        Service::Sns => "http://sns.amazonaws.com/doc/2010-03-31/",
        Service::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        _ => "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    }
}

/// Writes the members of an object as elements, and the items of a list as
/// `member`.
fn write_xml(out: &mut String, value: &Value) {
    let mut element = |name: &str, value: &Value| {
        out.push_str(&format!("<{name}>"));
        write_xml(out, value);
        out.push_str(&format!("</{name}>"));
    };
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| element(name, value)),
        Value::Array(items) => items.iter().for_each(|item| element("member", item)),
        Value::String(text) => out.push_str(&escape(text)),
        Value::Null => {}
        // Writing into a String can't fail.
        other => drop(write!(out, "{other}")),
    }
}

/// Text inside an element. What XML can't hold is left out.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' => escaped.push(c),
            c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_xml() {
        let mut xml = String::new();
        write_xml(
            &mut xml,
            &json!({"A": [{"B": 1}, {"B": "<&>"}], "C": true, "D": []}),
        );
        assert_eq!(
            xml,
            "<A><member><B>1</B></member><member><B>&lt;&amp;&gt;</B></member></A><C>true</C><D></D>"
        );
        assert_eq!(escape("a\u{0}b\u{1b}"), "ab");
    }
}
