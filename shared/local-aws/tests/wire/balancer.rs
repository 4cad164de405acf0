//! The load balancer: who gets what, and who is healthy.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use greenlight_local_aws::LocalAws;
use http::{Request, Version};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use world::{ExampleOptions, Forward, LoadBalancerType, Target, TargetReason, TargetState, World};

use crate::{
    LONG,
    client::{get, send},
    fleet::{self, settled, start},
};

fn production(aws: &LocalAws, path: &str) -> String {
    let arn = aws.read(|w| w.listeners[0].arn.clone());
    format!("http://{}{path}", aws.listener(&arn).expect("it listens"))
}

/// Lets the first blue target stand for green, too.
fn give_green_a_target(aws: &LocalAws, adjust: impl FnOnce(&mut Target)) {
    aws.change(|world, _| {
        let mut target = world.target_groups[0].targets[0].clone();
        adjust(&mut target);
        world.target_groups[1].targets.push(target);
    });
}

fn weigh(aws: &LocalAws, blue: u32, green: u32) {
    aws.change(|world, _| {
        let arns = [&world.target_groups[0].arn, &world.target_groups[1].arn].map(Clone::clone);
        let forwards = arns.into_iter().zip([blue, green]);
        world.listeners[0].forwards = forwards
            .map(|(target_group_arn, weight)| Forward {
                target_group_arn,
                weight,
            })
            .collect();
    });
}

#[tokio::test]
async fn requests_are_forwarded_with_what_a_target_must_know() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |_| {}).await;
    settled(&aws).await;
    let request = Request::post(production(&aws, "/a/b?c=d"))
        .header("host", "shop.example")
        .header("x-forwarded-for", "203.0.113.9")
        .header("connection", "x-private")
        .header("x-private", "only to the load balancer")
        .body(Full::from("hello"))
        .expect("a request");
    let answer = send(request).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-colour"], "blue");
    assert!(!answer.headers().contains_key("x-hop"));
    assert_eq!(answer.body().as_ref(), b"hello");
    let seen = answer.headers()["x-seen"].to_str().expect("text");
    let port = aws.read(|w| w.listeners[0].port);
    for part in [
        "HTTP/1.1".to_owned(),
        "\"host\": \"shop.example\"".to_owned(),
        "\"x-forwarded-for\": \"203.0.113.9, 127.0.0.1\"".to_owned(),
        "\"x-forwarded-proto\": \"http\"".to_owned(),
        format!("\"x-forwarded-port\": \"{port}\""),
        "\"x-amzn-trace-id\": \"Root=1-".to_owned(),
        "/a/b?c=d".to_owned(),
    ] {
        assert!(seen.contains(&part), "{part} in {seen}");
    }
    assert!(!seen.contains("x-private"), "{seen}");
}

#[tokio::test]
async fn targets_take_turns_and_weights_are_exact() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |_| {}).await;
    settled(&aws).await;
    // Green is a port where nobody listens: its share comes back as 502.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = nobody.local_addr().expect("an address").port();
    drop(nobody);
    give_green_a_target(&aws, |target| target.port = port);
    weigh(&aws, 75, 25);
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(get(&production(&aws, "/")).await.status().as_u16());
    }
    assert_eq!(
        statuses.iter().filter(|s| **s == 502).count(),
        10,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|s| **s == 200).count(),
        30,
        "{statuses:?}"
    );
}

#[tokio::test]
async fn without_a_target_there_is_no_service() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |_| {}).await;
    settled(&aws).await;
    weigh(&aws, 0, 100);
    let answer = get(&production(&aws, "/")).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["server"], "awselb/2.0");
    weigh(&aws, 0, 0);
    assert_eq!(get(&production(&aws, "/")).await.status(), 503);
}

#[tokio::test]
async fn unhealthy_targets_are_passed_over_unless_all_are() {
    let (aws, fleet) = start(&ExampleOptions::default(), |_| {}).await;
    settled(&aws).await;
    fleet.blue.store(503, Ordering::SeqCst);
    let sick = |world: &World| {
        let targets = &world.target_groups[0].targets;
        targets
            .iter()
            .all(|t| t.state == TargetState::Unhealthy)
            .then(|| targets[0].clone())
    };
    let target = aws
        .wait_for(LONG, sick)
        .await
        .expect("they become unhealthy");
    assert_eq!(target.reason, Some(TargetReason::ResponseCodeMismatch));
    assert_eq!(
        target.description.as_deref(),
        Some("Health checks failed with these codes: [503]")
    );
    // It fails open.
    assert_eq!(get(&production(&aws, "/")).await.status(), 200);
    fleet.blue.store(204, Ordering::SeqCst);
    settled(&aws).await;
}

#[tokio::test]
async fn a_target_that_is_not_there_fails_its_checks() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |_| {}).await;
    settled(&aws).await;
    give_green_a_target(&aws, |target| target.port = 1);
    let state = |world: &World| {
        let target = world.target_groups[1].targets.first()?;
        Some((target.state, target.reason))
    };
    weigh(&aws, 100, 0);
    let failed = |world: &World| state(world).filter(|(s, _)| *s == TargetState::Unhealthy);
    let (_, reason) = aws
        .wait_for(LONG, failed)
        .await
        .expect("it becomes unhealthy");
    assert_eq!(reason, Some(TargetReason::FailedHealthChecks));
}

#[tokio::test]
async fn a_target_that_says_nothing_times_out() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |setup| {
        for group in &mut setup.world.target_groups {
            group.health_check.path = Some("/hang".to_owned());
        }
        setup.balancer.health.timeout = Some(std::time::Duration::from_millis(50));
        setup.balancer.idle_timeout = std::time::Duration::from_millis(100);
    })
    .await;
    let late = |world: &World| {
        let target = world.target_groups[0].targets.first()?;
        (target.state == TargetState::Unhealthy)
            .then(|| (target.reason, target.description.clone()))
    };
    let (reason, description) = aws
        .wait_for(LONG, late)
        .await
        .expect("it becomes unhealthy");
    assert_eq!(reason, Some(TargetReason::Timeout));
    assert_eq!(description.as_deref(), Some("Request timed out"));
    assert_eq!(get(&production(&aws, "/hang")).await.status(), 504);
    assert_eq!(get(&production(&aws, "/")).await.status(), 200);
}

#[tokio::test]
async fn green_is_unused_until_a_listener_forwards_to_it() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |_| {}).await;
    settled(&aws).await;
    aws.change(|world, _| {
        let mut target = world.target_groups[0].targets[0].clone();
        (target.state, target.reason) = (TargetState::Unused, Some(TargetReason::NotInUse));
        world.target_groups[1].targets.push(target);
    });
    // A check of blue later it is what it was.
    get(&production(&aws, "/")).await;
    assert_eq!(
        aws.read(|w| w.target_groups[1].targets[0].state),
        TargetState::Unused
    );
}

#[tokio::test]
async fn grpc_passes_with_its_trailers_and_is_checked_by_its_status() {
    let (aws, _fleet) = start(&ExampleOptions::default(), |setup| {
        for group in &mut setup.world.target_groups {
            group.protocol_version = Some("GRPC".to_owned());
            group.health_check.matcher = Some("0".to_owned());
        }
    })
    .await;
    settled(&aws).await;
    let client = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http::<Full<Bytes>>();
    let request = Request::post(production(&aws, "/shop.Checkout/Check"))
        .header("te", "trailers")
        .header("content-type", "application/grpc")
        .body(Full::from("message"))
        .expect("a request");
    let answer = client.request(request).await.expect("an answer");
    assert_eq!(answer.version(), Version::HTTP_2);
    let seen = answer.headers()["x-seen"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        seen.starts_with("HTTP/2.0") && seen.contains("\"te\": \"trailers\""),
        "{seen}"
    );
    let body = answer.into_body().collect().await.expect("a body");
    assert_eq!(body.trailers().expect("trailers")["grpc-status"], "0");
    assert_eq!(body.to_bytes().as_ref(), b"message");
}

#[tokio::test]
async fn a_network_load_balancer_passes_bytes() {
    let options = ExampleOptions {
        kind: LoadBalancerType::Network,
        ..ExampleOptions::default()
    };
    let (aws, _fleet) = start(&options, |_| {}).await;
    settled(&aws).await;
    let answer = get(&production(&aws, "/")).await;
    assert_eq!(answer.headers()["x-colour"], "blue");
    let seen = answer.headers()["x-seen"].to_str().expect("text");
    assert!(!seen.contains("x-forwarded-for"), "{seen}");
}

#[tokio::test]
async fn a_port_that_is_asked_for_is_taken_or_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let world = World::example(fleet::now());
    let mut setup =
        greenlight_local_aws::Setup::new(world, std::sync::Arc::new(fleet::TestFleet::default()));
    let arn = setup.world.listeners[0].arn.clone();
    setup.balancer.ports.insert(arn.clone(), port);
    let error = greenlight_local_aws::LocalAws::start(setup)
        .await
        .err()
        .expect("it is taken");
    assert!(
        error
            .to_string()
            .starts_with(&format!("could not listen on 127.0.0.1:{port}: ")),
        "{error}"
    );
    drop(taken);
    let (aws, _fleet) = start(&ExampleOptions::default(), |setup| {
        setup.balancer.ports.insert(arn.clone(), port);
    })
    .await;
    assert_eq!(aws.listener(&arn).map(|a| a.port()), Some(port));
}
