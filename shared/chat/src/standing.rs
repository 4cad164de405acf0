//! Where a story stands, in the one sign and the one line that are read first.

use events::Phase;
use story::{Failure, Severity, Source, Story, Trend};

use crate::{
    plain::line,
    words::{count, kind, ordinal},
};

/// How a story stands as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not begun.
    Queued,
    Running,
    /// Somebody is asked.
    Waiting,
    /// Something failed, and something else still runs.
    Failing,
    /// What failed is being taken back.
    RollingBack,
    RolledBack,
    Failed,
    Stopping,
    Stopped,
    /// A newer execution took its place.
    Superseded,
    Succeeded,
    /// It succeeded, and what came out of it is bad.
    Alarming,
    /// It has no life of its own: something is told of it, that is all.
    Told,
}

impl Standing {
    pub(crate) fn of(story: &Story) -> Self {
        let is_broken = open(story).next().is_some();
        let is_taken_back = story.rollback.is_some();
        let has_life = is_broken || !story.stages.is_empty() || !story.running.is_empty();
        match story.phase {
            Phase::Failed if is_taken_back => Self::RolledBack,
            Phase::Failed => Self::Failed,
            Phase::Succeeded if is_taken_back && is_broken => Self::RolledBack,
            Phase::Succeeded if story.severity > Severity::Info => Self::Alarming,
            Phase::Succeeded => Self::Succeeded,
            Phase::Stopped if story.word.eq_ignore_ascii_case("superseded") => Self::Superseded,
            Phase::Stopped => Self::Stopped,
            Phase::Stopping => Self::Stopping,
            _ if !story.waiting.is_empty() => Self::Waiting,
            Phase::Unknown if !has_life => Self::Told,
            _ if is_broken && is_taken_back => Self::RollingBack,
            _ if is_broken => Self::Failing,
            Phase::Waiting => Self::Queued,
            Phase::Unknown if !story.word.is_empty() => Self::Told,
            Phase::Unknown | Phase::Running => Self::Running,
        }
    }

    /// Whether it is told small: nobody has to do anything about it, and there
    /// is little to say.
    pub(crate) fn is_small(self, story: &Story) -> bool {
        match self {
            Self::Told => true,
            Self::Succeeded => matches!(story.source, Source::Image | Source::Repository),
            _ => false,
        }
    }
}

/// What has failed and was not mended since: of the attempt that runs now, where
/// the whole is tried again.
pub(crate) fn open(story: &Story) -> impl Iterator<Item = &Failure> + Clone {
    let is_tried_again = matches!(story.source, Source::Pipeline | Source::Tool);
    let is_now = move |failure: &&Failure| !is_tried_again || failure.attempt >= story.attempt;
    let all = story.failures.iter().filter(|failure| !failure.mended);
    // What has failed says why, whatever its attempts are called.
    let has_now = all.clone().any(|failure| is_now(&failure));
    let takes_all = story.phase == Phase::Failed && !has_now;
    all.filter(move |failure| takes_all || is_now(failure))
}

/// The sign of a whole story.
pub(crate) fn story_sign(story: &Story) -> &'static str {
    match (Standing::of(story), story.severity) {
        (Standing::Queued, _) => "⏳",
        (Standing::Running, _) => "🔄",
        (Standing::Waiting, _) => "⏸️",
        (Standing::RollingBack | Standing::RolledBack, _) => "↩️",
        (Standing::Failing | Standing::Failed, _) => "❌",
        (Standing::Stopping | Standing::Stopped, _) => "⛔",
        (Standing::Superseded, _) => "⏭️",
        (Standing::Succeeded, _) => "✅",
        (Standing::Alarming | Standing::Told, Severity::Error) => "❌",
        (Standing::Alarming | Standing::Told, Severity::Warning) => "⚠️",
        (Standing::Alarming | Standing::Told, Severity::Info) => "ℹ️",
    }
}

/// The story in one line, without its sign: what, where it stands, and how that
/// is to what went before.
pub(crate) fn headline(story: &Story) -> String {
    let name = name(story);
    let at = place(story, &name);
    let standing = match Standing::of(story) {
        Standing::Queued => "is waiting to begin".to_owned(),
        Standing::Running => "is running".to_owned(),
        Standing::Waiting if story.source == Source::Approval => {
            return format!("{name}: approval wanted");
        }
        Standing::Waiting => "waits for an answer".to_owned(),
        Standing::Failing => format!("is failing{at}"),
        Standing::RollingBack => format!("failed{at} and is being rolled back"),
        Standing::RolledBack if story.phase == Phase::Succeeded => "was rolled back".to_owned(),
        Standing::RolledBack => format!("failed{at} and was rolled back"),
        Standing::Failed => format!("failed{at}"),
        Standing::Stopping => "is being stopped".to_owned(),
        Standing::Stopped => "was stopped".to_owned(),
        Standing::Superseded => "was superseded".to_owned(),
        Standing::Alarming | Standing::Succeeded if story.source == Source::Image => {
            return match outcome(story) {
                Some(outcome) => format!("{name}: {outcome}"),
                None => name,
            };
        }
        Standing::Succeeded => "succeeded".to_owned(),
        Standing::Alarming if story.severity == Severity::Error => {
            "succeeded, with errors".to_owned()
        }
        Standing::Alarming => "succeeded, with warnings".to_owned(),
        Standing::Told if story.word.trim().is_empty() => return name,
        Standing::Told => return format!("{name}: {}", line(&story.word)),
    };
    format!("{name} {standing}{}", trend(story))
}

/// Its name; what kind of thing it is, where it has none.
pub(crate) fn name(story: &Story) -> String {
    let name = line(&story.name);
    match name.is_empty() {
        true => kind(story),
        false => name,
    }
}

/// Where it failed: the outermost name says enough.
fn place(story: &Story, name: &str) -> String {
    let first = open(story).next();
    let outer = first.and_then(|failure| failure.place.first());
    let outer = outer.map(|outer| line(outer));
    match outer.filter(|outer| !outer.is_empty() && outer != name) {
        Some(outer) => format!(" at {outer}"),
        None => String::new(),
    }
}

/// What became of an image: what its scan found, or what was done with it.
fn outcome(story: &Story) -> Option<String> {
    let notes = in_headline(story);
    let scan = notes.iter().find_map(|note| note.strip_prefix(SCAN));
    if let Some(found) = scan {
        return Some(format!("scan found {found}").replace("found no findings", "found nothing"));
    }
    let first = notes.into_iter().next()?;
    // What is done with images has names such as `UPDATE_STORAGE_CLASS`.
    let is_word = |c: char| c.is_ascii_uppercase() || matches!(c, '_' | ':' | ' ');
    Some(match first.chars().all(is_word) {
        true => first.to_lowercase().replace('_', " ").replace(": ", " "),
        false => first,
    })
}

/// How the note begins that tells what a scan has found.
const SCAN: &str = "scan: ";

/// The notes that the headline of an image tells.
pub(crate) fn in_headline(story: &Story) -> Vec<String> {
    if story.source != Source::Image || !story.phase.is_end() || story.phase == Phase::Failed {
        return Vec::new();
    }
    let notes = story.notes.iter().map(|note| line(note));
    let is_told = |note: &String| !note.is_empty() && !note.starts_with("tags: ");
    let notes: Vec<String> = notes.filter(is_told).collect();
    let is_scan = |note: &String| note.starts_with(SCAN) || note.starts_with("SCAN: ");
    match notes.iter().any(|note| note.starts_with(SCAN)) {
        true => notes.into_iter().filter(is_scan).collect(),
        false => notes.into_iter().take(1).collect(),
    }
}

/// How it is to what went before, in brackets.
fn trend(story: &Story) -> String {
    match story.trend {
        Some(Trend::Broke) => " (just broke)".to_owned(),
        Some(Trend::StillBroken { times, .. }) => {
            let nth = ordinal(times);
            format!(" (still broken, {nth} failure in a row)")
        }
        Some(Trend::Recovered { after, .. }) => {
            let failures = count(after, "failure");
            format!(" (recovered after {failures})")
        }
        None => String::new(),
    }
}

/// Whether somebody has to do something: it failed, or an answer is wanted.
pub(crate) fn calls_somebody(story: &Story) -> bool {
    match Standing::of(story) {
        Standing::Failed | Standing::RolledBack | Standing::Waiting => true,
        Standing::Alarming | Standing::Told | Standing::Stopped => {
            story.severity == Severity::Error
        }
        _ => false,
    }
}
