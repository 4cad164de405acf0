use std::{collections::BTreeMap, time::Duration};

use card::Card;
use events::{Moment, Phase};
use serde::{Deserialize, Serialize};
use story::{Finding, Trend};

/// What is kept of a card: all that is known, and what people have been told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    /// What is known.
    pub(crate) card: Card,
    /// When something of it was heard first, by this side's clock.
    pub(crate) since: Option<Moment>,
    /// Who makes the messages say what the card says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lease: Option<Lease>,
    /// The event that comes back to see whose part this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) held_by: Option<String>,
    /// Whether it has waited long enough for whose part it is, and is told by
    /// itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_alone: bool,
    /// What AWS has answered, by [`story::Subject`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) asked: BTreeMap<String, Asked>,
    /// How this execution stands to those before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trend: Option<Trended>,
    /// How far the works of its running actions have been looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) looked: Option<Looked>,
    /// The messages that stand, by place and slot.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) posts: Posts,
}

/// Messages by place and slot.
pub(crate) type Posts = BTreeMap<String, BTreeMap<String, Post>>;

/// The right to send this card's messages, for some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lease {
    /// The invocation.
    pub(crate) holder: String,
    /// The event that it handles. When that comes again, its first try may have
    /// died with the lease.
    pub(crate) event: String,
    /// Until when.
    pub(crate) until: Moment,
}

/// What AWS has answered about something that failed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// How often it was asked.
    pub(crate) times: u32,
    /// The answer.
    pub(crate) finding: Finding,
}

/// How far the works of an execution's running actions have been looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Looked {
    /// The event that comes back to look.
    pub(crate) by: String,
    /// When it looks.
    pub(crate) next: Moment,
    /// How often it has looked.
    pub(crate) times: u32,
    /// What it looks for, [`crate::works::sought`].
    pub(crate) sought: Vec<String>,
}

/// How an execution stands to those before it, and which of its endings that
/// was said of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trended {
    pub(crate) attempt: u64,
    pub(crate) phase: Phase,
    pub(crate) trend: Option<Trend>,
}

/// A message, as far as it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Post {
    /// It is about to be posted. Whoever finds it so looks whether it was.
    Meant {
        /// What it can be found by.
        mark: String,
        /// Since when it may be there.
        since: Moment,
    },
    /// It stands.
    Stands {
        /// What it can be found by.
        mark: String,
        /// The courier's handle.
        handle: String,
        /// What it says, [`chat::Message::digest`]; None after a post whose
        /// answer was lost: nobody knows which words got there.
        digest: Option<String>,
    },
}

impl Lease {
    /// Whether it holds.
    pub(crate) fn holds(&self, now: Moment) -> bool {
        now < self.until
    }

    /// How long it still holds.
    pub(crate) fn left(&self, now: Moment) -> Duration {
        let millis = self.until.0.saturating_sub(now.0).max(0);
        Duration::from_millis(millis.unsigned_abs())
    }
}

/// That much later.
pub(crate) fn later(now: Moment, time: Duration) -> Moment {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Moment(now.0.saturating_add(millis))
}

impl Record {
    /// What AWS answered, as a story takes it.
    pub(crate) fn findings(&self) -> BTreeMap<String, Finding> {
        let answers = self.asked.iter();
        answers
            .map(|(subject, asked)| (subject.clone(), asked.finding.clone()))
            .collect()
    }

    /// Whether any message of it stands, or may.
    pub(crate) fn has_posts(&self) -> bool {
        self.posts.values().any(|slots| !slots.is_empty())
    }
}
