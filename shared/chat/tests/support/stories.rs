//! Stories as they happen.

use card::{Evidence, Key};
use diagnosis::{CATALOGUE, Diagnosis, Origin};
use events::{ExecutionId, Moment, Phase, Trigger};
use story::{
    Attempt, Failure, Gate, Instances, Link, Question, Rollback, Severity, Source, Stage, Step,
    Story, Trend, Waiting,
};

/// 2026-03-02T09:00:00Z.
const START: i64 = 1_772_442_000_000;

const CONSOLE: &str = "https://eu-west-1.console.aws.amazon.com";

/// All of them, by the names of their snapshots.
pub(crate) fn all() -> Vec<(&'static str, Story)> {
    vec![
        ("running", running()),
        ("waiting", waiting()),
        ("gate-rolled-back", gate_rolled_back()),
        ("failed-build", failed_build()),
        ("failing", failing()),
        ("tried-again", tried_again()),
        ("succeeded-after-retry", succeeded_after_retry()),
        ("recovered", recovered()),
        ("still-broken", still_broken()),
        ("many-stages", many_stages()),
        ("superseded", superseded()),
        ("in-place", in_place()),
        ("ecs-rolling-back", ecs_rolling_back()),
        ("ecs-paused", ecs_paused()),
        ("tool", tool()),
        ("image-scan", image_scan()),
        ("image-pushed", image_pushed()),
        ("notice", notice()),
    ]
}

fn at(second: i64) -> Option<Moment> {
    Some(Moment(START + second * 1000))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

fn link(text: &str, url: &str) -> Link {
    Link {
        text: text.to_owned(),
        url: match url.starts_with('/') {
            true => format!("{CONSOLE}{url}?region=eu-west-1"),
            false => url.to_owned(),
        },
    }
}

fn attempt(number: u64, phase: Phase, times: (i64, Option<i64>)) -> Attempt {
    Attempt {
        number,
        phase,
        word: String::new(),
        started: at(times.0),
        ended: times.1.and_then(at),
    }
}

/// A stage with one action.
fn stage(name: &str, action: &str, attempts: Vec<Attempt>) -> Stage {
    Stage {
        name: name.to_owned(),
        steps: vec![Step {
            name: action.to_owned(),
            provider: None,
            attempts: attempts.clone(),
            url: None,
        }],
        attempts,
    }
}

fn done(name: &str, action: &str, from: i64, to: i64) -> Stage {
    let attempts = vec![attempt(1, Phase::Succeeded, (from, Some(to)))];
    stage(name, action, attempts)
}

fn failure(id: &str, place: &[&str], second: i64) -> Failure {
    Failure {
        id: id.to_owned(),
        place: texts(place),
        attempt: 1,
        mended: false,
        at: at(second),
        why: None,
        remedy: None,
        diagnoses: Vec::new(),
        checks: Vec::new(),
        words: Vec::new(),
        log: Vec::new(),
        missing: Vec::new(),
        links: Vec::new(),
    }
}

/// A failure that is in the catalogue.
fn known(mut failure: Failure, name: &str, evidence: &str) -> Failure {
    let known = CATALOGUE.iter().find(|known| known.name == name).unwrap();
    failure.why = text(known.happened);
    failure.remedy = text(known.remedy);
    failure.diagnoses = vec![Diagnosis {
        failure: known,
        origin: Origin::Action,
        evidence: evidence.to_owned(),
    }];
    failure
}

fn story(key: Key, source: Source, name: &str, phase: Phase) -> Story {
    let severity = match phase {
        Phase::Failed => Severity::Error,
        _ => Severity::Info,
    };
    Story {
        key,
        source,
        name: name.to_owned(),
        run: None,
        applications: Vec::new(),
        account: text("123456789012"),
        region: text("eu-west-1"),
        phase,
        word: String::new(),
        severity,
        attempt: 1,
        trend: None,
        started: at(0),
        ended: None,
        trigger: None,
        stages: Vec::new(),
        running: Vec::new(),
        waiting: Vec::new(),
        failures: Vec::new(),
        rollback: None,
        instances: None,
        gates: Vec::new(),
        notes: Vec::new(),
        links: Vec::new(),
    }
}

/// An execution of a pipeline with a commit.
fn pipeline(phase: Phase) -> Story {
    let execution = "5e1c3f9a-7b2d-4e6f-8091-a2b3c4d5e6f7";
    let id = ExecutionId {
        pipeline: "shop".to_owned(),
        execution: execution.to_owned(),
    };
    let commit = "4be1f2a9c07d5e8836d1f0a2b9c4e7d10f3a6b58";
    let page = format!("/codesuite/codepipeline/pipelines/shop/executions/{execution}/timeline");
    let source = format!("https://github.com/example/shop/commit/{commit}");
    Story {
        run: text(execution),
        ended: at(753).filter(|_| phase.is_end()),
        trigger: Some(Trigger {
            kind: text("Webhook"),
            author: text("Ada Byron"),
            commit: text(commit),
            message: text("Charge in the currency of the order\n\nIt was always euros."),
            branch: text("main"),
            repository: text("example/shop"),
            provider: text("GitHub"),
            ..Trigger::default()
        }),
        stages: vec![done("Source", "Checkout", 2, 6)],
        links: vec![link("Execution", &page), link("Commit", &source)],
        ..story(Key::Execution(id), Source::Pipeline, "shop", phase)
    }
}

fn running() -> Story {
    let mut story = pipeline(Phase::Running);
    story.stages.push(done("Build", "Compile", 6, 131));
    let now = vec![attempt(1, Phase::Running, (132, None))];
    story.stages.push(stage("Deploy", "ToEcs", now));
    story.running = vec![texts(&["Deploy", "ToEcs", "AfterAllowTestTraffic"])];
    story.gates = vec![Gate {
        hook: "BeforeInstall".to_owned(),
        phase: Phase::Succeeded,
        reason: "4 checks passed".to_owned(),
        version: text("shop:43"),
    }];
    story
}

fn waiting() -> Story {
    let mut story = pipeline(Phase::Running);
    story.severity = Severity::Warning;
    story.stages.push(done("Build", "Compile", 6, 131));
    let now = vec![attempt(1, Phase::Waiting, (132, None))];
    story.stages.push(stage("Release", "Approve", now));
    story.waiting = vec![Waiting {
        id: "approval/Release/Approve/1".to_owned(),
        question: Question::Approval,
        place: texts(&["Release", "Approve"]),
        until: at(7 * 86_400),
        note: text("Look at the checkout first: prices are new."),
        links: vec![
            link("Review", "/codesuite/codepipeline/pipelines/shop/view"),
            link("What it is about", "https://staging.example.com/checkout"),
        ],
    }];
    story
}

fn gate_rolled_back() -> Story {
    let mut story = pipeline(Phase::Failed);
    story.trend = Some(Trend::Broke);
    story.applications = texts(&["shop"]);
    story.stages.push(done("Build", "Compile", 6, 131));
    let now = vec![attempt(1, Phase::Failed, (132, Some(752)))];
    story.stages.push(stage("Deploy", "ToEcs", now));
    let check = |check: &str, expected: &str, got: &str| Evidence {
        check: check.to_owned(),
        expected: text(expected),
        got: text(got),
        remedy: None,
    };
    story.failures = vec![Failure {
        why: text("2 of 14 smoke tests failed."),
        remedy: text("Compare the answers with what smoke/checkout.hurl expects."),
        checks: vec![
            check("smoke/checkout.hurl:12", "HTTP 201", "HTTP 500"),
            check("smoke/checkout.hurl:15", "$.currency == \"GBP\"", "\"EUR\""),
        ],
        words: texts(&["Hook AfterAllowTestTraffic reported Failed."]),
        links: vec![link(
            "Deployment",
            "/codesuite/codedeploy/deployments/d-8A1B2C3D4",
        )],
        ..failure(
            "action/Deploy/ToEcs/1",
            &["Deploy", "ToEcs", "d-8A1B2C3D4", "AfterAllowTestTraffic"],
            700,
        )
    }];
    story.rollback = Some(Rollback {
        failed: text("shop:43"),
        serves: text("shop:42"),
        deployment: text("d-9E8D7C6B5"),
        message: text("Deployment d-8A1B2C3D4 failed. Traffic is with the original task set."),
    });
    let gate = |hook: &str, phase: Phase, reason: &str| Gate {
        hook: hook.to_owned(),
        phase,
        reason: reason.to_owned(),
        version: text("shop:43"),
    };
    story.gates = vec![
        gate("BeforeInstall", Phase::Succeeded, "4 checks passed"),
        gate(
            "AfterAllowTestTraffic",
            Phase::Failed,
            "2 of 14 smoke tests failed.",
        ),
    ];
    story
}

pub(crate) fn failed_build() -> Story {
    let mut story = pipeline(Phase::Failed);
    let now = vec![attempt(1, Phase::Failed, (6, Some(121)))];
    story.stages.push(stage("Build", "Compile", now));
    let place = ["Build", "Compile", "BUILD"];
    let said = "COMMAND_EXECUTION_ERROR: Error while executing command: docker build -t shop . \
                Reason: exit status 1";
    let log = "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the \
               docker daemon running?";
    story.failures = vec![Failure {
        words: texts(&[said, "Build terminated with state: FAILED"]),
        log: texts(&[
            "[Container] 2026/03/02 09:01:51 Running command docker build -t shop .",
            log,
            "",
            "[Container] 2026/03/02 09:01:52 Command did not exit successfully",
            "[Container] 2026/03/02 09:01:52 Phase complete: BUILD State: FAILED",
        ]),
        missing: texts(&["codepipeline:ListActionExecutions is not allowed"]),
        links: vec![
            link(
                "Build",
                "/codesuite/codebuild/projects/shop-build/build/shop-build:0b0c7f57",
            ),
            link("Log", "/cloudwatch/home"),
        ],
        ..known(
            failure("action/Build/Compile/1", &place, 120),
            "docker-not-privileged",
            log,
        )
    }];
    story
}

/// One of two actions has failed, and the other still runs.
fn failing() -> Story {
    let mut story = pipeline(Phase::Running);
    story.severity = Severity::Error;
    let mut now = stage(
        "Test",
        "Unit",
        vec![attempt(1, Phase::Failed, (6, Some(60)))],
    );
    now.steps.extend(
        stage(
            "Test",
            "Browser",
            vec![attempt(1, Phase::Running, (6, None))],
        )
        .steps,
    );
    now.attempts = vec![attempt(1, Phase::Running, (6, None))];
    story.stages.push(now);
    story.running = vec![texts(&["Test", "Browser", "BUILD"])];
    story.failures = vec![Failure {
        why: text("3 tests failed <in cart & checkout>"),
        ..failure("action/Test/Unit/1", &["Test", "Unit"], 60)
    }];
    story
}

/// The second attempt runs at what failed at the first.
fn tried_again() -> Story {
    let mut story = failed_build();
    story.phase = Phase::Running;
    story.severity = Severity::Info;
    story.ended = None;
    story.attempt = 2;
    let now = attempt(2, Phase::Running, (900, None));
    story.stages[1].attempts.push(now);
    story.running = vec![texts(&["Build", "Compile", "PRE_BUILD"])];
    story
}

fn succeeded_after_retry() -> Story {
    let mut story = tried_again();
    story.phase = Phase::Succeeded;
    story.ended = at(1500);
    story.running.clear();
    story.failures[0].mended = true;
    story.stages[1].attempts[1] = attempt(2, Phase::Succeeded, (900, Some(1020)));
    story.stages.push(done("Deploy", "ToEcs", 1020, 1500));
    story
}

fn recovered() -> Story {
    let mut story = pipeline(Phase::Succeeded);
    story.stages.push(done("Build", "Compile", 6, 131));
    story.stages.push(done("Deploy", "ToEcs", 132, 752));
    story.trend = Some(Trend::Recovered {
        after: 2,
        since: at(-90_000),
    });
    story
}

fn still_broken() -> Story {
    let mut story = pipeline(Phase::Failed);
    story.trend = Some(Trend::StillBroken {
        times: 3,
        since: at(-90_000),
    });
    let now = vec![attempt(1, Phase::Failed, (6, Some(750)))];
    story.stages.push(stage("Deploy", "ToEcs", now));
    story.failures = vec![failure("action/Deploy/ToEcs/1", &["Deploy", "ToEcs"], 750)];
    story
}

fn many_stages() -> Story {
    let mut story = pipeline(Phase::Running);
    for n in 0..20 {
        let name = format!("Region-{n}");
        let from = 10 + n * 60;
        story.stages.push(done(&name, "Deploy", from, from + 55));
    }
    let now = vec![attempt(1, Phase::Running, (1300, None))];
    story.stages.push(stage("Verify", "Smoke", now));
    story.running = vec![texts(&["Verify", "Smoke"]), texts(&["Verify", "Load"])];
    story
}

fn superseded() -> Story {
    let mut story = pipeline(Phase::Stopped);
    story.word = "SUPERSEDED".to_owned();
    story
}

fn in_place() -> Story {
    let id = "d-75I7MBT7C";
    let page = format!("/codesuite/codedeploy/deployments/{id}");
    let mut story = Story {
        run: text(id),
        applications: texts(&["shop"]),
        started: at(0),
        ended: at(245),
        links: vec![link("Deployment", &page)],
        ..story(
            Key::Deployment(id.to_owned()),
            Source::Deployment,
            "shop",
            Phase::Failed,
        )
    };
    story.instances = Some(Instances {
        all: 5,
        succeeded: 3,
        failed: 1,
        running: 1,
    });
    story.failures = vec![Failure {
        words: texts(&["HEALTH_CONSTRAINTS: too few healthy instances are available"]),
        ..known(
            failure("deployment/d-75I7MBT7C", &["shop", "ApplicationStart"], 240),
            "health-constraints",
            "HEALTH_CONSTRAINTS: too few healthy instances are available",
        )
    }];
    story
}

fn ecs_rolling_back() -> Story {
    let id = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/live/shop/0EYSiB0qap8xf";
    let reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.";
    Story {
        run: text("0EYSiB0qap8xf"),
        severity: Severity::Error,
        failures: vec![known(
            failure("ecs/1", &["shop"], 300),
            "circuit-breaker",
            reason,
        )],
        rollback: Some(Rollback {
            failed: text("shop:43"),
            serves: None,
            deployment: text("ecs-svc/1"),
            message: text(reason),
        }),
        notes: texts(&[
            reason,
            "3 tasks of shop:43 stopped: Essential container in task exited",
        ]),
        links: vec![link(
            "Service",
            "/ecs/v2/clusters/live/services/shop/deployments",
        )],
        ..story(
            Key::EcsDeployment(id.to_owned()),
            Source::Ecs,
            "shop",
            Phase::Running,
        )
    }
}

fn ecs_paused() -> Story {
    let page = link("Service", "/ecs/v2/clusters/live/services/shop/deployments");
    Story {
        run: text("0EYSiB0qap8xf"),
        severity: Severity::Warning,
        waiting: vec![Waiting {
            id: "pause/1/hook".to_owned(),
            question: Question::Pause,
            place: texts(&["shop", "POST_TEST_TRAFFIC_SHIFT"]),
            until: at(3600),
            note: None,
            links: vec![page.clone()],
        }],
        links: vec![page],
        ..story(
            Key::EcsDeployment("ecs-svc/1".to_owned()),
            Source::Ecs,
            "shop",
            Phase::Waiting,
        )
    }
}

fn tool() -> Story {
    let key = Key::Tool("jenkins".to_owned(), "nightly".to_owned(), "214".to_owned());
    Story {
        run: text("214"),
        account: None,
        region: None,
        ended: at(1800),
        trigger: Some(Trigger {
            branch: text("main"),
            ..Trigger::default()
        }),
        stages: vec![done("checkout", "", 0, 9), done("database", "", 9, 1800)],
        notes: texts(&["412 rows moved, none left behind"]),
        links: vec![link("Run", "https://jenkins.example.com/job/nightly/214/")],
        ..story(key, Source::Tool, "nightly", Phase::Succeeded)
    }
}

fn image_scan() -> Story {
    Story {
        severity: Severity::Error,
        notes: texts(&[
            "tags: 1.4.2, latest",
            "SCAN: COMPLETE",
            "scan: 1 CRITICAL, 9 MEDIUM",
        ]),
        ended: at(0),
        links: vec![link("Image", "/ecr/repositories/private/123456789012/shop")],
        ..story(
            Key::Image("shop".to_owned(), "sha256:4be1".to_owned()),
            Source::Image,
            "shop",
            Phase::Succeeded,
        )
    }
}

fn image_pushed() -> Story {
    Story {
        severity: Severity::Info,
        notes: texts(&["tags: 1.4.2", "PUSH: SUCCESS"]),
        ..image_scan()
    }
}

fn notice() -> Story {
    Story {
        severity: Severity::Warning,
        started: at(0),
        ended: at(0),
        notes: texts(&[
            "Backup Job State Change arn:aws:backup:eu-west-1:123456789012:recovery-point:1d0f",
        ]),
        ..story(
            Key::Event("1d0f".to_owned()),
            Source::Other,
            "aws.backup",
            Phase::Unknown,
        )
    }
}
