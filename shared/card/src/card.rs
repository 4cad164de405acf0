use std::collections::BTreeMap;

use events::{ExecutionId, Moment, ServiceName, Severity, Trigger};
use serde::{Deserialize, Serialize};

use crate::Key;
use crate::join::{Earliest, Join, Said, Standing, joins};

/// All that is known of an execution, or of one thing that belongs to one: a
/// build, a deployment. What is known of several of them is their join, so a
/// card is put together from as many parts as there are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// Where it happened: account and region.
    pub place: Option<(String, String)>,
    /// The execution, on its own card.
    pub execution: Option<ExecutionId>,
    /// The card that this is a part of, where it is kept by itself.
    pub part_of: Option<Key>,
    /// The execution's own states, by attempt.
    pub runs: BTreeMap<u64, Run>,
    /// What set it off.
    pub trigger: Option<Trigger>,
    /// The stages, by name.
    pub stages: BTreeMap<String, Stage>,
    /// The builds, by id.
    pub builds: BTreeMap<String, Build>,
    /// The CodeDeploy deployments, by id.
    pub deployments: BTreeMap<String, Deployment>,
    /// The ECS deployments, by id.
    pub ecs_deployments: BTreeMap<String, EcsDeployment>,
    /// Runs of other tools, by tool, subject and run.
    pub tools: BTreeMap<String, Tool>,
    /// Images, by repository and digest.
    pub images: BTreeMap<String, Image>,
    /// What is only told: a branch that moved, an event that nobody knows.
    pub notices: BTreeMap<String, Notice>,
}

/// One attempt at something: where it stands, and since when it runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Run {
    /// Where it stands.
    pub standing: Option<Standing>,
    /// The earliest that is known of it.
    pub started: Earliest,
}

/// A stage of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stage {
    /// Its attempts.
    pub runs: BTreeMap<u64, Run>,
    /// Its actions, by name.
    pub actions: BTreeMap<String, Action>,
}

/// An action of a stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Action {
    /// Its attempts.
    pub runs: BTreeMap<u64, ActionRun>,
    /// `Source`, `Build`, `Deploy`, `Approval`, …
    pub category: Option<String>,
    /// `CodeBuild`, `CodeDeployToECS`, …
    pub provider: Option<String>,
    /// What is asked, where it is an approval.
    pub approval: Option<Said<Approval>>,
}

/// One attempt at an action.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActionRun {
    /// Where it stands.
    pub run: Run,
    /// Its own execution's id.
    pub id: Option<String>,
    /// The build, the deployment, the commit that did its work.
    pub external: Option<String>,
    /// That one's page.
    pub url: Option<String>,
    /// What it says of itself.
    pub summary: Option<Said<String>>,
    /// An error's code.
    pub code: Option<String>,
}

/// What somebody is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Approval {
    /// Until when.
    pub expires: Option<Moment>,
    /// What an answer has to carry.
    pub token: Option<String>,
    /// Where to answer.
    pub review: Option<String>,
    /// What to look at.
    pub link: Option<String>,
    /// What the pipeline's author says about it.
    pub note: Option<String>,
}

/// A build.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Build {
    /// Where it stands.
    pub run: Run,
    /// The project.
    pub project: Option<String>,
    /// Its number in the project.
    pub number: Option<u64>,
    /// The pipeline that started it.
    pub pipeline: Option<String>,
    /// Who started it, where it was no pipeline.
    pub initiator: Option<String>,
    /// The phase that it is in.
    pub phase: Option<Said<String>>,
    /// The phases that failed, and what they say.
    pub failed: BTreeMap<String, Option<Said<String>>>,
    /// The log group and stream.
    pub log: Option<(String, String)>,
    /// The log's page.
    pub log_url: Option<String>,
}

/// A CodeDeploy deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deployment {
    /// Where it stands.
    pub run: Run,
    /// The application.
    pub application: Option<String>,
    /// The deployment group.
    pub group: Option<String>,
    /// Why it failed: code and message.
    pub error: Option<(Option<String>, Option<String>)>,
    /// How many instances stand where, by the sender's word.
    pub overview: Option<Said<BTreeMap<String, u64>>>,
    /// Its instances, by id.
    pub instances: BTreeMap<String, Instance>,
    /// The verdicts of its gates, by hook.
    pub gates: BTreeMap<String, Gate>,
}

/// An instance of a deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Instance {
    /// Where it stands.
    pub run: Run,
    /// Its lifecycle events that failed.
    pub failed: BTreeMap<String, bool>,
}

/// The verdict of a gate.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gate {
    /// The verdict.
    pub run: Run,
    /// Why, in one line, and the checks that did not pass.
    pub said: Option<Said<GateWords>>,
    /// The task definition that was judged.
    pub task_definition: Option<String>,
}

/// What a gate says of its verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GateWords {
    /// Why, in one line.
    pub reason: String,
    /// The checks that did not pass.
    pub evidence: Vec<Evidence>,
}

/// A check of a gate that did not pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// The check.
    pub check: String,
    /// What had to be.
    pub expected: Option<String>,
    /// What was.
    pub got: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// An ECS deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EcsDeployment {
    /// Where it stands.
    pub run: Run,
    /// The service.
    pub service: Option<ServiceName>,
    /// What it says of itself.
    pub reason: Option<Said<String>>,
    /// Whether it went back to the earlier version.
    pub rolled_back: bool,
    /// Its tasks that are known, by id.
    pub tasks: BTreeMap<String, Task>,
    /// Its lifecycle hooks, by id.
    pub hooks: BTreeMap<String, EcsHook>,
    /// The verdicts of its gates, by hook.
    pub gates: BTreeMap<String, Gate>,
}

/// A task of an ECS deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Task {
    /// Its states, by the version that ECS counts: the latest one counts.
    pub runs: BTreeMap<u64, Run>,
    /// Its task definition, with the revision.
    pub task_definition: Option<String>,
    /// Why it stopped, in ECS's words and its containers'.
    pub stopped: Option<Said<String>>,
}

/// A lifecycle hook of an ECS deployment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EcsHook {
    /// Where it stands.
    pub run: Run,
    /// `PAUSE`, `AWS_LAMBDA`.
    pub kind: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// Until when it waits.
    pub expires: Option<Moment>,
}

/// A run of another tool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tool {
    /// The tool.
    pub tool: Option<String>,
    /// What it works on.
    pub subject: Option<String>,
    /// The run's states, by attempt.
    pub runs: BTreeMap<u64, Run>,
    /// Its steps, each by attempt.
    pub steps: BTreeMap<String, BTreeMap<u64, Run>>,
    /// What it says.
    pub message: Option<Said<String>>,
    /// Its page.
    pub url: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// Who set it off.
    pub author: Option<String>,
}

/// An image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Image {
    /// What was done with it, by the word.
    pub actions: BTreeMap<String, Run>,
    /// Its tags.
    pub tags: BTreeMap<String, bool>,
    /// The latest scan: findings by severity.
    pub scan: Option<Said<BTreeMap<String, u64>>>,
}

/// Something that is only told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notice {
    /// The source.
    pub source: Option<String>,
    /// What it is about, where that is known: a service, a task, a repository.
    pub about: Option<String>,
    /// In words.
    pub words: Option<Said<String>>,
    /// How bad it is.
    pub severity: Option<Severity>,
}

joins! {
    Card { place, execution, part_of, runs, trigger, stages, builds, deployments, ecs_deployments, tools, images, notices }
    Run { standing, started }
    Stage { runs, actions }
    Action { runs, category, provider, approval }
    ActionRun { run, id, external, url, summary, code }
    Build { run, project, number, pipeline, initiator, phase, failed, log, log_url }
    Deployment { run, application, group, error, overview, instances, gates }
    Instance { run, failed }
    Gate { run, said, task_definition }
    EcsDeployment { run, service, reason, rolled_back, tasks, hooks, gates }
    Task { runs, task_definition, stopped }
    EcsHook { run, kind, stage, expires }
    Tool { tool, subject, runs, steps, message, url, commit, branch, author }
    Image { actions, tags, scan }
    Notice { source, about, words, severity }
}
