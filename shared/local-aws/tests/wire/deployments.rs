//! Whole deployments, driven to their end.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use greenlight_local_aws::{LocalAws, UnknownHook, Update};
use world::{
    Deployment, Event, ExampleOptions, LifecycleEventName, NativeConfig, NativeHook, Stage,
    Strategy, World,
};

use crate::{
    LONG,
    client::{get, http1},
    fleet::{settled, start},
    function,
};

const HOOK: LifecycleEventName = LifecycleEventName::BeforeAllowTraffic;

async fn over(aws: &LocalAws, id: &str) -> Deployment {
    let over = |w: &World| w.deployment(id).filter(|d| d.status.is_over()).cloned();
    aws.wait_for(LONG, over).await.expect("it ends")
}

async fn colour(aws: &LocalAws) -> String {
    let arn = aws.read(|w| w.listeners[0].arn.clone());
    let address = aws.listener(&arn).expect("it listens");
    let answer = get(&format!("http://{address}/")).await;
    answer.headers()["x-colour"]
        .to_str()
        .expect("text")
        .to_owned()
}

/// Sends requests through the production listener without a break.
fn traffic(aws: &LocalAws, stop: Arc<AtomicBool>) -> tokio::task::JoinHandle<(usize, usize)> {
    let arn = aws.read(|w| w.listeners[0].arn.clone());
    let address = aws.listener(&arn).expect("it listens");
    tokio::spawn(async move {
        let client = http1();
        let (sent, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let one = async |path: &str| {
            while !stop.load(Ordering::SeqCst) {
                let url = format!("http://{address}{path}").parse().expect("a URL");
                let answered = client.get(url).await.is_ok_and(|a| a.status() == 200);
                sent.fetch_add(1, Ordering::SeqCst);
                failed.fetch_add(usize::from(!answered), Ordering::SeqCst);
            }
        };
        tokio::join!(one("/"), one("/slow"), one("/slow"));
        (sent.into_inner(), failed.into_inner())
    })
}

#[tokio::test]
async fn a_gate_that_succeeds_lets_green_through_and_nobody_notices() {
    let options = ExampleOptions::default();
    let (aws, fleet) = start(&options, |setup| {
        setup
            .functions
            .insert("gate".to_owned(), function::spec("Succeeded", LONG));
    })
    .await;
    settled(&aws).await;
    let mut updates = aws.subscribe();
    assert_eq!(colour(&aws).await, "blue");
    let stop = Arc::new(AtomicBool::new(false));
    let traffic = traffic(&aws, stop.clone());
    let id = aws
        .deploy(options.deploy_request(&[(HOOK, "gate")]))
        .expect("accepted");
    let deployment = over(&aws, &id).await;
    assert_eq!(deployment.status.as_str(), "Succeeded");
    assert_eq!(colour(&aws).await, "green");
    let blue_is_gone = |w: &World| (w.services[0].task_sets.len() == 1).then_some(());
    aws.wait_for(LONG, blue_is_gone).await.expect("blue stops");
    stop.store(true, Ordering::SeqCst);
    let (sent, failed) = traffic.await.expect("no panic");
    assert!(sent > 0);
    assert_eq!(failed, 0, "of {sent}");
    assert_eq!(fleet.stopped.load(Ordering::SeqCst), 2);

    let mut happened = Vec::new();
    while let Ok(update) = updates.try_recv() {
        happened.push(update);
    }
    let at = |wanted: &dyn Fn(&Update) -> bool| happened.iter().position(wanted);
    let event = |wanted: fn(&Event) -> bool| {
        at(&|u| matches!(u, Update::Happened(h) if wanted(&h.what))).expect("it happened")
    };
    let invoked = event(|e| matches!(e, Event::HookInvoked { .. }));
    let reported = event(|e| matches!(e, Event::HookReported { .. }));
    let ended = event(|e| matches!(e, Event::DeploymentEnded { .. }));
    assert!(invoked < reported && reported < ended);
    let over = at(&|u| {
        matches!(
            u,
            Update::Invoked {
                init: Some(_),
                failure: None,
                ..
            }
        )
    });
    assert!(over.is_some_and(|over| over > invoked));
    assert!(at(&|u| matches!(u, Update::Log(_))).is_some());
    let history = aws.read(|w| w.history.len());
    let told = happened
        .iter()
        .filter(|u| matches!(u, Update::Happened(_)))
        .count();
    assert!(told <= history && told > 10);
}

#[tokio::test]
async fn a_gate_that_fails_stops_the_deployment() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |setup| {
        setup
            .functions
            .insert("gate".to_owned(), function::spec("Failed", LONG));
    })
    .await;
    settled(&aws).await;
    let id = aws
        .deploy(options.deploy_request(&[(HOOK, "gate")]))
        .expect("accepted");
    let deployment = over(&aws, &id).await;
    assert_eq!(deployment.status.as_str(), "Failed");
    assert_eq!(deployment.lifecycle[5].status.as_str(), "Failed");
    assert_eq!(colour(&aws).await, "blue");
    let reports: Vec<_> = aws
        .calls()
        .into_iter()
        .filter(|c| c.service == "codedeploy")
        .collect();
    assert_eq!(reports.len(), 1);
    assert!(reports[0].accepted);
}

#[tokio::test]
async fn a_gate_that_breaks_is_silence_until_the_time_is_up() {
    let options = ExampleOptions::default();
    let (aws, _fleet) = start(&options, |setup| {
        setup
            .functions
            .insert("gate".to_owned(), function::spec("init-exit", LONG));
        setup.world.hook_timeout = std::time::Duration::from_secs(1);
    })
    .await;
    let id = aws
        .deploy(options.deploy_request(&[(HOOK, "gate")]))
        .expect("accepted");
    let deployment = over(&aws, &id).await;
    let error = deployment.error.expect("an error");
    assert!(
        error
            .message
            .contains("timed out while waiting for a status callback"),
        "{error:?}"
    );
    let broke = aws.read(|w| {
        w.history.iter().any(|h| matches!(&h.what, Event::HookBroke { reason, .. } if reason.contains("exit status 3")))
    });
    assert!(broke);
}

#[tokio::test]
async fn a_function_that_is_not_here_is_answered_by_policy() {
    for (policy, status) in [
        (UnknownHook::Fail, "Failed"),
        (UnknownHook::Succeed, "Succeeded"),
    ] {
        let options = ExampleOptions::default();
        let (aws, _fleet) = start(&options, |setup| setup.unknown_hooks = policy).await;
        let mut updates = aws.subscribe();
        let id = aws
            .deploy(options.deploy_request(&[(HOOK, "somebody-elses")]))
            .expect("accepted");
        assert_eq!(over(&aws, &id).await.status.as_str(), status);
        let mut told = Vec::new();
        while let Ok(update) = updates.try_recv() {
            if let Update::UnknownHook {
                function,
                step,
                answered,
                ..
            } = update
            {
                told.push((function, step, answered));
            }
        }
        let expected = (
            "somebody-elses".to_owned(),
            "BeforeAllowTraffic".to_owned(),
            policy,
        );
        assert_eq!(told, [expected]);
    }
}

#[tokio::test]
async fn ecs_s_own_deployment_goes_by_what_the_function_returns() {
    for (says, status) in [
        ("SUCCEEDED", "SUCCESSFUL"),
        ("FAILED", "ROLLBACK_SUCCESSFUL"),
    ] {
        let options = ExampleOptions {
            native: Some(NativeConfig {
                strategy: Strategy::BlueGreen,
                bake_minutes: 0,
                hooks: vec![NativeHook {
                    function: "arn:aws:lambda:eu-west-1:123456789012:function:gate".to_owned(),
                    role_arn: String::new(),
                    stages: vec![Stage::PostTestTrafficShift],
                    details: None,
                    timeout_minutes: 600,
                }],
            }),
            ..ExampleOptions::default()
        };
        let (aws, _fleet) = start(&options, |setup| {
            setup
                .functions
                .insert("gate".to_owned(), function::spec(says, LONG));
        })
        .await;
        settled(&aws).await;
        let arn = aws
            .deploy_native(options.native_request())
            .expect("accepted");
        let over = |w: &World| {
            w.service_deployment(&arn)
                .filter(|d| d.status.is_over())
                .map(|d| d.status)
        };
        assert_eq!(
            aws.wait_for(LONG, over).await.expect("it ends").as_str(),
            status
        );
        let expected = if says == "SUCCEEDED" { "green" } else { "blue" };
        assert_eq!(colour(&aws).await, expected);
    }
}

#[tokio::test]
async fn a_task_that_can_not_be_started_is_a_stopped_task() {
    let options = ExampleOptions::default();
    let (aws, fleet) = start(&options, |_| {}).await;
    settled(&aws).await;
    *fleet.refuse_green.lock().expect("not poisoned") = Some("no such program".to_owned());
    aws.deploy(options.deploy_request(&[])).expect("accepted");
    let stopped = |w: &World| w.tasks.iter().find_map(|t| t.stopped_reason.clone());
    let reason = aws.wait_for(LONG, stopped).await.expect("it stops");
    assert_eq!(reason, "CannotStartContainerError: no such program");
}

#[tokio::test]
async fn a_task_that_ends_by_itself_is_replaced() {
    let options = ExampleOptions::default();
    let (aws, fleet) = start(&options, |setup| {
        setup.world.restart_delay = std::time::Duration::ZERO;
    })
    .await;
    settled(&aws).await;
    let task = aws.read(|w| w.tasks[0].id.clone());
    assert!(aws.task_stopped(
        &task,
        Some(137),
        "OutOfMemoryError: Container killed due to memory usage"
    ));
    assert!(!aws.task_stopped(&task, Some(137), "again"));
    settled(&aws).await;
    assert_eq!(aws.read(|w| w.tasks.len()), 3);
    let code = aws.read(|w| w.task(&task).and_then(|t| t.containers[0].exit_code));
    assert_eq!(code, Some(137));
    // The fleet isn't asked to stop what ended by itself.
    assert_eq!(fleet.stopped.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_shutdown_leaves_nothing_running() {
    let options = ExampleOptions::default();
    let (aws, fleet) = start(&options, |_| {}).await;
    settled(&aws).await;
    let env: BTreeMap<String, String> = aws.client_env().into_iter().collect();
    assert_eq!(env["AWS_ENDPOINT_URL"], aws.endpoint_url());
    let address = aws.address();
    let listener = aws.read(|w| w.listeners[0].arn.clone());
    let listener = aws.listener(&listener).expect("it listens");
    aws.shutdown().await;
    assert_eq!(fleet.running(), 0);
    for address in [address, listener] {
        let refused = async {
            while tokio::net::TcpStream::connect(address).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, refused)
            .await
            .expect("it is closed");
    }
}
