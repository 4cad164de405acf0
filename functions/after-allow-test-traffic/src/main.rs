//! The Lambda function for the AppSpec's `AfterAllowTestTraffic` hook.

use std::process::ExitCode;

fn main() -> ExitCode {
    after_allow_test_traffic::start()
}
