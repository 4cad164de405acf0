//! A courier that goes wrong in every way, and a delivery that kills.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use card::{Card, Key, Part};
use chat::Message;
use events::{Event, Moment};
use greenlight_board::{Board, Courier, Inquire, Options, Order, Refusal, Search, Taken};
use routes::{Routes, Way};
use serde_json::json;
use store::Shelf;
use story::{Finding, Story, Subject};
use tokio::time::{Instant, sleep, timeout};

/// What stands in a channel.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) place: String,
    pub(crate) slot: String,
    pub(crate) mark: String,
    pub(crate) thread: Option<String>,
    pub(crate) body: serde_json::Value,
}

/// A chat that keeps what is posted.
#[derive(Clone, Default)]
pub(crate) struct Chat {
    pub(crate) messages: Arc<Mutex<BTreeMap<String, Standing>>>,
    pub(crate) calls: Arc<Mutex<u64>>,
    pub(crate) posts: Arc<Mutex<u64>>,
    /// In percent: how often a call is refused for now, and how often an answer
    /// is lost.
    pub(crate) refuses: u8,
    pub(crate) loses: u8,
    pub(crate) is_webhook: bool,
    /// A slot that is never taken.
    pub(crate) bars: Option<&'static str>,
}

impl Chat {
    async fn trouble(&self) -> Result<bool, Refusal> {
        *self.calls.lock().unwrap() += 1;
        sleep(Duration::from_millis(fastrand::u64(20..400))).await;
        let dice = fastrand::u8(0..100);
        if dice < self.refuses {
            let after = Some(Duration::from_millis(fastrand::u64(100..9000)));
            let why = "too many".to_owned();
            return Err(Refusal::Again { after, why });
        }
        Ok(dice >= 100 - self.loses)
    }

    fn lost<T>(is_lost: bool, value: T) -> Result<T, Refusal> {
        match is_lost {
            true => Err(Refusal::Unsure {
                why: "no answer".to_owned(),
            }),
            false => Ok(value),
        }
    }

    /// Everything that stands, in the order of posting.
    pub(crate) fn all(&self) -> Vec<Standing> {
        self.messages.lock().unwrap().values().cloned().collect()
    }
}

impl Courier for Chat {
    fn place(&self, way: &Way) -> String {
        way.channel
            .clone()
            .unwrap_or_else(|| "C0123456789".to_owned())
    }

    fn messages(&self, story: &Story, _: &Way) -> Vec<Message> {
        let message = |slot: String, in_thread, body| Message {
            slot,
            in_thread,
            body,
        };
        if self.is_webhook {
            let slot = format!("{:?}/{}", story.phase, story.attempt);
            return vec![message(slot, false, json!(format!("{:?}", story.phase)))];
        }
        let card = message("card".to_owned(), false, json!(format!("{story:?}")));
        let failures = story.failures.iter().map(|failure| {
            let slot = format!("failure/{}", failure.id);
            message(slot, true, json!(format!("{failure:?}")))
        });
        std::iter::once(card).chain(failures).collect()
    }

    fn is_live(&self) -> bool {
        !self.is_webhook
    }

    async fn post(&self, order: Order<'_>) -> Result<String, Refusal> {
        let is_lost = self.trouble().await?;
        if self.bars == Some(order.message.slot.as_str()) {
            let why = "nobody may say that here".to_owned();
            return Err(Refusal::Never { why });
        }
        let mut messages = self.messages.lock().unwrap();
        let mut posts = self.posts.lock().unwrap();
        *posts += 1;
        let handle = format!("m{posts:06}");
        drop(posts);
        let standing = Standing {
            place: order.place.to_owned(),
            slot: order.message.slot.clone(),
            mark: order.mark.to_owned(),
            thread: order.thread.map(str::to_owned),
            body: order.message.body.clone(),
        };
        messages.insert(handle.clone(), standing);
        drop(messages);
        Self::lost(is_lost, handle)
    }

    async fn update(&self, handle: &str, order: Order<'_>) -> Result<(), Refusal> {
        let is_lost = self.trouble().await?;
        match self.messages.lock().unwrap().get_mut(handle) {
            Some(standing) => standing.body = order.message.body.clone(),
            None => {
                let why = "there is no such message".to_owned();
                return Err(Refusal::Gone { why });
            }
        }
        Self::lost(is_lost, ())
    }

    async fn withdraw(&self, handle: &str) -> Result<(), Refusal> {
        let is_lost = self.trouble().await?;
        self.messages.lock().unwrap().remove(handle);
        Self::lost(is_lost, ())
    }

    async fn find(&self, search: Search<'_>) -> Result<Option<String>, Refusal> {
        if self.is_webhook {
            return Ok(None);
        }
        self.trouble().await?;
        let messages = self.messages.lock().unwrap();
        let found = messages.iter().find(|(_, m)| m.mark == search.mark);
        Ok(found.map(|(handle, _)| handle.clone()))
    }
}

/// AWS that knows this much.
#[derive(Clone, Default)]
pub(crate) struct Aws {
    pub(crate) parents: BTreeMap<Key, Key>,
    pub(crate) works: Vec<Part>,
}

impl Inquire for Aws {
    async fn finding(&self, _: &Card, subject: &Subject) -> Finding {
        sleep(Duration::from_millis(fastrand::u64(1..2000))).await;
        Finding {
            failed_at: Some(subject.to_string()),
            ..Finding::default()
        }
    }

    async fn parent(&self, key: &Key, _: &Card) -> Option<Key> {
        sleep(Duration::from_millis(fastrand::u64(1..500))).await;
        self.parents.get(key).cloned()
    }

    async fn works(&self, _: &Card) -> Vec<Part> {
        self.works.clone()
    }
}

/// A board in memory whose clock is tokio's.
pub(crate) fn board(chat: Chat, aws: Aws) -> Arc<Board<Chat, Aws>> {
    board_on(Shelf::in_memory(), chat, aws)
}

/// The same on a shelf that the test looks into.
pub(crate) fn board_on(shelf: Shelf, chat: Chat, aws: Aws) -> Arc<Board<Chat, Aws>> {
    let start = Instant::now();
    let clock = move || {
        let millis = i64::try_from(start.elapsed().as_millis()).unwrap();
        Moment(1_800_000_000_000 + millis)
    };
    let board = Board::new(shelf, chat, aws, Options::default());
    Arc::new(board.with_clock(clock))
}

/// How events come.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Delivery {
    /// In percent: how many come twice.
    pub(crate) twice: u8,
    /// In percent: how many invocations are killed.
    pub(crate) kills: u8,
    /// In how many seconds they all come.
    pub(crate) seconds: u64,
}

/// Delivers events as EventBridge and a queue would: in any order, some twice,
/// each again until it is taken. Answers what was lost.
pub(crate) async fn deliver(
    board: &Arc<Board<Chat, Aws>>,
    events: &[Event],
    delivery: Delivery,
) -> Vec<String> {
    let mut tasks = tokio::task::JoinSet::new();
    for event in events {
        let copies = 1 + usize::from(fastrand::u8(0..100) < delivery.twice);
        for _ in 0..copies {
            let (board, event) = (board.clone(), event.clone());
            tasks.spawn(async move {
                sleep(Duration::from_millis(fastrand::u64(
                    0..=delivery.seconds * 1000,
                )))
                .await;
                bring(&board, &event, delivery.kills).await
            });
        }
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

async fn bring(board: &Board<Chat, Aws>, event: &Event, kills: u8) -> Option<String> {
    let routes = Routes::parse(
        "version: 1\nroutes: [{ channel: C0123456789 }]",
        "routes.yaml",
    )
    .unwrap();
    // More often than a queue would, and not for ever.
    for _ in 0..200 {
        let until = Instant::now() + Duration::from_secs(50);
        let take = board.take(event, &routes, until);
        let taken = match fastrand::u8(0..100) < kills {
            true => {
                let life = Duration::from_millis(fastrand::u64(0..1500));
                timeout(life, take).await.ok()
            }
            false => Some(take.await),
        };
        match taken {
            Some(Taken::Done) => return None,
            Some(Taken::Lost { why }) => return Some(why),
            Some(Taken::Later { after, .. }) => sleep(after).await,
            // Killed: it comes again when its visibility timeout is over.
            None => sleep(Duration::from_secs(fastrand::u64(5..90))).await,
        }
    }
    Some(format!("event {} was never taken", event.id))
}
