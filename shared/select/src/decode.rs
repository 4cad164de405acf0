//! Bodies as they were before they were compressed and encoded.

use std::{borrow::Cow, io::Read};

use encoding_rs::{Encoding, UTF_8};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

/// The longest body that is unpacked, in bytes: a few packed bytes can stand
/// for gigabytes.
pub const LONGEST: usize = 16 * 1024 * 1024;

/// Unpacks a body: what `Content-Encoding` names, in its order.
/// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Encoding>
///
/// # Errors
/// An encoding that is not known, bytes that are not in it, or too many.
pub fn body<'a>(bytes: &'a [u8], encodings: &[&str]) -> Result<Cow<'a, [u8]>, String> {
    let mut body = Cow::Borrowed(bytes);
    for encoding in encodings {
        let packed: &[u8] = &body;
        let unpacked = match encoding.trim() {
            "" | "identity" => continue,
            "gzip" => unpack(MultiGzDecoder::new(packed), "gzip")?,
            "deflate" => unpack(ZlibDecoder::new(packed), "deflate")?,
            "br" => unpack(brotli_decompressor::Decompressor::new(packed, 4096), "br")?,
            other => {
                return Err(format!(
                    "the body's Content-Encoding {other:.40?} is not known"
                ));
            }
        };
        body = Cow::Owned(unpacked);
    }
    Ok(body)
}

fn unpack(reader: impl Read, name: &str) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    reader
        .take(most)
        .read_to_end(&mut unpacked)
        .map_err(|_| format!("the body is not in its Content-Encoding {name}"))?;
    match unpacked.len() > LONGEST {
        true => Err(format!("the body, unpacked, has more than {LONGEST} bytes")),
        false => Ok(unpacked),
    }
}

/// The text of a body: in the charset that its `Content-Type` names, or UTF-8.
///
/// # Errors
/// A charset that is not known, or bytes that are not in it.
pub fn text(bytes: &[u8], content_type: Option<&str>) -> Result<String, String> {
    match content_type.and_then(charset_of) {
        Some(label) => charset(bytes, &label),
        None => in_encoding(bytes, UTF_8),
    }
}

/// The text of bytes in a charset, by any of its names.
/// <https://encoding.spec.whatwg.org/#names-and-labels>
///
/// # Errors
/// A charset that is not known, or bytes that are not in it.
pub fn charset(bytes: &[u8], label: &str) -> Result<String, String> {
    let encoding = Encoding::for_label(label.as_bytes());
    in_encoding(
        bytes,
        encoding.ok_or_else(|| format!("the charset {label:.40?} is not known"))?,
    )
}

fn in_encoding(bytes: &[u8], encoding: &'static Encoding) -> Result<String, String> {
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(Cow::into_owned)
        .ok_or_else(|| format!("the bytes are not text in {}", encoding.name()))
}

/// `charset` in a `Content-Type`.
fn charset_of(content_type: &str) -> Option<String> {
    content_type.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let own = name.trim().eq_ignore_ascii_case("charset") && !value.contains('=');
        own.then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        assert_eq!(*body(b"x", &[]).unwrap(), *b"x");
        assert_eq!(*body(b"x", &["identity", ""]).unwrap(), *b"x");
        assert_eq!(*body(&gzip(b"hello"), &["gzip"]).unwrap(), *b"hello");
        assert_eq!(*body(&zlib(b"hello"), &[" deflate "]).unwrap(), *b"hello");
        let brotli = [0x0b, 0x02, 0x80, b'h', b'e', b'l', b'l', b'o', 0x03];
        assert_eq!(*body(&brotli, &["br"]).unwrap(), *b"hello");
        assert_eq!(
            *body(&gzip(&zlib(b"x")), &["gzip", "deflate"]).unwrap(),
            *b"x"
        );
    }

    #[test]
    fn what_is_not_packed_is_told() {
        for (bytes, encoding) in [
            (&b"x"[..], "gzip"),
            (b"x", "deflate"),
            (b"\xff\xff", "br"),
            (b"x", "zstd"),
        ] {
            let error = body(bytes, &[encoding]).unwrap_err();
            assert!(error.contains(encoding), "{error}");
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = gzip(&vec![0; LONGEST + 1]);
        assert!(body(&bomb, &["gzip"]).unwrap_err().contains("more than"));
    }

    #[test]
    fn texts_in_charsets() {
        for (bytes, content_type, expected) in [
            (&b"caf\xc3\xa9"[..], None, Some("café")),
            (b"caf\xe9", None, None),
            (
                b"caf\xe9",
                Some("text/plain; Charset=ISO-8859-1"),
                Some("café"),
            ),
            // As with `hurl`, quotes are a part of the name.
            (b"caf\xe9", Some("text/plain; charset=\"latin1\""), None),
            (
                b"\x82\xa0",
                Some("text/plain; charset=Shift_JIS"),
                Some("あ"),
            ),
            (b"x", Some("text/plain; charset=nonsense"), None),
            (b"x", Some("text/plain"), Some("x")),
        ] {
            assert_eq!(
                text(bytes, content_type).ok().as_deref(),
                expected,
                "{content_type:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_unpacked_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for encoding in ["gzip", "deflate", "br"] {
                let _ = body(&bytes, &[encoding]);
            }
        }
    }
}
