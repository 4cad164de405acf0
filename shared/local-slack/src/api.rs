//! The methods of the Web API, and webhooks. Without I/O.

use std::{collections::BTreeMap, time::Instant};

use serde_json::{Value, json};

use crate::{
    Config, Refused, Token,
    args::{Args, flag, text},
    check,
    pace::Pacing,
    readback::list,
    state::{Channel, Draft, Kept, Message, State, Ts},
};

/// How many messages a page has at most, and if nothing is said.
const PAGE: (usize, usize) = (999, 100);

/// All that a stand-in Slack knows.
#[derive(Debug)]
pub(crate) struct Slack {
    pub(crate) state: State,
    pub(crate) tokens: Vec<Token>,
    pub(crate) webhooks: BTreeMap<String, String>,
    pacing: Option<Pacing>,
}

/// Why a call is not done.
#[derive(Debug)]
pub(crate) enum Trouble {
    Refused(Refused),
    /// Too fast; after so many seconds again.
    Slower(u64),
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Trouble {
        Trouble::Refused(refused)
    }
}

fn no(code: &str) -> Trouble {
    Trouble::Refused(Refused::new(code))
}

impl Slack {
    pub(crate) fn new(config: &Config) -> Slack {
        Slack {
            state: State::new(config.channels.clone(), config.any_channel),
            tokens: config.tokens.clone(),
            webhooks: config.webhooks.clone(),
            pacing: config.pace.map(Pacing::new),
        }
    }

    /// Carries out a method of the Web API.
    pub(crate) fn call(
        &mut self,
        method: &str,
        token: Option<&str>,
        args: &Args,
    ) -> Result<Value, Trouble> {
        let handler: fn(&mut Slack, &Token, &Args) -> Result<Value, Trouble> = match method {
            "auth.test" => Slack::auth_test,
            "chat.postMessage" => Slack::post,
            "chat.update" => Slack::update,
            "chat.delete" => Slack::delete,
            "conversations.history" => Slack::history,
            "conversations.replies" => Slack::replies,
            "users.conversations" => Slack::conversations,
            _ => return Err(no("unknown_method")),
        };
        let token = self.authorize(token)?;
        if method != "chat.postMessage"
            && let Some(pacing) = &mut self.pacing
        {
            pacing.call(method, Instant::now()).map_err(slower)?;
        }
        handler(self, &token, args)
    }

    fn authorize(&self, secret: Option<&str>) -> Result<Token, Refused> {
        let secret = secret.ok_or_else(|| Refused::new("not_authed"))?;
        let token = self.tokens.iter().find(|token| token.secret == secret);
        let token = token.ok_or_else(|| Refused::new("invalid_auth"))?;
        match token.trouble() {
            None => Ok(token.clone()),
            Some(code) => Err(Refused::new(code)),
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "a method like any other"
    )]
    fn auth_test(&mut self, token: &Token, _: &Args) -> Result<Value, Trouble> {
        Ok(json!({
            "ok": true,
            "url": "https://local.slack.com/",
            "team": "Local",
            "team_id": "T0LOCAL",
            "user": "greenlight",
            "user_id": token.bot,
            "bot_id": bot_id(&token.bot),
        }))
    }

    fn post(&mut self, token: &Token, args: &Args) -> Result<Value, Trouble> {
        need(token, "chat:write")?;
        let name = text(args, "channel").ok_or_else(|| no("channel_not_found"))?;
        let content = check::read(args)?;
        let metadata = check::metadata(args)?.filter(|metadata| !metadata.is_null());
        let thread = thread(args)?;
        let id = self.state.open(&name);
        let id = id.ok_or_else(|| no("channel_not_found"))?;
        if let Some(channel) = self.state.by_id(&id) {
            may_post(channel, token)?;
        }
        if let Some(pacing) = &mut self.pacing {
            pacing.post(&id, Instant::now()).map_err(slower)?;
        }
        let draft = Draft {
            bot: token.bot.clone(),
            content,
            metadata,
            thread,
        };
        let posted = self.state.post(&id, draft);
        let message = posted.ok_or_else(|| no("channel_not_found"))?;
        Ok(json!({
            "ok": true,
            "channel": id,
            "ts": message.ts.to_string(),
            "message": shown(message, true),
        }))
    }

    fn update(&mut self, token: &Token, args: &Args) -> Result<Value, Trouble> {
        need(token, "chat:write")?;
        let (id, ts) = self.target(args)?;
        let content = check::read(args)?;
        let metadata = check::metadata(args)?;
        if self.state.by_id(&id).is_some_and(|c| c.spec.is_archived) {
            return Err(no("is_inactive"));
        }
        let target = (id.as_str(), ts);
        let message = self.state.update(target, &token.bot, content, metadata)?;
        Ok(json!({
            "ok": true,
            "channel": id,
            "ts": message.ts.to_string(),
            "text": message.latest().text,
            "message": shown(message, true),
        }))
    }

    fn delete(&mut self, token: &Token, args: &Args) -> Result<Value, Trouble> {
        need(token, "chat:write")?;
        let (id, ts) = self.target(args)?;
        self.state.delete(&id, ts, &token.bot)?;
        Ok(json!({ "ok": true, "channel": id, "ts": ts.to_string() }))
    }

    /// The message that is meant: its channel goes by its id alone.
    fn target(&self, args: &Args) -> Result<(String, Ts), Trouble> {
        let id = text(args, "channel").unwrap_or_default();
        let Some(channel) = self.state.by_id(&id) else {
            return Err(no("channel_not_found"));
        };
        let ts = text(args, "ts").and_then(|ts| Ts::parse(&ts));
        let ts = ts.ok_or_else(|| no("message_not_found"))?;
        Ok((channel.id.clone(), ts))
    }

    fn history(&mut self, token: &Token, args: &Args) -> Result<Value, Trouble> {
        let channel = self.readable(token, args)?;
        let window = Window::read(args)?;
        // Newest first; what is in a thread is not shown.
        let rest = window.before(&channel.messages).rev();
        let rest = rest.filter(|m| m.thread.is_none() && is_visible(m));
        let rest = rest.filter(|m| window.is_early_enough(m.ts) && window.is_late_enough(m.ts));
        Ok(window.page(rest))
    }

    fn replies(&mut self, token: &Token, args: &Args) -> Result<Value, Trouble> {
        let channel = self.readable(token, args)?;
        let window = Window::read(args)?;
        let ts = text(args, "ts").and_then(|ts| Ts::parse(&ts));
        let found = ts.and_then(|ts| channel.messages.get(&ts));
        let root = found.filter(|m| is_visible(m));
        let root = root.ok_or_else(|| no("thread_not_found"))?;
        let replies = root.replies.iter();
        let replies = replies.filter_map(|ts| channel.messages.get(ts));
        // The first message always comes first, then the oldest.
        let within = replies
            .filter(|m| window.is_early_enough(m.ts) && window.is_late_enough(m.ts))
            .filter(|m| window.cursor.is_none_or(|cursor| m.ts > cursor));
        let first = window.cursor.is_none().then_some(root);
        Ok(window.page(first.into_iter().chain(within)))
    }

    /// The channel of which the history is read.
    fn readable(&self, token: &Token, args: &Args) -> Result<&Channel, Trouble> {
        let id = text(args, "channel").unwrap_or_default();
        let channel = self.state.by_id(&id);
        let channel = channel.ok_or_else(|| no("channel_not_found"))?;
        let spec = &channel.spec;
        match spec.is_private {
            true => need(token, "groups:history")?,
            false => need(token, "channels:history")?,
        }
        match (spec.is_member, spec.is_private) {
            (true, _) => Ok(channel),
            (false, true) => Err(no("channel_not_found")),
            (false, false) => Err(no("not_in_channel")),
        }
    }

    fn conversations(&mut self, token: &Token, args: &Args) -> Result<Value, Trouble> {
        let types = text(args, "types").unwrap_or_else(|| "public_channel".to_owned());
        let wants = |kind: &str| types.split(',').any(|one| one.trim() == kind);
        let (public, private) = (wants("public_channel"), wants("private_channel"));
        if public {
            need(token, "channels:read")?;
        }
        if private {
            need(token, "groups:read")?;
        }
        let limit = limit(args)?;
        let cursor = text(args, "cursor").map(|cursor| cursor.parse::<usize>());
        let skip = cursor.transpose().map_err(|_| no("invalid_cursor"))?;
        let skip = skip.unwrap_or(0);
        let without_archived = flag(args, "exclude_archived");
        let all: Vec<&Channel> = self
            .state
            .channels()
            .iter()
            .filter(|c| c.spec.is_member && !(without_archived && c.spec.is_archived))
            .filter(|c| if c.spec.is_private { private } else { public })
            .collect();
        let page: Vec<Value> = all.iter().skip(skip).take(limit).map(|c| told(c)).collect();
        let end = skip.saturating_add(page.len());
        let next = match end < all.len() {
            true => end.to_string(),
            false => String::new(),
        };
        Ok(json!({
            "ok": true,
            "channels": page,
            "response_metadata": { "next_cursor": next },
        }))
    }

    /// Posts through a webhook: its path behind `/services/`. Err: a status and
    /// a text.
    pub(crate) fn webhook(&mut self, path: &str, args: Option<&Args>) -> Result<(), Hooked> {
        let Some(name) = self.webhooks.get(path).cloned() else {
            return Err(Hooked::Status(404, "no_service".to_owned()));
        };
        let Some(args) = args else {
            return Err(Hooked::Status(400, "invalid_payload".to_owned()));
        };
        let bad = |refused: Refused| Hooked::Status(400, refused.code);
        let content = check::read(args).map_err(bad)?;
        let thread = match thread(args) {
            Ok(thread) => thread,
            Err(_) => return Err(Hooked::Status(400, "invalid_payload".to_owned())),
        };
        let no_channel = || Hooked::Status(404, "channel_not_found".to_owned());
        let id = self.state.open(&name).ok_or_else(no_channel)?;
        if self.state.by_id(&id).is_some_and(|c| c.spec.is_archived) {
            return Err(Hooked::Status(410, "channel_is_archived".to_owned()));
        }
        if let Some(pacing) = &mut self.pacing {
            let paced = pacing.post(&id, Instant::now());
            paced.map_err(|after| Hooked::Slower(seconds(after)))?;
        }
        let draft = Draft {
            bot: path.to_owned(),
            content,
            metadata: None,
            thread,
        };
        self.state.post(&id, draft).map(drop).ok_or_else(no_channel)
    }
}

/// Why a webhook did not post.
#[derive(Debug)]
pub(crate) enum Hooked {
    Status(u16, String),
    Slower(u64),
}

/// Which messages are asked for.
struct Window {
    oldest: Ts,
    latest: Option<Ts>,
    is_inclusive: bool,
    cursor: Option<Ts>,
    limit: usize,
    has_metadata: bool,
}

impl Window {
    fn read(args: &Args) -> Result<Window, Trouble> {
        let time = |name: &str| text(args, name).map(|text| Ts::parse(&text));
        let oldest = time("oldest").map(|ts| ts.ok_or_else(|| no("invalid_ts_oldest")));
        let latest = time("latest").map(|ts| ts.ok_or_else(|| no("invalid_ts_latest")));
        let cursor = text(args, "cursor").map(|cursor| {
            let ts = cursor.strip_prefix("next_ts:").and_then(Ts::parse);
            ts.ok_or_else(|| no("invalid_cursor"))
        });
        Ok(Window {
            oldest: oldest.transpose()?.unwrap_or(Ts(0)),
            latest: latest.transpose()?,
            is_inclusive: flag(args, "inclusive"),
            cursor: cursor.transpose()?,
            limit: limit(args)?,
            has_metadata: flag(args, "include_all_metadata"),
        })
    }

    /// The messages between the oldest and the cursor.
    fn before<'a>(
        &self,
        messages: &'a BTreeMap<Ts, Message>,
    ) -> impl DoubleEndedIterator<Item = &'a Message> {
        let end = [
            self.latest,
            self.cursor.map(|ts| Ts(ts.0.saturating_sub(1))),
        ];
        let end = end.into_iter().flatten().min();
        let end = end.unwrap_or(Ts(u64::MAX)).max(self.oldest);
        messages
            .range(self.oldest..=end)
            .map(|(_, message)| message)
    }

    fn is_late_enough(&self, ts: Ts) -> bool {
        ts > self.oldest || self.is_inclusive && ts == self.oldest
    }

    fn is_early_enough(&self, ts: Ts) -> bool {
        let Some(latest) = self.latest else {
            return true;
        };
        ts < latest || self.is_inclusive && ts == latest
    }

    fn page<'a>(&self, messages: impl Iterator<Item = &'a Message>) -> Value {
        let mut messages = messages.peekable();
        let mut page = Vec::new();
        let mut last = Ts(0);
        while page.len() < self.limit
            && let Some(message) = messages.next()
        {
            last = message.ts;
            page.push(shown(message, self.has_metadata));
        }
        let has_more = messages.peek().is_some();
        let cursor = match has_more {
            true => format!("next_ts:{last}"),
            false => String::new(),
        };
        json!({
            "ok": true,
            "messages": page,
            "has_more": has_more,
            "response_metadata": { "next_cursor": cursor },
        })
    }
}

fn limit(args: &Args) -> Result<usize, Trouble> {
    let (most, usual) = PAGE;
    match text(args, "limit").map(|limit| limit.parse::<usize>()) {
        None => Ok(usual),
        Some(Ok(limit)) if limit >= 1 => Ok(limit.min(most)),
        Some(_) => Err(no("invalid_limit")),
    }
}

/// Whether a token has a scope.
fn need(token: &Token, scope: &str) -> Result<(), Refused> {
    match token.scopes.iter().any(|own| own == scope) {
        true => Ok(()),
        false => Err(Refused {
            needed: Some(scope.to_owned()),
            ..Refused::new("missing_scope")
        }),
    }
}

fn may_post(channel: &Channel, token: &Token) -> Result<(), Trouble> {
    let spec = &channel.spec;
    if !spec.is_member && spec.is_private {
        return Err(no("channel_not_found"));
    }
    if spec.is_archived {
        return Err(no("is_archived"));
    }
    if !spec.is_member && need(token, "chat:write.public").is_err() {
        return Err(no("not_in_channel"));
    }
    Ok(())
}

fn thread(args: &Args) -> Result<Option<Ts>, Trouble> {
    let Some(ts) = text(args, "thread_ts") else {
        return Ok(None);
    };
    let ts = Ts::parse(&ts).ok_or_else(|| no("invalid_thread_ts"))?;
    Ok(Some(ts))
}

fn seconds(after: std::time::Duration) -> u64 {
    after.as_secs() + u64::from(after.subsec_nanos() > 0)
}

fn slower(after: std::time::Duration) -> Trouble {
    Trouble::Slower(seconds(after))
}

/// What stands, or has left a tombstone over its thread.
fn is_visible(message: &Message) -> bool {
    message.stands() || !message.replies.is_empty()
}

fn bot_id(bot: &str) -> String {
    format!("B{}", bot.get(1..).unwrap_or_default())
}

/// A message as the API shows it.
fn shown(message: &Message, has_metadata: bool) -> Value {
    let Kept {
        text,
        blocks,
        attachments,
        at,
    } = message.latest();
    let mut shown = json!({
        "type": "message",
        "user": message.bot,
        "bot_id": bot_id(&message.bot),
        "ts": message.ts.to_string(),
    });
    if !message.stands() {
        shown["subtype"] = json!("tombstone");
        shown["text"] = json!("This message was deleted.");
    } else {
        shown["text"] = json!(text);
        if blocks.is_some() {
            shown["blocks"] = list(blocks.as_deref());
        }
        if attachments.is_some() {
            shown["attachments"] = list(attachments.as_deref());
        }
        if let Some(metadata) = &message.metadata {
            shown["metadata"] = match has_metadata {
                true => metadata.clone(),
                false => json!({ "event_type": metadata.get("event_type") }),
            };
        }
        if !message.edits.is_empty() {
            shown["edited"] = json!({ "user": message.bot, "ts": at.to_string() });
        }
    }
    if let Some(root) = message.thread {
        shown["thread_ts"] = json!(root.to_string());
    } else if !message.replies.is_empty() {
        shown["thread_ts"] = json!(message.ts.to_string());
        shown["reply_count"] = json!(message.replies.len());
    }
    shown
}

fn told(channel: &Channel) -> Value {
    json!({
        "id": channel.id,
        "name": channel.spec.name,
        "is_channel": true,
        "is_private": channel.spec.is_private,
        "is_archived": channel.spec.is_archived,
        "is_member": channel.spec.is_member,
    })
}
