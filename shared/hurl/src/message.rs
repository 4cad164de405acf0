//! What of a file's text may reach a terminal.

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
    fn what_steers_a_terminal_is_replaced() {
        assert_eq!(tame("a\u{202e}b\u{7}"), "a\u{fffd}b\u{fffd}");
    }
}
