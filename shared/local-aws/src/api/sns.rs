//! SNS: publishing.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use world::Published;

use super::{ApiError, form::Form};
use crate::hub::Hub;

pub(super) fn call(hub: &Hub, operation: &str, form: &Form) -> Result<Value, ApiError> {
    if operation != "Publish" {
        return Err(ApiError::unknown(operation));
    }
    let invalid =
        |why: &str| ApiError::bad("InvalidParameter", format!("Invalid parameter: {why}"));
    let topic = form.get("TopicArn").or_else(|| form.get("TargetArn"));
    let topic = topic
        .ok_or_else(|| invalid("TopicArn or TargetArn Reason: no value for required parameter"))?;
    if form.get("MessageStructure").is_some() {
        let why = "the local AWS has no message structures";
        return Err(ApiError {
            unknown: true,
            ..invalid(why)
        });
    }
    let message = Published {
        subject: form.get("Subject").map(str::to_owned),
        message: form.get("Message").unwrap_or_default().to_owned(),
        attributes: attributes(form),
        ..Published::default()
    };
    let id = hub.change(|world, now| world.publish(topic, message, now));
    let id = id.map_err(|refusal| match refusal.code {
        "NotFound" => ApiError::new(404, "NotFound", refusal.message),
        _ => refusal.into(),
    })?;
    Ok(json!({"MessageId": id}))
}

/// `MessageAttributes.entry.1.Name`, `….Value.DataType`, `….Value.StringValue`.
fn attributes(form: &Form) -> BTreeMap<String, (String, String)> {
    let entry = |number: u32| {
        let field = |name: &str| form.get(&format!("MessageAttributes.entry.{number}.{name}"));
        let value = field("Value.StringValue").unwrap_or_default().to_owned();
        let kind = field("Value.DataType").unwrap_or("String").to_owned();
        Some((field("Name")?.to_owned(), (kind, value)))
    };
    (1..).map_while(entry).collect()
}
