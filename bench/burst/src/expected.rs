use std::collections::BTreeMap;

use card::Key;
use chat::Message;
use local_slack::Posted;
use serde_json::{Value, json};
use story::{Finding, History, Story, Subject};

use crate::Burst;

/// The messages that must stand when all is over.
#[derive(Debug)]
pub struct Expected {
    /// For each execution, by its pipeline.
    executions: BTreeMap<String, Standing>,
}

/// A message and what is in its thread, as people read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its text and its blocks.
    pub card: Value,
    /// The same of each message in its thread, in no order.
    pub thread: Vec<Value>,
}

impl Expected {
    /// What must stand once every event of a burst is known: the story of all of
    /// them merged at once, with an AWS that has nothing to say.
    ///
    /// # Panics
    /// When an execution's story has no card.
    pub fn of(burst: &Burst) -> Self {
        let executions = burst.executions.iter().map(|execution| {
            let events = execution.events.iter().map(|e| events::read(e).unwrap());
            let cards = card::assemble(events.flatten().flat_map(|event| card::parts(&event)));
            let is_execution = |key: &Key| matches!(key, Key::Execution(_));
            let (key, card) = cards.iter().find(|(key, _)| is_execution(key)).unwrap();
            let Key::Execution(id) = key else {
                panic!("{key}");
            };
            let subjects = Subject::all(card).into_iter();
            let findings = subjects.map(|subject| (subject.to_string(), Finding::default()));
            let mut history = History::default();
            history.take(card);
            let trend = history.trend(&id.execution);
            let story = Story::new(key, card, &findings.collect(), trend);
            let standing = Standing::of(&chat::slack::live(&story, None));
            (execution.pipeline.clone(), standing)
        });
        Self {
            executions: executions.collect(),
        }
    }

    /// Holds what stands against it; each difference, in words.
    pub fn differences(&self, posted: &[Posted]) -> Vec<String> {
        let mut standing: Vec<Standing> = posted
            .iter()
            .filter(|message| !message.is_deleted)
            .map(Standing::posted)
            .collect();
        let mut differences = Vec::new();
        for (pipeline, expected) in &self.executions {
            let (own, others): (Vec<_>, Vec<_>) =
                standing.into_iter().partition(|s| s.tells_of(pipeline));
            standing = others;
            match &own[..] {
                [one] if one == expected => {}
                [] => differences.push(format!("{pipeline}: no message")),
                [one] => {
                    let difference = one.difference(expected);
                    differences.push(format!("{pipeline}: {difference}"));
                }
                more => {
                    let texts: Vec<&Value> = more.iter().map(|s| &s.card["text"]).collect();
                    differences.push(format!("{pipeline}: {} messages: {texts:#?}", more.len()));
                }
            }
        }
        let rest = standing
            .iter()
            .map(|s| format!("of no execution: {:#}", s.card));
        differences.extend(rest);
        differences
    }
}

impl Standing {
    fn of(messages: &[Message]) -> Self {
        let read = |message: &Message| readable(&message.body["text"], &message.body["blocks"]);
        let (thread, cards): (Vec<_>, Vec<_>) = messages.iter().partition(|m| m.in_thread);
        let [card] = &cards[..] else {
            panic!("one card, and not {}: {cards:#?}", cards.len());
        };
        Self {
            card: read(card),
            thread: sorted(thread.into_iter().map(read).collect()),
        }
    }

    fn posted(message: &Posted) -> Self {
        let read = |message: &Posted| readable(&json!(message.text()), message.blocks());
        let replies = message.replies.iter().filter(|reply| !reply.is_deleted);
        Self {
            card: read(message),
            thread: sorted(replies.map(read).collect()),
        }
    }

    /// Where it first says something else, in words.
    fn difference(&self, expected: &Standing) -> String {
        if self.thread.len() != expected.thread.len() {
            let texts = |all: &[Value]| -> Vec<String> {
                all.iter().map(|one| one["text"].to_string()).collect()
            };
            return format!(
                "in its thread is {:#?}, and should be {:#?}",
                texts(&self.thread),
                texts(&expected.thread)
            );
        }
        let threads = self.thread.iter().zip(&expected.thread);
        let mut pairs = std::iter::once((&self.card, &expected.card)).chain(threads);
        let found = pairs.find_map(|(own, other)| first(own, other, ""));
        found.unwrap_or_default()
    }

    /// Whether the pipeline's name is in it. Names are of one length, so none is
    /// a part of another.
    fn tells_of(&self, pipeline: &str) -> bool {
        self.card.to_string().contains(pipeline)
    }
}

/// The first place at which two values differ.
fn first(own: &Value, other: &Value, place: &str) -> Option<String> {
    let nothing = &Value::Null;
    match (own, other) {
        (Value::Array(a), Value::Array(b)) => (0..a.len().max(b.len())).find_map(|n| {
            let place = format!("{place}/{n}");
            first(
                a.get(n).unwrap_or(nothing),
                b.get(n).unwrap_or(nothing),
                &place,
            )
        }),
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|name| {
            let place = format!("{place}/{name}");
            let (a, b) = (a.get(name), b.get(name));
            first(a.unwrap_or(nothing), b.unwrap_or(nothing), &place)
        }),
        (own, other) if own == other => None,
        (own, other) => Some(format!("{place} is {own}, and should be {other}")),
    }
}

fn readable(text: &Value, blocks: &Value) -> Value {
    match blocks {
        Value::Null => json!({ "text": text, "blocks": [] }),
        blocks => json!({ "text": text, "blocks": blocks }),
    }
}

fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_key(Value::to_string);
    values
}

#[cfg(test)]
mod tests {
    use local_slack::Version;

    use super::*;

    fn posted(text: &str, replies: &[&str]) -> Posted {
        Posted {
            ts: "1.0".to_owned(),
            thread_ts: None,
            bot: "B".to_owned(),
            metadata: None,
            versions: vec![Version {
                at: "1.0".to_owned(),
                text: text.to_owned(),
                blocks: json!([]),
                attachments: json!([]),
            }],
            is_deleted: false,
            replies: replies.iter().map(|text| posted(text, &[])).collect(),
        }
    }

    fn gone(text: &str) -> Posted {
        Posted {
            is_deleted: true,
            ..posted(text, &[])
        }
    }

    #[test]
    fn every_difference_is_told() {
        let standing = Standing::posted(&posted("shop-1 failed", &["b", "a"]));
        let expected = Expected {
            executions: [("shop-1".to_owned(), standing)].into(),
        };
        let right = posted("shop-1 failed", &["a", "b"]);
        for (posted, told) in [
            (vec![right.clone(), gone("shop-1 runs")], None),
            (vec![], Some("shop-1: no message")),
            (vec![gone("shop-1 failed")], Some("shop-1: no message")),
            (
                vec![right.clone(), right.clone()],
                Some("shop-1: 2 messages"),
            ),
            (
                vec![posted("shop-1 runs", &["a", "b"])],
                Some("shop-1: /text is"),
            ),
            (
                vec![posted("shop-1 failed", &["a", "c"])],
                Some("shop-1: /text is"),
            ),
            (
                vec![posted("shop-1 failed", &["a"])],
                Some("shop-1: in its thread"),
            ),
            (
                vec![right.clone(), posted("shop-2", &[])],
                Some("of no execution"),
            ),
        ] {
            let differences = expected.differences(&posted);
            match told {
                None => assert_eq!(differences, Vec::<String>::new()),
                Some(told) => {
                    assert_eq!(differences.len(), 1, "{differences:#?}");
                    assert!(differences[0].starts_with(told), "{differences:#?}");
                }
            }
        }
    }
}
