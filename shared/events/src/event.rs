use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    build::{Build, BuildPhase},
    deployment::{Deployment, Instance},
    ecs::{EcsDeployment, EcsHook, ServiceAction, Task},
    image::{ImageAction, Scan},
    moment::Moment,
    own::{GateVerdict, ToolEvent},
    pipeline::{Action, Approval, Execution, Stage},
    repository::{PullRequest, Reference},
};

/// Something that happened, as the notifiers know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What tells it from every other event: the id that it came with, or one
    /// made of its content, so that an event that comes twice is known again.
    pub id: String,
    /// When it happened, by its own word. AWS sends whole seconds, which tie.
    pub at: Option<Moment>,
    /// The AWS account.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// What happened.
    pub kind: Kind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A pipeline execution changed its state.
    Execution(Execution),
    /// A stage of one did.
    Stage(Stage),
    /// An action of one did.
    Action(Action),
    /// Somebody is asked to approve.
    Approval(Approval),
    /// A build changed its state.
    Build(Build),
    /// A phase of a build ended.
    BuildPhase(BuildPhase),
    /// A CodeDeploy deployment changed its state.
    Deployment(Deployment),
    /// One of its instances did.
    Instance(Instance),
    /// An ECS service deployment changed its state.
    EcsDeployment(EcsDeployment),
    /// An ECS service tells of itself.
    ServiceAction(ServiceAction),
    /// A task changed its state.
    Task(Task),
    /// A lifecycle hook of an ECS deployment did.
    EcsHook(EcsHook),
    /// An image was pushed, deleted, replicated.
    Image(ImageAction),
    /// An image was scanned.
    Scan(Scan),
    /// A branch or a tag moved.
    Reference(Reference),
    /// A pull request changed.
    PullRequest(PullRequest),
    /// A gate of this project has decided.
    Gate(GateVerdict),
    /// Another tool tells of itself.
    Tool(ToolEvent),
    /// Something that is not known: its source, type and resources only.
    Notice(Notice),
}

/// An event that is not known, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Who sent it, `aws.backup`.
    pub source: String,
    /// Its type, in the sender's words.
    pub detail_type: String,
    /// What it is about: names or ARNs.
    pub resources: Vec<String>,
}

/// A state: where it stands in the life of a thing, and the sender's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Where it stands.
    pub phase: Phase,
    /// The sender's word, `SUPERSEDED`.
    pub word: String,
}

/// Where a state stands in the life of a thing. The senders add states; a new
/// one is [`Phase::Unknown`] and keeps its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nobody knows this word yet.
    Unknown,
    /// It waits for its turn, or for somebody.
    Waiting,
    /// It runs.
    Running,
    /// It is being stopped.
    Stopping,
    /// It ended because somebody or something stopped it.
    Stopped,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
}

impl Phase {
    /// Whether nothing comes after it, but for a new attempt.
    pub fn is_end(self) -> bool {
        matches!(self, Phase::Stopped | Phase::Succeeded | Phase::Failed)
    }
}

impl State {
    /// Reads a state in any of the senders' words, whatever its case.
    pub fn of(word: &str) -> Self {
        let plain: String = word
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let phase = match plain.as_str() {
            "QUEUED" | "CREATED" | "READY" | "PENDING" | "AWAITINGACTION" | "WAITING"
            | "PROVISIONING" | "ACTIVATING" => Phase::Waiting,
            "STARTED" | "START" | "RESUMED" | "INPROGRESS" | "RUNNING" | "BAKING" => Phase::Running,
            "STOPPING" | "DEACTIVATING" | "DEPROVISIONING" | "ROLLBACKINPROGRESS" => {
                Phase::Stopping
            }
            "STOPPED" | "STOP" | "CANCELED" | "CANCELLED" | "SUPERSEDED" | "ABANDONED"
            | "SKIPPED" | "DELETED" | "ABORTED" => Phase::Stopped,
            "SUCCEEDED" | "SUCCESS" | "COMPLETED" | "COMPLETE" | "APPROVED" | "PASSED"
            | "ACTIVE" => Phase::Succeeded,
            "FAILED" | "FAILURE" | "FAULT" | "TIMEDOUT" | "ERROR" | "ERRORED" | "REJECTED"
            | "CLIENTERROR" | "ROLLBACKFAILED" => Phase::Failed,
            _ => Phase::Unknown,
        };
        Self {
            phase,
            word: word.to_owned(),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word)
    }
}
