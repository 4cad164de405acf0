//! CodeBuild's builds, and their logs in CloudWatch Logs.

use serde_json::{Value, json};
use world::{Build, BuildPhase, LogEvent, World};

use super::{ApiError, text, texts};

/// A call asks for at most so many builds.
const BUILDS: usize = 100;

/// A call returns at most so many lines.
const LINES: usize = 10_000;

pub(super) fn call(world: &World, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation != "BatchGetBuilds" {
        return Err(ApiError::unknown(operation));
    }
    let ids = texts(input, "ids");
    if !(1..=BUILDS).contains(&ids.len()) {
        let message = "Invalid parameter: must have between 1 and 100 ids";
        return Err(ApiError::bad("InvalidInputException", message));
    }
    let (found, missing): (Vec<&str>, Vec<&str>) =
        ids.into_iter().partition(|id| world.build(id).is_some());
    let builds = found.into_iter().filter_map(|id| world.build(id));
    let builds: Vec<Value> = builds.map(|build| build_json(world, build)).collect();
    Ok(json!({"builds": builds, "buildsNotFound": missing}))
}

fn build_json(world: &World, build: &Build) -> Value {
    let (group, stream) = (build.log_group(), build.stream());
    let logs = world.arn("logs", &format!("log-group:{group}:log-stream:{stream}"));
    json!({
        "id": build.id,
        "arn": world.arn("codebuild", &format!("build/{}", build.id)),
        "buildNumber": build.number,
        "startTime": build.started_at.as_secs_f64(),
        "endTime": build.ended_at.map(|at| at.as_secs_f64()),
        "currentPhase": build.phases.last().map(|p| &p.name),
        "buildStatus": build.status,
        "sourceVersion": build.source_version,
        "resolvedSourceVersion": build.source_version,
        "projectName": build.project,
        "phases": build.phases.iter().map(phase_json).collect::<Vec<_>>(),
        "source": {"type": "CODEPIPELINE"},
        "logs": {
            "groupName": group,
            "streamName": stream,
            "deepLink": format!(
                "https://console.aws.amazon.com/cloudwatch/home?region={}#logEvent:group={group};stream={stream}",
                world.region
            ),
            "cloudWatchLogsArn": logs,
        },
        "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480,
        "buildComplete": build.ended_at.is_some(),
        "initiator": build.initiator,
    })
}

fn phase_json(phase: &BuildPhase) -> Value {
    let ended = phase.ended_at;
    let contexts = ended.map(|_| {
        let context = phase.context.as_ref();
        let (code, message) = context.map_or(("", ""), |(c, m)| (c.as_str(), m.as_str()));
        json!([{"statusCode": code, "message": message}])
    });
    json!({
        "phaseType": phase.name,
        "phaseStatus": phase.status,
        "startTime": phase.started_at.as_secs_f64(),
        "endTime": ended.map(|at| at.as_secs_f64()),
        "durationInSeconds": ended.map(|at| at.since(phase.started_at).as_secs()),
        "contexts": contexts,
    })
}

/// CloudWatch Logs.
pub(super) fn logs(world: &World, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation != "GetLogEvents" {
        return Err(ApiError::unknown(operation));
    }
    let missing = |member| ApiError::missing("InvalidParameterException", member);
    let group = text(input, "logGroupName").or_else(|| text(input, "logGroupIdentifier"));
    let group = group.ok_or_else(|| missing("logGroupName"))?;
    let group = group.rsplit(":log-group:").next().unwrap_or(group);
    let stream = text(input, "logStreamName").ok_or_else(|| missing("logStreamName"))?;
    let none = |what: &str| {
        let message = format!("The specified log {what} does not exist.");
        ApiError::bad("ResourceNotFoundException", message)
    };
    let streams = world.logs.get(group).ok_or_else(|| none("group"))?;
    let lines = streams.get(stream).ok_or_else(|| none("stream"))?;
    let (from, until) = (input["startTime"].as_u64(), input["endTime"].as_u64());
    let within = |line: &&LogEvent| {
        from.is_none_or(|from| line.at.0 >= from) && until.is_none_or(|until| line.at.0 < until)
    };
    let lines: Vec<&LogEvent> = lines.iter().filter(within).collect();
    let limit = input["limit"]
        .as_u64()
        .and_then(|n| usize::try_from(n).ok());
    let limit = limit.unwrap_or(LINES).clamp(1, LINES);
    // Tokens are the places between lines: `f/` reads on from there, `b/` what
    // comes before.
    let place = |text: &str| text.parse::<usize>().ok().map(|at| at.min(lines.len()));
    let (start, end) = match text(input, "nextToken").and_then(|t| t.split_once('/')) {
        None if input["nextToken"].is_string() => return Err(bad_token()),
        None if input["startFromHead"] == true => (0, limit.min(lines.len())),
        None => (lines.len().saturating_sub(limit), lines.len()),
        Some(("f", at)) => {
            let at = place(at).ok_or_else(bad_token)?;
            (at, (at + limit).min(lines.len()))
        }
        Some(("b", at)) => {
            let at = place(at).ok_or_else(bad_token)?;
            (at.saturating_sub(limit), at)
        }
        Some(_) => return Err(bad_token()),
    };
    let events = lines.get(start..end).unwrap_or_default().iter().map(
        |line| json!({"timestamp": line.at.0, "message": line.message, "ingestionTime": line.at.0}),
    );
    Ok(json!({
        "events": events.collect::<Vec<_>>(),
        "nextForwardToken": format!("f/{end:056}"),
        "nextBackwardToken": format!("b/{start:056}"),
    }))
}

fn bad_token() -> ApiError {
    ApiError::bad(
        "InvalidParameterException",
        "The specified nextToken is invalid.",
    )
}
