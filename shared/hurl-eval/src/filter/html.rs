//! Character references of HTML.

use std::{borrow::Cow, sync::OnceLock};

use super::{Call, Filtered};
use crate::{Value, escape};

/// The named references of HTML, one a line: name, a space, the code points in
/// hexadecimal digits. Sorted by name; most names end with a semicolon, some
/// stand without one as well. From <https://html.spec.whatwg.org/entities.json>.
const NAMED: &str = include_str!("references.txt");

/// The longest name that is looked for, in characters, as in Python's `html`
/// module, whose way `hurl` goes.
const MAX_NAME: usize = 32;

pub(super) fn escape(value: Value, call: &Call<'_>) -> Filtered {
    let text = escape::html(&call.text(value)?);
    Ok(Some(Value::Text(text)))
}

pub(super) fn unescape(value: Value, call: &Call<'_>) -> Filtered {
    let text = unescaped(&call.text(value)?);
    Ok(Some(Value::Text(text)))
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        let (made, used) = match behind.strip_prefix('#') {
            Some(number) => numeric(number).map(|(made, used)| (made, used + 1)),
            None => named(behind),
        }
        .unwrap_or((Cow::Borrowed("&"), 0));
        out.push_str(&made);
        rest = behind.get(used..).unwrap_or_default();
    }
    out + rest
}

/// What a number stands for, and how many bytes it takes.
fn numeric(text: &str) -> Option<(Cow<'static, str>, usize)> {
    let (radix, prefix) = match text.strip_prefix(['x', 'X']) {
        Some(_) => (16, 1),
        None => (10, 0),
    };
    let digits = text.get(prefix..)?;
    let is_digit = |c: char| match radix {
        16 => c.is_ascii_hexdigit(),
        _ => c.is_ascii_digit(),
    };
    let end = digits.find(|c| !is_digit(c)).unwrap_or(digits.len());
    let number = digits.get(..end).filter(|n| !n.is_empty())?;
    let semicolon = usize::from(digits.get(end..)?.starts_with(';'));
    let made = u32::from_str_radix(number, radix).map_or(Cow::Borrowed("\u{fffd}"), code_point);
    Some((made, prefix + end + semicolon))
}

/// Numbers from 0x80 to 0x9f mean what they mean in windows-1252, since pages
/// have them so (numeric character reference end state of the HTML standard).
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

fn code_point(number: u32) -> Cow<'static, str> {
    let c = match number {
        0 => '\u{fffd}',
        0x80..=0x9f => {
            let at = usize::try_from(number - 0x80).unwrap_or_default();
            WINDOWS_1252.get(at).copied().unwrap_or('\u{fffd}')
        }
        // Control characters and those that are none leave nothing.
        1..=8 | 0xb | 0xe..=0x1f | 0x7f | 0xfdd0..=0xfdef => return Cow::Borrowed(""),
        _ if number <= 0x10_ffff && number & 0xfffe == 0xfffe => return Cow::Borrowed(""),
        _ => char::from_u32(number).unwrap_or('\u{fffd}'),
    };
    Cow::Owned(c.to_string())
}

/// What the longest name at the beginning of a text stands for.
fn named(text: &str) -> Option<(Cow<'static, str>, usize)> {
    let stops = |c: char| matches!(c, '\t' | '\n' | '\u{c}' | ' ' | '<' | '&' | '#' | ';');
    let mut end = 0;
    for c in text.chars().take(MAX_NAME) {
        if stops(c) {
            break;
        }
        end += c.len_utf8();
    }
    if text.get(end..)?.starts_with(';') && end > 0 {
        end += 1;
    }
    (1..=end)
        .rev()
        .filter_map(|end| Some((look_up(text.get(..end)?)?, end)))
        .map(|(made, end)| (Cow::Owned(made), end))
        .next()
}

fn look_up(name: &str) -> Option<String> {
    static LINES: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    let lines = LINES.get_or_init(|| {
        let lines = NAMED.lines();
        lines.filter_map(|line| line.split_once(' ')).collect()
    });
    let at = lines.binary_search_by(|(key, _)| (*key).cmp(name)).ok()?;
    let (_, points) = lines.get(at)?;
    let point = |p: &str| u32::from_str_radix(p, 16).ok().and_then(char::from_u32);
    points.split('+').map(point).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references() {
        let cases = [
            ("", ""),
            ("no reference", "no reference"),
            ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
            ("&ltb", "<b"),
            ("&notit; &notin;", "¬it; ∉"),
            ("&nosuch; & &; &", "&nosuch; & &; &"),
            ("&#62;&#x3e;&#X3E&#62", ">>>>"),
            (
                "&#0;&#x80;&#x9f;&#xd800;&#x110000;",
                "\u{fffd}€Ÿ\u{fffd}\u{fffd}",
            ),
            ("a&#1;b&#xfffe;c&#xFDD0;d&#127;e", "abcde"),
            ("&#99999999999;", "\u{fffd}"),
            ("&#13;&#xb;&#9;", "\r\t"),
            ("&#;&#x;&#xg", "&#;&#x;&#xg"),
            ("&NotEqualTilde;", "\u{2242}\u{338}"),
            ("&CounterClockwiseContourIntegral;", "∳"),
            ("&ét&eacute;", "&été"),
        ];
        for (text, expected) in cases {
            assert_eq!(unescaped(text), expected, "{text}");
        }
    }

    #[test]
    fn every_name_is_found() {
        assert_eq!(NAMED.lines().count(), 2231);
        for line in NAMED.lines() {
            let (name, _) = line.split_once(' ').unwrap();
            assert_ne!(unescaped(&format!("&{name}")), format!("&{name}"));
        }
    }

    proptest! {
        #[test]
        fn what_was_escaped_comes_back(text in "[^&]*") {
            prop_assert_eq!(unescaped(&escape::html(&text)), text);
        }

        #[test]
        fn no_text_is_too_odd(text in "[&#xX;0-9a-zé ]{0,40}") {
            unescaped(&text);
        }
    }
}
