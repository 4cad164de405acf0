use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use board::{Courier, Order, Refusal, Search};
use chat::Message;
use reqwest::Client;
use routes::Way;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::{Map, Value, json};
use story::Story;
use url::Url;

use crate::{
    Credential, Credentials,
    call::{Api, hook},
    credential::{Kind, is_here},
    handle::Handle,
    refusal::{Failure, Method, may_be_stale, refusal},
};

/// Where Slack's Web API is. GovSlack's is <https://slack-gov.com/api/>.
pub const API: &str = "https://slack.com/api/";

/// Where a webhook leads: to the channel that it was made for, whatever the
/// routes say. No channel has this name.
const HOOK: &str = "incoming webhook";

/// The kind of metadata that carries a message's mark.
const EVENT_TYPE: &str = "greenlight_message";

/// What `chat.postMessage` takes of a message's content and `chat.update` does
/// not.
const POST_ONLY: &[&str] = &[
    "unfurl_links",
    "unfurl_media",
    "mrkdwn",
    "username",
    "icon_emoji",
    "icon_url",
    "reply_broadcast",
];

/// Slack, as a courier sees it.
pub struct Slack<C> {
    http: Client,
    api: Url,
    credentials: C,
    channel: Option<String>,
    is_live: AtomicBool,
    /// The ids of channels that are known by their names.
    ids: Mutex<HashMap<String, String>>,
}

/// Why Slack can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The credential could not be read.
    #[error("the credential for Slack could not be read: {0}")]
    Credential(String),
    /// The token would go over the wire in the clear, or nowhere.
    #[error("the address of Slack's Web API must begin with https:// and end with /: {0}")]
    Api(Url),
}

/// What is asked of the Web API.
pub(crate) enum Request<'a> {
    /// Something is changed.
    Send(&'a Value),
    /// Something is read.
    Ask(&'a [(&'a str, &'a str)]),
}

/// Why it was not done.
pub(crate) enum Failed {
    /// Slack did not answer as it should.
    Call(Failure, Credential),
    /// It did not come to a call.
    Before(Refusal),
}

#[derive(Deserialize)]
struct PostAnswer {
    channel: String,
    ts: String,
    #[serde(default)]
    message: Option<PostedMessage>,
}

#[derive(Deserialize)]
struct PostedMessage {
    thread_ts: Option<String>,
}

impl<C: Credentials> Slack<C> {
    /// Reads the credential, which decides between one message that is updated
    /// and one for each change. The channel is where messages go that no route
    /// leads elsewhere, by name or, better, by id. The client should give up
    /// connecting after 3 s and follow no redirects.
    ///
    /// # Errors
    /// When the credential can't be read, or the address is none to trust.
    pub async fn connect(
        http: Client,
        api: Url,
        credentials: C,
        channel: Option<String>,
    ) -> Result<Slack<C>, ConnectError> {
        let is_safe = api.scheme() == "https" || is_here(&api);
        if !is_safe || !api.path().ends_with('/') {
            return Err(ConnectError::Api(api));
        }
        let credential = credentials.get(false).await;
        let credential = credential.map_err(ConnectError::Credential)?;
        Ok(Slack {
            http,
            api,
            credentials,
            channel,
            is_live: AtomicBool::new(credential.is_token()),
            ids: Mutex::default(),
        })
    }

    /// The credential as it is now. From one kind to the other it changes what
    /// messages there are.
    async fn credential(&self, fresh: bool) -> Result<Credential, Failed> {
        match self.credentials.get(fresh).await {
            Ok(credential) => {
                let is_live = credential.is_token();
                self.is_live.store(is_live, Ordering::Relaxed);
                Ok(credential)
            }
            Err(why) => Err(Failed::Before(Refusal::Again {
                after: None,
                why: format!("the credential for Slack could not be read: {why}"),
            })),
        }
    }

    /// Calls a method of the Web API; with a fresh credential once more, if
    /// Slack refuses this one.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        request: Request<'_>,
    ) -> Result<T, Failed> {
        let mut credential = self.credential(false).await?;
        let mut is_fresh = false;
        loop {
            let Kind::Token(token) = &credential.0 else {
                return Err(changed());
            };
            let api = Api {
                http: &self.http,
                base: &self.api,
                token,
            };
            let answer = match request {
                Request::Send(body) => api.send(method, body).await,
                Request::Ask(query) => api.ask(method, query).await,
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(failure) if !is_fresh && may_be_stale(method, &failure) => {
                    is_fresh = true;
                    credential = self.other(credential, failure).await?;
                }
                Err(failure) => return Err(Failed::Call(failure, credential)),
            }
        }
    }

    /// Another credential than the one that was refused, if there is one.
    async fn other(&self, refused: Credential, failure: Failure) -> Result<Credential, Failed> {
        let fresh = self.credential(true).await?;
        match fresh == refused {
            true => Err(Failed::Call(failure, refused)),
            false => Ok(fresh),
        }
    }

    async fn hook(&self, body: &Value) -> Result<(), Failed> {
        let mut credential = self.credential(false).await?;
        let mut is_fresh = false;
        loop {
            let Kind::Webhook(url) = &credential.0 else {
                return Err(changed());
            };
            match hook(&self.http, url, body).await {
                Ok(()) => return Ok(()),
                Err(failure) if !is_fresh && may_be_stale(Method::Webhook, &failure) => {
                    is_fresh = true;
                    credential = self.other(credential, failure).await?;
                }
                Err(failure) => return Err(Failed::Call(failure, credential)),
            }
        }
    }

    async fn post_live(&self, order: Order<'_>) -> Result<String, Refusal> {
        let Order { place, thread, .. } = order;
        if place.is_empty() {
            return Err(Refusal::Never {
                why: "posting to Slack: no channel is named: name one in the settings, or in the \
                      routes"
                    .to_owned(),
            });
        }
        let thread = thread.and_then(Handle::parse);
        let mut body = content(order.message)?;
        // A thread is in its channel, whatever that is called now.
        let channel = thread.as_ref().map_or(place, |root| root.channel.as_str());
        body.insert("channel".to_owned(), json!(channel));
        if let Some(root) = &thread {
            body.insert("thread_ts".to_owned(), json!(root.ts));
        }
        let metadata = json!({
            "event_type": EVENT_TYPE,
            "event_payload": { "mark": order.mark },
        });
        body.insert("metadata".to_owned(), metadata);
        let body = Value::Object(body);
        let posted: PostAnswer = self
            .call(Method::Post, Request::Send(&body))
            .await
            .map_err(|failed| failed.refusal(Method::Post, place))?;
        if thread.is_none() {
            self.learn(place, &posted.channel);
        }
        let handle = Handle {
            channel: posted.channel,
            ts: posted.ts,
        };
        let is_in_thread = posted
            .message
            .is_none_or(|message| message.thread_ts.is_some());
        match thread.is_some() && !is_in_thread {
            true => self.stray(handle, place).await,
            false => Ok(handle.to_string()),
        }
    }

    /// A reply to a message that was deleted is posted as a message of its own,
    /// without an error. <https://github.com/slack-go/slack/issues/1571>
    async fn stray(&self, handle: Handle, place: &str) -> Result<String, Refusal> {
        let handle = handle.to_string();
        match self.withdraw(&handle).await {
            Ok(()) => Err(Refusal::Never {
                why: format!(
                    "posting to Slack ({}, {place}): the message that it belongs under was deleted",
                    Method::Post.name()
                ),
            }),
            // Better there than twice.
            Err(_) => Ok(handle),
        }
    }

    pub(crate) fn learn(&self, name: &str, id: &str) {
        let mut ids = lock(&self.ids);
        ids.insert(name.to_owned(), id.to_owned());
    }

    pub(crate) fn known(&self, name: &str) -> Option<String> {
        lock(&self.ids).get(name).cloned()
    }
}

impl<C: Credentials> Courier for Slack<C> {
    fn place(&self, way: &Way) -> String {
        if !self.is_live() {
            return HOOK.to_owned();
        }
        let channel = way.channel.as_ref().or(self.channel.as_ref());
        channel.cloned().unwrap_or_default()
    }

    fn messages(&self, story: &Story, way: &Way) -> Vec<Message> {
        match self.is_live() {
            true => chat::slack::live(story, way.mention.as_ref()),
            false => chat::slack::milestones(story, way.mention.as_ref()),
        }
    }

    fn is_live(&self) -> bool {
        self.is_live.load(Ordering::Relaxed)
    }

    async fn post(&self, order: Order<'_>) -> Result<String, Refusal> {
        if order.place != HOOK {
            return self.post_live(order).await;
        }
        let body = Value::Object(content(order.message)?);
        let posted = self.hook(&body).await;
        posted.map_err(|failed| failed.refusal(Method::Webhook, ""))?;
        Ok("webhook".to_owned())
    }

    async fn update(&self, handle: &str, order: Order<'_>) -> Result<(), Refusal> {
        let Some(handle) = Handle::parse(handle) else {
            return Err(Refusal::Gone {
                why: "updating a message in Slack: a webhook posted it".to_owned(),
            });
        };
        let mut body = content(order.message)?;
        body.retain(|name, _| !POST_ONLY.contains(&name.as_str()));
        body.insert("channel".to_owned(), json!(handle.channel));
        body.insert("ts".to_owned(), json!(handle.ts));
        // Without it the text is read as if a person had typed it.
        body.entry("parse").or_insert_with(|| json!("none"));
        // None at all would be none from now on, so that is said.
        body.entry("blocks").or_insert_with(|| json!([]));
        let body = Value::Object(body);
        let updated: Result<IgnoredAny, Failed> =
            self.call(Method::Update, Request::Send(&body)).await;
        updated
            .map(drop)
            .map_err(|failed| failed.refusal(Method::Update, order.place))
    }

    async fn withdraw(&self, handle: &str) -> Result<(), Refusal> {
        let Some(handle) = Handle::parse(handle) else {
            return Ok(());
        };
        let body = json!({ "channel": handle.channel, "ts": handle.ts });
        let deleted: Result<IgnoredAny, Failed> =
            self.call(Method::Delete, Request::Send(&body)).await;
        match deleted {
            Ok(_) => Ok(()),
            Err(failed) if failed.is(&["message_not_found"]) => Ok(()),
            Err(failed) => Err(failed.refusal(Method::Delete, &handle.channel)),
        }
    }

    async fn find(&self, search: Search<'_>) -> Result<Option<String>, Refusal> {
        match search.place == HOOK {
            // Nobody can look through a webhook.
            true => Ok(None),
            false => self.look(search).await,
        }
    }
}

impl Failed {
    /// Whether Slack answered one of these errors.
    pub(crate) fn is(&self, codes: &[&str]) -> bool {
        match self {
            Failed::Call(Failure::Refused(told), _) => codes.contains(&told.code.as_str()),
            _ => false,
        }
    }

    /// As the board is told of it; the credential is not in it.
    pub(crate) fn refusal(self, method: Method, place: &str) -> Refusal {
        match self {
            Failed::Before(refusal) => refusal,
            // Before anything is cut, since a part of a secret is one as well.
            Failed::Call(failure, credential) => {
                let failure = failure.map(|text| credential.scrub(text));
                refusal(method, place, &failure)
            }
        }
    }
}

/// The messages that were made do for the other kind of credential.
fn changed() -> Failed {
    Failed::Before(Refusal::Again {
        after: Some(Duration::from_secs(1)),
        why: "posting to Slack: the secret has changed between a bot token and a webhook, so the \
              messages are made anew"
            .to_owned(),
    })
}

/// What a message says, as Slack takes it.
fn content(message: &Message) -> Result<Map<String, Value>, Refusal> {
    match &message.body {
        Value::Object(body) => Ok(body.clone()),
        _ => Err(Refusal::Never {
            why: format!(
                "posting to Slack: the content of {} is no object",
                message.slot
            ),
        }),
    }
}

/// Locks; what a panic left behind is a map all the same.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
