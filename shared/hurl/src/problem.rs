use crate::{Source, Span, message::tame, snippet::gutter};

/// Why a text is no Hurl file, or not one that can be run here, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// The place: what is marked below the line.
    pub span: Span,
    /// What was expected, or what can't be done, in one line.
    pub message: String,
    /// What to do about it, where that is known.
    pub remedy: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            remedy: None,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// `smoke/login.hurl:3:8: expected a status`, in one line.
    pub fn line(&self, source: &Source) -> String {
        let place = source.place(self.span);
        let remedy = self.remedy.as_ref().map(|r| format!("; {r}"));
        format!(
            "{}:{place}: {}{}",
            source.name(),
            tame(&self.message),
            tame(&remedy.unwrap_or_default())
        )
    }

    /// The place, its line with a marker, and what to do: for a terminal or a
    /// log, in several lines that each end.
    ///
    /// ```text
    ///   --> smoke/login.hurl:3:10
    ///    |
    ///  3 | HTTP/1.1 abc
    ///    |          ^^^ expected a status, a number or *
    /// ```
    pub fn show(&self, source: &Source) -> String {
        let place = source.place(self.span);
        let gutter = gutter(place.line);
        let mut shown = format!(
            "{gutter}--> {}:{place}\n{gutter} |\n{} {}\n",
            source.name(),
            source.snippet(self.span),
            tame(&self.message)
        );
        if let Some(remedy) = &self.remedy {
            shown.push_str(&format!("{gutter} = {}\n", tame(remedy)));
        }
        shown
    }
}
