use std::{
    collections::BTreeMap,
    fmt, io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, task::JoinHandle};

use crate::{
    ChannelInfo, ChannelSpec, Config, Fault, FaultId, Posted, Standing, Token, What, api::Slack,
    faults::Faults, readback, serve,
};

/// How often each method was called, and with which result: `ok`, an error of
/// Slack's, a status.
type Calls = BTreeMap<String, BTreeMap<String, u64>>;

/// A running stand-in for Slack. It and its connections end when it is dropped.
pub struct LocalSlack {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What all connections share.
pub(crate) struct Shared {
    slack: Mutex<Slack>,
    faults: Mutex<Faults>,
    calls: Mutex<Calls>,
    changed: watch::Sender<u64>,
}

impl LocalSlack {
    /// Starts it on loopback.
    ///
    /// # Errors
    /// When a port that was asked for is taken, or no socket can be had.
    pub async fn start(config: Config) -> io::Result<LocalSlack> {
        let listener = serve::bind(config.port).await?;
        let mut faults = Faults::default();
        let slack = Slack::new(&config);
        for fault in config.faults {
            faults.add(fault);
        }
        let shared = Arc::new(Shared {
            slack: Mutex::new(slack),
            faults: Mutex::new(faults),
            calls: Mutex::default(),
            changed: watch::Sender::new(0),
        });
        Ok(LocalSlack {
            address: listener.local_addr()?,
            task: tokio::spawn(serve::run(listener, shared.clone())),
            shared,
        })
    }

    /// Where it is: `http://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its Web API is, as `https://slack.com/api/` is Slack's.
    pub fn api_url(&self) -> String {
        format!("http://{}/api/", self.address)
    }

    /// The address of a webhook, by its path behind `/services/`.
    pub fn webhook_url(&self, path: &str) -> String {
        format!("http://{}/services/{path}", self.address)
    }

    /// The channels, in the order in which they came into being.
    pub fn channels(&self) -> Vec<ChannelInfo> {
        self.shared.read(|slack| {
            let channels = slack.state.channels().iter();
            channels.map(readback::info).collect()
        })
    }

    /// The messages of a channel, by its name or its id, oldest first, each with
    /// its thread. Those that were deleted are among them.
    pub fn messages(&self, channel: &str) -> Vec<Posted> {
        self.shared.read(|slack| {
            let channel = slack.state.find(channel);
            channel.map_or_else(Vec::new, readback::messages)
        })
    }

    /// How often each method was called, webhooks as `webhook`, and with which
    /// result: `ok`, an error of Slack's, a status.
    pub fn calls(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        self.shared.calls()
    }

    /// How often a method was called, whatever came of it.
    pub fn called(&self, method: &str) -> u64 {
        let calls = lock(&self.shared.calls);
        calls
            .get(method)
            .map_or(0, |results| results.values().sum())
    }

    /// A number that grows with each message that is posted, changed or
    /// deleted: for whoever waits for one.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    /// Turns a fault on.
    pub fn fault(&self, fault: Fault) -> FaultId {
        lock(&self.shared.faults).add(fault)
    }

    /// Turns a fault off.
    pub fn mend(&self, id: FaultId) {
        lock(&self.shared.faults).remove(id);
    }

    /// Turns all faults off.
    pub fn mend_all(&self) {
        lock(&self.shared.faults).clear();
    }

    /// Makes a token known, or changes one that is.
    pub fn grant(&self, token: Token) {
        let mut slack = lock(&self.shared.slack);
        slack.tokens.retain(|other| other.secret != token.secret);
        slack.tokens.push(token);
    }

    /// Says whether a known token is still good.
    pub fn judge(&self, secret: &str, standing: Standing) {
        let mut slack = lock(&self.shared.slack);
        for token in slack.tokens.iter_mut().filter(|t| t.secret == secret) {
            token.standing = standing;
        }
    }

    /// Makes a webhook known by its path behind `/services/`; without a channel
    /// it is removed.
    pub fn hook(&self, path: &str, channel: Option<&str>) {
        let mut slack = lock(&self.shared.slack);
        match channel {
            Some(channel) => slack.webhooks.insert(path.to_owned(), channel.to_owned()),
            None => slack.webhooks.remove(path),
        };
    }

    /// Makes a channel, or makes one that exists what is wanted; answers its id.
    pub fn channel(&self, spec: ChannelSpec) -> String {
        lock(&self.shared.slack).state.create(spec)
    }
}

impl Drop for LocalSlack {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for LocalSlack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSlack")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Slack) -> T) -> T {
        read(&lock(&self.slack))
    }

    /// Carries a call out; one that `writes` is a change that others hear of.
    pub(crate) fn change<T, E>(
        &self,
        writes: bool,
        change: impl FnOnce(&mut Slack) -> Result<T, E>,
    ) -> Result<T, E> {
        let done = change(&mut lock(&self.slack));
        if writes && done.is_ok() {
            self.changed.send_modify(|count| *count += 1);
        }
        done
    }

    pub(crate) fn strike(&self, method: &str) -> Option<What> {
        lock(&self.faults).strike(method)
    }

    pub(crate) fn count(&self, method: &str, result: &str) {
        let mut calls = lock(&self.calls);
        let results = calls.entry(method.to_owned()).or_default();
        *results.entry(result.to_owned()).or_default() += 1;
    }

    pub(crate) fn calls(&self) -> Calls {
        lock(&self.calls).clone()
    }
}

/// Locks. What a panic left behind is still whole: everything that is locked
/// here is changed in single steps.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
