//! Carries out what the world asks for: tasks and hooks.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::{sync::oneshot, task::JoinSet, time::sleep};
use world::{Effect, FunctionResult};

use crate::{
    Answer, Fleet, Functions, Invocation, Launch, UnknownHook, Update, balancer::Balancer,
    hub::Hub, later::Later, sync::lock,
};

/// How long a task that is told to stop may finish its requests.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// The clock of the world has milliseconds.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// What it takes to carry things out.
pub(crate) struct Driver {
    pub(crate) hub: Arc<Hub>,
    pub(crate) fleet: Arc<dyn Fleet>,
    pub(crate) functions: Functions,
    pub(crate) later: Arc<Later>,
    pub(crate) balancer: Arc<Balancer>,
    pub(crate) unknown_hooks: UnknownHook,
    /// Tells a task to stop, by its id.
    pub(crate) stops: Mutex<HashMap<String, oneshot::Sender<()>>>,
}

impl Driver {
    /// Drives the world, until dropped.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut inputs = self.hub.inputs();
        let mut work = JoinSet::new();
        loop {
            inputs.mark_unchanged();
            let (effects, due) = self.hub.advance();
            for effect in effects {
                self.clone().carry_out(effect, &mut work);
            }
            let due = async {
                match due {
                    Some(due) => sleep(due.max(SHORTEST_WAIT)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = inputs.changed() => {}
                () = due => {}
                Some(_) = work.join_next() => {}
            }
        }
    }

    fn carry_out(self: Arc<Self>, effect: Effect, work: &mut JoinSet<()>) {
        match effect {
            Effect::StartTask { task, .. } => {
                let (stop, stopped) = oneshot::channel();
                lock(&self.stops).insert(task.clone(), stop);
                work.spawn(async move { self.live(&task, stopped).await });
            }
            Effect::StopTask { task } => {
                let stop = lock(&self.stops).remove(&task);
                if stop.is_none_or(|stop| stop.send(()).is_err()) {
                    // It is not one of ours, or it is over already.
                    self.hub
                        .change(|world, now| world.task_stopped(&task, None, "", now));
                }
            }
            Effect::InvokeHook {
                deployment,
                event,
                function,
                execution,
                payload,
            } => {
                let hook = Hook {
                    deployment,
                    step: event.as_str(),
                    function,
                    execution,
                    payload,
                };
                work.spawn(async move { self.call(hook, false).await });
            }
            Effect::InvokeNativeHook {
                deployment,
                stage,
                function,
                execution,
                payload,
            } => {
                let hook = Hook {
                    deployment,
                    step: stage.as_str(),
                    function,
                    execution,
                    payload,
                };
                work.spawn(async move { self.call(hook, true).await });
            }
            Effect::InvokeLater { function, payload } => {
                self.later.call(function, payload.into());
            }
        }
    }

    /// The life of a task, from its start to its end.
    async fn live(&self, task: &str, stop: oneshot::Receiver<()>) {
        let Some(launch) = self.hub.read(|world| Launch::of(world, task)) else {
            return;
        };
        let address: SocketAddr = match self.fleet.start(launch).await {
            Ok(address) => address,
            Err(error) => {
                lock(&self.stops).remove(task);
                let reason = format!("CannotStartContainerError: {error}");
                self.hub
                    .change(|world, now| world.task_stopped(task, None, &reason, now));
                return;
            }
        };
        let ip = address.ip().to_string();
        self.hub
            .change(|world, now| world.task_running(task, &ip, address.port(), now));
        if stop.await.is_err() {
            // It stopped by itself, and the world knows.
            return;
        }
        self.balancer.drained(address, DRAIN_LIMIT).await;
        self.fleet.stop(task).await;
        self.hub
            .change(|world, now| world.task_stopped(task, Some(0), "", now));
    }

    async fn call(&self, hook: Hook, native: bool) {
        if !self.functions.knows(&hook.function) {
            self.answer_unknown(hook, native);
            return;
        }
        let Hook {
            function,
            execution,
            payload,
            ..
        } = hook;
        let invocation = self.functions.invoke(&function, Bytes::from(payload)).await;
        self.hub.publish(&Update::Invoked {
            function,
            execution: execution.clone(),
            init: invocation.init,
            duration: invocation.duration,
            failure: invocation.failure(),
        });
        let result = result(&invocation);
        self.hub
            .change(|world, now| world.hook_function_returned(&execution, result, now));
    }

    /// Answers in the stead of a function that isn't here.
    fn answer_unknown(&self, hook: Hook, native: bool) {
        let Hook {
            deployment,
            step,
            function,
            execution,
            ..
        } = hook;
        self.hub.publish(&Update::UnknownHook {
            deployment: deployment.clone(),
            step: step.to_owned(),
            function,
            execution: execution.clone(),
            answered: self.unknown_hooks,
        });
        let (status, native_status) = match self.unknown_hooks {
            UnknownHook::Fail => ("Failed", "FAILED"),
            UnknownHook::Succeed => ("Succeeded", "SUCCEEDED"),
            UnknownHook::Wait => return,
        };
        self.hub.change(|world, now| {
            if native {
                let answer = FunctionResult::Returned(json!({"hookStatus": native_status}));
                world.hook_function_returned(&execution, answer, now);
            } else {
                // It is refused when the deployment has gone on without it.
                let _ = world.put_hook_status(&deployment, &execution, status, now);
            }
        });
    }
}

struct Hook {
    deployment: String,
    step: &'static str,
    function: String,
    execution: String,
    payload: String,
}

fn result(invocation: &Invocation) -> FunctionResult {
    match &invocation.answer {
        Answer::Returned(payload) if payload.is_empty() => FunctionResult::Returned(Value::Null),
        Answer::Returned(payload) => match serde_json::from_slice(payload) {
            Ok(value) => FunctionResult::Returned(value),
            Err(_) => FunctionResult::Failed("its answer is not JSON".to_owned()),
        },
        _ => FunctionResult::Failed(invocation.failure().unwrap_or_default()),
    }
}
