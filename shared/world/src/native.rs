//! Blue/green by ECS itself: what it accepts, and what its hooks answer.

use crate::codedeploy::check_container;
use crate::{
    Creator, DeploymentController, Event, Millis, NativeRequest, Refusal, Service,
    ServiceDeployment, ServiceDeploymentStatus, ServiceRevision, Stage, World,
};

impl World {
    /// Accepts a deployment by ECS itself (`UpdateService` with another task
    /// definition) and returns the ARN of the service deployment; from then on
    /// [`World::advance`] walks it. One that is under way must be over first.
    pub fn deploy_native(
        &mut self,
        now: Millis,
        request: NativeRequest,
    ) -> Result<String, Refusal> {
        let now = self.tick(now);
        let source = self.native_source(&request)?.clone();
        let invalid = |message: &str| Refusal::new("InvalidParameterException", message);
        let service = (self.service(&request.cluster, &request.service))
            .ok_or_else(|| Refusal::new("ServiceNotFoundException", "Service not found."))?;
        let config = (request.config.or_else(|| service.native.clone()))
            .ok_or_else(|| invalid("The service has no blue/green deployment configuration."))?;
        let attached =
            (service.load_balancers.first()).and_then(|l| Some((l.clone(), l.advanced.clone()?)));
        let (attached, advanced) = attached.ok_or_else(|| {
            invalid("The service has no load balancer with an advancedConfiguration.")
        })?;
        let found = self
            .find_task_definition(&request.task_definition)
            .map_err(plain)?;
        let container = (attached.container_name.as_str(), attached.container_port);
        let task_definition = check_container(found, container).map_err(plain)?;
        let (service_arn, cluster_arn) = (service.arn.clone(), service.cluster_arn.clone());
        let path = format!("{}/{}", service.cluster, service.name);
        let desired_count = service.desired_count;
        let mut revision = ServiceRevision {
            arn: String::new(),
            service_arn: service_arn.clone(),
            cluster_arn: cluster_arn.clone(),
            task_definition_arn: task_definition.arn.clone(),
            target_group_arn: if source.target_group_arn == attached.target_group_arn {
                advanced.alternate_target_group_arn
            } else {
                attached.target_group_arn
            },
            production_listener_rule: advanced.production_listener_rule,
            test_listener_rule: advanced.test_listener_rule,
            container_name: attached.container_name,
            container_port: attached.container_port,
            started_by: String::new(),
            desired_count,
            pending_count: 0,
            running_count: 0,
            created_at: now,
        };
        let number = self.next_digits();
        revision.arn = self.arn("ecs", &format!("service-revision/{path}/{number}"));
        revision.started_by = self.next_ecs_svc();
        let id: String = self.next_hex(21);
        let arn = self.arn("ecs", &format!("service-deployment/{path}/{id}"));
        self.record(
            now,
            Event::DeploymentCreated {
                deployment: arn.clone(),
                of: (request.cluster.clone(), request.service.clone()),
                creator: Creator::User,
            },
        );
        self.service_deployments.push(ServiceDeployment {
            arn: arn.clone(),
            service_arn,
            cluster_arn,
            status: ServiceDeploymentStatus::Pending,
            status_reason: None,
            stage: Stage::ReconcileService,
            stages: Vec::new(),
            config: config.clone(),
            source_revision: source.arn,
            target_revision: revision.arn.clone(),
            test_weights: std::collections::BTreeMap::new(),
            production_weights: std::collections::BTreeMap::new(),
            hooks: Vec::new(),
            rollback: None,
            created_at: now,
            started_at: None,
            updated_at: now,
            finished_at: None,
            wait_until: None,
            green_percent: 0.0,
        });
        self.service_revisions.push(revision);
        if let Some(service) = self.service_mut(&request.cluster, &request.service) {
            service.native = Some(config);
        }
        Ok(arn)
    }

    /// The revision that serves, if the service may be deployed now.
    fn native_source(&self, request: &NativeRequest) -> Result<&ServiceRevision, Refusal> {
        if self.cluster(&request.cluster).is_none() {
            return Err(Refusal::new(
                "ClusterNotFoundException",
                "Cluster not found.",
            ));
        }
        let service = (self.service(&request.cluster, &request.service))
            .ok_or_else(|| Refusal::new("ServiceNotFoundException", "Service not found."))?;
        if service.controller != DeploymentController::Ecs {
            return Err(Refusal::new(
                "InvalidParameterException",
                "Unable to update task definition on services with a CODE_DEPLOY deployment \
                 controller. Use AWS CodeDeploy to trigger a new deployment.",
            ));
        }
        if let Some(running) = self.running_service_deployment(service) {
            return Err(Refusal::new(
                "ConflictException",
                format!("The service deployment {} is still under way.", running.arn),
            ));
        }
        (service.current_revision.as_deref())
            .and_then(|arn| self.service_revision(arn))
            .ok_or_else(|| {
                Refusal::new(
                    "ServiceNotActiveException",
                    "The service has no revision that serves.",
                )
            })
    }

    /// The deployment of a service by ECS itself that is under way.
    pub fn running_service_deployment(&self, service: &Service) -> Option<&ServiceDeployment> {
        (self.service_deployments.iter())
            .find(|d| d.service_arn == service.arn && !d.status.is_over())
    }

    /// The ARNs of a service's revisions whose tasks shall run.
    pub(crate) fn live_revisions(&self, service: &Service) -> Vec<String> {
        let mut live: Vec<String> = service.current_revision.iter().cloned().collect();
        if let Some(deployment) = self.running_service_deployment(service) {
            let scaled_up = deployment.stages.iter().any(|s| s.stage == Stage::ScaleUp);
            if scaled_up && !live.contains(&deployment.target_revision) {
                live.push(deployment.target_revision.clone());
            }
        }
        live
    }
}

/// What ECS itself would call CodeDeploy's wording of a refusal.
fn plain(refusal: Refusal) -> Refusal {
    let message = match refusal.message.rsplit_once("unexpected error: ") {
        Some((_, message)) => message.to_owned(),
        None => refusal.message,
    };
    Refusal::new("InvalidParameterException", message)
}
