//! Asynchronous invocations: nobody waits for the answer, a failure is tried
//! again, and what fails for good goes to a queue.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{Instant, sleep},
};
use world::{NewMessage, dates};

use crate::{Answer, Functions, Invocation, Update, clock, hub::Hub, lambda::name_of, sync::lock};

/// How a function is called asynchronously (`EventInvokeConfig`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AsyncConfig {
    /// How often a call that failed is tried again: at most 2 on AWS.
    pub maximum_retry_attempts: u32,
    /// How long until the first retry; the second takes twice as long.
    pub retry_delay: Duration,
    /// An event that is older is not tried again.
    pub maximum_event_age: Duration,
    /// The queue that gets a record of what failed for good.
    pub on_failure: Option<String>,
    /// At most so many invocations at the same time.
    pub concurrency: usize,
}

impl Default for AsyncConfig {
    /// As on Lambda, but for ten invocations at the same time, and not a
    /// thousand: each is a process.
    fn default() -> AsyncConfig {
        AsyncConfig {
            maximum_retry_attempts: 2,
            retry_delay: Duration::from_secs(60),
            maximum_event_age: Duration::from_secs(6 * 3600),
            on_failure: None,
            concurrency: 10,
        }
    }
}

/// What is called asynchronously. It ends when it is dropped.
pub(crate) struct Later {
    hub: Arc<Hub>,
    functions: Functions,
    lanes: Mutex<BTreeMap<String, Arc<Lane>>>,
    running: Mutex<JoinSet<()>>,
}

/// What the calls of one function share.
struct Lane {
    config: AsyncConfig,
    slots: Semaphore,
}

impl Lane {
    fn new(config: AsyncConfig) -> Arc<Lane> {
        let slots = Semaphore::new(config.concurrency.max(1));
        Arc::new(Lane { config, slots })
    }
}

impl Later {
    pub(crate) fn new(hub: Arc<Hub>, functions: Functions) -> Later {
        Later {
            hub,
            functions,
            lanes: Mutex::default(),
            running: Mutex::default(),
        }
    }

    /// Says how a function is called from now on.
    pub(crate) fn configure(&self, function: &str, config: AsyncConfig) {
        lock(&self.lanes).insert(name_of(function).to_owned(), Lane::new(config));
    }

    /// Calls a function that the world didn't ask for.
    pub(crate) fn begin(&self, function: &str, payload: Bytes) {
        self.hub.pending().send_modify(|pending| *pending += 1);
        self.call(function.to_owned(), payload);
    }

    /// Calls a function. The call counts as pending until it is over for good;
    /// whoever calls has counted it.
    pub(crate) fn call(&self, function: String, payload: Bytes) {
        let lane = lock(&self.lanes)
            .entry(name_of(&function).to_owned())
            .or_insert_with(|| Lane::new(AsyncConfig::default()))
            .clone();
        let call = Call {
            hub: self.hub.clone(),
            functions: self.functions.clone(),
            lane,
            function,
            payload,
        };
        let pending = Pending(self.hub.pending().clone());
        let mut running = lock(&self.running);
        while running.try_join_next().is_some() {}
        running.spawn(async move {
            call.run().await;
            drop(pending);
        });
    }

    /// Ends all of them.
    pub(crate) fn stop(&self) {
        lock(&self.running).abort_all();
    }
}

/// Counts one less when it is dropped.
struct Pending(watch::Sender<usize>);

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// One event for one function.
struct Call {
    hub: Arc<Hub>,
    functions: Functions,
    lane: Arc<Lane>,
    function: String,
    payload: Bytes,
}

impl Call {
    async fn run(self) {
        let config = &self.lane.config;
        let (began, mut attempts, mut delay) = (Instant::now(), 0, config.retry_delay);
        let mut first_id = None;
        loop {
            // It is never closed.
            let Ok(slot) = self.lane.slots.acquire().await else {
                return;
            };
            let invocation = self
                .functions
                .invoke(&self.function, self.payload.clone())
                .await;
            drop(slot);
            attempts += 1;
            let failure = invocation.failure();
            let failed = failure.is_some();
            self.hub.publish(&Update::InvokedLater {
                function: self.function.clone(),
                attempt: attempts,
                duration: invocation.duration,
                failure,
            });
            let id = first_id.get_or_insert_with(|| invocation.request_id.clone());
            // There is nobody to try again with.
            if !failed || invocation.answer == Answer::NoSuchFunction {
                return;
            }
            let condition = if attempts > config.maximum_retry_attempts {
                "RetriesExhausted"
            } else if began.elapsed() + delay > config.maximum_event_age {
                "EventAgeExceeded"
            } else {
                sleep(delay).await;
                delay *= 2;
                continue;
            };
            let record = self.record(&invocation, (id, condition, attempts));
            if let Some(queue) = &config.on_failure {
                // A record that is too long for a queue is lost on AWS too.
                let _ = self.hub.mail(|world, now| {
                    world.send_message(queue, NewMessage::new(record.to_string()), now)
                });
            }
            return;
        }
    }

    /// The invocation record, as a destination gets it.
    fn record(&self, last: &Invocation, (id, condition, attempts): (&str, &str, u32)) -> Value {
        let json = |bytes: &[u8]| {
            serde_json::from_slice(bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
        };
        let answer = match &last.answer {
            Answer::FunctionError(error) | Answer::TimedOut(error) => json(&error.payload),
            Answer::Returned(_) | Answer::NoSuchFunction => Value::Null,
        };
        let arn = self.functions.arn(name_of(&self.function));
        json!({
            "version": "1.0",
            "timestamp": dates::iso8601(clock::now()),
            "requestContext": {
                "requestId": id,
                "functionArn": format!("{arn}:$LATEST"),
                "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "requestPayload": json(&self.payload),
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "responsePayload": answer,
        })
    }
}
