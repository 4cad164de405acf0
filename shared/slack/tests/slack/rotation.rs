use board::Courier;
use local_slack::{Standing, TOKEN, Token, WEBHOOK};

use crate::support::{Stage, kind, message, order, says};

const NEXT: &str = "xoxb-0000000000-the-next-one";

#[tokio::test]
async fn a_rotated_token_is_picked_up() {
    for standing in [Standing::Revoked, Standing::Expired, Standing::Inactive] {
        let stage = Stage::new().await;
        let handle = stage.post(&says("card"), "mark").await.unwrap();
        assert_eq!(stage.secret.asked(), 0);
        stage.local.grant(Token::new(NEXT));
        stage.local.judge(TOKEN, standing);
        stage.secret.rotate(NEXT);
        stage.update(&handle, &says("after")).await.unwrap();
        assert_eq!(stage.secret.asked(), 1);
        stage.post(&says("more"), "more").await.unwrap();
        assert_eq!(stage.secret.asked(), 1, "the new one stays");
        assert_eq!(stage.standing(), ["after", "more"]);
    }
}

#[tokio::test]
async fn a_token_that_stays_bad_is_refused_after_one_look() {
    let stage = Stage::new().await;
    stage.local.judge(TOKEN, Standing::Revoked);
    let refused = stage.post(&says("card"), "mark").await;
    assert_eq!(kind(&refused), "never");
    let why = refused.unwrap_err().to_string();
    assert!(why.contains("token_revoked"), "{why}");
    assert!(why.contains("into the secret"), "{why}");
    assert_eq!(stage.secret.asked(), 1);
    assert_eq!(stage.local.called("chat.postMessage"), 1);

    // One that is bad as well is not tried for ever.
    stage.secret.rotate(NEXT);
    let refused = stage.post(&says("card"), "mark").await;
    assert!(refused.unwrap_err().to_string().contains("invalid_auth"));
    assert_eq!(stage.local.called("chat.postMessage"), 3);
}

#[tokio::test]
async fn a_secret_that_can_not_be_read_is_tried_again() {
    let stage = Stage::new().await;
    stage.local.judge(TOKEN, Standing::Revoked);
    stage.secret.rotate("nonsense");
    let refused = stage.post(&says("card"), "mark").await;
    assert_eq!(kind(&refused), "again");
    let why = refused.unwrap_err().to_string();
    assert!(why.contains("could not be read"), "{why}");
    assert!(!why.contains("nonsense"), "{why}");
}

#[tokio::test]
async fn a_rotated_webhook_is_picked_up() {
    let stage = Stage::hooked().await;
    let message = message(&says("card"));
    let way = routes::Way {
        channel: Some("ops".to_owned()),
        mention: None,
        rule: "default".to_owned(),
    };
    let place = stage.slack.place(&way);
    let order = order(&place, None, &message, "mark");
    stage.slack.post(order).await.unwrap();
    stage.local.hook(WEBHOOK, None);
    assert_eq!(kind(&stage.slack.post(order).await), "never");
    stage.local.hook("T000/B001/YYYYYYYY", Some("general"));
    let next = stage.local.webhook_url("T000/B001/YYYYYYYY");
    stage.secret.rotate(&next);
    stage.slack.post(order).await.unwrap();
    assert_eq!(stage.local.messages("general").len(), 2);
}

#[tokio::test]
async fn a_secret_that_changes_its_kind_changes_the_messages() {
    let stage = Stage::new().await;
    stage.local.judge(TOKEN, Standing::Revoked);
    stage.secret.rotate(&stage.local.webhook_url(WEBHOOK));
    // The message was made for a token.
    let refused = stage.post(&says("card"), "mark").await;
    assert_eq!(kind(&refused), "again");
    assert!(!stage.slack.is_live());
    assert_eq!(stage.local.called("webhook"), 0);

    let hooked = Stage::hooked().await;
    hooked.local.hook(WEBHOOK, None);
    hooked.secret.rotate(TOKEN);
    let way = routes::Way {
        channel: None,
        mention: None,
        rule: "default".to_owned(),
    };
    let place = hooked.slack.place(&way);
    let message = message(&says("card"));
    let refused = hooked.slack.post(order(&place, None, &message, "mark"));
    assert_eq!(kind(&refused.await), "again");
    assert!(hooked.slack.is_live());
    assert_eq!(hooked.slack.place(&way), "ops");
}
