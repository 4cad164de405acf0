//! Finding a message by its mark.

use board::{Refusal, Search};
use events::Moment;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::{
    Credentials, Slack,
    handle::{Handle, is_id},
    refusal::Method,
    slack::{Failed, Request},
};

/// How many messages a page has.
const LIMIT: &str = "100";

/// How many pages are read: Slack takes one message a second in a channel, so
/// the time that is looked through has far fewer.
const PAGES: usize = 20;

/// How far the clocks may be apart, in milliseconds.
const EARLIER: i64 = 60_000;

/// How long after it was meant a message may have been posted, in milliseconds:
/// a post takes seconds at most, and what comes later is not it.
const LATER: i64 = 300_000;

/// What is answered where nobody may look.
const BLIND: &[&str] = &[
    "missing_scope",
    "not_in_channel",
    "channel_not_found",
    "no_permission",
    "not_allowed_token_type",
    "access_denied",
];

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    messages: Vec<Found>,
    #[serde(default)]
    response_metadata: Next,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Next {
    #[serde(deserialize_with = "or_default")]
    next_cursor: String,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    ts: String,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Channels {
    #[serde(default)]
    channels: Vec<Channel>,
    #[serde(default)]
    response_metadata: Next,
}

#[derive(Deserialize)]
struct Channel {
    id: String,
    #[serde(default)]
    name: String,
}

impl<C: Credentials> Slack<C> {
    /// Looks for a message by its mark. None as well where that is not allowed:
    /// a message that stands twice is better than none.
    pub(crate) async fn look(&self, search: Search<'_>) -> Result<Option<String>, Refusal> {
        let thread = search.thread.and_then(Handle::parse);
        if let Some(root) = thread {
            let channel = root.channel.clone();
            match self.page_through(&channel, Some(&root), &search).await {
                Ok(found) => return Ok(found),
                // Posted after its thread was gone, it is among the others.
                Err(failed) if failed.is(&["thread_not_found"]) => {}
                Err(failed) if failed.is(BLIND) => return Ok(None),
                Err(failed) => return Err(failed.refusal(Method::Replies, search.place)),
            }
            return self.look_in(&channel, &search).await;
        }
        match self.id(search.place).await? {
            Some(channel) => self.look_in(&channel, &search).await,
            None => Ok(None),
        }
    }

    async fn look_in(&self, channel: &str, search: &Search<'_>) -> Result<Option<String>, Refusal> {
        match self.page_through(channel, None, search).await {
            Ok(found) => Ok(found),
            Err(failed) if failed.is(BLIND) => Ok(None),
            Err(failed) => Err(failed.refusal(Method::History, search.place)),
        }
    }

    async fn page_through(
        &self,
        channel: &str,
        root: Option<&Handle>,
        search: &Search<'_>,
    ) -> Result<Option<String>, Failed> {
        let method = match root {
            Some(_) => Method::Replies,
            None => Method::History,
        };
        let oldest = time(search.since, -EARLIER);
        let latest = time(search.since, LATER);
        let mut cursor = String::new();
        for _ in 0..PAGES {
            let mut query = vec![
                ("channel", channel),
                ("oldest", &oldest),
                ("latest", &latest),
                ("inclusive", "true"),
                ("limit", LIMIT),
                ("include_all_metadata", "true"),
            ];
            if let Some(root) = root {
                query.push(("ts", &root.ts));
            }
            if !cursor.is_empty() {
                query.push(("cursor", &cursor));
            }
            let page: Page = self.call(method, Request::Ask(&query)).await?;
            let found = page.messages.iter().find(|m| m.has(search.mark));
            if let Some(found) = found {
                let handle = Handle {
                    channel: channel.to_owned(),
                    ts: found.ts.clone(),
                };
                return Ok(Some(handle.to_string()));
            }
            cursor = page.response_metadata.next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        Ok(None)
    }

    /// The id of a channel: where messages are read, names are not known.
    async fn id(&self, place: &str) -> Result<Option<String>, Refusal> {
        if is_id(place) {
            return Ok(Some(place.to_owned()));
        }
        if let Some(id) = self.known(place) {
            return Ok(Some(id));
        }
        let name = place.strip_prefix('#').unwrap_or(place);
        for types in ["public_channel", "private_channel"] {
            match self.id_among(types, name).await {
                Ok(Some(id)) => {
                    self.learn(place, &id);
                    return Ok(Some(id));
                }
                Ok(None) => {}
                Err(failed) if failed.is(BLIND) => {}
                Err(failed) => return Err(failed.refusal(Method::Conversations, place)),
            }
        }
        Ok(None)
    }

    /// The same among the channels in which the app is; in no other could it
    /// read.
    async fn id_among(&self, types: &str, name: &str) -> Result<Option<String>, Failed> {
        let mut cursor = String::new();
        for _ in 0..PAGES {
            let mut query = vec![("types", types), ("limit", "200")];
            query.push(("exclude_archived", "true"));
            if !cursor.is_empty() {
                query.push(("cursor", &cursor));
            }
            let page: Channels = self
                .call(Method::Conversations, Request::Ask(&query))
                .await?;
            let found = page.channels.into_iter().find(|c| c.name == name);
            if let Some(channel) = found {
                return Ok(Some(channel.id));
            }
            cursor = page.response_metadata.next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        Ok(None)
    }
}

impl Found {
    fn has(&self, mark: &str) -> bool {
        let own = self.metadata.pointer("/event_payload/mark");
        !mark.is_empty() && own.and_then(Value::as_str) == Some(mark)
    }
}

/// A time as Slack takes it, so many milliseconds later.
fn time(moment: Moment, later: i64) -> String {
    let millis = moment.0.saturating_add(later).max(0);
    format!("{}.{:03}000", millis / 1000, millis % 1000)
}

fn or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_slack_takes_them() {
        for (moment, later, text) in [
            (1_700_000_000_123, 0, "1700000000.123000"),
            (1_700_000_000_000, -60_000, "1699999940.000000"),
            (5, -60_000, "0.000000"),
            (i64::MAX, 1, "9223372036854775.807000"),
        ] {
            assert_eq!(time(Moment(moment), later), text);
        }
    }
}
