//! Questions to the world.

use crate::traffic::actions;
use crate::{
    Cluster, Deployment, DeploymentConfig, DeploymentGroup, Forward, Listener, LoadBalancer,
    Object, Secret, Service, ServiceDeployment, ServiceRevision, TargetGroup, Task, TaskDefinition,
    TaskDefinitionStatus, TaskSet, TrafficRouting, World,
};

/// A rule as `DescribeRules` shows it: one of a listener's own, or the one
/// that stands for its default action.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleView<'a> {
    /// Its ARN.
    pub arn: &'a str,
    /// The listener it belongs to.
    pub listener: &'a Listener,
    /// Its place; absent: the default rule.
    pub priority: Option<u32>,
    /// The path patterns that it is for; empty: every path.
    pub path_patterns: &'a [String],
    /// Where it forwards to.
    pub forwards: &'a [Forward],
}

/// The deployment configurations that every account has.
pub const PREDEFINED_CONFIGS: [(&str, TrafficRouting); 5] = [
    ("CodeDeployDefault.ECSAllAtOnce", TrafficRouting::AllAtOnce),
    (
        "CodeDeployDefault.ECSCanary10Percent5Minutes",
        TrafficRouting::Canary {
            percent: 10,
            minutes: 5,
        },
    ),
    (
        "CodeDeployDefault.ECSCanary10Percent15Minutes",
        TrafficRouting::Canary {
            percent: 10,
            minutes: 15,
        },
    ),
    (
        "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
        TrafficRouting::Linear {
            percent: 10,
            minutes: 1,
        },
    ),
    (
        "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
        TrafficRouting::Linear {
            percent: 10,
            minutes: 3,
        },
    ),
];

impl World {
    /// The deployment with this id.
    pub fn deployment(&self, id: &str) -> Option<&Deployment> {
        self.deployments.iter().find(|d| d.id == id)
    }

    /// The deployment of a group that is under way, if one is.
    pub fn running_deployment(&self, application: &str, group: &str) -> Option<&Deployment> {
        (self.deployments.iter())
            .find(|d| d.application == application && d.group == group && !d.status.is_over())
    }

    /// The deployment group of this name.
    pub fn deployment_group(&self, application: &str, name: &str) -> Option<&DeploymentGroup> {
        (self.deployment_groups.iter()).find(|g| g.application == application && g.name == name)
    }

    /// What a deployment configuration does: a predefined one, or one of the
    /// world's own.
    pub fn deployment_config(&self, name: &str) -> Option<TrafficRouting> {
        let predefined = PREDEFINED_CONFIGS
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, r)| *r);
        let own = |c: &DeploymentConfig| (c.name == name).then_some(c.routing);
        predefined.or_else(|| self.deployment_configs.iter().find_map(own))
    }

    /// The cluster with this name or ARN.
    pub fn cluster(&self, name_or_arn: &str) -> Option<&Cluster> {
        self.clusters
            .iter()
            .find(|c| c.name == name_or_arn || c.arn == name_or_arn)
    }

    /// The service of a cluster, each by name or ARN.
    pub fn service(&self, cluster: &str, service: &str) -> Option<&Service> {
        self.services.iter().find(|s| {
            (s.cluster == cluster || s.cluster_arn == cluster)
                && (s.name == service || s.arn == service)
        })
    }

    pub(crate) fn service_mut(&mut self, cluster: &str, service: &str) -> Option<&mut Service> {
        (self.services.iter_mut()).find(|s| s.cluster == cluster && s.name == service)
    }

    /// The task set with this id or ARN.
    pub fn task_set(&self, id_or_arn: &str) -> Option<&TaskSet> {
        (self.services.iter().flat_map(|s| &s.task_sets))
            .find(|t| t.id == id_or_arn || t.arn == id_or_arn)
    }

    pub(crate) fn task_set_mut(&mut self, id: &str) -> Option<&mut TaskSet> {
        (self.services.iter_mut().flat_map(|s| &mut s.task_sets)).find(|t| t.id == id)
    }

    /// The task with this id or ARN.
    pub fn task(&self, id_or_arn: &str) -> Option<&Task> {
        self.tasks
            .iter()
            .find(|t| t.id == id_or_arn || t.arn == id_or_arn)
    }

    /// The tasks that a task set or an ECS deployment started, the stopped
    /// ones too.
    pub fn tasks_started_by<'a>(&'a self, started_by: &'a str) -> impl Iterator<Item = &'a Task> {
        self.tasks
            .iter()
            .filter(move |t| t.started_by == started_by)
    }

    /// The task definition with this ARN or `family:revision`; a family alone
    /// is its newest active revision.
    pub fn task_definition(&self, name: &str) -> Option<&TaskDefinition> {
        let short = name.rsplit_once('/').map_or(name, |(_, short)| short);
        match short.rsplit_once(':') {
            Some((family, revision)) => {
                let revision: u32 = revision.parse().ok()?;
                (self.task_definitions.iter())
                    .find(|t| t.family == family && t.revision == revision)
            }
            None => (self.task_definitions.iter())
                .filter(|t| t.family == short && t.status == TaskDefinitionStatus::Active)
                .max_by_key(|t| t.revision),
        }
    }

    /// The load balancer with this name or ARN.
    pub fn load_balancer(&self, name_or_arn: &str) -> Option<&LoadBalancer> {
        (self.load_balancers.iter()).find(|l| l.name == name_or_arn || l.arn == name_or_arn)
    }

    /// The listener with this ARN.
    pub fn listener(&self, arn: &str) -> Option<&Listener> {
        self.listeners.iter().find(|l| l.arn == arn)
    }

    /// The listener with this ARN, to be changed: its port, say.
    pub fn listener_mut(&mut self, arn: &str) -> Option<&mut Listener> {
        self.listeners.iter_mut().find(|l| l.arn == arn)
    }

    /// All rules of a listener, the default one last.
    pub fn rules<'a>(&'a self, listener: &'a Listener) -> impl Iterator<Item = RuleView<'a>> {
        let own = listener.rules.iter().map(move |rule| RuleView {
            arn: &rule.arn,
            listener,
            priority: Some(rule.priority),
            path_patterns: &rule.path_patterns,
            forwards: &rule.forwards,
        });
        own.chain([RuleView {
            arn: &listener.default_rule_arn,
            listener,
            priority: None,
            path_patterns: &[],
            forwards: &listener.forwards,
        }])
    }

    /// The rule with this ARN, a default one too.
    pub fn rule(&self, arn: &str) -> Option<RuleView<'_>> {
        self.listeners
            .iter()
            .flat_map(|l| self.rules(l))
            .find(|r| r.arn == arn)
    }

    /// The target group with this name or ARN.
    pub fn target_group(&self, name_or_arn: &str) -> Option<&TargetGroup> {
        (self.target_groups.iter()).find(|t| t.name == name_or_arn || t.arn == name_or_arn)
    }

    /// The load balancers whose listeners forward to a target group.
    pub fn load_balancers_of(&self, target_group_arn: &str) -> Vec<&LoadBalancer> {
        let uses = |l: &&LoadBalancer| {
            (self.listeners.iter())
                .filter(|listener| listener.load_balancer_arn == l.arn)
                .any(|listener| forwards_to(listener, target_group_arn))
        };
        self.load_balancers.iter().filter(uses).collect()
    }

    /// Whether a listener forwards to a target group, be it with weight 0: only
    /// then are its targets health-checked.
    pub fn is_in_use(&self, target_group_arn: &str) -> bool {
        self.listeners
            .iter()
            .any(|l| forwards_to(l, target_group_arn))
    }

    /// What a listener's default action forwards to, in percent by target
    /// group ARN. Empty when it forwards nothing.
    pub fn shares(&self, listener_arn: &str) -> Vec<(String, f64)> {
        let forwards = self.listener(listener_arn).map_or(&[][..], |l| &l.forwards);
        let total: u32 = forwards.iter().map(|f| f.weight).sum();
        (forwards.iter())
            .filter(|_| total > 0)
            .map(|f| {
                let percent = f64::from(f.weight) * 100.0 / f64::from(total);
                (f.target_group_arn.clone(), percent)
            })
            .collect()
    }

    /// The service deployment with this ARN.
    pub fn service_deployment(&self, arn: &str) -> Option<&ServiceDeployment> {
        self.service_deployments.iter().find(|d| d.arn == arn)
    }

    /// The service revision with this ARN.
    pub fn service_revision(&self, arn: &str) -> Option<&ServiceRevision> {
        self.service_revisions.iter().find(|r| r.arn == arn)
    }

    /// An object in S3.
    pub fn object(&self, bucket: &str, key: &str) -> Option<&Object> {
        self.objects.get(bucket, key)
    }

    /// The secret with this name or ARN.
    pub fn secret(&self, name_or_arn: &str) -> Option<&Secret> {
        self.secrets
            .iter()
            .find(|s| s.name == name_or_arn || s.arn == name_or_arn)
    }

    /// Whether any deployment is under way.
    pub fn is_deploying(&self) -> bool {
        self.deployments.iter().any(|d| !d.status.is_over())
            || self.service_deployments.iter().any(|d| !d.status.is_over())
    }
}

fn forwards_to(listener: &Listener, target_group_arn: &str) -> bool {
    (actions(listener).flatten()).any(|f| f.target_group_arn == target_group_arn)
}
