use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use card::{Join as _, Key, Part};
use events::{Event, Moment};
use routes::Routes;
use store::Shelf;
use tokio::time::Instant;

use crate::{
    Courier, Inquire,
    record::Record,
    records::{Kept, Records, Trouble},
    settle::{Round, Settled},
};

/// The board: records on a shelf, a courier for what they say, and somebody
/// who asks AWS.
pub struct Board<C, I> {
    pub(crate) records: Records,
    pub(crate) courier: C,
    pub(crate) inquirer: I,
    pub(crate) options: Options,
    clock: Arc<dyn Fn() -> Moment + Send + Sync>,
}

/// How patient the board is.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How long a build or a deployment waits for its pipeline before it gets
    /// messages of its own.
    pub hold: Duration,
    /// How long a lease holds without being renewed: longer than a call of the
    /// courier takes, since a holder that is gone delays the card by as much.
    pub lease: Duration,
    /// The longest pause that is waited for here, where the courier asks for
    /// one; after a longer one the event shall come again.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hold: Duration::from_secs(20),
            lease: Duration::from_secs(45),
            patience: Duration::from_secs(5),
        }
    }
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is on its card, and the messages say so, or somebody sees to it.
    Done,
    /// It shall come again: something is not there yet, or does not answer.
    Later {
        /// After how long.
        after: Duration,
        /// What is waited for.
        why: String,
    },
    /// It is on its card, and a message about it is refused for good.
    Lost {
        /// What was refused, why, and what to do.
        why: String,
    },
}

impl Taken {
    /// Of two, the one that asks for more.
    fn worse(self, other: Self) -> Self {
        match (&self, &other) {
            // What is lost is seen again when the rest comes again.
            (Taken::Later { after: a, .. }, Taken::Later { after: b, .. }) => match a <= b {
                true => self,
                false => other,
            },
            (Taken::Later { .. }, _) | (_, Taken::Done) => self,
            (_, Taken::Later { .. }) | (Taken::Done, _) => other,
            (Taken::Lost { .. }, Taken::Lost { .. }) => self,
        }
    }
}

/// How often a part may be a part of something that is a part.
const DEPTH: usize = 5;

/// After how long an event comes again when the records can't be had.
const STORE_PAUSE: Duration = Duration::from_secs(10);

impl<C: Courier, I: Inquire> Board<C, I> {
    /// A board whose records are on this shelf.
    pub fn new(shelf: Shelf, courier: C, inquirer: I, options: Options) -> Self {
        let system = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            Moment(i64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(i64::MAX))
        };
        Self {
            records: Records { shelf },
            courier,
            inquirer,
            options,
            clock: Arc::new(system),
        }
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Merges an event into its card, and sees to the card's messages, until
    /// `until` at the latest. Taking an event twice, or several at once, does
    /// what taking it once does.
    pub async fn take(&self, event: &Event, routes: &Routes, until: Instant) -> Taken {
        let round = Round::new(self, event, routes, until);
        let mut taken = Taken::Done;
        let mut parts = card::parts(event);
        let mut done = BTreeSet::new();
        // Seeing to a card may tell whose part it is, or what its parts are.
        while !parts.is_empty() {
            let mut cards = Vec::new();
            for part in std::mem::take(&mut parts) {
                match self.merge(part).await {
                    Ok(touched) => cards.extend(touched),
                    Err(trouble) => return taken.worse(unkept(&trouble)),
                }
            }
            for (key, kept) in latest(cards) {
                match round.settle(&key, kept).await {
                    Ok(Settled::Taken(one)) => taken = taken.worse(one),
                    // Twice would be once too often: the link is there.
                    Ok(Settled::Found(found)) if done.insert(key) => parts.extend(found),
                    Ok(Settled::Found(_)) => {
                        taken = taken.worse(Taken::Later {
                            after: self.options.hold / 4,
                            why: "more of its deployments may still show".to_owned(),
                        });
                    }
                    Err(trouble) => taken = taken.worse(unkept(&trouble)),
                }
            }
        }
        taken
    }

    pub(crate) fn now(&self) -> Moment {
        (self.clock)()
    }

    /// Merges a part into its record, and what that is a part of; answers the
    /// records whose messages may have to change.
    async fn merge(&self, part: Part) -> Result<Vec<(Key, Kept<Record>)>, Trouble> {
        let Part { mut key, mut card } = part;
        let mut touched = Vec::new();
        for _ in 0..DEPTH {
            let now = self.now();
            let links = card.part_of.is_some();
            let change = |record: &mut Record| {
                // What is a part already is told of there.
                if record.card.part_of.is_some() && !links {
                    return false;
                }
                let before = record.card.clone();
                record.card.join(card.clone());
                let is_new = record.since.is_none();
                record.since.get_or_insert(now);
                is_new || record.card != before
            };
            let kept = self.records.edit(&name(&key), None, change).await?;
            let Some(parent) = kept.record.card.part_of.clone() else {
                touched.push((key, kept));
                return Ok(touched);
            };
            // All that is known of a part goes up each time: whoever found out
            // whose part it is may have ended before it told there.
            card.join(kept.record.card.clone());
            card.part_of = None;
            if kept.record.has_posts() {
                touched.push((key, kept));
            }
            key = parent;
        }
        Ok(touched)
    }
}

/// What a card's record is kept under.
pub(crate) fn name(key: &Key) -> String {
    format!("{key}.json")
}

/// The latest state of each record, in order.
fn latest(cards: Vec<(Key, Kept<Record>)>) -> BTreeMap<Key, Kept<Record>> {
    cards.into_iter().collect()
}

fn unkept(trouble: &Trouble) -> Taken {
    Taken::Later {
        after: STORE_PAUSE,
        why: trouble.to_string(),
    }
}
