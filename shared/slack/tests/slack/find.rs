use board::Courier;
use events::Moment;
use local_slack::{ChannelSpec, Config, Fault, TOKEN, Token, What, When};

use crate::support::{Stage, connect, kind, message, now, order, says, search};

fn lose(what: What) -> Fault {
    Fault::of("chat.postMessage", When::Next(1), what)
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_found() {
    for what in [What::LostAnswer, What::HalfAnswer] {
        let stage = Stage::new().await;
        // So that the next goes over a connection that was used before.
        stage.post(&says("another"), "another").await.unwrap();
        stage.local.fault(lose(what));
        let lost = stage.post(&says("card"), "mark").await;
        assert_eq!(kind(&lost), "unsure", "{lost:?}");
        let found = stage.find(None, "mark").await.unwrap().unwrap();
        stage.update(&found, &says("found")).await.unwrap();
        assert_eq!(stage.standing(), ["another", "found"]);
    }
}

#[tokio::test]
async fn the_same_in_a_thread() {
    let stage = Stage::new().await;
    let root = stage.post(&says("card"), "root").await.unwrap();
    stage.local.fault(lose(What::LostAnswer));
    let lost = stage.reply(&root, &says("why"), "mark").await;
    assert_eq!(kind(&lost), "unsure", "{lost:?}");
    let found = stage.find(Some(&root), "mark").await.unwrap().unwrap();
    stage.update(&found, &says("found")).await.unwrap();
    assert_eq!(stage.only().replies[0].text(), "found");
    assert_eq!(
        stage.find(None, "mark").await,
        Ok(None),
        "not in the channel"
    );

    // It is found as well where it got out of its thread.
    stage.slack.withdraw(&found).await.unwrap();
    stage.slack.withdraw(&root).await.unwrap();
    stage.local.fault(lose(What::LostAnswer));
    let stray = stage.reply(&root, &says("stray"), "stray").await;
    assert_eq!(kind(&stray), "unsure", "{stray:?}");
    let found = stage.find(Some(&root), "stray").await.unwrap();
    assert!(found.is_some());
}

#[tokio::test]
async fn what_was_not_posted_is_not_found() {
    let stage = Stage::new().await;
    stage.local.channel(ChannelSpec::new("ops"));
    stage.local.fault(lose(What::LostRequest));
    let lost = stage.post(&says("card"), "mark").await;
    assert_eq!(kind(&lost), "unsure", "{lost:?}");
    assert_eq!(stage.find(None, "mark").await, Ok(None));
    assert_eq!(stage.find(None, "").await, Ok(None));
}

#[tokio::test]
async fn it_is_found_among_many_by_whoever_comes_next() {
    let stage = Stage::new().await;
    let since = now();
    let lost = stage.post(&says("card"), "mark").await.unwrap();
    for n in 0..250 {
        let text = format!("{n}");
        stage.post(&says(&text), &text).await.unwrap();
    }
    // Another process does not know the channel's id yet.
    let other = connect(&stage.local.api_url(), &stage.secret).await;
    let mut wanted = search("ops", None, "mark");
    wanted.since = since;
    assert_eq!(other.find(wanted).await, Ok(Some(lost)));
    assert_eq!(stage.local.called("users.conversations"), 1);
    assert_eq!(stage.local.called("conversations.history"), 3);
    // What is older than the search is not looked at.
    wanted.since = Moment(since.0 + 3_600_000);
    assert_eq!(other.find(wanted).await, Ok(None));
    assert_eq!(stage.local.called("conversations.history"), 4);
}

#[tokio::test]
async fn private_channels_are_looked_through_as_well() {
    let channel = ChannelSpec {
        is_private: true,
        ..ChannelSpec::new("ops")
    };
    let config = Config {
        channels: vec![channel],
        ..Config::default()
    };
    let stage = Stage::of(config, |_| TOKEN.to_owned()).await;
    let posted = stage.post(&says("card"), "mark").await.unwrap();
    let other = connect(&stage.local.api_url(), &stage.secret).await;
    let found = other.find(search("#ops", None, "mark")).await;
    assert_eq!(found, Ok(Some(posted)));
}

#[tokio::test]
async fn without_the_scopes_nothing_is_found_and_nothing_is_wrong() {
    let scopes = ["channels:history", "groups:history"];
    for scopes in [&scopes[..], &["channels:read", "groups:read"]] {
        let config = Config {
            tokens: vec![Token::new(TOKEN).without(scopes)],
            ..Config::default()
        };
        let stage = Stage::of(config, |_| TOKEN.to_owned()).await;
        let root = stage.post(&says("card"), "mark").await.unwrap();
        let other = connect(&stage.local.api_url(), &stage.secret).await;
        assert_eq!(other.find(search("ops", None, "mark")).await, Ok(None));
        if scopes.contains(&"channels:history") {
            assert_eq!(stage.find(Some(&root), "mark").await, Ok(None));
        }
    }
}

#[tokio::test]
async fn a_search_that_is_refused_for_now_is_tried_again() {
    let stage = Stage::new().await;
    stage.post(&says("card"), "mark").await.unwrap();
    let history = |what| Fault::of("conversations.history", When::Next(1), what);
    for what in [
        What::rate_limited(3),
        What::Status(502),
        What::LostAnswer,
        What::Error("internal_error".to_owned()),
    ] {
        stage.local.fault(history(what));
        assert_eq!(kind(&stage.find(None, "mark").await), "again");
    }
    assert!(stage.find(None, "mark").await.unwrap().is_some());
}

#[tokio::test]
async fn in_a_channel_by_id_no_name_is_looked_up() {
    let stage = Stage::new().await;
    let message = message(&says("card"));
    let order = order("C012345678", None, &message, "mark");
    let posted = stage.slack.post(order).await.unwrap();
    let other = connect(&stage.local.api_url(), &stage.secret).await;
    let found = other.find(search("C012345678", None, "mark")).await;
    assert_eq!(found, Ok(Some(posted)));
    assert_eq!(stage.local.called("users.conversations"), 0);
}
