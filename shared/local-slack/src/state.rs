//! The channels and their messages.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::Value;

use crate::{ChannelSpec, Refused, check::Content};

/// What a message is known by in its channel: microseconds since 1970, written
/// as `1700000000.000100`. No two messages have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ts(pub(crate) u64);

impl Ts {
    pub(crate) fn parse(text: &str) -> Option<Ts> {
        let (seconds, rest) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(seconds) || !is_number(rest) || rest.len() > 6 {
            return None;
        }
        let seconds: u64 = seconds.parse().ok()?;
        let micros: u64 = format!("{rest:0<6}").parse().ok()?;
        seconds.checked_mul(1_000_000)?.checked_add(micros).map(Ts)
    }
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// One version of a message; its blocks as the JSON that they came in, which is
/// a tenth of the parsed size.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) at: Ts,
    pub(crate) text: Box<str>,
    pub(crate) blocks: Option<Box<str>>,
    pub(crate) attachments: Option<Box<str>>,
}

impl Kept {
    fn new(at: Ts, content: Content) -> Kept {
        // What is empty is as good as not there.
        let json = |value: Option<Value>| {
            let value = value.filter(|value| value.as_array().is_some_and(|list| !list.is_empty()));
            value.map(|value| value.to_string().into_boxed_str())
        };
        Kept {
            at,
            text: content.text.into_boxed_str(),
            blocks: json(content.blocks),
            attachments: json(content.attachments),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) ts: Ts,
    /// The message in whose thread it is.
    pub(crate) thread: Option<Ts>,
    /// The bot that posted it.
    pub(crate) bot: String,
    pub(crate) metadata: Option<Value>,
    pub(crate) first: Kept,
    pub(crate) edits: Vec<Kept>,
    pub(crate) deleted: Option<Ts>,
    pub(crate) replies: Vec<Ts>,
}

impl Message {
    pub(crate) fn latest(&self) -> &Kept {
        self.edits.last().unwrap_or(&self.first)
    }

    pub(crate) fn stands(&self) -> bool {
        self.deleted.is_none()
    }
}

#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) spec: ChannelSpec,
    pub(crate) messages: BTreeMap<Ts, Message>,
}

/// A message that shall be posted.
pub(crate) struct Draft {
    pub(crate) bot: String,
    pub(crate) content: Content,
    pub(crate) metadata: Option<Value>,
    pub(crate) thread: Option<Ts>,
}

/// All channels.
#[derive(Debug)]
pub(crate) struct State {
    any_channel: bool,
    channels: Vec<Channel>,
    by_name: HashMap<String, usize>,
    by_id: HashMap<String, usize>,
    last: Ts,
}

impl State {
    pub(crate) fn new(channels: Vec<ChannelSpec>, any_channel: bool) -> State {
        let mut state = State {
            any_channel,
            channels: Vec::new(),
            by_name: HashMap::new(),
            by_id: HashMap::new(),
            last: Ts(0),
        };
        for spec in channels {
            state.create(spec);
        }
        state
    }

    pub(crate) fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// A channel by its id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Channel> {
        self.channels.get(*self.by_id.get(id)?)
    }

    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut Channel> {
        self.channels.get_mut(*self.by_id.get(id)?)
    }

    /// A channel by its id or its name.
    pub(crate) fn find(&self, channel: &str) -> Option<&Channel> {
        let name = channel.strip_prefix('#').unwrap_or(channel);
        let n = self.by_id.get(channel).or_else(|| self.by_name.get(name))?;
        self.channels.get(*n)
    }

    /// The id of a channel to which somebody posts. It comes into being, where
    /// any does.
    pub(crate) fn open(&mut self, channel: &str) -> Option<String> {
        if let Some(found) = self.find(channel) {
            return Some(found.id.clone());
        }
        let name = channel.strip_prefix('#').unwrap_or(channel);
        let is_name = !name.is_empty() && name.chars().count() <= 80;
        if !self.any_channel || !is_name {
            return None;
        }
        Some(self.create(ChannelSpec::new(name)))
    }

    /// Makes a channel, or makes one that exists what is wanted.
    pub(crate) fn create(&mut self, spec: ChannelSpec) -> String {
        if let Some(channel) = self
            .by_name
            .get(&spec.name)
            .and_then(|n| self.channels.get_mut(*n))
        {
            channel.spec = spec;
            return channel.id.clone();
        }
        let id = match looks_like_id(&spec.name) {
            true => spec.name.clone(),
            false => self.new_id(&spec.name),
        };
        let n = self.channels.len();
        self.by_name.insert(spec.name.clone(), n);
        self.by_id.insert(id.clone(), n);
        self.channels.push(Channel {
            id: id.clone(),
            spec,
            messages: BTreeMap::new(),
        });
        id
    }

    fn new_id(&self, name: &str) -> String {
        let mut hash = fnv(name);
        loop {
            let id = id_of(hash);
            if !self.by_id.contains_key(&id) {
                return id;
            }
            hash = hash.wrapping_add(1);
        }
    }

    /// The time of the next message: now, and later than all before.
    pub(crate) fn tick(&mut self) -> Ts {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = since.unwrap_or_default().as_micros();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        self.last = Ts(now.max(self.last.0.saturating_add(1)));
        self.last
    }

    /// Adds a message. None: no such channel.
    pub(crate) fn post(&mut self, channel: &str, draft: Draft) -> Option<&Message> {
        let ts = self.tick();
        let channel = self.by_id_mut(channel)?;
        // A reply to a reply goes where that one is. A reply to what isn't
        // there becomes a message like any other, as Slack has it:
        // <https://github.com/slack-go/slack/issues/1571>
        let thread = draft.thread.and_then(|ts| {
            let parent = channel.messages.get(&ts)?;
            let root = parent.thread.unwrap_or(ts);
            let root = channel.messages.get(&root)?;
            (root.stands() || !root.replies.is_empty()).then_some(root.ts)
        });
        if let Some(root) = thread.and_then(|root| channel.messages.get_mut(&root)) {
            root.replies.push(ts);
        }
        let message = Message {
            ts,
            thread,
            bot: draft.bot,
            metadata: draft.metadata,
            first: Kept::new(ts, draft.content),
            edits: Vec::new(),
            deleted: None,
            replies: Vec::new(),
        };
        Some(channel.messages.entry(ts).or_insert(message))
    }

    /// Changes a message of this bot.
    pub(crate) fn update(
        &mut self,
        (channel, ts): (&str, Ts),
        bot: &str,
        content: Content,
        metadata: Option<Value>,
    ) -> Result<&Message, Refused> {
        let at = self.tick();
        let not_found = || Refused::new("message_not_found");
        let channel = self
            .by_id_mut(channel)
            .ok_or_else(|| Refused::new("channel_not_found"))?;
        let message = channel.messages.get_mut(&ts).ok_or_else(not_found)?;
        if !message.stands() {
            return Err(not_found());
        }
        if message.bot != bot {
            return Err(Refused::new("cant_update_message"));
        }
        match metadata {
            None => {}
            Some(Value::Null) => message.metadata = None,
            Some(metadata) => message.metadata = Some(metadata),
        }
        message.edits.push(Kept::new(at, content));
        Ok(message)
    }

    /// Takes a message of this bot away. One with replies leaves a tombstone,
    /// under which they stay.
    pub(crate) fn delete(&mut self, channel: &str, ts: Ts, bot: &str) -> Result<(), Refused> {
        let at = self.tick();
        let channel = self
            .by_id_mut(channel)
            .ok_or_else(|| Refused::new("channel_not_found"))?;
        let found = channel.messages.get_mut(&ts).filter(|m| m.stands());
        let Some(message) = found else {
            return Err(Refused::new("message_not_found"));
        };
        if message.bot != bot {
            return Err(Refused::new("cant_delete_message"));
        }
        message.deleted = Some(at);
        let thread = message.thread;
        if let Some(root) = thread.and_then(|root| channel.messages.get_mut(&root)) {
            root.replies.retain(|reply| *reply != ts);
        }
        Ok(())
    }
}

/// Whether it is an id as Slack makes them for channels.
fn looks_like_id(text: &str) -> bool {
    let is_sign = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    text.len() >= 9 && text.starts_with(['C', 'G', 'D']) && text.bytes().all(is_sign)
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// `C0` and nine letters and digits.
fn id_of(mut hash: u64) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut id = "C0".to_owned();
    for _ in 0..9 {
        let n = usize::try_from(hash % 36).unwrap_or(0);
        id.push(SIGNS.get(n).copied().map_or('0', char::from));
        hash /= 36;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        Content {
            text: text.to_owned(),
            ..Content::default()
        }
    }

    fn draft(text: &str, thread: Option<Ts>) -> Draft {
        Draft {
            bot: "B".to_owned(),
            content: content(text),
            metadata: None,
            thread,
        }
    }

    #[test]
    fn times_as_slack_writes_them() {
        for (text, ts) in [
            ("1700000000.000100", Some(1_700_000_000_000_100)),
            ("1700000000", Some(1_700_000_000_000_000)),
            ("1700000000.5", Some(1_700_000_000_500_000)),
            ("now", None),
            ("", None),
            ("1.", None),
            ("1.0000001", None),
            ("99999999999999999999", None),
            ("18446744073709551615", None),
        ] {
            assert_eq!(Ts::parse(text), ts.map(Ts), "{text}");
        }
        assert_eq!(Ts(1_700_000_000_000_100).to_string(), "1700000000.000100");
    }

    #[test]
    fn no_two_messages_have_the_same_time() {
        let mut state = State::new(Vec::new(), true);
        let all: Vec<Ts> = (0..10_000).map(|_| state.tick()).collect();
        assert!(all.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn channels_have_ids() {
        let mut state = State::new(vec![ChannelSpec::new("#ops")], true);
        let ops = state.open("ops");
        assert_eq!(state.open("#ops"), ops);
        assert!(ops.as_deref().is_some_and(looks_like_id), "{ops:?}");
        assert_ne!(state.open("dev"), ops);
        assert_eq!(state.open("C012345678").as_deref(), Some("C012345678"));
        assert_eq!(state.open(""), None);
        let mut closed = State::new(Vec::new(), false);
        assert_eq!(closed.open("ops"), None);
    }

    #[test]
    fn a_thread_outlives_its_first_message() {
        let mut state = State::new(Vec::new(), true);
        let id = state.open("ops").unwrap();
        let root = state.post(&id, draft("root", None)).unwrap().ts;
        let reply = state.post(&id, draft("reply", Some(root))).unwrap();
        assert_eq!(reply.thread, Some(root));
        let reply = reply.ts;
        let under_reply = state.post(&id, draft("again", Some(reply))).unwrap();
        assert_eq!(under_reply.thread, Some(root));
        state.delete(&id, root, "B").unwrap();
        let late = state.post(&id, draft("late", Some(root))).unwrap();
        assert_eq!(late.thread, Some(root), "under a tombstone");

        let alone = state.post(&id, draft("alone", None)).unwrap().ts;
        state.delete(&id, alone, "B").unwrap();
        let orphan = state.post(&id, draft("orphan", Some(alone))).unwrap();
        assert_eq!(orphan.thread, None);
    }
}
