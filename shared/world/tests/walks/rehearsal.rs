//! Surroundings for a world: tasks that start, functions that answer, a clock
//! that jumps to whatever is due.

use std::collections::BTreeMap;
use std::time::Duration;

use greenlight_world::{
    DeploymentStatus, Effect, Event, ExampleOptions, FunctionResult, LifecycleEventName,
    LifecycleEventStatus, Millis, Traffic, World,
};
use serde_json::{Value, json};

/// What a function does when it is called.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Reports this status, or answers with it.
    Status(&'static str),
    /// Answers this (ECS's own hooks).
    Answer(Value),
    /// Fails with an error.
    Error,
    /// Says nothing.
    Silence,
}

/// A call of a function that the world asked for.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// When.
    pub(crate) at: Millis,
    /// At which lifecycle event or stage.
    pub(crate) step: &'static str,
    /// The id of the execution.
    pub(crate) execution: String,
    /// The event, parsed.
    pub(crate) payload: Value,
    /// Production weights at that moment, by target group name.
    pub(crate) production: Vec<(String, u32)>,
}

pub(crate) struct Rehearsal {
    pub(crate) world: World,
    pub(crate) options: ExampleOptions,
    pub(crate) now: Millis,
    /// What the function at a step replies, call after call; the last reply
    /// stays. `SUCCEEDED` where nothing is said.
    pub(crate) replies: BTreeMap<&'static str, Vec<Reply>>,
    pub(crate) calls: Vec<Call>,
    /// Whether green's tasks start.
    pub(crate) green_starts: bool,
    next_port: u16,
}

pub(crate) const ALL_HOOKS: [(LifecycleEventName, &str); 5] = [
    (LifecycleEventName::BeforeInstall, "before-install"),
    (LifecycleEventName::AfterInstall, "after-install"),
    (
        LifecycleEventName::AfterAllowTestTraffic,
        "after-allow-test-traffic",
    ),
    (
        LifecycleEventName::BeforeAllowTraffic,
        "before-allow-traffic",
    ),
    (LifecycleEventName::AfterAllowTraffic, "after-allow-traffic"),
];

impl Rehearsal {
    /// The example with blue up and healthy.
    pub(crate) fn new(options: ExampleOptions) -> Rehearsal {
        let now = Millis(1_000_000);
        let mut rehearsal = Rehearsal {
            world: World::example_with(&options, now),
            options,
            now,
            replies: BTreeMap::new(),
            calls: Vec::new(),
            green_starts: true,
            next_port: 20_000,
        };
        rehearsal.settle();
        rehearsal
    }

    pub(crate) fn reply(mut self, step: &'static str, replies: &[Reply]) -> Rehearsal {
        self.replies.insert(step, replies.to_vec());
        self
    }

    /// Deploys with all five hooks and goes on until all is over.
    pub(crate) fn deploy(&mut self) -> String {
        let request = self.options.deploy_request(&ALL_HOOKS);
        let id = self.world.deploy(self.now, request).expect("accepted");
        self.run();
        id
    }

    pub(crate) fn deploy_native(&mut self) -> String {
        let request = self.options.native_request();
        let arn = self
            .world
            .deploy_native(self.now, request)
            .expect("accepted");
        self.run();
        arn
    }

    /// Goes on until no deployment is under way and nothing is left to do.
    pub(crate) fn run(&mut self) {
        for _ in 0..10_000 {
            self.settle();
            if !self.world.is_deploying() {
                return;
            }
            let due = self
                .world
                .next_due()
                .expect("a deployment under way is waiting for something");
            assert!(
                due > self.now,
                "due at {due}, but it is {} already",
                self.now
            );
            self.now = due;
        }
        panic!("no end");
    }

    /// Does everything that is to be done now.
    pub(crate) fn settle(&mut self) {
        for _ in 0..10_000 {
            let effects = self.world.advance(self.now);
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                self.perform(effect);
            }
        }
        panic!("no rest");
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::StartTask {
                task,
                task_definition_arn,
                ..
            } => {
                if self.green_starts || task_definition_arn.ends_with(":1") {
                    self.next_port += 1;
                    assert!(
                        self.world
                            .task_running(&task, "127.0.0.1", self.next_port, self.now)
                    );
                }
            }
            Effect::StopTask { task } => {
                assert!(self.world.task_stopped(&task, Some(0), "", self.now));
            }
            Effect::InvokeHook {
                deployment,
                event,
                execution,
                payload,
                ..
            } => {
                let call = self.called(event.as_str(), &execution, &payload);
                match self.next_reply(event.as_str()) {
                    Reply::Status(status) => {
                        (self
                            .world
                            .put_hook_status(&deployment, &call, status, self.now))
                        .expect("accepted");
                    }
                    Reply::Error => {
                        let error = FunctionResult::Failed("panicked".to_owned());
                        self.world.hook_function_returned(&call, error, self.now);
                    }
                    Reply::Answer(_) | Reply::Silence => {}
                }
            }
            Effect::InvokeNativeHook {
                stage,
                execution,
                payload,
                ..
            } => {
                let call = self.called(stage.as_str(), &execution, &payload);
                let result = match self.next_reply(stage.as_str()) {
                    Reply::Status(status) => {
                        let status = match status {
                            "Succeeded" => "SUCCEEDED",
                            "Failed" => "FAILED",
                            other => other,
                        };
                        FunctionResult::Returned(json!({ "hookStatus": status }))
                    }
                    Reply::Answer(answer) => FunctionResult::Returned(answer),
                    Reply::Error => FunctionResult::Failed("panicked".to_owned()),
                    Reply::Silence => return,
                };
                assert!(self.world.hook_function_returned(&call, result, self.now));
            }
            Effect::InvokeLater { .. } => panic!("there are no rules"),
        }
    }

    fn called(&mut self, step: &'static str, execution: &str, payload: &str) -> String {
        let production = self.weights(Traffic::Production);
        self.calls.push(Call {
            at: self.now,
            step,
            execution: execution.to_owned(),
            payload: serde_json::from_str(payload).expect("JSON"),
            production,
        });
        execution.to_owned()
    }

    fn next_reply(&mut self, step: &str) -> Reply {
        match self.replies.get_mut(step) {
            Some(replies) if replies.len() > 1 => replies.remove(0),
            Some(replies) => replies[0].clone(),
            None => Reply::Status("Succeeded"),
        }
    }

    /// The weights of the production or the test listener, by colour.
    pub(crate) fn weights(&self, traffic: Traffic) -> Vec<(String, u32)> {
        let port = match traffic {
            Traffic::Production => Some(self.options.production_port),
            Traffic::Test => self.options.test_port,
        };
        let listener = self.world.listeners.iter().find(|l| Some(l.port) == port);
        (listener.map_or(&[][..], |l| &l.forwards).iter())
            .map(|f| (colour(&self.world, &f.target_group_arn), f.weight))
            .collect()
    }

    /// Each position of the production or the test listener, with the time
    /// since the first: green's weight.
    pub(crate) fn moves(&self, traffic: Traffic) -> Vec<(Duration, u32)> {
        let mut first = None;
        (self.world.history.iter())
            .filter_map(|h| match &h.what {
                Event::ListenerMoved {
                    traffic: t,
                    forwards,
                    ..
                } if *t == traffic => {
                    let first = *first.get_or_insert(h.at);
                    let green = (forwards.iter())
                        .filter(|f| colour(&self.world, &f.target_group_arn) == "green")
                        .map(|f| f.weight)
                        .sum();
                    Some((h.at.since(first), green))
                }
                _ => None,
            })
            .collect()
    }

    /// The statuses of a deployment's lifecycle events, a letter each.
    pub(crate) fn lifecycle(&self, id: &str) -> String {
        let letter = |s: LifecycleEventStatus| match s {
            LifecycleEventStatus::Skipped => '-',
            s => s.as_str().chars().next().unwrap(),
        };
        self.world
            .deployment(id)
            .unwrap()
            .lifecycle
            .iter()
            .map(|e| letter(e.status))
            .collect()
    }

    pub(crate) fn status(&self, id: &str) -> DeploymentStatus {
        self.world.deployment(id).unwrap().status
    }

    /// The steps at which a function was called.
    pub(crate) fn steps(&self) -> Vec<&'static str> {
        self.calls.iter().map(|c| c.step).collect()
    }

    /// The tasks that run, by revision of their task definition.
    pub(crate) fn running(&self) -> Vec<u32> {
        (self.world.tasks.iter())
            .filter(|t| t.last_status == greenlight_world::TaskStatus::Running)
            .map(|t| {
                self.world
                    .task_definition(&t.task_definition_arn)
                    .unwrap()
                    .revision
            })
            .collect()
    }
}

/// `blue` or `green`, of a target group's ARN.
pub(crate) fn colour(world: &World, target_group: &str) -> String {
    let name = &world.target_group(target_group).unwrap().name;
    name.rsplit('-').next().unwrap().to_owned()
}

/// Weights as [`Rehearsal::weights`] gives them.
pub(crate) fn only(colour: &str) -> Vec<(String, u32)> {
    vec![(colour.to_owned(), 100)]
}
