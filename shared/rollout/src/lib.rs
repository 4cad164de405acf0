//! What is being deployed: from the few words that a hook is called with to
//! green, its target group, the listeners and the load balancer; and the proof
//! that what answers there is green.
//!
//! Green's tasks are the targets that are registered in green's target group:
//! that is where the load balancer sends requests, whoever deploys.

mod arn;
mod client;
mod codedeploy;
mod fault;
mod leads;
mod model;
mod native;
mod proof;
mod routing;
mod wait;

pub use client::Rollouts;
pub use fault::Fault;
pub use leads::Leads;
pub use model::{
    Container, HealthCheck, HealthPort, LoadBalancer, Protocol, Rollout, Route, Subject,
    TargetGroup, Way,
};
pub use proof::{Forward, Proof, Target, judge_listener, judge_route, judge_targets};
pub use routing::{Condition, Request, Rule, rule_of};
pub use wait::PROOF;
