use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

use gate::log::{self, Level};
use lambda::{Aws, NotifySettings, Settings, answer, start};
use serde_json::json;

use crate::{Desk, Queues, RouteBook, Spine, Timing};

/// Makes a desk, or tells each setting that is missing.
type Make<D> = fn(&Aws, &NotifySettings) -> Result<D, Vec<String>>;

/// Runs a notifier until Lambda ends the process. `make` is called once.
///
/// With settings that can't be used it refuses every event and tells them all.
/// No event is lost by that: Lambda keeps a rule's in the on-failure
/// destination, and a queue's in the queue.
pub fn serve<D: Desk>(make: Make<D>) -> ExitCode {
    start(|environment| run(environment, make))
}

/// How a setting that is needed and absent is told.
pub fn missing(setting: &str, what: &str) -> String {
    format!("{setting}: it is not set, and this function needs it: {what}")
}

async fn run<D: Desk>(environment: BTreeMap<String, String>, make: Make<D>) -> Result<(), String> {
    let (settings, mut mistakes) = match Settings::read(&environment) {
        Ok(settings) => (settings, Vec::new()),
        Err(bad) => (*bad.rest, bad.mistakes),
    };
    let aws = Aws::new(environment).map_err(|e| format!("could not make an HTTP client: {e}"))?;
    let spine = match make(&aws, &settings.notify) {
        Ok(desk) => Some(Arc::new(spine(desk, &aws, settings))),
        Err(more) => {
            // One that is wrong is absent, too.
            let name = |text: &str| text.split(':').next().map(str::to_owned);
            let known: Vec<_> = mistakes.iter().map(|text| name(text)).collect();
            mistakes.extend(more.into_iter().filter(|text| !known.contains(&name(text))));
            None
        }
    };
    let spine = spine.filter(|_| mistakes.is_empty());
    let refusal = format!(
        "correct the function's environment variables: {}",
        mistakes.join("; ")
    );
    answer(|invocation| {
        let (spine, refusal) = (spine.clone(), refusal.clone());
        async move {
            let answer = match spine {
                Some(spine) => spine.answer(invocation).await,
                None => Err(refusal),
            };
            answer.inspect_err(|why| log::line(Level::Error, "not taken", &json!({ "why": why })))
        }
    })
    .await
}

fn spine<D>(desk: D, aws: &Aws, settings: Settings) -> Spine<D> {
    let notify = settings.notify;
    Spine {
        desk,
        routes: RouteBook::new(aws.store(), notify.routes, RouteBook::FRESH),
        queues: Queues::new(aws.sqs(), notify.retry_queue, notify.dead_letters),
        timing: Timing {
            fallback: settings.fallback,
            reserve: settings.reserve,
        },
        own_topic: notify.topic,
    }
}
