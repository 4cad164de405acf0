//! What a function was called with, as events. Pure.
//!
//! A rule's event or SNS's records come as they are; SQS's records hold the
//! same as text, or what Lambda keeps of an invocation that failed, or what SNS
//! sends to a queue.

use events::{Event, NoEvent};
use serde_json::{Value, json};

/// What a function was called with.
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    /// Its parts, each of which is taken or not on its own.
    pub items: Vec<Item>,
}

/// A part that is taken as a whole, or comes again as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The message of the queue that it came in; None: Lambda was called with it.
    pub letter: Option<Letter>,
    /// What is put into a queue so that it comes again: JSON, or what should
    /// have been.
    pub body: String,
    /// The events in it: mostly one.
    pub events: Vec<Event>,
    /// Why other things in it are no events.
    pub poison: Vec<NoEvent>,
    /// How many of this function's own messages came back to it.
    pub echoes: usize,
}

/// A message of an SQS queue.
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letter {
    /// Its id, by which a batch's failures are told.
    pub id: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// How often it was put off: the attribute [`ATTEMPT`].
    pub attempt: u32,
}

/// The attribute of a message that counts how often it was put off.
pub(crate) const ATTEMPT: &str = "attempt";

/// The longest text that is read: what SQS holds at most.
const LONGEST: usize = 1024 * 1024;

/// How many envelopes may be around an event.
const ENVELOPES: usize = 4;

impl Payload {
    /// Reads what the function was called with. `own` is the topic that the
    /// function itself publishes to: what comes from there is an echo, and
    /// telling of it would never end.
    pub fn read(value: &Value, own: Option<&str>) -> Self {
        let whole = || vec![Item::of(None, text(value), Ok(value), own)];
        let items = match records(value) {
            [] => whole(),
            records => records
                .iter()
                .map(|record| match is_letter(record) {
                    true => letter(record, own),
                    false => {
                        let one = json!({ "Records": [record] });
                        Item::of(None, text(&one), Ok(&one), own)
                    }
                })
                .collect(),
        };
        Self { items }
    }

    /// Whether it came from a queue, which is told of each message by its id.
    pub fn is_batch(&self) -> bool {
        self.items.iter().any(|item| item.letter.is_some())
    }
}

impl Item {
    fn of(
        letter: Option<Letter>,
        body: String,
        value: Result<&Value, NoEvent>,
        own: Option<&str>,
    ) -> Self {
        let mut item = Self {
            letter,
            body,
            events: Vec::new(),
            poison: Vec::new(),
            echoes: 0,
        };
        match value {
            Ok(value) => item.open(value, own, ENVELOPES),
            Err(error) => item.poison.push(error),
        }
        item
    }

    /// Takes the envelopes off.
    fn open(&mut self, value: &Value, own: Option<&str>, envelopes: usize) {
        let inner = match envelopes {
            0 => None,
            _ => kept(value),
        };
        if let Some(inner) = inner {
            return self.open(inner, own, envelopes - 1);
        }
        if is_notification(value) {
            return self.record(&json!({ "Sns": value }), own);
        }
        match records(value) {
            [] => self.event(value),
            records => {
                for record in records {
                    if is_letter(record) && envelopes > 0 {
                        match parse(record) {
                            Ok(value) => self.open(&value, own, envelopes - 1),
                            Err(error) => self.poison.push(error),
                        }
                    } else {
                        self.record(record, own);
                    }
                }
            }
        }
    }

    fn record(&mut self, record: &Value, own: Option<&str>) {
        let topic = record.pointer("/Sns/TopicArn").and_then(Value::as_str);
        match own.is_some() && topic == own {
            true => self.echoes += 1,
            // One by one, so that what is none spoils none of the others.
            false => self.event(&json!({ "Records": [record] })),
        }
    }

    fn event(&mut self, value: &Value) {
        match events::read(value) {
            Ok(events) => self.events.extend(events),
            Err(error) => self.poison.push(error),
        }
    }
}

/// The records of a trigger; none where it is something else.
fn records(value: &Value) -> &[Value] {
    let records = value.get("Records").and_then(Value::as_array);
    records.map(Vec::as_slice).unwrap_or_default()
}

fn is_letter(record: &Value) -> bool {
    record.get("eventSource").and_then(Value::as_str) == Some("aws:sqs")
}

fn letter(record: &Value, own: Option<&str>) -> Item {
    let number = |pointer: &str| {
        let text = record.pointer(pointer).and_then(Value::as_str);
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    };
    let id = record.get("messageId").and_then(Value::as_str);
    let letter = Letter {
        id: id.unwrap_or_default().to_owned(),
        receives: number("/attributes/ApproximateReceiveCount"),
        attempt: number(&format!("/messageAttributes/{ATTEMPT}/stringValue")),
    };
    let value = parse(record);
    // Without its envelope it is shorter, and comes again as it came first.
    let body = match value.as_ref().ok().and_then(kept) {
        Some(inner) => text(inner),
        None => match record.get("body") {
            Some(Value::String(body)) => body.clone(),
            other => other.map(text).unwrap_or_default(),
        },
    };
    Item::of(
        Some(letter),
        body,
        value.as_ref().map_err(Clone::clone),
        own,
    )
}

fn parse(record: &Value) -> Result<Value, NoEvent> {
    match record.get("body") {
        Some(Value::String(body)) if body.len() > LONGEST => Err(NoEvent::Long(body.len())),
        Some(Value::String(body)) => {
            serde_json::from_str(body).map_err(|error| NoEvent::Json(error.to_string()))
        }
        Some(_) => Err(NoEvent::Json("the message's body is no text".to_owned())),
        None => Err(NoEvent::Json("the message has no body".to_owned())),
    }
}

/// What an invocation was called with that failed, out of the record that
/// Lambda sends to the on-failure destination.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
fn kept(value: &Value) -> Option<&Value> {
    value.get("requestContext")?;
    value
        .get("requestPayload")
        .filter(|inner| inner.is_object())
}

/// What SNS sends to a queue, and to the dead letters of a subscription.
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>
fn is_notification(value: &Value) -> bool {
    value.get("Type").and_then(Value::as_str) == Some("Notification")
        && value.get("TopicArn").is_some_and(Value::is_string)
        && value.get("Message").is_some()
}

/// JSON that a queue takes: two characters are allowed in JSON and not in SQS.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn text(value: &Value) -> String {
    let text = value.to_string();
    match text.contains(['\u{fffe}', '\u{ffff}']) {
        false => text,
        true => text
            .replace('\u{fffe}', "\\ufffe")
            .replace('\u{ffff}', "\\uffff"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(id: &str) -> Value {
        json!({
            "version": "0", "id": id, "detail-type": "CodePipeline Pipeline Execution State Change",
            "source": "aws.codepipeline", "account": "123456789012", "region": "eu-west-1",
            "time": "2026-03-01T09:00:00Z",
            "detail": {"pipeline": "shop", "execution-id": "e-1", "state": "STARTED", "version": 4.0},
        })
    }

    fn sns(message: &Value) -> Value {
        json!({
            "Type": "Notification", "MessageId": "m-1",
            "TopicArn": "arn:aws:sns:eu-west-1:123456789012:deploys", "Subject": null,
            "Message": message.to_string(), "Timestamp": "2026-03-01T09:00:00.000Z",
        })
    }

    fn failed(payload: &Value) -> Value {
        json!({
            "version": "1.0", "timestamp": "2026-03-01T09:00:01.000Z",
            "requestContext": {"requestId": "r-1", "condition": "RetriesExhausted", "approximateInvokeCount": 1},
            "requestPayload": payload,
            "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
            "responsePayload": {"errorMessage": "time is over"},
        })
    }

    fn batch(bodies: &[Value]) -> Value {
        let record = |(n, body): (usize, &Value)| {
            json!({
                "messageId": format!("sqs-{n}"), "receiptHandle": "h", "body": body,
                "attributes": {"ApproximateReceiveCount": "2"},
                "messageAttributes": {"attempt": {"stringValue": "7", "dataType": "Number"}},
                "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
            })
        };
        json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() })
    }

    fn ids(item: &Item) -> Vec<&str> {
        item.events.iter().map(|event| event.id.as_str()).collect()
    }

    #[test]
    fn a_table_of_envelopes() {
        let topic = json!({"Records": [{"EventSource": "aws:sns", "Sns": sns(&event("e"))}]});
        for (name, value) in [
            ("bare", event("e")),
            ("SNS", topic.clone()),
            ("a failure's record", failed(&event("e"))),
            ("a failure of SNS", failed(&topic)),
            ("a queue", batch(&[event("e").to_string().into()])),
            (
                "SNS to a queue",
                batch(&[sns(&event("e")).to_string().into()]),
            ),
            (
                "a failure in a queue",
                batch(&[failed(&event("e")).to_string().into()]),
            ),
            (
                "SNS's failure in a queue",
                batch(&[failed(&topic).to_string().into()]),
            ),
            (
                "a batch in a batch",
                batch(&[batch(&[event("e").to_string().into()]).to_string().into()]),
            ),
        ] {
            let payload = Payload::read(&value, None);
            let [item] = payload.items.as_slice() else {
                panic!("{name}: {payload:?}");
            };
            assert_eq!(ids(item), ["e"], "{name}");
            assert_eq!(item.poison, [], "{name}");
            assert_eq!(
                payload.is_batch(),
                name.contains("a queue") || name.contains("batch")
            );
            // What comes again is the same.
            let again = batch(&[item.body.clone().into()]);
            assert_eq!(
                Payload::read(&again, None).items[0].events,
                item.events,
                "{name}"
            );
        }
    }

    #[test]
    fn a_letter_tells_its_id_and_its_counts() {
        let payload = Payload::read(&batch(&[failed(&event("e")).to_string().into()]), None);
        let letter = Letter {
            id: "sqs-0".into(),
            receives: 2,
            attempt: 7,
        };
        assert_eq!(payload.items[0].letter, Some(letter));
        // The envelope of the failure is not queued again.
        assert!(!payload.items[0].body.contains("requestPayload"));
    }

    #[test]
    fn poison_spoils_nothing_else() {
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        let bodies = [
            json!("{\"detail"),
            json!(""),
            json!(deep),
            json!("x".repeat(LONGEST + 1)),
            json!(7),
            Value::Null,
            json!("{}"),
            json!("[]"),
            json!("\"text\""),
            json!("{\"Records\":[]}"),
            json!("{\"Records\":[{\"a\":1}]}"),
            json!(event("e").to_string()),
        ];
        let payload = Payload::read(&batch(&bodies), None);
        assert_eq!(payload.items.len(), bodies.len());
        let (good, bad) = payload.items.split_last().unwrap();
        assert_eq!((ids(good), good.poison.len()), (vec!["e"], 0));
        for item in bad {
            assert_eq!(
                (item.events.len(), item.poison.len()),
                (0, 1),
                "{:.80}",
                item.body
            );
        }
        // Also inside of one item.
        let mixed = json!({"Records": [{"Sns": sns(&event("e"))}, {"nothing": 1}]});
        let payload = Payload::read(&batch(&[mixed.to_string().into()]), None);
        let item = &payload.items[0];
        assert_eq!((item.events.len(), item.poison.len()), (1, 1));
        // Or called directly, where each is an item of its own.
        let payload = Payload::read(&mixed, None);
        let counts: Vec<_> = payload
            .items
            .iter()
            .map(|i| (i.events.len(), i.poison.len()))
            .collect();
        assert_eq!(counts, [(1, 0), (0, 1)]);
        for nothing in [
            json!({}),
            json!([]),
            json!(null),
            json!("x"),
            json!({"Records": 3}),
        ] {
            let payload = Payload::read(&nothing, None);
            assert_eq!(
                (payload.items.len(), payload.items[0].poison.len()),
                (1, 1),
                "{nothing}"
            );
        }
    }

    #[test]
    fn an_event_of_256_kib_is_read() {
        let mut large = event("e");
        large["detail"]["padding"] = "é".repeat(128 * 1024 - 400).into();
        assert!(large.to_string().len() > 255 * 1024);
        let payload = Payload::read(&batch(&[failed(&large).to_string().into()]), None);
        assert_eq!(ids(&payload.items[0]), ["e"]);
    }

    #[test]
    fn its_own_messages_are_echoes() {
        let own = "arn:aws:sns:eu-west-1:123456789012:deploys";
        let value = json!({"Records": [{"Sns": sns(&event("e"))}]});
        for value in [value.clone(), batch(&[sns(&event("e")).to_string().into()])] {
            let item = &Payload::read(&value, Some(own)).items[0];
            assert_eq!(
                (item.events.len(), item.poison.len(), item.echoes),
                (0, 0, 1)
            );
            let item =
                &Payload::read(&value, Some("arn:aws:sns:eu-west-1:123456789012:x")).items[0];
            assert_eq!((item.events.len(), item.echoes), (1, 0));
        }
    }

    #[test]
    fn what_sqs_refuses_is_escaped() {
        let mut hostile = event("e");
        hostile["detail"]["pipeline"] = "a\u{fffe}\u{ffff}\u{0}b".into();
        let item = &Payload::read(&hostile, None).items[0];
        assert!(!item.body.contains(['\u{fffe}', '\u{ffff}', '\u{0}']));
        let again = Payload::read(&batch(&[item.body.clone().into()]), None);
        assert_eq!(again.items[0].events, item.events);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
            Just(Value::from("aws:sqs")),
            Just(event("e")),
            Just(Value::from(event("e").to_string())),
        ];
        let key = prop_oneof![
            Just("Records"),
            Just("Sns"),
            Just("Message"),
            Just("body"),
            Just("messageId"),
            Just("eventSource"),
            Just("requestContext"),
            Just("requestPayload"),
            Just("Type"),
            Just("attributes"),
            Just("detail"),
            Just("detail-type"),
        ];
        leaf.prop_recursive(5, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_is_overlooked(value in json()) {
            let payload = Payload::read(&value, None);
            prop_assert!(!payload.items.is_empty());
            for item in &payload.items {
                // Each is taken, or told of as what can't be.
                prop_assert!(item.events.len() + item.poison.len() > 0);
            }
        }

        #[test]
        fn the_good_ones_of_a_batch_are_always_read(others in prop::collection::vec(json(), 0..6), at in 0usize..6) {
            let mut bodies: Vec<Value> = others.iter().map(|v| v.to_string().into()).collect();
            let at = at.min(bodies.len());
            bodies.insert(at, event("good").to_string().into());
            let payload = Payload::read(&batch(&bodies), None);
            prop_assert_eq!(payload.items.len(), bodies.len());
            prop_assert_eq!(ids(&payload.items[at]), vec!["good"]);
        }
    }
}
