use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::state::{Channel, Kept, Message, Ts};

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChannelInfo {
    /// `C0…`
    pub id: String,
    /// Its name, without `#`.
    pub name: String,
    /// How many messages stand in it, those in threads included.
    pub messages: usize,
}

/// A message, with all that it ever said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Posted {
    /// What it is known by: `1700000000.000100`.
    pub ts: String,
    /// The message in whose thread it is.
    pub thread_ts: Option<String>,
    /// The bot that posted it, or the webhook.
    pub bot: String,
    /// Its metadata, as it is now.
    pub metadata: Option<Value>,
    /// What it said, oldest first; there is always one.
    pub versions: Vec<Version>,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// What is in its thread, oldest first.
    pub replies: Vec<Posted>,
}

/// What a message said for a while.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Version {
    /// Since when, as Slack writes a time.
    pub at: String,
    /// The plain text.
    pub text: String,
    /// The blocks; an empty list where there were none.
    pub blocks: Value,
    /// The attachments; an empty list where there were none.
    pub attachments: Value,
}

impl Posted {
    /// The plain text, as it is now.
    pub fn text(&self) -> &str {
        self.versions.last().map_or("", |version| &version.text)
    }

    /// The blocks, as they are now.
    pub fn blocks(&self) -> &Value {
        self.versions
            .last()
            .map_or(&Value::Null, |version| &version.blocks)
    }
}

/// What is asked of a channel.
pub(crate) fn info(channel: &Channel) -> ChannelInfo {
    ChannelInfo {
        id: channel.id.clone(),
        name: channel.spec.name.clone(),
        messages: channel.messages.values().filter(|m| m.stands()).count(),
    }
}

/// The messages of a channel, each with its thread. Deleted ones are among
/// them.
pub(crate) fn messages(channel: &Channel) -> Vec<Posted> {
    let mut threads: HashMap<Ts, Vec<Posted>> = HashMap::new();
    for message in channel.messages.values() {
        if let Some(root) = message.thread {
            threads.entry(root).or_default().push(posted(message));
        }
    }
    let roots = channel.messages.values().filter(|m| m.thread.is_none());
    let with_replies = |root: &Message| Posted {
        replies: threads.remove(&root.ts).unwrap_or_default(),
        ..posted(root)
    };
    roots.map(with_replies).collect()
}

fn posted(message: &Message) -> Posted {
    let all = std::iter::once(&message.first).chain(&message.edits);
    Posted {
        ts: message.ts.to_string(),
        thread_ts: message.thread.map(|ts| ts.to_string()),
        bot: message.bot.clone(),
        metadata: message.metadata.clone(),
        versions: all.map(version).collect(),
        is_deleted: !message.stands(),
        replies: Vec::new(),
    }
}

fn version(kept: &Kept) -> Version {
    Version {
        at: kept.at.to_string(),
        text: kept.text.to_string(),
        blocks: list(kept.blocks.as_deref()),
        attachments: list(kept.attachments.as_deref()),
    }
}

/// A list that was kept as JSON.
pub(crate) fn list(json: Option<&str>) -> Value {
    let list = json.and_then(|json| serde_json::from_str(json).ok());
    list.unwrap_or_else(|| Value::Array(Vec::new()))
}

/// The page at `GET /`: the channels and what stands in them, newest last.
pub(crate) fn page(channels: &[Channel]) -> String {
    let mut page = String::new();
    for channel in channels {
        page.push_str(&format!("#{} ({})\n", channel.spec.name, channel.id));
        for message in messages(channel).iter().filter(|m| !m.is_deleted) {
            line(&mut page, "  ", message);
            for reply in message.replies.iter().filter(|m| !m.is_deleted) {
                line(&mut page, "    ", reply);
            }
        }
    }
    page
}

fn line(page: &mut String, indent: &str, message: &Posted) {
    let text = message.text().replace('\n', " ");
    page.push_str(&format!("{indent}{}  {text}\n", message.ts));
}
