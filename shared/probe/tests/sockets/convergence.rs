//! How a probe comes to its end: streaks, time, several targets.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use greenlight_probe::{Assignment, Prober, Progress};
use plan::Probe;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    runtime::Handle,
    sync::Notify,
    time::{Instant, timeout},
};
use verdict::{Status, Verdict};

use crate::support::*;

fn healthy(probe: Probe, healthy: u32) -> Probe {
    Probe { healthy, ..probe }
}

fn to(probe: Probe, targets: Vec<greenlight_probe::Target>) -> Assignment {
    Assignment {
        probe,
        targets,
        ca: None,
    }
}

#[tokio::test]
async fn passes_after_so_many_successes_in_a_row() {
    let server = answers(|_| plain("200 OK", "")).await;
    let (outcomes, told) = run(vec![to(healthy(get(), 3), vec![server.target()])], NO_HANG).await;
    let outcome = &outcomes[0];
    assert_passed(outcome);
    assert_eq!((outcome.attempts, server.accepted()), (3, 3));
    assert_eq!(outcome.got.as_deref(), Some("200 OK"));
    let port = server.port;
    assert_eq!(
        outcome.target.as_deref(),
        Some(&*format!(
            "http://127.0.0.1:{port}/ through task 127.0.0.1:{port}"
        ))
    );
    let streaks: Vec<_> = told
        .iter()
        .map(|p| (p.attempt, p.streak, p.needed))
        .collect();
    assert_eq!(streaks, [(1, 1, 3), (2, 2, 3), (3, 3, 3)]);

    let timing = outcome.timing.unwrap();
    assert!(
        timing.connect.is_some() && timing.first_byte.is_some(),
        "{timing:?}"
    );
    assert!(timing.dns.is_none() && timing.tls.is_none(), "{timing:?}");
    assert!(timing.total >= timing.first_byte.unwrap(), "{timing:?}");
    // Two pauses lie between three attempts.
    assert!(outcome.elapsed_ms >= 20.0, "{}", outcome.elapsed_ms);
}

#[tokio::test]
async fn progress_is_an_object_with_plain_names() {
    let server = answers(|_| plain("500 No", "x")).await;
    let (_, told) = run(vec![to(brief(get()), vec![server.target()])], NO_HANG).await;
    let json = serde_json::to_value(&told[0]).unwrap();
    for key in [
        "probe", "target", "through", "attempt", "passed", "streak", "needed", "got",
    ] {
        assert!(json.get(key).is_some(), "{key}: {json}");
    }
    assert_eq!(json["expected"], "status 200-299");
    assert!(json["elapsedMs"].is_number() && json["timing"]["totalMs"].is_number());
}

#[tokio::test]
async fn a_failure_starts_the_row_again() {
    // Answers 1 to 6: bad, good, bad, good, good, good.
    let server = answers(|n| match n {
        1 | 3 => plain("503 Service Unavailable", "warming up"),
        _ => plain("200 OK", ""),
    })
    .await;
    let (outcomes, told) = run(vec![to(healthy(get(), 3), vec![server.target()])], NO_HANG).await;
    assert_passed(&outcomes[0]);
    let streaks: Vec<u32> = told.iter().map(|p| p.streak).collect();
    assert_eq!(streaks, [0, 1, 0, 1, 2, 3]);
    assert_eq!(told[0].got, "503 Service Unavailable: \"warming up\"");
    assert_eq!(told[0].expected.as_deref(), Some("status 200-299"));
    assert_eq!(told[1].expected, None);
}

#[tokio::test]
async fn a_server_that_never_recovers_fails_with_its_last_answer() {
    let server = answers(|_| plain("503 Service Unavailable", "database is down")).await;
    let outcome = probe(brief(get()), server.target()).await;
    assert_told(
        &outcome,
        Status::Failed,
        ": expected status 200-299, got 503 Service Unavailable: \"database is down\"",
    );
    assert!(outcome.attempts > 1, "{}", outcome.attempts);
}

#[tokio::test]
async fn too_short_a_row_is_no_pass() {
    // One success every other time never makes two in a row.
    let server = answers(|n| plain(if n % 2 == 0 { "200 OK" } else { "500 No" }, "")).await;
    let outcome = probe(brief(healthy(get(), 2)), server.target()).await;
    assert_eq!(outcome.status, Status::Failed, "{}", outcome.line());

    let server = answers(|_| plain("200 OK", "")).await;
    let outcome = probe(brief(healthy(get(), 1000)), server.target()).await;
    assert_told(
        &outcome,
        Status::Failed,
        "expected 1000 successes in a row, got too few of them",
    );
    assert_told(
        &outcome,
        Status::Failed,
        "400 ms were over, the last answer was 200 OK",
    );
}

#[tokio::test]
async fn a_server_that_comes_up_late_passes() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();

    let refused = Arc::new(Notify::new());
    let told = Mutex::new(Vec::new());
    let listener = |progress: Progress| {
        refused.notify_one();
        told.lock().unwrap().push(progress.got);
    };
    let prober = Prober::with_public_authorities().unwrap();
    let assignments = vec![to(get(), vec![target(port)])];
    let deadline = Instant::now() + NO_HANG;
    let up = async {
        refused.notified().await;
        serve_on(socket.listen(16).unwrap(), |_, mut stream| async move {
            read_head(&mut stream).await?;
            stream.write_all(plain("200 OK", "").as_bytes()).await
        })
    };
    let (outcomes, _server) = tokio::join!(prober.run(assignments, deadline, &listener), up);
    assert_passed(&outcomes[0]);
    let told = told.into_inner().unwrap();
    assert_eq!(told[0], "connection refused");
    assert_eq!(told.last().unwrap(), "200 OK");
}

#[tokio::test]
async fn the_deadline_cuts_a_probe_short_and_says_so() {
    let server = answers(|_| plain("500 No", "")).await;
    let deadline = Duration::from_millis(100);
    let (outcomes, _) = run(vec![to(get(), vec![server.target()])], deadline).await;
    let outcome = &outcomes[0];
    assert_told(
        outcome,
        Status::Failed,
        "got 500 Internal Server Error (the gate's time was over",
    );
    assert_told(
        outcome,
        Status::Failed,
        "give the function a longer timeout",
    );
    assert!(outcome.elapsed_ms < 5_000.0, "{}", outcome.elapsed_ms);

    let (outcomes, told) = run(vec![to(get(), vec![server.target()])], Duration::ZERO).await;
    assert_told(
        &outcomes[0],
        Status::Errored,
        "no time was left for an attempt",
    );
    assert!(told.is_empty());
}

#[tokio::test]
async fn an_attempt_that_is_cut_off_leaves_the_last_real_answer() {
    let server = serve(|number, mut stream| async move {
        read_head(&mut stream).await?;
        if number == 1 {
            return stream.write_all(plain("500 No", "first").as_bytes()).await;
        }
        std::future::pending().await
    })
    .await;
    let (outcomes, told) = run(vec![to(brief(get()), vec![server.target()])], NO_HANG).await;
    assert_told(
        &outcomes[0],
        Status::Failed,
        "got 500 Internal Server Error: \"first\"",
    );
    assert_eq!(told.len(), 2);
    assert!(
        told[1].got.starts_with("no answer after"),
        "{}",
        told[1].got
    );
}

#[tokio::test]
async fn each_target_has_its_own_outcome_and_the_worst_wins() {
    let good = answers(|_| plain("200 OK", "")).await;
    let bad = answers(|_| plain("404 Not Found", "")).await;
    let assignments = vec![
        to(
            brief(get()),
            vec![good.target(), bad.target(), good.target()],
        ),
        to(get(), vec![good.target()]),
        to(get(), vec![]),
    ];
    let (outcomes, _) = run(assignments, NO_HANG).await;
    let statuses: Vec<_> = outcomes.iter().map(|o| o.status).collect();
    use Status::{Errored, Failed, Passed};
    assert_eq!(statuses, [Passed, Failed, Passed, Passed, Errored]);
    assert_told(
        &outcomes[1],
        Failed,
        &format!("task 127.0.0.1:{}", bad.port),
    );
    assert_told(&outcomes[4], Errored, "no target");
    assert_eq!(Verdict::of(outcomes).status, Errored);
}

#[tokio::test]
async fn all_targets_are_probed_at_the_same_time() {
    // No answer comes before all targets are connected.
    const TARGETS: u32 = 40;
    let connected = Arc::new(AtomicU32::new(0));
    let all = Arc::new(tokio::sync::Semaphore::new(0));
    let mut servers = Vec::new();
    for _ in 0..TARGETS {
        let (connected, all) = (connected.clone(), all.clone());
        let handler = move |_, mut stream: TcpStream| {
            let (connected, all) = (connected.clone(), all.clone());
            async move {
                read_head(&mut stream).await?;
                if connected.fetch_add(1, Ordering::SeqCst) + 1 == TARGETS {
                    all.add_permits(TARGETS as usize);
                }
                let _permit = all.acquire().await;
                stream.write_all(plain("200 OK", "").as_bytes()).await
            }
        };
        servers.push(serve(handler).await);
    }
    let targets = servers.iter().map(Server::target).collect();
    let (outcomes, _) = run(vec![to(get(), targets)], NO_HANG).await;
    assert_eq!(outcomes.len(), TARGETS as usize);
    outcomes.iter().for_each(assert_passed);
}

#[tokio::test]
async fn a_dropped_run_leaves_nothing_running() {
    // HTTP/1.1 and HTTP/2, before the answer and in the middle of its body.
    let open = Arc::new(AtomicU32::new(0));
    let (seen, gone) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (count, seen_by, gone_by) = (open.clone(), seen.clone(), gone.clone());
    let server = serve(move |_, mut stream| {
        let (count, seen, gone) = (count.clone(), seen_by.clone(), gone_by.clone());
        async move {
            let head = read_head(&mut stream).await?;
            if head.contains("/body") {
                let start = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nstart";
                stream.write_all(start).await?;
            }
            count.fetch_add(1, Ordering::SeqCst);
            seen.notify_one();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            count.fetch_sub(1, Ordering::SeqCst);
            gone.notify_one();
            Ok(())
        }
    })
    .await;
    let http2 = with_http(get(), |http| http.version = plan::HttpVersion::Http2);
    let body = quick(Probe::http("/body", plan::Matcher::default()));
    let assignments = [get(), http2, body].map(|probe| to(probe, vec![server.target()]));
    let prober = Prober::with_public_authorities().unwrap();
    let deadline = Instant::now() + NO_HANG;
    let mut run = Box::pin(prober.run(assignments.into(), deadline, &|_| {}));
    let all_open = async {
        while open.load(Ordering::SeqCst) < 3 {
            seen.notified().await;
        }
    };
    tokio::select! {
        outcomes = &mut run => panic!("{outcomes:?}"),
        opened = timeout(NO_HANG, all_open) => opened.unwrap(),
    }
    drop(run);
    let all_gone = async {
        while open.load(Ordering::SeqCst) > 0 {
            gone.notified().await;
        }
    };
    timeout(NO_HANG, all_gone)
        .await
        .expect("a connection is left open");
    drop(server);
    let none_left = async {
        while Handle::current().metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(NO_HANG, none_left).await.expect("a task is left");
}

#[tokio::test]
async fn the_future_can_be_sent_to_another_thread() {
    let server = answers(|_| plain("200 OK", "")).await;
    let assignments = vec![to(get(), vec![server.target()])];
    let prober = Prober::with_public_authorities().unwrap();
    let run = async move {
        prober
            .run(assignments, Instant::now() + NO_HANG, &|_| {})
            .await
    };
    assert_passed(&tokio::spawn(run).await.unwrap()[0]);
}
