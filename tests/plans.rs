//! Plans with mistakes, and targets that misbehave: Failed, and soon.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::support::{PLAN, Stage};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_with_a_mistake_stops_the_deployment_with_its_place() {
    let place = "s3://plans/shop/shop-production/greenlight.yaml";
    for (plan, reason) in [
        (
            PLAN.replace("probes", "probs"),
            ":3:3: unknown key \"probs\"; did you mean \"probes\"?",
        ),
        (PLAN.replace("20ms", "20"), ":7:14: "),
        (PLAN.replace("healthy: 2", "healthy: none"), ":6:16: "),
        ("version: 1\n".to_owned(), ":1:1: "),
        (String::new(), ":1:1: "),
        (PLAN[..40].to_owned(), ":3:"),
    ] {
        let mut stage = Stage::new();
        stage.plan = Some(plan.clone());
        let played = stage.play().await;
        assert_eq!((played.reports, played.status()), (1, "Failed"), "{plan}");
        let found = played.reason();
        assert!(found.contains(&format!("{place}{reason}")), "{found}");
        assert!(!found.contains('\n'));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_plan_the_target_groups_health_check_is_asked() {
    let mut stage = Stage::new();
    stage.plan = None;
    let played = stage.play().await;
    assert_eq!(played.status(), "Succeeded", "{:?}", played.logs);
    let verdict = played.verdict();
    let checks: Vec<&str> = verdict["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|outcome| outcome["check"].as_str())
        .collect();
    assert_eq!(checks, ["proof of green", "GET /health", "target health"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_settings_are_answered_all_together() {
    let mut stage = Stage::new();
    stage.env = [
        ("GREENLIGHT_PLANS", "plans"),
        ("GREENLIGHT_RESERVE", "20"),
        ("GREENLIGHT_EVENT_BUSS", "default"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let played = stage.play().await;
    assert_eq!((played.reports, played.status()), (1, "Failed"));
    for name in [
        "GREENLIGHT_PLANS",
        "GREENLIGHT_RESERVE",
        "GREENLIGHT_EVENT_BUSS",
    ] {
        assert!(played.reason().contains(name), "{}", played.reason());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_verdict_is_told_on_the_bus_as_it_is_in_the_log() {
    let played = Stage::new().play().await;
    let [event] = played.events.as_slice() else {
        panic!("one event, and not {:?}", played.events);
    };
    let heading = (
        event.source.as_str(),
        event.detail_type.as_str(),
        event.bus.as_str(),
    );
    assert_eq!(
        heading,
        ("greenlight", "Greenlight Gate Verdict", "default")
    );
    let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
    let mut logged = played.verdict();
    for own in ["level", "message"] {
        logged.as_object_mut().unwrap().remove(own);
    }
    assert_eq!(detail, logged);
    assert_eq!(detail["reported"], "Succeeded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_reaches_the_log() {
    let plan = PLAN.replace(
        "http: /health\n",
        "http: /health?token=hidden-in-the-query\n      \
         headers: { Authorization: Bearer hidden-in-a-header, X-Key: hidden-in-another }\n      \
         expect: { status: 404 }\n",
    );
    let mut stage = Stage::new();
    stage.plan = Some(plan);
    let played = stage.play().await;
    assert_eq!(played.status(), "Failed");
    let log = played.logs.join("\n");
    assert!(log.contains("expected"), "{log}");
    for secret in [
        "hidden-in",
        local_aws::SECRET_ACCESS_KEY,
        local_aws::SESSION_TOKEN,
    ] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_is_not_there_is_no_missing_plan() {
    let mut stage = Stage::new();
    stage
        .env
        .insert("GREENLIGHT_PLANS".to_owned(), "s3://plains".to_owned());
    let played = stage.play().await;
    assert_eq!((played.reports, played.status()), (1, "Failed"));
    assert!(
        played.reason().contains("there is no such bucket"),
        "{}",
        played.reason()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_makes_few_calls_of_aws() {
    let played = Stage::new().play().await;
    assert_eq!(played.status(), "Succeeded");
    let mut operations: Vec<&str> = played.calls.iter().map(|c| c.operation.as_str()).collect();
    operations.sort_unstable();
    // In five rounds: what is deployed; its group and service; all that those
    // name; the plan; the report. Besides them, the proof of green and the event.
    let expected = [
        "DescribeListeners",
        "DescribeLoadBalancers",
        "DescribeRules",
        "DescribeServices",
        "DescribeTargetGroups",
        "DescribeTargetHealth",
        "DescribeTaskDefinition",
        "GetDeployment",
        "GetDeploymentGroup",
        "GetObject",
        "ListDeploymentTargets",
        "PutEvents",
        "PutLifecycleEventHookExecutionStatus",
    ];
    operations.dedup_by(|a, b| a == b && *a == "DescribeTargetHealth");
    assert_eq!(operations, expected);
}

/// How a target misbehaves once somebody has connected to it.
#[derive(Debug, Clone, Copy)]
enum Behaviour {
    SaysNothing,
    ByteASecond,
    EndlessBody,
    ClosesAtOnce,
}

async fn misbehave(mut stream: TcpStream, behaviour: Behaviour) -> std::io::Result<()> {
    if let Behaviour::ClosesAtOnce = behaviour {
        return Ok(());
    }
    let mut buffer = [0; 4096];
    if stream.read(&mut buffer).await? == 0 {
        return Ok(());
    }
    if let Behaviour::SaysNothing = behaviour {
        // Until the other side gives up.
        while stream.read(&mut buffer).await? > 0 {}
        return Ok(());
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n")
        .await?;
    loop {
        match behaviour {
            Behaviour::ByteASecond => {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            _ => stream.write_all(&[b' '; 65536]).await?,
        }
    }
}

async fn target(behaviour: Behaviour) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(misbehave(stream, behaviour));
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_misbehaves_ends_as_failed_in_time() {
    // The body is looked at, so that one which never ends is no pass.
    let plan = PLAN.replace(
        "http: /health\n",
        "http: /health\n      through: tasks\n      expect: { body: { contains: UP }, within: 400ms }\n",
    );
    for behaviour in [
        Behaviour::SaysNothing,
        Behaviour::ByteASecond,
        Behaviour::EndlessBody,
        Behaviour::ClosesAtOnce,
    ] {
        let mut stage = Stage::new();
        stage.plan = Some(plan.clone());
        stage.tasks.green = Some(target(behaviour).await);
        let begun = Instant::now();
        let played = stage.play().await;
        assert_eq!(
            (played.reports, played.status()),
            (1, "Failed"),
            "{behaviour:?}"
        );
        assert!(
            played.reason().starts_with("liveness ("),
            "{}",
            played.reason()
        );
        // The probe's own timeout is 2 s and the function's is 60 s.
        assert!(begun.elapsed() < Duration::from_secs(20), "{behaviour:?}");
    }
}
