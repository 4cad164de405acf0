//! The Lambda function for the AppSpec's `BeforeAllowTraffic` hook.

use std::process::ExitCode;

fn main() -> ExitCode {
    before_allow_traffic::start()
}
