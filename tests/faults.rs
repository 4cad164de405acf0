//! Whatever breaks, wherever it breaks: exactly one status reaches CodeDeploy,
//! before the function's timeout.

use std::time::Duration;

use gate::Hook;
use local_aws::{Fault, FaultKind};
use tokio::task::JoinSet;

use crate::{smoke_gate, support::Stage};

/// The function's timeout in these tests. The work has two thirds of it.
const TIMEOUT: Duration = Duration::from_secs(9);

/// A point of a function's life: an operation of AWS's that it calls there.
struct Point {
    hook: Hook,
    name: &'static str,
    operation: &'static str,
    /// What a refusal there names: the action that is not allowed.
    action: &'static str,
}

const fn probing(name: &'static str, operation: &'static str) -> Point {
    Point {
        hook: Hook::BeforeAllowTraffic,
        name,
        operation,
        action: operation,
    }
}

/// Where the one function does what the other does not.
const fn testing(name: &'static str, operation: &'static str, action: &'static str) -> Point {
    Point {
        hook: Hook::AfterAllowTestTraffic,
        name,
        operation,
        action,
    }
}

const POINTS: &[Point] = &[
    probing("before discovery", "GetDeployment"),
    probing("during discovery", "DescribeServices"),
    probing("at the load balancer", "DescribeTargetGroups"),
    probing("while reading the plan", "GetObject"),
    probing("in the proof of green", "DescribeRules"),
    probing("in a probe", "DescribeTargetHealth"),
    testing("while reading the tests", "GetObject", "s3:GetObject"),
    testing("while listing the tests", "ListObjectsV2", "s3:ListBucket"),
    testing("while reading secrets", "GetSecretValue", "GetSecretValue"),
    testing("around the tests", "DescribeRules", "DescribeRules"),
    testing(
        "before the tests",
        "DescribeTargetHealth",
        "DescribeTargetHealth",
    ),
];

/// Faults with the status that they end in, at any of those points.
const FAULTS: &[(FaultKind, Option<u32>, &str)] = &[
    (FaultKind::Throttle, Some(1), "Succeeded"),
    (FaultKind::Throttle, None, "Failed"),
    (FaultKind::AccessDenied, None, "Failed"),
    (FaultKind::ServerError, Some(1), "Succeeded"),
    (FaultKind::ServerError, None, "Failed"),
    (
        FaultKind::Slow(Duration::from_millis(300)),
        None,
        "Succeeded",
    ),
    (FaultKind::Slow(Duration::from_secs(60)), None, "Failed"),
    (FaultKind::DropRequest, Some(1), "Succeeded"),
    (FaultKind::DropRequest, None, "Failed"),
    (FaultKind::DropAnswer, Some(1), "Succeeded"),
    (FaultKind::DropAnswer, None, "Failed"),
];

/// Faults of the report itself, and how often a status may reach CodeDeploy
/// for its one answer to be taken.
const REPORTING: &[(FaultKind, u32)] = &[
    (FaultKind::Throttle, 2),
    (FaultKind::AccessDenied, 2),
    (FaultKind::ServerError, 3),
    (FaultKind::DropRequest, 2),
    (FaultKind::DropAnswer, 1),
    (FaultKind::Slow(Duration::from_secs(1)), 1),
];

#[derive(Debug)]
struct Case {
    hook: Hook,
    name: String,
    faults: Vec<Fault>,
    panic_at: Option<&'static str>,
    status: &'static str,
    reason: Option<&'static str>,
}

fn cases() -> Vec<Case> {
    let fault = |operation: &str, kind, times| Fault {
        operation: Some(operation.to_owned()),
        kind,
        times,
    };
    let mut cases = vec![];
    for point in POINTS {
        for (kind, times, status) in FAULTS {
            cases.push(Case {
                hook: point.hook,
                name: format!("{kind:?} x {times:?} {}", point.name),
                faults: vec![fault(point.operation, *kind, *times)],
                panic_at: None,
                status,
                reason: match kind {
                    FaultKind::AccessDenied => Some(point.action),
                    _ => None,
                },
            });
        }
        // S3 is not called through the SDK's client.
        if !["GetObject", "ListObjectsV2"].contains(&point.operation) {
            cases.push(Case {
                hook: point.hook,
                name: format!("panic {}", point.name),
                faults: vec![],
                panic_at: Some(point.operation),
                status: "Failed",
                reason: Some("the work panicked"),
            });
        }
    }
    let report = "PutLifecycleEventHookExecutionStatus";
    let hook = Hook::BeforeAllowTraffic;
    for (kind, times) in REPORTING {
        cases.push(Case {
            hook,
            name: format!("{kind:?} x {times} while reporting"),
            faults: vec![fault(report, *kind, Some(*times))],
            panic_at: None,
            status: "Succeeded",
            reason: None,
        });
    }
    cases.push(Case {
        hook,
        name: "panic while reporting".to_owned(),
        faults: vec![],
        panic_at: Some(report),
        status: "Succeeded",
        reason: None,
    });
    for (kind, name) in [
        (FaultKind::Slow(Duration::from_secs(60)), "a bus that hangs"),
        (FaultKind::AccessDenied, "a bus that refuses"),
    ] {
        cases.push(Case {
            hook,
            name: name.to_owned(),
            faults: vec![fault("PutEvents", kind, None)],
            panic_at: None,
            status: "Succeeded",
            reason: None,
        });
    }
    cases
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_status_whatever_breaks_wherever() {
    let mut left = cases().into_iter();
    let mut running = JoinSet::new();
    let mut wrong = vec![];
    loop {
        // Many at a time: they mostly wait.
        while running.len() < 12
            && let Some(case) = left.next()
        {
            running.spawn(play(case));
        }
        match running.join_next().await {
            Some(result) => wrong.extend(result.unwrap()),
            None => break,
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Plays a case, and says what is wrong about it.
async fn play(case: Case) -> Option<String> {
    let mut stage = match case.hook {
        Hook::AfterAllowTestTraffic => smoke_gate::example().await,
        _ => Stage::new(),
    };
    stage.timeout = TIMEOUT;
    stage.faults = case.faults;
    stage.panic_at = case.panic_at;
    let played = stage.play().await;
    let found = (played.reports, played.status());
    let complain = |what: String| Some(format!("{}: {what}\n  {:#?}", case.name, played.logs));
    if found != (1, case.status) {
        return complain(format!("{found:?} in place of one {}", case.status));
    }
    if played.took() >= TIMEOUT {
        return complain(format!("reported only after {:?}", played.took()));
    }
    let reason = played.reason();
    match case.reason {
        Some(part) if !reason.contains(part) => {
            complain(format!("{reason:?} does not name {part}"))
        }
        _ => None,
    }
}
