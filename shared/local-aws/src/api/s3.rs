//! S3, as far as plans and cards need it.

use std::{collections::BTreeSet, fmt::Write as _, ops::Range};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use world::{Object, World, dates};

use super::{ApiError, reply::escape, s3_delete, s3_request::S3Request};
use crate::{
    clock,
    hub::Hub,
    serve::{self, Body},
};

/// A page of a listing has at most so many keys.
const KEYS: usize = 1000;

const XMLNS: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The header with the version of an object. Every bucket has versions here,
/// though only the last can be read.
const VERSION: header::HeaderName = header::HeaderName::from_static("x-amz-version-id");

pub(super) fn call(
    hub: &Hub,
    buckets: &BTreeSet<String>,
    operation: &str,
    request: &S3Request,
) -> Result<Response<Body>, ApiError> {
    let exists = |world: &World| {
        buckets.contains(&request.bucket) || world.objects.has_bucket(&request.bucket)
    };
    let no_bucket = || ApiError::new(404, "NoSuchBucket", "The specified bucket does not exist");
    if operation == "ListBuckets" {
        return Ok(hub.read(|world| list_buckets(world, buckets)));
    }
    if !hub.read(exists) {
        return Err(no_bucket());
    }
    match operation {
        "HeadBucket" => Ok(empty(StatusCode::OK)),
        "GetBucketLocation" => Ok(hub.read(|world| {
            let region = escape(&world.region);
            xml(&format!(
                "<LocationConstraint xmlns=\"{XMLNS}\">{region}</LocationConstraint>"
            ))
        })),
        "ListObjectsV2" => hub.read(|world| list(world, request)),
        "GetObject" | "HeadObject" => {
            hub.read(|world| get(world, request, operation == "HeadObject"))
        }
        "PutObject" => put(hub, request),
        "DeleteObjects" => s3_delete::delete(hub, request).map(|body| xml(&body)),
        "DeleteObject" => {
            // To delete what isn't there is no error.
            hub.keep(|world| world.delete_object(&request.bucket, &request.key));
            Ok(empty(StatusCode::NO_CONTENT))
        }
        _ => Err(ApiError {
            unknown: true,
            ..ApiError::new(
                501,
                "NotImplemented",
                "A header or query you provided implies functionality that is not implemented.",
            )
        }),
    }
}

fn empty(status: StatusCode) -> Response<Body> {
    serve::answer(status, "application/xml", "")
}

fn xml(body: &str) -> Response<Body> {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}");
    serve::answer(StatusCode::OK, "application/xml", body)
}

fn precondition(which: &str) -> ApiError {
    let message =
        format!("At least one of the pre-conditions you specified did not hold ({which})");
    ApiError::new(412, "PreconditionFailed", message)
}

fn not_found() -> ApiError {
    ApiError::new(404, "NoSuchKey", "The specified key does not exist.")
}

fn get(world: &World, request: &S3Request, head: bool) -> Result<Response<Body>, ApiError> {
    let object = world
        .object(&request.bucket, &request.key)
        .ok_or_else(not_found)?;
    let is = |wanted: &str| wanted == "*" || wanted == object.etag;
    if request
        .tag(header::IF_MATCH)
        .is_some_and(|wanted| !is(wanted))
    {
        return Err(precondition("If-Match"));
    }
    let mut response = if request.tag(header::IF_NONE_MATCH).is_some_and(is) {
        empty(StatusCode::NOT_MODIFIED)
    } else {
        content(object, request, head)?
    };
    let headers = response.headers_mut();
    let mut set = |name, value: String| {
        // Tags and dates have no character that a header can't hold.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    set(header::ETAG, format!("\"{}\"", object.etag));
    set(header::LAST_MODIFIED, dates::http(object.last_modified));
    set(header::ACCEPT_RANGES, "bytes".to_owned());
    set(VERSION, object.version.to_string());
    Ok(response)
}

fn content(object: &Object, request: &S3Request, head: bool) -> Result<Response<Body>, ApiError> {
    let size = object.bytes.len();
    let range = match request
        .headers
        .get(header::RANGE)
        .and_then(|v| v.to_str().ok())
    {
        Some(text) => range(text, size)?,
        None => None,
    };
    let status = if range.is_some() {
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };
    let part = range.clone().unwrap_or(0..size);
    let length = part.len();
    let bytes = object.bytes.get(part).unwrap_or_default();
    // To a HEAD the server sends no body, but the length of it.
    let body = if head {
        Bytes::new()
    } else {
        Bytes::copy_from_slice(bytes)
    };
    let mut response = serve::answer(status, "binary/octet-stream", body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(Range { start, end }) = range
        && let Ok(value) = HeaderValue::try_from(format!("bytes {start}-{}/{size}", end - 1))
    {
        headers.insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

/// The bytes that a `Range` asks for. `None`: it isn't understood, and thus
/// ignored.
fn range(text: &str, size: usize) -> Result<Option<Range<usize>>, ApiError> {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|r| r.split_once('-')) else {
        return Ok(None);
    };
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(last)) if first.is_empty() => size.saturating_sub(last)..size,
        _ => return Ok(None),
    };
    if range.start >= range.end {
        return Err(ApiError::new(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
        ));
    }
    Ok(Some(range))
}

/// Writes an object; the conditions are looked at in the same step.
fn put(hub: &Hub, request: &S3Request) -> Result<Response<Body>, ApiError> {
    let S3Request { bucket, key, .. } = request;
    let object = Object::new(bucket, key, request.body.to_vec(), clock::now());
    let etag = object.etag.clone();
    let version = hub.keep(|world| {
        let known = world.object(bucket, key).map(|o| o.etag.as_str());
        match (request.tag(header::IF_MATCH), known) {
            (Some(_), None) => return Err(not_found()),
            (Some(wanted), Some(known)) if wanted != "*" && wanted != known => {
                return Err(precondition("If-Match"));
            }
            _ => {}
        }
        match (request.tag(header::IF_NONE_MATCH), known) {
            (Some(wanted), Some(known)) if wanted == "*" || wanted == known => {
                return Err(precondition("If-None-Match"));
            }
            _ => {}
        }
        Ok(world.objects.put(object))
    })?;
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(format!("\"{etag}\"")) {
        headers.insert(header::ETAG, value);
    }
    headers.insert(VERSION, HeaderValue::from(version));
    Ok(response)
}

fn list_buckets(world: &World, buckets: &BTreeSet<String>) -> Response<Body> {
    let mut names: BTreeSet<&str> = buckets.iter().map(String::as_str).collect();
    names.extend(world.objects.buckets());
    let entry = |name: &str| {
        let name = escape(name);
        format!(
            "<Bucket><Name>{name}</Name><CreationDate>1970-01-01T00:00:00.000Z</CreationDate></Bucket>"
        )
    };
    let entries: String = names.into_iter().map(entry).collect();
    xml(&format!(
        "<ListAllMyBucketsResult xmlns=\"{XMLNS}\"><Owner><ID>local</ID></Owner><Buckets>{entries}</Buckets></ListAllMyBucketsResult>"
    ))
}

fn list(world: &World, request: &S3Request) -> Result<Response<Body>, ApiError> {
    let query = |name: &str| request.query.get(name).map_or("", String::as_str);
    let (prefix, delimiter) = (query("prefix"), query("delimiter"));
    // A token is the last key of the page before.
    let after = if query("continuation-token").is_empty() {
        query("start-after")
    } else {
        query("continuation-token")
    };
    let limit = match query("max-keys") {
        "" => KEYS,
        text => text.parse::<usize>().map_err(|_| {
            ApiError::new(
                400,
                "InvalidArgument",
                "Provided max-keys not an integer or within integer range",
            )
        })?,
    }
    .min(KEYS);
    let group = |key: &str| {
        let rest = &key[prefix.len()..];
        let end = if delimiter.is_empty() {
            None
        } else {
            rest.find(delimiter)
        };
        end.map(|end| key[..prefix.len() + end + delimiter.len()].to_owned())
    };
    let (mut contents, mut prefixes) = (String::new(), Vec::new());
    let (mut count, mut last, mut more) = (0, String::new(), false);
    for object in world.objects.within(&request.bucket, prefix) {
        let group = group(&object.key);
        let name = group.as_deref().unwrap_or(&object.key);
        if name <= after || prefixes.last().is_some_and(|p: &String| p == name) {
            continue;
        }
        if count == limit {
            more = true;
            break;
        }
        count += 1;
        last = name.to_owned();
        match group {
            Some(group) => prefixes.push(group),
            None => entry(&mut contents, object),
        }
    }
    let prefixes: String = prefixes
        .iter()
        .map(|p| {
            format!(
                "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>",
                escape(p)
            )
        })
        .collect();
    let token = if more {
        format!(
            "<NextContinuationToken>{}</NextContinuationToken>",
            escape(&last)
        )
    } else {
        String::new()
    };
    Ok(xml(&format!(
        "<ListBucketResult xmlns=\"{XMLNS}\"><Name>{}</Name><Prefix>{}</Prefix><KeyCount>{count}</KeyCount>\
         <MaxKeys>{limit}</MaxKeys><IsTruncated>{more}</IsTruncated>{token}{contents}{prefixes}</ListBucketResult>",
        escape(&request.bucket),
        escape(prefix),
    )))
}

fn entry(out: &mut String, object: &Object) {
    // Writing into a String can't fail.
    let _ = write!(
        out,
        "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>&quot;{}&quot;</ETag>\
         <Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
        escape(&object.key),
        dates::iso8601(object.last_modified),
        object.etag,
        object.bytes.len(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_understood() {
        for (text, expected) in [
            ("bytes=0-0", Ok(Some(0..1))),
            ("bytes=2-99", Ok(Some(2..10))),
            ("bytes=5-", Ok(Some(5..10))),
            ("bytes=-3", Ok(Some(7..10))),
            ("bytes=-99", Ok(Some(0..10))),
            ("bytes=10-", Err(416)),
            ("bytes=-0", Err(416)),
            ("bytes=3-2", Ok(None)),
            ("lines=1-2", Ok(None)),
        ] {
            assert_eq!(range(text, 10).map_err(|e| e.status), expected, "{text}");
        }
    }
}
