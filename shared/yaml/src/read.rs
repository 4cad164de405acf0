use serde_saphyr::{
    DefaultMessageFormatter, DuplicateKeyPolicy, Error, Location, MessageFormatter as _, Options,
    Spanned,
};
use wording::{one_line, quoted};

use crate::{Mistake, Node, Place, Value};

/// A kind of file: how much one may hold, and the words for one that cannot be
/// read.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// How much one may hold.
    pub limits: Limits,
    /// It is larger than so many KiB, which follow: `the plan is larger than`.
    pub large: &'static str,
    /// It ends before anything is in it.
    pub ends: &'static str,
    /// A second document begins.
    pub second: &'static str,
    /// It has no such tag, which follows: `a plan has no tags such as`.
    pub tags: &'static str,
    /// Aliases repeat too much.
    pub aliases: &'static str,
    /// It nests too deep, or holds too much.
    pub content: &'static str,
}

/// How much a file may hold, so that none takes long or much memory.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Its size in bytes.
    pub bytes: usize,
    /// How deep lists and mappings nest.
    pub depth: usize,
    /// Values and keys; and as many again that aliases repeat.
    pub nodes: usize,
    /// What the parser comes upon: values, keys, beginnings and ends.
    pub events: usize,
}

/// Reads one document. No mistake repeats a value, which may be a secret.
///
/// # Errors
/// When the text is no YAML, is more than one document, exceeds the limits, or
/// has a key that is no text or that is there twice.
pub fn read(text: &str, format: &Format) -> Result<Node, Mistake> {
    let most = format.limits.bytes;
    if text.len() > most {
        let text = format!("{} {} KiB", format.large, most / 1024);
        return Err(Mistake::new(Place::START, text));
    }
    serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options(format.limits))
        .map(Node::from)
        .map_err(|error| {
            let error = innermost(&error);
            let at = error.location().unwrap_or(Location::UNKNOWN);
            Mistake::new(at.into(), explain(error, format))
        })
}

fn options(limits: Limits) -> Options {
    let mut options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: limits.depth,
            flow_nesting_limit: limits.depth,
            max_nodes: limits.nodes,
            max_events: limits.events,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_merge_keys: 1_000,
            max_recorded_anchor_events: limits.events / 2,
            max_recorded_anchor_bytes: 16 * limits.bytes,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        // As YAML 1.2: `yes` and `on` are texts.
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    options.alias_limits = serde_saphyr::alias_limits! {
        max_total_replayed_events: limits.nodes,
        max_replay_stack_depth: 16,
    };
    options
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

/// The parser's errors in the words of somebody who writes such a file.
fn explain(error: &Error, format: &Format) -> String {
    match error {
        Error::Eof { .. } => format.ends.to_owned(),
        Error::MultipleDocuments { .. } => format.second.to_owned(),
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
        Error::UnsupportedTag { tag, .. } => format!("{} {}", format.tags, quoted(tag)),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => format.aliases.to_owned(),
        Error::Budget { .. } => format.content.to_owned(),
        Error::SerdeInvalidType { expected, .. }
        | Error::SerdeInvalidValue { expected, .. }
        | Error::SerdeInvalidLength { expected, .. } => format!("expected {}", brief(expected)),
        Error::ExternalMessage { msg, .. } => format!("this is no YAML: {}", brief(msg)),
        other => brief(&DefaultMessageFormatter.format_message(other)),
    }
}

/// A message on one line, and not too long.
fn brief(text: &str) -> String {
    one_line(text).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Entry, Number};

    const FORMAT: Format = Format {
        limits: Limits {
            bytes: 1024,
            depth: 8,
            nodes: 100,
            events: 400,
        },
        large: "this is larger than",
        ends: "this ends",
        second: "this is a second one",
        tags: "there are no tags such as",
        aliases: "this is repeated too much",
        content: "this is too much",
    };

    fn tree(text: &str) -> Value {
        read(text, &FORMAT).unwrap().value
    }

    fn mistake(text: &str) -> String {
        let mistake = read(text, &FORMAT).unwrap_err();
        let Place { line, column, .. } = mistake.at;
        format!("{line}:{column}: {}", mistake.text)
    }

    #[test]
    fn each_kind_of_value() {
        for (text, value) in [
            ("", Value::Nothing),
            ("~", Value::Nothing),
            ("a b", Value::Text("a b".to_owned())),
            ("\"1\"", Value::Text("1".to_owned())),
            // As YAML 1.2 has it.
            ("yes", Value::Text("yes".to_owned())),
            ("true", Value::Truth(true)),
            ("[]", Value::List(vec![])),
            ("{}", Value::Mapping(vec![])),
        ] {
            assert_eq!(tree(text), value, "{text:?}");
        }
        for (text, shown) in [
            ("0", "0"),
            ("-1", "-1"),
            ("18446744073709551615", "18446744073709551615"),
            ("1.5", "1.5"),
            ("1.0", "1"),
        ] {
            let Value::Number(number) = tree(text) else {
                panic!("{text} is a number");
            };
            assert_eq!(number.to_string(), shown);
        }
    }

    #[test]
    fn everything_has_its_place() {
        let text = "a:\n  - ä: 1.10\n";
        let Value::Mapping(outer) = tree(text) else {
            panic!("a mapping");
        };
        let [Entry { key, at, value }] = &outer[..] else {
            panic!("one key");
        };
        assert_eq!((key.as_str(), at.line, at.column), ("a", 1, 1));
        let Value::List(items) = &value.value else {
            panic!("a list");
        };
        let Value::Mapping(inner) = &items[0].value else {
            panic!("a mapping");
        };
        assert_eq!((inner[0].at.line, inner[0].at.column), (2, 5));
        let number = &inner[0].value;
        assert_eq!((number.at.line, number.at.column), (2, 8));
        assert_eq!(number.value, Value::Number(Number::Float(1.1)));
        assert_eq!(number.at.written(text), Some("1.10"));
        assert_eq!(number.at.written("shorter"), None);
        assert_eq!(Place::START.written(text), None);
    }

    #[test]
    fn what_an_alias_repeats_is_where_it_is_written() {
        let Value::Mapping(entries) = tree("a: &a x\nb: *a\n") else {
            panic!("a mapping");
        };
        assert_eq!(entries[0].value, entries[1].value);
        assert_eq!(entries[1].value.at.line, 1);
    }

    #[test]
    fn a_table_of_mistakes() {
        for (text, expected) in [
            ("a: 1\n---\nb: 1\n", "3:1: this is a second one"),
            ("a: 1\na: 2\n", "2:1: the key \"a\" is here a second time"),
            (": 1\n", "1:1: a key is missing before this colon"),
            ("[a]: 1\n", "1:1: a key must be a text"),
            (
                "a: .nan\n",
                "1:4: this is no finite number; write it in quotes if it is a text",
            ),
            ("a: *b\n", "1:4: this alias names no anchor above it"),
            (
                "a: &a [*a]\n",
                "1:8: this alias stands for something that holds it",
            ),
            ("a: !b 1\n", "1:7: there are no tags such as \"!b\""),
        ] {
            assert_eq!(mistake(text), expected, "{text:?}");
        }
        let tab = mistake("a:\n\tb: 1\n");
        assert!(tab.starts_with("2:2: this is no YAML: tabs "), "{tab}");
    }

    #[test]
    fn nothing_is_beyond_the_limits() {
        let spaces = |n| " ".repeat(n);
        assert_eq!(mistake(&spaces(1025)), "1:1: this is larger than 1 KiB");
        assert!(read(&spaces(1024), &FORMAT).is_ok());
        let nested = |n| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(read(&nested(8), &FORMAT).is_ok());
        assert!(read(&nested(9), &FORMAT).is_err());
        let block = |n| "- ".repeat(n);
        assert!(read(&block(8), &FORMAT).is_ok());
        assert!(mistake(&block(9)).ends_with(": this is too much"));
        let list = |n| format!("[{}]", "1,".repeat(n));
        assert!(read(&list(90), &FORMAT).is_ok());
        assert!(mistake(&list(110)).ends_with(": this is too much"));
        let repeated = |n: usize| format!("- &a {}\n- [{}]\n", list(20), "*a,".repeat(n));
        assert!(read(&repeated(2), &FORMAT).is_ok());
        assert!(mistake(&repeated(20)).ends_with(": this is too much"));
        let bomb: String = (1..6)
            .map(|n| format!("- &a{n} [*a{0}, *a{0}, *a{0}]\n", n - 1))
            .collect();
        assert!(mistake(&format!("- &a0 1\n{bomb}")).ends_with(": this is repeated too much"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_tree_or_a_mistake_on_one_line(text in "[-a1:,&*!?|>'\"{}\\[\\]#%@\n\t .é\0]{0,60}") {
            if let Err(mistake) = read(&text, &FORMAT) {
                prop_assert!(!mistake.text.is_empty() && !mistake.text.contains('\n'), "{mistake:?}");
                prop_assert!(mistake.at.line >= 1 && mistake.at.column >= 1);
            }
        }
    }
}
