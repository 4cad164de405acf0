use aws_sdk_elasticloadbalancingv2::types::{
    Action, Listener, ProtocolEnum, Rule as ElbRule, RuleCondition, TargetGroup as ElbTargetGroup,
};

use crate::{
    Condition, Container, Fault, Forward, HealthCheck, HealthPort, LoadBalancer, Proof, Protocol,
    Request, Rollout, Route, Rule, Subject, Target, TargetGroup, arn, fault::Call, judge_route,
};

/// Finds deployments and proves what answers in them.
#[derive(Debug, Clone)]
pub struct Rollouts {
    pub(crate) codedeploy: aws_sdk_codedeploy::Client,
    pub(crate) ecs: aws_sdk_ecs::Client,
    elb: aws_sdk_elasticloadbalancingv2::Client,
}

/// What the calls to the load balancer and to ECS have in common, whoever
/// deploys.
pub(crate) struct Parts<'a> {
    pub(crate) green: &'a str,
    pub(crate) task_definition: &'a str,
    pub(crate) production: Entry<'a>,
    pub(crate) test: Option<Entry<'a>>,
}

/// A listener, by its own ARN or by that of one of its rules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a>(pub(crate) &'a str);

impl Entry<'_> {
    fn listener(&self) -> String {
        arn::listener_of_rule(self.0).unwrap_or_else(|| self.0.to_owned())
    }
}

/// What [`Parts`] were found to be.
pub(crate) struct Found {
    pub(crate) green: TargetGroup,
    pub(crate) containers: Vec<Container>,
    pub(crate) production: Route,
    pub(crate) test: Option<Route>,
    pub(crate) load_balancer: LoadBalancer,
}

impl Rollouts {
    /// Finds deployments through these clients.
    pub fn new(
        codedeploy: aws_sdk_codedeploy::Client,
        ecs: aws_sdk_ecs::Client,
        elb: aws_sdk_elasticloadbalancingv2::Client,
    ) -> Self {
        Self {
            codedeploy,
            ecs,
            elb,
        }
    }

    /// Finds all there is to know about a deployment: in three rounds of
    /// calls for CodeDeploy, in two for ECS; those of a round run together.
    ///
    /// # Errors
    /// The first step that could not be taken, and why.
    pub async fn find(&self, subject: &Subject) -> Result<Rollout, Fault> {
        match subject {
            Subject::CodeDeploy { deployment_id } => self.find_codedeploy(deployment_id).await,
            Subject::Native { revision_arn } => self.find_native(revision_arn).await,
        }
    }

    /// Judges whether a listener sends these requests to green and only to
    /// green at this moment.
    pub(crate) async fn prove_route(
        &self,
        rollout: &Rollout,
        route: &Route,
        requests: &[Request],
    ) -> Result<Proof, Fault> {
        let rules = self.rules(route).await?;
        judge_route(&rules, requests, &rollout.green.arn)
            .map_err(|why| Fault::new("proof of green", why).with_remedy("probe through tasks"))
    }

    /// The targets of a target group, with their health.
    pub(crate) async fn targets(&self, group: &str) -> Result<Vec<Target>, Fault> {
        let call = Call {
            step: "reading the health of green's targets",
            action: "elasticloadbalancing:DescribeTargetHealth",
            resource: group,
            grant: "*",
        };
        let answer = self
            .elb
            .describe_target_health()
            .target_group_arn(group)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let targets = answer.target_health_descriptions().iter();
        Ok(targets
            .map(|found| {
                let (target, health) = (found.target(), found.target_health());
                let state = health.and_then(|health| health.state());
                Target {
                    id: target.and_then(|t| t.id()).unwrap_or("unknown").to_owned(),
                    port: target.and_then(|t| port(t.port())).unwrap_or_default(),
                    // What is not told is not healthy.
                    state: state.map_or("unknown", |state| state.as_str()).to_owned(),
                    reason: health.and_then(|h| Some(h.reason()?.as_str().to_owned())),
                    description: health
                        .and_then(|h| h.description())
                        .filter(|text| !text.is_empty())
                        .map(str::to_owned),
                }
            })
            .collect())
    }

    /// The rules of a listener; of a Network Load Balancer's, its one action.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn rules(&self, route: &Route) -> Result<Vec<Rule>, Fault> {
        if arn::is_network(&route.listener) {
            let listeners = self
                .listeners(std::slice::from_ref(&route.listener))
                .await?;
            let rule = |listener: &Listener| Rule {
                priority: None,
                conditions: vec![],
                forwards: forwards(listener.default_actions()),
            };
            return Ok(listeners.iter().map(rule).collect());
        }
        let call = Call {
            step: "reading the listener's rules",
            action: "elasticloadbalancing:DescribeRules",
            resource: &route.listener,
            grant: "*",
        };
        let mut rules = vec![];
        let mut marker = None;
        loop {
            let answer = self
                .elb
                .describe_rules()
                .listener_arn(&route.listener)
                .set_marker(marker)
                .send()
                .await
                .map_err(|error| call.failed(&error))?;
            rules.extend(answer.rules().iter().map(rule));
            marker = answer.next_marker;
            if marker.is_none() {
                return Ok(rules);
            }
        }
    }

    async fn listeners(&self, arns: &[String]) -> Result<Vec<Listener>, Fault> {
        let named = arns.join(", ");
        let call = Call {
            step: "finding the listeners",
            action: "elasticloadbalancing:DescribeListeners",
            resource: &named,
            grant: "*",
        };
        let answer = self
            .elb
            .describe_listeners()
            .set_listener_arns(Some(arns.to_vec()))
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        Ok(answer.listeners.unwrap_or_default())
    }

    /// Asks the load balancer and ECS for all parts at once.
    pub(crate) async fn parts(&self, parts: Parts<'_>) -> Result<Found, Fault> {
        let production = parts.production.listener();
        let test = parts.test.map(|entry| entry.listener());
        let mut arns = vec![production.clone()];
        arns.extend(test.clone().filter(|arn| *arn != production));
        let (green, listeners, load_balancer, containers) = tokio::try_join!(
            self.target_group(parts.green),
            self.listeners(&arns),
            self.load_balancer(&production),
            self.containers(parts.task_definition),
        )?;
        let route = |listener: &str| {
            let found = listeners
                .iter()
                .find(|l| l.listener_arn() == Some(listener))
                .ok_or_else(|| {
                    Fault::new("finding the listeners", format!("{listener} is gone"))
                })?;
            Ok::<_, Fault>(Route {
                listener: listener.to_owned(),
                port: port(found.port()).ok_or_else(|| {
                    Fault::new("finding the listeners", format!("{listener} has no port"))
                })?,
                protocol: protocol(found.protocol()),
            })
        };
        let test = test.as_deref().map(route).transpose()?;
        Ok(Found {
            green,
            containers,
            production: route(&production)?,
            test,
            load_balancer,
        })
    }

    async fn target_group(&self, arn: &str) -> Result<TargetGroup, Fault> {
        let call = Call {
            step: "finding green's target group",
            action: "elasticloadbalancing:DescribeTargetGroups",
            resource: arn,
            grant: "*",
        };
        let answer = self
            .elb
            .describe_target_groups()
            .target_group_arns(arn)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        match answer.target_groups() {
            [found, ..] => Ok(target_group(found, arn)),
            [] => Err(Fault::new(call.step, format!("{arn} is gone"))),
        }
    }

    async fn load_balancer(&self, listener: &str) -> Result<LoadBalancer, Fault> {
        let step = "finding the load balancer";
        let arn = arn::load_balancer(listener)
            .ok_or_else(|| Fault::new(step, format!("{listener} is no listener's ARN")))?;
        let call = Call {
            step,
            action: "elasticloadbalancing:DescribeLoadBalancers",
            resource: &arn,
            grant: "*",
        };
        let answer = self
            .elb
            .describe_load_balancers()
            .load_balancer_arns(&arn)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let found = answer.load_balancers().first();
        let dns_name = found.and_then(|found| found.dns_name());
        Ok(LoadBalancer {
            dns_name: dns_name
                .ok_or_else(|| Fault::new(step, format!("{arn} has no DNS name")))?
                .to_owned(),
            internal: found
                .and_then(|found| found.scheme())
                .is_some_and(|scheme| scheme.as_str() == "internal"),
        })
    }

    async fn containers(&self, task_definition: &str) -> Result<Vec<Container>, Fault> {
        let call = Call {
            step: "reading green's task definition",
            action: "ecs:DescribeTaskDefinition",
            resource: task_definition,
            grant: "*",
        };
        let answer = self
            .ecs
            .describe_task_definition()
            .task_definition(task_definition)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let definition = answer
            .task_definition()
            .ok_or_else(|| Fault::new(call.step, format!("{task_definition} is gone")))?;
        Ok(definition
            .container_definitions()
            .iter()
            .map(|container| Container {
                name: container.name().unwrap_or_default().to_owned(),
                labels: container
                    .docker_labels()
                    .map(|labels| labels.clone().into_iter().collect())
                    .unwrap_or_default(),
            })
            .collect())
    }
}

fn rule(found: &ElbRule) -> Rule {
    Rule {
        priority: found.priority().and_then(|number| number.parse().ok()),
        conditions: found.conditions().iter().map(condition).collect(),
        forwards: forwards(found.actions()),
    }
}

/// A condition, in either of the two forms that AWS tells it in.
fn condition(found: &RuleCondition) -> Condition {
    let field = found.field().unwrap_or("unknown");
    let values = |own: Option<&[String]>| match own {
        Some(values) if !values.is_empty() => values.to_vec(),
        _ => found.values().to_vec(),
    };
    let known = match field {
        "host-header" => Condition::Host(values(found.host_header_config().map(|c| c.values()))),
        "path-pattern" => Condition::Path(values(found.path_pattern_config().map(|c| c.values()))),
        "http-request-method" => Condition::Method(values(
            found.http_request_method_config().map(|c| c.values()),
        )),
        "http-header" => match found.http_header_config() {
            Some(config) => Condition::Header(
                config.http_header_name().unwrap_or_default().to_owned(),
                config.values().to_vec(),
            ),
            None => Condition::Other(field.to_owned()),
        },
        other => Condition::Other(other.to_owned()),
    };
    let empty = match &known {
        Condition::Host(values) | Condition::Path(values) | Condition::Method(values) => {
            values.is_empty()
        }
        Condition::Header(_, values) => values.is_empty(),
        Condition::Other(_) => false,
    };
    // Such as one that is written as a regular expression.
    match empty {
        true => Condition::Other(field.to_owned()),
        false => known,
    }
}

/// The target groups that actions forward to.
fn forwards(actions: &[Action]) -> Vec<Forward> {
    let mut forwards = Vec::new();
    for action in actions {
        let groups = action.forward_config().map(|c| c.target_groups());
        match groups {
            Some(groups) if !groups.is_empty() => {
                forwards.extend(groups.iter().filter_map(|group| {
                    Some(Forward {
                        target_group: group.target_group_arn()?.to_owned(),
                        weight: u32::try_from(group.weight().unwrap_or(1)).unwrap_or(0),
                    })
                }));
            }
            _ => forwards.extend(action.target_group_arn().map(|arn| Forward {
                target_group: arn.to_owned(),
                weight: 1,
            })),
        }
    }
    forwards
}

fn target_group(found: &ElbTargetGroup, arn: &str) -> TargetGroup {
    let own = protocol(found.protocol());
    TargetGroup {
        arn: arn.to_owned(),
        name: match found.target_group_name() {
            Some(name) => name.to_owned(),
            None => arn::name(arn).to_owned(),
        },
        grpc: found.protocol_version() == Some("GRPC"),
        health_check: HealthCheck {
            protocol: match found.health_check_protocol() {
                None => own.clone(),
                some => protocol(some),
            },
            port: match found.health_check_port().map(str::parse) {
                Some(Ok(port)) => HealthPort::Fixed(port),
                _ => HealthPort::Traffic,
            },
            path: found.health_check_path().map(str::to_owned),
            matcher: found
                .matcher()
                .and_then(|matcher| matcher.http_code())
                .map(str::to_owned),
        },
        protocol: own,
    }
}

fn protocol(word: Option<&ProtocolEnum>) -> Protocol {
    Protocol::of(word.map_or("none", ProtocolEnum::as_str))
}

pub(crate) fn port(number: Option<i32>) -> Option<u16> {
    number
        .and_then(|n| u16::try_from(n).ok())
        .filter(|n| *n > 0)
}
