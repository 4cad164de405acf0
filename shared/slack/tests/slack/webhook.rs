use board::{Courier, Refusal};
use local_slack::{ChannelSpec, Fault, What, When};
use routes::Way;
use serde_json::json;

use crate::support::{Stage, kind, message, order, says, search};

fn way(channel: Option<&str>) -> Way {
    Way {
        channel: channel.map(str::to_owned),
        mention: None,
        rule: "default".to_owned(),
    }
}

#[tokio::test]
async fn a_webhook_posts_and_no_more() {
    let stage = Stage::hooked().await;
    assert!(!stage.slack.is_live());
    // All ways lead to the one channel.
    let place = stage.slack.place(&way(Some("ops")));
    assert_eq!(place, stage.slack.place(&way(None)));
    let message = message(&says("started"));
    let posted = stage.slack.post(order(&place, None, &message, "mark"));
    assert_eq!(posted.await, Ok("webhook".to_owned()));
    let general = stage.local.messages("general");
    assert_eq!(general.len(), 1);
    assert_eq!(general[0].text(), "started");
    assert_eq!(
        stage.slack.find(search(&place, None, "mark")).await,
        Ok(None)
    );
    assert_eq!(stage.slack.withdraw("webhook").await, Ok(()));
    assert_eq!(stage.local.called("chat.delete"), 0);
}

#[tokio::test]
async fn its_errors_are_sorted() {
    let stage = Stage::hooked().await;
    let place = stage.slack.place(&way(None));
    let good = message(&says("started"));
    let good = order(&place, None, &good, "mark");
    for (what, expected) in [
        (What::rate_limited(4), "again"),
        (What::Status(500), "unsure"),
        (What::LostAnswer, "unsure"),
        (What::Status(302), "never"),
    ] {
        stage.local.fault(Fault::new(When::Next(1), what.clone()));
        let posted = stage.slack.post(good).await;
        assert_eq!(kind(&posted), expected, "{what:?}");
    }
    let empty = message(&json!({ "text": "" }));
    let refused = stage.slack.post(order(&place, None, &empty, "mark")).await;
    assert!(refused.unwrap_err().to_string().contains("no_text"));

    let archived = ChannelSpec {
        is_archived: true,
        ..ChannelSpec::new("general")
    };
    stage.local.channel(archived);
    let refused = stage.slack.post(good).await;
    let Err(Refusal::Never { why }) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        why.contains("channel_is_archived; the channel is archived"),
        "{why}"
    );
    stage.local.hook(local_slack::WEBHOOK, None);
    let why = stage.slack.post(good).await.unwrap_err().to_string();
    assert!(why.contains("no_service; the webhook was removed"), "{why}");
    assert!(!why.contains("services/"), "{why}");
}
