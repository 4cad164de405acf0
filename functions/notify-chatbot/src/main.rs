//! The Lambda function that makes pipeline events into what Amazon Q Developer shows in chat.

use std::process::ExitCode;

fn main() -> ExitCode {
    notify_chatbot::start()
}
