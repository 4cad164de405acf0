//! The Lambda function that makes pipeline events into what Slack shows.

use std::process::ExitCode;

fn main() -> ExitCode {
    notify_slack::start()
}
