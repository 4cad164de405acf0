//! A request to S3, before it is known whether it can be met.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, header, request::Parts};
use url::form_urlencoded;

use super::{form::percent_decode, route::header as text};

/// A request to S3.
#[derive(Debug)]
pub(super) struct S3Request {
    method: Method,
    /// Empty: none is named.
    pub(super) bucket: String,
    /// Empty: it is about the bucket.
    pub(super) key: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl S3Request {
    pub(super) fn new(parts: Parts, body: Bytes) -> S3Request {
        let host = text(&parts.headers, "host")
            .map(str::to_owned)
            .or_else(|| parts.uri.authority().map(ToString::to_string))
            .unwrap_or_default();
        let path = parts.uri.path().trim_start_matches('/');
        let (bucket, key) = match bucket_of_host(&host) {
            Some(bucket) => (bucket.to_owned(), path),
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                (percent_decode(bucket), key)
            }
        };
        let query = parts.uri.query().unwrap_or_default();
        let chunked = text(&parts.headers, "x-amz-content-sha256")
            .is_some_and(|hash| hash.starts_with("STREAMING-"));
        S3Request {
            bucket,
            key: percent_decode(key),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            body: if chunked {
                unchunk(&body).unwrap_or(body)
            } else {
                body
            },
            method: parts.method,
            headers: parts.headers,
        }
    }

    /// The operation, as S3's API calls it.
    pub(super) fn operation(&self) -> &'static str {
        let has = |name: &str| self.query.contains_key(name);
        let subresource = [
            "acl",
            "tagging",
            "uploads",
            "uploadId",
            "versioning",
            "policy",
        ];
        if subresource.into_iter().any(has) || self.headers.contains_key("x-amz-copy-source") {
            return "Subresource";
        }
        if self.method == Method::POST && self.key.is_empty() && has("delete") {
            return "DeleteObjects";
        }
        match (&self.method, self.bucket.is_empty(), self.key.is_empty()) {
            (&Method::GET, true, _) => "ListBuckets",
            (&Method::GET, _, true) if has("location") => "GetBucketLocation",
            (&Method::GET, _, true) if self.query.get("list-type").is_some_and(|v| v == "2") => {
                "ListObjectsV2"
            }
            (&Method::GET, _, true) => "ListObjects",
            (&Method::HEAD, false, true) => "HeadBucket",
            (&Method::PUT, false, true) => "CreateBucket",
            (&Method::GET, _, false) => "GetObject",
            (&Method::HEAD, _, false) => "HeadObject",
            (&Method::PUT, _, false) => "PutObject",
            (&Method::DELETE, _, false) => "DeleteObject",
            _ => "Unknown",
        }
    }

    /// A header's tag without its quotes; `*` stands for any.
    pub(super) fn tag(&self, name: header::HeaderName) -> Option<&str> {
        let value = self.headers.get(name)?.to_str().ok()?;
        Some(value.trim().trim_start_matches("W/").trim_matches('"'))
    }
}

/// `bucket.localhost:port` or `bucket.s3.localhost:port`.
fn bucket_of_host(host: &str) -> Option<&str> {
    let name = host.split(':').next()?.strip_suffix(".localhost")?;
    let bucket = name.strip_suffix(".s3").unwrap_or(name);
    (!bucket.is_empty() && bucket != "s3").then_some(bucket)
}

/// Undoes `aws-chunked`: `size;extension\r\n bytes \r\n`, a size of 0, trailers.
fn unchunk(mut body: &[u8]) -> Option<Bytes> {
    let mut whole = BytesMut::new();
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n")?;
        let (line, rest) = (std::str::from_utf8(&body[..end]).ok()?, &body[end + 2..]);
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole.freeze());
        }
        whole.extend_from_slice(rest.get(..size)?);
        body = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_found_in_hosts() {
        for (host, bucket) in [
            ("plans.localhost:4566", Some("plans")),
            ("plans.s3.localhost", Some("plans")),
            ("a.b.localhost", Some("a.b")),
            ("localhost:1", None),
            ("s3.localhost:1", None),
            ("127.0.0.1:1", None),
            ("", None),
        ] {
            assert_eq!(bucket_of_host(host), bucket, "{host}");
        }
    }

    #[test]
    fn chunks_are_put_together() {
        let body = b"5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
        assert_eq!(unchunk(body).as_deref(), Some(&b"hello world"[..]));
        assert_eq!(unchunk(b"ffffffffffffffff\r\nx"), None);
        assert_eq!(unchunk(b"hello"), None);
    }
}
