//! Where a story stands, on one card.

use events::Phase;
use routes::Mention;
use story::{Question, Story, Waiting};

use super::{
    blocks::Blocks,
    evidence::{checks_in_short, in_short},
    mrkdwn::{bold, link, links, moment, short, word},
};
use crate::{
    plain::{length, some_line},
    standing::{Standing, calls_somebody, headline, open, story_sign},
    words::{
        Time, broken_since, cause, duration, failed_at, home, inner, instances, notes, past, path,
        rollback, rollback_message, run, sign, since, stage, time,
    },
};

/// Rows of one kind that are shown; the others are counted.
const ROWS: usize = 15;

/// Failures and questions that are told on the card.
const FEW: usize = 4;

/// So many stages have a line each; more are put together.
const STAGES: usize = 10;

/// What `links` of a story calls the page of the commit.
const COMMIT: &str = "Commit";

/// Writes the card, the most important first.
pub(super) fn write(blocks: &mut Blocks, story: &Story, mention: Option<&Mention>) {
    let standing = Standing::of(story);
    match standing.is_small(story) {
        true => blocks.section(&small(story)),
        false => blocks.header(&format!("{} {}", story_sign(story), headline(story))),
    }
    blocks.section(&trigger(story));
    blocks.context(&about(story));
    if let Some(mention) = mention.filter(|_| calls_somebody(story)) {
        blocks.section(&mention.to_string());
    }
    if let Some(words) = taken_back(story, standing) {
        blocks.section(&words);
    }
    for failure in open(story).take(FEW) {
        let mut words = in_short(&failed_at(story, failure), failure);
        let checks = checks_in_short(failure);
        if !checks.is_empty() {
            words.push_str(&format!("\n{checks}"));
        }
        blocks.section(&words);
    }
    blocks.more(open(story).count(), FEW, "failure");
    for one in story.waiting.iter().take(FEW) {
        blocks.section(&question(story, one));
    }
    blocks.more(story.waiting.len(), FEW, "question");
    blocks.section(&course(story));
    blocks.context(&gates(story));
    let notes = match standing.is_small(story) {
        // The first one is told already.
        true => notes(story).split_off(notes(story).len().min(1)),
        false => notes(story),
    };
    let shown: Vec<String> = notes.iter().take(ROWS).map(|n| short(n, 700)).collect();
    blocks.section(&shown.join("\n"));
    blocks.more(notes.len(), ROWS, "note");
    blocks.context(&before(story));
}

/// Where to look: the end of the card.
pub(super) fn last(story: &Story) -> String {
    let is_told = cause(story).is_some_and(|cause| cause.commit.is_some());
    let asked = story.waiting.iter().take(FEW).flat_map(|one| &one.links);
    let asked: Vec<&str> = asked.map(|link| link.url.as_str()).collect();
    let is_new = |link: &&story::Link| {
        !(asked.contains(&link.url.as_str()) || is_told && link.text == COMMIT)
    };
    links(story.links.iter().filter(is_new))
}

/// All of a story that has little to tell.
fn small(story: &Story) -> String {
    let mut words = format!("{} {}", story_sign(story), bold(&headline(story), 300));
    if let Some(note) = notes(story).first() {
        words.push_str(&format!("\n{}", short(note, 700)));
    }
    words
}

/// The commit, its message, its author, its branch.
fn trigger(story: &Story) -> String {
    let Some(cause) = cause(story) else {
        return String::new();
    };
    let page = story.links.iter().find(|link| link.text == COMMIT);
    let commit = cause.commit.map(|commit| match page {
        Some(page) => link(&story::Link {
            text: commit,
            url: page.url.clone(),
        }),
        None => word(&commit, 40),
    });
    let message = cause.message.map(|text| bold(&text, 200));
    let by = cause.by.map(|text| short(&text, 80));
    let on = cause.on.map(|text| short(&text, 100));
    let parts: Vec<String> = [commit, message, by, on].into_iter().flatten().collect();
    parts.join(" ")
}

/// Which run of what, when, and where.
fn about(story: &Story) -> String {
    let mut parts: Vec<String> = run(story).iter().map(|part| short(part, 200)).collect();
    parts.extend(time(story).map(|time| match time {
        Time::Took(took) => format!("took {}", duration(took)),
        Time::Since(at) => format!("since {}", moment(at)),
        Time::At(at) => moment(at),
    }));
    parts.extend(broken_since(story).map(|(words, at)| format!("{words} {}", moment(at))));
    parts.extend(home(story).iter().map(|part| short(part, 100)));
    parts.join(" · ")
}

/// Which version failed, and which one serves.
fn taken_back(story: &Story, standing: Standing) -> Option<String> {
    let words = rollback(story)?;
    let title = match standing {
        Standing::RollingBack => "Being rolled back",
        Standing::Running | Standing::Waiting | Standing::Queued => "Rolled back before",
        _ => "Rolled back",
    };
    let mut words = format!("↩️ *{title}:* {}", short(&words, 900));
    if let Some(message) = rollback_message(story) {
        words.push_str(&format!("\n{}", short(&message, 500)));
    }
    Some(words)
}

fn question(story: &Story, waiting: &Waiting) -> String {
    let what = match waiting.question {
        Question::Approval => "Approval wanted",
        Question::Pause => "Paused",
    };
    let at = path(inner(story, &waiting.place));
    let mut words = format!("⏸️ *{what}*");
    if !at.trim().is_empty() {
        words.push_str(&format!(": {}", short(&at, 400)));
    }
    if let Some(until) = waiting.until {
        words.push_str(&format!(", until {}", moment(until)));
    }
    if let Some(note) = some_line(waiting.note.as_deref()) {
        words.push_str(&format!("\n{}", short(&note, 600)));
    }
    // Links and not buttons: after a click on one, Slack warns that the app
    // answers nothing. <https://github.com/slackapi/node-slack-sdk/issues/869>
    let mut links = links(waiting.links.iter().take(2));
    if length(&links) > 1500 {
        links = self::links(waiting.links.iter().take(1));
    }
    if !links.is_empty() {
        words.push_str(&format!("\n➡️ {links}"));
    }
    words
}

/// The stages, what runs now, and the instances.
fn course(story: &Story) -> String {
    let mut lines = stages(story);
    let is_stage = |names: &&Vec<String>| {
        let first = names.first();
        first.is_some_and(|first| story.stages.iter().any(|stage| stage.name == *first))
    };
    if !story.phase.is_end() {
        let others = story.running.iter().filter(|names| !is_stage(names));
        let others = others
            .map(|names| path(names))
            .filter(|names| !names.is_empty());
        lines.extend(
            others
                .take(5)
                .map(|names| format!("🔄 {}", short(&names, 400))),
        );
    }
    lines.extend(instances(story).map(|words| format!("🖥️ {words}")));
    lines.join("\n")
}

fn stages(story: &Story) -> Vec<String> {
    // What is asked for stands above already.
    let is_asked = story.stages.len() == 1 && story.source == story::Source::Approval;
    let stages = match is_asked {
        true => &[],
        false => story.stages.as_slice(),
    };
    let mut rows: Vec<(bool, Vec<String>)> = Vec::new();
    for one in stages {
        let (phase, words) = stage(one);
        let is_done = phase == Phase::Succeeded && stages.len() > STAGES;
        let mut words = short(&words, 170);
        if !story.phase.is_end() {
            words.push_str(&now(story, &one.name));
            let since = since(&one.attempts).map(moment);
            words.push_str(&since.map(|at| format!("  since {at}")).unwrap_or_default());
        }
        match rows.last_mut() {
            Some((true, done)) if is_done => done.push(words),
            _ => rows.push((is_done, vec![format!("{} {words}", sign(phase))])),
        }
    }
    let all = rows.len();
    // What went well is left out first.
    let mut extra = all.saturating_sub(ROWS);
    rows.retain(|(is_done, _)| {
        let leaves = *is_done && extra > 0;
        extra -= usize::from(leaves);
        !leaves
    });
    rows.truncate(ROWS);
    let left_out = all - rows.len();
    let mut lines: Vec<String> = rows.into_iter().map(|(_, row)| together(&row)).collect();
    if left_out > 0 {
        lines.push(format!("… and {left_out} more"));
    }
    lines
}

/// Several stages in one line, as far as they fit.
fn together(row: &[String]) -> String {
    let mut line = String::new();
    for (n, words) in row.iter().enumerate() {
        if n > 0 && length(&line) + length(words) > 600 {
            line.push_str(&format!(" · … and {} more", row.len() - n));
            break;
        }
        if n > 0 {
            line.push_str(" · ");
        }
        line.push_str(words);
    }
    line
}

/// What of a stage runs now.
fn now(story: &Story, stage: &str) -> String {
    let running = story.running.iter();
    let inside = running.filter_map(|names| names.split_first());
    let inside = inside.filter(|(first, rest)| *first == stage && !rest.is_empty());
    let inside: Vec<String> = inside.map(|(_, rest)| short(&path(rest), 200)).collect();
    let shown = inside.get(..3).unwrap_or(&inside);
    let mut words: String = shown.iter().map(|one| format!(" › {one}")).collect();
    if shown.len() > 1 {
        words = format!(" › {}", shown.join(", "));
    }
    if inside.len() > shown.len() {
        words.push_str(&format!(" and {} more", inside.len() - shown.len()));
    }
    words
}

fn gates(story: &Story) -> String {
    let shown = story.gates.iter().take(ROWS).map(|gate| {
        let is_failed = gate.phase == Phase::Failed;
        let version = some_line(gate.version.as_deref()).filter(|_| is_failed);
        let version = version.map(|version| format!(" ({})", short(&version, 80)));
        let hook = short(&gate.hook, 80);
        format!("{} {hook}{}", sign(gate.phase), version.unwrap_or_default())
    });
    let shown: Vec<String> = shown.collect();
    match shown.is_empty() {
        true => String::new(),
        false => format!("Gates: {}", shown.join("  ")),
    }
}

/// What failed before, and does not count any more.
fn before(story: &Story) -> String {
    let past = past(story);
    let shown = past.iter().take(FEW);
    let shown: Vec<String> = shown.map(|f| short(&failed_at(story, f), 200)).collect();
    match past.len().saturating_sub(FEW) {
        0 if shown.is_empty() => String::new(),
        0 => format!("Failed before: {}", shown.join("; ")),
        rest => format!("Failed before: {}; and {rest} more", shown.join("; ")),
    }
}
