//! SQS.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value, json};
use tokio::time::Instant;
use world::{MessageAttribute, Millis, NewMessage, Queue, Receive};

use super::{ApiError, text, texts};
use crate::{
    clock,
    hub::Hub,
    mailbox::{system_attributes, wait_for_messages},
};

/// No call waits longer for messages.
const LONGEST_WAIT: u64 = 20;

/// A call receives at most so many messages.
const MOST_MESSAGES: u64 = 10;

pub(super) async fn call(hub: &Hub, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "GetQueueUrl" => {
            let name = text(input, "QueueName").ok_or_else(|| missing("QueueName"))?;
            let known = hub.read(|world| world.queue(name).is_some());
            let url = hub.queue_url(name);
            known.then(|| json!({"QueueUrl": url})).ok_or_else(no_queue)
        }
        "SendMessage" => send(hub, queue(input)?, input),
        "ReceiveMessage" => receive(hub, queue(input)?, input).await,
        "DeleteMessage" => {
            let (queue, handle) = (queue(input)?, handle(input)?);
            hub.mail(|world, _| world.delete_message(queue, handle))?;
            Ok(json!({}))
        }
        "ChangeMessageVisibility" => {
            let (queue, handle) = (queue(input)?, handle(input)?);
            let hidden = number(input, "VisibilityTimeout", 0..=43_200)?
                .ok_or_else(|| missing("VisibilityTimeout"))?;
            let hidden = Duration::from_secs(hidden);
            hub.mail(|world, now| world.change_visibility(queue, handle, hidden, now))?;
            Ok(json!({}))
        }
        "GetQueueAttributes" => {
            let (name, wanted) = (queue(input)?, texts(input, "AttributeNames"));
            let all = hub.read(|world| {
                let queue = world.queue(name)?;
                let letters = queue.settings.redrive.as_ref();
                let letters = letters.and_then(|r| world.queue(&r.dead_letters));
                Some(attributes(queue, letters, clock::now()))
            });
            let mut all = all.ok_or_else(no_queue)?;
            if let Some(unknown) = wanted.iter().find(|w| **w != "All" && !known(w)) {
                let message = format!("Unknown Attribute {unknown}.");
                return Err(ApiError::bad("InvalidAttributeName", message));
            }
            all.retain(|name, _| wanted.iter().any(|w| *w == "All" || w == name));
            Ok(json!({"Attributes": all}))
        }
        _ => Err(ApiError::unknown(operation)),
    }
}

fn send(hub: &Hub, queue: &str, input: &Value) -> Result<Value, ApiError> {
    let message = NewMessage {
        body: text(input, "MessageBody").unwrap_or_default().to_owned(),
        attributes: message_attributes(&input["MessageAttributes"])?,
        delay: number(input, "DelaySeconds", 0..=900)?.map(Duration::from_secs),
    };
    let sent = hub.mail(|world, now| world.send_message(queue, message, now))?;
    Ok(json!({
        "MessageId": sent.id,
        "MD5OfMessageBody": sent.md5_of_body,
        "MD5OfMessageAttributes": sent.md5_of_attributes(),
    }))
}

async fn receive(hub: &Hub, queue: &str, input: &Value) -> Result<Value, ApiError> {
    let count = number(input, "MaxNumberOfMessages", 1..=MOST_MESSAGES)?.unwrap_or(1);
    let wait = number(input, "WaitTimeSeconds", 0..=LONGEST_WAIT)?.unwrap_or(0);
    let hidden = number(input, "VisibilityTimeout", 0..=43_200)?;
    let receive = Receive {
        count: usize::try_from(count).unwrap_or(usize::MAX),
        bytes: usize::MAX,
        visibility_timeout: hidden.map(Duration::from_secs),
    };
    let until = Instant::now() + Duration::from_secs(wait);
    let messages = wait_for_messages(hub, queue, receive, Some(until)).await?;
    let mut system = texts(input, "MessageSystemAttributeNames");
    system.extend(texts(input, "AttributeNames"));
    let wanted = texts(input, "MessageAttributeNames");
    let messages: Vec<Value> = messages
        .iter()
        .map(|message| {
            let mut of_system = system_attributes(message);
            of_system.retain(|name, _| system.iter().any(|w| *w == "All" || w == name));
            let own = message
                .attributes
                .iter()
                .filter(|(name, _)| asked_for(&wanted, name));
            let own: Map<String, Value> = own
                .map(|(name, a)| {
                    (
                        name.clone(),
                        json!({"DataType": a.data_type, "StringValue": a.value}),
                    )
                })
                .collect();
            let all = own.len() == message.attributes.len();
            json!({
                "MessageId": message.id,
                "ReceiptHandle": message.receipt_handle,
                "Body": message.body,
                "MD5OfBody": message.md5_of_body,
                "MD5OfMessageAttributes": if all { message.md5_of_attributes() } else { None },
                "Attributes": (!of_system.is_empty()).then_some(of_system),
                "MessageAttributes": (!own.is_empty()).then_some(own),
            })
        })
        .collect();
    Ok(json!({"Messages": (!messages.is_empty()).then_some(messages)}))
}

fn message_attributes(input: &Value) -> Result<BTreeMap<String, MessageAttribute>, ApiError> {
    let attributes = input.as_object().into_iter().flatten();
    attributes
        .map(|(name, attribute)| {
            let (kind, value) = (text(attribute, "DataType"), text(attribute, "StringValue"));
            match (kind, value) {
                (Some(kind), Some(value)) if kind.starts_with("String") || kind.starts_with("Number") => {
                    let (data_type, value) = (kind.to_owned(), value.to_owned());
                    Ok((name.clone(), MessageAttribute { data_type, value }))
                }
                (Some(kind), _) if kind.starts_with("Binary") => {
                    let message = "the local AWS has no binary message attributes";
                    Err(ApiError { unknown: true, ..ApiError::bad("UnsupportedOperation", message) })
                }
                _ => Err(invalid(format!(
                    "The message attribute '{name}' must contain a non-empty message attribute value."
                ))),
            }
        })
        .collect()
}

/// By name, by `prefix.*`, or all.
fn asked_for(wanted: &[&str], name: &str) -> bool {
    wanted.iter().any(|wanted| match wanted.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => *wanted == "All" || *wanted == name,
    })
}

fn attributes(queue: &Queue, letters: Option<&Queue>, now: Millis) -> Map<String, Value> {
    let seconds = |d: Duration| d.as_secs().to_string();
    let mut all = vec![
        ("QueueArn", queue.arn.clone()),
        (
            "ApproximateNumberOfMessages",
            queue.visible(now).to_string(),
        ),
        (
            "ApproximateNumberOfMessagesNotVisible",
            queue.in_flight(now).to_string(),
        ),
        (
            "ApproximateNumberOfMessagesDelayed",
            queue.delayed(now).to_string(),
        ),
        ("CreatedTimestamp", (queue.created_at.0 / 1000).to_string()),
        (
            "LastModifiedTimestamp",
            (queue.created_at.0 / 1000).to_string(),
        ),
        (
            "VisibilityTimeout",
            seconds(queue.settings.visibility_timeout),
        ),
        ("DelaySeconds", seconds(queue.settings.delay)),
        (
            "MaximumMessageSize",
            queue.settings.maximum_message_size.to_string(),
        ),
        ("MessageRetentionPeriod", "345600".to_owned()),
        ("ReceiveMessageWaitTimeSeconds", "0".to_owned()),
    ];
    if let (Some(redrive), Some(letters)) = (&queue.settings.redrive, letters) {
        let policy = json!({
            "deadLetterTargetArn": letters.arn,
            "maxReceiveCount": redrive.max_receive_count,
        });
        all.push(("RedrivePolicy", policy.to_string()));
    }
    all.into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

fn known(attribute: &str) -> bool {
    [
        "QueueArn",
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
        "CreatedTimestamp",
        "LastModifiedTimestamp",
        "VisibilityTimeout",
        "DelaySeconds",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
        "RedrivePolicy",
    ]
    .contains(&attribute)
}

fn queue(input: &Value) -> Result<&str, ApiError> {
    text(input, "QueueUrl").ok_or_else(|| missing("QueueUrl"))
}

fn handle(input: &Value) -> Result<&str, ApiError> {
    text(input, "ReceiptHandle").ok_or_else(|| missing("ReceiptHandle"))
}

fn number(
    input: &Value,
    name: &str,
    within: std::ops::RangeInclusive<u64>,
) -> Result<Option<u64>, ApiError> {
    let given = &input[name];
    if given.is_null() {
        return Ok(None);
    }
    match given.as_u64().filter(|n| within.contains(n)) {
        Some(number) => Ok(Some(number)),
        None => Err(invalid(format!(
            "Value {given} for parameter {name} is invalid. Reason: Must be between {} and {}, if \
             provided.",
            within.start(),
            within.end()
        ))),
    }
}

fn invalid(message: String) -> ApiError {
    ApiError::bad("InvalidParameterValue", message)
}

fn missing(parameter: &str) -> ApiError {
    let message = format!("The request must contain the parameter {parameter}.");
    ApiError::bad("MissingParameter", message)
}

fn no_queue() -> ApiError {
    ApiError::bad("QueueDoesNotExist", "The specified queue does not exist.")
}

/// The code in SQS's older protocol, which clients go by.
pub(super) fn query_code(code: &str) -> String {
    match code {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
        "MessageNotInflight" => "AWS.SimpleQueueService.MessageNotInflight".to_owned(),
        other => other.to_owned(),
    }
}
