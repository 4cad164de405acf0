//! Whatever a story holds, its messages keep within every limit, and mention
//! nobody that nobody meant.

mod support;

use std::{collections::BTreeSet, fs};

use greenlight_chat::{Message, amazon_q, slack, text};
use proptest::prelude::*;
use routes::Mention;
use serde_json::Value;
use story::Story;
use support::{hostile, is_unseen, limits, stories, texts};

/// What a message of Slack's is held against.
fn of_slack(message: &Message, mention: Option<&Mention>) -> Result<(), String> {
    let told = |why: String| format!("{}: {why}", message.slot);
    limits::slack(&message.body).map_err(told)?;
    local_slack::check(&message.body).map_err(|refused| told(format!("{refused:?}")))?;
    for token in limits::tokens(&message.body).map_err(told)? {
        if mention.is_none_or(|mention| mention.to_string() != format!("<{token}>")) {
            return Err(told(token));
        }
    }
    match texts(&message.body)
        .iter()
        .any(|text| text.contains(is_unseen))
    {
        true => Err(told("a text that hides something".to_owned())),
        false => Ok(()),
    }
}

fn slots_differ(messages: &[Message]) -> bool {
    let slots: BTreeSet<&str> = messages.iter().map(|m| m.slot.as_str()).collect();
    slots.len() == messages.len() && !slots.is_empty()
}

/// Holds everything that is told of a story against its limits.
fn held(story: &Story, mention: Option<&Mention>) -> Result<(), String> {
    let live = slack::live(story, mention);
    let milestones = slack::milestones(story, mention);
    for message in live.iter().chain(&milestones) {
        of_slack(message, mention)?;
    }
    // A call is there for whoever is mentioned only.
    let is_call = |message: &&Message| message.slot.starts_with("call/");
    let calls = live.iter().filter(is_call).count();
    if calls > usize::from(mention.is_some()) {
        return Err("nobody is to be called, or once".to_owned());
    }
    let threads = live.iter().filter(|message| message.in_thread);
    let mut threads = threads.filter(|message| !is_call(message));
    let failures = story
        .failures
        .iter()
        .map(|one| format!("failure/{}", one.id));
    if live[0].slot != "card" || !failures.eq(threads.by_ref().map(|m| m.slot.clone())) {
        return Err("a failure has no message".to_owned());
    }
    let notifications = amazon_q::milestones(story);
    for Message { slot, body, .. } in &notifications {
        let told = |why: String| format!("{slot}: {why}");
        limits::amazon_q(body).map_err(told)?;
        let is_bad = |c: char| is_unseen(c) || matches!(c, '<' | '@' | '`' | '[' | '~');
        let shown = [&body["content"], &body["metadata"]["summary"]];
        let shown = shown.into_iter().flat_map(texts);
        if let Some(bad) = shown.into_iter().find(|text| text.contains(is_bad)) {
            return Err(told(bad.to_owned()));
        }
    }
    let same: Vec<&str> = notifications.iter().map(|m| m.slot.as_str()).collect();
    if !milestones.iter().map(|m| m.slot.as_str()).eq(same) {
        return Err("both chats have the same changes".to_owned());
    }
    match slots_differ(&live) && slots_differ(&milestones) {
        true => Ok(()),
        false => Err("a name stands for two messages".to_owned()),
    }
}

fn columns(line: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(line)
}

fn fits(story: &Story, width: usize) -> Result<(), String> {
    let text = text::text(story, width);
    for line in text.lines() {
        // Addresses stay whole.
        if !line.contains("://") && columns(line) > width {
            return Err(format!("{} columns: {line:?}", columns(line)));
        }
        if line.contains(is_unseen) || line.trim().is_empty() {
            return Err(format!("{line:?}"));
        }
    }
    match text.is_empty() {
        true => Err("nothing is told".to_owned()),
        false => Ok(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_message_is_within_its_limits(
        story in hostile::story(),
        mention in prop::option::of(prop::sample::select(vec!["here", "U0123", "S0123456789"])),
    ) {
        let mention: Option<Mention> = mention.map(|mention| mention.parse().unwrap());
        let held = held(&story, mention.as_ref());
        prop_assert!(held.is_ok(), "{}", held.unwrap_err());
    }

    #[test]
    fn a_terminal_shows_nothing_but_lines(story in hostile::story(), width in 40..200usize) {
        let fits = fits(&story, width);
        prop_assert!(fits.is_ok(), "{}", fits.unwrap_err());
    }
}

#[test]
fn ordinary_stories_are_told_within_the_limits() {
    let mention: Mention = "here".parse().unwrap();
    for (name, story) in stories::all() {
        held(&story, Some(&mention)).unwrap_or_else(|why| panic!("{name}: {why}"));
        fits(&story, 80).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

#[test]
fn the_checks_find_what_is_wrong() {
    let story = stories::failed_build();
    let body = |path: &str, value: Value| {
        let mut body = slack::live(&story, None)[0].body.clone();
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let text = "/blocks/0/text/text";
    assert!(limits::slack(&body(text, "a".into())).is_ok());
    for (path, value) in [
        (text, "".into()),
        (text, "a".repeat(151).into()),
        ("/text", "a".repeat(4001).into()),
        ("/blocks/0/type", "divider".into()),
        ("/blocks", Value::Array(vec![])),
    ] {
        let body = body(path, value);
        assert!(limits::slack(&body).is_err(), "{path}");
    }
    for (text, is_right) in [
        ("a &amp; <https://a.example|b>", true),
        ("a & b", false),
        ("a &am…", false),
        ("<https://a.exa…", false),
        ("a > b", false),
    ] {
        let found = limits::tokens(&body("/text", text.into()));
        assert_eq!(found.is_ok(), is_right, "{text}");
    }
    let found = limits::tokens(&body("/text", "<!channel>".into())).unwrap();
    assert_eq!(found, ["!channel"]);
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    for name in ["full", "minimal"] {
        let path = format!("{fixtures}/chatbot-custom-notification-{name}.json");
        let mut body: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(limits::amazon_q(&body), Ok(()), "{name}");
        body["content"]["description"] = "a".repeat(8001).into();
        assert!(limits::amazon_q(&body).is_err());
    }
}
