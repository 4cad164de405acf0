//! What every destination says in the same words.

use std::time::Duration;

use card::Key;
use events::{Moment, Phase};
use story::{Attempt, Failure, Source, Stage, Story, Trend};

use crate::{
    plain::{cut, line, some_line},
    standing::{Standing, in_headline, open},
};

/// How many units of an id are shown.
const SHORT: usize = 8;

/// The sign of a state.
pub(crate) fn sign(phase: Phase) -> &'static str {
    match phase {
        Phase::Unknown => "❔",
        Phase::Waiting => "⏸️",
        Phase::Running => "🔄",
        Phase::Stopping | Phase::Stopped => "⛔",
        Phase::Succeeded => "✅",
        Phase::Failed => "❌",
    }
}

/// What kind of thing a story is about.
pub(crate) fn kind(story: &Story) -> String {
    let kind = match (story.source, &story.key) {
        (Source::Tool, Key::Tool(tool, ..)) => {
            return format!("{} run", cut(&line(tool), 60)).trim().to_owned();
        }
        (Source::Ecs, _) if story.run.is_some() => "ECS deployment",
        (Source::Ecs, _) => "ECS",
        (Source::Pipeline, _) => "execution",
        (Source::Build, _) => "build",
        (Source::Deployment, _) => "deployment",
        (Source::Approval, _) => "approval",
        (Source::Tool, _) => "run",
        (Source::Image, _) => "image",
        (Source::Repository, _) => "repository",
        (Source::Other, _) => "event",
    };
    kind.to_owned()
}

/// Which run of what, as parts of a line: `execution 5e1c3f9a`, `2nd attempt`.
pub(crate) fn run(story: &Story) -> Vec<String> {
    let mut parts = vec![kind(story)];
    if let (Some(run), Some(first)) = (some_line(story.run.as_deref()), parts.first_mut()) {
        let run = match story.source {
            Source::Pipeline => short_id(&run),
            _ => cut(&run, 80),
        };
        first.push_str(&format!(" {run}"));
    }
    if story.attempt > 1 {
        parts.push(format!("{} attempt", ordinal(story.attempt)));
    }
    parts
}

/// What is to be said of its time.
pub(crate) enum Time {
    /// How long it took.
    Took(Duration),
    /// Since when it runs.
    Since(Moment),
    /// When it was, for what takes no time.
    At(Moment),
}

pub(crate) fn time(story: &Story) -> Option<Time> {
    let took = story.lasted().filter(|took| !took.is_zero());
    match story.phase {
        phase if phase.is_end() => took
            .map(Time::Took)
            .or(story.ended.or(story.started).map(Time::At)),
        Phase::Unknown if story.stages.is_empty() => story.started.or(story.ended).map(Time::At),
        _ => story.started.map(Time::Since),
    }
}

/// Since when it is broken, or was until now.
pub(crate) fn broken_since(story: &Story) -> Option<(&'static str, Moment)> {
    match story.trend? {
        Trend::StillBroken { since, .. } => Some(("broken since", since?)),
        Trend::Recovered { since, .. } => Some(("had been broken since", since?)),
        Trend::Broke => None,
    }
}

/// Account and region.
pub(crate) fn home(story: &Story) -> Vec<String> {
    let parts = [&story.account, &story.region].into_iter();
    let parts = parts.filter_map(|part| some_line(part.as_deref()));
    parts.map(|part| cut(&part, 40)).collect()
}

/// Who and what set it off: a commit, its message's first line, author, branch.
pub(crate) struct Cause {
    pub(crate) commit: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) by: Option<String>,
    pub(crate) on: Option<String>,
}

pub(crate) fn cause(story: &Story) -> Option<Cause> {
    let trigger = story.trigger.as_ref()?;
    let message = trigger.message.as_deref().unwrap_or_default();
    let on = some_line(trigger.branch.as_deref()).map(|name| format!("on {name}"));
    let tag = || some_line(trigger.tag.as_deref()).map(|name| format!("at {name}"));
    let cause = Cause {
        commit: some_line(trigger.commit.as_deref()).map(|commit| short_id(&commit)),
        message: message.lines().find_map(|text| some_line(Some(text))),
        by: some_line(trigger.author.as_deref()).map(|name| format!("by {name}")),
        on: on.or_else(tag),
    };
    let all = [&cause.commit, &cause.message, &cause.by, &cause.on];
    all.iter().any(|part| part.is_some()).then_some(cause)
}

/// The beginning of an id.
fn short_id(id: &str) -> String {
    id.chars().take(SHORT).collect()
}

/// A stage in a line, without its sign: name, time, attempts.
pub(crate) fn stage(stage: &Stage) -> (Phase, String) {
    let mut words = some_line(Some(&stage.name)).unwrap_or_else(|| "(no name)".to_owned());
    let Some(last) = stage.attempts.last() else {
        return (Phase::Unknown, words);
    };
    if let Some(time) = last.lasted().filter(|time| !time.is_zero()) {
        words.push_str(&format!("  {}", duration(time)));
    }
    if last.number > 1 && stage.attempts.len() > 1 {
        words.push_str(&format!("  ({} attempt)", ordinal(last.number)));
    }
    if let (Phase::Unknown, false) = (last.phase, last.word.is_empty()) {
        words.push_str(&format!(" {}", line(&last.word)));
    }
    (last.phase, words)
}

/// Since when the last attempt runs, if it does.
pub(crate) fn since(attempts: &[Attempt]) -> Option<Moment> {
    let last = attempts.last()?;
    (!last.phase.is_end()).then_some(last.started)?
}

/// Names from the outside to the inside.
pub(crate) fn path(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| line(name)).collect();
    names.join(" › ")
}

/// Where something failed, and at which attempt. Empty where the headline says
/// all of it.
pub(crate) fn failed_at(story: &Story, failure: &Failure) -> String {
    let mut words = path(inner(story, &failure.place));
    if failure.attempt > 1 {
        let comma = if words.is_empty() { "" } else { ", " };
        words.push_str(&format!("{comma}{} attempt", ordinal(failure.attempt)));
    }
    if failure.mended {
        words.push_str(" (it has succeeded since)");
    }
    words
}

/// The sign of a failure: one that is mended alarms nobody.
pub(crate) fn failure_sign(failure: &Failure) -> &'static str {
    match failure.mended {
        true => "☑️",
        false => "❌",
    }
}

/// Why it failed, where somebody says so.
pub(crate) fn why(failure: &Failure) -> String {
    let why = some_line(failure.why.as_deref());
    why.unwrap_or_else(|| "No reason is given.".to_owned())
}

/// What failed before, and does not count any more.
pub(crate) fn past(story: &Story) -> Vec<&Failure> {
    let open: Vec<&Failure> = open(story).collect();
    let is_open = |failure: &&Failure| open.iter().any(|open| std::ptr::eq(*open, *failure));
    let all = story.failures.iter();
    all.filter(|failure| !is_open(failure)).collect()
}

/// How what was deployed was taken back, or is, in a sentence or two.
pub(crate) fn rollback(story: &Story) -> Option<String> {
    let rollback = story.rollback.as_ref()?;
    let at = story.gates.iter().find(|gate| gate.phase == Phase::Failed);
    let at = at.and_then(|gate| some_line(Some(&gate.hook)));
    let at = at.map(|hook| format!(" at {hook}")).unwrap_or_default();
    let failed = some_line(rollback.failed.as_deref());
    let failed = failed.unwrap_or_else(|| "the new version".to_owned());
    let known = some_line(rollback.serves.as_deref());
    let is_over = Standing::of(story) != Standing::RollingBack;
    let by = some_line(rollback.deployment.as_deref());
    let back = by.map(|by| format!(" by {by}")).unwrap_or_default();
    Some(match (is_over, known) {
        (true, Some(serves)) => {
            format!("{failed} failed{at} and was taken back{back}; {serves} serves.")
        }
        // Which one serves is said only where AWS has said it.
        (true, None) => format!("{failed} failed{at} and was taken back{back}."),
        (false, Some(serves)) => format!("{failed} failed{at}; going back{back} to {serves}."),
        (false, None) => format!("{failed} failed{at}; going back{back} to the version before it."),
    })
}

/// What CodeDeploy or ECS say of a rollback, where nothing else says it.
pub(crate) fn rollback_message(story: &Story) -> Option<String> {
    let message = some_line(story.rollback.as_ref()?.message.as_deref())?;
    let mut whys = story.failures.iter().filter_map(|f| f.why.as_deref());
    (!whys.any(|why| line(why) == message)).then_some(message)
}

/// The place of a failure or a question, without the story's name in front:
/// that stands in the headline.
pub(crate) fn inner<'a>(story: &Story, place: &'a [String]) -> &'a [String] {
    match place.split_first() {
        Some((first, rest)) if *first == story.name => rest,
        _ => place,
    }
}

/// The instances of in-place deployments.
pub(crate) fn instances(story: &Story) -> Option<String> {
    let instances = story.instances?;
    let mut words = format!(
        "{} of {} instances done",
        instances.succeeded, instances.all
    );
    for (n, what) in [
        (instances.running, "in progress"),
        (instances.failed, "failed"),
    ] {
        if n > 0 {
            words.push_str(&format!(", {n} {what}"));
        }
    }
    Some(words)
}

/// What else there is to say, a line each: nothing that is said elsewhere.
pub(crate) fn notes(story: &Story) -> Vec<String> {
    let whys = story.failures.iter().filter_map(|f| f.why.as_deref());
    let rollback = story.rollback.as_ref().and_then(|r| r.message.as_deref());
    let mut told: Vec<String> = whys.chain(rollback).map(line).collect();
    told.extend(in_headline(story));
    let notes = story.notes.iter().map(|note| line(note));
    notes
        .filter(|note| !note.is_empty() && !told.contains(note))
        .collect()
}

/// `1 failure`, `2 failures`.
pub(crate) fn count(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// `2nd`, `11th`.
pub(crate) fn ordinal(number: u64) -> String {
    let end = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}

/// A time as long as it has to be: `8s`, `2m 05s`, `1h 02m`, `3d 04h`.
pub(crate) fn duration(time: Duration) -> String {
    match time.as_secs() {
        0 => "<1s".to_owned(),
        s if s < 60 => format!("{s}s"),
        s if s < 3600 => format!("{}m {:02}s", s / 60, s % 60),
        s if s < 86_400 => format!("{}h {:02}m", s / 3600, s % 3600 / 60),
        s => format!("{}d {:02}h", s / 86_400, s % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_numbers() {
        for (n, text) in [
            (1, "1st"),
            (2, "2nd"),
            (3, "3rd"),
            (4, "4th"),
            (11, "11th"),
            (112, "112th"),
            (21, "21st"),
        ] {
            assert_eq!(ordinal(n), text);
        }
        for (millis, text) in [
            (300, "<1s"),
            (8_000, "8s"),
            (125_000, "2m 05s"),
            (3_725_000, "1h 02m"),
            (97 * 3_600_000, "4d 01h"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }
}
