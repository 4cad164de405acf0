/// The longest piece of a file that is repeated, in characters.
const MOST: usize = 60;

/// A piece of a file as a mistake shows it: in quotes, on one line, and short,
/// without anything that would steer a terminal.
pub fn quoted(text: &str) -> String {
    let mut shown = String::from('"');
    for (index, c) in text.chars().enumerate() {
        if index == MOST {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_short_and_harmless() {
        assert_eq!(quoted("it's"), "\"it's\"");
        assert_eq!(quoted("a\nb\u{2028}'\""), r#""a\nb\u{2028}'\"""#);
        assert_eq!(quoted("\u{1b}[31m\n"), r#""\u{1b}[31m\n""#);
        assert_eq!(quoted(&"x".repeat(MOST)).chars().count(), MOST + 2);
        assert_eq!(quoted(&"x".repeat(1000)).chars().count(), MOST + 3);
    }
}
