//! How pipelines run: Source, Build, Deploy.

use std::time::Duration;

use crate::{
    ActionKind, ActionResult, Agenda, BuildPlan, BuildStatus, Commit, DeploymentStatus, Ending,
    Millis, PipelineAction, PipelineDeploy, PipelineExecution, PipelinePlan, PipelineStage,
    RunStatus, ServiceDeploymentStatus, World,
    builds::{PHASES, container_line},
};

/// How long a source takes, in seconds.
const SOURCE_SECONDS: f64 = 3.0;

const SOURCE: ActionKind = ActionKind::aws("Source", "CodeStarSourceConnection");
const BUILD: ActionKind = ActionKind::aws("Build", "CodeBuild");
const CODEDEPLOY: ActionKind = ActionKind::aws("Deploy", "CodeDeployToECS");
const ECS: ActionKind = ActionKind::aws("Deploy", "ECS");

impl World {
    /// The execution with this id.
    pub fn pipeline_execution(&self, id: &str) -> Option<&PipelineExecution> {
        self.pipelines.iter().find(|e| e.id == id)
    }

    /// Starts an execution that walks by itself and returns its id. It makes
    /// its deployment when it comes to that: the last action's external id
    /// tells which.
    pub fn start_pipeline(&mut self, plan: PipelinePlan, now: Millis) -> String {
        let now = self.tick(now);
        let id = self.begin_execution(&plan.pipeline, plan.commit, now);
        self.begin_stage(&id, "Source", now);
        self.begin_action(&id, ("Source", "Source"), SOURCE, now);
        let due = now + self.pace.seconds(SOURCE_SECONDS);
        if let Some(execution) = self.execution_mut(&id) {
            execution.agenda = Agenda {
                build: plan.build,
                deploy: plan.deploy,
                next_at: Some(due),
            };
        }
        id
    }

    /// Begins an execution that waits for others to walk it, and returns its
    /// id.
    pub fn begin_execution(&mut self, pipeline: &str, commit: Commit, now: Millis) -> String {
        let id = self.next_uuid();
        self.pipelines.push(PipelineExecution {
            id: id.clone(),
            pipeline: pipeline.to_owned(),
            version: 1,
            status: RunStatus::InProgress,
            attempt: 1,
            commit,
            started_at: now,
            ended_at: None,
            stages: Vec::new(),
            actions: Vec::new(),
            agenda: Agenda::default(),
        });
        self.announce_execution(&id, now);
        id
    }

    /// Ends an execution: no action of it walks on. `false` when it is not
    /// there or over.
    pub fn end_execution(&mut self, id: &str, status: RunStatus, now: Millis) -> bool {
        let Some(execution) = self.execution_mut(id).filter(|e| !e.status.is_over()) else {
            return false;
        };
        execution.status = status;
        execution.ended_at = Some(now);
        execution.agenda = Agenda::default();
        self.announce_execution(id, now);
        true
    }

    /// Enters a stage. `false` when the execution is not there.
    pub fn begin_stage(&mut self, id: &str, stage: &str, now: Millis) -> bool {
        let Some(execution) = self.execution_mut(id) else {
            return false;
        };
        execution.stages.push(PipelineStage {
            name: stage.to_owned(),
            status: RunStatus::InProgress,
            started_at: now,
        });
        self.announce_stage(id, stage, now);
        true
    }

    /// Leaves a stage. `false` when the execution is not in it.
    pub fn end_stage(&mut self, id: &str, stage: &str, status: RunStatus, now: Millis) -> bool {
        let stages = self.execution_mut(id).map(|e| e.stages.iter_mut());
        let open = |s: &&mut PipelineStage| s.name == stage && !s.status.is_over();
        let Some(found) = stages.and_then(|mut stages| stages.find(open)) else {
            return false;
        };
        found.status = status;
        self.announce_stage(id, stage, now);
        true
    }

    /// Begins an action, given by stage and name, and returns the id of its
    /// execution; `None` when the pipeline's execution is not there.
    pub fn begin_action(
        &mut self,
        id: &str,
        (stage, name): (&str, &str),
        kind: ActionKind,
        now: Millis,
    ) -> Option<String> {
        let action = self.next_uuid();
        let execution = self.execution_mut(id)?;
        execution.actions.push(PipelineAction {
            id: action.clone(),
            stage: stage.to_owned(),
            name: name.to_owned(),
            kind,
            status: RunStatus::InProgress,
            attempt: execution.attempt,
            started_at: now,
            updated_at: now,
            result: ActionResult::default(),
        });
        self.announce_action(id, &action, now);
        Some(action)
    }

    /// Ends an action. `false` when there is none of this id that runs.
    pub fn end_action(
        &mut self,
        action: &str,
        status: RunStatus,
        result: ActionResult,
        now: Millis,
    ) -> bool {
        let Some((id, found)) = self.action_mut(|a| a.id == action && !a.status.is_over()) else {
            return false;
        };
        found.status = status;
        found.updated_at = now;
        found.result = result;
        self.announce_action(&id, action, now);
        true
    }

    /// When an execution must walk on at the latest.
    pub(crate) fn next_pipeline(&self) -> Option<Millis> {
        self.pipelines.iter().filter_map(|e| e.agenda.next_at).min()
    }

    /// One step of an execution, if it can make one.
    pub(crate) fn step_pipeline(&mut self, i: usize, now: Millis) -> bool {
        let Some(execution) = self.pipelines.get_mut(i) else {
            return false;
        };
        if execution.agenda.next_at.is_none_or(|at| at > now) {
            return false;
        }
        execution.agenda.next_at = None;
        let id = execution.id.clone();
        let Some(action) = execution.actions.last().cloned() else {
            return false;
        };
        match action.kind.category {
            "Source" => self.finish_source(i, &action, now),
            "Build" => self.walk_build(i, &action, now),
            _ => self.deploy_now(&id, &action, now),
        }
        true
    }

    fn finish_source(&mut self, i: usize, action: &PipelineAction, now: Millis) {
        let Commit {
            id,
            message,
            repository,
            ..
        } = self.pipelines[i].commit.clone();
        let connection = self.arn(
            "codestar-connections",
            "connection/00000000-0000-4000-8000-000000000000",
        );
        let url = format!(
            "https://{}.console.aws.amazon.com/codesuite/settings/connections/redirect?connectionArn=\
             {connection}&referenceType=COMMIT&FullRepositoryId={repository}&Commit={id}",
            self.region
        );
        let summary = serde_json::json!({"ProviderType": "GitHub", "CommitMessage": message});
        let result = ActionResult {
            external_id: Some(id),
            url: Some(url),
            summary: Some(summary.to_string()),
            ..ActionResult::default()
        };
        self.end_action(&action.id, RunStatus::Succeeded, result, now);
        self.go_on(i, "Source", now);
    }

    /// Leaves a stage and enters the next one, or is done.
    fn go_on(&mut self, i: usize, stage: &str, now: Millis) {
        let execution = &self.pipelines[i];
        let (id, commit) = (execution.id.clone(), execution.commit.id.clone());
        let build = execution.agenda.build.as_ref().map(|b| b.project.clone());
        let deploy = execution.agenda.deploy.as_ref().map(|d| match d {
            PipelineDeploy::CodeDeploy(_) => CODEDEPLOY,
            PipelineDeploy::Native(_) => ECS,
        });
        let mut wait = Duration::ZERO;
        if let (Some(project), "Source") = (build, stage) {
            self.end_stage(&id, stage, RunStatus::Succeeded, now);
            self.begin_stage(&id, "Build", now);
            let action = self.begin_action(&id, ("Build", "Build"), BUILD, now);
            let initiator = format!("codepipeline/{}", self.pipelines[i].pipeline);
            let build = self.start_build(&project, &initiator, &commit, now);
            let url = format!(
                "https://console.aws.amazon.com/codebuild/home?region={}#/builds/{build}/view/new",
                self.region
            );
            if let Some((_, action)) = self.action_mut(|a| Some(&a.id) == action.as_ref()) {
                action.result.external_id = Some(build);
                action.result.url = Some(url);
            }
            wait = self.pace.seconds(PHASES[0].1);
        } else if let (Some(kind), "Source" | "Build") = (deploy, stage) {
            self.end_stage(&id, stage, RunStatus::Succeeded, now);
            self.begin_stage(&id, "Deploy", now);
            self.begin_action(&id, ("Deploy", "Deploy"), kind, now);
        } else {
            // The pipeline is told of before its last stage, as AWS does it.
            self.end_execution(&id, RunStatus::Succeeded, now);
            self.end_stage(&id, stage, RunStatus::Succeeded, now);
            return;
        }
        self.pipelines[i].agenda.next_at = Some(now + wait);
    }

    /// Fails an action, and with it all that it is a part of.
    fn give_up(&mut self, id: &str, action: &PipelineAction, result: ActionResult, now: Millis) {
        let failed = RunStatus::Failed;
        self.end_action(&action.id, failed, result, now);
        self.end_execution(id, failed, now);
        self.end_stage(id, &action.stage, failed, now);
    }

    fn walk_build(&mut self, i: usize, action: &PipelineAction, now: Millis) {
        let id = self.pipelines[i].id.clone();
        let Some(plan) = self.pipelines[i].agenda.build.clone() else {
            return;
        };
        let build_id = action.result.external_id.clone().unwrap_or_default();
        let Some(name) = self
            .build(&build_id)
            .and_then(|b| Some(b.phases.last()?.name.clone()))
        else {
            return;
        };
        let failure = plan.failure.as_ref().filter(|f| f.phase == name);
        let status = if failure.is_some() {
            BuildStatus::Failed
        } else {
            BuildStatus::Succeeded
        };
        self.log_phase(&build_id, &name, &plan, now);
        let context = failure.map(|f| (f.code.clone(), f.message.clone()));
        self.end_build_phase(&build_id, status, context, now);
        let Some(build) = self.build(&build_id) else {
            return;
        };
        if build.ended_at.is_none() {
            let phase = build.phases.last().map_or("", |p| p.name.as_str());
            let seconds = PHASES.iter().find(|(name, _)| *name == phase);
            let wait = self
                .pace
                .seconds(seconds.map_or(0.0, |(_, seconds)| *seconds));
            self.pipelines[i].agenda.next_at = Some(now + wait);
            return;
        }
        let result = action.result.clone();
        if build.status == BuildStatus::Succeeded {
            self.end_action(&action.id, RunStatus::Succeeded, result, now);
            self.go_on(i, "Build", now);
            return;
        }
        let bad = build
            .phases
            .iter()
            .find_map(|p| Some((&p.name, p.context.as_ref()?)));
        let why = bad.map_or(String::new(), |(phase, (code, message))| {
            format!(" Phase: {phase}, Code: {code}, Message: {message}")
        });
        let summary = "Build terminated with state: FAILED.";
        let result = ActionResult {
            summary: Some(summary.trim_end_matches('.').to_owned()),
            error_code: Some("JobFailed".to_owned()),
            error_message: Some(format!("{summary}{why}")),
            ..result
        };
        self.give_up(&id, action, result, now);
    }

    /// What a phase that ends now has written.
    fn log_phase(&mut self, build: &str, name: &str, plan: &BuildPlan, now: Millis) {
        let Some(build) = self.build(build) else {
            return;
        };
        let (group, stream) = (build.log_group(), build.stream().to_owned());
        let mut lines = Vec::new();
        let mut own = |text: String| lines.push(container_line(&text, now));
        match name {
            "SUBMITTED" | "QUEUED" | "PROVISIONING" | "FINALIZING" => return,
            _ => own(format!("Entering phase {name}")),
        }
        let failure = plan.failure.as_ref().filter(|f| f.phase == name);
        let state = if failure.is_some() {
            "FAILED"
        } else {
            "SUCCEEDED"
        };
        let (code, message) = failure.map_or(("", ""), |f| (&f.code, &f.message));
        let end = [
            container_line(&format!("Phase complete: {name} State: {state}"), now),
            container_line(
                &format!("Phase context status code: {code} Message: {message}"),
                now,
            ),
        ];
        if name == "BUILD" {
            lines.extend(plan.log.iter().cloned());
        }
        // CodeBuild itself says once more which command it was.
        let command = message.strip_prefix("Error while executing command: ");
        if let Some((command, status)) = command.and_then(|c| c.split_once(". Reason: ")) {
            let text = format!("Command did not exit successfully {command} {status}");
            lines.push(container_line(&text, now));
        }
        lines.extend(end);
        let lines: Vec<String> = lines.into_iter().map(|line| line + "\n").collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.put_log(&group, &stream, &lines, now);
    }

    fn deploy_now(&mut self, id: &str, action: &PipelineAction, now: Millis) {
        let agenda = self.execution_mut(id).map(|e| &mut e.agenda);
        let accepted = match agenda.and_then(|agenda| agenda.deploy.take()) {
            Some(PipelineDeploy::CodeDeploy(request)) => self.deploy(now, *request),
            Some(PipelineDeploy::Native(request)) => self
                .deploy_native(now, request)
                .map(|arn| self.native_id(&arn)),
            None => return,
        };
        match accepted {
            Ok(deployment) => {
                let url = match action.kind.provider {
                    "ECS" => None,
                    _ => Some(format!(
                        "https://console.aws.amazon.com/codedeploy/home?region={}#/deployments/{deployment}",
                        self.region
                    )),
                };
                if let Some((_, action)) = self.action_mut(|a| a.id == action.id) {
                    action.result.external_id = Some(deployment);
                    action.result.url = url;
                }
            }
            Err(refusal) => {
                let result = ActionResult {
                    summary: Some(refusal.message.clone()),
                    error_code: Some("JobFailed".to_owned()),
                    error_message: Some(refusal.message),
                    ..ActionResult::default()
                };
                self.give_up(id, action, result, now);
            }
        }
    }

    /// The id by which a pipeline knows a deployment of ECS's own.
    fn native_id(&self, arn: &str) -> String {
        let deployment = self.service_deployment(arn);
        let target = deployment.and_then(|d| self.service_revision(&d.target_revision));
        target.map_or_else(|| arn.to_owned(), |r| r.started_by.clone())
    }

    /// A deployment is over; the action that made it is too.
    pub(crate) fn deployment_ended(&mut self, deployment: &str, ending: &Ending, now: Millis) {
        let (id, good) = match ending {
            Ending::CodeDeploy { status, .. } => (
                deployment.to_owned(),
                *status == DeploymentStatus::Succeeded,
            ),
            Ending::Native { status, .. } => (
                self.native_id(deployment),
                *status == ServiceDeploymentStatus::Successful,
            ),
        };
        let runs = |a: &PipelineAction| {
            a.result.external_id.as_deref() == Some(&id) && !a.status.is_over()
        };
        let Some((execution, action)) = self.action_mut(runs).map(|(e, a)| (e, a.clone())) else {
            return;
        };
        if good {
            let result = ActionResult {
                summary: Some("Deployment Succeeded".to_owned()),
                ..action.result
            };
            self.end_action(&action.id, RunStatus::Succeeded, result, now);
            self.end_execution(&execution, RunStatus::Succeeded, now);
            self.end_stage(&execution, &action.stage, RunStatus::Succeeded, now);
            return;
        }
        let summary = format!("Deployment {id} failed");
        let result = ActionResult {
            summary: Some(summary.clone()),
            error_code: Some("JobFailed".to_owned()),
            error_message: Some(summary),
            ..action.result.clone()
        };
        self.give_up(&execution, &action, result, now);
    }

    fn execution_mut(&mut self, id: &str) -> Option<&mut PipelineExecution> {
        self.pipelines.iter_mut().find(|e| e.id == id)
    }

    /// The first action that is so, and the id of its execution.
    fn action_mut(
        &mut self,
        so: impl Fn(&PipelineAction) -> bool,
    ) -> Option<(String, &mut PipelineAction)> {
        self.pipelines.iter_mut().find_map(|execution| {
            let action = execution.actions.iter_mut().find(|a| so(a))?;
            Some((execution.id.clone(), action))
        })
    }
}
