use std::{
    collections::BTreeMap,
    ffi::OsString,
    future::Future,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use gate::{Call, Gate, Hook, Job, Timing, log};
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde_json::{Value, json};
use verdict::Outcome;

use crate::{Aws, BadSettings, Settings};

/// A hook's function: what it needs, and how it finds its outcomes.
pub trait Function: Sized + Send + Sync + 'static {
    /// The hook that it answers.
    const HOOK: Hook;

    /// Builds what the work needs, once for each process.
    fn new(aws: &Aws, settings: &Settings) -> Self;

    /// The work of one invocation.
    fn check(self: Arc<Self>, job: Job) -> impl Future<Output = Vec<Outcome>> + Send + 'static;
}

/// Runs a function until Lambda ends the process.
///
/// Settings that can't be used don't stop it: a function that does not start
/// says nothing, and CodeDeploy would wait for an hour. It starts, and answers
/// every call with what is wrong.
pub fn serve<F: Function>() -> ExitCode {
    serve_over::<F>(|aws| aws)
}

/// As [`serve`], with other clients of AWS than the usual ones.
pub fn serve_over<F: Function>(change: fn(Aws) -> Aws) -> ExitCode {
    install_panic_log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // The gate's work has a thread of its own; these wait for the network.
        .worker_threads(2)
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(run::<F>(environment(), change)),
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

/// The environment; a variable that is no text can be no setting.
fn environment() -> BTreeMap<String, String> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

async fn run<F: Function>(
    environment: BTreeMap<String, String>,
    change: fn(Aws) -> Aws,
) -> Result<(), String> {
    let settings = Settings::read(&environment);
    let aws = Aws::new(environment).map_err(|e| format!("could not make an HTTP client: {e}"))?;
    let aws = change(aws);
    let (settings, bad) = match settings {
        Ok(settings) => (settings, None),
        Err(bad) => (Settings::clone(&bad.rest), Some(Arc::new(bad))),
    };
    let gate = Gate {
        hook: F::HOOK,
        timing: Timing {
            fallback: settings.fallback,
            reserve: settings.reserve,
        },
        codedeploy: aws.codedeploy(),
        events: settings
            .event_bus
            .clone()
            .map(|bus| (aws.eventbridge(), bus)),
    };
    let function = Arc::new(F::new(&aws, &settings));
    let handler = |event: LambdaEvent<Value>| {
        let (gate, function, bad) = (&gate, function.clone(), bad.clone());
        async move {
            let call = Call {
                remaining: remaining(&event.context),
                event: event.payload,
            };
            let work = |job| work(function, bad, job);
            gate.answer(call, work).await.map_err(|error| {
                let text = error.to_string();
                log::line(log::Level::Error, &text, &Value::Null);
                text
            })
        }
    };
    lambda_runtime::run(service_fn(handler))
        .await
        .map_err(|error| format!("the Lambda Runtime API did not answer: {error}"))
}

async fn work<F: Function>(
    function: Arc<F>,
    bad: Option<Arc<BadSettings>>,
    job: Job,
) -> Vec<Outcome> {
    match bad {
        None => function.check(job).await,
        Some(bad) => vec![
            Outcome::errored("settings", bad.to_string())
                .with_remedy("correct the function's environment variables"),
        ],
    }
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
