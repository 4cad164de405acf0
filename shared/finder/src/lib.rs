//! How the work of every hook begins: what is being deployed, what its plan
//! says, and the files that stand beside the plan. What is missing is an
//! outcome that says what to do.

use gate::{HookEvent, Job};
use rollout::{Rollout, Rollouts, Subject};
use store::{FoundPlan, Location, Plans, PlansError, Wanted};
use verdict::Outcome;

/// The largest file with a private authority, in bytes.
const AUTHORITY: u64 = 256 * 1024;

/// Finds what a hook is about.
#[derive(Debug, Clone)]
pub struct Finder {
    /// Deployments, and the proof of green.
    pub rollouts: Rollouts,
    /// Plans, and what is beside them.
    pub plans: Plans,
}

impl Finder {
    /// Finds what is being deployed, and tells the ledger.
    ///
    /// # Errors
    /// The outcome that says which step was not possible, and why.
    pub async fn rollout(&self, job: &Job) -> Result<Rollout, Box<Outcome>> {
        job.ledger.step("finding green");
        let found = self.rollouts.find(&subject(&job.event)).await;
        let rollout = found.map_err(boxed)?;
        job.ledger.about(|subject| {
            subject.application = Some(rollout.application.clone());
            subject.deployment_group = Some(rollout.group.clone());
            subject.cluster = Some(rollout.cluster.clone());
            subject.service = Some(rollout.service.clone());
            subject.task_definition = Some(rollout.task_definition.clone());
        });
        Ok(rollout)
    }

    /// Finds the plan of a deployment. None: it has none.
    ///
    /// # Errors
    /// The outcome that says why it can't be used.
    pub async fn plan(
        &self,
        job: &Job,
        rollout: &Rollout,
    ) -> Result<Option<FoundPlan>, Box<Outcome>> {
        job.ledger.step("reading the plan");
        let labels: Vec<_> = rollout
            .containers
            .iter()
            .map(|container| (container.name.as_str(), &container.labels))
            .collect();
        let wanted = Wanted {
            application: &rollout.application,
            group: &rollout.group,
            labels: &labels,
        };
        let found = self.plans.find(wanted).await;
        found.map_err(|error| Box::new(Outcome::errored("plan", error.to_string())))
    }

    /// The private authority that a plan names, in PEM: the text itself, or
    /// that of a file. `check` is what it is for.
    ///
    /// # Errors
    /// The outcome of the check, where there is no such file.
    pub async fn authority(
        &self,
        plan: &Location,
        ca: &str,
        check: &str,
    ) -> Result<Vec<u8>, Box<Outcome>> {
        if ca.contains("-----BEGIN") {
            return Ok(ca.as_bytes().to_vec());
        }
        let found = self.plans.beside(plan, ca, AUTHORITY).await;
        let found = found.and_then(|bytes| {
            bytes.ok_or_else(|| PlansError::NoFile {
                plan: plan.clone(),
                name: ca.to_owned(),
            })
        });
        match found {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(error) => Err(Box::new(Outcome::errored(check, error.to_string()))),
        }
    }
}

/// A fault as the outcome that ends the work.
pub fn boxed(fault: rollout::Fault) -> Box<Outcome> {
    Box::new(fault.into())
}

fn subject(event: &HookEvent) -> Subject {
    match event {
        HookEvent::CodeDeploy(event) => Subject::CodeDeploy {
            deployment_id: event.deployment_id.clone(),
        },
        HookEvent::Native(event) => Subject::Native {
            revision_arn: event.target_revision_arn.clone(),
        },
    }
}
