//! How evidence spells durations and texts.

use std::time::Duration;

use verdict::shorten;

/// The longest text that evidence quotes, in characters.
pub(crate) const QUOTE: usize = 200;

/// `800 ms`, `12.5 s`.
pub(crate) fn span(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0..10_000 => format!("{millis} ms"),
        _ if millis.is_multiple_of(1000) => format!("{} s", millis / 1000),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

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
    fn a_table_of_spans() {
        for (millis, text) in [
            (0, "0 ms"),
            (800, "800 ms"),
            (9_999, "9999 ms"),
            (10_000, "10 s"),
            (12_520, "12.5 s"),
            (120_000, "120 s"),
        ] {
            assert_eq!(span(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn any_bytes_can_be_quoted() {
        assert_eq!(quote_bytes(b"a\xffb\r\n c"), "\"a\u{fffd}b c\"");
        assert_eq!(quote_bytes(&[b'x'; 5000]).chars().count(), QUOTE + 2);
    }
}
