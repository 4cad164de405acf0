//! The application's smoke tests, run against green through the test listener.
//!
//! The job, in order: find what is being deployed; read its plan, the tests
//! that it names, and their secrets; prove that the test listener serves green;
//! run the tests; look whether it still does. A smoke test that tests nothing
//! is no test, so whatever is missing is a failure here.

mod address;
mod beside;
#[cfg(test)]
mod fixture;
mod guard;
mod inputs;
mod news;

use std::{process::ExitCode, sync::Arc, time::Duration};

use finder::{Finder, boxed};
use gate::{Hook, Job};
use lambda::{Aws, Settings};
use plan::Smoke;
use rollout::{PROOF, Proof, Rollout, Route, Way};
use rustls::ClientConfig;
use secrets::Secrets;
use store::Location;
use tokio::time::Instant;
use verdict::{Outcome, Status};

use crate::{
    address::Address,
    beside::Beside,
    guard::{Entrance, Watch},
    inputs::Inputs,
    news::News,
};

/// The longest wait for the proof of green. Green's tasks ran before the test
/// listener got to serve them.
const PROOF_TIME: Duration = Duration::from_mins(2);

/// What is kept of the time for the look after the tests, and for telling what
/// became of them.
const AFTER: Duration = Duration::from_secs(2);

/// Starts the function; it returns when Lambda ends it.
pub fn start() -> ExitCode {
    lambda::serve::<AfterAllowTestTraffic>()
}

/// The gate at AfterAllowTestTraffic.
pub struct AfterAllowTestTraffic {
    finder: Finder,
    secrets: Secrets,
    tls: Arc<ClientConfig>,
}

/// A deployment, and the tests for it.
struct Assignment<'a> {
    rollout: &'a Rollout,
    /// The test listener.
    route: &'a Route,
    smoke: &'a Smoke,
    /// Where the plan is.
    plan: &'a Location,
    address: Address,
    /// When all of it has to be done.
    until: Instant,
}

impl lambda::Function for AfterAllowTestTraffic {
    const HOOK: Hook = Hook::AfterAllowTestTraffic;

    fn new(aws: &Aws, settings: &Settings) -> Self {
        Self {
            finder: aws.finder(settings),
            secrets: aws.secrets(),
            tls: aws.tls(),
        }
    }

    async fn check(self: Arc<Self>, job: Job) -> Vec<Outcome> {
        match self.outcomes(&job).await {
            Ok(outcomes) | Err(outcomes) => outcomes,
        }
    }
}

impl AfterAllowTestTraffic {
    /// All outcomes, or those that say why nothing was tested.
    async fn outcomes(&self, job: &Job) -> Result<Vec<Outcome>, Vec<Outcome>> {
        let rollout = self.finder.rollout(job).await.map_err(alone)?;
        let found = self.finder.plan(job, &rollout).await.map_err(alone)?;
        let usual = || {
            self.finder
                .plans
                .usual(&rollout.application, &rollout.group)
        };
        let found = found.ok_or_else(|| vec![inputs::no_plan(usual())])?;
        job.ledger
            .about(|subject| subject.plan = Some(found.location.to_string()));
        let gate = found.plan.after_allow_test_traffic.as_ref();
        let gate = gate.ok_or_else(|| vec![inputs::no_section(&found.location)])?;
        let smoke = &gate.smoke;
        let route = address::route(&rollout).map_err(alone)?;
        let place = found.location.to_string();
        let address = address::address(&rollout, route, smoke.base_url.as_ref(), &place);
        let end = smoke.timeout.map(|timeout| Instant::now() + timeout);
        let assignment = Assignment {
            rollout: &rollout,
            route,
            smoke,
            plan: &found.location,
            address: address.map_err(alone)?,
            until: end.unwrap_or(job.deadline).min(job.deadline),
        };

        job.ledger.step("reading the smoke tests");
        let (inputs, proven) = tokio::try_join!(self.inputs(&assignment), self.prove(&assignment))?;
        let (mut outcomes, entrances) = proven;

        job.ledger.step("running the smoke tests");
        let watch = Watch::new(&rollout, entrances);
        outcomes.extend(self.run(&assignment, &inputs, &watch).await);
        outcomes.push(self.look_again(&assignment, &watch).await);
        Ok(outcomes)
    }

    /// Waits until the test listener serves green and green is healthy; or why
    /// the tests were not run.
    async fn prove(
        &self,
        assignment: &Assignment<'_>,
    ) -> Result<(Vec<Outcome>, Vec<Entrance>), Vec<Outcome>> {
        let Assignment { rollout, route, .. } = *assignment;
        let until = assignment.until.min(Instant::now() + PROOF_TIME);
        let rollouts = &self.finder.rollouts;
        let (listener, health, production) = tokio::join!(
            rollouts.await_listener(rollout, route, until),
            rollouts.await_health(rollout, until),
            // Tests may call it too, and it still serves blue.
            rollouts.rules(&rollout.production),
        );
        let (proof, rules) = listener.map_err(|fault| alone(boxed(fault)))?;
        let health = health.unwrap_or_else(Outcome::from);
        let production = production.map_err(|fault| alone(boxed(fault)))?;
        let passed = |outcome: &Outcome| outcome.status == Status::Passed;
        let proven = passed(&proof) && passed(&health);
        match rules.filter(|_| proven) {
            Some(rules) => {
                let entrances = vec![
                    Entrance::new(Way::TestListener, route, rules),
                    Entrance::new(Way::ProductionListener, &rollout.production, production),
                ];
                Ok((vec![proof, health], entrances))
            }
            None => {
                let worst = proof.status.max(health.status).max(Status::Failed);
                let not_run = Outcome::new(inputs::CHECK, worst)
                    .with_got(format!("not run: see {PROOF} and target health"));
                Err(vec![proof, health, not_run])
            }
        }
    }

    async fn run(
        &self,
        assignment: &Assignment<'_>,
        inputs: &Inputs,
        watch: &Watch<'_>,
    ) -> Vec<Outcome> {
        let left = assignment.until.saturating_duration_since(Instant::now());
        let files = Beside {
            plans: &self.finder.plans,
            plan: assignment.plan,
        };
        let guard = |hop: &exchange::Hop<'_>| watch.judge(hop);
        let settings = smoke::Settings {
            variables: &inputs.variables,
            files: &files,
            tls: self.tls.clone(),
            defaults: exchange::Options {
                connect_to: assignment.address.connect_to.iter().cloned().collect(),
                authorities: inputs.authorities.clone(),
                ..exchange::Options::default()
            },
            guard: Some(&guard),
            jobs: assignment.smoke.jobs,
            deadline: assignment.until - AFTER.min(left / 4),
            listener: &News,
            verbosity: hurl::ast::Verbosity::Brief,
        };
        let report = smoke::run(&inputs.suite, settings).await;
        let mut outcomes = report.outcomes();
        // What failed says more.
        let passed = outcomes.iter().all(|o| o.status == Status::Passed);
        if passed && !watch.reached() {
            let got = "none of the requests went to green";
            let remedy = "call {{base_url}} in the tests, such as GET {{base_url}}/health";
            outcomes.push(
                Outcome::new(inputs::CHECK, Status::Failed)
                    .with_target(assignment.address.base_url.clone())
                    .with_expected("requests that the test listener leads to green")
                    .with_got(got)
                    .with_remedy(remedy),
            );
        }
        outcomes
    }

    /// Looks once more where the test listener leads what green was asked.
    async fn look_again(&self, assignment: &Assignment<'_>, watch: &Watch<'_>) -> Outcome {
        let Assignment { rollout, route, .. } = *assignment;
        let rollouts = &self.finder.rollouts;
        // One look; but a call that is throttled has its time to be tried again.
        let until = assignment.until.min(Instant::now() + AFTER);
        let look = rollouts.await_listener(rollout, route, until);
        let (outcome, rules) = match look.await {
            Ok(found) => found,
            Err(fault) => return fault.into(),
        };
        let words = Way::TestListener.words();
        let target = format!("{words}, port {}, after the tests", route.port);
        let outcome = outcome.with_target(target);
        match rules.map(|rules| watch.judge_again(&rules)) {
            None | Some(Ok(Proof::Green)) => outcome,
            Some(Ok(Proof::NotYet { expected, got })) => Outcome {
                status: Status::Failed,
                ..outcome.with_expected(expected).with_got(got)
            },
            Some(Err(why)) => Outcome {
                status: Status::Errored,
                ..outcome.with_got(why)
            },
        }
    }
}

fn alone(outcome: Box<Outcome>) -> Vec<Outcome> {
    vec![*outcome]
}
