use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use board::{Board, Courier, Inquire, Taken};
use card::{Card, Key, Part};
use events::Event;
use fastrand::Rng;
use routes::Routes;
use story::{Finding, Subject};
use tokio::task::JoinSet;

/// How the events are delivered.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Invocations at the same time.
    pub at_once: usize,
    /// The time of an invocation.
    pub timeout: Duration,
    /// How many invocations of a hundred are killed, if they last long enough.
    pub kills: u8,
    /// After how long an event comes again whose invocation was killed.
    pub visibility: Duration,
    /// After how long it is given up.
    pub limit: Duration,
    /// What is drawn by lot is drawn from.
    pub seed: u64,
}

/// What went on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that arrived, those that came twice included.
    pub arrived: usize,
    /// Invocations.
    pub invocations: usize,
    /// Invocations that were killed.
    pub killed: usize,
    /// Events that were to come again.
    pub later: usize,
    /// Events that can never be delivered, and why.
    pub lost: Vec<String>,
    /// What each redelivery waited for, and how often.
    pub whys: BTreeMap<String, usize>,
    /// How long it took.
    pub took: Duration,
}

/// An AWS that has nothing to say.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Inquire for Silent {
    async fn finding(&self, _: &Card, _: &Subject) -> Finding {
        Finding::default()
    }

    async fn parent(&self, _: &Key, _: &Card) -> Option<Key> {
        None
    }

    async fn works(&self, _: &Card) -> Vec<Part> {
        Vec::new()
    }
}

/// When an invocation is killed.
#[derive(Debug, Clone, Copy)]
enum Kill {
    Never,
    /// Before it goes on for the nth time: just when something has answered,
    /// and nothing is known of it.
    Step(u32),
    /// After so long, whatever it does.
    After(Duration),
}

/// How an invocation ended.
enum Ended {
    Taken(Taken),
    Killed,
}

/// Delivers all events, those that shall come again too, until none is left.
///
/// # Panics
/// When an invocation panics, or events are left when the limit is over.
pub async fn deliver<C, I>(
    board: Arc<Board<C, I>>,
    arrivals: &[Event],
    routes: Arc<Routes>,
    patience: Patience,
) -> Counts
where
    C: Courier + 'static,
    I: Inquire + 'static,
{
    let began = Instant::now();
    let mut rng = Rng::with_seed(patience.seed);
    let mut counts = Counts {
        arrived: arrivals.len(),
        ..Counts::default()
    };
    let all: Vec<Arc<Event>> = arrivals.iter().cloned().map(Arc::new).collect();
    // When it is due, and which one: in the order of arrival where that ties.
    let first = (0..all.len()).map(|n| Reverse((began, n)));
    let mut queue: BinaryHeap<Reverse<(Instant, usize)>> = first.collect();
    let mut running: JoinSet<(usize, Ended)> = JoinSet::new();
    loop {
        while running.len() < patience.at_once
            && let Some(Reverse((due, n))) = queue.peek().copied()
            && due <= Instant::now()
        {
            queue.pop();
            counts.invocations += 1;
            let (board, event, routes) = (board.clone(), all[n].clone(), routes.clone());
            let kill = kill(&mut rng, patience.kills);
            running.spawn(async move {
                let until = tokio::time::Instant::now() + patience.timeout;
                let taken = board.take(&event, &routes, until);
                (n, run(taken, kill).await)
            });
        }
        let left = patience.limit.saturating_sub(began.elapsed());
        assert!(
            !left.is_zero(),
            "{} events are left after {:?}: {counts:#?}",
            queue.len() + running.len(),
            patience.limit
        );
        let next = queue.peek().map(|Reverse((due, _))| *due);
        let has_room = running.len() < patience.at_once;
        let pause = match next.filter(|_| has_room) {
            Some(due) => due.saturating_duration_since(Instant::now()).min(left),
            None if running.is_empty() => break,
            None => left,
        };
        let ended = tokio::select! {
            ended = running.join_next(), if !running.is_empty() => ended,
            () = tokio::time::sleep(pause) => None,
        };
        let Some(ended) = ended else { continue };
        let (n, ended) = ended.expect("no invocation panics");
        let again = match ended {
            Ended::Taken(Taken::Done) => None,
            Ended::Taken(Taken::Later { after, why }) => {
                counts.later += 1;
                // Without what differs from one to the next.
                let why = why.split([':', '(']).next().unwrap_or_default();
                *counts.whys.entry(why.trim().to_owned()).or_default() += 1;
                Some(after)
            }
            Ended::Taken(Taken::Lost { why }) => {
                counts.lost.push(why);
                None
            }
            Ended::Killed => {
                counts.killed += 1;
                Some(patience.visibility)
            }
        };
        queue.extend(again.map(|after| Reverse((Instant::now() + after, n))));
    }
    counts.took = began.elapsed();
    counts
}

fn kill(rng: &mut Rng, of_a_hundred: u8) -> Kill {
    if rng.u8(0..100) >= of_a_hundred {
        return Kill::Never;
    }
    match rng.bool() {
        true => Kill::Step(rng.u32(1..16)),
        // As often within a millisecond as within ten or a hundred.
        false => Kill::After(Duration::from_secs_f64(10f64.powf(-4.0 + 4.0 * rng.f64()))),
    }
}

async fn run(taken: impl Future<Output = Taken>, kill: Kill) -> Ended {
    let mut taken = pin!(taken);
    match kill {
        Kill::Never => Ended::Taken(taken.await),
        Kill::After(time) => tokio::time::timeout(time, taken)
            .await
            .map_or(Ended::Killed, Ended::Taken),
        Kill::Step(mut left) => {
            std::future::poll_fn(|context| {
                if left == 0 {
                    return Poll::Ready(Ended::Killed);
                }
                left -= 1;
                taken.as_mut().poll(context).map(Ended::Taken)
            })
            .await
        }
    }
}
