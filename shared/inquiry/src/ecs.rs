use aws_sdk_ecs::types::{Service, Task};
use aws_smithy_types::DateTime;
use card::{Card, EcsDeployment};
use diagnosis::{Origin, Text, diagnose};
use events::Moment;
use story::Rollback;

use crate::{Inquiry, answers::Answers, clock::Clock, rollback::version};

/// The most stopped tasks that are looked at: what one call describes.
const TASKS: i32 = 100;

/// The most of a service's events, and of its stopped tasks, that are told.
const EVENTS: usize = 10;
const STOPPED: usize = 5;

/// A service, and its cluster; None: the default one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) cluster: Option<&'a str>,
    pub(crate) service: &'a str,
}

/// What ECS says of a service.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) service: Option<Service>,
    pub(crate) stopped: Vec<Task>,
    missing: Vec<String>,
}

/// Which tasks are a deployment's.
#[derive(Debug, Default)]
pub(crate) struct Whose<'a> {
    /// The task set or the ECS deployment that started them.
    pub(crate) started_by: Option<&'a str>,
    /// Their version.
    pub(crate) version: Option<&'a str>,
    /// When the deployment began.
    pub(crate) since: Option<Moment>,
}

impl Inquiry {
    /// Looks at a service and at its tasks that stopped.
    pub(crate) async fn look(&self, clock: Clock, place: Place<'_>) -> Seen {
        let cluster = place.cluster.map(str::to_owned);
        let ecs = &self.clients.ecs;
        let service = (ecs.describe_services())
            .set_cluster(cluster.clone())
            .services(place.service);
        let stopped = async {
            let call = (ecs.list_tasks())
                .set_cluster(cluster.clone())
                .service_name(place.service)
                .desired_status(aws_sdk_ecs::types::DesiredStatus::Stopped)
                .max_results(TASKS);
            let listed = clock.call("ecs:ListTasks", call.send()).await?;
            let arns = listed.task_arns.unwrap_or_default();
            if arns.is_empty() {
                return Ok(Vec::new());
            }
            let call = (ecs.describe_tasks())
                .set_cluster(cluster.clone())
                .set_tasks(Some(arns));
            let found = clock.call("ecs:DescribeTasks", call.send()).await?;
            Ok(found.tasks.unwrap_or_default())
        };
        let (service, stopped) =
            tokio::join!(clock.call("ecs:DescribeServices", service.send()), stopped);
        let mut seen = Seen::default();
        match service.map(|found| found.services.unwrap_or_default().into_iter().next()) {
            Ok(Some(service)) => seen.service = Some(service),
            Ok(None) => seen
                .missing
                .push("ecs:DescribeServices: no such service".to_owned()),
            Err(why) => seen.missing.push(why),
        }
        match stopped {
            Ok(tasks) => seen.stopped = tasks,
            Err(why) => seen.missing.push(why),
        }
        seen
    }

    /// Why an ECS deployment failed.
    pub(crate) async fn ecs_deployment(&self, clock: Clock, card: &Card, id: &str) -> Answers {
        let mut answers = Answers::default();
        let known = card.ecs_deployments.get(id);
        let named = known.and_then(|known| known.service.as_ref());
        let place = match named {
            Some(name) => Some(Place {
                cluster: name.cluster.as_deref(),
                service: &name.service,
            }),
            None => of_arn(id),
        };
        let Some(place) = place else {
            return answers;
        };
        let seen = self.look(clock, place).await;
        let deployments = seen.service.as_ref().map(Service::deployments);
        let deployments = deployments.unwrap_or_default();
        let own = deployments.iter().find(|found| found.id() == Some(id));
        let stops = known.map(|known| &known.tasks);
        let of_tasks =
            stops.and_then(|tasks| tasks.values().find_map(|t| t.task_definition.as_deref()));
        let deployed = own
            .and_then(|own| own.task_definition())
            .or(of_tasks)
            .map(version);
        let began = own.and_then(|own| own.created_at()).and_then(moment);
        let since = began.or(known.and_then(|known| known.run.started.0));
        if let Some(reason) = own.and_then(|own| own.rollout_state_reason()) {
            answers.text(Origin::Service, reason);
        }
        let whose = Whose {
            started_by: id.starts_with("ecs-svc/").then_some(id),
            version: deployed.as_deref(),
            since,
        };
        seen.tell(&whose, &mut answers);
        if known.is_some_and(|known| known.rolled_back) {
            let primary = deployments
                .iter()
                .find(|found| found.status() == Some("PRIMARY"));
            let other = primary.filter(|found| found.id() != Some(id));
            let deployed = deployed.clone().or_else(|| seen.version_of(&whose));
            let serves = other.and_then(|found| found.task_definition()).map(version);
            answers.rollback(Rollback {
                serves: serves.filter(|serves| deployed.as_ref() != Some(serves)),
                failed: deployed,
                deployment: other.and_then(|found| found.id()).map(str::to_owned),
                message: reason(known),
            });
        }
        answers
    }
}

fn reason(known: Option<&EcsDeployment>) -> Option<String> {
    known?.reason.as_ref().map(|said| said.value.clone())
}

impl Seen {
    /// Tells the events and the stopped tasks of a deployment, and what is
    /// missing.
    pub(crate) fn tell(&self, whose: &Whose<'_>, answers: &mut Answers) {
        for task in self.stopped_of(whose).take(STOPPED) {
            answers.text(Origin::Task, &words(task));
        }
        let events = self.service.as_ref().map(Service::events);
        // The newest come first.
        let events = events.unwrap_or_default().iter().filter(|event| {
            let at = event.created_at().and_then(moment);
            whose
                .since
                .is_none_or(|since| at.is_none_or(|at| at >= since))
        });
        let telling = events
            .filter_map(|event| event.message())
            .filter(|text| is_telling(text));
        for text in telling.take(EVENTS) {
            answers.text(Origin::Service, text);
        }
        for line in &self.missing {
            answers.missing(line.clone());
        }
    }

    /// The tasks of a deployment that did not stop because they were to, the
    /// latest first.
    fn stopped_of(&self, whose: &Whose<'_>) -> impl Iterator<Item = &Task> {
        let mut tasks: Vec<&Task> = self.stopped.iter().filter(|task| whose.is(task)).collect();
        tasks.sort_by_key(|task| std::cmp::Reverse(task.stopped_at().and_then(moment)));
        tasks.into_iter()
    }

    /// The version of a deployment's stopped tasks.
    pub(crate) fn version_of(&self, whose: &Whose<'_>) -> Option<String> {
        let mut tasks = self.stopped_of(whose);
        tasks
            .find_map(|task| task.task_definition_arn())
            .map(version)
    }
}

impl Whose<'_> {
    fn is(&self, task: &Task) -> bool {
        let reason = task.stopped_reason().unwrap_or_default();
        if reason.starts_with("Scaling activity initiated by") {
            return false;
        }
        if self.started_by.is_some() && task.started_by() == self.started_by {
            return true;
        }
        let began = task.created_at().and_then(moment);
        let is_since = match (self.since, began) {
            (Some(since), Some(began)) => began >= since,
            // Without the times only its names can tell.
            _ => self.version.is_some(),
        };
        let of = task.task_definition_arn().map(version);
        is_since
            && self
                .version
                .is_none_or(|version| of.as_deref() == Some(version))
    }
}

/// Why a task stopped, in ECS's words and its containers'.
fn words(task: &Task) -> String {
    let reason = task.stopped_reason().unwrap_or_default();
    let code = task
        .stop_code()
        .map(|code| code.as_str())
        .unwrap_or_default();
    let mut words: Vec<String> = match (code, reason) {
        ("", reason) => vec![reason.to_owned()],
        (code, "") => vec![code.to_owned()],
        // Some reasons name their code themselves.
        (code, reason) if reason.contains(code) => vec![reason.to_owned()],
        (code, reason) => vec![format!("{code}: {reason}")],
    };
    for container in task.containers() {
        let code = container.exit_code().filter(|code| *code != 0);
        let code = code.map(|code| format!("exit code {code}"));
        let why = container.reason().map(str::to_owned);
        let told: Vec<String> = code.into_iter().chain(why).collect();
        if !told.is_empty() {
            let name = container.name().unwrap_or_default();
            words.push(format!("container {name}: {}", told.join(", ")));
        }
    }
    words.retain(|word| !word.is_empty());
    words.join("; ")
}

/// What a service says in the course of every deployment.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>
const USUAL: &[&str] = &[
    "has reached a steady state",
    ") has started ",
    ") has stopped ",
    ") registered ",
    ") deregistered ",
    "has begun draining connections",
    ") updated state to ",
    ") updated computedDesiredCount to ",
    ") deployment completed",
];

fn is_telling(event: &str) -> bool {
    if !USUAL.iter().any(|usual| event.contains(usual)) {
        return true;
    }
    let text = Text {
        origin: Origin::Service,
        text: event.to_owned(),
    };
    !diagnose(&[text]).is_empty()
}

/// Cluster and service in the ARN of a service deployment:
/// `…:service-deployment/cluster/service/id`.
fn of_arn(arn: &str) -> Option<Place<'_>> {
    let (_, rest) = arn.split_once(":service-deployment/")?;
    let (cluster, rest) = rest.split_once('/')?;
    let (service, _) = rest.split_once('/')?;
    (!cluster.is_empty() && !service.is_empty()).then_some(Place {
        cluster: Some(cluster),
        service,
    })
}

pub(crate) fn moment(time: &DateTime) -> Option<Moment> {
    time.to_millis().ok().map(Moment)
}
