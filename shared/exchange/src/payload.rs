//! What a request carries, in bytes. Pure.

use bytes::Bytes;

use crate::{Content, Part, Payload, address::encode_pairs};

/// The media type of a form in parts.
const MULTIPART: &str = "multipart/form-data";

/// The bytes of a payload, and what they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    pub(crate) media: Media,
}

/// What a body says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Media {
    /// Nothing.
    #[default]
    None,
    /// Its type, unless a header says it.
    Type(String),
    /// Its type with the boundary between its parts, whatever a header says.
    Parts(String),
}

impl Body {
    /// Encodes a payload. `given` is the header `Content-Type` of the user's.
    pub(crate) fn of(payload: &Payload, given: Option<&str>) -> Self {
        match payload {
            Payload::Empty => Self::default(),
            Payload::Bytes {
                bytes,
                content_type,
            } => Self {
                bytes: Bytes::copy_from_slice(bytes),
                media: content_type.clone().map_or(Media::None, Media::Type),
            },
            Payload::Form(pairs) => Self {
                bytes: encode_pairs(pairs).into(),
                media: Media::Type("application/x-www-form-urlencoded".to_owned()),
            },
            Payload::Multipart(parts) => {
                let boundary = format!("{}{:016x}", "-".repeat(24), fastrand::u64(..));
                let given = given.unwrap_or(MULTIPART);
                Self {
                    bytes: multipart(parts, &boundary, given).into(),
                    media: Media::Parts(format!("{given}; boundary={boundary}")),
                }
            }
        }
    }
}

fn multipart(parts: &[Part], boundary: &str, media: &str) -> Vec<u8> {
    let start = media.get(..MULTIPART.len()).unwrap_or_default();
    let disposition = match start.eq_ignore_ascii_case(MULTIPART) {
        true => "form-data",
        false => "attachment",
    };
    let mut body = Vec::new();
    for part in parts {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: {disposition}; name=\"{}\"",
            quoted(&part.name)
        );
        body.extend_from_slice(head.as_bytes());
        match &part.content {
            Content::Text(text) => {
                body.extend_from_slice(b"\r\n\r\n");
                body.extend_from_slice(text.as_bytes());
            }
            Content::File {
                name,
                bytes,
                content_type,
            } => {
                let name = quoted(name);
                let head = format!("; filename=\"{name}\"\r\nContent-Type: {content_type}\r\n\r\n");
                body.extend_from_slice(head.as_bytes());
                body.extend_from_slice(bytes);
            }
        }
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

/// A name between quotation marks, as HTML's forms escape it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Payload {
        Payload::Multipart(vec![
            Part {
                name: "c\"d".into(),
                content: Content::Text("é".into()),
            },
            Part {
                name: "g".into(),
                content: Content::File {
                    name: "d/q\"t\r\n.png".into(),
                    bytes: b"\0\xFF".to_vec(),
                    content_type: "image/png".into(),
                },
            },
        ])
    }

    #[test]
    fn parts_are_framed_as_browsers_do() {
        let body = Body::of(&parts(), None);
        let Media::Parts(media) = body.media else {
            panic!("{:?}", body.media);
        };
        let boundary = media
            .strip_prefix("multipart/form-data; boundary=")
            .unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"c%22d\"\r\n\r\né\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"g\"; \
             filename=\"d/q%22t%0D%0A.png\"\r\nContent-Type: image/png\r\n\r\n"
        );
        let mut expected = expected.into_bytes();
        expected.extend_from_slice(b"\0\xFF");
        expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        assert_eq!(body.bytes, expected);
    }

    #[test]
    fn a_media_type_of_the_users_has_the_boundary_too() {
        let body = Body::of(&parts(), Some("multipart/mixed"));
        let Media::Parts(media) = body.media else {
            panic!("{:?}", body.media);
        };
        assert!(
            media.starts_with("multipart/mixed; boundary=-----"),
            "{media}"
        );
        let text = String::from_utf8_lossy(&body.bytes).into_owned();
        assert!(
            text.contains("Content-Disposition: attachment; name=\"g\""),
            "{text}"
        );
    }

    #[test]
    fn a_table_of_bodies() {
        let form = [("a b", "c d&=ä"), ("e", "")];
        let form = form.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
        let bytes = |bytes: &[u8], media: Option<&str>| Payload::Bytes {
            bytes: bytes.to_vec(),
            content_type: media.map(str::to_owned),
        };
        for (payload, body, media) in [
            (Payload::Empty, &b""[..], None),
            (bytes(b"\xFF", None), b"\xFF", None),
            (
                bytes(b"{}", Some("application/json")),
                b"{}",
                Some("application/json"),
            ),
            (
                Payload::Form(form),
                b"a b=c%20d%26%3D%C3%A4&e=",
                Some("application/x-www-form-urlencoded"),
            ),
        ] {
            let encoded = Body::of(&payload, Some("text/plain"));
            assert_eq!(encoded.bytes, body);
            let media = media.map_or(Media::None, |media| Media::Type(media.to_owned()));
            assert_eq!(encoded.media, media);
        }
    }
}
