//! `greenlight rehearse`: a whole blue/green deployment on this machine.

mod channel;
mod crew;
mod folder;
mod report;
mod scene;
mod screen;
mod timeline;

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use local_aws::{Fault as AwsFault, FaultKind, LocalAws, Setup, UnknownHook, Update};
use serde_json::Value;
use tokio::{sync::mpsc::UnboundedReceiver, time::timeout};
use world::{Event, Millis, Pace, PipelineDeploy, TargetState, World};

use crate::{
    FAILED,
    args::{Rehearse, UnknownHooks},
    fault::Fault,
    functions,
    input::InputError,
    show::Tone,
    traffic::Traffic,
};
use channel::Channel;
pub(crate) use crew::Crew;
use report::Report;
use scene::BUCKET;
pub(crate) use scene::Scene;
use screen::Screen;
use timeline::Timeline;

/// How long blue may take until it serves.
const BLUE_LIMIT: Duration = Duration::from_secs(20);

/// How long the pipeline around the deployment may take for what it does itself.
const PIPELINE_LIMIT: Duration = Duration::from_secs(20);

/// So many requests go before the deployment, and as many after it.
const SOME: u64 = 5;

/// A minute of a deployment configuration lasts this long here.
const MINUTE: Duration = Duration::from_secs(1);

/// The operations that a gate calls: what a fault of all of AWS's APIs hits.
const OPERATIONS: &[&str] = &[
    "GetDeployment",
    "ListDeploymentTargets",
    "GetDeploymentGroup",
    "DescribeServices",
    "DescribeServiceRevisions",
    "DescribeTaskDefinition",
    "DescribeTargetGroups",
    "DescribeListeners",
    "DescribeRules",
    "DescribeLoadBalancers",
    "DescribeTargetHealth",
    "GetObject",
    "ListObjectsV2",
    "GetSecretValue",
    "PutLifecycleEventHookExecutionStatus",
    "PutEvents",
];

/// Rehearses, and returns how it ended.
pub(crate) async fn run(args: &Rehearse) -> Result<ExitCode, InputError> {
    let scene = Scene::read(args)?;
    let mut screen = Screen::new(args.json);
    let mut report = Report::new(args.native, &scene.remarks);
    let now = now();
    let (mut world, green) = scene.world(now)?;
    world.pace = Pace { minute: MINUTE };
    world.hook_timeout = args.timeout + Duration::from_secs(10);
    // A revision that ECS won't take is found out where CodeDeploy does.
    world.refuse_early = false;
    world.faults.stale_test_listener = args.fault.contains(&Fault::StaleListener);
    let mut setup = Setup::new(world, Arc::new(Crew::new(args, &green).await?));
    setup.buckets.insert(BUCKET.to_owned());
    setup.unknown_hooks = match args.unknown_hooks {
        UnknownHooks::Fail => UnknownHook::Fail,
        UnknownHooks::Succeed => UnknownHook::Succeed,
    };
    setup.functions = functions(args, &scene)?;
    let mut channel = Channel::open().await?;
    channel.join(&mut setup, args, now)?;
    // The stack's bucket is there, also without a plan in it.
    setup.buckets.insert(BUCKET.to_owned());
    // All of the input is read, and none of it wrong.
    for remark in &scene.remarks {
        screen.say(Tone::Quiet, &format!("note: {remark}"));
    }
    let local = LocalAws::start(setup)
        .await
        .map_err(|error| InputError::new(format!("could not start the local AWS: {error}")))?;
    Channel::listen(&local)?;
    let blue = args.blue.as_ref().map(ToString::to_string);
    let blue = blue.as_deref().unwrap_or("the example's blue");
    let production = blue_serves(&local, blue).await?;
    // What went before is no part of the rehearsal.
    let mut updates = local.subscribe();
    while updates.try_recv().is_ok() {}
    for fault in &args.fault {
        aws_faults(fault).into_iter().for_each(|fault| {
            local.faults().add(fault);
        });
    }
    let mut traffic = Traffic::start(client()?, production.clone());
    traffic.flow(SOME).await;
    screen.say(
        Tone::Plain,
        &format!(
            "{}/{}: blue serves at {production}, green is {}, {}",
            scene.options.application,
            scene.options.group,
            timeline::short(&green),
            args.deployment_config,
        ),
    );
    let deploy = match args.native {
        false => {
            PipelineDeploy::CodeDeploy(Box::new(scene.request(&args.deployment_config, &green)))
        }
        true => PipelineDeploy::Native(scene.native_request(&green)),
    };
    let plan = channel::pipeline(&scene.options.application, deploy);
    let execution = local.start_pipeline(plan);
    let (deployment, started) = deployed(&local, &execution).await?;
    report.begin(&deployment, started);
    let stage = Stage {
        timeline: Timeline::new(started, args.native),
        deployment,
        held: None,
    };
    stage
        .watch(
            &local,
            (&mut updates, &mut channel),
            &mut screen,
            &mut report,
        )
        .await;
    traffic.flow(SOME).await;
    let count = traffic.stop();
    report.end(self::now(), count);
    local.pipeline_over(&execution, PIPELINE_LIMIT).await;
    channel.settle(&local).await;
    report.told(channel.messages());
    local.shutdown().await;
    screen.finish(&report);
    Ok(match report.succeeded() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    })
}

/// Follows one deployment to its end.
struct Stage {
    timeline: Timeline,
    deployment: String,
    /// What happened after a hook reported and before its verdict was read
    /// from its log, which comes another way and a little later.
    held: Option<Held>,
}

struct Held {
    execution: String,
    since: Millis,
    updates: Vec<Update>,
}

impl Stage {
    async fn watch(
        mut self,
        local: &LocalAws,
        (updates, channel): (&mut UnboundedReceiver<Update>, &mut Channel),
        screen: &mut Screen,
        report: &mut Report,
    ) {
        loop {
            let limit = match self.held {
                Some(_) => Duration::from_secs(2),
                None => Duration::MAX,
            };
            let update = tokio::select! {
                update = timeout(limit, updates.recv()) => update,
                () = channel.changed() => {
                    for news in channel.news() {
                        let line = self.timeline.told(now(), channel::CHANNEL, &news);
                        screen.say(line.tone, &line.text);
                    }
                    continue;
                }
            };
            match update {
                Ok(Some(update)) => self.take(update, screen, report),
                Ok(None) => break,
                Err(_) => self.release(screen, report),
            }
            if self.held.is_none() && report.is_over() {
                // A rollback begins right after the end of what it undoes.
                let rollback = local.read(|world| {
                    let info = world.deployment(&self.deployment)?.rollback.as_ref()?;
                    info.rollback_deployment_id.clone()
                });
                rollback
                    .iter()
                    .for_each(|rollback| report.expect_rollback(rollback));
                if report.is_over() {
                    break;
                }
            }
        }
    }

    fn take(&mut self, update: Update, screen: &mut Screen, report: &mut Report) {
        match (&mut self.held, &update) {
            (Some(held), Update::Log(line)) => {
                let verdict = logged(&line.text, "verdict").is_some();
                let since = held.since;
                self.show(&update, since, screen, report);
                if verdict {
                    self.release(screen, report);
                }
            }
            (Some(held), Update::Invoked { execution, .. }) if held.execution == *execution => {
                self.release(screen, report);
            }
            (Some(held), _) => held.updates.push(update),
            (None, Update::Happened(happening)) => match &happening.what {
                Event::HookReported {
                    execution,
                    function,
                    deployment,
                    ..
                } if functions::carried(function).is_some()
                    && *deployment == self.deployment
                    && !report.has_verdict(execution) =>
                {
                    self.held = Some(Held {
                        execution: execution.clone(),
                        since: happening.at,
                        updates: vec![update],
                    });
                }
                _ => self.show(&update, now(), screen, report),
            },
            (None, _) => self.show(&update, now(), screen, report),
        }
    }

    fn release(&mut self, screen: &mut Screen, report: &mut Report) {
        let Some(held) = self.held.take() else {
            return;
        };
        for update in held.updates {
            self.show(&update, held.since, screen, report);
        }
    }

    fn show(&mut self, update: &Update, at: Millis, screen: &mut Screen, report: &mut Report) {
        report.take(update);
        match update {
            Update::Happened(happening) => {
                if let Event::StepStarted { step, .. } = &happening.what {
                    screen.now(step.as_str());
                }
                if let Some(line) = self.timeline.happening(happening) {
                    screen.say(line.tone, &line.text);
                }
            }
            // What the notifier does shows in its channel.
            Update::Log(line) if line.function == channel::NOTIFIER => {
                if let Some(why) = broken(&line.text) {
                    let line = self.timeline.line(at, Tone::Bad, "", &format!("  {why}"));
                    screen.say(line.tone, &line.text);
                }
            }
            Update::Log(line) => {
                if let Some(value) = logged(&line.text, "probe") {
                    screen.probed(&value);
                }
                for line in self.timeline.logged(at, &line.text) {
                    screen.say(line.tone, &line.text);
                }
            }
            Update::UnknownHook {
                step,
                function,
                answered,
                ..
            } => {
                let text = report::unknown(function, *answered);
                let line = self.timeline.line(at, Tone::Bad, step, &text);
                screen.say(line.tone, &line.text);
            }
            Update::Invoked {
                failure: Some(why), ..
            }
            | Update::InvokedLater {
                failure: Some(why), ..
            }
            | Update::Fed {
                failure: Some(why), ..
            } => {
                let line = self.timeline.line(at, Tone::Bad, "", &format!("  {why}"));
                screen.say(line.tone, &line.text);
            }
            Update::Invoked { .. }
            | Update::InvokedLater { .. }
            | Update::Fed { .. }
            | Update::EventPut(_) => {}
        }
    }
}

/// Waits until the pipeline has made its deployment; answers its id and when it
/// was made.
async fn deployed(local: &LocalAws, execution: &str) -> Result<(String, Millis), InputError> {
    let made = |world: &World| {
        let execution = world.pipeline_execution(execution)?;
        let deploy = execution
            .actions
            .iter()
            .find(|action| action.stage == "Deploy")?;
        // CodePipeline names ECS's deployment by the id that its tasks have.
        let native = world.service_deployments.last();
        let of = |id: &String| native.map_or_else(|| id.clone(), |own| own.arn.clone());
        match (&deploy.result.external_id, deploy.status.is_over()) {
            (Some(id), _) => Some(Ok((of(id), deploy.started_at))),
            (None, true) => Some(Err(deploy.result.error_message.clone())),
            (None, false) => None,
        }
    };
    let refused = |why: Option<String>| {
        InputError::new(why.unwrap_or_else(|| "the pipeline made no deployment".to_owned()))
    };
    match local.wait_for(PIPELINE_LIMIT, made).await {
        Some(made) => made.map_err(refused),
        None => Err(refused(None)),
    }
}

/// What a line of the notifier's log says went wrong.
fn broken(text: &str) -> Option<String> {
    let line: Value = serde_json::from_str(text).ok()?;
    let why = line["why"].as_str().unwrap_or_default();
    let message = line["message"].as_str().unwrap_or_default();
    (line["level"] == "ERROR").then(|| format!("{}: {message}: {why}", channel::NOTIFIER))
}

/// A line of a function's log, if it is one with this message.
pub(crate) fn logged(text: &str, message: &str) -> Option<Value> {
    let line: Value = serde_json::from_str(text).ok()?;
    (line["message"] == message).then_some(line)
}

/// The functions that the hooks name, under the names that they are called by.
fn functions(
    args: &Rehearse,
    scene: &Scene,
) -> Result<BTreeMap<String, local_aws::FunctionSpec>, InputError> {
    let mut found = BTreeMap::new();
    for entry in &scene.hooks {
        let Some(carried) = functions::carried(&entry.function) else {
            continue;
        };
        let env = [("GREENLIGHT_PLANS".to_owned(), format!("s3://{BUCKET}"))];
        let spec = functions::spec(carried, args.bin_dir.as_deref(), args.timeout, env.into())?;
        found.insert(functions::name_of(&entry.function).to_owned(), spec);
    }
    Ok(found)
}

/// Waits until production serves blue, and returns where.
pub(crate) async fn blue_serves(local: &LocalAws, blue: &str) -> Result<String, InputError> {
    let healthy = |world: &World| {
        let listener = world.listeners.first()?;
        let (group, _) = world
            .shares(&listener.arn)
            .into_iter()
            .find(|(_, share)| *share > 0.0)?;
        let group = world.target_group(&group)?;
        let well = |target: &&world::Target| target.state == TargetState::Healthy;
        let all = world.services.first()?.desired_count as usize;
        let well = group.targets.iter().filter(|target| well(target)).count();
        (well == all && all > 0).then_some(listener.port)
    };
    let port = local.wait_for(BLUE_LIMIT, healthy).await.ok_or_else(|| {
        InputError::new(format!(
            "{blue} is not healthy after {} seconds, so there is nothing to deploy over",
            BLUE_LIMIT.as_secs()
        ))
    })?;
    Ok(format!("http://127.0.0.1:{port}/"))
}

/// What a fault means for AWS's APIs.
fn aws_faults(fault: &Fault) -> Vec<AwsFault> {
    let each = |kind, times| {
        OPERATIONS
            .iter()
            .map(move |operation| AwsFault {
                operation: Some((*operation).to_owned()),
                kind,
                times,
            })
            .collect()
    };
    let one = |operation: &str, kind, times| {
        vec![AwsFault {
            operation: Some(operation.to_owned()),
            kind,
            times,
        }]
    };
    match fault {
        Fault::Green(_) | Fault::StaleListener => vec![],
        Fault::Throttling => each(FaultKind::Throttle, Some(2)),
        Fault::DroppedAnswers => each(FaultKind::DropAnswer, Some(1)),
        Fault::SlowAnswers(time) => vec![AwsFault {
            operation: None,
            kind: FaultKind::Slow(*time),
            times: None,
        }],
        Fault::AccessDenied(action) => one(action, FaultKind::AccessDenied, None),
        Fault::StatusFails(times) => one(
            "PutLifecycleEventHookExecutionStatus",
            FaultKind::ServerError,
            Some(*times),
        ),
    }
}

/// The client of the traffic: one that keeps its connections, as users do.
fn client() -> Result<reqwest::Client, InputError> {
    let tls = lambda::tls_config();
    lambda::http_client(&tls).map_err(|error| InputError::new(error.to_string()))
}

pub(crate) fn now() -> Millis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
