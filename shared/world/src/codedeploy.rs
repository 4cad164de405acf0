//! CodeDeploy's calls: what it accepts, what it refuses.

use crate::{
    Creator, DeployRequest, Deployment, DeploymentController, DeploymentGroup, DeploymentStatus,
    Event, FunctionResult, LifecycleEvent, LifecycleEventName, LifecycleEventStatus,
    LoadBalancerType, Millis, Refusal, Revision, Shift, TaskDefinition, TaskDefinitionStatus,
    TaskSet, TaskSetStatus, World,
};

/// What CodePipeline puts a new task definition's ARN in place of.
const PLACEHOLDER: &str = "<TASK_DEFINITION>";

impl World {
    /// Accepts a deployment (`CreateDeployment`) and returns its id; from then
    /// on [`World::advance`] walks it. Refuses what CodeDeploy refuses, and
    /// with [`World::refuse_early`] also what ECS would refuse at Install.
    pub fn deploy(&mut self, now: Millis, request: DeployRequest) -> Result<String, Refusal> {
        let now = self.tick(now);
        let group = self.group_to_deploy(&request)?.clone();
        let config = request.config.unwrap_or_else(|| group.config.clone());
        let routing = self.deployment_config(&config).ok_or_else(|| {
            Refusal::new(
                "DeploymentConfigDoesNotExistException",
                format!("No deployment configuration found for name: {config}"),
            )
        })?;
        if routing.is_gradual() && self.is_behind_network_load_balancer(&group) {
            return Err(Refusal::new(
                "InvalidTrafficRoutingConfigurationException",
                "Only ALB supports gradual traffic routing, use AllAtOnce Traffic routing instead \
                 when you create/update Deployment group.",
            ));
        }
        let (blue_target_group, green_target_group) = self.target_groups_of(&group)?;
        let task_definition_arn = match self.check_revision(&group, &request.revision) {
            Ok(task_definition) => task_definition.arn.clone(),
            Err(refusal) if self.refuse_early => return Err(refusal),
            Err(_) => request.revision.task_definition.clone(),
        };
        let id = self.next_deployment_id();
        self.record(
            now,
            Event::DeploymentCreated {
                deployment: id.clone(),
                of: (group.application.clone(), group.name.clone()),
                creator: Creator::User,
            },
        );
        self.deployments.push(Deployment {
            id: id.clone(),
            application: group.application,
            group: group.name,
            config,
            routing,
            description: request.description,
            status: DeploymentStatus::Created,
            creator: Creator::User,
            appspec: request.appspec,
            revision: request.revision,
            task_definition_arn,
            error: None,
            rollback: None,
            created_at: now,
            started_at: None,
            completed_at: None,
            lifecycle: new_lifecycle(),
            blue_task_set: None,
            green_task_set: None,
            blue_target_group,
            green_target_group,
            task_sets: Vec::new(),
            shift: Shift::default(),
            terminate_at: None,
        });
        Ok(id)
    }

    /// Takes in a hook's status (`PutLifecycleEventHookExecutionStatus`):
    /// `Succeeded` or `Failed`, once. Returns the id of the execution.
    pub fn put_hook_status(
        &mut self,
        deployment: &str,
        execution: &str,
        status: &str,
        now: Millis,
    ) -> Result<String, Refusal> {
        let now = self.tick(now);
        let index = self.deployment_index(deployment)?;
        let status = match LifecycleEventStatus::parse(status) {
            Some(s @ (LifecycleEventStatus::Succeeded | LifecycleEventStatus::Failed)) => s,
            _ => {
                return Err(Refusal::new(
                    "InvalidLifecycleEventHookExecutionStatusException",
                    "The lifecycle event hook execution status must be Succeeded or Failed",
                ));
            }
        };
        let found = (self.deployments[index].lifecycle.iter_mut())
            .find(|e| e.hook.as_ref().is_some_and(|h| h.id == execution));
        let Some((event, hook)) = found.and_then(|e| Some((e.name, (e.status, e.hook.as_mut()?))))
        else {
            return Err(Refusal::new(
                "InvalidLifecycleEventHookExecutionIdException",
                "The lifecycle event hook execution ID is invalid",
            ));
        };
        let (state, hook) = hook;
        let in_time = now < hook.deadline;
        if state != LifecycleEventStatus::InProgress || hook.reported.is_some() || !in_time {
            return Err(Refusal::new(
                "LifecycleEventAlreadyCompletedException",
                "The lifecycle event has already completed",
            ));
        }
        hook.reported = Some(status);
        hook.reported_at = Some(now);
        let event = Event::HookReported {
            deployment: deployment.to_owned(),
            step: crate::Step::Lifecycle(event),
            function: hook.function.clone(),
            execution: execution.to_owned(),
            status,
        };
        self.record(now, event);
        Ok(execution.to_owned())
    }

    /// Takes in how a hook's function came back. CodeDeploy only notes it; for
    /// ECS's own deployments it decides. Ignored (`false`) for an unknown
    /// execution, or a call that isn't out.
    pub fn hook_function_returned(
        &mut self,
        execution: &str,
        result: FunctionResult,
        now: Millis,
    ) -> bool {
        let now = self.tick(now);
        for deployment in &mut self.deployments {
            let id = &deployment.id;
            for hook in deployment
                .lifecycle
                .iter_mut()
                .filter_map(|e| e.hook.as_mut())
            {
                if hook.id == execution {
                    if hook.returned.is_some() {
                        return false;
                    }
                    hook.returned = Some(result.clone());
                    if let FunctionResult::Failed(reason) = result {
                        let event = Event::HookBroke {
                            deployment: id.clone(),
                            function: hook.function.clone(),
                            execution: execution.to_owned(),
                            reason,
                        };
                        self.record(now, event);
                    }
                    return true;
                }
            }
        }
        self.native_hook_returned(execution, result, now)
    }

    /// Stops a deployment (`StopDeployment`), and rolls it back if asked to.
    pub fn stop_deployment(
        &mut self,
        deployment: &str,
        roll_back: bool,
        now: Millis,
    ) -> Result<(), Refusal> {
        let now = self.tick(now);
        let index = self.deployment_index(deployment)?;
        if self.deployments[index].status.is_over() {
            return Err(Refusal::new(
                "DeploymentAlreadyCompletedException",
                format!("The deployment {deployment} has already completed"),
            ));
        }
        self.end_stopped(index, roll_back, now);
        Ok(())
    }

    /// Ends the wait before blue is stopped (`ContinueDeployment` with
    /// `TERMINATION_WAIT`).
    pub fn continue_deployment(&mut self, deployment: &str, now: Millis) -> Result<(), Refusal> {
        let now = self.tick(now);
        let index = self.deployment_index(deployment)?;
        let deployment = &mut self.deployments[index];
        if deployment.terminate_at.is_none() || deployment.status.is_over() {
            return Err(Refusal::new(
                "DeploymentIsNotInReadyStateException",
                format!("The deployment {} is not in a ready state", deployment.id),
            ));
        }
        deployment.terminate_at = Some(now);
        Ok(())
    }

    fn deployment_index(&self, id: &str) -> Result<usize, Refusal> {
        if id.is_empty() {
            return Err(Refusal::new(
                "DeploymentIdRequiredException",
                "The deployment ID must be specified",
            ));
        }
        if !id
            .strip_prefix("d-")
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            return Err(Refusal::new(
                "InvalidDeploymentIdException",
                format!("The deployment ID {id} is invalid"),
            ));
        }
        self.deployments
            .iter()
            .position(|d| d.id == id)
            .ok_or_else(|| {
                Refusal::new(
                    "DeploymentDoesNotExistException",
                    format!("The deployment {id} could not be found"),
                )
            })
    }

    fn group_to_deploy(&self, request: &DeployRequest) -> Result<&DeploymentGroup, Refusal> {
        if !self
            .applications
            .iter()
            .any(|a| a.name == request.application)
        {
            return Err(Refusal::new(
                "ApplicationDoesNotExistException",
                format!("No application found for name: {}", request.application),
            ));
        }
        let group = self
            .deployment_group(&request.application, &request.group)
            .ok_or_else(|| {
                Refusal::new(
                    "DeploymentGroupDoesNotExistException",
                    format!("No Deployment Group found for name: {}", request.group),
                )
            })?;
        if let Some(running) = self.running_deployment(&request.application, &request.group) {
            return Err(Refusal::new(
                "DeploymentLimitExceededException",
                format!(
                    "The Deployment Group '{}' already has an active Deployment '{}'",
                    group.name, running.id
                ),
            ));
        }
        Ok(group)
    }

    fn is_behind_network_load_balancer(&self, group: &DeploymentGroup) -> bool {
        (self.listener(&group.production_listener))
            .and_then(|l| self.load_balancer(&l.load_balancer_arn))
            .is_some_and(|l| l.kind == LoadBalancerType::Network)
    }

    /// The task set that serves a group's service.
    pub(crate) fn primary(&self, group: &DeploymentGroup) -> Result<&TaskSet, Refusal> {
        let invalid = |message: String| Refusal::new("InvalidECSServiceException", message);
        let service = self
            .service(&group.cluster, &group.service)
            .ok_or_else(|| {
                invalid(format!(
                    "The ECS service {}:{} does not exist",
                    group.cluster, group.service
                ))
            })?;
        if service.controller != DeploymentController::CodeDeploy {
            return Err(invalid(
                "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller."
                    .to_owned(),
            ));
        }
        (service.task_sets.iter())
            .find(|t| t.status == TaskSetStatus::Primary)
            .ok_or_else(|| {
                invalid(format!(
                    "The ECS service {} has no primary task set",
                    service.name
                ))
            })
    }

    /// The ARNs of the target groups of blue and green: blue's is the one that
    /// the primary task set is in.
    fn target_groups_of(&self, group: &DeploymentGroup) -> Result<(String, String), Refusal> {
        let primary = self.primary(group)?;
        let arn = |name: &String| {
            self.target_group(name)
                .map(|g| g.arn.clone())
                .ok_or_else(|| {
                    Refusal::new(
                        "InvalidTargetGroupPairException",
                        format!("The target group {name} does not exist"),
                    )
                })
        };
        let [one, other] = &group.target_groups;
        let (one, other) = (arn(one)?, arn(other)?);
        if one == other {
            Err(Refusal::new(
                "InvalidTargetGroupPairException",
                "The two target groups of a pair must differ",
            ))
        } else if primary.target_group_arn == one {
            Ok((one, other))
        } else if primary.target_group_arn == other {
            Ok((other, one))
        } else {
            Err(Refusal::new(
                "InvalidTargetGroupPairException",
                "The target group of the primary task set is not one of the deployment group's pair",
            ))
        }
    }

    /// Finds the task definition that a revision names, and holds the
    /// container and its port against it, in ECS's words.
    pub(crate) fn check_revision(
        &self,
        group: &DeploymentGroup,
        revision: &Revision,
    ) -> Result<&TaskDefinition, Refusal> {
        let name = revision.task_definition.trim();
        let task_definition = if name == PLACEHOLDER {
            let running = &self.primary(group)?.task_definition_arn;
            let family = self
                .task_definition(running)
                .map_or("", |t| t.family.as_str());
            self.task_definition(family)
        } else {
            self.find_task_definition(name)?
        };
        let container = (revision.container_name.as_str(), revision.container_port);
        check_container(task_definition, container)
    }

    /// A task definition by ARN or `family:revision`; the revision must be a
    /// number.
    pub(crate) fn find_task_definition(
        &self,
        name: &str,
    ) -> Result<Option<&TaskDefinition>, Refusal> {
        let short = name.rsplit_once('/').map_or(name, |(_, short)| short);
        if let Some((_, number)) = short.rsplit_once(':')
            && number.parse::<u32>().is_err()
        {
            return Err(Refusal::ecs_update(format_args!(
                "Invalid revision number. Number: {number} \
                 (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException)"
            )));
        }
        Ok(self.task_definition(name))
    }
}

/// Holds a container and its port against a task definition.
pub(crate) fn check_container<'a>(
    task_definition: Option<&'a TaskDefinition>,
    (name, port): (&str, u16),
) -> Result<&'a TaskDefinition, Refusal> {
    let Some(task_definition) = task_definition else {
        return Err(Refusal::ecs_update("Unable to describe task definition."));
    };
    if task_definition.status != TaskDefinitionStatus::Active {
        return Err(Refusal::ecs_update("TaskDefinition is inactive"));
    }
    let Some(container) = task_definition.containers.iter().find(|c| c.name == name) else {
        return Err(Refusal::ecs_update(format_args!(
            "The container {name} does not exist in the task definition."
        )));
    };
    if !container
        .port_mappings
        .iter()
        .any(|m| m.container_port == port)
    {
        return Err(Refusal::ecs_update(format_args!(
            "The container {name} did not have a container port {port} defined."
        )));
    }
    Ok(task_definition)
}

/// All eight lifecycle events, none begun.
pub(crate) fn new_lifecycle() -> Vec<LifecycleEvent> {
    (LifecycleEventName::ALL.iter())
        .map(|&name| LifecycleEvent {
            name,
            status: LifecycleEventStatus::Pending,
            started_at: None,
            ended_at: None,
            diagnostics: None,
            hook: None,
        })
        .collect()
}
