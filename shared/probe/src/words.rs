//! How evidence spells texts.

use verdict::shorten;
pub(crate) use wire::{QUOTE, span};

/// A text in quotation marks, on one line and short.
pub(crate) fn quote(text: &str) -> String {
    format!("\"{}\"", shorten(text, QUOTE))
}

/// The start of a body as a quotation. Only the part that can be shown is
/// decoded.
pub(crate) fn quote_bytes(body: &[u8]) -> String {
    // Four bytes a character, and room for white space that is left out.
    let start = body.get(..QUOTE * 8).unwrap_or(body);
    quote(&String::from_utf8_lossy(start))
}

/// `s` unless it is one.
pub(crate) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_can_be_quoted() {
        assert_eq!(quote_bytes(b"a\xffb\r\n c"), "\"a\u{fffd}b c\"");
        assert_eq!(quote_bytes(&[b'x'; 5000]).chars().count(), QUOTE + 2);
    }
}
