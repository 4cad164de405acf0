//! From events to messages: secrets stay behind, and the order of events
//! leaves no trace.

use std::{collections::BTreeMap, fs, path::PathBuf};

use card::{Card, Key, Part, parts};
use chat::Message;
use events::Event;
use serde_json::Value;
use story::{History, Story};

/// Every sample event, by its file's name.
fn samples() -> Vec<(String, Value)> {
    let folder = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/events/tests/fixtures"
    ));
    let mut samples: Vec<(String, Value)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| {
            let value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                value,
            )
        })
        .collect();
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(samples.len() > 50, "{}", samples.len());
    samples
}

/// The cards of events, put together.
fn cards(events: &[Event]) -> BTreeMap<Key, Card> {
    card::assemble(events.iter().flat_map(parts))
}

/// All messages of a card, by every way there is.
fn messages(key: &Key, card: &Card) -> Vec<Message> {
    let mut history = History::default();
    history.take(card);
    let trend = match key {
        Key::Execution(id) => history.trend(&id.execution),
        _ => None,
    };
    let story = Story::new(key, card, &BTreeMap::new(), trend);
    let mut all = chat::slack::live(&story, None);
    all.extend(chat::slack::milestones(&story, None));
    all.extend(chat::amazon_q::milestones(&story));
    all.push(Message {
        slot: "text".to_owned(),
        in_thread: false,
        body: Value::String(chat::text::text(&story, 80)),
    });
    all
}

/// What looks like secrets, and the part of each that must not get out.
const SECRETS: &[(&str, &str)] = &[
    ("AKIAQ3EGRIZ7PLANTED0", "AKIAQ3EGRIZ7PLANTED0"),
    ("ghp_0123456789abcdefPLANTED0123456789", "PLANTED"),
    ("xoxb-1234567890-PLANTEDabcdef", "PLANTED"),
    (
        "https://deploy:s3cretPLANTED@git.example.com/shop.git",
        "PLANTED",
    ),
    (
        "it said Authorization: Bearer abcdefPLANTED0123 and left",
        "PLANTED",
    ),
    ("login failed, password=hunter2PLANTED", "PLANTED"),
    (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJQTEFOVEVEIn0.c2lnUExBTlRFRA",
        "c2lnUExBTlRFRA",
    ),
];

/// Every leaf of a value with something else in its place, one at a time.
fn with_each_leaf(value: &Value, plant: &dyn Fn(&Value) -> Value) -> Vec<Value> {
    match value {
        Value::Array(items) => {
            let at = |n: usize| {
                let put = move |changed: Value| {
                    let mut items = items.clone();
                    items[n] = changed;
                    Value::Array(items)
                };
                with_each_leaf(&items[n], plant).into_iter().map(put)
            };
            (0..items.len()).flat_map(at).collect()
        }
        Value::Object(fields) => {
            let at = |name: &String| {
                let put = {
                    let name = name.clone();
                    move |changed: Value| {
                        let mut fields = fields.clone();
                        fields.insert(name.clone(), changed);
                        Value::Object(fields)
                    }
                };
                with_each_leaf(&fields[name], plant).into_iter().map(put)
            };
            fields.keys().flat_map(at).collect()
        }
        // A message that is JSON in a string is planted from the inside too.
        Value::String(text) => {
            let mut all = vec![plant(value)];
            if let Ok(inner @ Value::Object(_)) = serde_json::from_str::<Value>(text) {
                let inside = with_each_leaf(&inner, plant).into_iter();
                all.extend(inside.map(|changed| Value::String(changed.to_string())));
            }
            all
        }
        leaf => vec![plant(leaf)],
    }
}

/// Everything that could be read of an event by somebody: messages, what a log
/// line tells, an error.
fn told(value: &Value) -> String {
    let events = match events::read(value) {
        Ok(events) => events,
        Err(error) => return error.to_string(),
    };
    let mut told = String::new();
    for event in &events {
        told.push_str(&event.id);
        told.push_str(&format!("{:?}", event.kind));
        for Part { key, card } in parts(event) {
            told.push_str(&format!("{key}\n"));
            told.push_str(&serde_json::to_string(&card).unwrap());
        }
    }
    for (key, card) in cards(&events) {
        for message in messages(&key, &card) {
            told.push_str(&message.slot);
            told.push_str(&message.body.to_string());
        }
    }
    told
}

#[test]
fn a_secret_in_any_field_of_any_event_is_told_nowhere() {
    let samples = samples();
    let mut planted = 0;
    for (n, (secret, part)) in SECRETS.iter().enumerate() {
        for (name, sample) in &samples {
            // The long sequence is planted by the first secret only.
            if name.starts_with("sequence") && n > 0 {
                continue;
            }
            let plant = |_: &Value| Value::String((*secret).to_owned());
            for changed in with_each_leaf(sample, &plant) {
                planted += 1;
                let told = told(&changed);
                assert!(
                    !told.contains(part),
                    "{name}: {secret} is told: {changed:#}"
                );
            }
        }
    }
    assert!(planted > 5000, "{planted}");
}

#[test]
fn any_order_ends_in_the_same_last_message() {
    let sequence = samples()
        .into_iter()
        .find(|(name, _)| name.starts_with("sequence"));
    let sequence = sequence.unwrap().1;
    let all: Vec<Event> = sequence
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|event| events::read(event).unwrap())
        .collect();
    let last = |events: &[Event]| {
        let cards = cards(events);
        let tell = |(key, card): (&Key, &Card)| (key.clone(), messages(key, card));
        cards.iter().map(tell).collect::<Vec<_>>()
    };
    let expected = last(&all);
    assert_eq!(expected.len(), 1, "one execution");
    for seed in 0..50 {
        fastrand::seed(seed);
        let mut shuffled = all.clone();
        shuffled.extend(all.iter().filter(|_| fastrand::bool()).cloned());
        fastrand::shuffle(&mut shuffled);
        assert_eq!(last(&shuffled), expected, "seed {seed}");
    }
}
