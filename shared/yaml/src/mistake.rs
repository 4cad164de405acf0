use std::fmt;

use wording::quoted;

use crate::Place;

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Its place.
    pub at: Place,
    /// What is wrong, in one line without the place.
    pub text: String,
    /// What was probably meant, if anything is near.
    pub meant: Option<String>,
}

impl Mistake {
    /// A mistake at a place, of which nobody knows what was meant.
    pub fn new(at: Place, text: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
            meant: None,
        }
    }
}

/// Why a text is not taken: the first mistake in it, and the others that were
/// found with it. It shows as one line; [`Error::mistakes`] gives each mistake
/// a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The line of the mistake, from 1.
    pub line: usize,
    /// The column of the mistake, in characters from 1.
    pub column: usize,
    /// What is wrong, in one line with its place:
    /// `greenlight.yaml:7:9: unknown key "probs"; did you mean "probes"?`
    pub message: String,
    /// Further mistakes, in the order of their places.
    pub others: Vec<Error>,
}

impl Error {
    /// One mistake. `source` is what errors call the text: a file name, a URL.
    pub fn new(source: &str, mistake: &Mistake) -> Self {
        let Mistake { at, text, meant } = mistake;
        let Place { line, column, .. } = *at;
        let mut message = format!("{source}:{line}:{column}: {text}");
        if let Some(meant) = meant {
            message.push_str(&format!("; did you mean {}?", quoted(meant)));
        }
        Self {
            line,
            column,
            message,
            others: Vec::new(),
        }
    }

    /// All mistakes of a text; none where there are none.
    pub fn all(source: &str, mut mistakes: Vec<Mistake>) -> Option<Self> {
        mistakes.sort_by_key(|mistake| (mistake.at.line, mistake.at.column));
        let mut errors = mistakes.iter().map(|mistake| Self::new(source, mistake));
        let mut first = errors.next()?;
        first.others = errors.collect();
        Some(first)
    }

    /// All mistakes, the first one first, each as a line with its place.
    pub fn mistakes(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self)
            .chain(&self.others)
            .map(|error| error.message.as_str())
    }
}

impl fmt::Display for Error {
    /// One line: the first mistake, and how many there are besides.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.others.len() {
            0 => Ok(()),
            1 => f.write_str(" (and 1 more mistake)"),
            more => write!(f, " (and {more} more mistakes)"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(line: usize) -> Mistake {
        Mistake {
            meant: Some("probes".to_owned()),
            ..Mistake::new(Place::new(line, 9), "unknown key \"probs\"")
        }
    }

    fn error(mistakes: Vec<Mistake>) -> Error {
        Error::all("greenlight.yaml", mistakes).unwrap()
    }

    #[test]
    fn an_error_is_one_line_and_names_how_many_there_are() {
        assert_eq!(
            error(vec![mistake(7)]).to_string(),
            r#"greenlight.yaml:7:9: unknown key "probs"; did you mean "probes"?"#
        );
        let two = error(vec![mistake(7), mistake(8)]).to_string();
        assert!(two.ends_with(r#""probes"? (and 1 more mistake)"#), "{two}");
        let three = error(vec![mistake(7), mistake(8), mistake(9)]);
        assert!(three.to_string().ends_with("(and 2 more mistakes)"));
        assert_eq!(Error::all("greenlight.yaml", vec![]), None);
    }

    #[test]
    fn mistakes_are_told_in_the_order_of_their_places() {
        let later = Mistake::new(Place::new(7, 10), "b");
        let unsorted = error(vec![
            mistake(8),
            later,
            Mistake::new(Place::START, "a"),
            mistake(7),
        ]);
        assert_eq!(
            unsorted.mistakes().collect::<Vec<_>>(),
            [
                "greenlight.yaml:1:1: a",
                r#"greenlight.yaml:7:9: unknown key "probs"; did you mean "probes"?"#,
                "greenlight.yaml:7:10: b",
                r#"greenlight.yaml:8:9: unknown key "probs"; did you mean "probes"?"#,
            ]
        );
        assert_eq!((unsorted.line, unsorted.column), (1, 1));
        assert_eq!(
            (unsorted.others[1].line, unsorted.others[1].column),
            (7, 10)
        );
    }

    #[test]
    fn those_of_one_place_stay_as_they_were_found() {
        let found = ["b", "a"].map(|text| Mistake::new(Place::new(2, 1), text));
        let told = error(found.to_vec());
        assert_eq!(
            told.mistakes().collect::<Vec<_>>(),
            ["greenlight.yaml:2:1: b", "greenlight.yaml:2:1: a"]
        );
    }
}
