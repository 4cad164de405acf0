/// A range of bytes of the source, its end not included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// The range between two bytes.
    pub fn new(start: usize, end: usize) -> Self {
        // A source is at most `Source::MAX_BYTES` long; beyond that, a place is
        // only less exact.
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            start: clamp(start),
            end: clamp(end),
        }
    }

    /// Both ranges and what is between them.
    pub fn to(self, other: Span) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// Something and its place in the source. Two of them are equal when what they
/// hold is equal, wherever it stands.
#[derive(Debug, Clone, Copy)]
pub struct Spanned<T> {
    /// What stands there.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Spanned<T> {
    /// Puts something at its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}
