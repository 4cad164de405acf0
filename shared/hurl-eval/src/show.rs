//! Values and differences as people read them: short, with no secret in them.

use std::fmt::{self, Write};

use crate::Variables;

/// So many characters of a value are shown.
const SHOWN: usize = 500;

/// So many bytes of a value are looked at for it.
const READ: usize = 64 * 1024;

/// A value, without secrets, at most [`SHOWN`] characters of it.
pub(crate) fn short(value: &dyn fmt::Display, variables: &Variables) -> String {
    let mut head = Head::default();
    // It fails where the head is full, which is not a fault.
    let full = write!(head, "{value}").is_err();
    let mut text = variables.hide(&head.text);
    if full {
        // The head's end may hold the beginning of a secret.
        let longest = variables.secrets().map(str::len).max().unwrap_or(0);
        let keep = text.len().saturating_sub(longest.saturating_mul(6));
        text.truncate(text.floor_char_boundary(keep));
    }
    match text.char_indices().nth(SHOWN) {
        None if full => text + "…",
        None => text,
        Some((cut, _)) => {
            let count = text.chars().count();
            text.truncate(cut);
            match full {
                true => text + "… (shortened)",
                false => format!("{text}… ({count} characters)"),
            }
        }
    }
}

/// The first bytes of what is written.
#[derive(Default)]
struct Head {
    text: String,
}

impl Write for Head {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let left = READ - self.text.len().min(READ);
        if s.len() <= left {
            self.text.push_str(s);
            return Ok(());
        }
        let cut = s.floor_char_boundary(left);
        self.text.push_str(s.get(..cut).unwrap_or_default());
        Err(fmt::Error)
    }
}

/// Two texts that differ: each whole if both are one line, else the first line
/// in which they differ, with its number.
pub(crate) fn difference(expected: &str, actual: &str, variables: &Variables) -> (String, String) {
    let one_line = !expected.contains('\n') && !actual.contains('\n');
    let (e, a) = (variables.hide(expected), variables.hide(actual));
    if e == a {
        let what = "a secret, and the two are not the same".to_owned();
        return (what.clone(), what);
    }
    if one_line {
        let line = |line: &str| around_difference(&e, &a, line);
        return (short(&line(&e), variables), short(&line(&a), variables));
    }
    // The line break belongs to the line: it may be all that differs.
    let mut expected = e.split_inclusive('\n');
    let mut actual = a.split_inclusive('\n');
    let mut number = 0_usize;
    loop {
        number += 1;
        let (e, a) = (expected.next(), actual.next());
        if e != a || (e.is_none() && a.is_none()) {
            let both = (e.unwrap_or_default(), a.unwrap_or_default());
            let line = |line: Option<&str>| match line {
                None => format!("line {number}: there is none"),
                Some(line) => {
                    format!("line {number}: {}", around_difference(both.0, both.1, line))
                }
            };
            return (short(&line(e), variables), short(&line(a), variables));
        }
    }
}

/// Two runs of bytes that differ: their sizes, and the first byte that does. No
/// more of them, since half a secret is not recognised as one.
pub(crate) fn byte_difference(expected: &[u8], actual: &[u8]) -> (String, String) {
    let same = expected
        .iter()
        .zip(actual)
        .take_while(|(e, a)| e == a)
        .count();
    let side = |bytes: &[u8]| {
        let size = bytes.len();
        match bytes.get(same) {
            Some(b) => format!("{size} bytes, 0x{b:02x} at offset {same}"),
            None => format!("{size} bytes"),
        }
    };
    (side(expected), side(actual))
}

/// A line from a little before the place where the two lines differ.
fn around_difference(e: &str, a: &str, line: &str) -> String {
    let same = e.chars().zip(a.chars()).take_while(|(e, a)| e == a).count();
    let skip = if same > SHOWN / 2 {
        same - SHOWN / 10
    } else {
        0
    };
    let text = quoted(&line.chars().skip(skip).collect::<String>());
    match skip {
        0 => text,
        _ => format!("from character {}: {text}", skip + 1),
    }
}

/// In double quotes, with white space that can't be seen made visible, and
/// everything else as it is.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_difference_names_the_line() {
        let cases = [
            ("a", "b", "\"a\"", "\"b\""),
            ("a\nb\n", "a\nc\n", "line 2: \"b\\n\"", "line 2: \"c\\n\""),
            ("a\nb\n", "a\nb", "line 2: \"b\\n\"", "line 2: \"b\""),
            ("a\nb\n", "a\n", "line 2: \"b\\n\"", "line 2: there is none"),
            ("a\r\n", "a\n", "line 1: \"a\\r\\n\"", "line 1: \"a\\n\""),
            ("", "a\n", "line 1: there is none", "line 1: \"a\\n\""),
            ("x\u{0}", "", "\"x\\u{0}\"", "\"\""),
        ];
        for (e, a, expected, actual) in cases {
            let shown = difference(e, a, &Variables::new());
            assert_eq!((shown.0.as_str(), shown.1.as_str()), (expected, actual));
        }
    }

    #[test]
    fn a_difference_far_along_a_line_is_shown() {
        let same = "x".repeat(3000);
        let (e, a) = (format!("{same}1\n"), format!("{same}2\n"));
        let shown = difference(&e, &a, &Variables::new());
        assert!(shown.0.contains("from character 2951"), "{}", shown.0);
        assert!(shown.0.ends_with("xxx1\\n\""), "{}", shown.0);
        assert!(shown.1.ends_with("xxx2\\n\""), "{}", shown.1);
    }

    #[test]
    fn long_values_are_cut_and_say_so() {
        let long = "ü".repeat(600);
        let shown = short(&long, &Variables::new());
        assert_eq!(shown, format!("{}… (600 characters)", "ü".repeat(500)));
        let longer = "x".repeat(READ + 1);
        assert!(short(&longer, &Variables::new()).ends_with("… (shortened)"));
    }

    proptest! {
        #[test]
        fn a_cut_leaves_nothing_of_a_secret(before in 0..700_usize, count in 1..9_usize) {
            let mut variables = Variables::new();
            variables.insert_secret("s", "Kj8#fQzW0!pL").unwrap();
            let text = format!("{}{}", "-".repeat(before), "Kj8#fQzW0!pL".repeat(count));
            prop_assert!(!short(&text, &variables).contains('K'));
        }
    }
}
