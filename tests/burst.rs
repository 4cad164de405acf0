//! Many executions at once: events out of order and twice, a Slack that is short
//! of breath and loses answers, invocations that are killed. In the end each
//! execution has one message, and it is right. `bench/burst` plays a thousand.

use std::time::Duration;

use bench_burst::{EVENTS, Outcome, Patience, Stage};
use board::Options;
use local_slack::{Fault, What, When};

fn stage(seed: u64) -> Stage {
    Stage {
        executions: 40,
        channels: 4,
        patience: Patience {
            kills: 10,
            timeout: Duration::from_secs(20),
            visibility: Duration::from_millis(300),
            limit: Duration::from_secs(120),
            seed,
            ..Patience::default()
        },
        // A holder that is gone is waited for only so long. No call here takes
        // nearly as long.
        options: Options {
            hold: Duration::from_millis(500),
            lease: Duration::from_secs(4),
            patience: Duration::from_secs(2),
        },
        faults: Vec::new(),
        in_s3: true,
    }
}

fn called(outcome: &Outcome, method: &str, result: &str) -> u64 {
    let results = outcome.calls.get(method);
    let count = results.and_then(|results| results.get(result));
    count.copied().unwrap_or_default()
}

fn is_right(outcome: &Outcome) {
    let told: Vec<&str> = outcome.differences.iter().map(String::as_str).collect();
    assert!(told.is_empty(), "{}\n{:#?}", told.join("\n"), outcome.calls);
    assert_eq!(outcome.counts.lost, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_execution_is_one_message_that_is_right() {
    let mut stage = stage(1);
    stage.faults = vec![Stage::short_of_breath(1, 1)];
    let outcome = stage.play().await;
    is_right(&outcome);
    assert!(outcome.counts.arrived > 40 * EVENTS, "some come twice");
    assert!(outcome.counts.killed > 10, "{:?}", outcome.counts);
    assert!(
        called(&outcome, "chat.postMessage", "429") > 0,
        "{:?}",
        outcome.calls
    );
    assert!(
        called(&outcome, "chat.update", "ok") > 0,
        "{:?}",
        outcome.calls
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_makes_no_second_message() {
    let mut stage = stage(2);
    stage.in_s3 = false;
    let share = |of: f64, seed: u64| When::Share { of, seed };
    stage.faults = vec![
        Fault::of("chat.postMessage", share(0.2, 3), What::LostAnswer),
        Fault::of("chat.postMessage", share(0.1, 4), What::Status(503)),
        Fault::new(share(0.1, 5), What::LostRequest),
        Fault::new(share(0.1, 6), What::rate_limited(0)),
    ];
    let outcome = stage.play().await;
    is_right(&outcome);
    assert!(
        called(&outcome, "conversations.history", "ok") > 0,
        "{:?}",
        outcome.calls
    );
}
