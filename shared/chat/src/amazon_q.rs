//! A story as a custom notification of Amazon Q Developer in chat applications.
//! <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use story::{Failure, Story, Waiting};

use crate::{
    Message,
    plain::{clean, cut, length, line, some_line},
    slots::slots,
    standing::{headline, name, open, story_sign},
    words::{
        Time, broken_since, cause, duration, failed_at, home, inner, instances, notes, path,
        rollback, rollback_message, run, sign, since, stage, time, why,
    },
};

/// The limits of the schema, in characters.
const TITLE: usize = 250;
const DESCRIPTION: usize = 8000;
const NEXT_STEP: usize = 350;
const KEYWORD: usize = 75;

/// What is kept of each, so that a chat reads well.
const NEXT_STEPS: usize = 5;
const KEYWORDS: usize = 5;
const STAGES: usize = 20;
const FAILURES: usize = 4;

/// The longest name of a thread: no limit is documented.
const THREAD: usize = 200;

/// The notifications of a story, one for each change that matters, as
/// [`crate::slack::milestones`].
pub fn milestones(story: &Story) -> Vec<Message> {
    let slots = slots(story).into_iter();
    slots
        .map(|(slot, story)| Message {
            slot,
            in_thread: false,
            body: notification(&story),
        })
        .collect()
}

fn notification(story: &Story) -> Value {
    let mut content = Map::new();
    content.insert("textType".to_owned(), json!("client-markdown"));
    let title = format!("{} {}", story_sign(story), plain(&headline(story)));
    content.insert("title".to_owned(), json!(cut(&title, TITLE)));
    content.insert("description".to_owned(), json!(description(story)));
    let steps = next_steps(story);
    if !steps.is_empty() {
        content.insert("nextSteps".to_owned(), json!(steps));
    }
    let keywords = keywords(story);
    if !keywords.is_empty() {
        content.insert("keywords".to_owned(), json!(keywords));
    }
    json!({
        "version": "1.0",
        "source": "custom",
        "content": content,
        "metadata": {
            "threadId": thread(&story.key.to_string()),
            "summary": cut(&plain(&headline(story)), TITLE),
            "additionalContext": context(story),
            "enableCustomActions": false,
        },
    })
}

/// The name of the story's thread: its key, which is plain ASCII.
fn thread(key: &str) -> String {
    match key.get(..THREAD - 42) {
        Some(start) if key.len() > THREAD => {
            let digest = Sha256::digest(key);
            let digest = digest.iter().take(20);
            let digest: String = digest.map(|byte| format!("{byte:02x}")).collect();
            format!("{start}~~{digest}")
        }
        _ => key.to_owned(),
    }
}

/// A text that is no markdown and mentions nobody, in whatever chat it ends up.
/// Slack and Teams escape in different ways, so a sign that one of them reads is
/// another one that looks like it. What can't be read as anything is kept, for
/// names to be copied: `SERVICE_STEADY_STATE`, `a & b`.
fn plain(text: &str) -> String {
    let text = line(text);
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let is_inside = before.is_alphanumeric() && next.is_alphanumeric();
        plain.push(match c {
            '<' => '‹',
            '>' => '›',
            '@' => '＠',
            '*' => '∗',
            '~' => '∼',
            '`' => '\'',
            '[' => '(',
            ']' => ')',
            '\\' => '＼',
            '_' if !is_inside => '＿',
            '&' if next.is_alphanumeric() || next == '#' => '＆',
            '#' | '|' | '-' | '+' | '=' if plain.is_empty() => '·',
            c => c,
        });
        before = c;
    }
    plain
}

/// At most so many units of it.
fn short(text: &str, most: usize) -> String {
    cut(&plain(text), most)
}

/// All there is to tell, a line each, the most important first.
fn description(story: &Story) -> String {
    let mut lines: Vec<String> = Vec::new();
    if let Some(cause) = cause(story) {
        let message = cause.message.map(|text| cut(&text, 200));
        let by = cause.by.map(|text| cut(&text, 80));
        let on = cause.on.map(|text| cut(&text, 100));
        let parts = [cause.commit, message, by, on].into_iter().flatten();
        lines.push(plain(&parts.collect::<Vec<_>>().join(" ")));
    }
    lines.push(about(story));
    lines.extend(rollback(story).map(|words| format!("↩️ {}", short(&words, 900))));
    lines.extend(rollback_message(story).map(|words| short(&words, 500)));
    for failure in open(story).take(FAILURES) {
        lines.extend(failed(story, failure));
    }
    lines.extend(more(open(story).count(), FAILURES, "failure"));
    for waiting in story.waiting.iter().take(4) {
        lines.extend(asked(story, waiting));
    }
    for one in story.stages.iter().take(STAGES) {
        let (phase, words) = stage(one);
        let mut words = format!("{} {}", sign(phase), short(&words, 170));
        if let Some(at) = since(&one.attempts).filter(|_| !story.phase.is_end()) {
            words.push_str(&format!(" since {at}"));
        }
        lines.push(words);
    }
    lines.extend(more(story.stages.len(), STAGES, "stage"));
    if !story.phase.is_end() {
        let running = story.running.iter().take(5);
        lines.extend(running.map(|names| format!("Now: {}", short(&path(names), 400))));
    }
    lines.extend(instances(story));
    lines.extend(notes(story).iter().take(15).map(|note| short(note, 500)));
    lines.extend(story.links.iter().take(5).filter_map(page));
    fitting(&lines, DESCRIPTION)
}

/// Which run of what, when, and where.
fn about(story: &Story) -> String {
    let mut parts: Vec<String> = run(story).iter().map(|part| short(part, 200)).collect();
    parts.extend(time(story).map(|time| match time {
        Time::Took(took) => format!("took {}", duration(took)),
        Time::Since(at) => format!("since {at}"),
        Time::At(at) => at.to_string(),
    }));
    parts.extend(broken_since(story).map(|(words, at)| format!("{words} {at}")));
    parts.extend(home(story).iter().map(|part| plain(part)));
    parts.join(" · ")
}

fn more(all: usize, shown: usize, what: &str) -> Option<String> {
    let rest = all.checked_sub(shown).filter(|rest| *rest > 0)?;
    let plural = if rest == 1 { "" } else { "s" };
    Some(format!("… and {rest} more {what}{plural}"))
}

fn asked(story: &Story, waiting: &Waiting) -> Vec<String> {
    let what = match waiting.question {
        story::Question::Approval => "Approval wanted",
        story::Question::Pause => "Paused",
    };
    let at = path(inner(story, &waiting.place));
    let mut words = format!("⏸️ *{what}*: {}", short(&at, 400));
    if let Some(until) = waiting.until {
        words.push_str(&format!(", until {until}"));
    }
    let mut lines = vec![words];
    lines.extend(waiting.note.as_deref().map(|note| short(note, 500)));
    lines.extend(waiting.links.iter().take(2).filter_map(page));
    lines
}

/// A failure with its evidence, a line each.
fn failed(story: &Story, failure: &Failure) -> Vec<String> {
    let why = short(&why(failure), 900);
    let mut lines = match short(&failed_at(story, failure), 300) {
        at if at.is_empty() => vec![format!("❌ {why}")],
        at => vec![format!("❌ *{at}*"), why],
    };
    for check in failure.checks.iter().take(5) {
        let mut words = short(&check.check, 200);
        for (name, text) in [("expected", &check.expected), ("got", &check.got)] {
            if let Some(text) = some_line(text.as_deref()) {
                words.push_str(&format!(", {name} {}", short(&text, 250)));
            }
        }
        lines.push(format!("• {words}"));
    }
    lines.extend(more(failure.checks.len(), 5, "check"));
    for diagnosis in failure.diagnoses.iter().take(3) {
        lines.push(short(&diagnosis.evidence, 400));
        lines.push(format!("Documentation: {}", diagnosis.failure.link));
    }
    let words = failure.words.iter().map(|text| line(text));
    let is_new = |text: &String| !lines.iter().any(|told| told.contains(&plain(text)));
    let words: Vec<String> = words.filter(is_new).take(3).collect();
    lines.extend(words.iter().map(|text| short(text, 400)));
    let from = failure.log.len().saturating_sub(8);
    let log = failure.log.get(from..).unwrap_or_default();
    let log = log.iter().filter(|text| !clean(text).trim().is_empty());
    lines.extend(log.map(|text| format!("│ {}", short(text, 200))));
    let missing: Vec<String> = (failure.missing.iter().take(3))
        .map(|text| short(text, 200))
        .collect();
    if !missing.is_empty() {
        lines.push(format!("Could not be had: {}", missing.join("; ")));
    }
    lines.extend(failure.links.iter().take(2).filter_map(page));
    lines
}

/// A page: chats make a link of its address by themselves.
fn page(link: &story::Link) -> Option<String> {
    let is_sign = |c: char| c.is_ascii_graphic() && !"<>|`@*~[]\\".contains(c);
    let is_page = link.url.starts_with("https://") || link.url.starts_with("http://");
    let fits = is_page && link.url.len() <= 1000 && link.url.chars().all(is_sign);
    fits.then(|| format!("{}: {}", short(&link.text, 60), link.url))
}

fn next_steps(story: &Story) -> Vec<String> {
    let remedies = open(story).filter_map(|failure| failure.remedy.as_deref());
    let checks = open(story).flat_map(|failure| &failure.checks);
    let checks = checks.filter_map(|check| check.remedy.as_deref());
    let mut steps: Vec<String> = Vec::new();
    for remedy in remedies.chain(checks) {
        let step = short(remedy, NEXT_STEP);
        if !step.is_empty() && !steps.contains(&step) {
            steps.push(step);
        }
    }
    steps.truncate(NEXT_STEPS);
    steps
}

fn keywords(story: &Story) -> Vec<String> {
    let names = std::iter::once(&story.name).chain(&story.applications);
    let mut keywords: Vec<String> = Vec::new();
    for name in names {
        let keyword = short(name, KEYWORD);
        if !keyword.is_empty() && !keywords.contains(&keyword) {
            keywords.push(keyword);
        }
    }
    keywords.truncate(KEYWORDS);
    keywords
}

fn context(story: &Story) -> Map<String, Value> {
    let all = [
        ("name", Some(name(story))),
        ("run", story.run.clone()),
        ("state", Some(story.word.clone())),
        ("account", story.account.clone()),
        ("region", story.region.clone()),
    ];
    let all = all.into_iter().filter_map(|(name, text)| {
        let text = short(&text?, 200);
        (!text.is_empty()).then(|| (name.to_owned(), json!(text)))
    });
    all.collect()
}

/// The first lines that fit together.
fn fitting(lines: &[String], most: usize) -> String {
    const REST: &str = "… and more.";
    let mut text = String::new();
    let mut left = most - REST.len();
    for line in lines.iter().filter(|line| !line.trim().is_empty()) {
        match left.checked_sub(length(line) + 1) {
            Some(rest) => left = rest,
            None => {
                text.push_str(REST);
                break;
            }
        }
        text.push_str(line);
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markdown() {
        for (text, shown) in [
            ("SERVICE_STEADY_STATE a & b", "SERVICE_STEADY_STATE a & b"),
            ("<!channel> @here", "‹!channel› ＠here"),
            ("*b* _i_ ~s~ `c`", "∗b∗ ＿i＿ ∼s∼ 'c'"),
            ("[a](https://b)", "(a)(https://b)"),
            ("&lt;!channel&gt;", "＆lt;!channel＆gt;"),
            ("# head", "· head"),
            ("- item - a", "· item - a"),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn threads_have_names_of_their_own() {
        assert_eq!(thread("executions/shop/1"), "executions/shop/1");
        let (a, b) = (
            format!("{}a", "x".repeat(300)),
            format!("{}b", "x".repeat(300)),
        );
        assert_eq!(thread(&a).len(), THREAD);
        assert_ne!(thread(&a), thread(&b));
    }
}
