//! CodeDeploy: deployments and their instances, from EventBridge and from the
//! triggers that publish to SNS.
//! <https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-sns-event-notifications-json-format.html>

use std::collections::BTreeMap;

use crate::{
    event::State,
    moment::Moment,
    reader::{Reader, unfold},
};

/// A deployment changed its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// Its id, `d-…`.
    pub id: String,
    /// The application.
    pub application: Option<String>,
    /// The deployment group.
    pub group: Option<String>,
    /// Its state.
    pub state: State,
    /// Why it failed, where the event says so.
    pub error: Option<Failure>,
    /// How many instances are in which state, by the sender's words.
    pub overview: BTreeMap<String, u64>,
    /// When it was created.
    pub created: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
}

/// Why a deployment failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// The code, `IAM_ROLE_MISSING`.
    pub code: Option<String>,
    /// In words.
    pub message: Option<String>,
}

/// One instance of a deployment changed its state.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// The deployment's id.
    pub deployment: String,
    /// The application.
    pub application: Option<String>,
    /// The deployment group.
    pub group: Option<String>,
    /// The instance, without the ARN around it.
    pub instance: String,
    /// Its state.
    pub state: State,
    /// Its lifecycle events, in order, where the event has them.
    pub lifecycle: Vec<LifecycleEvent>,
}

/// A lifecycle event on an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct LifecycleEvent {
    /// `BeforeInstall`.
    pub name: String,
    /// How it stands.
    pub state: State,
}

pub(crate) fn deployment(detail: Reader<'_>) -> Option<Deployment> {
    Some(Deployment {
        id: detail.text("deploymentId")?,
        application: detail.text("application"),
        group: detail.text("deploymentGroup"),
        state: detail.state("state"),
        error: None,
        overview: BTreeMap::new(),
        created: None,
        ended: None,
    })
}

pub(crate) fn instance(detail: Reader<'_>) -> Option<Instance> {
    Some(Instance {
        deployment: detail.text("deploymentId")?,
        application: detail.text("application"),
        group: detail.text("deploymentGroup"),
        instance: bare(&detail.text("instanceId")?),
        state: detail.state("state"),
        lifecycle: Vec::new(),
    })
}

pub(crate) fn deployment_trigger(message: Reader<'_>) -> Option<Deployment> {
    // Objects, or texts that hold them.
    let overview = message.value("deploymentOverview").and_then(unfold);
    let error = message.value("errorInformation").and_then(unfold);
    let counts = overview.iter().flat_map(|value| {
        let counts = Reader::new(value);
        let fields = counts.fields().map(|(name, _)| name.clone());
        fields.filter_map(move |name| Some((redact::redact(&name), counts.count(&name)?)))
    });
    let error = error.as_ref().map(Reader::new).map(|error| Failure {
        code: error.first(&["ErrorCode", "code"]),
        message: error.first(&["ErrorMessage", "message"]),
    });
    Some(Deployment {
        id: message.text("deploymentId")?,
        application: message.text("applicationName"),
        group: message.text("deploymentGroupName"),
        state: message.state("status"),
        error: error.filter(|error| *error != Failure::default()),
        overview: counts.collect(),
        created: message.time("createTime"),
        ended: message.time("completeTime"),
    })
}

pub(crate) fn instance_trigger(message: Reader<'_>) -> Option<Instance> {
    let events = message.value("lifecycleEvents");
    let events = match events {
        Some(serde_json::Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(serde_json::Value::Array(list)) => list.clone(),
        _ => Vec::new(),
    };
    let lifecycle = events.iter().filter_map(|value: &serde_json::Value| {
        let event = Reader::new(value);
        Some(LifecycleEvent {
            name: event.text("LifecycleEvent")?,
            state: event.state("LifecycleEventStatus"),
        })
    });
    Some(Instance {
        deployment: message.text("deploymentId")?,
        application: message.text("applicationName"),
        group: message.text("deploymentGroupName"),
        instance: bare(&message.text("instanceId")?),
        state: message.state("instanceStatus"),
        lifecycle: lifecycle.collect(),
    })
}

/// `i-…` out of an ARN.
fn bare(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_owned()
}
