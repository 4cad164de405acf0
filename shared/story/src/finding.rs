use std::{collections::BTreeSet, fmt};

use card::Card;
use diagnosis::Text;
use events::Phase;
use serde::{Deserialize, Serialize};

use crate::works::{Work, phase, runs, standing, subject};

/// Something that failed, and that AWS can be asked about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// An attempt at an action: stage, action, attempt. Its pipeline and
    /// execution are the card's.
    Action(String, String, u64),
    /// A build, by id.
    Build(String),
    /// A CodeDeploy deployment, by id.
    Deployment(String),
    /// An ECS deployment, by id.
    EcsDeployment(String),
}

/// What AWS answered about something that failed. What could not be had is told
/// too, and costs nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    /// What the services say of it, without secrets, each at most a few
    /// kilobytes: what failures are recognised in.
    pub texts: Vec<Text>,
    /// The end of a build's log, without secrets, line by line.
    pub log: Vec<String>,
    /// The lifecycle event or the phase in which it failed.
    pub failed_at: Option<String>,
    /// How the deployment was taken back.
    pub rollback: Option<Rollback>,
    /// What could not be asked, and why, one line each:
    /// `codebuild:BatchGetBuilds is not allowed`.
    pub missing: Vec<String>,
}

/// A deployment that was taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Rollback {
    /// The version that failed: a task definition with its revision
    /// (`shop:43`), a Lambda version, a commit.
    pub failed: Option<String>,
    /// The version that serves now.
    pub serves: Option<String>,
    /// The deployment that takes it back, where it is one of its own.
    pub deployment: Option<String>,
    /// What CodeDeploy says of it.
    pub message: Option<String>,
}

impl fmt::Display for Subject {
    /// The subject as a short text, the same for no two subjects: what it is
    /// kept under.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Action(stage, action, attempt) => {
                write!(f, "action {stage:?} {action:?} {attempt}")
            }
            Subject::Build(id) => write!(f, "build {id}"),
            Subject::Deployment(id) => write!(f, "deployment {id}"),
            Subject::EcsDeployment(id) => write!(f, "ecs {id}"),
        }
    }
}

impl Subject {
    /// Everything on a card that failed, in order: actions, and builds and
    /// deployments, also those that only a failed action names.
    pub fn all(card: &Card) -> Vec<Subject> {
        let mut all = BTreeSet::new();
        for ((stage, action, attempt), provider, run) in runs(card) {
            if phase(run) == Phase::Failed {
                all.insert(Subject::Action(
                    stage.to_owned(),
                    action.to_owned(),
                    attempt,
                ));
                all.extend(subject(Some(provider), run.external.as_deref()));
            }
        }
        let builds = card.builds.iter().map(|(id, one)| Work::Build(id, one));
        let deployments = card.deployments.iter();
        let deployments = deployments.map(|(id, one)| Work::Deployment(id, one));
        let ecs = card.ecs_deployments.iter();
        let ecs = ecs.map(|(id, one)| Work::Ecs(id, one));
        let works = builds.chain(deployments).chain(ecs);
        all.extend(
            works
                .filter(|work| is_worth_asking(*work))
                .map(Work::subject),
        );
        all.into_iter().collect()
    }
}

/// Whether it has failed in the end: as long as it runs, AWS does not know why.
fn is_worth_asking(work: Work<'_>) -> bool {
    match (standing(work.run()), work) {
        (Phase::Failed, _) => true,
        // CodeDeploy says so of a deployment whose hook failed.
        (Phase::Stopped, Work::Deployment(..)) => !work.failed_gates().is_empty(),
        (_, Work::Ecs(_, deployment)) => deployment.rolled_back,
        _ => false,
    }
}
