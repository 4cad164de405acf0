//! The state of the world: plain data, one file for each service.

mod build;
mod bus;
mod codedeploy;
mod ecs;
mod elb;
mod native;
mod objects;
mod pipeline;
mod queue;
mod storage;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Add;
use std::time::Duration;

use serde::Serialize;

pub use build::*;
pub use bus::*;
pub use codedeploy::*;
pub use ecs::*;
pub use elb::*;
pub use native::*;
pub use objects::*;
pub(crate) use objects::{hex, md5_hex};
pub use pipeline::*;
pub use queue::*;
pub use storage::*;

use crate::{Effect, Happening};

/// A moment: milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    /// Seconds since the Unix epoch with a fraction, as AWS's JSON protocols
    /// write times.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The time from `earlier` to here; nothing when `earlier` is later.
    pub fn since(self, earlier: Millis) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Millis {
    type Output = Millis;

    /// Saturates, so that no wait is too long to be added.
    fn add(self, wait: Duration) -> Millis {
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        Millis(self.0.saturating_add(wait))
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How long a minute of AWS's settings lasts here, so that a rehearsal of a
/// five-minute canary needn't take five minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// The length of one minute.
    pub minute: Duration,
}

impl Pace {
    /// As on AWS: a minute is a minute.
    pub const REAL: Pace = Pace {
        minute: Duration::from_secs(60),
    };

    /// So many minutes at this pace. Negative and non-finite counts are none.
    pub fn minutes(self, count: f64) -> Duration {
        let longest = if count > 0.0 {
            Duration::MAX
        } else {
            Duration::ZERO
        };
        Duration::try_from_secs_f64(self.minute.as_secs_f64() * count).unwrap_or(longest)
    }

    /// So many seconds at this pace.
    pub fn seconds(self, count: f64) -> Duration {
        self.minutes(count / 60.0)
    }
}

/// The part of AWS that a blue/green deployment touches, as one value.
///
/// Everything may be read; what moves by itself is moved by
/// [`World::advance`](crate::World::advance) and the inputs beside it.
#[derive(Debug, Clone, Serialize)]
pub struct World {
    /// The region all of it is in.
    pub region: String,
    /// The account all of it belongs to: twelve digits.
    pub account: String,
    /// The length of a minute in waits that AWS counts in minutes.
    pub pace: Pace,
    /// How long CodeDeploy waits for a hook's status: one hour on AWS. Not
    /// scaled by the pace.
    pub hook_timeout: Duration,
    /// How long CodeDeploy waits for a task set to be up: one hour on AWS. Not
    /// scaled by the pace.
    pub install_timeout: Duration,
    /// How long ECS waits before it replaces a task that stopped by itself.
    /// Not scaled by the pace.
    pub restart_delay: Duration,
    /// A revision that ECS won't accept is refused by
    /// [`World::deploy`](crate::World::deploy) (`true`), or accepted there and
    /// found out at the Install event (`false`), as CodeDeploy does.
    pub refuse_early: bool,
    /// Faults that are switched on.
    pub faults: Faults,
    /// ECS clusters.
    pub clusters: Vec<Cluster>,
    /// ECS services, with their task sets.
    pub services: Vec<Service>,
    /// ECS tasks, the stopped ones too, oldest first.
    pub tasks: Vec<Task>,
    /// ECS task definitions, each revision its own.
    pub task_definitions: Vec<TaskDefinition>,
    /// Load balancers.
    pub load_balancers: Vec<LoadBalancer>,
    /// Listeners of all load balancers.
    pub listeners: Vec<Listener>,
    /// Target groups, with their targets.
    pub target_groups: Vec<TargetGroup>,
    /// CodeDeploy applications.
    pub applications: Vec<Application>,
    /// CodeDeploy deployment groups of all applications.
    pub deployment_groups: Vec<DeploymentGroup>,
    /// Deployment configurations of the user's own, besides the predefined.
    pub deployment_configs: Vec<DeploymentConfig>,
    /// CodeDeploy deployments, oldest first.
    pub deployments: Vec<Deployment>,
    /// Service deployments of ECS's own blue/green, oldest first.
    pub service_deployments: Vec<ServiceDeployment>,
    /// Service revisions of ECS's own blue/green, oldest first.
    pub service_revisions: Vec<ServiceRevision>,
    /// Objects in S3.
    pub objects: Objects,
    /// Queues in SQS by name.
    #[serde(skip)]
    pub queues: BTreeMap<String, Queue>,
    /// Secrets in Secrets Manager.
    pub secrets: Vec<Secret>,
    /// Events that were put on EventBridge, AWS's own among them, oldest first.
    pub events: Vec<PutEvent>,
    /// Pipeline executions, oldest first.
    #[serde(skip)]
    pub pipelines: Vec<PipelineExecution>,
    /// Builds, oldest first.
    #[serde(skip)]
    pub builds: Vec<Build>,
    /// Logs: the lines by group and stream.
    #[serde(skip)]
    pub logs: BTreeMap<String, BTreeMap<String, Vec<LogEvent>>>,
    /// Rules of EventBridge.
    pub rules: Vec<EventRule>,
    /// Topics in SNS by name.
    #[serde(skip)]
    pub topics: BTreeMap<String, Topic>,
    /// What happened, oldest first; only ever added to.
    pub history: Vec<Happening>,
    /// What the next id is made of.
    pub(crate) counter: u64,
    /// The latest moment that was seen: time never goes back in here.
    pub(crate) clock: Millis,
    /// Something came in that `advance` hasn't looked at.
    pub(crate) dirty: bool,
    /// Effects that the next `advance` returns.
    #[serde(skip)]
    pub(crate) outbox: Vec<Effect>,
}

/// Faults that can be switched on, each a way in which AWS misleads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// AllowTestTraffic says it succeeded, but the test listener stays on blue.
    pub stale_test_listener: bool,
}
