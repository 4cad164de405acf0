use yaml::{Format, Limits, Mistake, Place};

use crate::{MAX_BYTES, Plan, PlanError, convert};

/// A plan is small and shallow; what is not, is no plan.
const FORMAT: Format = Format {
    limits: Limits {
        bytes: MAX_BYTES,
        depth: 32,
        nodes: 50_000,
        events: 200_000,
    },
    large: "the plan is larger than",
    ends: "the plan ends too early",
    second: "a plan is one YAML document, and a second one starts here",
    tags: "a plan has no tags such as",
    aliases: "this is more repetition by aliases than a plan may have",
    content: "this is more nesting or content than a plan may have",
};

impl Plan {
    /// Reads a plan. `source` is what errors call it: a file name or a URL.
    ///
    /// # Errors
    ///
    /// If the text is no YAML or no plan, with every mistake that was found
    /// and its place.
    pub fn parse(text: &str, source: &str) -> Result<Self, PlanError> {
        let wrong = |mistake: &Mistake| PlanError::new(source, mistake);
        let tree = yaml::read(text, &FORMAT).map_err(|mistake| wrong(&mistake))?;
        convert::plan(tree.into(), text).map_err(|mistakes| {
            PlanError::all(source, mistakes)
                .unwrap_or_else(|| wrong(&Mistake::new(Place::START, "this is no plan")))
        })
    }

    /// Reads a plan from bytes, which must be UTF-8.
    ///
    /// # Errors
    ///
    /// As [`Plan::parse`]; and if the bytes are not UTF-8, with the place of
    /// the first that is not.
    pub fn parse_bytes(bytes: &[u8], source: &str) -> Result<Self, PlanError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse(text, source),
            Err(error) => {
                let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let last_line = valid.rsplit('\n').next().unwrap_or_default();
                let (line, column) = (valid.matches('\n').count(), last_line.chars().count());
                let at = Place::new(line + 1, column + 1);
                let mistake = Mistake::new(at, "a plan is UTF-8 text, and this byte is not");
                Err(PlanError::new(source, &mistake))
            }
        }
    }
}
