use aws_sdk_codedeploy::types::{
    ComputePlatform, DeploymentInfo, DeploymentTarget, LifecycleEvent, LifecycleEventStatus,
    TargetFilterName,
};
use card::Card;
use diagnosis::Origin;
use events::Moment;

use crate::{
    Inquiry,
    answers::Answers,
    clock::Clock,
    ecs::{Place, Seen, Whose, moment},
    log::Log,
    rollback::{Versions, of_ecs, of_others, rollback},
};

/// The most targets that are looked at.
const TARGETS: usize = 10;

/// Where a script's log is about as long as CodeDeploy shows of one (4 KB), it
/// has no beginning.
/// <https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_Diagnostics.html>
const TAIL: usize = 4000;

impl Inquiry {
    /// Why a deployment failed, and how it was taken back.
    pub(crate) async fn deployment(&self, clock: Clock, card: &Card, id: &str) -> Answers {
        let mut answers = Answers::default();
        let codedeploy = &self.clients.codedeploy;
        let get = codedeploy.get_deployment().deployment_id(id);
        let (info, targets) = tokio::join!(
            clock.call("codedeploy:GetDeployment", get.send()),
            self.target_ids(clock, id, false),
        );
        let info = answers.had(info).and_then(|answer| answer.deployment_info);
        let ids = answers.had(targets).unwrap_or_default();
        let platform = info
            .as_ref()
            .and_then(|info| info.compute_platform().cloned());
        let to_ecs = platform == Some(ComputePlatform::Ecs);
        let place = ids
            .first()
            .filter(|_| to_ecs)
            .and_then(|target| of_target(target));
        let seen = async {
            match place {
                Some(place) => Some(self.look(clock, place).await),
                None => None,
            }
        };
        let (targets, mut seen) = tokio::join!(self.targets(clock, id, &ids), seen);
        let targets = answers.had(targets).unwrap_or_default();
        // Without the deployment its target tells what it deploys to.
        let service = targets.iter().find_map(|target| target.ecs_target());
        if let (None, Some(service), None) = (&seen, service, &platform)
            && let Some(place) = service.target_id().and_then(of_target)
        {
            seen = Some(self.look(clock, place).await);
        }
        if let Some(info) = &info {
            tell(info, &mut answers);
        }
        for event in targets
            .iter()
            .flat_map(lifecycle)
            .filter(|event| has_failed(event))
        {
            of_event(event, &mut answers);
        }
        let versions = match &seen {
            Some(seen) => {
                let began = info.as_ref().and_then(|info| moment(info.create_time()?));
                let known = card
                    .deployments
                    .get(id)
                    .and_then(|known| known.run.started.0);
                of_service(seen, (id, info.as_ref()), began.or(known), &mut answers)
            }
            None if to_ecs => of_ecs(id, info.as_ref(), None),
            None => of_others(info.as_ref(), &targets),
        };
        let is_under_way = versions.is_under_way;
        if let Some(rollback) = info.as_ref().and_then(|info| rollback(info, versions)) {
            answers.rollback(rollback);
            if is_under_way {
                // So it is asked again.
                answers.missing(
                    "ecs:DescribeServices: the rollback was still under way, and which version \
                     serves was not decided"
                        .to_owned(),
                );
            }
        }
        answers
    }

    /// The ids of a deployment's targets, or of those that failed.
    async fn target_ids(
        &self,
        clock: Clock,
        id: &str,
        only_failed: bool,
    ) -> Result<Vec<String>, String> {
        let mut call = (self.clients.codedeploy.list_deployment_targets()).deployment_id(id);
        if only_failed {
            call = call.target_filters(TargetFilterName::TargetStatus, vec!["Failed".to_owned()]);
        }
        let answer = clock
            .call("codedeploy:ListDeploymentTargets", call.send())
            .await;
        match answer {
            Ok(answer) => Ok(answer.target_ids.unwrap_or_default()),
            // What failed before it began has none.
            Err(why) if why.contains("DeploymentNotStartedException") => Ok(Vec::new()),
            Err(why) => Err(why),
        }
    }

    /// A few of a deployment's targets; where there are many, those that
    /// failed.
    async fn targets(
        &self,
        clock: Clock,
        id: &str,
        all: &[String],
    ) -> Result<Vec<DeploymentTarget>, String> {
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let failed = match all.len() > TARGETS {
            // Some of them all are better than none.
            true => (self.target_ids(clock, id, true).await).unwrap_or_default(),
            false => Vec::new(),
        };
        let ids = match failed.is_empty() {
            true => all,
            false => failed.as_slice(),
        };
        let call = (self.clients.codedeploy.batch_get_deployment_targets())
            .deployment_id(id)
            .set_target_ids(Some(ids.iter().take(TARGETS).cloned().collect()));
        let answer = clock
            .call("codedeploy:BatchGetDeploymentTargets", call.send())
            .await?;
        Ok(answer.deployment_targets.unwrap_or_default())
    }
}

/// The service that is the one target of a deployment to ECS.
/// <https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ECSTarget.html>
fn of_target(target: &str) -> Option<Place<'_>> {
    let (cluster, service) = target.split_once(':')?;
    Some(Place {
        cluster: Some(cluster),
        service,
    })
}

fn tell(info: &DeploymentInfo, answers: &mut Answers) {
    if let Some(error) = info.error_information() {
        let code = error.code().map(|code| code.as_str());
        answers.coded(Origin::Deployment, code, error.message());
    }
    // That it was not taken back is told without a deployment that did it.
    if let Some(told) = info.rollback_info()
        && told.rollback_deployment_id().is_none_or(str::is_empty)
    {
        answers.coded(Origin::Deployment, None, told.rollback_message());
    }
}

fn lifecycle(target: &DeploymentTarget) -> &[LifecycleEvent] {
    let instance = target
        .instance_target()
        .map(|target| target.lifecycle_events());
    let ecs = target.ecs_target().map(|target| target.lifecycle_events());
    let lambda = target
        .lambda_target()
        .map(|target| target.lifecycle_events());
    let stack = target.cloud_formation_target();
    let stack = stack.map(|target| target.lifecycle_events());
    instance.or(ecs).or(lambda).or(stack).unwrap_or_default()
}

fn has_failed(event: &LifecycleEvent) -> bool {
    event.status() == Some(&LifecycleEventStatus::Failed)
}

fn of_event(event: &LifecycleEvent, answers: &mut Answers) {
    let name = event.lifecycle_event_name().unwrap_or_default();
    answers.failed_at(name);
    let Some(told) = event.diagnostics() else {
        return;
    };
    let script = told.script_name().filter(|name| !name.is_empty());
    let script = script.map(|script| format!("script {script}"));
    let code = told.error_code().map(|code| code.as_str());
    let code = code.filter(|code| *code != "Success");
    let words: Vec<&str> = [Some(name), code, script.as_deref(), told.message()]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
    if words.len() > 1 {
        answers.text(Origin::LifecycleEvent, &words.join(": "));
    }
    let tail = told.log_tail().unwrap_or_default();
    let lines: Vec<&str> = tail.lines().collect();
    if let Some(log) = Log::of(&lines, tail.len() >= TAIL) {
        answers.log(log);
    }
}

/// Tells what ECS says of the service, and which versions there are.
fn of_service(
    seen: &Seen,
    (id, info): (&str, Option<&DeploymentInfo>),
    since: Option<Moment>,
    answers: &mut Answers,
) -> Versions {
    let mut versions = of_ecs(id, info, seen.service.as_ref());
    let sets = seen.service.as_ref().map(|service| service.task_sets());
    let mut sets = sets.unwrap_or_default().iter();
    let own = sets.find(|set| set.external_id() == Some(id));
    let deployed = versions.deployed.clone();
    let whose = Whose {
        started_by: own.and_then(|set| set.id()),
        version: deployed.as_deref(),
        since,
    };
    seen.tell(&whose, answers);
    if versions.deployed.is_none() {
        let stopped = seen.version_of(&whose);
        versions.deployed = stopped.filter(|version| versions.serves.as_ref() != Some(version));
    }
    versions
}
