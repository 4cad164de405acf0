use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use board::{Courier, Order, Refusal, Search};
use chat::Message;
use events::Moment;
use greenlight_slack::{Credential, Credentials, Slack};
use local_slack::{Config, LocalSlack, Posted};
use serde_json::{Value, json};

/// A secret that can be rotated. Who asks for none that is fresh gets what was
/// last answered, as from a cache.
#[derive(Clone)]
pub(crate) struct Secret(Arc<Inner>);

struct Inner {
    stored: Mutex<String>,
    cached: Mutex<Option<String>>,
    fresh: AtomicUsize,
}

impl Secret {
    pub(crate) fn new(text: &str) -> Secret {
        Secret(Arc::new(Inner {
            stored: Mutex::new(text.to_owned()),
            cached: Mutex::default(),
            fresh: AtomicUsize::new(0),
        }))
    }

    pub(crate) fn rotate(&self, text: &str) {
        *self.0.stored.lock().unwrap() = text.to_owned();
    }

    /// How often a fresh one was asked for.
    pub(crate) fn asked(&self) -> usize {
        self.0.fresh.load(Ordering::SeqCst)
    }
}

impl Credentials for Secret {
    async fn get(&self, fresh: bool) -> Result<Credential, String> {
        if fresh {
            self.0.fresh.fetch_add(1, Ordering::SeqCst);
        }
        let stored = self.0.stored.lock().unwrap().clone();
        let mut cached = self.0.cached.lock().unwrap();
        if fresh || cached.is_none() {
            *cached = Some(stored);
        }
        let text = cached.clone().unwrap_or_default();
        Credential::read(&text).map_err(|error| error.to_string())
    }
}

/// A courier, its secret and the Slack that it speaks to.
pub(crate) struct Stage {
    pub(crate) local: LocalSlack,
    pub(crate) slack: Slack<Secret>,
    pub(crate) secret: Secret,
}

impl Stage {
    pub(crate) async fn new() -> Stage {
        Stage::of(Config::default(), |_| local_slack::TOKEN.to_owned()).await
    }

    pub(crate) async fn hooked() -> Stage {
        let hook = |local: &LocalSlack| local.webhook_url(local_slack::WEBHOOK);
        Stage::of(Config::default(), hook).await
    }

    pub(crate) async fn of(config: Config, secret: impl Fn(&LocalSlack) -> String) -> Stage {
        let local = LocalSlack::start(config).await.unwrap();
        let secret = Secret::new(&secret(&local));
        Stage {
            slack: connect(&local.api_url(), &secret).await,
            local,
            secret,
        }
    }

    pub(crate) async fn post(&self, body: &Value, mark: &str) -> Result<String, Refusal> {
        let message = message(body);
        self.slack.post(order("ops", None, &message, mark)).await
    }

    pub(crate) async fn reply(
        &self,
        root: &str,
        body: &Value,
        mark: &str,
    ) -> Result<String, Refusal> {
        let message = message(body);
        let order = order("ops", Some(root), &message, mark);
        self.slack.post(order).await
    }

    pub(crate) async fn update(&self, handle: &str, body: &Value) -> Result<(), Refusal> {
        let message = message(body);
        let order = order("ops", None, &message, "mark");
        self.slack.update(handle, order).await
    }

    pub(crate) async fn find(
        &self,
        thread: Option<&str>,
        mark: &str,
    ) -> Result<Option<String>, Refusal> {
        self.slack.find(search("ops", thread, mark)).await
    }

    /// What stands in the channel, by its text.
    pub(crate) fn standing(&self) -> Vec<String> {
        let all = self.local.messages("ops").into_iter();
        let standing = all.filter(|posted| !posted.is_deleted);
        standing.map(|posted| posted.text().to_owned()).collect()
    }

    pub(crate) fn only(&self) -> Posted {
        let all = self.local.messages("ops");
        assert_eq!(all.len(), 1, "{all:?}");
        all.into_iter().next().unwrap()
    }
}

pub(crate) async fn connect(api: &str, secret: &Secret) -> Slack<Secret> {
    // Whichever test was first has done it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .no_proxy()
        .connect_timeout(Duration::from_secs(3))
        .build()
        .unwrap();
    let channel = Some("ops".to_owned());
    Slack::connect(http, api.parse().unwrap(), secret.clone(), channel)
        .await
        .unwrap()
}

pub(crate) fn says(text: &str) -> Value {
    json!({
        "text": text,
        "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": text } }],
        "unfurl_links": false,
    })
}

pub(crate) fn message(body: &Value) -> Message {
    Message {
        slot: "card".to_owned(),
        in_thread: false,
        body: body.clone(),
    }
}

pub(crate) fn order<'a>(
    place: &'a str,
    thread: Option<&'a str>,
    message: &'a Message,
    mark: &'a str,
) -> Order<'a> {
    Order {
        place,
        thread,
        message,
        mark,
    }
}

pub(crate) fn search<'a>(place: &'a str, thread: Option<&'a str>, mark: &'a str) -> Search<'a> {
    Search {
        place,
        thread,
        mark,
        since: now(),
    }
}

pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Moment(i64::try_from(since.as_millis()).unwrap())
}

/// The kind of a refusal.
pub(crate) fn kind<T: std::fmt::Debug>(result: &Result<T, Refusal>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Refusal::Again { .. }) => "again",
        Err(Refusal::Unsure { .. }) => "unsure",
        Err(Refusal::Never { .. }) => "never",
        Err(Refusal::Gone { .. }) => "gone",
    }
}
