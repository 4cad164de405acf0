//! A plain model of the part of AWS that a blue/green deployment touches.
//!
//! [`World`] holds the state of ECS, Elastic Load Balancing, CodeDeploy, and as
//! much of CodePipeline, CodeBuild, EventBridge, SQS, SNS, S3 and Secrets
//! Manager as messages about a deployment need. It is a pure state machine:
//! time comes in as a parameter, ids come from a counter, and what has to be
//! done outside comes back as [`Effect`]s. Tasks, health checks and functions
//! report what became of them through the inputs of `World`:
//! [`task_running`](World::task_running), [`task_stopped`](World::task_stopped),
//! [`target_health`](World::target_health),
//! [`put_hook_status`](World::put_hook_status) and
//! [`hook_function_returned`](World::hook_function_returned).
//!
//! ```
//! use greenlight_world::{Effect, ExampleOptions, LifecycleEventName, Millis, World};
//!
//! let options = ExampleOptions::default();
//! let mut world = World::example_with(&options, Millis(0));
//! let hooks = [(LifecycleEventName::BeforeInstall, "gate")];
//! let id = world.deploy(Millis(1), options.deploy_request(&hooks))?;
//! let effects = world.advance(Millis(2));
//! assert!(effects.iter().any(|e| matches!(e, Effect::InvokeHook { .. })));
//! assert_eq!(world.deployment(&id).map(|d| d.status.as_str()), Some("InProgress"));
//! # Ok::<(), greenlight_world::Refusal>(())
//! ```
//!
//! Left out on purpose: tasks that fail their health checks are not replaced,
//! there are no alarms, no auto scaling and no capacity, and a task set is up
//! when its tasks run, healthy or not: a gate is there to find that out.
//!
//! Where AWS's documentation is silent, this model chooses: a hook that fails
//! or says nothing ends a deployment with the code `HOOK_EXECUTION_FAILURE`; a
//! listener that doesn't serve blue, with `ELASTIC_LOAD_BALANCING_INVALID`; no
//! hooks run in the deployment that rolls another back; and ECS's own rollback
//! returns all traffic first, then calls the hooks of the production shift,
//! then those of the test shift, each only if that traffic had moved.

mod builds;
mod bus;
mod codedeploy;
pub mod dates;
mod effect;
mod example;
mod history;
mod lifecycle;
mod model;
mod moves;
mod native;
mod native_hooks;
mod notices;
mod pattern;
mod pipeline_events;
mod pipelines;
mod query;
mod queue;
mod refusal;
mod registry;
mod rollback;
mod shift;
mod stages;
mod task_events;
mod task_sets;
mod tasks;
mod traffic;
mod words;
mod world;

pub use effect::Effect;
pub use example::ExampleOptions;
pub use history::{Ending, Event, Happening, Step, Traffic};
pub use lifecycle::{HOOK_FAILED, HOOK_TIMED_OUT, INSTALL_TIMED_OUT};
pub use model::*;
pub use pattern::Pattern;
pub use query::{PREDEFINED_CONFIGS, RuleView};
pub use refusal::Refusal;
pub use traffic::TargetReport;
