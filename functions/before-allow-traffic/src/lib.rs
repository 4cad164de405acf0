//! Health probes of green, just before it takes production traffic.
//!
//! The job, in order: find what is being deployed; read its plan, or make one
//! of the target group's own health check; prove that what answers is green;
//! probe it. What comes of it is the gate's business.

mod aim;
mod default;
#[cfg(test)]
mod fixture;
mod news;

use std::{process::ExitCode, sync::Arc};

use finder::{Finder, boxed};
use gate::{Hook, Job, log};
use lambda::{Aws, Settings};
use probe::{Prober, Progress};
use rollout::{Rollout, Way};
use store::FoundPlan;
use tokio::time::Instant;
use verdict::{Outcome, Status};

use crate::{aim::Aimed, news::News};

/// Starts the function; it returns when Lambda ends it.
pub fn start() -> ExitCode {
    lambda::serve::<BeforeAllowTraffic>()
}

/// The gate at BeforeAllowTraffic.
pub struct BeforeAllowTraffic {
    finder: Finder,
    prober: Prober,
}

impl lambda::Function for BeforeAllowTraffic {
    const HOOK: Hook = Hook::BeforeAllowTraffic;

    fn new(aws: &Aws, settings: &Settings) -> Self {
        Self {
            finder: aws.finder(settings),
            prober: Prober::new(aws.tls()),
        }
    }

    async fn check(self: Arc<Self>, job: Job) -> Vec<Outcome> {
        match self.outcomes(&job).await {
            Ok(outcomes) => outcomes,
            Err(outcome) => vec![*outcome],
        }
    }
}

impl BeforeAllowTraffic {
    /// All outcomes, or the one that says why there are none.
    async fn outcomes(&self, job: &Job) -> Result<Vec<Outcome>, Box<Outcome>> {
        let rollout = self.finder.rollout(job).await?;
        let aimed = self.aim(job, &rollout).await?;

        job.ledger.step("probing green");
        let mut ways: Vec<Way> = aimed.iter().map(|aimed| aimed.way).collect();
        ways.sort();
        ways.dedup();
        let ways = ways.into_iter().map(|way| {
            let aimed = aimed.iter().filter(|a| a.way == way).cloned().collect();
            self.go(job, &rollout, way, aimed)
        });
        let outcomes = futures_util::future::join_all(ways).await;
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// The probes, each with its way: the plan's, or that of the target
    /// group's health check.
    async fn aim(&self, job: &Job, rollout: &Rollout) -> Result<Vec<Aimed>, Box<Outcome>> {
        let found = self.finder.plan(job, rollout).await?;
        let note = |source| job.ledger.about(|subject| subject.plan = Some(source));
        let Some(FoundPlan { plan, location }) = &found else {
            note(format!(
                "none; the health check of target group {}",
                rollout.green.name
            ));
            return Ok(vec![default::aimed(rollout)?]);
        };
        let Some(gate) = &plan.before_allow_traffic else {
            note(format!(
                "{location} says nothing of this hook; the health check is asked"
            ));
            return Ok(vec![default::aimed(rollout)?]);
        };
        note(location.to_string());
        let mut aimed = Vec::new();
        for probe in &gate.probes {
            let mut one = aim::by_plan(probe, rollout)?;
            if let Some(ca) = aim::authority(probe) {
                one.ca = Some(self.finder.authority(location, ca, &probe.name).await?);
            }
            aimed.push(one);
        }
        Ok(aimed)
    }

    /// Goes one way: first the proof that it leads to green, then its probes.
    async fn go(&self, job: &Job, rollout: &Rollout, way: Way, aimed: Vec<Aimed>) -> Vec<Outcome> {
        let names: Vec<String> = aimed.iter().map(|a| a.probe.name.clone()).collect();
        let longest = aimed.iter().map(|a| a.probe.timeout).max();
        let longest = longest.unwrap_or_default();
        let until = || job.deadline.min(Instant::now() + longest);
        let found = match way {
            Way::Tasks => self.at_tasks(job, rollout, aimed, until()).await,
            _ => {
                self.through_listener(job, rollout, way, (aimed, &until))
                    .await
            }
        };
        found.unwrap_or_else(|proof| {
            let (status, check) = (proof.status, proof.check.clone());
            let not_probed = names.into_iter().map(|name| {
                Outcome::new(name, status).with_got(format!("not probed: see {check}"))
            });
            std::iter::once(*proof).chain(not_probed).collect()
        })
    }

    /// Through a listener: once it leads to green, the probes, and at the same
    /// time the load balancer's own view of green. Or why they were not made.
    async fn through_listener(
        &self,
        job: &Job,
        rollout: &Rollout,
        way: Way,
        (aimed, until): (Vec<Aimed>, &(impl Fn() -> Instant + Sync)),
    ) -> Result<Vec<Outcome>, Box<Outcome>> {
        let requests = aim::requests(&aimed, rollout);
        let proof = self
            .finder
            .rollouts
            .await_route(rollout, way, &requests, until())
            .await
            .map_err(boxed)?;
        if proof.status != Status::Passed {
            return Err(Box::new(proof));
        }
        let assignments = aim::at_listener(aimed, way, rollout)?;
        // The probes' time begins now, and so does that of green's health.
        let (found, health) = tokio::join!(
            self.probe(assignments, job.deadline),
            self.finder.rollouts.await_health(rollout, until()),
        );
        let health = health.unwrap_or_else(Outcome::from);
        Ok(std::iter::once(proof)
            .chain(found)
            .chain([health])
            .collect())
    }

    /// To each task's address, once there are tasks.
    async fn at_tasks(
        &self,
        job: &Job,
        rollout: &Rollout,
        aimed: Vec<Aimed>,
        until: Instant,
    ) -> Result<Vec<Outcome>, Box<Outcome>> {
        let found = self.finder.rollouts.await_targets(rollout, until).await;
        let (proof, targets) = found.map_err(boxed)?;
        if proof.status != Status::Passed {
            return Err(Box::new(proof));
        }
        let assignments = aim::at_tasks(aimed, &targets, rollout)?;
        let found = self.probe(assignments, job.deadline).await;
        Ok(std::iter::once(proof).chain(found).collect())
    }

    async fn probe(&self, assignments: Vec<probe::Assignment>, deadline: Instant) -> Vec<Outcome> {
        let news = News::default();
        let listener = |progress: Progress| {
            if news.is_new(&progress) {
                log::line(log::Level::Info, "probe", &progress);
            }
        };
        self.prober.run(assignments, deadline, &listener).await
    }
}
