use events::Event;
use fastrand::Rng;
use serde_json::{Value, json};

/// The events of one execution.
pub const EVENTS: usize = 15;

/// Executions, the same ones for the same seed.
#[derive(Debug, Clone)]
pub struct Burst {
    /// The executions.
    pub executions: Vec<Execution>,
    /// The events in the order in which they arrive: those of all executions
    /// shuffled, one in ten twice.
    pub arrivals: Vec<Event>,
}

/// An execution of a pipeline of its own.
#[derive(Debug, Clone)]
pub struct Execution {
    /// The pipeline.
    pub pipeline: String,
    /// What happens in it.
    pub course: Course,
    /// What AWS reports of it, in the order in which it happens.
    pub events: Vec<Value>,
}

/// What happens in an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Course {
    /// Build and deployment go well.
    Succeeds,
    /// The deployment is stopped by a gate.
    FailsToDeploy,
    /// The build fails, is tried again, and succeeds.
    Retried,
    /// The build fails.
    FailsToBuild,
    /// Somebody stops it while it deploys.
    Stopped,
}

impl Burst {
    /// So many executions.
    pub fn new(executions: usize, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let executions: Vec<Execution> = (0..executions)
            .map(|n| Execution::new(n, &mut rng))
            .collect();
        let all = executions.iter().flat_map(|execution| &execution.events);
        let mut arrivals: Vec<Event> = all.flat_map(|e| events::read(e).unwrap()).collect();
        let again: Vec<Event> = arrivals
            .iter()
            .filter(|_| rng.u8(0..10) == 0)
            .cloned()
            .collect();
        arrivals.extend(again);
        rng.shuffle(&mut arrivals);
        Self {
            executions,
            arrivals,
        }
    }
}

impl Execution {
    fn new(n: usize, rng: &mut Rng) -> Self {
        // Most go well, and each way to go is there in every ten.
        let course = match n % 10 {
            1 | 6 => Course::FailsToDeploy,
            3 => Course::FailsToBuild,
            4 | 8 => Course::Retried,
            9 => Course::Stopped,
            _ => Course::Succeeds,
        };
        let mut writer = Writer {
            pipeline: format!("shop-{n:04}"),
            execution: uuid(rng),
            // All within an hour, and several of one execution in one second.
            second: rng.u32(0..3600),
            events: Vec::with_capacity(EVENTS),
            ids: Rng::with_seed(rng.u64(..)),
        };
        match course {
            Course::Retried => writer.retried(),
            Course::FailsToBuild => writer.fails_to_build(),
            _ => writer.deploys(course),
        }
        assert_eq!(writer.events.len(), EVENTS, "{course:?}");
        Self {
            pipeline: writer.pipeline,
            course,
            events: writer.events,
        }
    }
}

/// Writes the events of one execution.
struct Writer {
    pipeline: String,
    execution: String,
    second: u32,
    events: Vec<Value>,
    ids: Rng,
}

/// What an action's work is known by, and what it says when it ends.
struct Work<'a> {
    provider: &'a str,
    id: &'a str,
    summary: &'a str,
}

impl Writer {
    fn deploys(&mut self, course: Course) {
        let build = self.build_id();
        let deployment = format!("d-{}", self.letters(9));
        let (word, end) = match course {
            Course::FailsToDeploy => ("FAILURE", "FAILED"),
            Course::Stopped => ("STOP", "STOPPED"),
            _ => ("SUCCESS", "SUCCEEDED"),
        };
        self.pipeline("STARTED", 1);
        self.source();
        match course {
            Course::FailsToDeploy => {}
            _ => self.stage("Build", "STARTED", 1),
        }
        self.action(("Build", "STARTED", 1), None);
        self.build(&build, "IN_PROGRESS");
        self.build(&build, "SUCCEEDED");
        self.built("SUCCEEDED", 1, &build);
        self.stage("Build", "SUCCEEDED", 1);
        self.stage("Deploy", "STARTED", 1);
        self.action(("Deploy", "STARTED", 1), None);
        self.deployment(&deployment, "START");
        if course == Course::FailsToDeploy {
            self.verdict(&deployment);
        }
        self.deployment(&deployment, word);
        let work = Work {
            provider: "CodeDeployToECS",
            id: &deployment,
            summary: match course {
                Course::Succeeds => "Deployment Succeeded",
                _ => "Deployment did not succeed",
            },
        };
        let of_action = match course {
            Course::Stopped => "ABANDONED",
            _ => end,
        };
        self.action(("Deploy", of_action, 1), Some(work));
        self.stage("Deploy", end, 1);
        self.pipeline(end, 1);
    }

    fn retried(&mut self) {
        for (attempt, began, end) in [(1, "STARTED", "FAILED"), (2, "RESUMED", "SUCCEEDED")] {
            let build = self.build_id();
            if attempt == 1 {
                self.pipeline("STARTED", 1);
            }
            self.stage("Build", began, attempt);
            self.action(("Build", "STARTED", attempt), None);
            self.build(&build, "IN_PROGRESS");
            self.build(&build, end);
            self.built(end, attempt, &build);
            self.stage("Build", end, attempt);
            self.pipeline(end, attempt);
        }
    }

    fn fails_to_build(&mut self) {
        let (build, lint) = (self.build_id(), self.build_id());
        self.pipeline("STARTED", 1);
        self.stage("Source", "STARTED", 1);
        self.source();
        self.stage("Source", "SUCCEEDED", 1);
        self.stage("Build", "STARTED", 1);
        self.action(("Build", "STARTED", 1), None);
        self.action(("Lint", "STARTED", 1), None);
        self.build(&build, "IN_PROGRESS");
        self.build(&lint, "IN_PROGRESS");
        self.build(&lint, "SUCCEEDED");
        let work = Work {
            provider: "CodeBuild",
            id: &lint,
            summary: "",
        };
        self.action(("Lint", "SUCCEEDED", 1), Some(work));
        self.build(&build, "FAILED");
        self.built("FAILED", 1, &build);
        self.stage("Build", "FAILED", 1);
        self.pipeline("FAILED", 1);
    }

    fn source(&mut self) {
        let commit = self.hex(40);
        let summary = format!(
            "{{\"ProviderType\":\"GitHub\",\"CommitMessage\":\"Sell <tea> & cups\\n\\nin {}\"}}",
            self.pipeline
        );
        let work = Work {
            provider: "CodeStarSourceConnection",
            id: &commit,
            summary: &summary,
        };
        self.action(("Source", "SUCCEEDED", 1), Some(work));
    }

    fn built(&mut self, state: &str, attempt: u64, build: &str) {
        let summary = match state {
            "FAILED" => "Build terminated with state: FAILED",
            _ => "",
        };
        let work = Work {
            provider: "CodeBuild",
            id: build,
            summary,
        };
        self.action(("Build", state, attempt), Some(work));
    }

    fn pipeline(&mut self, state: &str, attempt: u64) {
        let mut detail = self.detail(state, attempt);
        if state == "STARTED" {
            detail["execution-trigger"] = json!({"trigger-type": "Webhook",
                "author-display-name": "Mary Major", "full-repository-name": "example/shop",
                "provider-type": "GitHub", "branch-name": "main",
                "commit-message": format!("Sell <tea> & cups in {}", self.pipeline)});
        }
        self.put(
            "aws.codepipeline",
            "CodePipeline Pipeline Execution State Change",
            detail,
        );
    }

    fn stage(&mut self, stage: &str, state: &str, attempt: u64) {
        let mut detail = self.detail(state, attempt);
        detail["stage"] = json!(stage);
        self.put(
            "aws.codepipeline",
            "CodePipeline Stage Execution State Change",
            detail,
        );
    }

    fn action(&mut self, (action, state, attempt): (&str, &str, u64), work: Option<Work<'_>>) {
        let (stage, category, provider) = match action {
            "Source" => ("Source", "Source", "CodeStarSourceConnection"),
            "Deploy" => ("Deploy", "Deploy", "CodeDeployToECS"),
            _ => ("Build", "Build", "CodeBuild"),
        };
        let mut detail = self.detail(state, attempt);
        detail["stage"] = json!(stage);
        detail["action"] = json!(action);
        detail["type"] = json!({"owner": "AWS", "provider": provider, "category": category,
            "version": "1"});
        detail["action-execution-id"] = json!(uuid(&mut self.ids));
        if let Some(work) = work {
            assert_eq!(work.provider, provider);
            let mut result = json!({"external-execution-id": work.id,
                "external-execution-summary": work.summary,
                "external-execution-url": format!("https://eu-west-1.console.aws.amazon.com/{}", work.id)});
            if state == "FAILED" {
                result["error-code"] = json!("JobFailed");
            }
            detail["execution-result"] = result;
        }
        self.put(
            "aws.codepipeline",
            "CodePipeline Action Execution State Change",
            detail,
        );
    }

    /// What all events of a pipeline have; numbers as they really come.
    fn detail(&self, state: &str, attempt: u64) -> Value {
        let attempt: f64 = if attempt == 1 { 1.0 } else { 2.0 };
        json!({"pipeline": self.pipeline, "execution-id": self.execution, "state": state,
            "version": 4.0, "pipeline-execution-attempt": attempt})
    }

    fn build(&mut self, id: &str, state: &str) {
        let project = format!("{}-build", self.pipeline);
        let stream = id.rsplit(':').next().unwrap_or_default();
        let detail = json!({"build-status": state, "project-name": project,
            "build-id": format!("arn:aws:codebuild:eu-west-1:123456789012:build/{id}"),
            "current-phase": if state == "IN_PROGRESS" { "SUBMITTED" } else { "COMPLETED" },
            "additional-information": {
                "initiator": format!("codepipeline/{}", self.pipeline), "build-number": 7.0,
                "environment": {"environment-variables":
                    [{"name": "PASSWORD", "type": "PLAINTEXT", "value": "hunter2"}]},
                "logs": {"group-name": format!("/aws/codebuild/{project}"), "stream-name": stream}}});
        self.put("aws.codebuild", "CodeBuild Build State Change", detail);
    }

    fn deployment(&mut self, id: &str, state: &str) {
        let detail = json!({"application": self.pipeline, "deploymentGroup": "live",
            "deploymentId": id, "state": state, "region": "eu-west-1"});
        self.put(
            "aws.codedeploy",
            "CodeDeploy Deployment State-change Notification",
            detail,
        );
    }

    fn verdict(&mut self, deployment: &str) {
        let detail = json!({"hook": "BeforeAllowTraffic", "deploymentId": deployment,
            "application": self.pipeline, "deploymentGroup": "live", "status": "Failed",
            "reason": "liveness: expected status 200-299, got 503",
            "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:43",
            "outcomes": [{"check": "liveness", "status": "Failed", "expected": "status 200-299",
                "got": "503", "remedy": "look at the task's log"}]});
        self.put("greenlight", "Greenlight Gate Verdict", detail);
    }

    fn put(&mut self, source: &str, detail_type: &str, detail: Value) {
        // Whole seconds, as AWS has them: two or three events in each.
        self.second += u32::from(self.ids.u8(0..5) < 2);
        let (minute, second) = (self.second / 60, self.second % 60);
        let time = format!(
            "2026-11-21T{:02}:{:02}:{second:02}Z",
            8 + minute / 60,
            minute % 60
        );
        self.events.push(
            json!({"version": "0", "id": uuid(&mut self.ids), "source": source,
            "detail-type": detail_type, "account": "123456789012", "region": "eu-west-1",
            "time": time, "resources": [], "detail": detail}),
        );
    }

    fn build_id(&mut self) -> String {
        format!("{}-build:{}", self.pipeline, uuid(&mut self.ids))
    }

    fn letters(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| self.ids.alphanumeric().to_ascii_uppercase())
            .collect()
    }

    fn hex(&mut self, count: usize) -> String {
        (0..count).map(|_| self.ids.digit(16)).collect()
    }
}

fn uuid(rng: &mut Rng) -> String {
    let hex = format!("{:032x}", rng.u128(..));
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use card::Key;
    use events::{Kind, Phase};

    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_burst() {
        let (one, same, other) = (Burst::new(20, 1), Burst::new(20, 1), Burst::new(20, 2));
        assert_eq!(one.arrivals, same.arrivals);
        assert_ne!(one.arrivals, other.arrivals);
    }

    #[test]
    fn a_burst_is_shuffled_and_some_of_it_comes_twice() {
        let burst = Burst::new(60, 7);
        let times = burst
            .arrivals
            .iter()
            .fold(BTreeMap::new(), |mut times, event| {
                *times.entry(event.id.as_str()).or_insert(0) += 1;
                times
            });
        assert_eq!(times.len(), 60 * EVENTS, "no id is there twice by chance");
        let twice = times.values().filter(|n| **n == 2).count();
        assert!((45..135).contains(&twice), "{twice}");
        assert_eq!(burst.arrivals.len(), 60 * EVENTS + twice);
        let ordered: Vec<&str> = burst
            .executions
            .iter()
            .flat_map(|execution| &execution.events)
            .filter_map(|event| event["id"].as_str())
            .collect();
        let arrived = burst.arrivals.iter().map(|event| event.id.as_str());
        let in_place = arrived.zip(ordered).filter(|(a, b)| a == b).count();
        assert!(in_place < 30, "{in_place}");
    }

    #[test]
    fn every_event_is_understood_and_times_tie() {
        let burst = Burst::new(10, 3);
        let unknown = |event: &&Event| matches!(event.kind, Kind::Notice(_));
        assert_eq!(burst.arrivals.iter().find(unknown), None);
        for execution in &burst.executions {
            let times = execution
                .events
                .iter()
                .map(|event| event["time"].to_string());
            let times: BTreeSet<String> = times.collect();
            assert!(times.len() < EVENTS, "{times:?}");
        }
    }

    #[test]
    fn an_execution_is_one_card_that_stands_as_it_ended() {
        let burst = Burst::new(10, 3);
        let courses: BTreeSet<Course> = burst.executions.iter().map(|e| e.course).collect();
        assert_eq!(courses.len(), 5);
        for execution in &burst.executions {
            let events = execution
                .events
                .iter()
                .flat_map(|e| events::read(e).unwrap());
            let parts = events.flat_map(|event| card::parts(&event));
            let cards = card::assemble(parts);
            let [(Key::Execution(id), card)] = &cards.iter().collect::<Vec<_>>()[..] else {
                panic!("{:?}: {:?}", execution.course, cards.keys());
            };
            assert_eq!(id.pipeline, execution.pipeline);
            let (attempt, run) = card.runs.last_key_value().unwrap();
            let phase = run.standing.as_ref().unwrap().phase;
            let expected = match execution.course {
                Course::Succeeds => (1, Phase::Succeeded),
                Course::Retried => (2, Phase::Succeeded),
                Course::FailsToBuild | Course::FailsToDeploy => (1, Phase::Failed),
                Course::Stopped => (1, Phase::Stopped),
            };
            assert_eq!((*attempt, phase), expected, "{:?}", execution.course);
            let deployments = match execution.course {
                Course::Retried | Course::FailsToBuild => 0,
                _ => 1,
            };
            assert_eq!(card.deployments.len(), deployments);
            assert!(!card.builds.is_empty());
        }
    }
}
