//! Which parts of which cards an event tells of.

use std::collections::BTreeMap;

use events::{Event, Kind, Phase, State};

use crate::{
    Action, ActionRun, Approval, Build, Card, Deployment, EcsDeployment, EcsHook, Evidence, Gate,
    GateWords, Image, Instance, Join as _, Key, Notice, Run, Said, Stage, Standing, Task, Tool,
    join::Earliest, key::external_key,
};

/// A part of a card, and what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What it is about, and what it is kept under.
    pub key: Key,
    /// What is known.
    pub card: Card,
}

/// The parts that an event tells of; at least one.
pub fn parts(event: &Event) -> Vec<Part> {
    let mut parts = of(event);
    let place = event.account.clone().zip(event.region.clone());
    for part in &mut parts {
        part.card.place.clone_from(&place);
    }
    parts
}

fn of(event: &Event) -> Vec<Part> {
    let one = |key, card| vec![Part { key, card }];
    match &event.kind {
        Kind::Execution(told) => {
            let run = run(event, &told.state, told.started);
            let mut card = Card {
                execution: Some(told.id.clone()),
                runs: [(told.attempt, run)].into(),
                trigger: told.trigger.clone(),
                ..Card::default()
            };
            failed(&mut card, event, told.attempt, &told.failed);
            one(Key::Execution(told.id.clone()), card)
        }
        Kind::Stage(told) => {
            let run = run(event, &told.state, told.started);
            let stage = Stage {
                runs: [(told.attempt, run)].into(),
                ..Stage::default()
            };
            let mut card = Card {
                execution: Some(told.id.clone()),
                trigger: told.trigger.clone(),
                stages: [(told.stage.clone(), stage)].into(),
                ..Card::default()
            };
            failed(&mut card, event, told.attempt, &told.failed);
            one(Key::Execution(told.id.clone()), card)
        }
        Kind::Action(told) => action(event, told),
        Kind::Approval(told) => {
            let asked = Approval {
                expires: told.expires,
                token: told.token.clone(),
                review: told.review.clone(),
                link: told.link.clone(),
                note: told.note.clone(),
            };
            let action = Action {
                approval: Some(said(event, asked)),
                category: Some("Approval".to_owned()),
                ..Action::default()
            };
            let card = in_stage(&told.stage, &told.action, action);
            let token = told.token.as_deref().unwrap_or_default();
            let names = (&told.pipeline, &told.stage, &told.action);
            one(approval_key(names, token), card)
        }
        Kind::Build(told) => {
            // The phase that it names is the one that it was in when it began, and
            // the next one is told by events of phases only.
            let build = about(event, &told.about, &told.state);
            one(
                Key::Build(told.about.id.clone()),
                of_build(&told.about.id, build),
            )
        }
        Kind::BuildPhase(told) => {
            // That a phase ended says only that the build runs.
            let mut build = about(event, &told.about, &State::of("IN_PROGRESS"));
            build.phase = Some(said(event, told.phase.clone()));
            if told.state.phase == Phase::Failed {
                let words = words(event, &told.context);
                build.failed.insert(told.phase.clone(), words);
            }
            one(
                Key::Build(told.about.id.clone()),
                of_build(&told.about.id, build),
            )
        }
        Kind::Deployment(told) => {
            let mut run = run(event, &told.state, told.created);
            if let (Some(ended), Some(standing)) = (told.ended, &mut run.standing) {
                standing.at = Some(ended);
            }
            let deployment = Deployment {
                run,
                application: told.application.clone(),
                group: told.group.clone(),
                error: told
                    .error
                    .as_ref()
                    .map(|e| (e.code.clone(), e.message.clone())),
                overview: (!told.overview.is_empty()).then(|| said(event, told.overview.clone())),
                ..Deployment::default()
            };
            one(
                Key::Deployment(told.id.clone()),
                of_deployment(&told.id, deployment),
            )
        }
        Kind::Instance(told) => {
            let failed = told.lifecycle.iter();
            let failed = failed.filter(|step| step.state.phase == Phase::Failed);
            let instance = Instance {
                run: run(event, &told.state, None),
                failed: failed.map(|step| (step.name.clone(), true)).collect(),
            };
            let deployment = Deployment {
                application: told.application.clone(),
                group: told.group.clone(),
                instances: [(told.instance.clone(), instance)].into(),
                ..Deployment::default()
            };
            let id = &told.deployment;
            one(Key::Deployment(id.clone()), of_deployment(id, deployment))
        }
        Kind::EcsDeployment(told) => {
            let deployment = EcsDeployment {
                run: run(event, &told.state, None),
                service: Some(told.service.clone()),
                reason: told.reason.clone().map(|reason| said(event, reason)),
                rolled_back: told.is_rollback(),
                ..EcsDeployment::default()
            };
            one(
                ecs_key(&told.deployment),
                of_ecs(&told.deployment, deployment),
            )
        }
        Kind::EcsHook(told) => {
            let hook = EcsHook {
                run: run(event, &told.state, None),
                kind: told.kind.clone(),
                stage: told.stage.clone(),
                expires: told.expires,
            };
            let deployment = EcsDeployment {
                service: Some(told.service.clone()),
                hooks: [(told.hook.clone(), hook)].into(),
                ..EcsDeployment::default()
            };
            one(
                ecs_key(&told.deployment),
                of_ecs(&told.deployment, deployment),
            )
        }
        Kind::Gate(told) => {
            let bad = told
                .outcomes
                .iter()
                .filter(|o| o.state.phase != Phase::Succeeded);
            let evidence = bad.map(|outcome| Evidence {
                check: outcome.check.clone(),
                expected: outcome.expected.clone(),
                got: outcome.got.clone(),
                remedy: outcome.remedy.clone(),
            });
            let gate = Gate {
                run: run(event, &told.state, None),
                said: Some(said(
                    event,
                    GateWords {
                        reason: told.reason.clone().unwrap_or_default(),
                        evidence: evidence.collect(),
                    },
                )),
                task_definition: told.task_definition.clone(),
            };
            let gates = [(told.hook.clone(), gate)].into();
            let id = &told.deployment;
            if id.starts_with("arn:") {
                let deployment = EcsDeployment {
                    gates,
                    ..EcsDeployment::default()
                };
                return one(ecs_key(id), of_ecs(id, deployment));
            }
            let deployment = Deployment {
                application: told.application.clone(),
                group: told.group.clone(),
                gates,
                ..Deployment::default()
            };
            one(Key::Deployment(id.clone()), of_deployment(id, deployment))
        }
        Kind::Tool(told) => tool(event, told),
        Kind::Image(told) => {
            let image = Image {
                actions: [(told.action.clone(), run(event, &told.state, None))].into(),
                tags: told.tag.iter().map(|tag| (tag.clone(), true)).collect(),
                scan: None,
            };
            let id = told.digest.as_deref().or(told.tag.as_deref());
            one(
                image_key(&told.repository, id),
                of_image(&told.repository, image),
            )
        }
        Kind::Scan(told) => {
            let image = Image {
                actions: [("SCAN".to_owned(), run(event, &told.state, None))].into(),
                tags: told.tags.iter().map(|tag| (tag.clone(), true)).collect(),
                scan: Some(said(event, told.findings.clone())),
            };
            let id = told.digest.as_deref();
            one(
                image_key(&told.repository, id),
                of_image(&told.repository, image),
            )
        }
        Kind::Task(told) if is_of_deployment(told) => {
            let id = told.started_by.as_deref().unwrap_or_default();
            one(ecs_key(id), of_ecs(id, task(event, told)))
        }
        Kind::ServiceAction(_)
        | Kind::Task(_)
        | Kind::Reference(_)
        | Kind::PullRequest(_)
        | Kind::Notice(_) => notice(event),
    }
}

fn action(event: &Event, told: &events::Action) -> Vec<Part> {
    let provider = told.provider.as_deref().unwrap_or_default();
    let external = &told.external;
    let run = ActionRun {
        run: run(event, &told.state, told.started),
        id: told.action_execution.clone(),
        external: external.id.clone(),
        url: external.url.clone(),
        summary: external.summary.clone().map(|text| said(event, text)),
        code: external.code.clone(),
    };
    let action = Action {
        runs: [(told.attempt, run)].into(),
        category: told.category.clone(),
        provider: told.provider.clone(),
        approval: None,
    };
    let mut card = in_stage(&told.stage, &told.action, action);
    card.execution = Some(told.id.clone());
    let mut parts = vec![Part {
        key: Key::Execution(told.id.clone()),
        card,
    }];
    // What does the action's work shall know whose work it does.
    let work = external.id.as_deref();
    let work = work.and_then(|id| external_key(provider, id));
    // Captures show the execution of an approval's action as the token.
    let asks = told.category.as_deref() == Some("Approval");
    let asked = told.action_execution.as_deref().filter(|_| asks);
    let asked = asked.map(|token| {
        let names = (&told.id.pipeline, &told.stage, &told.action);
        approval_key(names, token)
    });
    parts.extend(work.into_iter().chain(asked).map(|key| Part {
        key,
        card: Card {
            part_of: Some(Key::Execution(told.id.clone())),
            ..Card::default()
        },
    }));
    parts
}

/// Whether a task says which deployment of a service started it.
fn is_of_deployment(told: &events::Task) -> bool {
    let by = told.started_by.as_deref();
    by.is_some_and(|by| by.starts_with("ecs-svc/"))
}

fn task(event: &Event, told: &events::Task) -> EcsDeployment {
    let containers = told.containers.iter().filter_map(|container| {
        let code = container.exit_code.map(|code| format!("exit code {code}"));
        let told = [code, container.reason.clone()];
        let told: Vec<String> = told.into_iter().flatten().collect();
        (!told.is_empty()).then(|| format!("container {}: {}", container.name, told.join(", ")))
    });
    let reason = told.stopped_reason.clone().into_iter();
    let words: Vec<String> = reason.chain(containers).collect();
    let has_stopped = told.last == "STOPPED";
    let task = Task {
        runs: [(
            told.version.unwrap_or_default(),
            run(event, &State::of(&told.last), None),
        )]
        .into(),
        task_definition: told.task_definition.clone(),
        stopped: has_stopped.then(|| said(event, words.join("; "))),
    };
    let service = told
        .group
        .as_deref()
        .and_then(|g| g.strip_prefix("service:"));
    EcsDeployment {
        service: service.map(|service| events::ServiceName {
            cluster: told.cluster.clone(),
            service: service.to_owned(),
        }),
        tasks: [(told.task.clone(), task)].into(),
        ..EcsDeployment::default()
    }
}

fn tool(event: &Event, told: &events::ToolEvent) -> Vec<Part> {
    let (runs, steps) = match &told.step {
        None => (
            [(told.attempt, run(event, &told.state, None))].into(),
            BTreeMap::new(),
        ),
        Some(step) => {
            let run = run(event, &told.state, None);
            (
                BTreeMap::new(),
                [(step.clone(), [(told.attempt, run)].into())].into(),
            )
        }
    };
    let tool = Tool {
        tool: Some(told.tool.clone()),
        subject: Some(told.subject.clone()),
        runs,
        steps,
        message: told.message.clone().map(|text| said(event, text)),
        url: told.url.clone(),
        commit: told.commit.clone(),
        branch: told.branch.clone(),
        author: told.author.clone(),
    };
    let key = Key::Tool(told.tool.clone(), told.subject.clone(), told.run.clone());
    let card = Card {
        execution: told.execution.clone(),
        tools: [(key.to_string(), tool)].into(),
        ..Card::default()
    };
    // A run that names its execution is a part of that card at once.
    let key = told.execution.clone().map_or(key, Key::Execution);
    vec![Part { key, card }]
}

fn notice(event: &Event) -> Vec<Part> {
    let (source, words, severity) = match &event.kind {
        Kind::ServiceAction(told) => {
            let reason = told
                .reason
                .as_ref()
                .map(|r| format!(": {r}"))
                .unwrap_or_default();
            let words = format!("service {} {}{reason}", told.service.service, told.name);
            ("aws.ecs", words, Some(told.severity))
        }
        Kind::Task(told) => {
            let reason = told.stopped_reason.as_ref().map(|r| format!(": {r}"));
            let words = format!(
                "task {} {}{}",
                told.task,
                told.last,
                reason.unwrap_or_default()
            );
            ("aws.ecs", words, None)
        }
        Kind::Reference(told) => {
            let words = format!("{} {}: {}", told.repository, told.name, told.event);
            ("aws.codecommit", words, None)
        }
        Kind::PullRequest(told) => {
            let title = told.title.as_deref().unwrap_or_default();
            let words = format!(
                "{} #{} {}: {title}",
                told.repository, told.number, told.event
            );
            ("aws.codecommit", words, None)
        }
        Kind::Notice(told) => {
            let words = format!("{} {}", told.detail_type, told.resources.join(", "));
            (told.source.as_str(), words, None)
        }
        // All others have a card of their own kind.
        _ => return Vec::new(),
    };
    let about = match &event.kind {
        Kind::ServiceAction(told) => Some(&told.service.service),
        Kind::Task(told) => Some(&told.task),
        Kind::Reference(told) => Some(&told.repository),
        Kind::PullRequest(told) => Some(&told.repository),
        _ => None,
    };
    let notice = Notice {
        source: Some(source.to_owned()),
        about: about.cloned(),
        words: Some(said(event, words.trim().to_owned())),
        severity,
    };
    let card = Card {
        notices: [(event.id.clone(), notice)].into(),
        ..Card::default()
    };
    vec![Part {
        key: Key::Event(event.id.clone()),
        card,
    }]
}

/// Where something stands by this event. What runs, or has ended without our
/// hearing of its start, has been there at the event's time at the latest.
fn run(event: &Event, state: &State, started: Option<events::Moment>) -> Run {
    Run {
        standing: Some(Standing::new(state, event.at)),
        started: Earliest(started.or(event.at)),
    }
}

fn said<T>(event: &Event, value: T) -> Said<T> {
    Said {
        at: event.at,
        value,
    }
}

fn words(event: &Event, context: &[String]) -> Option<Said<String>> {
    (!context.is_empty()).then(|| said(event, context.join("; ")))
}

fn about(event: &Event, told: &events::AboutBuild, state: &State) -> Build {
    let failed = told.phases.iter();
    let failed = failed.filter(|phase| phase.state.phase == Phase::Failed);
    Build {
        run: run(event, state, told.started),
        project: Some(told.project.clone()),
        number: told.number,
        pipeline: told.pipeline().map(str::to_owned),
        initiator: told.initiator.clone(),
        phase: None,
        failed: failed
            .map(|phase| (phase.phase.clone(), words(event, &phase.context)))
            .collect(),
        log: told.log.group.clone().zip(told.log.stream.clone()),
        log_url: told.log.url.clone(),
    }
}

/// What an event that was made for people says of failed actions.
fn failed(card: &mut Card, event: &Event, attempt: u64, failed: &[events::FailedAction]) {
    for told in failed {
        let Some(stage) = &told.stage else { continue };
        let run = ActionRun {
            summary: told.reason.clone().map(|reason| said(event, reason)),
            ..ActionRun::default()
        };
        let action = Action {
            runs: [(attempt, run)].into(),
            ..Action::default()
        };
        card.join(in_stage(stage, &told.action, action));
    }
}

fn in_stage(stage: &str, name: &str, action: Action) -> Card {
    let stage_node = Stage {
        actions: [(name.to_owned(), action)].into(),
        ..Stage::default()
    };
    Card {
        stages: [(stage.to_owned(), stage_node)].into(),
        ..Card::default()
    }
}

fn of_build(id: &str, build: Build) -> Card {
    Card {
        builds: [(id.to_owned(), build)].into(),
        ..Card::default()
    }
}

fn of_deployment(id: &str, deployment: Deployment) -> Card {
    Card {
        deployments: [(id.to_owned(), deployment)].into(),
        ..Card::default()
    }
}

fn of_ecs(id: &str, deployment: EcsDeployment) -> Card {
    Card {
        ecs_deployments: [(id.to_owned(), deployment)].into(),
        ..Card::default()
    }
}

fn of_image(repository: &str, image: Image) -> Card {
    Card {
        images: [(repository.to_owned(), image)].into(),
        ..Card::default()
    }
}

fn approval_key((pipeline, stage, action): (&String, &String, &String), token: &str) -> Key {
    let token = token.to_owned();
    Key::Approval(pipeline.clone(), stage.clone(), action.clone(), token)
}

fn ecs_key(id: &str) -> Key {
    Key::EcsDeployment(id.to_owned())
}

fn image_key(repository: &str, id: Option<&str>) -> Key {
    Key::Image(repository.to_owned(), id.unwrap_or_default().to_owned())
}
