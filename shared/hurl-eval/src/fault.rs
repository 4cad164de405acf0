use hurl::Span;

/// Something could not be evaluated: a variable that isn't there, a filter on
/// what it can't work on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    /// The place in the file.
    pub span: Span,
    /// What went wrong, in one line.
    pub what: String,
    /// What to do about it, where that is known.
    pub remedy: Option<String>,
}

impl Fault {
    /// Something went wrong at a place.
    pub fn new(span: Span, what: impl Into<String>) -> Self {
        Self {
            span,
            what: what.into(),
            remedy: None,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// What must hold, and doesn't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The place in the file.
    pub span: Span,
    /// What is looked at, as in the file: `status`, `jsonpath "$.id"`, `header
    /// "Location"`, `body`.
    pub subject: String,
    /// What must be.
    pub expected: String,
    /// What is.
    pub actual: String,
    /// The types don't fit each other, or it could not be evaluated.
    pub remedy: Option<String>,
}
