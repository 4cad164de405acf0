/// A text on one line: control characters become spaces, runs of white space
/// one space, so that it can stand in a log line or an error.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// At most `most` characters of a text, on one line, with `…` where the rest
/// was left out.
pub fn shorten(text: &str, most: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// An error with what caused it, on one line; a cause that the text before it
/// tells already is not told again.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = one_line(&error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = one_line(&error.to_string());
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_joined() {
        assert_eq!(one_line(" a\r\n b\t\u{7}c "), "a b c");
        assert_eq!(shorten("a  bcd", 4), "a b…");
        assert_eq!(shorten("a bcd", 5), "a bcd");
    }

    #[test]
    fn causes_are_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("{text}")]
        struct Outer {
            text: &'static str,
            source: std::io::Error,
        }
        let chained = |text| {
            let source = std::io::Error::other("refused\n");
            chain(&Outer { text, source })
        };
        assert_eq!(chained("could not connect"), "could not connect: refused");
        assert_eq!(chained("it was refused"), "it was refused");
    }

    proptest! {
        #[test]
        fn never_longer_than_asked(text in any::<String>(), most in 1usize..40) {
            prop_assert!(shorten(&text, most).chars().count() <= most);
        }
    }
}
