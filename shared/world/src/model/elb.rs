//! Elastic Load Balancing v2: load balancers, listeners, rules, target groups.

use serde::Serialize;

use super::Millis;
use crate::words::words;

words! {
    /// The kind of a load balancer.
    pub enum LoadBalancerType {
        /// HTTP: can split traffic by weight.
        Application => "application",
        /// TCP: CodeDeploy moves it all at once only.
        Network => "network",
    }
}

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadBalancer {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its DNS name; on this machine, a name or address that really resolves.
    pub dns_name: String,
    /// `internet-facing` or `internal`.
    pub scheme: String,
    /// Its kind.
    pub kind: LoadBalancerType,
    /// The VPC it is in.
    pub vpc_id: String,
    /// When it was made.
    pub created_at: Millis,
}

/// A share of traffic: of all weights of an action, so much goes to this
/// target group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forward {
    /// Where it goes.
    pub target_group_arn: String,
    /// Its weight, 0 to 999. A target group with weight 0 gets no traffic but
    /// counts as used, so that its targets are health-checked.
    pub weight: u32,
}

/// A listener.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listener {
    /// Its ARN.
    pub arn: String,
    /// The load balancer it belongs to.
    pub load_balancer_arn: String,
    /// The port that it really listens on.
    pub port: u16,
    /// `HTTP`, `HTTPS`, `TCP` or `TLS`.
    pub protocol: String,
    /// Where its default action forwards to.
    pub forwards: Vec<Forward>,
    /// The ARN of the rule that stands for the default action.
    pub default_rule_arn: String,
    /// Its other rules, first match first.
    pub rules: Vec<Rule>,
}

/// A rule of a listener, other than the default one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// Its ARN.
    pub arn: String,
    /// Its place; lower comes first.
    pub priority: u32,
    /// The path patterns that it is for; empty: every path.
    pub path_patterns: Vec<String>,
    /// Where it forwards to.
    pub forwards: Vec<Forward>,
}

/// The health check of a target group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HealthCheck {
    /// `HTTP`, `HTTPS` or `TCP`.
    pub protocol: String,
    /// `traffic-port`, or a number.
    pub port: String,
    /// The path asked for (HTTP and HTTPS; for gRPC the method).
    pub path: Option<String>,
    /// The statuses that are healthy, such as `200-299` (for gRPC its codes).
    pub matcher: Option<String>,
    /// From one check to the next, in seconds.
    pub interval_seconds: u32,
    /// How long one check may take, in seconds.
    pub timeout_seconds: u32,
    /// So many passes in a row make a target healthy.
    pub healthy_threshold: u32,
    /// So many failures in a row make a target unhealthy.
    pub unhealthy_threshold: u32,
}

/// A target group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `HTTP`, `HTTPS`, `TCP` or `TLS`.
    pub protocol: String,
    /// `HTTP1`, `HTTP2` or `GRPC`; absent behind a network load balancer.
    pub protocol_version: Option<String>,
    /// The port that targets listen on unless they say otherwise.
    pub port: u16,
    /// `ip`.
    pub target_type: String,
    /// The VPC it is in.
    pub vpc_id: String,
    /// How its targets are checked.
    pub health_check: HealthCheck,
    /// Its targets.
    pub targets: Vec<Target>,
}

words! {
    /// The health of a target.
    pub enum TargetState {
        /// Registered; not yet found healthy.
        Initial => "initial",
        /// It passes its checks.
        Healthy => "healthy",
        /// It fails its checks.
        Unhealthy => "unhealthy",
        /// Nothing forwards to its target group, so it isn't checked.
        Unused => "unused",
        /// It is being taken out.
        Draining => "draining",
        /// Health checks are off.
        Unavailable => "unavailable",
    }
}

words! {
    /// Why a target isn't healthy.
    pub enum TargetReason {
        /// It is being registered.
        RegistrationInProgress => "Elb.RegistrationInProgress",
        /// Its first checks are running.
        InitialHealthChecking => "Elb.InitialHealthChecking",
        /// It answered with a status that the matcher doesn't have.
        ResponseCodeMismatch => "Target.ResponseCodeMismatch",
        /// It did not answer in time.
        Timeout => "Target.Timeout",
        /// It could not be connected to, or did not answer properly.
        FailedHealthChecks => "Target.FailedHealthChecks",
        /// It isn't registered.
        NotRegistered => "Target.NotRegistered",
        /// Nothing forwards to its target group.
        NotInUse => "Target.NotInUse",
        /// It is being taken out.
        DeregistrationInProgress => "Target.DeregistrationInProgress",
        /// The load balancer has an error of its own.
        InternalError => "Elb.InternalError",
    }
}

impl TargetReason {
    /// A description as the load balancer words it. A status that didn't match
    /// is better described by whoever saw it.
    pub fn description(self) -> &'static str {
        match self {
            TargetReason::RegistrationInProgress => "Target registration is in progress",
            TargetReason::InitialHealthChecking => "Initial health checks in progress",
            TargetReason::ResponseCodeMismatch => "Health checks failed",
            TargetReason::Timeout => "Request timed out",
            TargetReason::FailedHealthChecks => "Health checks failed",
            TargetReason::NotRegistered => "Target is not registered to the target group",
            TargetReason::NotInUse => {
                "Target group is not configured to receive traffic from the load balancer"
            }
            TargetReason::DeregistrationInProgress => "Target deregistration is in progress",
            TargetReason::InternalError => "Load balancer encountered an internal error",
        }
    }
}

/// A target of a target group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    /// Its address.
    pub id: String,
    /// Its port.
    pub port: u16,
    /// Its health.
    pub state: TargetState,
    /// Why it isn't healthy.
    pub reason: Option<TargetReason>,
    /// The same in words.
    pub description: Option<String>,
    /// When it was registered.
    pub registered_at: Millis,
}
