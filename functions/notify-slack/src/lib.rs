//! Pipeline messages in Slack: with a bot token one card for each execution,
//! which stays true; with a webhook a message for each change that matters.

mod desk;
mod keeper;

use std::process::ExitCode;

use crate::desk::SlackDesk;
pub use crate::keeper::Keeper;

/// Starts the function; it returns when Lambda ends it.
pub fn start() -> ExitCode {
    notify::serve(SlackDesk::new)
}
