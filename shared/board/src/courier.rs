use std::{future::Future, time::Duration};

use chat::Message;
use events::Moment;
use routes::Way;
use story::Story;

/// What takes messages to where people read them.
pub trait Courier: Send + Sync {
    /// Where a way leads: a channel by name or id, a topic. The messages that
    /// stand are kept under it.
    fn place(&self, way: &Way) -> String;

    /// The messages that shall stand there for a story.
    fn messages(&self, story: &Story, way: &Way) -> Vec<Message>;

    /// Whether a message that stands can be changed, found and taken back.
    fn is_live(&self) -> bool;

    /// Posts a message and answers its handle: what it is found by later, in
    /// this courier's own words.
    fn post(&self, order: Order<'_>) -> impl Future<Output = Result<String, Refusal>> + Send;

    /// Makes a message that stands say what the order says.
    fn update(
        &self,
        handle: &str,
        order: Order<'_>,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Takes a message back. One that isn't there is taken back already.
    fn withdraw(&self, handle: &str) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Looks for a message by its mark; answers its handle, or None where it
    /// was not posted or can't be looked for.
    fn find(
        &self,
        search: Search<'_>,
    ) -> impl Future<Output = Result<Option<String>, Refusal>> + Send;
}

/// A message on its way.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Where to: [`Courier::place`].
    pub place: &'a str,
    /// The handle of the message in whose thread this one belongs.
    pub thread: Option<&'a str>,
    /// What to say.
    pub message: &'a Message,
    /// What the message can be found by: the same for each try of one post, and
    /// for no other.
    pub mark: &'a str,
}

/// A message that may have been posted.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Where it would be.
    pub place: &'a str,
    /// The handle of the message in whose thread it would be.
    pub thread: Option<&'a str>,
    /// [`Order::mark`].
    pub mark: &'a str,
    /// It is not older than this.
    pub since: Moment,
}

/// Why a message did not get there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was refused for now: too many requests, a service that is down.
    #[error("{why}")]
    Again {
        /// After how long to try again, where that was said.
        after: Option<Duration>,
        /// What was tried and what came back; one line, no secrets.
        why: String,
    },
    /// Nobody knows whether it got there: the answer was lost.
    #[error("{why}")]
    Unsure {
        /// What was tried, and what happened.
        why: String,
    },
    /// It will never be taken: no such channel, a token that is no good, a
    /// content that is refused.
    #[error("{why}")]
    Never {
        /// What was tried, what came back, and what to do.
        why: String,
    },
    /// The message that was to be changed isn't there any more.
    #[error("{why}")]
    Gone {
        /// What was tried.
        why: String,
    },
}
