//! One environment of a function: it is started, works, and is kept warm.

use std::time::Duration;

use bytes::Bytes;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use super::{
    Answer, Common, Function, FunctionError, Invocation,
    process::Process,
    runtime_api::{RuntimeApi, Said, Work},
};
use crate::{clock, ids};

/// How an environment ends together with the local AWS.
pub(super) const SHUT_DOWN: &str = "the local AWS was shut down";

/// A process with its Runtime API. Both end when it is dropped.
pub(crate) struct Environment {
    process: Process,
    api: RuntimeApi,
    stop: watch::Receiver<bool>,
}

/// Why an environment doesn't come to what is waited for.
enum Stop {
    Failed(FunctionError),
    /// In words.
    Exited(String),
    Overrun,
}

impl Environment {
    async fn start(function: &Function, common: &Common) -> Result<Environment, String> {
        let api = RuntimeApi::start()
            .await
            .map_err(|error| error.to_string())?;
        let process = Process::start(function, &common.config, api.address)?;
        Ok(Environment {
            process,
            api,
            stop: common.stop.clone(),
        })
    }

    /// Waits until the function asks for work.
    async fn ready(&mut self, until: Instant) -> Result<(), Stop> {
        loop {
            match self.hear(until).await? {
                Said::Ready => return Ok(()),
                Said::InitFailed(report) => {
                    let error = FunctionError::reported(report.payload, report.error_type);
                    return Err(Stop::Failed(error));
                }
                // An answer to something that is over.
                Said::Returned(..) | Said::Failed(..) => {}
            }
        }
    }

    /// Hands an event over and waits for the answer.
    async fn work(&mut self, work: Work, until: Instant) -> Result<Bytes, Stop> {
        let request_id = work.request_id.clone();
        if self.api.work.send(work).await.is_err() {
            return Err(Stop::Exited("the Runtime API is gone".to_owned()));
        }
        loop {
            match self.hear(until).await? {
                Said::Returned(id, payload) if id == request_id => return Ok(payload),
                Said::Failed(id, report) if id == request_id => {
                    let error = FunctionError::reported(report.payload, report.error_type);
                    return Err(Stop::Failed(error));
                }
                _ => {}
            }
        }
    }

    async fn hear(&mut self, until: Instant) -> Result<Said, Stop> {
        let Environment { process, api, stop } = self;
        let next = async {
            tokio::select! {
                // What it said before it ended counts.
                biased;
                Some(said) = api.said.recv() => Ok(said),
                _ = stop.wait_for(|stop| *stop) => Err(Stop::Exited(SHUT_DOWN.to_owned())),
                how = process.exited() => match api.said.try_recv() {
                    Ok(said @ (Said::Returned(..) | Said::Failed(..) | Said::InitFailed(..))) => Ok(said),
                    _ => Err(Stop::Exited(how)),
                },
            }
        };
        timeout_at(until, next).await.unwrap_or(Err(Stop::Overrun))
    }

    /// Kills it, and waits until its output has been read.
    pub(super) async fn end(mut self) {
        self.process.kill().await;
    }
}

/// Runs one invocation. Gives back the environment if it can be used again.
pub(super) async fn invoke(
    function: &Function,
    common: &Common,
    payload: Bytes,
) -> (Invocation, Option<Environment>) {
    let request_id = ids::uuid();
    let timeout = function.spec.timeout;
    let began = Instant::now();
    let failed = |stop, init, since: Instant| {
        let answer = match stop {
            Stop::Failed(error) => Answer::FunctionError(error),
            Stop::Exited(how) => Answer::FunctionError(FunctionError::exited(&request_id, &how)),
            Stop::Overrun => Answer::TimedOut(FunctionError::timed_out(&request_id, timeout)),
        };
        Invocation {
            request_id: request_id.clone(),
            answer,
            init,
            duration: since.elapsed(),
        }
    };
    let ready = match warm(function).await {
        Some(environment) => Ok(Ready {
            environment,
            init: None,
            until: None,
        }),
        None => cold(function, common, &request_id).await,
    };
    let Ready {
        mut environment,
        init,
        until,
    } = match ready {
        Ok(ready) => ready,
        Err(stop) => return (failed(stop, None, began), None),
    };
    let started = Instant::now();
    // An initialisation that was begun anew has used up a part of the time.
    let until = until.unwrap_or(started + timeout);
    let left = until.saturating_duration_since(started);
    let work = Work {
        request_id: request_id.clone(),
        arn: format!(
            "arn:aws:lambda:{}:{}:function:{}",
            common.config.region, common.config.account, function.name
        ),
        trace_id: ids::trace_id(clock::now()),
        deadline: (clock::now() + left).0,
        payload,
    };
    match environment.work(work, until).await {
        Ok(payload) => {
            let invocation = Invocation {
                request_id: request_id.clone(),
                answer: Answer::Returned(payload),
                init,
                duration: started.elapsed(),
            };
            (invocation, Some(environment))
        }
        // It said that it failed; it lives.
        Err(stop @ Stop::Failed(_)) => (failed(stop, init, started), Some(environment)),
        Err(stop) => {
            environment.end().await;
            (failed(stop, init, started), None)
        }
    }
}

/// An environment that asks for work.
struct Ready {
    environment: Environment,
    init: Option<Duration>,
    /// When the invocation is over, if that is decided already.
    until: Option<Instant>,
}

/// An environment that did its work before and lives.
async fn warm(function: &Function) -> Option<Environment> {
    while let Some(mut environment) = function.take_idle() {
        if !environment.process.is_running() {
            continue;
        }
        let until = Instant::now() + function.spec.timeout;
        match environment.ready(until).await {
            Ok(()) => return Some(environment),
            Err(_) => environment.end().await,
        }
    }
    None
}

/// A new environment. One that isn't ready within the limit of the
/// initialisation is begun anew, and then has the function's own timeout for
/// initialisation and invocation together, as on Lambda.
async fn cold(function: &Function, common: &Common, request_id: &str) -> Result<Ready, Stop> {
    let start = async || {
        let started = Environment::start(function, common).await;
        started.map_err(|why| Stop::Failed(FunctionError::not_started(request_id, &why)))
    };
    let mut environment = start().await?;
    let began = Instant::now();
    match environment.ready(began + common.config.init_limit).await {
        Ok(()) => {
            let init = Some(began.elapsed());
            return Ok(Ready {
                environment,
                init,
                until: None,
            });
        }
        Err(Stop::Overrun) => environment.end().await,
        Err(stop) => {
            environment.end().await;
            return Err(stop);
        }
    }
    let began = Instant::now();
    let until = began + function.spec.timeout;
    let mut environment = start().await?;
    match environment.ready(until).await {
        Ok(()) => {
            let init = Some(began.elapsed());
            Ok(Ready {
                environment,
                init,
                until: Some(until),
            })
        }
        Err(stop) => {
            environment.end().await;
            Err(stop)
        }
    }
}
