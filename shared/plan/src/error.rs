use std::fmt;

/// Why a text is no plan: the first mistake in it, and the others that were
/// found with it. It shows as one line; [`PlanError::mistakes`] gives each
/// mistake a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanError {
    /// How the plan is called: a file name or a URL.
    pub source: String,
    /// The line of the mistake, from 1.
    pub line: usize,
    /// The column of the mistake, in characters from 1.
    pub column: usize,
    /// What is wrong, without the place.
    pub message: String,
    /// What was probably meant, if anything is near.
    pub suggestion: Option<String>,
    /// Further mistakes, in the order of their places.
    pub others: Vec<PlanError>,
}

impl PlanError {
    /// All mistakes, the first one first; each shows as one line.
    pub fn mistakes(&self) -> impl Iterator<Item = Mistake<'_>> {
        std::iter::once(self).chain(&self.others).map(Mistake)
    }
}

/// One mistake of a [`PlanError`], which shows as
/// `greenlight.yaml:7:9: unknown key "probs"; did you mean "probes"?`.
#[derive(Debug, Clone, Copy)]
pub struct Mistake<'a>(&'a PlanError);

impl fmt::Display for Mistake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PlanError {
            source,
            line,
            column,
            message,
            suggestion,
            ..
        } = self.0;
        write!(f, "{source}:{line}:{column}: {message}")?;
        match suggestion {
            Some(meant) => write!(f, "; did you mean {}?", quoted(meant)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Mistake(self))?;
        match self.others.len() {
            0 => Ok(()),
            1 => f.write_str(" (and 1 more mistake)"),
            more => write!(f, " (and {more} more mistakes)"),
        }
    }
}

impl std::error::Error for PlanError {}

/// The longest piece of a plan that an error repeats, in characters.
const MOST_QUOTED: usize = 60;

/// A piece of a plan as an error shows it: in quotes, on one line, and short.
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

/// Which of the known names was probably meant, if one is near enough.
pub(crate) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    // Longer than any known name with its typing errors; and the comparison
    // takes time by the square.
    if written.chars().count() > 40 {
        return None;
    }
    let written = plain(written);
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &plain(name)), *name))
        .filter(|(distance, name)| {
            *distance <= (name.len() / 3).max(1) && *distance < written.len()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// A name without what spellings differ in: `http_version`, `httpVersion` and
/// `http-version` are the same to somebody who looks for it.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(line: usize, others: Vec<PlanError>) -> PlanError {
        PlanError {
            source: "greenlight.yaml".to_owned(),
            line,
            column: 9,
            message: "unknown key \"probs\"".to_owned(),
            suggestion: Some("probes".to_owned()),
            others,
        }
    }

    #[test]
    fn an_error_is_one_line_and_names_how_many_there_are() {
        assert_eq!(
            error(7, vec![]).to_string(),
            r#"greenlight.yaml:7:9: unknown key "probs"; did you mean "probes"?"#
        );
        let two = error(7, vec![error(8, vec![])]);
        assert!(
            two.to_string()
                .ends_with(r#""probes"? (and 1 more mistake)"#)
        );
        let three = error(7, vec![error(8, vec![]), error(9, vec![])]);
        assert!(three.to_string().ends_with("(and 2 more mistakes)"));
        assert_eq!(three.mistakes().count(), 3);
        assert!(
            three
                .mistakes()
                .nth(2)
                .unwrap()
                .to_string()
                .starts_with("greenlight.yaml:9:9: ")
        );
    }

    #[test]
    fn what_is_repeated_is_short_and_on_one_line() {
        assert_eq!(quoted("a\nb\u{2028}'\""), r#""a\nb\u{2028}'\"""#);
        assert_eq!(quoted(&"x".repeat(1000)).chars().count(), MOST_QUOTED + 3);
    }

    #[test]
    fn the_nearest_name_is_one_that_could_be_meant() {
        let known = ["probes", "http-version", "tcp", "healthy", "headers"];
        for (written, meant) in [
            ("probs", Some("probes")),
            ("PROBES", Some("probes")),
            ("httpVersion", Some("http-version")),
            ("http_version", Some("http-version")),
            ("tpc", Some("tcp")),
            ("header", Some("headers")),
            ("helthy", Some("healthy")),
            ("x", None),
            ("", None),
            ("retries", None),
        ] {
            assert_eq!(nearest(written, &known), meant, "{written}");
        }
        assert_eq!(nearest(&"probes".repeat(100_000), &known), None);
    }
}
