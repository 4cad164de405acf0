use card::Key;
use story::{Severity, Source, Story};
use wording::{either, quoted};

use crate::{
    Mention, Routes,
    model::{Fallback, Glob, Matching, State, To, When, severity_name, source_name},
};

/// Where a story goes, and why.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// Each channel at most once.
    pub ways: Vec<Way>,
    /// Every rule that was looked at, in order, with what it said.
    pub rules: Vec<Judged>,
}

/// One way that a story goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Way {
    /// The channel; None is the function's own.
    pub channel: Option<String>,
    /// Who is mentioned, when it fails or waits for somebody.
    pub mention: Option<Mention>,
    /// The rule's name.
    pub rule: String,
}

/// What a rule said of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The rule's name; `default` for what holds without a rule.
    pub rule: String,
    /// Whether it matches.
    pub matches: bool,
    /// Why: the first condition that is not met, or all that are; one line.
    pub why: String,
}

/// The name of what holds where no rule matches.
pub(crate) const DEFAULT: &str = "default";

impl Routes {
    /// Where a story goes now, and why. A story that goes nowhere now may have
    /// gone somewhere earlier: that is for the caller to remember.
    pub fn decide(&self, story: &Story) -> Decision {
        let mut decision = Decision::default();
        for rule in &self.rules {
            let judged = rule.when.judge(story);
            let matches = judged.is_ok();
            decision.note(&rule.name, judged);
            if !matches {
                continue;
            }
            match &rule.to {
                Some(to) => decision.add(to, &rule.name),
                None => return decision,
            }
            if self.matching == Matching::First {
                return decision;
            }
        }
        if decision.ways.is_empty() {
            let (judged, to) = self.default.judge(story, self.rules.is_empty());
            decision.note(DEFAULT, judged);
            if let Some(to) = to {
                decision.add(&to, DEFAULT);
            }
        }
        decision
    }
}

impl Decision {
    fn note(&mut self, rule: &str, judged: Result<String, String>) {
        let matches = judged.is_ok();
        let (Ok(why) | Err(why)) = judged;
        self.rules.push(Judged {
            rule: rule.to_owned(),
            matches,
            why,
        });
    }

    /// Each channel is there once: by the first rule that names it, with the
    /// first mention that one of its rules has.
    fn add(&mut self, to: &To, rule: &str) {
        match self.ways.iter_mut().find(|way| way.channel == to.channel) {
            Some(way) => way.mention = way.mention.take().or_else(|| to.mention.clone()),
            None => self.ways.push(Way {
                channel: to.channel.clone(),
                mention: to.mention.clone(),
                rule: rule.to_owned(),
            }),
        }
    }
}

impl Fallback {
    fn judge(&self, story: &Story, is_alone: bool) -> (Result<String, String>, Option<To>) {
        let no_rule = match is_alone {
            true => "there are no rules",
            false => "no rule matches",
        };
        match self {
            Fallback::To(to) => (Ok(no_rule.to_owned()), Some(to.clone())),
            Fallback::Off => (Err(format!("{no_rule}, and the default is off")), None),
            Fallback::Quiet => {
                let judged = quiet(story);
                let to = judged.is_ok().then(To::default);
                (judged, to)
            }
        }
    }
}

/// What is told without a rule: what somebody started in order to deploy, and
/// of all the rest what is not as it should be.
fn quiet(story: &Story) -> Result<String, String> {
    let source = source_name(story.source);
    let severity = severity_name(story.severity);
    match story.source {
        Source::Pipeline | Source::Deployment | Source::Ecs | Source::Tool | Source::Approval => {
            Ok(format!("source is {source}"))
        }
        Source::Build | Source::Image | Source::Repository | Source::Other => {
            // A failure is told whatever else is said of it.
            let failed = story.phase == events::Phase::Failed;
            match story.severity >= Severity::Warning || failed {
                true if failed => Ok(format!("source is {source}, state failed")),
                true => Ok(format!("source is {source}, severity is {severity}")),
                false => Err(format!(
                    "source is {source}, which is told from severity warning up, and severity is \
                     {severity}"
                )),
            }
        }
    }
}

impl When {
    /// Whether all conditions are met, and which, or which is the first that is
    /// not.
    fn judge(&self, story: &Story) -> Result<String, String> {
        let mut met = Vec::new();
        if !self.source.is_empty() {
            met.push(source(&self.source, story.source)?);
        }
        if !self.pipeline.is_empty() {
            let names: Vec<&str> = pipeline(story).into_iter().collect();
            met.push(named("pipeline", &self.pipeline, &names)?);
        }
        if !self.application.is_empty() {
            let names: Vec<&str> = story.applications.iter().map(String::as_str).collect();
            met.push(named("application", &self.application, &names)?);
        }
        if !self.name.is_empty() {
            met.push(named("name", &self.name, &[&story.name])?);
        }
        if !self.state.is_empty() {
            met.push(state(&self.state, story)?);
        }
        if let Some(least) = self.severity {
            let (least, is) = (least, story.severity);
            let (least_name, is_name) = (severity_name(least), severity_name(is));
            match is >= least {
                true if is == least => met.push(format!("severity is {is_name}")),
                true => met.push(format!("severity is {is_name}, at least {least_name}")),
                false => return Err(format!("severity is {is_name}, less than {least_name}")),
            }
        }
        match met.is_empty() {
            true => Ok("it has no conditions".to_owned()),
            false => Ok(met.join(", ")),
        }
    }
}

fn source(asked: &[Source], is: Source) -> Result<String, String> {
    let name = source_name(is);
    match asked.contains(&is) {
        true => Ok(format!("source is {name}")),
        false => {
            let asked: Vec<&str> = asked.iter().map(|s| source_name(*s)).collect();
            Err(format!("source is {name}, not {}", either(&asked)))
        }
    }
}

fn state(asked: &[State], story: &Story) -> Result<String, String> {
    let is = State::of(story);
    match asked.iter().find(|state| is.contains(state)) {
        Some(state) => Ok(format!("state {}", state.word())),
        None => {
            let asked: Vec<&str> = asked.iter().map(|s| s.word()).collect();
            let is: Vec<&str> = is.iter().map(|s| s.word()).collect();
            let is = match is.is_empty() {
                true if story.word.is_empty() => "unknown".to_owned(),
                true => format!("unknown ({})", quoted(&story.word)),
                false => is.join(" and "),
            };
            Err(format!("state {is}, not {}", either(&asked)))
        }
    }
}

/// The pipeline of a story, if it has one.
fn pipeline(story: &Story) -> Option<&str> {
    match &story.key {
        Key::Execution(id) => Some(&id.pipeline),
        Key::Approval(pipeline, ..) => Some(pipeline),
        _ => None,
    }
}

/// The most names that a reason repeats.
const MOST_NAMES: usize = 5;

fn named(what: &str, globs: &[Glob], names: &[&str]) -> Result<String, String> {
    for glob in globs {
        if let Some(name) = names.iter().find(|name| glob.matches(name)) {
            return Ok(format!("{what} {} matches {}", quoted(name), glob.shown()));
        }
    }
    let asked: Vec<String> = globs.iter().take(MOST_NAMES).map(Glob::shown).collect();
    let mut asked = either(&asked);
    if globs.len() > MOST_NAMES {
        asked.push_str(", …");
    }
    if names.is_empty() {
        return Err(format!("there is no {what} to match {asked}"));
    }
    let mut shown: Vec<String> = names.iter().take(MOST_NAMES).map(|n| quoted(n)).collect();
    if names.len() > MOST_NAMES {
        shown.push("…".to_owned());
    }
    let (s, does) = match names.len() {
        1 => ("", "does"),
        _ => ("s", "do"),
    };
    let shown = shown.join(", ");
    Err(format!("{what}{s} {shown} {does} not match {asked}"))
}
