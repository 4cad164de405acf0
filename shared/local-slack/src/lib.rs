//! A stand-in for Slack on loopback: as much of the Web API and of incoming
//! webhooks as messages about pipelines need.
//!
//! It holds every payload against Slack's limits with a checker of its own,
//! answers with Slack's documented errors, keeps channels, threads and every
//! version of every message, and can be read back: with [`LocalSlack::messages`]
//! and [`LocalSlack::calls`], or over HTTP as JSON at `GET /_local/channels`
//! and `GET /_local/calls`, and at `GET /` as a page to read. [`Fault`]s make
//! it fail in the ways that Slack does, at the start or while it runs.
//!
//! Known methods: `auth.test`, `chat.postMessage`, `chat.update`,
//! `chat.delete`, `conversations.history`, `conversations.replies`,
//! `users.conversations`; webhooks are at `/services/…`. Known blocks are
//! `actions`, `context`, `divider`, `header`, `image`, `markdown`, `rich_text`
//! and `section`; any other is refused as if Slack did not know it.
//!
//! Left out on purpose: TLS, other people, files, events, and formatting: texts
//! are kept as they came.

mod api;
mod args;
mod check;
mod config;
mod faults;
mod local;
mod pace;
mod readback;
mod refused;
mod serve;
mod state;
mod token;

pub use check::{BLOCKS_LIMIT, BLOCKS_TEXT_LIMIT, TEXT_LIMIT, check_content as check};
pub use config::{ChannelSpec, Config, Pace};
pub use faults::{Fault, FaultId, What, When};
pub use local::LocalSlack;
pub use readback::{ChannelInfo, Posted, Version};
pub use refused::Refused;
pub use token::{Standing, Token};

/// The bot token that the stand-in knows unless it is told otherwise. It opens
/// nothing.
pub const TOKEN: &str = "xoxb-0000000000-local-slack-opens-nothing";

/// The path of the webhook that the stand-in knows unless it is told otherwise,
/// behind `/services/`.
pub const WEBHOOK: &str = "T000/B000/XXX";
