use board::{Courier, Refusal};
use local_slack::{Fault, What, When};
use routes::Way;
use serde_json::json;

use crate::support::{Stage, kind, message, order, says};

#[tokio::test]
async fn a_message_is_posted_and_updated() {
    let stage = Stage::new().await;
    assert!(stage.slack.is_live());
    let handle = stage.post(&says("runs"), "mark-1").await.unwrap();
    stage.update(&handle, &says("failed")).await.unwrap();
    let posted = stage.only();
    let texts: Vec<&str> = posted.versions.iter().map(|v| v.text.as_str()).collect();
    assert_eq!(texts, ["runs", "failed"]);
    assert_eq!(posted.blocks()[0]["text"]["text"], "failed");
    // What it is found by stays.
    let metadata = posted.metadata.unwrap();
    assert_eq!(metadata["event_payload"]["mark"], "mark-1");
    let channel = &stage.local.channels()[0];
    assert_eq!(handle, format!("{}/{}", channel.id, posted.ts));
}

#[tokio::test]
async fn an_update_without_blocks_removes_them() {
    let stage = Stage::new().await;
    let handle = stage.post(&says("runs"), "mark").await.unwrap();
    let bare = json!({ "text": "failed" });
    stage.update(&handle, &bare).await.unwrap();
    assert_eq!(stage.only().blocks(), &json!([]));
}

#[tokio::test]
async fn what_failed_goes_into_the_thread() {
    let stage = Stage::new().await;
    let root = stage.post(&says("card"), "a").await.unwrap();
    let reply = stage.reply(&root, &says("why"), "b").await.unwrap();
    stage.update(&reply, &says("why exactly")).await.unwrap();
    let card = stage.only();
    assert_eq!(card.replies.len(), 1);
    assert_eq!(card.replies[0].text(), "why exactly");
    assert_eq!(card.replies[0].thread_ts.as_deref(), Some(card.ts.as_str()));
}

#[tokio::test]
async fn a_message_is_taken_back_once() {
    let stage = Stage::new().await;
    let handle = stage.post(&says("card"), "a").await.unwrap();
    stage.slack.withdraw(&handle).await.unwrap();
    assert!(stage.only().is_deleted);
    stage.slack.withdraw(&handle).await.unwrap();
    let updated = stage.update(&handle, &says("late")).await;
    assert_eq!(kind(&updated), "gone");
    assert_eq!(kind(&stage.slack.withdraw("webhook").await), "ok");
    assert_eq!(kind(&stage.update("webhook", &says("late")).await), "gone");
}

#[tokio::test]
async fn a_reply_to_what_was_deleted_does_not_stand_alone() {
    let stage = Stage::new().await;
    let root = stage.post(&says("card"), "a").await.unwrap();
    stage.slack.withdraw(&root).await.unwrap();
    let reply = stage.reply(&root, &says("why"), "b").await;
    assert_eq!(kind(&reply), "never");
    assert!(reply.unwrap_err().to_string().contains("was deleted"));
    assert_eq!(stage.standing(), [""; 0]);

    // If it can't be taken back, it stays where it is rather than come twice.
    let refused = What::Error("cant_delete_message".to_owned());
    let fault = Fault::of("chat.delete", When::Always, refused);
    stage.local.fault(fault);
    let reply = stage.reply(&root, &says("why"), "b").await;
    assert_eq!(kind(&reply), "ok");
    assert_eq!(stage.standing(), ["why"]);
}

#[tokio::test]
async fn where_ways_lead() {
    let stage = Stage::new().await;
    let mut way = Way {
        channel: None,
        mention: None,
        rule: "default".to_owned(),
    };
    assert_eq!(stage.slack.place(&way), "ops");
    way.channel = Some("#payments".to_owned());
    assert_eq!(stage.slack.place(&way), "#payments");
    let message = message(&says("card"));
    let order = order("#payments", None, &message, "mark");
    stage.slack.post(order).await.unwrap();
    assert_eq!(stage.local.messages("payments").len(), 1);
}

#[tokio::test]
async fn no_channel_is_told() {
    let stage = Stage::new().await;
    let message = message(&says("card"));
    let refused = stage.slack.post(order("", None, &message, "mark")).await;
    let Err(Refusal::Never { why }) = refused else {
        panic!("{refused:?}");
    };
    assert!(why.contains("no channel is named"), "{why}");
    assert_eq!(stage.local.called("chat.postMessage"), 0);
}
