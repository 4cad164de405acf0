//! Texts from elsewhere: cleaned and cut, so that they are shown as what they
//! say and nothing else.

/// The length of a text as chats count it: in UTF-16 units, which is never less
/// than its characters.
pub(crate) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What a reader may see of a text: no control characters, no escape sequences,
/// nothing that turns the direction of writing. Lines stay lines.
pub(crate) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    clean.push('\n');
                }
            }
            '\t' => clean.push(' '),
            '\u{1b}' => skip_sequence(&mut chars),
            c if c.is_control() || is_unseen(c) => {}
            c => clean.push(c),
        }
    }
    clean
}

/// The same on one line.
pub(crate) fn line(text: &str) -> String {
    let clean = clean(text);
    let words: Vec<&str> = clean.split_whitespace().collect();
    words.join(" ")
}

/// The same of a text that may not be there; None where nothing is left.
pub(crate) fn some_line(text: Option<&str>) -> Option<String> {
    text.map(line).filter(|text| !text.is_empty())
}

/// What turns the direction of writing, or shows nothing at all.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'
            | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Leaves out an escape sequence of a terminal: `ESC [ … letter`, or one sign.
fn skip_sequence(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    if chars.next_if_eq(&'[').is_none() {
        return;
    }
    while let Some(c) = chars.next_if(|c| c.is_ascii_graphic()) {
        if c.is_ascii_alphabetic() {
            break;
        }
    }
}

/// The most characters that are taken for one sign, whatever is piled up.
const SIGN: usize = 16;

/// The signs of a text as people see them: a letter with its accents, a family
/// of emoji, a flag. Near enough to Unicode's own rules for not cutting through
/// what is in use.
pub(crate) fn signs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        let mut before = first;
        let mut is_half = is_flag(first);
        let end = chars.enumerate().find_map(|(n, (at, c))| {
            let joins =
                n + 1 < SIGN && (is_joined(c) || before == '\u{200d}' || (is_half && is_flag(c)));
            is_half = false;
            before = c;
            (!joins).then_some(at)
        });
        let (sign, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        rest = after;
        Some(sign)
    })
}

/// Whether a character belongs to the one before it: accents, joiners, the
/// colour of a skin.
fn is_joined(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}'
            | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{93a}'..='\u{93c}'
            | '\u{93e}'..='\u{94f}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
            | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{200c}' | '\u{200d}'
            | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}' | '\u{3099}' | '\u{309a}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}'
    )
}

/// Two of these are a flag.
fn is_flag(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// At most so many units of a text, with `…` where the rest was left out.
pub(crate) fn cut(text: &str, most: usize) -> String {
    cut_as(text, most, |c| c.to_string())
}

/// The same where each character is written in another way, which is never cut
/// through.
pub(crate) fn cut_as(text: &str, most: usize, write: impl Fn(char) -> String) -> String {
    let mut all = String::new();
    let mut used = 0;
    // The end of what would still leave room for `…`.
    let mut kept = 0;
    for sign in signs(text) {
        let written: String = sign.chars().map(&write).collect();
        used += length(&written);
        if used > most {
            all.truncate(kept);
            if most > 0 {
                all.push('…');
            }
            return all;
        }
        all.push_str(&written);
        if used < most {
            kept = all.len();
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_what_is_left() {
        for (text, left) in [
            ("plain", "plain"),
            ("a\x1b[31mred\x1b[0m b", "ared b"),
            ("a\u{202e}b\u{200b}c", "abc"),
            ("a\tb\r\nc\rd\u{2028}e", "a b\nc\nd\ne"),
            ("a\0b\x07\u{9b}31m", "ab31m"),
            ("\x1b]0;title\x07x", "]0;titlex"),
        ] {
            assert_eq!(clean(text), left, "{text:?}");
        }
        assert_eq!(line(" a\n  b "), "a b");
        assert_eq!(some_line(Some("\u{200b}")), None);
    }

    #[test]
    fn a_table_of_cuts() {
        for (text, most, left) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("😀😀", 3, "😀…"),
            ("😀😀", 2, "…"),
            ("e\u{301}e\u{301}", 3, "e\u{301}…"),
            ("e\u{301}e\u{301}", 2, "…"),
            ("👩‍👧 x", 4, "…"),
            ("👩‍👧 x", 6, "👩‍👧…"),
            ("🇩🇪🇫🇷", 5, "🇩🇪…"),
            ("", 0, ""),
            ("a", 0, ""),
        ] {
            assert_eq!(cut(text, most), left, "{text:?} {most}");
        }
        let write = |c: char| format!("&{c};");
        assert_eq!(cut_as("abc", 9, write), "&a;&b;&c;");
        assert_eq!(cut_as("abc", 8, write), "&a;&b;…");
    }

    #[test]
    fn a_pile_of_accents_is_many_signs() {
        let pile = format!("a{}", "\u{301}".repeat(100));
        assert!(signs(&pile).all(|sign| sign.chars().count() <= SIGN));
        assert!(cut(&pile, 50).starts_with("a\u{301}"));
    }

    proptest! {
        #[test]
        fn a_cut_fits(text in "(\\PC|[\u{300}-\u{310}👩\u{200d}]){0,60}", most in 0..50usize) {
            let short = cut(&text, most);
            prop_assert!(length(&short) <= most);
            let kept = short.strip_suffix('…').unwrap_or(&short);
            prop_assert!(text.starts_with(kept));
            prop_assert_eq!(signs(&text).collect::<String>(), text);
        }
    }
}
