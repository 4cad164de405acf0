use std::time::Duration;

use board::{Courier, Refusal};
use local_slack::{ChannelSpec, Config, Fault, TOKEN, Token, What, When};
use serde_json::json;

use crate::support::{Stage, connect, kind, message, order, says};

fn config(channel: ChannelSpec) -> Config {
    Config {
        channels: vec![channel],
        any_channel: false,
        ..Config::default()
    }
}

fn why<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    match result {
        Err(Refusal::Never { why }) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_slack_says_is_told_with_its_remedy() {
    let ops = ChannelSpec::new("ops");
    let archived = ChannelSpec {
        is_archived: true,
        ..ops.clone()
    };
    let strange = ChannelSpec {
        is_member: false,
        ..ops.clone()
    };
    let other = ChannelSpec::new("other");
    for (channel, expected) in [
        (archived, ["is_archived", "unarchive it"]),
        (strange, ["not_in_channel", "/invite @Greenlight"]),
        (other, ["channel_not_found", "name or id"]),
    ] {
        let stage = Stage::of(config(channel), |_| TOKEN.to_owned()).await;
        let text = why(stage.post(&says("card"), "mark").await);
        for expected in expected {
            assert!(text.contains(expected), "{text}");
        }
    }
    let config = Config {
        tokens: vec![Token::new(TOKEN).without(&["chat:write"])],
        ..Config::default()
    };
    let stage = Stage::of(config, |_| TOKEN.to_owned()).await;
    let text = why(stage.post(&says("card"), "mark").await);
    assert!(text.contains("missing_scope chat:write"), "{text}");
}

#[tokio::test]
async fn content_that_is_refused_is_told_with_its_place() {
    let stage = Stage::new().await;
    let long = json!({
        "text": "card",
        "blocks": [{ "type": "section", "text": { "type": "mrkdwn", "text": "x".repeat(3001) } }],
    });
    let text = why(stage.post(&long, "mark").await);
    assert!(text.contains("invalid_blocks"), "{text}");
    assert!(text.contains("must be less than 3001 characters"), "{text}");
    assert!(text.contains("/blocks/0/text/text"), "{text}");
    let text = why(stage.post(&json!("card"), "mark").await);
    assert!(text.contains("no object"), "{text}");
}

#[tokio::test]
async fn too_many_requests_are_put_off_for_as_long_as_slack_says() {
    let stage = Stage::new().await;
    let handle = stage.post(&says("card"), "mark").await.unwrap();
    for (retry_after, seconds) in [
        (Some("7"), 7),
        (None, 1),
        (Some("soon"), 1),
        (Some("9999"), 900),
    ] {
        let what = What::RateLimited {
            retry_after: retry_after.map(str::to_owned),
        };
        stage.local.fault(Fault::new(When::Next(2), what));
        let posted = stage.post(&says("card"), "mark").await.map(drop);
        let updated = stage.update(&handle, &says("card")).await;
        for result in [posted, updated] {
            let Err(Refusal::Again { after, .. }) = result else {
                panic!("{result:?}");
            };
            assert_eq!(after, Some(Duration::from_secs(seconds)), "{retry_after:?}");
        }
    }
}

#[tokio::test]
async fn what_may_have_been_done_is_unsure_for_a_post_alone() {
    let stage = Stage::new().await;
    let handle = stage.post(&says("card"), "mark").await.unwrap();
    for what in [
        What::Status(500),
        What::Status(503),
        What::LostAnswer,
        What::LostRequest,
        What::HalfAnswer,
        What::Error("internal_error".to_owned()),
        What::Error("fatal_error".to_owned()),
    ] {
        stage.local.fault(Fault::new(When::Next(3), what.clone()));
        let posted = stage.post(&says("card"), "mark").await;
        assert_eq!(kind(&posted), "unsure", "{what:?}");
        let updated = stage.update(&handle, &says("card")).await;
        assert_eq!(kind(&updated), "again", "{what:?}");
        if what != What::LostAnswer && what != What::HalfAnswer {
            let deleted = stage.slack.withdraw(&handle).await;
            assert_eq!(kind(&deleted), "again", "{what:?}");
        }
        stage.local.mend_all();
    }
}

#[tokio::test]
async fn a_slack_that_is_not_there_was_not_told() {
    let stage = Stage::new().await;
    let Stage {
        local,
        slack,
        secret,
    } = stage;
    let api = local.api_url();
    drop((local, slack));
    let slack = connect(&api, &secret).await;
    let message = message(&says("card"));
    let posted = loop {
        // Until the socket is closed.
        let posted = slack.post(order("ops", None, &message, "mark")).await;
        if kind(&posted) != "unsure" && kind(&posted) != "ok" {
            break posted;
        }
    };
    let Err(Refusal::Again { after: None, why }) = posted else {
        panic!("{posted:?}");
    };
    assert!(why.contains("was not reached"), "{why}");
}

#[tokio::test]
async fn what_is_not_slacks_is_no_answer() {
    let stage = Stage::new().await;
    stage
        .local
        .fault(Fault::new(When::Always, What::Status(404)));
    let text = why(stage.post(&says("card"), "mark").await);
    assert!(text.contains("status 404"), "{text}");
}
