//! What events come in: EventBridge's own, those made for people (CodeStar
//! notifications), SNS around either, and a trigger's records.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    build, deployment, ecs,
    event::{Event, Kind, Notice},
    image,
    moment::Moment,
    own, pipeline,
    reader::{Reader, text, unfold},
    repository,
};

/// Something came that is no event at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEvent {
    /// It is no JSON.
    #[error("this is no JSON: {0}")]
    Json(String),
    /// It is JSON of another shape.
    #[error(
        "this is no event: it has neither \"detail-type\" and \"detail\" nor \"Records\"; it has {0}"
    )]
    Shape(String),
    /// It is too long to have come from AWS.
    #[error("this is no event: it has {0} bytes, and AWS sends at most 256 KiB")]
    Long(usize),
}

/// The longest text that is read. EventBridge sends 256 KiB at most, and SNS or
/// SQS quote it once more.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>
const LONGEST: usize = 1024 * 1024;

/// Reads the text of what a function was called with, or of a message.
///
/// # Errors
/// When it is no event. An event that is not known, or that lacks what it
/// should have, is a [`Kind::Notice`].
pub fn parse(text: &str) -> Result<Vec<Event>, NoEvent> {
    if text.len() > LONGEST {
        return Err(NoEvent::Long(text.len()));
    }
    let value: Value =
        serde_json::from_str(text).map_err(|error| NoEvent::Json(error.to_string()))?;
    read(&value)
}

/// Reads what a function was called with: an event, or the records of a trigger
/// or a topic.
///
/// # Errors
/// As [`parse`].
pub fn read(value: &Value) -> Result<Vec<Event>, NoEvent> {
    let reader = Reader::new(value);
    let records = reader.list("Records");
    if records.is_empty() {
        return one(value, &Around::default()).map(|event| vec![event]);
    }
    records.iter().map(record).collect()
}

fn record(value: &Value) -> Result<Event, NoEvent> {
    let record = Reader::new(value);
    if record.has("Sns") {
        let sns = record.under("Sns");
        let around = Around {
            id: sns.text("MessageId"),
            at: sns.time("Timestamp"),
            subject: sns.text("Subject"),
            topic: sns.text("TopicArn"),
        };
        return match sns.value("Message").and_then(unfold) {
            Some(message) => one(&message, &around),
            None => Ok(around.notice(value, "a text")),
        };
    }
    if record.has("codecommit") {
        let arn = record.text("eventSourceARN").unwrap_or_default();
        let kind = repository::trigger(record).map(Kind::Reference);
        return Ok(Event {
            id: record.text("eventId").unwrap_or_else(|| digest(value)),
            at: record.text("eventTime").and_then(|time| offset(&time)),
            account: arn.split(':').nth(4).map(str::to_owned),
            region: record.text("awsRegion"),
            kind: kind.unwrap_or_else(|| notice("aws.codecommit", "trigger", vec![arn])),
        });
    }
    one(value, &Around::default())
}

/// `+0000` instead of `+00:00`.
fn offset(time: &str) -> Option<Moment> {
    Moment::parse(&time.replace("+0000", "Z"))
}

/// What is around an event that came over SNS.
#[derive(Debug, Default)]
struct Around {
    id: Option<String>,
    at: Option<Moment>,
    subject: Option<String>,
    topic: Option<String>,
}

impl Around {
    fn notice(&self, value: &Value, what: &str) -> Event {
        let detail_type = self.subject.clone().unwrap_or_else(|| what.to_owned());
        Event {
            id: self.id.clone().unwrap_or_else(|| digest(value)),
            at: self.at,
            account: None,
            region: None,
            kind: notice("sns", &detail_type, self.topic.iter().cloned().collect()),
        }
    }
}

fn one(value: &Value, around: &Around) -> Result<Event, NoEvent> {
    let reader = Reader::new(value);
    let Some(detail_type) = reader.first(&["detail-type", "detailType"]) else {
        return bare(value, around);
    };
    let source = reader.text("source").unwrap_or_default();
    let resources = reader.texts("resources");
    let detail = reader.value("detail").and_then(unfold).unwrap_or_default();
    let detail = Reader::new(&detail);
    let extra = reader.under("additionalAttributes");
    let kind = kind(&source, &detail_type, detail, extra, &resources);
    Ok(Event {
        // The id of the message is another one each time the same thing is told.
        id: (reader.text("id"))
            .or_else(|| around.id.clone())
            .unwrap_or_else(|| digest(value)),
        at: reader.time("time").or(around.at),
        account: reader.text("account"),
        region: reader.text("region"),
        kind: kind.unwrap_or_else(|| notice(&source, &detail_type, resources)),
    })
}

fn kind(
    source: &str,
    detail_type: &str,
    detail: Reader<'_>,
    extra: Reader<'_>,
    resources: &[String],
) -> Option<Kind> {
    match (source, detail_type) {
        ("aws.codepipeline", "CodePipeline Pipeline Execution State Change") => {
            pipeline::execution(detail, extra).map(Kind::Execution)
        }
        ("aws.codepipeline", "CodePipeline Stage Execution State Change") => {
            pipeline::stage(detail, extra).map(Kind::Stage)
        }
        ("aws.codepipeline", "CodePipeline Action Execution State Change") => {
            pipeline::action(detail, extra).map(Kind::Action)
        }
        ("aws.codebuild", "CodeBuild Build State Change") => build::build(detail).map(Kind::Build),
        ("aws.codebuild", "CodeBuild Build Phase Change") => {
            build::phase(detail).map(Kind::BuildPhase)
        }
        ("aws.codedeploy", "CodeDeploy Deployment State-change Notification") => {
            deployment::deployment(detail).map(Kind::Deployment)
        }
        ("aws.codedeploy", "CodeDeploy Instance State-change Notification") => {
            deployment::instance(detail).map(Kind::Instance)
        }
        ("aws.ecs", "ECS Deployment State Change") => {
            ecs::deployment(detail, resources).map(Kind::EcsDeployment)
        }
        ("aws.ecs", "ECS Service Action") => {
            ecs::action(detail, resources).map(Kind::ServiceAction)
        }
        ("aws.ecs", "ECS Task State Change") => ecs::task(detail).map(Kind::Task),
        ("aws.ecs", "ECS Hook State Change") => ecs::hook(detail).map(Kind::EcsHook),
        ("aws.ecr", "ECR Image Scan") => image::scan(detail).map(Kind::Scan),
        ("aws.ecr", _) => image::action(detail).map(Kind::Image),
        ("aws.codecommit", "CodeCommit Repository State Change") => {
            repository::reference(detail).map(Kind::Reference)
        }
        ("aws.codecommit", "CodeCommit Pull Request State Change") => {
            repository::pull_request(detail).map(Kind::PullRequest)
        }
        ("greenlight", "Greenlight Gate Verdict") => own::verdict(detail).map(Kind::Gate),
        (source, "Greenlight Tool Event") => own::tool(detail, source).map(Kind::Tool),
        _ => None,
    }
}

/// An event without a type: the messages that CodePipeline and CodeDeploy
/// publish themselves.
fn bare(value: &Value, around: &Around) -> Result<Event, NoEvent> {
    let message = Reader::new(value);
    let kind = if message.has("approval") {
        pipeline::approval(message).map(Kind::Approval)
    } else if message.has("instanceStatus") {
        deployment::instance_trigger(message).map(Kind::Instance)
    } else if message.has("deploymentId") && message.has("status") {
        deployment::deployment_trigger(message).map(Kind::Deployment)
    } else {
        None
    };
    let Some(kind) = kind else {
        return match around.topic {
            Some(_) => Ok(around.notice(value, "a message")),
            None => Err(NoEvent::Shape(shape(value))),
        };
    };
    let region = message.text("region");
    Ok(Event {
        id: around.id.clone().unwrap_or_else(|| digest(value)),
        at: (message.time("lastUpdatedAt"))
            .or_else(|| message.time("completeTime"))
            .or(around.at)
            .or_else(|| message.time("createTime")),
        account: message.text("accountId"),
        region,
        kind,
    })
}

fn notice(source: &str, detail_type: &str, resources: Vec<String>) -> Kind {
    Kind::Notice(Notice {
        source: source.to_owned(),
        detail_type: detail_type.to_owned(),
        resources,
    })
}

/// What something has, without its content.
fn shape(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "nothing".to_owned(),
        Value::Object(map) => {
            let names: Vec<String> = map.keys().take(8).map(|k| format!("{k:.40?}")).collect();
            names.join(", ")
        }
        other => text(other).map_or_else(|| "no fields".to_owned(), |_| "one value".to_owned()),
    }
}

/// An id made of content: the same for the same fields in any order.
fn digest(value: &Value) -> String {
    let mut hash = Sha256::new();
    hash.update(sorted(value).to_string());
    let bytes = hash.finalize();
    bytes
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The same value with its fields in order, whatever map serde_json is built
/// with.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields: BTreeMap<_, _> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
