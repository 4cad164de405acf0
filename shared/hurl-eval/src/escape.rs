//! Texts as they stand in URLs, JSON and HTML.

/// Percent-encoded, all but letters, digits and `-._~/`: what the filter
/// `urlEncode` makes.
pub(crate) fn url(text: &str) -> String {
    percent(text, b"-._~/")
}

/// Percent-encoded, all but ASCII letters, digits and what is kept.
pub(crate) fn percent(text: &str, keep: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || keep.contains(&b) {
            out.push(char::from(b));
        } else {
            out.extend(['%', digit(b >> 4), digit(b & 0xf)]);
        }
    }
    out
}

/// The digit of four bits.
fn digit(bits: u8) -> char {
    char::from_digit(u32::from(bits), 16).map_or('0', |d| d.to_ascii_uppercase())
}

/// Percent-decoded; what is no UTF-8 then becomes U+FFFD.
pub(crate) fn url_decoded(text: &str) -> String {
    let digit = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first == b'%'
            && let (Some(high), Some(low)) = (digit(rest.first()), digit(rest.get(1)))
            && let Ok(byte) = u8::try_from(high * 16 + low)
        {
            bytes.push(byte);
            rest = rest.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The inside of a JSON string, with every control character escaped.
pub(crate) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// With `&<>"'` as references.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes() {
        assert_eq!(url("a b/ü?~"), "a%20b/%C3%BC%3F~");
        assert_eq!(url_decoded("a%20b%2x%zz%"), "a b%2x%zz%");
        assert_eq!(url_decoded("%ff%C3%BC+"), "\u{fffd}ü+");
        assert_eq!(json("a\"\\\n\u{1}\u{7f}é"), "a\\\"\\\\\\n\\u0001\u{7f}é");
        assert_eq!(
            html("<a href='x'>\"&"),
            "&lt;a href=&#x27;x&#x27;&gt;&quot;&amp;"
        );
    }

    proptest! {
        #[test]
        fn decoded_is_what_was_encoded(text in any::<String>()) {
            prop_assert_eq!(url_decoded(&url(&text)), text);
        }
    }
}
