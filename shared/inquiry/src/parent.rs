use aws_sdk_ecs::types::{Deployment, Service};
use card::{Card, Key};
use events::{ExecutionId, ServiceName};

use crate::{Inquiry, clock::Clock, pipeline::external};

impl Inquiry {
    /// Whose part something is, where AWS knows it. That it can't be asked is
    /// no news: events may tell it later.
    pub(crate) async fn whose(&self, clock: Clock, key: &Key, card: &Card) -> Option<Key> {
        match key {
            Key::Build(id) => {
                let pipeline = card.builds.get(id)?.pipeline.as_deref()?;
                self.execution_of(clock, pipeline, id).await
            }
            Key::Deployment(id) => self.of_deployment(clock, id).await,
            Key::Approval(pipeline, stage, action, token) => {
                self.of_approval(clock, (pipeline, stage, action), token)
                    .await
            }
            Key::EcsDeployment(id) if id.starts_with("arn:") => {
                self.of_service_deployment(clock, id).await
            }
            Key::EcsDeployment(id) => {
                let service = card.ecs_deployments.get(id)?.service.as_ref()?;
                self.of_task_set(clock, service, id).await
            }
            _ => None,
        }
    }

    /// The CodeDeploy deployment that made a task set. A task tells the set
    /// that started it as it would tell an ECS deployment.
    async fn of_task_set(&self, clock: Clock, service: &ServiceName, id: &str) -> Option<Key> {
        let call = self.clients.ecs.describe_services();
        let call = call.set_cluster(service.cluster.clone());
        let call = call.services(&service.service);
        let answer = clock.call("ecs:DescribeServices", call.send()).await;
        let services = answer.ok()?.services?;
        let mut sets = services.iter().flat_map(|service| service.task_sets());
        let set = sets.find(|set| set.id() == Some(id))?;
        let deployment = set.external_id().filter(|id| id.starts_with("d-"))?;
        Some(Key::Deployment(deployment.to_owned()))
    }

    /// What ECS's own events call a service deployment: hooks and gates name it
    /// by its ARN, the others by the id that its tasks have. While it goes on
    /// it is the service's primary one.
    async fn of_service_deployment(&self, clock: Clock, arn: &str) -> Option<Key> {
        let (_, path) = arn.split_once(":service-deployment/")?;
        let mut names = path.split('/');
        let (cluster, service) = (names.next()?, names.next()?);
        let call = self.clients.ecs.describe_services();
        let call = call.cluster(cluster).services(service);
        let answer = clock.call("ecs:DescribeServices", call.send()).await;
        let services = answer.ok()?.services?;
        let is_it = |service: &&Service| service.current_service_deployment() == Some(arn);
        let service = services.iter().find(is_it)?;
        let primary = |deployment: &&Deployment| deployment.status() == Some("PRIMARY");
        let id = service.deployments().iter().find(primary)?.id()?;
        Some(Key::EcsDeployment(id.to_owned()))
    }

    /// The execution one of whose actions has this build or deployment.
    async fn execution_of(&self, clock: Clock, pipeline: &str, id: &str) -> Option<Key> {
        let is_it = |found: &_| external(found) == Some(id);
        let listed = self.actions(clock, (pipeline, None), is_it).await;
        let found = listed.actions.iter().find(|found| is_it(found))?;
        let execution = found.pipeline_execution_id()?;
        Some(Key::Execution(ExecutionId {
            pipeline: pipeline.to_owned(),
            execution: execution.to_owned(),
        }))
    }

    /// The deployment that this one takes back, or the execution that it is
    /// for.
    async fn of_deployment(&self, clock: Clock, id: &str) -> Option<Key> {
        let call = self.clients.codedeploy.get_deployment().deployment_id(id);
        let answer = clock.call("codedeploy:GetDeployment", call.send()).await;
        let info = answer.ok()?.deployment_info?;
        let undone = (info.rollback_info())
            .and_then(|rollback| rollback.rollback_triggering_deployment_id())
            .filter(|undone| !undone.is_empty());
        if let Some(undone) = undone {
            return Some(Key::Deployment(undone.to_owned()));
        }
        // Nothing names the pipeline, but its artifacts are kept under its
        // name; a long one is cut there. It is the right one only if one of its
        // actions has this deployment.
        let revision = info.revision()?.s3_location()?;
        let (pipeline, _) = revision.key()?.split_once('/')?;
        if pipeline.is_empty() {
            return None;
        }
        self.execution_of(clock, pipeline, id).await
    }

    async fn of_approval(
        &self,
        clock: Clock,
        (pipeline, stage, action): (&str, &str, &str),
        token: &str,
    ) -> Option<Key> {
        if token.is_empty() {
            return None;
        }
        let call = self
            .clients
            .codepipeline
            .get_pipeline_state()
            .name(pipeline);
        let answer = clock
            .call("codepipeline:GetPipelineState", call.send())
            .await;
        let stages = answer.ok()?.stage_states?;
        let stage = stages
            .iter()
            .find(|found| found.stage_name() == Some(stage))?;
        let asks = stage.action_states().iter().any(|found| {
            let latest = found.latest_execution();
            found.action_name() == Some(action)
                && latest.and_then(|latest| latest.token()) == Some(token)
        });
        let execution = stage.latest_execution()?.pipeline_execution_id();
        (asks && !execution.is_empty()).then(|| {
            Key::Execution(ExecutionId {
                pipeline: pipeline.to_owned(),
                execution: execution.to_owned(),
            })
        })
    }
}
