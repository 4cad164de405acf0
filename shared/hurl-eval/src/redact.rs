//! Secrets removed from texts.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use select::json::{Json, Path, Selected};

/// What stands in a secret's place.
const STARS: &str = "***";

/// Headers whose values are never shown.
const HIDDEN: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
];

/// A shorter secret is hidden only where it stands alone, as a word: otherwise
/// it would eat letters out of everything. It is not looked for in encodings.
const WORD: usize = 3;

/// So much of a secret before `…` is taken for its beginning.
const BEGINNING: usize = 3;

/// Whether a header's value is never shown.
fn is_hidden(header: &str) -> bool {
    HIDDEN.iter().any(|h| h.eq_ignore_ascii_case(header))
}

/// Knows the secrets, and how they look.
///
/// A secret is found as it is, percent-encoded, with `+` for spaces, escaped
/// for JSON or HTML (all that also in part, as each encoder has its own
/// choice), in hexadecimal digits, and inside of base64 of either alphabet,
/// wherever it begins there. Letters of either case count as the same.
#[derive(Default)]
pub struct Redactor {
    patterns: Vec<Pattern>,
    words: Vec<String>,
    /// Which bytes a match can begin with.
    first: Vec<bool>,
}

#[derive(Debug)]
struct Pattern {
    bytes: Vec<u8>,
    writing: Writing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// The secret's own letters, perhaps escaped.
    Plain,
    /// Hexadecimal digits.
    Hex,
    /// Base64. Whether letters beside it hold some bits of the secret.
    Base64 { before: bool, after: bool },
}

impl Redactor {
    /// For these secrets. An empty one is none.
    pub fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let mut redactor = Self {
            first: vec![false; 256],
            ..Self::default()
        };
        let secrets: Vec<&str> = secrets.collect();
        let inside: Vec<String> = secrets.iter().flat_map(|s| texts_of(s)).collect();
        let trimmed = secrets.iter().map(|s| s.trim());
        let mut all: Vec<&str> = trimmed.chain(inside.iter().map(String::as_str)).collect();
        all.extend(&secrets);
        all.sort_unstable();
        all.dedup();
        for secret in all.into_iter().filter(|s| !s.is_empty()) {
            if secret.chars().count() < WORD {
                redactor.words.push(secret.to_owned());
            } else {
                redactor.patterns.extend(patterns(secret.as_bytes()));
            }
        }
        let Self {
            patterns, first, ..
        } = &mut redactor;
        for (byte, first) in (0..=u8::MAX).zip(first) {
            *first = matches!(byte, b'%' | b'\\' | b'&' | b'+')
                || patterns.iter().any(|p| p.begins_with(byte));
        }
        redactor
    }

    /// A text without secrets, and without user and password in URLs.
    pub fn text(&self, text: &str) -> String {
        let mut ranges = userinfo(text);
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            if self.patterns.is_empty() || !self.first.get(usize::from(*byte)).unwrap_or(&true) {
                continue;
            }
            ranges.extend(self.patterns.iter().filter_map(|p| p.range(bytes, at)));
        }
        for word in &self.words {
            ranges.extend(alone(text, word));
        }
        replaced(text, ranges)
    }

    /// A header's value, without secrets; nothing of it where it says who asks.
    pub fn header(&self, name: &str, value: &str) -> String {
        if is_hidden(name) {
            STARS.to_owned()
        } else {
            self.text(value)
        }
    }
}

/// The texts of a secret that is a JSON object: each of them is one.
fn texts_of(secret: &str) -> Vec<String> {
    if !secret.trim_start().starts_with('{') {
        return Vec::new();
    }
    let (Ok(json), Ok(all)) = (select::json::parse(secret), Path::parse("$..*")) else {
        return Vec::new();
    };
    let found = match all.select(&json) {
        Selected::One(one) => one.into_iter().collect(),
        Selected::Many(many) => many,
    };
    let text = |json| match json {
        Json::Text(text) => Some(text),
        _ => None,
    };
    found.into_iter().filter_map(text).collect()
}

fn patterns(secret: &[u8]) -> Vec<Pattern> {
    let hex: String = secret.iter().map(|b| format!("{b:02x}")).collect();
    let mut all = vec![
        Pattern {
            bytes: secret.to_vec(),
            writing: Writing::Plain,
        },
        Pattern {
            bytes: hex.into_bytes(),
            writing: Writing::Hex,
        },
    ];
    for shift in 0..3 {
        // As it looks when `shift` bytes stand before it: the letters that hold
        // nothing but bits of the secret.
        let mut shifted = vec![0; shift];
        shifted.extend_from_slice(secret);
        let text = STANDARD_NO_PAD.encode(&shifted).into_bytes();
        let from = (shift * 8).div_ceil(6);
        let bits = shifted.len() * 8;
        all.push(Pattern {
            bytes: text.get(from..bits / 6).unwrap_or_default().to_vec(),
            writing: Writing::Base64 {
                before: shift > 0,
                after: bits % 6 > 0,
            },
        });
    }
    all.retain(|p| !p.bytes.is_empty());
    all
}

impl Pattern {
    fn begins_with(&self, byte: u8) -> bool {
        self.bytes.first().is_some_and(|b| self.same(*b, byte))
    }

    /// Whether a letter of the text is one of the pattern.
    fn same(&self, own: u8, other: u8) -> bool {
        match self.writing {
            Writing::Plain | Writing::Hex => own.eq_ignore_ascii_case(&other),
            Writing::Base64 { .. } => own == standard(other),
        }
    }

    /// What is to be hidden if the pattern begins here.
    fn range(&self, text: &[u8], at: usize) -> Option<(usize, usize)> {
        let end = self.end(text, at)?;
        let Writing::Base64 { before, after } = self.writing else {
            return Some((at, end));
        };
        let letter = |at: usize| text.get(at).is_some_and(|b| is_base64(*b));
        let from = if before && at > 0 && letter(at - 1) {
            at - 1
        } else {
            at
        };
        let to = if after && letter(end) { end + 1 } else { end };
        Some((from, to))
    }

    /// Where the pattern ends if it begins here. A letter that can be read both
    /// as it is and as an escape is read both ways: an encoder may have made the
    /// one here and the other there.
    fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        let mut longest = None;
        // How much of the pattern was read, and how far in the text.
        let mut ways = vec![(0_usize, at)];
        let mut seen = Vec::new();
        while let Some((read, at)) = ways.pop() {
            let rest = self.bytes.get(read..).unwrap_or_default();
            let behind = text.get(at..).unwrap_or_default();
            let Some(own) = rest.first() else {
                longest = longest.max(Some(at));
                continue;
            };
            // Where ways part, they may meet again.
            if !ways.is_empty() || !seen.is_empty() {
                if seen.contains(&(read, at)) {
                    continue;
                }
                seen.push((read, at));
            }
            let before = ways.len();
            if let Some(escape) = self.escape(rest, behind) {
                ways.push((read + escape.bytes().len(), at + escape.length));
            }
            if behind.first().is_some_and(|b| self.same(*own, *b)) {
                ways.push((read + 1, at + 1));
            }
            // The text may have been cut here.
            let cut = ways.len() == before && read >= BEGINNING;
            if cut && behind.starts_with("…".as_bytes()) {
                longest = longest.max(Some(at));
            }
        }
        longest
    }

    /// The escape that the text goes on with, if it stands for what the pattern
    /// goes on with.
    fn escape(&self, rest: &[u8], text: &[u8]) -> Option<Escape> {
        if self.writing == Writing::Hex {
            return None;
        }
        let escape = escaped(text)?;
        let own = rest.get(..escape.bytes().len())?;
        let same = own
            .iter()
            .zip(escape.bytes())
            .all(|(o, b)| self.same(*o, *b));
        same.then_some(escape)
    }
}

/// Something that stands for other bytes.
struct Escape {
    buffer: [u8; 4],
    bytes: usize,
    length: usize,
}

impl Escape {
    fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.bytes).unwrap_or_default()
    }

    fn byte(byte: u8, length: usize) -> Self {
        Self {
            buffer: [byte, 0, 0, 0],
            bytes: 1,
            length,
        }
    }

    fn char(code: u32, length: usize) -> Option<Self> {
        let mut buffer = [0; 4];
        let bytes = char::from_u32(code)?.encode_utf8(&mut buffer).len();
        Some(Self {
            buffer,
            bytes,
            length,
        })
    }
}

/// What an escape at the beginning of a text stands for.
fn escaped(text: &[u8]) -> Option<Escape> {
    match text {
        [b'+', ..] => Some(Escape::byte(b' ', 1)),
        [b'%', digits @ ..] => {
            let byte = u8::try_from(number(digits.get(..2)?, 16)?).ok()?;
            Some(Escape::byte(byte, 3))
        }
        [b'\\', b'u', b'{', rest @ ..] => {
            let end = rest.iter().take(7).position(|b| *b == b'}')?;
            Escape::char(number(rest.get(..end)?, 16)?, end + 4)
        }
        [b'\\', b'u', digits @ ..] => {
            let high = number(digits.get(..4)?, 16)?;
            if !(0xd800..0xdc00).contains(&high) {
                return Escape::char(high, 6);
            }
            let second = digits.get(4..)?.strip_prefix(b"\\u")?;
            let low = number(second.get(..4)?, 16)?.checked_sub(0xdc00)?;
            Escape::char(0x1_0000 + ((high - 0xd800) << 10) + low, 12)
        }
        [b'\\', letter, ..] => Some(Escape::byte(
            match letter {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 0x08,
                b'f' => 0x0c,
                b'0' => 0,
                b'"' | b'\\' | b'/' | b'\'' => *letter,
                _ => return None,
            },
            2,
        )),
        [b'&', rest @ ..] => {
            let end = rest.iter().take(9).position(|b| *b == b';')?;
            let code = match rest.get(..end)? {
                b"amp" => u32::from(b'&'),
                b"lt" => u32::from(b'<'),
                b"gt" => u32::from(b'>'),
                b"quot" => u32::from(b'"'),
                b"apos" => u32::from(b'\''),
                b"nbsp" => 0xa0,
                [b'#', b'x' | b'X', digits @ ..] => number(digits, 16)?,
                [b'#', digits @ ..] => number(digits, 10)?,
                _ => return None,
            };
            Escape::char(code, end + 2)
        }
        _ => None,
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok()?;
    // A sign is no digit.
    let plain = text.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(text, radix).ok())?
}

/// The same letter in the standard alphabet of base64.
fn standard(letter: u8) -> u8 {
    match letter {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}

fn is_base64(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, b'+' | b'/' | b'-' | b'_')
}

/// Where a word stands without letters or digits beside it.
fn alone(text: &str, word: &str) -> Vec<(usize, usize)> {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word)
        .map(|(at, found)| (at, at + found.len()))
        .filter(|(at, end)| {
            let before = text.get(..*at).and_then(|t| t.chars().next_back());
            let after = text.get(*end..).and_then(|t| t.chars().next());
            !inside(before) && !inside(after)
        })
        .collect()
}

/// Where user and password stand in URLs.
fn userinfo(text: &str) -> Vec<(usize, usize)> {
    text.match_indices("://")
        .filter_map(|(at, found)| {
            let from = at + found.len();
            let rest = text.get(from..)?;
            let ends =
                |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '<' | '>');
            let authority = rest.get(..rest.find(ends).unwrap_or(rest.len()))?;
            let length = authority.rfind('@')?;
            (length > 0).then_some((from, from + length))
        })
        .collect()
}

/// The text with stars in the place of every range; those that touch become one.
fn replaced(text: &str, mut ranges: Vec<(usize, usize)>) -> String {
    if ranges.is_empty() {
        return text.to_owned();
    }
    ranges.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut hidden = false;
    for (from, to) in ranges {
        if from > done || !hidden {
            out.push_str(text.get(done..from).unwrap_or_default());
            out.push_str(STARS);
            hidden = true;
        }
        done = done.max(to);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;

    fn hidden(secrets: &[&str], text: &str) -> String {
        Redactor::new(secrets.iter().copied()).text(text)
    }

    #[test]
    fn a_table_of_writings() {
        let secret = "pa ss/w\"ö<rd&😀";
        for written in [
            "pa ss/w\"ö<rd&😀",
            "PA SS/W\"ö<RD&😀",
            "pa%20ss%2Fw%22%C3%B6%3Crd%26%F0%9F%98%80",
            "pa%20ss%2fw%22%c3%b6%3crd%26%f0%9f%98%80",
            "pa+ss/w%22ö%3Crd&😀",
            "pa ss\\/w\\\"ö<rd&😀",
            "pa ss\\u002fw\\\"\\u00f6<rd&\\ud83d\\ude00",
            "pa ss/w\\\"\\u{f6}<rd&\\u{1f600}",
            "pa ss/w&quot;ö&lt;rd&amp;😀",
            "pa&#32;ss&#x2F;w&#34;&#xF6;&lt;rd&amp;&#128512;",
            "70612073732f7722c3b63c726426f09f9880",
            "70612073732F7722C3B63C726426F09F9880",
        ] {
            assert_eq!(
                hidden(&[secret], &format!("a {written} b")),
                "a *** b",
                "{written}"
            );
        }
        for (secrets, text, expected) in [
            (&[""][..], "nothing", "nothing"),
            (&["abc", "abcde"], "xabcdex", "x***x"),
            (&["abcd", "cdef"], "abcdef", "***"),
            (&["abc"], "abcabc", "***"),
            (&["abc"], "abc abc", "*** ***"),
            // Escapes of its own.
            (&["%41%25"], "x%41%25x", "x***x"),
            (&["%41%25"], "x%2541%2525x", "x***x"),
            (&["a\\nb"], "a\\nb a\\\\nb", "*** ***"),
            (&["a+b c"], "a+b+c a%2Bb%20c", "*** ***"),
            (&["\\\\& "], "x\\\\&amp; y", "x***y"),
            // As it is stored.
            (&["secret\n"], "a secret b", "a *** b"),
            (
                &["{\"user\": \"me\", \"password\": \"hunter2\"}"],
                "hunter2, me",
                "***, ***",
            ),
            (&["a%25%b"], "a%25%b a%25%25b", "*** ***"),
            // Cut off.
            (&["secret"], "the sec…", "the ***…"),
            (&["secret"], "the se…", "the se…"),
            (&["secret"], "the secre", "the secre"),
            // Short ones.
            (&["7"], "id=7&n=17 7", "id=***&n=17 ***"),
            (&["é"], "é éa", "*** éa"),
            // URLs.
            (
                &[],
                "at https://me:pw@host/a?b@c",
                "at https://***@host/a?b@c",
            ),
            (
                &[],
                "http://host/@me \"http://u@h\"",
                "http://host/@me \"http://***@h\"",
            ),
            (&[], "http://@h", "http://@h"),
        ] {
            assert_eq!(hidden(secrets, text), expected, "{secrets:?} in {text}");
        }
    }

    #[test]
    fn base64_is_hidden_with_the_letters_that_hold_a_part_of_it() {
        assert_eq!(
            hidden(&["secret"], "Basic dXNlcjpzZWNyZXQ="),
            "Basic dXNlcj***="
        );
        let encoded = STANDARD.encode("user:secret").replace('=', "%3D");
        assert_eq!(
            hidden(&["secret"], &format!("a={encoded}&b")),
            "a=dXNlcj***%3D&b"
        );
    }

    #[test]
    fn headers_with_credentials_have_no_value() {
        let redactor = Redactor::new(["secret"].into_iter());
        for (name, value, expected) in [
            ("Authorization", "Basic abc", "***"),
            ("COOKIE", "a=b", "***"),
            ("set-cookie", "a=b; Path=/", "***"),
            ("Proxy-Authorization", "x", "***"),
            ("X-Token", "a secret b", "a *** b"),
        ] {
            assert_eq!(redactor.header(name, value), expected, "{name}");
        }
    }

    fn json_escaped(text: &str) -> String {
        text.chars()
            .map(|c| format!("\\u{:04x}", u32::from(c)))
            .collect()
    }

    proptest! {
        #[test]
        fn a_secret_is_found_in_every_writing(
            secret in "[ -)+-~]{3,12}", before in "[ -~]{0,5}", after in "[ -~]{0,5}", pick in 0usize..8,
        ) {
            let all = format!("{before}{secret}{after}");
            let percent = |lower: bool| -> String {
                secret.bytes().map(|b| if lower { format!("%{b:02x}") } else { format!("%{b:02X}") }).collect()
            };
            let written = match pick {
                0 => all.clone(),
                1 => STANDARD.encode(&all),
                2 => URL_SAFE.encode(&all),
                3 => percent(false),
                4 => percent(true),
                5 => json_escaped(&secret),
                6 => all.bytes().map(|b| format!("{b:02x}")).collect(),
                _ => all.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
            };
            let shown = hidden(&[&secret], &format!("x {written} y"));
            prop_assert!(shown.contains(STARS), "{written} became {shown}");
            prop_assert!(!shown.contains(&secret), "{written} became {shown}");
        }

        #[test]
        fn any_text_is_taken(secrets in prop::collection::vec(any::<String>(), 0..4), text in any::<String>()) {
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let once = hidden(&secrets, &text);
            if secrets.is_empty() && !text.contains("://") {
                prop_assert_eq!(once, text);
            }
        }
    }
}
