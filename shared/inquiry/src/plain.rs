//! Texts as they may leave: without secrets, control characters and length.

use redact::redact;

/// The most of a text that is kept, in bytes.
pub(crate) const TEXT: usize = 4 * 1024;

/// A text without secrets, colours and control characters, at most `most` bytes
/// of its beginning.
pub(crate) fn clean(text: &str, most: usize) -> String {
    // Half of a secret would not be known for one, so it ends with a word. What
    // is taken out makes room for more.
    let text = match cut(text, most.saturating_mul(2)) {
        all if all.len() == text.len() => all,
        part => match part.rfind(char::is_whitespace) {
            Some(end) => part.get(..end).unwrap_or_default(),
            None => "",
        },
    };
    shorten(redact(&printable(text)).trim(), most)
}

/// At most `most` bytes of a text, with `…` where the rest was left out.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    match text.len() <= most {
        true => text.to_owned(),
        false => format!("{}…", cut(text, most.saturating_sub('…'.len_utf8()))),
    }
}

/// At most `most` bytes of a text's beginning.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A text without what terminals are told by: escape sequences, and control
/// characters other than the ends of lines and tabs. Of a line that was written
/// over, the last state stays.
pub(crate) fn printable(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            plain.push('\n');
        }
        let line = line.trim_end_matches('\r');
        let last = line.rsplit('\r').find(|part| !part.trim().is_empty());
        bare(last.unwrap_or_default(), &mut plain);
    }
    plain
}

/// A line without escape sequences and control characters.
/// <https://ecma-international.org/publications-and-standards/standards/ecma-48/>
fn bare(line: &str, into: &mut String) {
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                // Parameters, and one letter at the end.
                Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                // A text, up to a bell or to the string's terminator.
                Some(']' | 'P' | 'X' | '^' | '_') => {
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                // Intermediate characters, and one at the end.
                Some(' '..='/') => while chars.next_if(|c| (' '..='/').contains(c)).is_some() {},
                _ => {}
            },
            '\t' => into.push(c),
            c if c.is_control() => {}
            c => into.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_terminals_are_told_by_goes() {
        for (text, plain) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[38;5;12mblue", "blue"),
            ("\u{1b}]8;;https://x\u{7}link\u{1b}]8;;\u{1b}\\!", "link!"),
            ("10%\r50%\r100%\r\nnext", "100%\nnext"),
            ("a\u{0}b\u{8}\tc", "ab\tc"),
            ("pass\u{1b}[1mword", "password"),
            ("\u{1b}(Bplain", "Bplain"),
            ("end\u{1b}", "end"),
            ("end\u{1b}[3", "end"),
        ] {
            assert_eq!(printable(text), plain, "{text:?}");
        }
    }

    #[test]
    fn a_secret_at_a_cut_does_not_stay_in_half() {
        let key = format!("ghp_{}", "a".repeat(40));
        for before in 0..200 {
            let text = format!("{}{key} {key}", "x ".repeat(before));
            let clean = clean(&text, 20);
            assert!(!clean.contains("ghp_"), "{clean}");
        }
        let coloured = "DB_PASS\u{1b}[1mWORD=hunter2 make";
        assert_eq!(clean(coloured, 100), "DB_PASSWORD=*** make");
    }

    proptest! {
        #[test]
        fn a_text_fits_and_is_printable(text in any::<String>(), most in 3usize..60) {
            let clean = clean(&text, most);
            prop_assert!(clean.len() <= most);
            prop_assert!(clean.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
        }

        #[test]
        fn planted_secrets_go(
            before in "[ -~\n]{0,60}", after in "[ -~\n]{0,60}", most in 10usize..200,
        ) {
            let clean = clean(&format!("{before} password=hunter2x9 {after}"), most);
            prop_assert!(!clean.contains("hunter2"));
        }
    }
}
