//! EventBridge, Secrets Manager and STS: one operation each.

use serde_json::{Value, json};
use world::{Millis, PutEvent, World};

use super::{ApiError, denied, text, texts};
use crate::hub::Hub;

/// `PutEvents` takes at most so many at once.
const ENTRIES: usize = 10;

pub(super) fn events(hub: &Hub, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation != "PutEvents" {
        return Err(ApiError::unknown(operation));
    }
    let Some(entries) = input["Entries"].as_array() else {
        return Err(ApiError::missing("ValidationException", "entries"));
    };
    if !(1..=ENTRIES).contains(&entries.len()) {
        let constraint = if entries.is_empty() {
            "greater than or equal to 1"
        } else {
            "less than or equal to 10"
        };
        let message = format!(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member \
             must have length {constraint}"
        );
        return Err(ApiError::bad("ValidationException", message));
    }
    let answers: Vec<Value> = hub.change(|world, now| {
        entries
            .iter()
            .map(|entry| put_event(world, entry, now))
            .collect()
    });
    let failed = answers
        .iter()
        .filter(|a| a.get("ErrorCode").is_some())
        .count();
    Ok(json!({"FailedEntryCount": failed, "Entries": answers}))
}

fn put_event(world: &mut World, entry: &Value, now: Millis) -> Value {
    let refuse = |code: &str, message: String| json!({"ErrorCode": code, "ErrorMessage": message});
    for member in ["Source", "DetailType", "Detail"] {
        if text(entry, member).is_none() {
            let message = format!(
                "Parameter {member} is not valid. Reason: {member} is a required argument."
            );
            return refuse("InvalidArgument", message);
        }
    }
    let member = |name| text(entry, name).unwrap_or_default().to_owned();
    let detail = member("Detail");
    if !matches!(serde_json::from_str(&detail), Ok(Value::Object(_))) {
        return refuse("MalformedDetail", "Detail is malformed.".to_owned());
    }
    let event = PutEvent {
        id: String::new(),
        at: now,
        bus: text(entry, "EventBusName").unwrap_or("default").to_owned(),
        source: member("Source"),
        detail_type: member("DetailType"),
        detail,
        resources: texts(entry, "Resources")
            .into_iter()
            .map(str::to_owned)
            .collect(),
    };
    let id = world.put_event(event, now);
    json!({"EventId": id})
}

pub(super) fn secrets(world: &World, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation != "GetSecretValue" {
        return Err(ApiError::unknown(operation));
    }
    let id = text(input, "SecretId")
        .ok_or_else(|| ApiError::missing("ValidationException", "secretId"))?;
    let not_found = |what: &str| ApiError::bad("ResourceNotFoundException", what);
    let secret = world
        .secret(id)
        .ok_or_else(|| not_found("Secrets Manager can't find the specified secret."))?;
    let version = text(input, "VersionId").unwrap_or(&secret.version_id);
    let stage = text(input, "VersionStage").unwrap_or("AWSCURRENT");
    if version != secret.version_id || stage != "AWSCURRENT" {
        return Err(not_found(
            "Secrets Manager can't find the specified secret value for this version.",
        ));
    }
    Ok(json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": secret.version_id,
        "VersionStages": ["AWSCURRENT"],
        "SecretString": secret.value,
        "CreatedDate": secret.created_at.as_secs_f64(),
    }))
}

pub(super) fn sts(world: &World, operation: &str) -> Result<Value, ApiError> {
    if operation != "GetCallerIdentity" {
        return Err(ApiError::unknown(operation));
    }
    Ok(json!({
        "Arn": denied::user(world),
        "UserId": "AROALOCALGREENLIGHT0:local",
        "Account": world.account,
    }))
}
