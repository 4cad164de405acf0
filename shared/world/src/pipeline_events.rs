//! What CodePipeline puts on the default bus.
//! <https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html>

use serde_json::{Value, json};

use crate::{ActionResult, Millis, PipelineExecution, RunStatus, World, dates::iso8601};

impl World {
    /// `CodePipeline Pipeline Execution State Change`.
    pub(crate) fn announce_execution(&mut self, id: &str, now: Millis) {
        let Some(execution) = self.pipeline_execution(id) else {
            return;
        };
        let commit = &execution.commit;
        let mut detail = common(execution);
        detail["start-time"] = iso8601(execution.started_at).into();
        detail["state"] = execution.status.event_state().into();
        detail["execution-trigger"] = json!({
            "trigger-type": "WebhookV2",
            "provider-type": "GitHub",
            "author-display-name": commit.author,
            "author-email": commit.email,
            "author-id": commit.author,
            "branch-name": commit.branch,
            "commit-id": commit.id,
            "commit-message": commit.message,
            "full-repository-name": commit.repository,
        });
        self.put_of_pipeline(id, "Pipeline", detail, now);
    }

    /// `CodePipeline Stage Execution State Change`.
    pub(crate) fn announce_stage(&mut self, id: &str, stage: &str, now: Millis) {
        let Some(execution) = self.pipeline_execution(id) else {
            return;
        };
        let Some(stage) = execution.stages.iter().rev().find(|s| s.name == stage) else {
            return;
        };
        let mut detail = common(execution);
        detail["stage"] = stage.name.as_str().into();
        detail["start-time"] = iso8601(stage.started_at).into();
        detail["state"] = stage.status.event_state().into();
        self.put_of_pipeline(id, "Stage", detail, now);
    }

    /// `CodePipeline Action Execution State Change`.
    pub(crate) fn announce_action(&mut self, id: &str, action: &str, now: Millis) {
        let Some(execution) = self.pipeline_execution(id) else {
            return;
        };
        let Some(action) = execution.actions.iter().find(|a| a.id == action) else {
            return;
        };
        let mut detail = common(execution);
        detail["stage"] = action.stage.as_str().into();
        detail["action"] = action.name.as_str().into();
        detail["action-execution-id"] = action.id.as_str().into();
        detail["start-time"] = iso8601(action.started_at).into();
        detail["state"] = action.status.event_state().into();
        detail["region"] = self.region.as_str().into();
        detail["type"] = json!({
            "owner": action.kind.owner,
            "category": action.kind.category,
            "provider": action.kind.provider,
            "version": "1",
        });
        if action.status != RunStatus::InProgress {
            detail["execution-result"] = result(&action.result);
        }
        let artifact = |name: &str| {
            json!([{"name": name, "s3location": {
                "bucket": format!("codepipeline-{}-local", self.region),
                "key": format!("{}/{name}/{}", execution.pipeline, &action.id[..7]),
            }}])
        };
        if action.kind.category == "Source" {
            if action.status == RunStatus::Succeeded {
                detail["output-artifacts"] = artifact("SourceArtifact");
            }
        } else if action.status == RunStatus::InProgress {
            detail["input-artifacts"] = artifact("SourceArtifact");
        }
        self.put_of_pipeline(id, "Action", detail, now);
    }

    fn put_of_pipeline(&mut self, id: &str, what: &str, detail: Value, now: Millis) {
        let Some(execution) = self.pipeline_execution(id) else {
            return;
        };
        let resources = vec![self.arn("codepipeline", &execution.pipeline)];
        let kind = format!("CodePipeline {what} Execution State Change");
        self.put_own("aws.codepipeline", &kind, (resources, detail), now);
    }
}

/// Versions and attempts are floating-point numbers in these events.
fn common(execution: &PipelineExecution) -> Value {
    json!({
        "pipeline": execution.pipeline,
        "execution-id": execution.id,
        "version": f64::from(execution.version),
        "pipeline-execution-attempt": f64::from(execution.attempt),
    })
}

fn result(result: &ActionResult) -> Value {
    let members = [
        ("external-execution-url", &result.url),
        ("external-execution-summary", &result.summary),
        ("external-execution-id", &result.external_id),
        ("error-code", &result.error_code),
    ];
    let given = members
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text.as_deref()?))));
    Value::Object(given.collect())
}
