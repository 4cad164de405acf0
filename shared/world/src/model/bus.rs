//! EventBridge and SNS: events, rules, topics.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Millis;
use crate::pattern::Pattern;

/// The longest message that a topic takes, in bytes.
pub const TOPIC_MESSAGE_LIMIT: usize = 256 * 1024;

/// An event that was put on an EventBridge bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PutEvent {
    /// The id that it was given.
    pub id: String,
    /// When it was put.
    pub at: Millis,
    /// The bus: `default`, a name or an ARN.
    pub bus: String,
    /// Its `source`.
    pub source: String,
    /// Its `detail-type`.
    pub detail_type: String,
    /// Its `detail`: JSON text.
    pub detail: String,
    /// Its `resources`.
    pub resources: Vec<String>,
}

impl PutEvent {
    /// Whether AWS put it, and not somebody's own program.
    pub fn is_from_aws(&self) -> bool {
        self.source.starts_with("aws.")
    }
}

/// A rule: events of a bus that functions are called with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventRule {
    /// Its name.
    pub name: String,
    /// The bus: `default`, a name or an ARN.
    pub bus: String,
    /// Which events.
    pub pattern: Pattern,
    /// The functions, names or ARNs.
    pub targets: Vec<String>,
}

/// A topic in SNS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The functions that get its messages, names or ARNs.
    pub subscriptions: Vec<String>,
    /// What was published, oldest first.
    pub messages: Vec<Published>,
}

/// A message that was published to a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Published {
    /// The id that it was given.
    pub id: String,
    /// When.
    pub at: Millis,
    /// Its subject.
    pub subject: Option<String>,
    /// What it says.
    pub message: String,
    /// Its attributes: type and value by name.
    pub attributes: BTreeMap<String, (String, String)>,
}
