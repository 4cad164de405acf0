//! A story as messages: Slack's Block Kit, Amazon Q's custom notification, plain
//! text. Pure. Everything is escaped, and within the destination's limits
//! whatever the story holds.

mod message;
mod plain;
mod slots;
mod standing;
mod words;

pub mod amazon_q;
pub mod slack;
pub mod text;

pub use self::message::Message;
