//! Pipeline messages through Amazon Q Developer in chat applications, which
//! reads an SNS topic and writes to Slack or Microsoft Teams.
//!
//! What is published can't be changed any more, so there is one notification
//! for each change that matters; those of one execution share a thread.

mod topic;

use std::process::ExitCode;

use lambda::{Aws, NotifySettings};
use notify::{Desk, missing};

pub use topic::Topic;

/// Starts the function; it returns when Lambda ends it.
pub fn start() -> ExitCode {
    notify::serve(desk)
}

fn desk(aws: &Aws, settings: &NotifySettings) -> Result<impl Desk + use<>, Vec<String>> {
    let topic = settings.topic.clone().ok_or_else(|| {
        missing(
            "GREENLIGHT_TOPIC",
            "the ARN of the SNS topic that Amazon Q reads",
        )
    });
    match (notify::shelf(aws, settings), topic) {
        (Ok(shelf), Ok(arn)) => {
            let courier = Topic::new(aws.sns(), arn);
            Ok(notify::board(aws, settings, shelf, courier))
        }
        (shelf, topic) => Err(shelf.err().into_iter().chain(topic.err()).collect()),
    }
}
