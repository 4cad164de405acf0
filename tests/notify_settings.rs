//! Routes, an incoming webhook, and a token that is no good for a while.

use std::time::{Duration, Instant};

use local_slack::{Posted, Standing, TOKEN, Token, WEBHOOK};
use world::{NewMessage, RunStatus};

use crate::notify_support::{DEAD, PLANTED, Plan, RETRY, SECRET, told, until, why, words};

const ROUTES: &str = "\
version: 1
routes:
  - name: live
    when: { pipeline: '*-live', state: failed }
    channel: '#live'
    mention: here
  - name: nobody
    when: { pipeline: toy }
    ignore: true
";

#[tokio::test]
async fn messages_go_where_the_routes_say() {
    let plan = Plan {
        routes: Some(ROUTES),
        ..Plan::new()
    };
    let rig = plan.start().await;
    let ids: Vec<String> = ["toy", "shop-live", "bank-live"]
        .map(|name| rig.begin(name))
        .into();
    rig.settled().await;
    rig.end_with(&ids[0], RunStatus::Failed);
    rig.end_with(&ids[1], RunStatus::Failed);
    rig.end_with(&ids[2], RunStatus::Succeeded);
    rig.settled().await;
    // Where it stood before it failed it is kept true.
    let messages = rig.messages();
    let mut texts: Vec<&str> = messages.iter().map(Posted::text).collect();
    texts.sort_unstable();
    assert_eq!(texts[0], "✅ bank-live succeeded");
    assert!(texts[1].starts_with("❌ shop-live failed"), "{texts:?}");
    assert_eq!(texts.len(), 2, "{texts:?}");
    let live = rig.slack.messages("#live");
    let texts: Vec<&str> = live.iter().map(Posted::text).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(
        texts[0].starts_with("<!here> ❌ shop-live failed"),
        "{texts:?}"
    );
    assert!(words(&live[0]).contains("<!here>"));
    rig.end().await;
}

#[tokio::test]
async fn routes_that_are_wrong_keep_no_message_back() {
    let plan = Plan {
        routes: Some("version: 1\nroutes:\n  - wen: { pipeline: '*' }\n    ignore: true\n"),
        ..Plan::new()
    };
    let rig = plan.start().await;
    let id = rig.begin("shop");
    rig.end_with(&id, RunStatus::Failed);
    rig.settled().await;
    assert!(rig.only_message().text().starts_with("❌ shop failed"));
    let logs = rig.end().await;
    let lines = told(&logs, "the routes can't be used");
    let why = lines[0]["why"].as_str().unwrap();
    assert!(
        why.contains("wen") && why.contains("routes.yaml:3:"),
        "{why}"
    );
}

#[tokio::test]
async fn through_a_webhook_each_change_that_matters_is_a_message() {
    let plan = Plan {
        secret: Some(|slack| {
            let path = format!("T000/B000/{PLANTED}");
            slack.hook(WEBHOOK, None);
            slack.hook(&path, Some("general"));
            slack.webhook_url(&path)
        }),
        ..Plan::new()
    };
    let rig = plan.start().await;
    let id = rig.begin("shop");
    rig.settled().await;
    rig.end_with(&id, RunStatus::Failed);
    rig.settled().await;
    let messages = rig.slack.messages("general");
    let texts: Vec<&str> = messages.iter().map(Posted::text).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(texts[0], "🔄 shop is running");
    assert!(texts[1].starts_with("❌ shop failed"), "{texts:?}");
    assert!(rig.letters(DEAD).is_empty());
    // Gone: it is told so, and its address is not.
    rig.slack.hook(&format!("T000/B000/{PLANTED}"), None);
    rig.begin("bank");
    rig.settled().await;
    let dead = rig.letters(DEAD);
    assert_eq!(dead.len(), 1);
    assert!(why(&dead[0]).contains("webhook"), "{}", why(&dead[0]));
    assert!(!why(&dead[0]).contains(PLANTED), "{}", why(&dead[0]));
    rig.end().await;
}

#[tokio::test]
async fn what_a_revoked_token_could_not_tell_is_told_when_it_is_sent_again() {
    let rig = Plan::new().start().await;
    rig.slack.judge(TOKEN, Standing::Revoked);
    let id = rig.begin("shop");
    rig.settled().await;
    let [letter] = &rig.letters(DEAD)[..] else {
        panic!("one dead letter");
    };
    let told = why(letter);
    assert!(
        told.contains("token_revoked") && told.contains("into the secret"),
        "{told}"
    );
    assert!(letter.body.contains(&id));
    let rotated = format!("xoxb-0000000000-{PLANTED}-rotated");
    rig.slack.grant(Token::new(&rotated));
    rig.local
        .change(|world, now| world.put_secret(SECRET, &rotated, now));
    // A secret that was refused is read again once a second.
    let began = Instant::now();
    until("a second is over", || {
        began.elapsed() > Duration::from_secs(1)
    })
    .await;
    // As the redrive of SQS does.
    let again = NewMessage::new(letter.body.clone());
    rig.local.send_message(RETRY, again).unwrap();
    rig.settled().await;
    let messages = rig.messages();
    let texts: Vec<&str> = messages.iter().map(Posted::text).collect();
    assert_eq!(texts, ["🔄 shop is running"]);
    rig.end().await;
}
