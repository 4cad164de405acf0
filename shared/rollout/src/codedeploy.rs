use aws_sdk_codedeploy::types::{ComputePlatform, DeploymentGroupInfo, DeploymentInfo};
use aws_sdk_ecs::types::{Service, TaskSet};

use crate::{
    Fault, Rollout, Rollouts,
    client::{Entry, Found, Parts, port},
    fault::Call,
};

/// A service, as CodeDeploy names it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ServiceName {
    cluster: String,
    service: String,
}

impl Rollouts {
    /// The three rounds: the deployment and its target; the group and the
    /// service; and everything that those name.
    pub(crate) async fn find_codedeploy(&self, id: &str) -> Result<Rollout, Fault> {
        let (deployment, name) = tokio::try_join!(self.deployment(id), self.target(id))?;
        let application = need(deployment.application_name(), "its application")?;
        let group = need(deployment.deployment_group_name(), "its deployment group")?;
        let (info, service) =
            tokio::try_join!(self.group(application, group), self.service(&name))?;
        let green = green_of(&service, id)?;
        let green_group = target_group_of(green).ok_or_else(|| {
            Fault::new(
                STEP_GREEN,
                format!("task set {} has no target group", set_id(green)),
            )
        })?;
        let task_definition = green.task_definition().ok_or_else(|| {
            Fault::new(
                STEP_GREEN,
                format!("task set {} has no task definition", set_id(green)),
            )
        })?;
        let routes = routes(&deployment, &info)?;
        let Found {
            green: target_group,
            containers,
            production,
            test,
            load_balancer,
        } = self
            .parts(Parts {
                green: green_group,
                task_definition,
                production: Entry(&routes.production),
                test: routes.test.as_deref().map(Entry),
            })
            .await?;
        Ok(Rollout {
            application: application.to_owned(),
            group: group.to_owned(),
            cluster: name.cluster,
            service: name.service,
            task_definition: task_definition.to_owned(),
            containers,
            container_port: green
                .load_balancers()
                .first()
                .and_then(|lb| port(lb.container_port())),
            desired: u32::try_from(green.computed_desired_count()).ok(),
            green: target_group,
            blue: blue_of(&service, green_group),
            production,
            test,
            load_balancer,
        })
    }

    async fn deployment(&self, id: &str) -> Result<DeploymentInfo, Fault> {
        let call = Call {
            step: STEP_DEPLOYMENT,
            action: "codedeploy:GetDeployment",
            resource: id,
            grant: "its deployment group",
        };
        let answer = self.codedeploy.get_deployment().deployment_id(id);
        let answer = answer.send().await.map_err(|error| call.failed(&error))?;
        let info = answer
            .deployment_info
            .ok_or_else(|| Fault::new(call.step, format!("{id} has no description")))?;
        match info.compute_platform() {
            Some(ComputePlatform::Ecs) | None => Ok(info),
            Some(other) => Err(Fault::new(
                call.step,
                format!(
                    "{id} deploys to {}, and this gate knows ECS",
                    other.as_str()
                ),
            )),
        }
    }

    /// The one target of an ECS deployment: its service.
    async fn target(&self, id: &str) -> Result<ServiceName, Fault> {
        let call = Call {
            step: "finding the service",
            action: "codedeploy:ListDeploymentTargets",
            resource: id,
            grant: "*",
        };
        let answer = self.codedeploy.list_deployment_targets().deployment_id(id);
        let answer = answer.send().await.map_err(|error| call.failed(&error))?;
        let found = answer.target_ids().first().map(String::as_str);
        // https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ECSTarget.html
        found
            .and_then(|target| target.split_once(':'))
            .map(|(cluster, service)| ServiceName {
                cluster: cluster.to_owned(),
                service: service.to_owned(),
            })
            .ok_or_else(|| {
                Fault::new(
                    call.step,
                    format!(
                        "the target of {id} should be <cluster>:<service>, and is {}",
                        found.unwrap_or("missing")
                    ),
                )
            })
    }

    async fn group(&self, application: &str, group: &str) -> Result<DeploymentGroupInfo, Fault> {
        let named = format!("{application}/{group}");
        let call = Call {
            step: "finding the deployment group",
            action: "codedeploy:GetDeploymentGroup",
            resource: &named,
            grant: "the deployment group",
        };
        let answer = self
            .codedeploy
            .get_deployment_group()
            .application_name(application)
            .deployment_group_name(group)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        answer
            .deployment_group_info
            .ok_or_else(|| Fault::new(call.step, format!("{named} has no description")))
    }

    async fn service(&self, name: &ServiceName) -> Result<Service, Fault> {
        let ServiceName { cluster, service } = name;
        let named = format!("{cluster}/{service}");
        let call = Call {
            step: STEP_GREEN,
            action: "ecs:DescribeServices",
            resource: &named,
            grant: "the service",
        };
        let answer = self
            .ecs
            .describe_services()
            .cluster(cluster)
            .services(service);
        let answer = answer.send().await.map_err(|error| call.failed(&error))?;
        let found = answer.services.unwrap_or_default().into_iter().next();
        found.ok_or_else(|| {
            let reason = answer
                .failures
                .unwrap_or_default()
                .first()
                .and_then(|failure| failure.reason().map(str::to_owned));
            let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
            Fault::new(
                STEP_GREEN,
                format!("there is no service {named} ({reason})"),
            )
        })
    }
}

const STEP_DEPLOYMENT: &str = "finding the deployment";
const STEP_GREEN: &str = "finding green's task set";

/// The listeners of a deployment, by ARN.
#[derive(Debug, PartialEq, Eq)]
struct Routes {
    production: String,
    test: Option<String>,
}

/// The deployment itself carries the routes that it was created with; the
/// group may have been changed since.
fn routes(deployment: &DeploymentInfo, group: &DeploymentGroupInfo) -> Result<Routes, Fault> {
    let own = deployment.load_balancer_info();
    let pair = own
        .and_then(|info| info.target_group_pair_info_list().first())
        .or_else(|| {
            group
                .load_balancer_info()?
                .target_group_pair_info_list()
                .first()
        })
        .ok_or_else(|| {
            Fault::new(
                "finding the listeners",
                "neither the deployment nor its group names a pair of target groups",
            )
        })?;
    let first = |route: Option<&aws_sdk_codedeploy::types::TrafficRoute>| {
        route.and_then(|route| route.listener_arns().first().cloned())
    };
    Ok(Routes {
        production: first(pair.prod_traffic_route()).ok_or_else(|| {
            Fault::new(
                "finding the listeners",
                "the deployment group has no production listener",
            )
        })?,
        test: first(pair.test_traffic_route()),
    })
}

/// Green is the task set that this deployment made: CodeDeploy writes its id
/// into it.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html>
fn green_of<'a>(service: &'a Service, deployment: &str) -> Result<&'a TaskSet, Fault> {
    let sets = service.task_sets();
    sets.iter()
        .find(|set| set.external_id() == Some(deployment))
        .ok_or_else(|| {
            let others: Vec<&str> = sets.iter().filter_map(|set| set.external_id()).collect();
            let others = match others.is_empty() {
                true => "none of any deployment".to_owned(),
                false => format!("those of {}", others.join(", ")),
            };
            Fault::new(
                STEP_GREEN,
                format!(
                    "service {} has no task set of {deployment}, only {others}",
                    service.service_name().unwrap_or("without a name"),
                ),
            )
        })
}

fn target_group_of(set: &TaskSet) -> Option<&str> {
    set.load_balancers()
        .iter()
        .find_map(|lb| lb.target_group_arn())
}

/// Blue's target group: that of the task set which serves production, or of any
/// other one than green's.
fn blue_of(service: &Service, green: &str) -> Option<String> {
    let others = || {
        let sets = service.task_sets().iter();
        sets.filter_map(|set| Some((set.status(), target_group_of(set)?)))
            .filter(|(_, group)| *group != green)
    };
    let primary = others().find(|(status, _)| *status == Some("PRIMARY"));
    primary
        .or_else(|| others().next())
        .map(|(_, group)| group.to_owned())
}

fn set_id(set: &TaskSet) -> &str {
    set.id().unwrap_or("without an id")
}

fn need<'a>(text: Option<&'a str>, what: &str) -> Result<&'a str, Fault> {
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| Fault::new(STEP_DEPLOYMENT, format!("CodeDeploy does not tell {what}")))
}

#[cfg(test)]
mod tests {
    use aws_sdk_codedeploy::types::{LoadBalancerInfo, TargetGroupPairInfo, TrafficRoute};

    use super::*;

    fn pair(production: &str, test: Option<&str>) -> LoadBalancerInfo {
        let route = |arn: &str| TrafficRoute::builder().listener_arns(arn).build();
        LoadBalancerInfo::builder()
            .target_group_pair_info_list(
                TargetGroupPairInfo::builder()
                    .prod_traffic_route(route(production))
                    .set_test_traffic_route(test.map(route))
                    .build(),
            )
            .build()
    }

    #[test]
    fn the_deployments_routes_go_before_the_groups() {
        let group = DeploymentGroupInfo::builder()
            .load_balancer_info(pair("old", Some("old test")))
            .build();
        let deployment = DeploymentInfo::builder().load_balancer_info(pair("new", None));
        assert_eq!(
            routes(&deployment.build(), &group),
            Ok(Routes {
                production: "new".into(),
                test: None
            })
        );
        let bare = DeploymentInfo::builder().build();
        assert_eq!(routes(&bare, &group).unwrap().test.unwrap(), "old test");
        let nothing = DeploymentGroupInfo::builder().build();
        assert!(routes(&bare, &nothing).is_err());
    }

    #[test]
    fn blue_serves_production() {
        let set = |status: &str, group: &str| {
            let lb = aws_sdk_ecs::types::LoadBalancer::builder().target_group_arn(group);
            let set = TaskSet::builder().status(status);
            set.load_balancers(lb.build()).build()
        };
        let service = |sets: Vec<TaskSet>| Service::builder().set_task_sets(Some(sets)).build();
        for (sets, blue) in [
            (vec![], None),
            (vec![set("ACTIVE", "green")], None),
            (
                vec![set("ACTIVE", "green"), set("PRIMARY", "blue")],
                Some("blue"),
            ),
            (
                vec![set("ACTIVE", "old"), set("PRIMARY", "blue")],
                Some("blue"),
            ),
            (
                vec![set("DRAINING", "old"), set("PRIMARY", "green")],
                Some("old"),
            ),
        ] {
            assert_eq!(blue_of(&service(sets), "green").as_deref(), blue);
        }
    }

    #[test]
    fn green_is_the_task_set_of_this_deployment() {
        let set =
            |id: &str, deployment: &str| TaskSet::builder().id(id).external_id(deployment).build();
        let service = Service::builder()
            .service_name("shop")
            .task_sets(set("ecs-svc/1", "d-OLD"))
            .task_sets(set("ecs-svc/2", "d-NEW"))
            .build();
        assert_eq!(green_of(&service, "d-NEW").unwrap().id(), Some("ecs-svc/2"));
        assert_eq!(
            green_of(&service, "d-GONE").unwrap_err().why,
            "service shop has no task set of d-GONE, only those of d-OLD, d-NEW"
        );
    }
}
