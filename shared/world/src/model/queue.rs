//! Queues in SQS: standard ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use serde::Serialize;

use super::Millis;

/// The longest message, attributes included, in bytes: 1 MiB.
pub const MESSAGE_LIMIT: usize = 1024 * 1024;

/// How a queue is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueSettings {
    /// How long a received message is hidden.
    pub visibility_timeout: Duration,
    /// How long a new message is hidden, unless it says otherwise itself.
    pub delay: Duration,
    /// The longest message in bytes, at most [`MESSAGE_LIMIT`].
    pub maximum_message_size: usize,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

impl Default for QueueSettings {
    /// As AWS makes a queue about which nothing is said.
    fn default() -> QueueSettings {
        QueueSettings {
            visibility_timeout: Duration::from_secs(30),
            delay: Duration::ZERO,
            maximum_message_size: MESSAGE_LIMIT,
            redrive: None,
        }
    }
}

/// A queue's redrive policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redrive {
    /// The name of the dead-letter queue.
    pub dead_letters: String,
    /// A message that was received so often is not received again.
    pub max_receive_count: u32,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// How it is configured.
    pub settings: QueueSettings,
    /// When it was made.
    pub created_at: Millis,
    /// Its messages by their number; numbers grow.
    pub messages: BTreeMap<u64, Message>,
    /// The messages by when they are visible.
    #[serde(skip)]
    pub(crate) order: BTreeSet<(Millis, u64)>,
    /// The number of the next message.
    #[serde(skip)]
    pub(crate) next: u64,
}

/// A message in a queue.
#[derive(Clone, PartialEq, Serialize)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// What it says.
    pub body: String,
    /// The MD5 of the body in hexadecimal digits.
    pub md5_of_body: String,
    /// What its sender noted on it.
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// When it was sent.
    pub sent_at: Millis,
    /// From when on it can be received.
    pub visible_at: Millis,
    /// How often it was received.
    pub receive_count: u32,
    /// When it was received first.
    pub first_received_at: Option<Millis>,
    /// What the last receiver deletes it by.
    pub receipt_handle: Option<String>,
    /// The ARN of the queue that it was moved out of, as a dead letter.
    pub dead_letter_source: Option<String>,
}

impl fmt::Debug for Message {
    /// Without the body, which may be long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("visible_at", &self.visible_at)
            .field("receive_count", &self.receive_count)
            .finish_non_exhaustive()
    }
}

/// A message attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageAttribute {
    /// `String` or `Number`, with a label of the sender's own after a dot.
    pub data_type: String,
    /// Its value.
    pub value: String,
}

/// A message to be sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewMessage {
    /// What it says.
    pub body: String,
    /// What is noted on it.
    pub attributes: BTreeMap<String, MessageAttribute>,
    /// How long it is hidden; absent: as the queue says.
    pub delay: Option<Duration>,
}

impl NewMessage {
    /// A message with nothing but a body.
    pub fn new(body: impl Into<String>) -> NewMessage {
        NewMessage {
            body: body.into(),
            ..NewMessage::default()
        }
    }
}

/// How much is to be received at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receive {
    /// At most so many messages.
    pub count: usize,
    /// Bodies of at most so many bytes together; one message always fits.
    pub bytes: usize,
    /// How long they are hidden; absent: as the queue says.
    pub visibility_timeout: Option<Duration>,
}

impl Queue {
    /// How many can be received now.
    pub fn visible(&self, now: Millis) -> usize {
        let received = |m: &&Message| m.visible_at <= now;
        self.messages.values().filter(received).count()
    }

    /// How many are hidden since they were received.
    pub fn in_flight(&self, now: Millis) -> usize {
        let hidden = |m: &&Message| m.visible_at > now && m.receive_count > 0;
        self.messages.values().filter(hidden).count()
    }

    /// How many haven't been receivable yet.
    pub fn delayed(&self, now: Millis) -> usize {
        let waits = |m: &&Message| m.visible_at > now && m.receive_count == 0;
        self.messages.values().filter(waits).count()
    }

    /// When the next message can be received; in the past if one can be now.
    pub fn next_visible(&self) -> Option<Millis> {
        self.order.first().map(|(at, _)| *at)
    }
}
