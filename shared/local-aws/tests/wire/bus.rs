//! EventBridge's rules, asynchronous invocations, and topics.

use std::time::Duration;

use aws_sdk_eventbridge as eventbridge;
use aws_sdk_sns::{self as sns, error::ProvideErrorMetadata as _, types::MessageAttributeValue};
use greenlight_local_aws::{AsyncConfig, Fault, FaultKind, LocalAws, Update};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use world::{ExampleOptions, LifecycleEventName, QueueSettings};

use crate::{
    LONG,
    client::{get, sdk},
    fleet::{self, TestFleet, settled, start},
    function,
};

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:notify";

async fn with(behaviour: &str) -> (LocalAws, TestFleet) {
    let (aws, fleet) = start(&ExampleOptions::default(), |setup| {
        setup.topics.insert("chat".to_owned());
        setup
            .queues
            .insert("failed".to_owned(), QueueSettings::default());
        let quick = AsyncConfig {
            retry_delay: Duration::from_millis(10),
            on_failure: Some("failed".to_owned()),
            ..AsyncConfig::default()
        };
        setup.async_configs.insert("notify".to_owned(), quick);
        let spec = function::spec(behaviour, LONG);
        setup.functions.insert("notify".to_owned(), spec);
    })
    .await;
    (aws, fleet)
}

async fn put(aws: &LocalAws, source: &str, detail: &Value) -> String {
    let entry = eventbridge::types::PutEventsRequestEntry::builder()
        .source(source)
        .detail_type("Test")
        .detail(detail.to_string())
        .resources("arn:a")
        .build();
    let client = eventbridge::Client::new(&sdk(aws));
    let put = client
        .put_events()
        .entries(entry)
        .send()
        .await
        .expect("it is taken");
    put.entries()[0].event_id().expect("an id").to_owned()
}

/// What the function said, each line of it JSON.
fn said(updates: &mut UnboundedReceiver<Update>) -> Vec<Value> {
    let mut lines = Vec::new();
    while let Ok(update) = updates.try_recv() {
        if let Update::Log(line) = update
            && let Ok(value) = serde_json::from_str(&line.text)
        {
            lines.push(value);
        }
    }
    lines
}

#[tokio::test]
async fn an_event_that_fits_reaches_the_function() {
    let (aws, _fleet) = with("say").await;
    let mut updates = aws.subscribe();
    let pattern = json!({"source": [{"prefix": "shop"}], "detail": {"state": ["FAILED"]}});
    aws.put_rule("failures", &pattern, &[FUNCTION])
        .expect("it is one");
    put(&aws, "shop.a", &json!({"state": "SUCCEEDED"})).await;
    put(&aws, "other", &json!({"state": "FAILED"})).await;
    let id = put(&aws, "shop.b", &json!({"state": "FAILED"})).await;
    assert!(aws.idle(LONG).await);
    aws.functions().shutdown().await;
    let [event] = &said(&mut updates)[..] else {
        panic!("one event")
    };
    for (member, value) in [
        ("version", json!("0")),
        ("id", json!(id)),
        ("source", json!("shop.b")),
        ("detail-type", json!("Test")),
        ("account", json!("123456789012")),
        ("region", json!("eu-west-1")),
        ("resources", json!(["arn:a"])),
        ("detail", json!({"state": "FAILED"})),
    ] {
        assert_eq!(event[member], value, "{member}");
    }
    let time = event["time"].as_str().expect("a time");
    assert!(
        time.len() == "2026-11-21T04:05:06Z".len() && time.ends_with('Z'),
        "{time}"
    );
    let refused = aws.put_rule(
        "none",
        &json!({"source": [{"numeric": ["=", 1]}]}),
        &[FUNCTION],
    );
    assert!(refused.is_err());
}

#[tokio::test]
async fn what_fails_is_tried_again_and_then_recorded() {
    let (aws, _fleet) = with("serve").await;
    let mut updates = aws.subscribe();
    let pattern = json!({"source": ["shop"]});
    aws.put_rule("all", &pattern, &[FUNCTION])
        .expect("it is one");
    for (what, kind) in [("error", "Oops"), ("exit", "Runtime.ExitError")] {
        let id = put(&aws, "shop", &json!({"do": what})).await;
        assert!(aws.idle(LONG).await);
        let queue = aws.queue("failed").expect("it is there");
        let message = queue.messages.values().last().expect("a record");
        let record: Value = serde_json::from_str(&message.body).expect("JSON");
        assert_eq!(record["version"], "1.0");
        let context = &record["requestContext"];
        assert_eq!(context["condition"], "RetriesExhausted");
        assert_eq!(context["approximateInvokeCount"], 3);
        assert_eq!(context["functionArn"], format!("{FUNCTION}:$LATEST"));
        assert_eq!(record["requestPayload"]["id"], id);
        assert_eq!(record["responseContext"]["functionError"], "Unhandled");
        assert_eq!(record["responsePayload"]["errorType"], kind);
    }
    let mut tries = Vec::new();
    while let Ok(update) = updates.try_recv() {
        if let Update::InvokedLater {
            attempt, failure, ..
        } = update
        {
            assert!(failure.is_some());
            tries.push(attempt);
        }
    }
    assert_eq!(tries, [1, 2, 3, 1, 2, 3]);
}

#[tokio::test]
async fn a_deployment_tells_of_itself() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |_| {}).await;
    settled(&aws).await;
    let hooks = [(LifecycleEventName::BeforeAllowTraffic, "nobody")];
    let id = aws
        .deploy(options.deploy_request(&hooks))
        .expect("accepted");
    let over = |world: &world::World| (!world.is_deploying()).then_some(());
    aws.wait_for(LONG, over).await.expect("it ends");
    // The hook's function isn't here, so it failed, and was rolled back.
    let told: Vec<(String, String)> = aws.read(|world| {
        let ours = world.events.iter().filter(|e| e.source == "aws.codedeploy");
        ours.map(|event| {
            assert_eq!(
                event.detail_type,
                "CodeDeploy Deployment State-change Notification"
            );
            assert_eq!(event.resources.len(), 2);
            let detail: Value = serde_json::from_str(&event.detail).expect("JSON");
            let text = |name: &str| detail[name].as_str().expect("text").to_owned();
            assert_eq!(text("application"), "shop");
            (text("deploymentId"), text("state"))
        })
        .collect()
    });
    let states: Vec<&str> = told.iter().map(|(_, state)| &**state).collect();
    assert_eq!(states, ["START", "FAILURE", "START", "SUCCESS"]);
    assert!(told[0].0 == id && told[1].0 == id && told[2].0 != id && told[2].0 == told[3].0);
}

#[tokio::test]
async fn ecs_s_own_deployment_tells_of_itself() {
    let options = ExampleOptions::default().native();
    let (aws, _fleet) = fleet::start(&options, |setup| {
        let spec = function::spec("SUCCEEDED", LONG);
        setup.functions.insert("gate".to_owned(), spec);
    })
    .await;
    let mut request = options.native_request();
    let mut config = aws.read(|w| w.services[0].native.clone()).expect("native");
    config.hooks.push(world::NativeHook {
        function: "gate".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/hooks".to_owned(),
        stages: vec![world::Stage::PostScaleUp],
        details: None,
        timeout_minutes: 1440,
    });
    request.config = Some(config);
    settled(&aws).await;
    aws.deploy_native(request).expect("accepted");
    let over = |world: &world::World| (!world.is_deploying()).then_some(());
    aws.wait_for(LONG, over).await.expect("it ends");
    let told: Vec<String> = aws.read(|world| {
        let ours = world.events.iter().filter(|e| e.source == "aws.ecs");
        let name = |detail: &str| -> Option<String> {
            let detail: Value = serde_json::from_str(detail).ok()?;
            detail["eventName"].as_str().map(str::to_owned)
        };
        ours.filter_map(|event| name(&event.detail)).collect()
    });
    assert_eq!(
        told,
        [
            "SERVICE_DEPLOYMENT_IN_PROGRESS",
            "HOOK_IN_PROGRESS",
            "HOOK_SUCCEEDED",
            "SERVICE_DEPLOYMENT_COMPLETED"
        ]
    );
}

#[tokio::test]
async fn topics_keep_what_is_published() {
    let (aws, _fleet) = with("say").await;
    let mut updates = aws.subscribe();
    let arn = aws.topic("chat").expect("it is there").arn;
    assert!(aws.subscribe_function(&arn, "notify"));
    let client = sns::Client::new(&sdk(&aws));
    let note = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("b")
        .build();
    let published = client
        .publish()
        .topic_arn(&arn)
        .subject("APPROVAL NEEDED")
        .message("{\"approval\": \"ä & <b>\"}")
        .message_attributes("a", note.expect("complete"))
        .send()
        .await
        .expect("it is taken");
    let topic = aws.topic(&arn).expect("it is there");
    let [message] = &topic.messages[..] else {
        panic!("one message")
    };
    assert_eq!(Some(message.id.as_str()), published.message_id());
    assert_eq!(message.message, "{\"approval\": \"ä & <b>\"}");
    assert_eq!(
        message.attributes["a"],
        ("String".to_owned(), "b".to_owned())
    );
    assert!(aws.idle(LONG).await);
    aws.functions().shutdown().await;
    let [event] = &said(&mut updates)[..] else {
        panic!("one event")
    };
    let record = &event["Records"][0];
    assert_eq!(record["EventSource"], "aws:sns");
    assert_eq!(record["Sns"]["Message"], message.message);
    assert_eq!(record["Sns"]["Subject"], "APPROVAL NEEDED");
    assert_eq!(record["Sns"]["TopicArn"], arn);
    let page = get(&format!("{}/_local/topics", aws.endpoint_url())).await;
    let page: Value = serde_json::from_slice(page.body()).expect("JSON");
    assert_eq!(page["chat"]["messages"][0]["message"], message.message);
}

#[tokio::test]
async fn sns_refuses_in_its_own_words() {
    let (aws, _fleet) = with("say").await;
    let client = sns::Client::new(&sdk(&aws));
    let publish = |topic: &str| client.publish().topic_arn(topic).message("a");
    let error = publish("arn:aws:sns:eu-west-1:123456789012:none")
        .send()
        .await;
    let error = error.expect_err("no topic");
    assert!(
        error
            .as_service_error()
            .is_some_and(|e| e.is_not_found_exception()),
        "{error:?}"
    );
    let arn = aws.create_topic("chat");
    let error = publish(&arn)
        .message("x".repeat(300_000))
        .send()
        .await
        .expect_err("too long");
    assert!(
        error
            .as_service_error()
            .is_some_and(|e| e.is_invalid_parameter_exception())
    );
    let error = publish(&arn)
        .subject("two\nlines")
        .send()
        .await
        .expect_err("no subject");
    assert_eq!(error.message(), Some("Invalid parameter: Subject"));
    for (kind, code) in [
        (FaultKind::Throttle, "Throttled"),
        (FaultKind::AccessDenied, "AuthorizationError"),
    ] {
        aws.faults().add(Fault {
            operation: Some("sns:Publish".to_owned()),
            kind,
            times: Some(1),
        });
        let error = publish(&arn).send().await.expect_err("a fault");
        assert_eq!(error.code(), Some(code));
    }
    assert!(aws.topic(&arn).expect("it is there").messages.is_empty());
}
