use std::{collections::BTreeMap, future::Future, process::ExitCode, sync::Arc};

use gate::{Call, Gate, Hook, Job, Timing, log};
use serde_json::Value;
use verdict::Outcome;

use crate::{
    Aws, BadSettings, Settings,
    runtime::{answer, start},
};

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
    start(|environment| run::<F>(environment, change))
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
    answer(|invocation| {
        let (gate, function, bad) = (&gate, function.clone(), bad.clone());
        async move {
            let call = Call {
                remaining: invocation.remaining,
                event: invocation.payload,
            };
            let work = |job| work(function, bad, job);
            gate.answer(call, work).await.map_err(|error| {
                let text = error.to_string();
                log::line(log::Level::Error, &text, &Value::Null);
                text
            })
        }
    })
    .await
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
