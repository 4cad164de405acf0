//! Event source mappings: functions that are handed what is in a queue.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, timeout_at},
};
use world::{Message, Receive, Refusal};

use crate::{
    Answer, Functions, Invocation, PAYLOAD_LIMIT, Update,
    hub::Hub,
    mailbox::{system_attributes, wait_for_messages},
};

/// What is left of an invocation's payload for bodies: each may double when it
/// is escaped, and has a frame around it.
const BODIES_LIMIT: usize = PAYLOAD_LIMIT / 3;

/// A queue that feeds a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// The queue, by name, ARN or URL. It must be there.
    pub queue: String,
    /// The function, by name or ARN.
    pub function: String,
    /// An invocation gets at most so many messages.
    pub batch_size: usize,
    /// How long an invocation may wait for its batch to be full.
    pub batch_window: Duration,
    /// Whether the function says which messages of a batch failed
    /// (`ReportBatchItemFailures`). Otherwise a batch succeeds or fails as a
    /// whole.
    pub report_item_failures: bool,
    /// At most so many invocations at the same time.
    pub concurrency: usize,
}

impl Mapping {
    /// As on AWS where nothing else is said: ten messages at once, no waiting,
    /// five at the same time, whole batches.
    pub fn new(queue: &str, function: &str) -> Mapping {
        Mapping {
            queue: queue.to_owned(),
            function: function.to_owned(),
            batch_size: 10,
            batch_window: Duration::ZERO,
            report_item_failures: false,
            concurrency: 5,
        }
    }
}

/// Feeds the function, until dropped. Ends by itself when the queue is not
/// there.
pub(crate) async fn run(mapping: Mapping, hub: Arc<Hub>, functions: Functions) {
    let mapping = Arc::new(mapping);
    let slots = Arc::new(Semaphore::new(mapping.concurrency.max(1)));
    let mut work = JoinSet::new();
    // The semaphore is never closed.
    while let Ok(slot) = slots.clone().acquire_owned().await {
        while work.try_join_next().is_some() {}
        let Ok(batch) = batch(&mapping, &hub).await else {
            return;
        };
        let (mapping, hub, functions) = (mapping.clone(), hub.clone(), functions.clone());
        work.spawn(async move {
            hand_over(&mapping, &hub, &functions, batch).await;
            drop(slot);
        });
    }
}

/// Receives the messages of one invocation; at least one.
async fn batch(mapping: &Mapping, hub: &Hub) -> Result<Vec<Message>, Refusal> {
    let mut receive = Receive {
        count: mapping.batch_size.max(1),
        bytes: BODIES_LIMIT,
        visibility_timeout: None,
    };
    let queue = &mapping.queue;
    let mut batch = wait_for_messages(hub, queue, receive, None).await?;
    let until = Instant::now() + mapping.batch_window;
    while batch.len() < mapping.batch_size && Instant::now() < until {
        receive.count = mapping.batch_size - batch.len();
        let taken: usize = batch.iter().map(|m| m.body.len()).sum();
        let Some(left) = BODIES_LIMIT.checked_sub(taken).filter(|left| *left > 0) else {
            break;
        };
        receive.bytes = left;
        let more = wait_for_messages(hub, queue, receive, Some(until));
        match timeout_at(until, more).await {
            Ok(Ok(more)) if !more.is_empty() => batch.extend(more),
            _ => break,
        }
    }
    Ok(batch)
}

/// Invokes the function once and deletes what it has done. What failed stays
/// hidden until its visibility timeout is over.
async fn hand_over(mapping: &Mapping, hub: &Hub, functions: &Functions, batch: Vec<Message>) {
    let event = hub.read(|world| {
        let arn = world.queue(&mapping.queue).map(|q| q.arn.as_str());
        let records = batch
            .iter()
            .map(|m| record(m, arn.unwrap_or_default(), &world.region));
        json!({"Records": records.collect::<Vec<_>>()})
    });
    let invocation = functions
        .invoke(&mapping.function, event.to_string().into())
        .await;
    let failed = failed(mapping, &invocation, &batch);
    hub.publish(&Update::Fed {
        function: mapping.function.clone(),
        queue: mapping.queue.clone(),
        messages: batch.len(),
        failed: failed.len(),
        failure: invocation.failure(),
    });
    hub.mail(|world, _| {
        for message in &batch {
            if let Some(handle) = &message.receipt_handle
                && !failed.contains(&message.id)
            {
                // It is refused when the queue is gone.
                let _ = world.delete_message(&mapping.queue, handle);
            }
        }
    });
}

/// A message as a function gets it.
fn record(message: &Message, arn: &str, region: &str) -> Value {
    let attributes: BTreeMap<&String, Value> = message
        .attributes
        .iter()
        .map(|(name, a)| {
            let value = json!({
                "stringValue": a.value,
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": a.data_type,
            });
            (name, value)
        })
        .collect();
    let mut record = json!({
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": system_attributes(message),
        "messageAttributes": attributes,
        "md5OfBody": message.md5_of_body,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    });
    if let Some(md5) = message.md5_of_attributes() {
        record["md5OfMessageAttributes"] = md5.into();
    }
    record
}

/// The ids of the messages that are to come again.
fn failed(mapping: &Mapping, invocation: &Invocation, batch: &[Message]) -> BTreeSet<String> {
    let all = || batch.iter().map(|m| m.id.clone()).collect::<BTreeSet<_>>();
    let Answer::Returned(answer) = &invocation.answer else {
        return all();
    };
    if !mapping.report_item_failures || answer.iter().all(u8::is_ascii_whitespace) {
        return BTreeSet::new();
    }
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return all();
    };
    let failures = match &answer {
        Value::Null => return BTreeSet::new(),
        Value::Object(_) => &answer["batchItemFailures"],
        _ => return all(),
    };
    let failures = match failures {
        Value::Null => return BTreeSet::new(),
        Value::Array(failures) => failures,
        _ => return all(),
    };
    let known = all();
    let ids = failures.iter().map(|failure| {
        let id = failure["itemIdentifier"].as_str()?;
        known.contains(id).then(|| id.to_owned())
    });
    // One that is none spoils the answer.
    ids.collect::<Option<_>>().unwrap_or_else(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_what_failed_or_the_whole_batch_did() {
        let mut world = world::World::new("eu-west-1", "123456789012", 0);
        let now = world::Millis(1);
        world.create_queue("q", world::QueueSettings::default(), now);
        let mut send = |body| world.send_message("q", world::NewMessage::new(body), now);
        let batch: Vec<Message> = [send("1"), send("2")].into_iter().flatten().collect();
        let one = batch[0].id.clone();
        let mut mapping = Mapping::new("q", "f");
        let said = |mapping: &Mapping, answer: Value| {
            let mut invocation = Invocation::cut_short();
            invocation.answer = Answer::Returned(answer.to_string().into());
            failed(mapping, &invocation, &batch).len()
        };
        let answer = json!({"batchItemFailures": [{"itemIdentifier": one}]});
        assert_eq!(said(&mapping, answer.clone()), 0);
        mapping.report_item_failures = true;
        for (answer, expected) in [
            (answer, 1),
            (Value::Null, 0),
            (json!({}), 0),
            (json!({"batchItemFailures": null}), 0),
            (json!({"batchItemFailures": []}), 0),
            (json!("done"), 2),
            (json!({"batchItemFailures": [{"itemIdentifier": ""}]}), 2),
            (json!({"batchItemFailures": [{"itemIdentifier": null}]}), 2),
            (json!({"batchItemFailures": [{"messageId": one}]}), 2),
            (
                json!({"batchItemFailures": [{"itemIdentifier": "other"}]}),
                2,
            ),
        ] {
            assert_eq!(said(&mapping, answer.clone()), expected, "{answer}");
        }
        assert_eq!(failed(&mapping, &Invocation::cut_short(), &batch).len(), 2);
    }
}
