use serde_saphyr::{
    DefaultMessageFormatter, DuplicateKeyPolicy, Error, Location, MessageFormatter, Options,
};

use crate::{MAX_BYTES, Plan, PlanError, convert, error::quoted, tree};

impl Plan {
    /// Reads a plan. `source` is what errors call it: a file name or a URL.
    ///
    /// # Errors
    ///
    /// If the text is no YAML or no plan, with every mistake that was found
    /// and its place.
    pub fn parse(text: &str, source: &str) -> Result<Self, PlanError> {
        let error = |line, column, message| PlanError {
            source: source.to_owned(),
            line,
            column,
            message,
            suggestion: None,
            others: Vec::new(),
        };
        if text.len() > MAX_BYTES {
            let message = format!("the plan is larger than {} KiB", MAX_BYTES / 1024);
            return Err(error(1, 1, message));
        }
        let tree = match tree::read(text, options()) {
            Ok(tree) => tree,
            Err(wrong) => {
                let wrong = innermost(&wrong);
                let (line, column) = place(wrong.location().unwrap_or(Location::UNKNOWN));
                return Err(error(line, column, explain(wrong)));
            }
        };
        convert::plan(tree.into(), text).map_err(|mistakes| {
            let mut mistakes = mistakes.into_iter().map(|mistake| {
                let (line, column) = place(mistake.at);
                PlanError {
                    suggestion: mistake.suggestion,
                    ..error(line, column, mistake.message)
                }
            });
            match mistakes.next() {
                Some(first) => PlanError {
                    others: mistakes.collect(),
                    ..first
                },
                None => error(1, 1, "this is no plan".to_owned()),
            }
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
                Err(PlanError {
                    source: source.to_owned(),
                    line: valid.matches('\n').count() + 1,
                    column: last_line.chars().count() + 1,
                    message: "a plan is UTF-8 text, and this byte is not".to_owned(),
                    suggestion: None,
                    others: Vec::new(),
                })
            }
        }
    }
}

/// A plan is small and shallow; what is not, is no plan.
fn options() -> Options {
    let mut options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 32,
            flow_nesting_limit: 32,
            max_nodes: 50_000,
            max_events: 200_000,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_merge_keys: 1_000,
            max_recorded_anchor_events: 100_000,
            max_recorded_anchor_bytes: 4 << 20,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        // As YAML 1.2: `yes` and `on` are texts.
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    options.alias_limits = serde_saphyr::alias_limits! {
        max_total_replayed_events: 50_000,
        max_replay_stack_depth: 16,
    };
    options
}

/// Line and column, from 1.
fn place(at: Location) -> (usize, usize) {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).max(1);
    (number(at.line()), number(at.column()))
}

/// The error at what an alias stands for, not at the alias.
fn innermost(mut error: &Error) -> &Error {
    while let Error::AliasError { error: inner, .. } | Error::WithSnippet { error: inner, .. } =
        error
    {
        error = inner;
    }
    error
}

/// The parser's errors in the words of a plan. None repeats a value of the
/// plan, which may be a secret.
fn explain(error: &Error) -> String {
    let too_much = |what: &str| format!("this is more {what} than a plan may have");
    match error {
        Error::Eof { .. } => "the plan ends too early".to_owned(),
        Error::MultipleDocuments { .. } => {
            "a plan is one YAML document, and a second one starts here".to_owned()
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key {} is here a second time", quoted(key))
        }
        Error::DuplicateMappingKey { .. } => "this key is here a second time".to_owned(),
        Error::NullIntoString { .. } => "a key is missing before this colon".to_owned(),
        Error::Unexpected { .. } => "a key must be a text".to_owned(),
        Error::NonFiniteFloat { .. } => {
            "this is no finite number; write it in quotes if it is a text".to_owned()
        }
        Error::UnknownAnchor { .. } => "this alias names no anchor above it".to_owned(),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "this alias stands for something that holds it".to_owned()
        }
        Error::UnsupportedTag { tag, .. } => format!("a plan has no tags such as {}", quoted(tag)),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => too_much("repetition by aliases"),
        Error::Budget { .. } => too_much("nesting or content"),
        Error::SerdeInvalidType { expected, .. }
        | Error::SerdeInvalidValue { expected, .. }
        | Error::SerdeInvalidLength { expected, .. } => {
            format!("expected {}", one_line(expected))
        }
        Error::ExternalMessage { msg, .. } => format!("this is no YAML: {}", one_line(msg)),
        other => one_line(&DefaultMessageFormatter.format_message(other)),
    }
}

/// A message on one line, and not too long.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = (text.split(|c: char| c.is_whitespace() || c.is_control()))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(200).collect()
}
