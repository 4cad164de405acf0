//! S3's DeleteObjects: several keys in one request.

use super::{error::ApiError, reply::escape, s3_request::S3Request};
use crate::hub::Hub;

/// A request deletes at most so many objects.
const KEYS: usize = 1000;

/// Deletes what the request names and returns the answer's XML. What isn't
/// there counts as deleted.
pub(super) fn delete(hub: &Hub, request: &S3Request) -> Result<String, ApiError> {
    let malformed = || {
        let message = "The XML you provided was not well-formed or did not validate against our \
                       published schema";
        ApiError::new(400, "MalformedXML", message)
    };
    let body = std::str::from_utf8(&request.body).map_err(|_| malformed())?;
    let keys = keys(body).filter(|keys| (1..=KEYS).contains(&keys.len()));
    let keys = keys.ok_or_else(malformed)?;
    hub.keep(|world| {
        for key in &keys {
            world.delete_object(&request.bucket, key);
        }
    });
    let quiet = body.contains("<Quiet>true</Quiet>");
    let deleted: String = keys
        .iter()
        .filter(|_| !quiet)
        .map(|key| format!("<Deleted><Key>{}</Key></Deleted>", escape(key)))
        .collect();
    Ok(format!(
        "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{deleted}</DeleteResult>"
    ))
}

/// The keys, as clients write them: elements without attributes.
fn keys(xml: &str) -> Option<Vec<String>> {
    let parts = xml.split("<Key>").skip(1);
    parts
        .map(|part| part.split_once("</Key>").and_then(|(key, _)| unescape(key)))
        .collect()
}

fn unescape(text: &str) -> Option<String> {
    let (mut whole, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('&') {
        let (name, after) = after.split_once(';')?;
        whole.push_str(before);
        whole.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            number => {
                let number = number.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        });
        rest = after;
    }
    whole.push_str(rest);
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read() {
        let xml = "<Delete><Object><Key>a&amp;b&#x2F;&#99;</Key></Object><Object><Key>d</Key></Object></Delete>";
        assert_eq!(keys(xml), Some(vec!["a&b/c".to_owned(), "d".to_owned()]));
        for broken in ["<Key>a", "<Key>&b</Key>", "<Key>&b;</Key>"] {
            assert_eq!(keys(broken), None, "{broken}");
        }
    }
}
