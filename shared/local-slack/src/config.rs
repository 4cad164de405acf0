use std::{collections::BTreeMap, time::Duration};

use crate::{Fault, TOKEN, Token, WEBHOOK};

/// What a stand-in Slack begins with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// The tokens that are known.
    pub tokens: Vec<Token>,
    /// The webhooks that are known, by their path behind `/services/`, and the
    /// channel to which each posts.
    pub webhooks: BTreeMap<String, String>,
    /// The channels that exist.
    pub channels: Vec<ChannelSpec>,
    /// Whether any other channel comes into being when somebody posts to it.
    pub any_channel: bool,
    /// How fast one may post; None is as fast as one can.
    pub pace: Option<Pace>,
    /// Faults that are on from the beginning.
    pub faults: Vec<Fault>,
}

impl Default for Config {
    /// One token and one webhook, any channel, no faults, no hurry.
    fn default() -> Config {
        Config {
            port: 0,
            tokens: vec![Token::new(TOKEN)],
            webhooks: BTreeMap::from([(WEBHOOK.to_owned(), "general".to_owned())]),
            channels: Vec::new(),
            any_channel: true,
            pace: None,
            faults: Vec::new(),
        }
    }
}

/// A channel as it is at the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSpec {
    /// Its name, without `#`.
    pub name: String,
    /// Whether the app was invited.
    pub is_member: bool,
    /// Whether it is private: who is no member does not even find it.
    pub is_private: bool,
    /// Whether it was archived.
    pub is_archived: bool,
}

impl ChannelSpec {
    /// A public channel to which the app was invited.
    pub fn new(name: &str) -> ChannelSpec {
        ChannelSpec {
            name: name.trim_start_matches('#').to_owned(),
            is_member: true,
            is_private: false,
            is_archived: false,
        }
    }
}

/// How fast one may post. <https://docs.slack.dev/apis/web-api/rate-limits/>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The time between two messages in one channel.
    pub between: Duration,
    /// How many calls of each other method are taken in any minute.
    pub calls_a_minute: usize,
}

impl Default for Pace {
    /// As Slack does: one message a second in a channel, and tier 3.
    fn default() -> Pace {
        Pace {
            between: Duration::from_secs(1),
            calls_a_minute: 50,
        }
    }
}
