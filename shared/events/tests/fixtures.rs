//! Each kind of event, as it really comes, beside what is understood of it.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its fixture has failed"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use greenlight_events::{Event, Kind, Moment, Phase, read};
use proptest::prelude::*;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures"))
}

/// All events of the folder, by the file's name. A sequence is several.
fn fixtures() -> Vec<(String, Vec<Value>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|kind| kind != "json") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let values = match value {
            Value::Array(list) => list,
            one => vec![one],
        };
        all.push((name, values));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn understood(values: &[Value]) -> Vec<Event> {
    values.iter().flat_map(|v| read(v).unwrap()).collect()
}

#[test]
fn each_event_is_understood_as_before() {
    let renew = std::env::var_os("GREENLIGHT_RENEW").is_some();
    let mut wrong = Vec::new();
    for (name, values) in fixtures() {
        let shown = format!("{:#?}\n", understood(&values));
        let path = folder().join(format!("{name}.txt"));
        if renew {
            fs::write(&path, &shown).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != shown {
            wrong.push(name);
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:?}: look at the difference, and write it with GREENLIGHT_RENEW=1"
    );
}

#[test]
fn only_what_concerns_no_card_is_a_notice() {
    let notices: BTreeSet<String> = fixtures()
        .into_iter()
        .filter(|(_, values)| {
            let notice = |event: &Event| matches!(event.kind, Kind::Notice(_));
            understood(values).iter().any(notice)
        })
        .map(|(name, _)| name)
        .collect();
    let expected = [
        "ecr-scan-resource-change",
        "ecs-container-instance-state-change",
    ];
    let expected: BTreeSet<String> = expected.into_iter().map(str::to_owned).collect();
    assert_eq!(notices, expected);
}

#[test]
fn no_value_of_the_environment_is_kept() {
    let secret = "hunter2-in-plain-text";
    for (name, mut values) in fixtures() {
        let mut planted = 0;
        for value in &mut values {
            plant(value, secret, &mut planted);
        }
        let shown = format!("{:?}", understood(&values));
        assert!(!shown.contains(secret), "{name}");
        if name == "codebuild-build-state-change-succeeded" {
            assert!(planted > 0, "nothing was planted");
        }
    }
}

/// Puts a secret where an environment variable's value is.
fn plant(value: &mut Value, secret: &str, planted: &mut u32) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key == "environment-variables" || key == "environment" && value.is_array() {
                    *value = json!([{"name": "TOKEN", "type": "PLAINTEXT", "value": secret}]);
                    *planted += 1;
                }
                plant(value, secret, planted);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|v| plant(v, secret, planted)),
        _ => {}
    }
}

#[test]
fn what_comes_twice_has_one_id() {
    for (name, values) in fixtures() {
        for value in &values {
            let ids: Vec<_> = read(value).unwrap().into_iter().map(|e| e.id).collect();
            let again: Vec<_> = read(value).unwrap().into_iter().map(|e| e.id).collect();
            assert_eq!(ids, again, "{name}");
            assert!(ids.iter().all(|id| !id.is_empty()), "{name}");
        }
        let ids: BTreeSet<_> = understood(&values).into_iter().map(|e| e.id).collect();
        assert_eq!(
            ids.len(),
            understood(&values).len(),
            "{name}: two have one id"
        );
    }
}

#[test]
fn an_event_over_a_topic_is_the_same_event() {
    let (_, values) = fixtures()
        .into_iter()
        .find(|(name, _)| name == "codepipeline-action-failed")
        .unwrap();
    let own = understood(&values);
    let sns = json!({"Records": [{"EventSource": "aws:sns", "Sns": {
        "MessageId": "m-1", "TopicArn": "arn:aws:sns:us-west-2:1:t",
        "Message": values[0].to_string()}}]});
    assert_eq!(read(&sns).unwrap(), own);
}

#[test]
fn a_source_over_a_connection_tells_its_commit() {
    let event = json!({"detail-type": "CodePipeline Action Execution State Change",
        "source": "aws.codepipeline", "id": "1", "detail": {
            "pipeline": "shop", "execution-id": "e", "stage": "Source", "action": "GitHub",
            "state": "SUCCEEDED", "execution-result": {"external-execution-id": "8cf40f",
            "external-execution-summary": "{\"ProviderType\":\"GitHub\",\"CommitMessage\":\"Sell tea\"}"}}});
    let events = read(&event).unwrap();
    let Kind::Action(action) = &events[0].kind else {
        panic!()
    };
    assert_eq!(action.external.summary.as_deref(), Some("Sell tea"));
    assert_eq!((action.attempt, action.state.phase), (1, Phase::Succeeded));
}

#[test]
fn what_is_no_event_is_told_without_its_content() {
    for (text, why) in [
        ("{", "this is no JSON"),
        ("3", "it has one value"),
        ("{}", "it has nothing"),
        (r#"{"password": "hunter2"}"#, "it has \"password\""),
        (r#"{"Records": "x"}"#, "it has \"Records\""),
        // What calls a gate.
        (
            r#"{"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "x"}"#,
            "it has \"DeploymentId\"",
        ),
    ] {
        let error = greenlight_events::parse(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    let long = format!("\"{}\"", "x".repeat(2_000_000));
    let error = greenlight_events::parse(&long).unwrap_err().to_string();
    assert!(error.contains("2000002 bytes"), "{error}");
}

#[test]
fn an_unknown_event_is_a_notice_without_its_content() {
    let event = json!({"id": "1", "source": "aws.backup", "detail-type": "Backup Job State Change",
        "time": "2026-01-01T00:00:00Z", "resources": ["arn:aws:backup:eu:1:vault"],
        "detail": {"password": "hunter2"}});
    let events = read(&event).unwrap();
    assert!(!format!("{events:?}").contains("hunter2"));
    assert_eq!(events[0].at, Moment::parse("2026-01-01T00:00:00Z"));
    assert!(matches!(&events[0].kind, Kind::Notice(n) if n.source == "aws.backup"));
}

/// A path to any value of an event.
fn places(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (n, value) in list.iter().enumerate() {
                places(value, &format!("{path}/{n}"), found);
            }
        }
        _ => {}
    }
}

fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("4.0")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, {"a": 1}, "x"])),
        Just(json!({"Message": "{}", "a": {"b": []}})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_field_may_be_anything(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), odd()), 1..4),
    ) {
        let all = fixtures_once();
        let (_, values) = &all[which.index(all.len())];
        let mut value = values[0].clone();
        for (place, odd) in changes {
            let mut found = Vec::new();
            places(&value, "", &mut found);
            let place = &found[place.index(found.len())];
            if let Some(slot) = value.pointer_mut(place) {
                *slot = odd;
            }
        }
        // An event, or the reason why it is none.
        if let Err(error) = read(&value) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn any_text_is_an_event_or_not(text in "\\PC*") {
        let _ = greenlight_events::parse(&text);
    }
}

fn fixtures_once() -> &'static [(String, Vec<Value>)] {
    static ALL: std::sync::OnceLock<Vec<(String, Vec<Value>)>> = std::sync::OnceLock::new();
    ALL.get_or_init(fixtures)
}
