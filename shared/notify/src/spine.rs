use std::{sync::Arc, time::Duration};

use board::Taken;
use events::{Event, NoEvent};
use gate::log::{self, Level};
use lambda::Invocation;
use redact::redact;
use routes::Routes;
use serde_json::{Value, json};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, timeout_at},
};
use verdict::{TimeBudget, shorten};

use crate::{Desk, Item, Payload, Queues, RouteBook, kind, queues::MOST_ATTEMPTS};

/// What every invocation goes through.
pub struct Spine<D> {
    /// Takes the events.
    pub desk: D,
    /// Says where their messages go.
    pub routes: RouteBook,
    /// For what is not taken.
    pub queues: Queues,
    /// How time is divided.
    pub timing: Timing,
    /// The topic that the function itself publishes to, if it does.
    pub own_topic: Option<String>,
}

/// How an invocation's time is divided.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The whole time, where the deadline is unknown.
    pub fallback: Duration,
    /// What is kept for putting off what could not be delivered.
    pub reserve: Duration,
}

/// Until when what may go on.
#[derive(Debug, Clone, Copy)]
struct Times {
    /// Events are taken.
    work: Instant,
    /// The rest is put off.
    end: Instant,
}

/// Parts of one batch that are worked on at the same time.
const AT_ONCE: usize = 8;

/// After how long something comes again whose time was over.
const OVERRUN: Duration = Duration::from_secs(5);

/// What is known after an item's events were looked at once.
#[derive(Debug, Default)]
struct Round {
    /// Something shall come again: after how long, and why.
    later: Option<(Duration, String)>,
    /// What can never be delivered.
    lost: Vec<String>,
}

impl<D: Desk> Spine<D> {
    /// Takes what Lambda hands over, and answers what it wants to hear: for a
    /// batch of a queue, which of its messages it shall keep.
    ///
    /// # Errors
    /// When it was called with an event that can neither be taken nor be put
    /// anywhere; Lambda then keeps it.
    pub async fn answer(self: &Arc<Self>, invocation: Invocation) -> Result<Value, String> {
        let Timing { fallback, reserve } = self.timing;
        let budget = TimeBudget::divide(invocation.remaining, fallback, reserve);
        let now = Instant::now();
        let times = Times {
            work: now + budget.work,
            end: now + budget.whole(),
        };
        let payload = Payload::read(&invocation.payload, self.own_topic.as_deref());
        let is_batch = payload.is_batch();
        let failed = self.work(payload, times).await;
        if !is_batch {
            let whys: Vec<&str> = failed.iter().map(|(_, why)| why.as_str()).collect();
            return match whys.is_empty() {
                true => Ok(Value::Null),
                false => Err(whys.join("; ")),
            };
        }
        let mut ids = Vec::new();
        for (id, why) in failed {
            match id {
                Some(id) if !id.is_empty() => ids.push(json!({ "itemIdentifier": id })),
                // It can't be named, so the whole batch has to come again.
                _ => return Err(why),
            }
        }
        Ok(json!({ "batchItemFailures": ids }))
    }

    /// Works on all items; answers the ids of those that Lambda must keep.
    async fn work(
        self: &Arc<Self>,
        payload: Payload,
        times: Times,
    ) -> Vec<(Option<String>, String)> {
        let routes = self.routes.current().await;
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut ids = std::collections::HashMap::new();
        let mut tasks = JoinSet::new();
        for item in payload.items {
            let id = item.letter.as_ref().map(|letter| letter.id.clone());
            let (spine, routes, places) = (self.clone(), routes.clone(), places.clone());
            // A task of its own, so that its panic is its own.
            let task = tasks.spawn(async move {
                // The semaphore is never closed.
                let _place = places.acquire().await;
                spine.item(&item, &routes, times).await
            });
            ids.insert(task.id(), id);
        }
        let mut failed = Vec::new();
        while let Some(ended) = tasks.join_next_with_id().await {
            let (task, why) = match ended {
                Ok((_, Ok(()))) => continue,
                Ok((task, Err(why))) => (task, why),
                Err(error) => (error.id(), "the function panicked over it".to_owned()),
            };
            let id = ids.remove(&task).flatten();
            log::line(
                Level::Error,
                "an event was not taken, and Lambda keeps it",
                &json!({ "message_id": id, "why": why }),
            );
            failed.push((id, why));
        }
        failed
    }

    /// Takes an item, or puts it where it belongs.
    async fn item(&self, item: &Item, routes: &Routes, times: Times) -> Result<(), String> {
        tell_poison(item);
        let attempt = item.letter.as_ref().map_or(0, |letter| letter.attempt);
        let mut round = self.round(item, routes, times).await;
        // Without a queue there is only waiting.
        while !self.queues.has_retry()
            && let Some((after, _)) = &round.later
            && Instant::now() + *after < times.work
        {
            sleep(*after).await;
            round = self.round(item, routes, times).await;
        }
        let why = match round.later {
            None if round.lost.is_empty() => return Ok(()),
            None => round.lost.join("; "),
            Some((_, why)) if attempt >= MOST_ATTEMPTS => {
                format!("given up after {attempt} tries: {why}")
            }
            Some((after, _)) if self.queues.has_retry() => {
                let sent = self.queues.later(&item.body, attempt, after, times.end);
                return sent.await.map(|_| ());
            }
            Some((_, why)) => return Err(format!("{why}, and there is no GREENLIGHT_RETRY_QUEUE")),
        };
        if !self.queues.has_dead() {
            return Err(why);
        }
        self.queues.dead(&item.body, &why, times.end).await?;
        log::line(
            Level::Error,
            "an event went to the dead letters",
            &json!({ "message_id": id(item), "why": why }),
        );
        Ok(())
    }

    /// Takes each of an item's events once.
    async fn round(&self, item: &Item, routes: &Routes, times: Times) -> Round {
        let mut round = Round {
            later: None,
            lost: item.poison.iter().map(no_event).collect(),
        };
        for event in &item.events {
            let began = Instant::now();
            // A desk that keeps to the time ends before this does.
            let grace = times.work + (times.end - times.work) / 3;
            let taken = match timeout_at(grace, self.desk.take(event, routes, times.work)).await {
                Ok(taken) => taken,
                Err(_) => Taken::Later {
                    after: OVERRUN,
                    why: "the time was over".to_owned(),
                },
            };
            tell(event, item, &taken, began.elapsed());
            match taken {
                Taken::Done => {}
                Taken::Lost { why } => round.lost.push(why),
                Taken::Later { after, why } => {
                    let sooner = round.later.as_ref().is_none_or(|(known, _)| after < *known);
                    if sooner {
                        round.later = Some((after, why));
                    }
                }
            }
        }
        round
    }
}

fn id(item: &Item) -> Option<&str> {
    item.letter.as_ref().map(|letter| letter.id.as_str())
}

/// One line for each event: what it is and what became of it, never its content.
fn tell(event: &Event, item: &Item, taken: &Taken, took: Duration) {
    let (level, outcome, why) = match taken {
        Taken::Done => (Level::Info, "done", None),
        // The template's alarm reads `outcome` and `attempt`.
        Taken::Later { why, .. } => (Level::Info, "later", Some(why)),
        Taken::Lost { why } => (Level::Error, "lost", Some(why)),
    };
    let after = match taken {
        Taken::Later { after, .. } => Some(after.as_millis()),
        _ => None,
    };
    let parts = card::parts(event);
    let key = parts
        .first()
        .map(|part| shorten(&part.key.to_string(), 200));
    let mut line = json!({
        "id": shorten(&event.id, 100),
        "kind": kind::word(&event.kind),
        "key": key,
        "outcome": outcome,
        "elapsed_ms": took.as_millis(),
    });
    let more = [
        ("why", why.map(|why| shorten(why, 1000).into())),
        (
            "after_ms",
            after.map(|ms| u64::try_from(ms).unwrap_or(u64::MAX).into()),
        ),
        ("message_id", id(item).map(Value::from)),
        ("attempt", item.letter.as_ref().map(|l| l.attempt.into())),
    ];
    if let Value::Object(members) = &mut line {
        let told = more
            .into_iter()
            .filter_map(|(name, v)| Some((name.to_owned(), v?)));
        members.extend(told);
    }
    log::line(level, "event", &line);
}

/// Why it is no event. The names of fields are in it, and anybody may have chosen
/// them.
fn no_event(error: &NoEvent) -> String {
    shorten(&redact(&error.to_string()), 500)
}

/// What is no event is told of by its size and what is wrong with it.
fn tell_poison(item: &Item) {
    for error in &item.poison {
        log::line(
            Level::Error,
            "this is no event",
            &json!({
                "why": no_event(error),
                "bytes": item.body.len(),
                "message_id": id(item),
                "receives": item.letter.as_ref().map(|letter| letter.receives),
            }),
        );
    }
    if item.echoes > 0 {
        log::line(
            Level::Warn,
            "this function reads the topic that it publishes to; take its subscription away",
            &json!({ "messages": item.echoes }),
        );
    }
}
