//! A body as people read it.

use std::borrow::Cow;

use select::decode;

/// So many bytes of a text are kept until its secrets are removed; of that, far
/// less is shown.
const KEPT: usize = 128 * 1024;

/// A body: text as text, however it was sent; anything else as a count. Its
/// secrets are still in it.
pub(crate) fn shown(headers: &[(String, String)], body: &[u8]) -> String {
    if body.is_empty() {
        return String::new();
    }
    match text(headers, body) {
        Some(text) => text,
        None => format!("bytes ({})", body.len()),
    }
}

fn text(headers: &[(String, String)], body: &[u8]) -> Option<String> {
    let header = |name: &str| {
        let own = headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        own.map(|(_, value)| value.as_str())
    };
    let encodings = header("content-encoding").unwrap_or_default().split(',');
    let encodings: Vec<&str> = encodings.map(str::trim).filter(|e| !e.is_empty()).collect();
    let bytes: Cow<'_, [u8]> = decode::body(body, &encodings).ok()?;
    let mut text = decode::text(&bytes, header("content-type")).ok()?;
    let unreadable = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.contains(unreadable) {
        return None;
    }
    if text.len() > KEPT {
        text.truncate(text.floor_char_boundary(KEPT));
        text.push('…');
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_and_bytes_are_counted() {
        for (headers, body, expected) in [
            (vec![], b"".as_slice(), ""),
            (vec![], b"a\nb", "a\nb"),
            (vec![], b"\xff\xfe\x00", "bytes (3)"),
            (vec![], b"a\x00b", "bytes (3)"),
            (vec![("Content-Encoding", "what")], b"abc", "bytes (3)"),
            (
                vec![("content-type", "text/plain; charset=iso-8859-1")],
                b"\xfc",
                "ü",
            ),
        ] {
            let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            let headers: Vec<_> = headers.into_iter().map(own).collect();
            assert_eq!(shown(&headers, body), expected, "{body:?}");
        }
    }

    #[test]
    fn a_long_text_is_kept_in_part() {
        let long = "ü".repeat(KEPT);
        let text = shown(&[], long.as_bytes());
        assert!(text.len() <= KEPT + 3 && text.ends_with('…'));
    }
}
