use std::{
    collections::BTreeMap,
    ffi::OsString,
    future::Future,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use gate::log;
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::{Value, json};

/// What a function is called with.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// The event.
    pub payload: Value,
    /// From now to the deadline; None where that is unknown.
    pub remaining: Option<Duration>,
}

/// Runs a function's process: panics become lines of the log, the environment
/// is read, and `work` goes on until it ends or fails.
pub fn start<W, F>(work: W) -> ExitCode
where
    W: FnOnce(BTreeMap<String, String>) -> F,
    F: Future<Output = Result<(), String>>,
{
    install_panic_log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // The gate's work has a thread of its own; these wait for the network.
        .worker_threads(2)
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(work(environment())),
        Err(error) => Err(format!("could not start threads: {error}")),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            log::line(
                log::Level::Error,
                "the function ended",
                &json!({"why": why}),
            );
            ExitCode::FAILURE
        }
    }
}

/// Takes invocations from Lambda until it ends the process.
///
/// # Errors
/// When the Lambda Runtime API does not answer.
pub async fn answer<H, F, A>(handle: H) -> Result<(), String>
where
    H: Fn(Invocation) -> F,
    F: Future<Output = Result<A, String>>,
    A: Serialize,
{
    let handler = |event: LambdaEvent<Value>| {
        handle(Invocation {
            remaining: remaining(&event.context),
            payload: event.payload,
        })
    };
    lambda_runtime::run(service_fn(handler))
        .await
        .map_err(|error| format!("the Lambda Runtime API did not answer: {error}"))
}

/// The environment; a variable that is no text can be no setting.
fn environment() -> BTreeMap<String, String> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

/// From now to the invocation's deadline. None where it is unknown or past.
fn remaining(context: &Context) -> Option<Duration> {
    let deadline = UNIX_EPOCH + Duration::from_millis(context.deadline);
    let left = deadline.duration_since(SystemTime::now()).ok()?;
    // No invocation is longer than 15 minutes, so more is no deadline either.
    (left <= Duration::from_secs(3600)).then_some(left)
}

/// A panic becomes one line of the log: its place only, since its text may hold
/// what was worked on, a secret included.
fn install_panic_log() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        log::line(log::Level::Error, "panic", &json!({"place": place}));
    }));
}
