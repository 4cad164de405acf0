//! How messages move through queues.

use std::{collections::BTreeMap, time::Duration};

use md5::{Digest as _, Md5};

use crate::{
    Message, MessageAttribute, Millis, NewMessage, Queue, QueueSettings, Receive, Redrive, Refusal,
    World,
    model::{hex, md5_hex},
};

/// No delay is longer.
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// No message is hidden for longer.
const LONGEST_HIDDEN: Duration = Duration::from_secs(43_200);

impl World {
    /// Makes a queue, or configures the one of that name anew, and returns its
    /// ARN.
    pub fn create_queue(&mut self, name: &str, settings: QueueSettings, now: Millis) -> String {
        let arn = self.arn("sqs", name);
        let queue = self.queues.entry(name.to_owned()).or_insert_with(|| Queue {
            name: name.to_owned(),
            arn: arn.clone(),
            settings: QueueSettings::default(),
            created_at: now,
            messages: BTreeMap::new(),
            order: Default::default(),
            next: 0,
        });
        queue.settings = settings;
        arn
    }

    /// The queue with this name, ARN or URL.
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.get(queue_name(name))
    }

    /// Sends a message and returns it as it is kept.
    ///
    /// # Errors
    /// As SQS refuses: no such queue, an empty or too long message, a delay
    /// that is too long.
    pub fn send_message(
        &mut self,
        queue: &str,
        message: NewMessage,
        now: Millis,
    ) -> Result<Message, Refusal> {
        let id = self.next_uuid();
        let queue = self.queue_mut(queue)?;
        let invalid = |message: String| Refusal::new("InvalidParameterValue", message);
        let size = message.body.len() + attributes_size(&message.attributes);
        if message.body.is_empty() {
            let text = "The request must contain the parameter MessageBody.";
            return Err(Refusal::new("MissingParameter", text));
        }
        if let Some(c) = message.body.chars().find(|c| !allowed(*c)) {
            let text = format!(
                "Invalid binary character '#x{:X}' was found in the message body, the set of \
                 allowed characters is #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | \
                 [#x10000 to #x10FFFF]",
                u32::from(c)
            );
            return Err(Refusal::new("InvalidMessageContents", text));
        }
        if size > queue.settings.maximum_message_size {
            return Err(invalid(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {} bytes.",
                queue.settings.maximum_message_size
            )));
        }
        let delay = message.delay.unwrap_or(queue.settings.delay);
        if delay > LONGEST_DELAY {
            return Err(invalid(format!(
                "Value {} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= \
                 0 and <= 900.",
                delay.as_secs()
            )));
        }
        let message = Message {
            id,
            md5_of_body: md5_hex(message.body.as_bytes()),
            body: message.body,
            attributes: message.attributes,
            sent_at: now,
            visible_at: now + delay,
            receive_count: 0,
            first_received_at: None,
            receipt_handle: None,
            dead_letter_source: None,
        };
        queue.add(message.clone());
        Ok(message)
    }

    /// Receives what can be received, the longest visible first. What was
    /// received too often goes to the dead-letter queue instead.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn receive_messages(
        &mut self,
        queue: &str,
        receive: Receive,
        now: Millis,
    ) -> Result<Vec<Message>, Refusal> {
        let name = queue_name(queue).to_owned();
        let nonce = self.next_hex(32);
        let queue = self.queue_mut(&name)?;
        let hidden = receive
            .visibility_timeout
            .unwrap_or(queue.settings.visibility_timeout)
            .min(LONGEST_HIDDEN);
        let redrive = queue.settings.redrive.clone();
        let (mut received, mut dead, mut bytes) = (Vec::new(), Vec::new(), 0_usize);
        while received.len() < receive.count {
            let Some((at, number)) = queue.order.first().copied() else {
                break;
            };
            let Some(message) = queue.messages.get(&number).filter(|_| at <= now) else {
                break;
            };
            if is_dead(message, redrive.as_ref()) {
                dead.extend(queue.remove(number));
                continue;
            }
            bytes = bytes.saturating_add(message.body.len());
            if bytes > receive.bytes && !received.is_empty() {
                break;
            }
            queue.hide(number, now + hidden);
            let Some(message) = queue.messages.get_mut(&number) else {
                break;
            };
            message.receive_count += 1;
            message.first_received_at.get_or_insert(now);
            message.receipt_handle = Some(format!("{number}-{}-{nonce}", message.receive_count));
            received.push(message.clone());
        }
        let source = queue.arn.clone();
        self.bury(dead, redrive, &source, now);
        Ok(received)
    }

    /// Deletes a message by the handle of its last receipt. An older handle
    /// does nothing, and neither does one whose message is gone.
    ///
    /// # Errors
    /// When there is no such queue, or that is no handle.
    pub fn delete_message(&mut self, queue: &str, receipt_handle: &str) -> Result<(), Refusal> {
        let queue = self.queue_mut(queue)?;
        let number = number(receipt_handle)?;
        if queue.holds(number, receipt_handle) {
            queue.remove(number);
        }
        Ok(())
    }

    /// Hides a received message for so long from now on; for no time, so that
    /// it can be received again.
    ///
    /// # Errors
    /// When there is no such queue or no such message in flight.
    pub fn change_visibility(
        &mut self,
        queue: &str,
        receipt_handle: &str,
        hidden: Duration,
        now: Millis,
    ) -> Result<(), Refusal> {
        let queue = self.queue_mut(queue)?;
        let number = number(receipt_handle)?;
        let gone = |why: &str| {
            let text = format!(
                "Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: {why}."
            );
            Refusal::new("InvalidParameterValue", text)
        };
        if hidden > LONGEST_HIDDEN {
            let text = format!(
                "Value {} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout \
                 must be an integer between 0 and 43200.",
                hidden.as_secs()
            );
            return Err(Refusal::new("InvalidParameterValue", text));
        }
        if !queue.holds(number, receipt_handle) {
            return Err(gone(
                "Message does not exist or is not available for visibility timeout change",
            ));
        }
        if queue
            .messages
            .get(&number)
            .is_some_and(|m| m.visible_at <= now)
        {
            let text = "The specified message isn't in flight.";
            return Err(Refusal::new("MessageNotInflight", text));
        }
        queue.hide(number, now + hidden);
        Ok(())
    }

    /// Moves dead messages on; without a queue for them they are gone.
    fn bury(&mut self, dead: Vec<Message>, to: Option<Redrive>, source: &str, now: Millis) {
        let Some(queue) = to.and_then(|to| self.queues.get_mut(queue_name(&to.dead_letters)))
        else {
            return;
        };
        for message in dead {
            queue.add(Message {
                visible_at: now,
                receipt_handle: None,
                receive_count: 0,
                first_received_at: None,
                dead_letter_source: Some(source.to_owned()),
                ..message
            });
        }
    }

    fn queue_mut(&mut self, name: &str) -> Result<&mut Queue, Refusal> {
        let queue = self.queues.get_mut(queue_name(name));
        queue
            .ok_or_else(|| Refusal::new("QueueDoesNotExist", "The specified queue does not exist."))
    }
}

impl Queue {
    fn add(&mut self, message: Message) {
        self.order.insert((message.visible_at, self.next));
        self.messages.insert(self.next, message);
        self.next += 1;
    }

    fn remove(&mut self, number: u64) -> Option<Message> {
        let message = self.messages.remove(&number)?;
        self.order.remove(&(message.visible_at, number));
        Some(message)
    }

    fn hide(&mut self, number: u64, until: Millis) {
        if let Some(message) = self.messages.get_mut(&number) {
            self.order.remove(&(message.visible_at, number));
            message.visible_at = until;
            self.order.insert((until, number));
        }
    }

    fn holds(&self, number: u64, receipt_handle: &str) -> bool {
        let message = self.messages.get(&number);
        message.is_some_and(|m| m.receipt_handle.as_deref() == Some(receipt_handle))
    }
}

impl Message {
    /// The MD5 of the attributes, as SQS tells it to a sender who compares.
    /// `None` without attributes.
    pub fn md5_of_attributes(&self) -> Option<String> {
        if self.attributes.is_empty() {
            return None;
        }
        let mut digest = Md5::new();
        for (name, attribute) in &self.attributes {
            for text in [name, &attribute.data_type] {
                digest.update((text.len() as u32).to_be_bytes());
                digest.update(text);
            }
            // The value is text, and not bytes.
            digest.update([1]);
            digest.update((attribute.value.len() as u32).to_be_bytes());
            digest.update(&attribute.value);
        }
        Some(hex(&digest.finalize()))
    }
}

fn is_dead(message: &Message, redrive: Option<&Redrive>) -> bool {
    redrive.is_some_and(|redrive| message.receive_count >= redrive.max_receive_count.max(1))
}

fn number(receipt_handle: &str) -> Result<u64, Refusal> {
    let number = receipt_handle
        .split('-')
        .next()
        .and_then(|n| n.parse().ok());
    number.ok_or_else(|| {
        let text =
            format!("The input receipt handle \"{receipt_handle}\" is not a valid receipt handle.");
        Refusal::new("ReceiptHandleIsInvalid", text)
    })
}

/// The name in a name, an ARN or a URL.
fn queue_name(name: &str) -> &str {
    name.rsplit(['/', ':']).next().unwrap_or(name)
}

fn attributes_size(attributes: &BTreeMap<String, MessageAttribute>) -> usize {
    let size =
        |(name, a): (&String, &MessageAttribute)| name.len() + a.data_type.len() + a.value.len();
    attributes.iter().map(size).sum()
}

/// What XML can hold.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(max_receive_count: u32) -> World {
        let mut world = World::new("eu-west-1", "123456789012", 0);
        let settings = QueueSettings {
            visibility_timeout: Duration::from_millis(10),
            redrive: Some(Redrive {
                dead_letters: "arn:aws:sqs:eu-west-1:123456789012:dead".to_owned(),
                max_receive_count,
            }),
            ..QueueSettings::default()
        };
        world.create_queue("q", settings, Millis(0));
        world.create_queue("dead", QueueSettings::default(), Millis(0));
        world
    }

    fn bodies(world: &mut World, count: usize, bytes: usize, now: u64) -> Vec<String> {
        let receive = Receive {
            count,
            bytes,
            visibility_timeout: None,
        };
        let received = world.receive_messages("q", receive, Millis(now)).unwrap();
        received.into_iter().map(|m| m.body).collect()
    }

    #[test]
    fn the_longest_visible_comes_first_and_no_more_than_asked_for() {
        let mut world = world(9);
        for body in ["aa", "bb", "cc"] {
            world
                .send_message("q", NewMessage::new(body), Millis(1))
                .unwrap();
        }
        assert_eq!(bodies(&mut world, 1, 0, 1), ["aa"]);
        assert_eq!(bodies(&mut world, 10, 3, 2), ["bb"]);
        assert_eq!(bodies(&mut world, 10, 100, 2), ["cc"]);
        assert_eq!(bodies(&mut world, 10, 100, 10), [""; 0]);
        assert_eq!(bodies(&mut world, 10, 100, 12), ["aa", "bb", "cc"]);
    }

    #[test]
    fn no_message_is_lost_on_its_way_to_the_dead_letters() {
        let mut world = world(3);
        for n in 0..10 {
            world
                .send_message("q", NewMessage::new(n.to_string()), Millis(0))
                .unwrap();
        }
        let mut received = 0;
        for round in 0..10 {
            received += bodies(&mut world, 4, usize::MAX, round * 10).len();
            received += bodies(&mut world, 10, usize::MAX, round * 10).len();
            let count = |name| world.queue(name).map(|q| q.messages.len());
            assert_eq!(count("q").zip(count("dead")).map(|(q, d)| q + d), Some(10));
        }
        assert_eq!(received, 30);
        let dead = world.queue("dead").unwrap();
        assert_eq!(dead.visible(Millis(1000)), 10);
    }

    #[test]
    fn attributes_have_the_digest_that_sqs_documents() {
        let mut world = world(3);
        let attribute = MessageAttribute {
            data_type: "String".to_owned(),
            value: "b".to_owned(),
        };
        let message = NewMessage {
            attributes: [("a".to_owned(), attribute)].into(),
            ..NewMessage::new("x")
        };
        let sent = world.send_message("q", message, Millis(0)).unwrap();
        let bytes = b"\0\0\0\x01a\0\0\0\x06String\x01\0\0\0\x01b";
        assert_eq!(sent.md5_of_attributes(), Some(md5_hex(bytes)));
    }
}
