//! `greenlight explain`: what events become, without sending anything.

mod given;
mod page;
mod told;

use std::{collections::BTreeMap, io::Write as _, process::ExitCode};

use card::{Card, Key, Part, assemble, parts, wholes};
use chat::Message;
use events::Event;
use routes::{Routes, Way};
use story::{History, Story};

use crate::{
    args::{Explain, Format},
    input::{InputError, Source},
};

/// Explains the events, and returns how it ended.
pub(crate) fn run(args: &Explain) -> Result<ExitCode, InputError> {
    if args.webhook && args.format != Format::Slack {
        let why = "--webhook is about messages for Slack: use it with --format slack";
        return Err(InputError::new(why));
    }
    let routes = routes(args)?;
    let source = match args.events.as_os_str() == "-" {
        true => Source::read_stdin()?,
        false => Source::read(&args.events)?,
    };
    let events = given::events(&source)?;
    let columns = terminal_size::terminal_size().map_or(80, |(width, _)| width.0);
    let page = page::page(&cards(&events), &routes, args, usize::from(columns));
    // Who reads this may have gone.
    let _ = std::io::stdout().lock().write_all(page.as_bytes());
    Ok(ExitCode::SUCCESS)
}

fn routes(args: &Explain) -> Result<Routes, InputError> {
    let Some(path) = &args.routes else {
        return Ok(Routes::default());
    };
    let source = Source::read(path)?;
    Routes::parse(&source.text, &source.name).map_err(|wrong| {
        let mistakes: Vec<&str> = wrong.mistakes().collect();
        let Some((last, before)) = mistakes.split_last() else {
            return InputError::new(&wrong);
        };
        for mistake in before {
            eprintln!("greenlight: {mistake}");
        }
        InputError::new(last)
    })
}

/// A card, and the events that it is made of.
struct Shown<'a> {
    key: Key,
    events: Vec<&'a Event>,
    story: Story,
}

/// The cards of events, in the order in which the events first tell of them.
fn cards(events: &[Event]) -> Vec<Shown<'_>> {
    let told: Vec<(&Event, Vec<Part>)> = events.iter().map(|e| (e, parts(e))).collect();
    let all: Vec<Part> = told.iter().flat_map(|(_, parts)| parts.clone()).collect();
    let wholes = wholes(&all);
    let mut of: Vec<(Key, Vec<&Event>)> = Vec::new();
    for (event, parts) in &told {
        // The first part is what the event is about.
        let about = parts.first().map(|part| &part.key);
        let Some(key) = about.map(|key| wholes.get(key).unwrap_or(key)) else {
            continue;
        };
        match of.iter_mut().find(|(known, _)| known == key) {
            Some((_, events)) => events.push(event),
            None => of.push((key.clone(), vec![event])),
        }
    }
    let cards = assemble(all);
    let histories = histories(&cards);
    of.into_iter()
        .filter_map(|(key, events)| {
            let trend = match &key {
                Key::Execution(id) => {
                    let history = histories.get(id.pipeline.as_str());
                    history.and_then(|history| history.trend(&id.execution))
                }
                _ => None,
            };
            // Nobody is asked here why something failed.
            let findings = BTreeMap::new();
            let story = Story::new(&key, cards.get(&key)?, &findings, trend);
            Some(Shown { key, events, story })
        })
        .collect()
}

/// How the executions in these events ended, for each pipeline.
fn histories(cards: &BTreeMap<Key, Card>) -> BTreeMap<&str, History> {
    let mut histories: BTreeMap<&str, History> = BTreeMap::new();
    for (key, card) in cards {
        if let Key::Execution(id) = key {
            histories.entry(&id.pipeline).or_default().take(card);
        }
    }
    histories
}

/// The messages of a story on one of its ways.
fn messages(story: &Story, way: &Way, args: &Explain) -> Vec<Message> {
    let mention = way.mention.as_ref();
    match (args.format, args.webhook) {
        (Format::Text, _) => Vec::new(),
        (Format::Slack, false) => chat::slack::live(story, mention),
        (Format::Slack, true) => chat::slack::milestones(story, mention),
        (Format::Chatbot, _) => chat::amazon_q::milestones(story),
    }
}
