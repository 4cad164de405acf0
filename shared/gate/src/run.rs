use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use futures_util::future::abortable;
use serde_json::{Value, json};
use tokio::time::Instant;
use verdict::{Outcome, TimeBudget, Verdict, chain, shorten};

use crate::{
    Document, EVENT_DETAIL_TYPE, EVENT_SOURCE, EventError, Hook, HookEvent, Ledger, ReportError,
    Reported, log, report,
};

/// A gate of one hook: what it is called by, and whom it answers.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The hook that it stands at.
    pub hook: Hook,
    /// How it divides its time.
    pub timing: Timing,
    /// Takes the status.
    pub codedeploy: aws_sdk_codedeploy::Client,
    /// Takes the verdict, on the bus of this name. None: nobody wants it.
    pub events: Option<(aws_sdk_eventbridge::Client, String)>,
}

/// How a gate divides the time of an invocation.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// The whole time where the deadline is unknown.
    pub fallback: Duration,
    /// What is kept for the report.
    pub reserve: Duration,
}

/// One invocation.
#[derive(Debug, Clone)]
pub struct Call {
    /// The event, as it came.
    pub event: Value,
    /// From now until the function is killed, where that is known.
    pub remaining: Option<Duration>,
}

/// What the work of a gate gets.
#[derive(Debug, Clone)]
pub struct Job {
    /// The hook that was called.
    pub hook: Hook,
    /// Who called.
    pub event: HookEvent,
    /// When the work has to be done.
    pub deadline: Instant,
    /// Where the work says how far it is.
    pub ledger: Ledger,
}

/// Why an invocation ends as a function error, which shows in the function's
/// metrics and alarms.
#[derive(Debug, Clone, thiserror::Error)]
pub enum GateError {
    /// Nobody can be answered.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The answer was not taken.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// The time for the event on EventBridge. Nobody waits for it but the answer
/// of this invocation.
const EVENT_TIME: Duration = Duration::from_secs(5);

/// Between the moment when the work should end by itself, with its evidence,
/// and the one when it is ended, without.
const SLACK: Duration = Duration::from_secs(1);

impl Gate {
    /// Answers one invocation. `work` finds the outcomes; whatever becomes of
    /// it, a verdict is reported before the time is over.
    ///
    /// # Errors
    /// When there is nobody to report to, or the report was not taken.
    pub async fn answer<F>(
        &self,
        call: Call,
        work: impl FnOnce(Job) -> F,
    ) -> Result<Value, GateError>
    where
        F: Future<Output = Vec<Outcome>> + Send + 'static,
    {
        let start = Instant::now();
        let budget = TimeBudget::divide(call.remaining, self.timing.fallback, self.timing.reserve);
        let event = match HookEvent::parse(&call.event) {
            Ok(event) => event,
            Err(error @ EventError::Native { .. }) => {
                log::line(log::Level::Error, &error.to_string(), &Value::Null);
                return Ok(native_answer(false, &error.to_string()));
            }
            Err(error) => return Err(error.into()),
        };
        let ledger = Ledger::default();
        let job = Job {
            hook: self.hook,
            event: event.clone(),
            deadline: start + budget.work - SLACK.min(budget.work / 10),
            ledger: ledger.clone(),
        };
        let verdict = match (waved_through(&event), event.misplaced(self.hook)) {
            (Some(outcome), _) => Verdict::of(vec![outcome]),
            (None, Some(why)) => Verdict::errored("stage", why),
            (None, None) => supervise(job, start + budget.work, work).await,
        };
        let document = Document::new(self.hook, &event, ledger.subject(), verdict);
        let last = start + budget.whole();
        match &event {
            HookEvent::Native(_) => {
                let allows = document.verdict.allows();
                let reported = if allows {
                    Reported::Succeeded
                } else {
                    Reported::Failed
                };
                let answer = native_answer(allows, &document.verdict.reason);
                self.tell(document, reported, start, last).await;
                Ok(answer)
            }
            HookEvent::CodeDeploy(event) => {
                let status = document.verdict.status;
                let answer = report::report(&self.codedeploy, event, status, last).await;
                let reported = *answer.as_ref().unwrap_or(&Reported::Not);
                let said = json!({
                    "status": status, "reason": document.verdict.reason, "reported": reported,
                });
                self.tell(document, reported, start, last).await;
                answer?;
                Ok(said)
            }
        }
    }

    /// Writes the log line, and puts the event on its bus until `last`.
    async fn tell(
        &self,
        mut document: Document,
        reported: Reported,
        start: Instant,
        last: Instant,
    ) {
        document.reported = reported;
        document.elapsed_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let level = match (reported, document.verdict.allows()) {
            (Reported::Not, _) => log::Level::Error,
            (_, false) => log::Level::Warn,
            (_, true) => log::Level::Info,
        };
        log::line(level, "verdict", &document);
        let Some((client, bus)) = &self.events else {
            return;
        };
        let mut put = tokio::spawn(put_event(client.clone(), bus.clone(), document));
        let until = last.min(Instant::now() + EVENT_TIME);
        let why = match tokio::time::timeout_at(until, &mut put).await {
            Ok(Ok(Ok(()))) => return,
            Ok(Ok(Err(why))) => why,
            Ok(Err(panic)) => panic.to_string(),
            Err(_) => {
                // Or it would go on in the next invocation.
                put.abort();
                "no answer in time".to_owned()
            }
        };
        // The verdict is reported and logged; only its message is missing.
        log::line(
            log::Level::Warn,
            "could not put the verdict on EventBridge",
            &json!({"bus": bus, "why": shorten(&why, 300)}),
        );
    }
}

/// A rollback's hook is let through without a check.
fn waved_through(event: &HookEvent) -> Option<Outcome> {
    match event {
        HookEvent::Native(native) if native.is_rollback() => Some(
            Outcome::new("rollback", verdict::Status::Passed)
                .with_got("ECS is rolling back; a gate does not stand in its way"),
        ),
        _ => None,
    }
}

/// Runs the work on a thread of its own until `end`, and makes an outcome of
/// whatever becomes of it.
///
/// A task among others would not do: work that computes without a pause can
/// keep the runtime's timers from being looked at, and with them its own end.
async fn supervise<F>(job: Job, end: Instant, work: impl FnOnce(Job) -> F) -> Verdict
where
    F: Future<Output = Vec<Outcome>> + Send + 'static,
{
    let ledger = job.ledger.clone();
    let begun = Instant::now();
    // Making the future is the work's own code already.
    let Ok(future) = std::panic::catch_unwind(AssertUnwindSafe(|| work(job))) else {
        return Verdict::errored("gate", "the work panicked before it began");
    };
    let (future, handle) = abortable(future);
    let runtime = tokio::runtime::Handle::current();
    let thread = tokio::task::spawn_blocking(move || runtime.block_on(future));
    match tokio::time::timeout_at(end, thread).await {
        Ok(Ok(Ok(outcomes))) => Verdict::of(outcomes),
        // Nobody aborts it before its end.
        Ok(Ok(Err(aborted))) => Verdict::errored("gate", aborted.to_string()),
        Ok(Err(error)) => Verdict::errored(
            "gate",
            format!(
                "the work panicked while {}: {}",
                ledger.current_step(),
                panic_text(error),
            ),
        ),
        Err(_) => {
            handle.abort();
            let time = end.saturating_duration_since(begun);
            Verdict::of(vec![
                Outcome::errored(
                    "time budget",
                    format!("{time:.1?} were over while {}", ledger.current_step()),
                )
                .with_remedy("raise the function's timeout, or lower the timeouts in the plan"),
            ])
        }
    }
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else {
        return "it was cancelled".to_owned();
    };
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    shorten(&text.unwrap_or_else(|| "no message".to_owned()), 300)
}

/// What ECS reads; the reason is for people who look at the invocation.
fn native_answer(allows: bool, reason: &str) -> Value {
    let status = if allows { "SUCCEEDED" } else { "FAILED" };
    json!({"hookStatus": status, "reason": reason})
}

async fn put_event(
    client: aws_sdk_eventbridge::Client,
    bus: String,
    document: Document,
) -> Result<(), String> {
    let entry = PutEventsRequestEntry::builder()
        .event_bus_name(bus)
        .source(EVENT_SOURCE)
        .detail_type(EVENT_DETAIL_TYPE)
        .detail(document.detail().map_err(|error| error.to_string())?)
        .build();
    let answer = client.put_events().entries(entry).send().await;
    let answer = answer.map_err(|error| chain(&error))?;
    match answer.entries().iter().find_map(|e| e.error_code()) {
        None => Ok(()),
        Some(code) => Err(format!("EventBridge refused the entry: {code}")),
    }
}

#[cfg(test)]
mod tests {
    use verdict::Status;

    use super::*;

    async fn supervised<F>(millis: u64, work: impl FnOnce(Job) -> F) -> Verdict
    where
        F: Future<Output = Vec<Outcome>> + Send + 'static,
    {
        let event = json!({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "x"});
        let end = Instant::now() + Duration::from_millis(millis);
        let job = Job {
            hook: Hook::BeforeAllowTraffic,
            event: HookEvent::parse(&event).unwrap(),
            deadline: end,
            ledger: Ledger::default(),
        };
        supervise(job, end, work).await
    }

    #[tokio::test]
    async fn outcomes_become_the_verdict() {
        let work = |_| async { vec![Outcome::new("a", Status::Passed)] };
        assert_eq!(supervised(10_000, work).await.status, Status::Passed);
    }

    #[tokio::test]
    async fn work_without_outcomes_is_no_pass() {
        let verdict = supervised(10_000, |_| async { vec![] }).await;
        assert_eq!(verdict.reason, "nothing was checked");
        assert!(!verdict.allows());
    }

    #[tokio::test]
    async fn a_panic_is_an_outcome() {
        let verdict = supervised(10_000, |job| async move {
            job.ledger.step("finding green");
            panic!("index {}", 7)
        });
        assert_eq!(
            verdict.await.reason,
            "gate: the work panicked while finding green: index 7"
        );
        let early = |_| -> std::future::Ready<Vec<Outcome>> { panic!("early") };
        assert_eq!(supervised(10_000, early).await.status, Status::Errored);
    }

    #[tokio::test]
    async fn an_overrun_is_an_outcome() {
        let verdict = supervised(150, |job| async move {
            job.ledger.step("reading the plan");
            std::future::pending().await
        });
        let reason = verdict.await.reason;
        let told = reason.ends_with(
            "were over while reading the plan; raise the function's timeout, or lower the timeouts in the plan",
        );
        assert!(told && reason.starts_with("time budget: 1"), "{reason}");
    }

    /// Computing that follows a timer is what takes a worker's timers hostage.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_that_computes_without_a_pause_is_left_behind() {
        let computing = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
        let go_on = computing.clone();
        let begun = Instant::now();
        let verdict = supervised(300, move |_| async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let enough = Instant::now() + Duration::from_secs(20);
            while go_on.load(std::sync::atomic::Ordering::Relaxed) && Instant::now() < enough {
                std::hint::spin_loop();
            }
            vec![]
        })
        .await;
        let took = begun.elapsed();
        computing.store(false, std::sync::atomic::Ordering::Relaxed);
        assert!(
            verdict.reason.starts_with("time budget"),
            "{}",
            verdict.reason
        );
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}
