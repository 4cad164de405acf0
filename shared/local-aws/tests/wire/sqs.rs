//! Queues: the official client, redrive, and functions that are fed.

use std::time::Duration;

use aws_sdk_sqs::{
    self as sqs,
    error::ProvideErrorMetadata as _,
    types::{MessageAttributeValue, MessageSystemAttributeName as System, QueueAttributeName},
};
use greenlight_local_aws::{Fault, FaultKind, LocalAws, Mapping, Update};
use world::{ExampleOptions, NewMessage, Queue, QueueSettings, Redrive};

use crate::{
    LONG,
    client::{get, sdk},
    fleet::{TestFleet, now, start},
    function,
};

/// A queue whose messages are hidden for a moment and that gives up after two
/// receipts.
fn quick() -> QueueSettings {
    QueueSettings {
        visibility_timeout: Duration::from_millis(50),
        redrive: Some(Redrive {
            dead_letters: "dead".to_owned(),
            max_receive_count: 2,
        }),
        ..QueueSettings::default()
    }
}

async fn queues() -> (LocalAws, TestFleet, sqs::Client, String) {
    let (aws, fleet) = start(&ExampleOptions::default(), |setup| {
        setup
            .queues
            .insert("dead".to_owned(), QueueSettings::default());
        setup.queues.insert("retry".to_owned(), quick());
    })
    .await;
    let client = sqs::Client::new(&sdk(&aws));
    let url = client.get_queue_url().queue_name("retry").send().await;
    let url = url.expect("it is there").queue_url.expect("a URL");
    assert_eq!(url, aws.queue_url("retry"));
    (aws, fleet, client, url)
}

async fn receive(client: &sqs::Client, url: &str, wait: i32) -> Vec<sqs::types::Message> {
    let received = client
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .wait_time_seconds(wait)
        .message_attribute_names("All")
        .message_system_attribute_names(System::All)
        .send()
        .await;
    received.expect("an answer").messages.unwrap_or_default()
}

async fn until(aws: &LocalAws, mut so: impl FnMut(&Queue) -> bool, name: &str) {
    let found = |world: &world::World| world.queue(name).is_some_and(&mut so).then_some(());
    aws.wait_for(LONG, found).await.expect("it comes to that");
}

#[tokio::test]
async fn messages_are_sent_received_and_deleted() {
    let (aws, _fleet, client, url) = queues().await;
    let note = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("a")
        .build();
    let sent = client
        .send_message()
        .queue_url(&url)
        .message_body("hello")
        .message_attributes("kind", note.expect("complete"))
        .send()
        .await
        .expect("it is taken");
    assert_eq!(
        sent.md5_of_message_body(),
        Some("5d41402abc4b2a76b9719d911017c592")
    );
    let [message] = &receive(&client, &url, 5).await[..] else {
        panic!("one message")
    };
    assert_eq!(message.body(), Some("hello"));
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(
        message.md5_of_message_attributes(),
        sent.md5_of_message_attributes()
    );
    let attributes = message.message_attributes().expect("attributes");
    assert_eq!(attributes["kind"].string_value(), Some("a"));
    let system = message.attributes().expect("attributes");
    assert_eq!(system[&System::ApproximateReceiveCount], "1");
    let handle = message.receipt_handle().expect("a handle");
    client
        .delete_message()
        .queue_url(&url)
        .receipt_handle(handle)
        .send()
        .await
        .expect("to delete");
    assert!(aws.queue("retry").expect("it is there").messages.is_empty());
    // Nothing comes back after the timeout either.
    assert!(receive(&client, &url, 1).await.is_empty());
}

#[tokio::test]
async fn a_message_comes_back_and_becomes_a_dead_letter() {
    let (aws, _fleet, client, url) = queues().await;
    client
        .send_message()
        .queue_url(&url)
        .message_body("poison")
        .send()
        .await
        .expect("taken");
    let first = receive(&client, &url, 5).await;
    let second = receive(&client, &url, 5).await;
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first[0].receipt_handle(), second[0].receipt_handle());
    // An old handle deletes nothing.
    let old = first[0].receipt_handle().expect("a handle");
    client
        .delete_message()
        .queue_url(&url)
        .receipt_handle(old)
        .send()
        .await
        .expect("ignored");
    assert_eq!(receive(&client, &url, 1).await.len(), 0);
    let [dead] = &receive(&client, &aws.queue_url("dead"), 5).await[..] else {
        panic!("one dead letter")
    };
    assert_eq!(dead.message_id(), first[0].message_id());
    let source = &dead.attributes().expect("attributes")[&System::DeadLetterQueueSourceArn];
    assert_eq!(source, "arn:aws:sqs:eu-west-1:123456789012:retry");
}

#[tokio::test]
async fn visibility_can_be_changed_and_delays_count() {
    let (aws, _fleet, client, url) = queues().await;
    let send = client.send_message().queue_url(&url).message_body("later");
    send.delay_seconds(900).send().await.expect("taken");
    aws.send_message("retry", NewMessage::new("now"))
        .expect("taken");
    let [message] = &receive(&client, &url, 5).await[..] else {
        panic!("one message")
    };
    assert_eq!(message.body(), Some("now"));
    let handle = message.receipt_handle().expect("a handle");
    let change = client
        .change_message_visibility()
        .queue_url(&url)
        .receipt_handle(handle);
    change
        .clone()
        .visibility_timeout(600)
        .send()
        .await
        .expect("it is in flight");
    let queue = aws.queue("retry").expect("it is there");
    let at = now();
    assert_eq!(
        (queue.visible(at), queue.in_flight(at), queue.delayed(at)),
        (0, 1, 1)
    );
    let attributes = client
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .expect("it is there")
        .attributes
        .expect("attributes");
    let number = |name| attributes[&name].as_str();
    assert_eq!(
        number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        "1"
    );
    assert_eq!(
        number(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
        "1"
    );
    assert!(number(QueueAttributeName::RedrivePolicy).contains("\"maxReceiveCount\":2"));
    change
        .clone()
        .visibility_timeout(0)
        .send()
        .await
        .expect("it is in flight");
    let again = change
        .visibility_timeout(1)
        .send()
        .await
        .expect_err("it is not in flight");
    assert!(
        again
            .as_service_error()
            .is_some_and(|e| e.is_message_not_inflight()),
        "{again:?}"
    );
}

#[tokio::test]
async fn sqs_refuses_in_its_own_words() {
    let (aws, _fleet, client, url) = queues().await;
    let none = aws.queue_url("none");
    let error = client
        .receive_message()
        .queue_url(&none)
        .send()
        .await
        .expect_err("no queue");
    assert!(
        error
            .as_service_error()
            .is_some_and(|e| e.is_queue_does_not_exist()),
        "{error:?}"
    );
    let send = client.send_message().queue_url(&url);
    let long = "x".repeat(world::MESSAGE_LIMIT + 1);
    let error = send
        .clone()
        .message_body(long)
        .send()
        .await
        .expect_err("too long");
    assert_eq!(error.code(), Some("InvalidParameterValue"));
    assert!(
        error
            .message()
            .is_some_and(|m| m.ends_with("shorter than 1048576 bytes."))
    );
    let error = send
        .clone()
        .message_body("a\u{1}")
        .send()
        .await
        .expect_err("a control character");
    assert!(
        error
            .as_service_error()
            .is_some_and(|e| e.is_invalid_message_contents())
    );
    let error = client
        .delete_message()
        .queue_url(&url)
        .receipt_handle("x")
        .send()
        .await;
    let error = error.expect_err("no handle");
    assert!(
        error
            .as_service_error()
            .is_some_and(|e| e.is_receipt_handle_is_invalid())
    );
    let error = client
        .purge_queue()
        .queue_url(&url)
        .send()
        .await
        .expect_err("unknown");
    assert_eq!(error.code(), Some("UnknownOperationException"));
    aws.faults().add(Fault {
        operation: Some("sqs:SendMessage".to_owned()),
        kind: FaultKind::Throttle,
        times: Some(1),
    });
    let error = send
        .clone()
        .message_body("a")
        .send()
        .await
        .expect_err("a fault");
    assert_eq!(error.code(), Some("RequestThrottled"));
    aws.faults().add(Fault {
        operation: Some("sqs:SendMessage".to_owned()),
        kind: FaultKind::AccessDenied,
        times: Some(1),
    });
    let error = send.message_body("a").send().await.expect_err("a fault");
    assert_eq!(error.code(), Some("AccessDenied"));
    let message = error.message().expect("words");
    assert!(
        message.contains("sqs:SendMessage on resource: arn:aws:sqs:eu-west-1:123456789012:retry"),
        "{message}"
    );
}

#[tokio::test]
async fn only_what_failed_comes_again() {
    let (aws, _fleet, ..) = queues().await;
    aws.functions()
        .register("worker", function::spec("batch", LONG));
    for body in ["a", "fail", "b"] {
        aws.send_message("retry", NewMessage::new(body))
            .expect("taken");
    }
    let mut updates = aws.subscribe();
    aws.map(Mapping {
        report_item_failures: true,
        ..Mapping::new("retry", "worker")
    });
    until(&aws, |dead| dead.messages.len() == 1, "dead").await;
    until(&aws, |retry| retry.messages.is_empty(), "retry").await;
    let queue = aws.queue("dead").expect("it is there");
    assert!(queue.messages.values().all(|m| m.body == "fail"));
    let mut fed = Vec::new();
    while let Ok(update) = updates.try_recv() {
        if let Update::Fed {
            messages, failed, ..
        } = update
        {
            fed.push((messages, failed));
        }
    }
    assert_eq!(fed, [(3, 1), (1, 1)]);
    let page = get(&format!("{}/_local/queues", aws.endpoint_url())).await;
    let page: serde_json::Value = serde_json::from_slice(page.body()).expect("JSON");
    assert_eq!(
        page["dead"]["messages"]
            .as_object()
            .map(serde_json::Map::len),
        Some(1)
    );
}

#[tokio::test]
async fn a_crash_fails_the_whole_batch() {
    let (aws, _fleet, ..) = queues().await;
    aws.functions()
        .register("worker", function::spec("batch", LONG));
    for body in ["a", "exit"] {
        aws.send_message("retry", NewMessage::new(body))
            .expect("taken");
    }
    aws.map(Mapping {
        report_item_failures: true,
        ..Mapping::new("retry", "worker")
    });
    until(&aws, |dead| dead.messages.len() == 2, "dead").await;
}
