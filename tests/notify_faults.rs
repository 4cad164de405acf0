//! Whatever breaks on the way to Slack: nothing is lost, and nothing is told
//! twice.

use std::{
    env,
    io::Read as _,
    net::{TcpListener, TcpStream},
    process,
    time::Duration,
};

use local_slack::{Fault, Posted, Standing, TOKEN, Token, What, When};
use serde_json::Value;
use tokio::task::JoinSet;
use world::RunStatus;

use crate::notify_support::{
    BUCKET, CARDS, CHANNEL, LONG, PLANTED, Plan, RETRY, Rig, SECRET, told, until,
};

const POST: &str = "chat.postMessage";
const UPDATE: &str = "chat.update";
const HISTORY: &str = "conversations.history";

type Faults = fn() -> Vec<Fault>;

/// How Slack fails, in a word.
const FAULTS: &[(&str, Faults)] = &[
    ("500s", || {
        vec![Fault::new(When::Next(3), What::Status(500))]
    }),
    ("too many calls", || {
        vec![Fault::new(When::Next(3), What::rate_limited(1))]
    }),
    ("too many calls, and nothing says for how long", || {
        let limited = What::RateLimited { retry_after: None };
        vec![Fault::of(POST, When::Next(2), limited)]
    }),
    ("the answer to a post is lost", || {
        vec![Fault::of(POST, When::Next(1), What::LostAnswer)]
    }),
    ("half of the answer to a post comes", || {
        vec![Fault::of(POST, When::Next(1), What::HalfAnswer)]
    }),
    ("a post is lost", || {
        vec![Fault::of(POST, When::Next(2), What::LostRequest)]
    }),
    ("the answer to an update is lost", || {
        vec![Fault::of(UPDATE, When::Next(1), What::LostAnswer)]
    }),
    ("an internal error, and it can't be looked up", || {
        vec![
            Fault::of(
                POST,
                When::Next(1),
                What::Error("internal_error".to_owned()),
            ),
            Fault::of(HISTORY, When::Next(2), What::Status(503)),
        ]
    }),
];

#[tokio::test]
async fn whatever_slack_does_each_execution_is_one_message() {
    let mut cases = JoinSet::new();
    let mut wait = FAULTS.iter();
    // Each is a process of its own, and those who wait for Slack wait together.
    loop {
        while cases.len() < 4
            && let Some((name, faults)) = wait.next()
        {
            cases.spawn(told_once(name, faults()));
        }
        match cases.join_next().await {
            Some(ended) => ended.unwrap(),
            None => break,
        }
    }
}

async fn told_once(name: &str, faults: Vec<Fault>) {
    let rig = Plan::new().start().await;
    for fault in faults {
        rig.slack.fault(fault);
    }
    let id = rig.begin("shop");
    rig.settled().await;
    assert_eq!(rig.only_message().text(), "🔄 shop is running", "{name}");
    rig.end_with(&id, RunStatus::Failed);
    rig.settled().await;
    let calls = rig.slack.calls();
    let mut results = calls.values().flat_map(|results| results.keys());
    assert!(results.any(|result| result != "ok"), "{name}: {calls:?}");
    let message = rig.only_message();
    assert!(
        message.text().starts_with("❌ shop failed"),
        "{name}: {}",
        message.text()
    );
    assert_eq!(rig.slack.messages(CHANNEL).len(), 1, "{name}");
    rig.end().await;
}

#[tokio::test]
async fn what_happens_while_slack_is_down_is_told_when_it_is_back() {
    let rig = Plan::new().start().await;
    let down = rig.slack.fault(Fault::new(When::Always, What::Status(503)));
    let ids: Vec<String> = ["shop", "bank"]
        .iter()
        .map(|name| rig.begin(name))
        .collect();
    rig.queued(RETRY, 2).await;
    rig.end_with(&ids[0], RunStatus::Succeeded);
    rig.end_with(&ids[1], RunStatus::Stopped);
    assert!(rig.local.idle(LONG).await);
    assert!(rig.messages().is_empty());
    rig.slack.mend(down);
    rig.settled().await;
    let messages = rig.messages();
    let mut texts: Vec<&str> = messages.iter().map(Posted::text).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["⛔ bank was stopped", "✅ shop succeeded"]);
    let logs = rig.end().await;
    let later = told(&logs, "event")
        .into_iter()
        .filter(|l| l["outcome"] == "later");
    let whys: Vec<String> = later
        .map(|l| l["why"].as_str().unwrap().to_owned())
        .collect();
    assert!(whys.iter().any(|why| why.contains("503")), "{whys:#?}");
}

#[tokio::test]
async fn a_slack_that_hangs_is_left_before_the_time_is_over() {
    let plan = Plan {
        timeout: Duration::from_secs(6),
        ..Plan::new()
    };
    let rig = plan.start().await;
    let hangs = What::Hang(Duration::from_secs(60));
    rig.slack.fault(Fault::of(POST, When::Next(1), hangs));
    rig.begin("shop");
    rig.settled().await;
    assert_eq!(rig.only_message().text(), "🔄 shop is running");
    let logs = rig.end().await;
    let why = "the time was over while the message was on its way";
    let events = told(&logs, "event");
    assert!(events.iter().any(|line| line["why"] == why), "{events:#?}");
}

/// Where the function's process hears that it shall be gone.
const KILLED_FROM: &str = "TEST_KILLED_FROM";

/// The function, when this program is started as one; nothing otherwise.
#[test]
fn function() {
    let Ok(address) = env::var(KILLED_FROM) else {
        return;
    };
    std::thread::spawn(move || {
        let mut held = TcpStream::connect(address).unwrap();
        // It ends when the other side lets go of it.
        let _ = held.read(&mut [0]);
        process::abort();
    });
    let _ = notify_slack::start();
}

/// As long a time later as a lease lasts: whoever held one is gone by then.
fn leases_end(rig: &Rig) {
    rig.local.change(|world, now| {
        let cards = world.objects.within(BUCKET, CARDS);
        let cards: Vec<(String, Value)> = cards
            .map(|card| {
                (
                    card.key.clone(),
                    serde_json::from_slice(&card.bytes).unwrap(),
                )
            })
            .collect();
        for (key, mut card) in cards {
            if let Some(lease) = card.get_mut("lease") {
                lease["until"] = 0.into();
                world.put_object(BUCKET, &key, card.to_string().into_bytes(), now);
            }
        }
    });
}

#[tokio::test]
async fn what_a_killed_function_began_another_one_ends() {
    for at in [POST, HISTORY] {
        let switch = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = switch.local_addr().unwrap().to_string();
        let args = [
            "--exact",
            "notify_faults::function",
            "--nocapture",
            "--test-threads=1",
        ];
        let program = env::current_exe().unwrap();
        let plan = Plan {
            program: Some((program, args.map(str::to_owned).into())),
            timeout: Duration::from_secs(60),
            is_fed: false,
            env: [(KILLED_FROM.to_owned(), address)].into(),
            ..Plan::new()
        };
        let rig = plan.start().await;
        // The message is not there when it is killed, or it is and nobody knows.
        let lost = Fault::of(POST, When::Next(1), What::LostAnswer);
        let hangs = Fault::of(at, When::Always, What::Hang(Duration::from_secs(60)));
        let faults: Vec<_> = match at {
            POST => vec![rig.slack.fault(hangs)],
            _ => vec![rig.slack.fault(lost), rig.slack.fault(hangs)],
        };
        let id = rig.begin("shop");
        let (held, _) = tokio::task::spawn_blocking({
            let switch = switch.try_clone().unwrap();
            move || switch.accept().unwrap()
        })
        .await
        .unwrap();
        until("it hangs", || rig.slack.called(at) > 0).await;
        drop(held);
        // Lambda keeps what it was called with.
        rig.queued(RETRY, 1).await;
        let kept = rig.letters(RETRY).remove(0).body;
        assert!(
            kept.contains("requestPayload") && kept.contains(&id),
            "{kept}"
        );
        faults.into_iter().for_each(|fault| rig.slack.mend(fault));
        leases_end(&rig);
        rig.feed();
        rig.settled().await;
        assert_eq!(rig.only_message().text(), "🔄 shop is running", "{at}");
        rig.end_with(&id, RunStatus::Succeeded);
        rig.settled().await;
        assert_eq!(rig.only_message().text(), "✅ shop succeeded", "{at}");
        assert_eq!(rig.slack.messages(CHANNEL).len(), 1, "{at}");
        rig.end().await;
        drop(switch);
    }
}

#[tokio::test]
async fn a_rotated_secret_is_picked_up_by_a_function_that_lives() {
    let rig = Plan::new().start().await;
    let id = rig.begin("shop");
    rig.settled().await;
    assert_eq!(rig.only_message().text(), "🔄 shop is running");
    let rotated = format!("xoxb-0000000000-{PLANTED}-rotated");
    rig.slack.grant(Token::new(&rotated));
    rig.slack.judge(TOKEN, Standing::Revoked);
    rig.local
        .change(|world, now| world.put_secret(SECRET, &rotated, now));
    rig.end_with(&id, RunStatus::Succeeded);
    rig.settled().await;
    assert_eq!(rig.only_message().text(), "✅ shop succeeded");
    rig.begin("bank");
    rig.settled().await;
    let messages = rig.messages();
    let texts: Vec<&str> = messages.iter().map(Posted::text).collect();
    assert_eq!(texts, ["✅ shop succeeded", "🔄 bank is running"]);
    let refused = &rig.slack.calls()[UPDATE]["token_revoked"];
    assert!((1..=2).contains(refused), "{:?}", rig.slack.calls());
    let reads = rig
        .local
        .calls()
        .into_iter()
        .filter(|c| c.operation == "GetSecretValue");
    assert!(reads.count() >= 2);
    rig.end().await;
}

#[tokio::test]
async fn with_a_secret_that_is_bad_nothing_is_lost_until_it_is_good() {
    let rig = Plan::new().start().await;
    rig.local
        .change(|world, now| world.put_secret(SECRET, "hunter2PLANTED", now));
    rig.begin("shop");
    rig.queued(RETRY, 1).await;
    assert!(rig.local.idle(LONG).await);
    assert!(rig.messages().is_empty());
    let logs = rig.end().await;
    let events = told(&logs, "event");
    let why = events[0]["why"].as_str().unwrap();
    assert!(
        why.contains("credential") && why.contains("secret"),
        "{why}"
    );
}
