//! The world, shared: whoever changes it wakes all who wait for a change.

use std::{
    sync::{Mutex, MutexGuard, OnceLock},
    time::Duration,
};

use serde::Serialize;
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use world::{Effect, Happening, Millis, PutEvent, World};

use crate::{LogLine, UnknownHook, clock, sync::lock};

/// Something that a watcher of the local AWS gets to know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Update {
    /// Something happened in the world.
    Happened(Happening),
    /// A function wrote a line.
    Log(LogLine),
    /// A function's invocation for a hook is over.
    Invoked {
        /// The function, as the hook names it.
        function: String,
        /// The id of the hook's execution.
        execution: String,
        /// How long it took to start, if it was started for this.
        init: Option<Duration>,
        /// How long it worked.
        duration: Duration,
        /// Why it failed, in one line.
        failure: Option<String>,
    },
    /// A hook names a function that isn't here; it was answered in the
    /// function's stead.
    UnknownHook {
        /// The deployment.
        deployment: String,
        /// The lifecycle event or stage.
        step: String,
        /// The function, as the hook names it.
        function: String,
        /// The id of the hook's execution.
        execution: String,
        /// What was answered.
        answered: UnknownHook,
    },
    /// A function was called that nobody waits for, by a rule, a topic or an
    /// `Invoke` of type `Event`.
    InvokedLater {
        /// The function, as it is named there.
        function: String,
        /// The first, second, … try.
        attempt: u32,
        /// How long it worked.
        duration: Duration,
        /// Why it failed, in one line.
        failure: Option<String>,
    },
    /// A function was handed messages of a queue, and is done with them.
    Fed {
        /// The function, as the mapping names it.
        function: String,
        /// The queue, as the mapping names it.
        queue: String,
        /// So many messages it got.
        messages: usize,
        /// So many of them come again.
        failed: usize,
        /// Why it failed, in one line.
        failure: Option<String>,
    },
    /// An event was put on EventBridge.
    EventPut(PutEvent),
}

/// The shared world.
#[derive(Debug)]
pub(crate) struct Hub {
    world: Mutex<World>,
    /// Counts all changes.
    version: watch::Sender<u64>,
    /// Counts what came from outside, for whoever drives the world.
    inputs: watch::Sender<u64>,
    /// Counts the changes of queues, for whoever waits for a message.
    mails: watch::Sender<u64>,
    /// How many asynchronous invocations aren't over.
    pending: watch::Sender<usize>,
    /// Where AWS's APIs are.
    endpoint: OnceLock<String>,
    feed: Mutex<Feed>,
}

#[derive(Debug)]
struct Feed {
    /// So much of the history has been told.
    told: usize,
    events_told: usize,
    listeners: Vec<mpsc::UnboundedSender<Update>>,
}

impl Hub {
    pub(crate) fn new(world: World) -> Hub {
        Hub {
            feed: Mutex::new(Feed {
                told: world.history.len(),
                events_told: world.events.len(),
                listeners: Vec::new(),
            }),
            world: Mutex::new(world),
            version: watch::Sender::new(0),
            inputs: watch::Sender::new(0),
            mails: watch::Sender::new(0),
            pending: watch::Sender::new(0),
            endpoint: OnceLock::new(),
        }
    }

    pub(crate) fn read<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        look(&lock(&self.world))
    }

    /// Changes the world, and wakes all who wait for that.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut World, Millis) -> R) -> R {
        let mut world = lock(&self.world);
        let result = change(&mut world, clock::now());
        self.tell(&world);
        drop(world);
        self.version.send_modify(|version| *version += 1);
        self.inputs.send_modify(|inputs| *inputs += 1);
        result
    }

    /// Changes what no deployment depends on, such as objects: the world need
    /// not advance after it.
    pub(crate) fn keep<R>(&self, change: impl FnOnce(&mut World) -> R) -> R {
        let result = change(&mut lock(&self.world));
        self.version.send_modify(|version| *version += 1);
        result
    }

    /// Changes queues: who waits for messages is woken, and nobody else.
    pub(crate) fn mail<R>(&self, change: impl FnOnce(&mut World, Millis) -> R) -> R {
        let result = self.keep(|world| change(world, clock::now()));
        self.mails.send_modify(|mails| *mails += 1);
        result
    }

    /// How many asynchronous invocations aren't over. Those that the world has
    /// still to ask for are not among them.
    pub(crate) fn pending(&self) -> &watch::Sender<usize> {
        &self.pending
    }

    /// Waits until no asynchronous invocation is to be made or under way.
    pub(crate) async fn idle(&self) {
        let (mut changes, mut pending) = (self.changes(), self.pending.subscribe());
        loop {
            changes.mark_unchanged();
            let asked = self.read(World::asks_for_invocations);
            if !asked && *pending.borrow_and_update() == 0 {
                return;
            }
            // Both senders live as long as this.
            tokio::select! {
                _ = changes.changed() => {}
                _ = pending.changed() => {}
            }
        }
    }

    /// Wakes at each change of a queue from now on.
    pub(crate) fn mails(&self) -> watch::Receiver<u64> {
        self.mails.subscribe()
    }

    /// Says where AWS's APIs are, once.
    pub(crate) fn set_endpoint(&self, endpoint: String) {
        // A second time would be the same place.
        let _ = self.endpoint.set(endpoint);
    }

    /// The URL of a queue.
    pub(crate) fn queue_url(&self, name: &str) -> String {
        let endpoint = self.endpoint.get().map_or("", String::as_str);
        self.read(|world| format!("{endpoint}/{}/{name}", world.account))
    }

    /// Lets the world do what is due. Returns what is to be done outside, and
    /// how long there is until more is due.
    pub(crate) fn advance(&self) -> (Vec<Effect>, Option<Duration>) {
        let mut world = lock(&self.world);
        let effects = world.advance(clock::now());
        self.tell(&world);
        // Counted before anybody else can look.
        let later = |effect: &&Effect| matches!(effect, Effect::InvokeLater { .. });
        let later = effects.iter().filter(later).count();
        if later > 0 {
            self.pending.send_modify(|pending| *pending += later);
        }
        let due = world.next_due().map(|due| due.since(clock::now()));
        drop(world);
        self.version.send_modify(|version| *version += 1);
        (effects, due)
    }

    /// Wakes at each change from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Wakes at each input from now on: after it, the world must advance.
    pub(crate) fn inputs(&self) -> watch::Receiver<u64> {
        self.inputs.subscribe()
    }

    /// Waits until something is so. `None` when it isn't in time.
    pub(crate) async fn wait_for<R>(
        &self,
        limit: Duration,
        mut found: impl FnMut(&World) -> Option<R>,
    ) -> Option<R> {
        let mut changes = self.changes();
        let wait = async {
            loop {
                changes.mark_unchanged();
                if let Some(result) = self.read(&mut found) {
                    return Some(result);
                }
                changes.changed().await.ok()?;
            }
        };
        timeout(limit, wait).await.ok().flatten()
    }

    /// Everything that happened so far and that happens from now on, in order.
    pub(crate) fn subscribe(&self) -> mpsc::UnboundedReceiver<Update> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let world = lock(&self.world);
        for happening in &world.history {
            // The receiver is here.
            let _ = sender.send(Update::Happened(happening.clone()));
        }
        self.lock_feed().listeners.push(sender);
        receiver
    }

    /// Tells what the world itself doesn't note.
    pub(crate) fn publish(&self, update: &Update) {
        publish(&mut self.lock_feed(), update);
    }

    /// The feed is locked while the world is, so that everything is told in
    /// order; never the other way round.
    fn tell(&self, world: &World) {
        let mut feed = self.lock_feed();
        let told = feed.told;
        for happening in world.history.iter().skip(told) {
            publish(&mut feed, &Update::Happened(happening.clone()));
        }
        feed.told = world.history.len();
        let told = feed.events_told;
        for event in world.events.iter().skip(told) {
            publish(&mut feed, &Update::EventPut(event.clone()));
        }
        feed.events_told = world.events.len();
    }

    fn lock_feed(&self) -> MutexGuard<'_, Feed> {
        lock(&self.feed)
    }
}

fn publish(feed: &mut Feed, update: &Update) {
    feed.listeners
        .retain(|listener| listener.send(update.clone()).is_ok());
}
