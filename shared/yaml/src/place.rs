use serde_saphyr::Location;

/// Where something stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// Where it begins, and its length, in bytes.
    bytes: Option<(usize, usize)>,
}

impl Place {
    /// Where a file begins.
    pub const START: Self = Self::new(1, 1);

    /// A line and a column, both from 1.
    pub const fn new(line: usize, column: usize) -> Self {
        Self {
            line,
            column,
            bytes: None,
        }
    }

    /// What stands there, as it is written, in the text that was read.
    pub fn written(self, text: &str) -> Option<&str> {
        let (from, length) = self.bytes?;
        text.get(from..from.checked_add(length)?)
    }
}

impl From<Location> for Place {
    fn from(at: Location) -> Self {
        let number = |n: u64| usize::try_from(n).ok();
        let from_one = |n| number(n).unwrap_or(usize::MAX).max(1);
        let span = at.span();
        let bytes = || Some((number(span.byte_offset()?)?, number(span.byte_len()?)?));
        Self {
            line: from_one(at.line()),
            column: from_one(at.column()),
            bytes: bytes(),
        }
    }
}
