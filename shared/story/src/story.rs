use std::{collections::BTreeMap, time::Duration};

use card::{Card, Evidence, Key};
use diagnosis::Diagnosis;
use events::{Moment, Phase, Trigger};
use serde::Serialize;

use crate::{
    Finding, Rollback, Trend,
    failures::{Case, Ground},
    gates::{gates, instances},
    links,
    notes::notes,
    rollback::rollback,
    running::running,
    severity::severity,
    stages::stages,
    trigger::trigger,
    waiting::waiting,
    whole::{Whole, applications, name_and_run, source},
    works::Works,
};

/// What there is to tell of a card. All texts in it come without secrets, and
/// are otherwise as they came: whoever shows them escapes and shortens them.
#[derive(Debug, Clone)]
pub struct Story {
    /// What the card is about.
    pub key: Key,
    /// What kind of thing that is.
    pub source: Source,
    /// Its name: the pipeline, the build's project, the application, the
    /// service, the tool's subject, the repository.
    pub name: String,
    /// Which run of it: the execution's id, the build's number, the
    /// deployment's id. None where there is none.
    pub run: Option<String>,
    /// The applications that are deployed: CodeDeploy's, or ECS services.
    pub applications: Vec<String>,
    /// The account.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Where it stands.
    pub phase: Phase,
    /// The sender's word for that, `SUPERSEDED`; empty where none was sent.
    pub word: String,
    /// How bad it is.
    pub severity: Severity,
    /// From 1.
    pub attempt: u64,
    /// How it stands to the executions before it.
    pub trend: Option<Trend>,
    /// When it began.
    pub started: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
    /// What set it off: author, commit, message.
    pub trigger: Option<Trigger>,
    /// The stages, in the order in which they began.
    pub stages: Vec<Stage>,
    /// What runs now, each as the names from the outside to the inside:
    /// stage, action, and the phase of its build or deployment.
    pub running: Vec<Vec<String>>,
    /// Who or what is waited for.
    pub waiting: Vec<Waiting>,
    /// What failed, in the order in which it did.
    pub failures: Vec<Failure>,
    /// How what was deployed was taken back.
    pub rollback: Option<Rollback>,
    /// The instances of in-place deployments.
    pub instances: Option<Instances>,
    /// The gates that have decided, in order.
    pub gates: Vec<Gate>,
    /// What else there is to say, a line each: a tool's message, an image's
    /// tags, findings of a scan, a service's event.
    pub notes: Vec<String>,
    /// Pages, the most useful first: the execution, the commit, the log.
    pub links: Vec<Link>,
}

/// What kind of thing a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// An execution of a pipeline.
    Pipeline,
    /// A build without one.
    Build,
    /// A CodeDeploy deployment without one.
    Deployment,
    /// An ECS deployment without one, or a service's own event.
    Ecs,
    /// An approval whose execution nobody knows.
    Approval,
    /// A run of another tool.
    Tool,
    /// An image.
    Image,
    /// A branch, a tag, a pull request.
    Repository,
    /// Anything else.
    Other,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// As it should be.
    Info,
    /// Somebody is asked, something was stopped (but not because a newer
    /// execution took its place), or a word is not known.
    Warning,
    /// Something failed.
    Error,
}

/// A stage of a pipeline, or a step of a tool's run.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Its attempts, in order; at least one. One that has no end of its own is
    /// ended where the execution's end shows that it must be.
    pub attempts: Vec<Attempt>,
    /// Its actions, in the order in which they began.
    pub steps: Vec<Step>,
}

/// An action of a stage.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What does its work, `CodeBuild`.
    pub provider: Option<String>,
    /// Its attempts, in order; at least one.
    pub attempts: Vec<Attempt>,
    /// The page of what does its work.
    pub url: Option<String>,
}

/// An attempt at something.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// From 1.
    pub number: u64,
    /// Where it stands.
    pub phase: Phase,
    /// The sender's word.
    pub word: String,
    /// When it began.
    pub started: Option<Moment>,
    /// When it ended.
    pub ended: Option<Moment>,
}

/// Who or what is waited for.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What the answer is to, unlike any other of the card: a name that lasts.
    pub id: String,
    /// What kind of answer.
    pub question: Question,
    /// Where: stage and action, or the hook.
    pub place: Vec<String>,
    /// Until when.
    pub until: Option<Moment>,
    /// What to look at, and what the author says about it.
    pub note: Option<String>,
    /// Where to answer, and what to look at.
    pub links: Vec<Link>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Somebody approves or rejects.
    Approval,
    /// A paused ECS deployment is told to go on or back.
    Pause,
}

/// Something that failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What failed, unlike any other failure of the card: a name that lasts, at
    /// most 200 characters, letters, digits and `.:/_-` only.
    pub id: String,
    /// Where: stage, action, deployment, hook; from the outside to the inside.
    pub place: Vec<String>,
    /// The attempt.
    pub attempt: u64,
    /// Whether a later attempt at it has succeeded since.
    pub mended: bool,
    /// When it failed.
    pub at: Option<Moment>,
    /// Why, in one sentence: the diagnosis', or what the services say of it.
    /// None where nobody has said anything.
    pub why: Option<String>,
    /// What to do, where that is known.
    pub remedy: Option<String>,
    /// What was recognised, causes first.
    pub diagnoses: Vec<Diagnosis>,
    /// The checks of a gate that did not pass.
    pub checks: Vec<Evidence>,
    /// What the services say, a text each.
    pub words: Vec<String>,
    /// The end of a log.
    pub log: Vec<String>,
    /// What could not be asked, and why.
    pub missing: Vec<String>,
    /// Where to look.
    pub links: Vec<Link>,
}

/// Instances of in-place deployments, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Instances {
    /// All that are known.
    pub all: usize,
    /// Those that are done.
    pub succeeded: usize,
    /// Those that failed.
    pub failed: usize,
    /// Those that are being deployed to.
    pub running: usize,
}

/// A gate that has decided.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The hook, `BeforeAllowTraffic`.
    pub hook: String,
    /// The verdict.
    pub phase: Phase,
    /// Why, in one line.
    pub reason: String,
    /// The task definition that was judged, with its revision.
    pub version: Option<String>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it shows: a word or two.
    pub text: String,
    /// Its address: `https`, or `http` too where people wrote it themselves.
    pub url: String,
}

impl Story {
    /// Tells a card.
    pub fn new(
        key: &Key,
        card: &Card,
        findings: &BTreeMap<String, Finding>,
        trend: Option<Trend>,
    ) -> Self {
        let works = Works::of(card);
        let whole = Whole::of(key, card, &works);
        let ground = Ground {
            key,
            card,
            findings,
            works: &works,
            whole: &whole,
        };
        let cases = ground.cases();
        let rollback = rollback(&cases);
        let failures: Vec<Failure> = cases.into_iter().map(Case::tell).collect();
        let stages = stages(key, card, &works, &whole);
        let now = (stages.as_slice(), whole.phase);
        let running = running(key, card, &works, now);
        let waiting = waiting(key, card, &works, now);
        let trigger = trigger(key, card);
        let latest = works.latest();
        let (name, run) = name_and_run(key, card);
        let place = card.place.as_ref();
        Self {
            key: key.clone(),
            source: source(key, card),
            name,
            run,
            applications: applications(card),
            account: place.map(|(account, _)| account.clone()),
            region: place.map(|(_, region)| region.clone()),
            severity: severity(key, card, &whole, (&failures, &waiting)),
            trend: trend.filter(|trend| trend.fits(whole.phase)),
            attempt: whole.attempt,
            started: whole.started,
            ended: whole.ended,
            stages,
            running,
            waiting,
            failures,
            rollback,
            instances: instances(&latest),
            gates: gates(&latest),
            notes: notes(key, card, &works),
            links: links::of_story(key, card, trigger.as_ref()),
            trigger,
            phase: whole.phase,
            word: whole.word,
        }
    }

    /// How long it took; None while it runs, or where a time is not known.
    pub fn lasted(&self) -> Option<Duration> {
        between(self.started, self.ended)
    }
}

impl Attempt {
    /// How long it took; None while it runs, or where a time is not known.
    pub fn lasted(&self) -> Option<Duration> {
        between(self.started, self.ended)
    }
}

fn between(from: Option<Moment>, to: Option<Moment>) -> Option<Duration> {
    let millis = to?.0.checked_sub(from?.0)?;
    u64::try_from(millis).ok().map(Duration::from_millis)
}
