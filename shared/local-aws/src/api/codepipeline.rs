//! CodePipeline: what executions are and how they stand.

use serde_json::{Value, json};
use world::{ActionResult, PipelineAction, PipelineExecution, RunStatus, World};

use super::{ApiError, text};

/// A page of actions has at most so many.
const PAGE: usize = 100;

pub(super) fn call(world: &World, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "GetPipelineExecution" => {
            let name = required(input, "pipelineName")?;
            let id = required(input, "pipelineExecutionId")?;
            pipeline(world, name)?;
            Ok(json!({"pipelineExecution": execution_json(execution(world, name, id)?)}))
        }
        "ListActionExecutions" => list_actions(world, input),
        "GetPipelineState" => {
            let name = required(input, "name")?;
            let executions = pipeline(world, name)?;
            Ok(state(name, &executions))
        }
        _ => Err(ApiError::unknown(operation)),
    }
}

/// All executions of a pipeline, oldest first: a pipeline is what has one.
fn pipeline<'a>(world: &'a World, name: &str) -> Result<Vec<&'a PipelineExecution>, ApiError> {
    let of = world.pipelines.iter().filter(|e| e.pipeline == name);
    let executions: Vec<_> = of.collect();
    if executions.is_empty() {
        let message = format!(
            "Account '{}' does not have a pipeline with name '{name}'",
            world.account
        );
        return Err(ApiError::bad("PipelineNotFoundException", message));
    }
    Ok(executions)
}

fn execution<'a>(
    world: &'a World,
    name: &str,
    id: &str,
) -> Result<&'a PipelineExecution, ApiError> {
    let found = world.pipeline_execution(id).filter(|e| e.pipeline == name);
    found.ok_or_else(|| {
        let message = format!(
            "The pipeline execution with id '{id}' does not exist for pipeline '{name}' in region '{}'",
            world.region
        );
        ApiError::bad("PipelineExecutionNotFoundException", message)
    })
}

fn required<'a>(input: &'a Value, member: &str) -> Result<&'a str, ApiError> {
    text(input, member).ok_or_else(|| ApiError::missing("ValidationException", member))
}

fn execution_json(execution: &PipelineExecution) -> Value {
    let commit = &execution.commit;
    let source = execution
        .actions
        .iter()
        .find(|a| a.kind.category == "Source");
    let source = source.filter(|a| a.status == RunStatus::Succeeded);
    let revisions = source.map(|action| {
        json!([{
            "name": "SourceArtifact",
            "revisionId": commit.id,
            "revisionSummary": action.result.summary,
            "revisionUrl": action.result.url,
        }])
    });
    json!({
        "pipelineName": execution.pipeline,
        "pipelineVersion": execution.version,
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "artifactRevisions": revisions.unwrap_or_else(|| json!([])),
        "trigger": {
            "triggerType": "WebhookV2",
            "triggerDetail": json!({
                "branchName": commit.branch,
                "commitId": commit.id,
                "commitMessage": commit.message,
                "authorDisplayName": commit.author,
                "fullRepositoryName": commit.repository,
                "providerType": "GitHub",
            }).to_string(),
        },
        "executionMode": "SUPERSEDED",
        "executionType": "STANDARD",
    })
}

/// The latest first, in pages whose token is the number of what was shown.
fn list_actions(world: &World, input: &Value) -> Result<Value, ApiError> {
    let name = required(input, "pipelineName")?;
    let mut executions = pipeline(world, name)?;
    let filter = &input["filter"];
    let latest = &filter["latestInPipelineExecution"];
    let wanted =
        text(filter, "pipelineExecutionId").or_else(|| text(latest, "pipelineExecutionId"));
    if let Some(id) = wanted {
        executions = vec![execution(world, name, id)?];
    }
    let of = |e: &&PipelineExecution| !latest.is_object() || e.status != RunStatus::Superseded;
    let details: Vec<Value> = executions
        .iter()
        .rev()
        .copied()
        .filter(of)
        .flat_map(|execution| {
            let shown =
                move |a: &&PipelineAction| !latest.is_object() || a.attempt == execution.attempt;
            let actions = execution.actions.iter().rev().filter(shown);
            actions
                .map(|action| action_json(world, execution, action))
                .collect::<Vec<_>>()
        })
        .collect();
    let page = input["maxResults"]
        .as_u64()
        .and_then(|n| usize::try_from(n).ok());
    let page = page.unwrap_or(PAGE).clamp(1, PAGE);
    let from = match text(input, "nextToken").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(from)) => from,
        Some(Err(_)) => {
            let message = "The next token is not valid";
            return Err(ApiError::bad("InvalidNextTokenException", message));
        }
    };
    let more = details.len() > from.saturating_add(page);
    let shown: Vec<_> = details.into_iter().skip(from).take(page).collect();
    Ok(json!({
        "actionExecutionDetails": shown,
        "nextToken": more.then(|| (from + page).to_string()),
    }))
}

fn action_json(world: &World, execution: &PipelineExecution, action: &PipelineAction) -> Value {
    let ActionResult {
        external_id,
        url,
        summary,
        ..
    } = &action.result;
    let error = error(&action.result);
    json!({
        "pipelineExecutionId": execution.id,
        "actionExecutionId": action.id,
        "pipelineVersion": execution.version,
        "stageName": action.stage,
        "actionName": action.name,
        "startTime": action.started_at.as_secs_f64(),
        "lastUpdateTime": action.updated_at.as_secs_f64(),
        "status": action.status,
        "input": {
            "actionTypeId": {
                "category": action.kind.category,
                "owner": action.kind.owner,
                "provider": action.kind.provider,
                "version": "1",
            },
            "configuration": {},
            "region": world.region,
            "inputArtifacts": [],
        },
        "output": {
            "outputArtifacts": [],
            "executionResult": {
                "externalExecutionId": external_id,
                "externalExecutionSummary": summary,
                "externalExecutionUrl": url,
                "errorDetails": error,
            },
            "outputVariables": {},
        },
    })
}

fn error(result: &ActionResult) -> Option<Value> {
    let code = result.error_code.as_deref()?;
    Some(json!({"code": code, "message": result.error_message}))
}

fn state(name: &str, executions: &[&PipelineExecution]) -> Value {
    let mut stages: Vec<&str> = Vec::new();
    for stage in executions.iter().flat_map(|e| &e.stages) {
        if !stages.contains(&stage.name.as_str()) {
            stages.push(&stage.name);
        }
    }
    let states: Vec<Value> = stages
        .into_iter()
        .map(|stage| stage_state(stage, executions))
        .collect();
    let times = executions.iter().map(|e| e.started_at);
    let (created, updated) = (times.clone().min(), times.max());
    json!({
        "pipelineName": name,
        "pipelineVersion": executions.last().map(|e| e.version),
        "stageStates": states,
        "created": created.map(|at| at.as_secs_f64()),
        "updated": updated.map(|at| at.as_secs_f64()),
    })
}

fn stage_state(stage: &str, executions: &[&PipelineExecution]) -> Value {
    let latest = executions.iter().rev().find_map(|execution| {
        let run = execution.stages.iter().rev().find(|s| s.name == stage)?;
        Some(json!({"pipelineExecutionId": execution.id, "status": run.status}))
    });
    let mut seen: Vec<&str> = Vec::new();
    let mut actions = Vec::new();
    let all = executions.iter().rev().flat_map(|e| e.actions.iter().rev());
    for action in all.filter(|a| a.stage == stage) {
        if seen.contains(&action.name.as_str()) {
            continue;
        }
        seen.push(&action.name);
        let asks = action.kind.category == "Approval" && action.status == RunStatus::InProgress;
        actions.push(json!({
            "actionName": action.name,
            "latestExecution": {
                "actionExecutionId": action.id,
                "status": action.status,
                "summary": action.result.summary,
                "lastStatusChange": action.updated_at.as_secs_f64(),
                "token": asks.then_some(&action.id),
                "externalExecutionId": action.result.external_id,
                "externalExecutionUrl": action.result.url,
                "errorDetails": error(&action.result),
            },
        }));
    }
    actions.reverse();
    json!({
        "stageName": stage,
        "inboundTransitionState": {"enabled": true},
        "actionStates": actions,
        "latestExecution": latest,
    })
}
