//! How messages repeat what a file says.

/// The longest piece of a file that a message repeats, in characters.
const MOST_QUOTED: usize = 60;

/// A piece of a file as a message shows it: in quotes, on one line, and short.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown = String::from('"');
    for (index, c) in text.chars().enumerate() {
        if index == MOST_QUOTED {
            shown.push('…');
            break;
        }
        match c {
            '\'' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown.push('"');
    shown
}

/// Whether a character must not reach a terminal: control characters, and what
/// turns the direction of writing.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A text on one line, without what must not reach a terminal.
pub(crate) fn tame(text: &str) -> String {
    text.chars()
        .map(|c| if is_unsafe(c) { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_short_and_harmless() {
        assert_eq!(quoted("it's"), "\"it's\"");
        assert_eq!(quoted("\u{1b}[31m\n"), r#""\u{1b}[31m\n""#);
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), 63);
        assert_eq!(tame("a\u{202e}b\u{7}"), "a\u{fffd}b\u{fffd}");
    }
}
