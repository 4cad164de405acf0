//! Takes messages to Slack: the Web API with a bot token, or an incoming
//! webhook.
//!
//! With a token a message is posted once and then updated, and what is told of
//! its failures goes into its thread. Each message carries its mark in its
//! metadata, so that one whose answer was lost is found again. A webhook can
//! only post.
//!
//! Whatever Slack answers is sorted into again, never and gone; `errors` has
//! the table. A credential that is refused is read once more before anybody is
//! bothered: secrets are rotated.

mod call;
mod credential;
mod errors;
mod find;
mod handle;
mod refusal;
mod slack;

pub use self::{
    credential::{BadCredential, Credential, Credentials},
    slack::{API, ConnectError, Slack},
};
