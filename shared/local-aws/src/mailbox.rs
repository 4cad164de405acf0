//! Waiting for messages, for callers and mappings alike.

use std::collections::BTreeMap;

use tokio::time::{Instant, timeout_at};
use world::{Message, Queue, Receive, Refusal};

use crate::{clock, hub::Hub};

/// Receives, and waits until there is something to receive. Without a limit
/// it waits as long as it takes.
pub(crate) async fn wait_for_messages(
    hub: &Hub,
    queue: &str,
    receive: Receive,
    until: Option<Instant>,
) -> Result<Vec<Message>, Refusal> {
    let mut mail = hub.mails();
    loop {
        mail.mark_unchanged();
        // A look changes nothing, and so wakes nobody.
        let next = hub.read(|world| world.queue(queue).map(Queue::next_visible));
        // Without a queue there is a refusal to be had.
        if next.is_none_or(|next| next.is_some_and(|at| at <= clock::now())) {
            let messages = hub.mail(|world, now| world.receive_messages(queue, receive, now))?;
            if !messages.is_empty() {
                return Ok(messages);
            }
            continue;
        }
        if until.is_some_and(|until| until <= Instant::now()) {
            return Ok(Vec::new());
        }
        let visible = next
            .flatten()
            .map(|at| Instant::now() + at.since(clock::now()));
        // The sender of changes lives as long as the hub.
        match visible.into_iter().chain(until).min() {
            // Whichever it is, it is looked at again.
            Some(at) => drop(timeout_at(at, mail.changed()).await),
            None => drop(mail.changed().await),
        }
    }
}

/// What SQS itself notes on a message.
pub(crate) fn system_attributes(message: &Message) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::from([
        ("SenderId", "AROALOCALGREENLIGHT0:local".to_owned()),
        ("SentTimestamp", message.sent_at.to_string()),
        ("ApproximateReceiveCount", message.receive_count.to_string()),
    ]);
    if let Some(at) = message.first_received_at {
        attributes.insert("ApproximateFirstReceiveTimestamp", at.to_string());
    }
    if let Some(source) = &message.dead_letter_source {
        attributes.insert("DeadLetterQueueSourceArn", source.clone());
    }
    attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
