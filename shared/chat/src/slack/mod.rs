//! A story as Slack shows it. <https://docs.slack.dev/reference/block-kit/blocks>

mod blocks;
mod card;
mod evidence;
mod mrkdwn;

use routes::Mention;
use story::Story;

use self::{blocks::Blocks, mrkdwn::short};
use crate::{
    Message,
    plain::some_line,
    slots::slots,
    standing::{Standing, calls_somebody, headline, name, open, story_sign},
    words::{failed_at, failure_sign, notes, path, why},
};

/// The messages of a story where they can be updated: `card`, which always
/// shows where the story stands, and in its thread one for each failure. Where
/// somebody is mentioned there is one more: Slack tells nobody of a mention that
/// comes into a message when it is updated, and the card stands already when
/// something fails.
pub fn live(story: &Story, mention: Option<&Mention>) -> Vec<Message> {
    let mut blocks = Blocks::new(&card::last(story));
    card::write(&mut blocks, story, mention);
    let card = Message {
        slot: "card".to_owned(),
        in_thread: false,
        body: blocks.message(&fallback(story, mention)),
    };
    let name = short(&name(story), 200);
    let failures = story.failures.iter().map(|failure| {
        let mut blocks = Blocks::new(&evidence::last(failure));
        let at = failed_at(story, failure);
        blocks.section(&evidence::in_short(&at, failure));
        evidence::write(&mut blocks, failure);
        let at = match at.is_empty() {
            true => String::new(),
            false => format!("{}: ", short(&at, 300)),
        };
        let (sign, why) = (failure_sign(failure), short(&why(failure), 900));
        Message {
            slot: format!("failure/{}", failure.id),
            in_thread: true,
            body: blocks.message(&format!("{sign} {name}: {at}{why}")),
        }
    });
    let call = mention.and_then(|mention| call(story, mention));
    let card = std::iter::once(card);
    card.chain(call).chain(failures).collect()
}

/// Calls whoever is mentioned, once for each failure and each question of an
/// attempt, in the thread. Of `here` and `channel` Slack tells nobody there, and
/// a second message in the channel would be one too many: they are called by
/// the card only, where that is posted as one that calls.
fn call(story: &Story, mention: &Mention) -> Option<Message> {
    if !calls_somebody(story) || matches!(mention, Mention::Here | Mention::Channel) {
        return None;
    }
    let about = match Standing::of(story) {
        Standing::Waiting => story
            .waiting
            .last()
            .map(|one| format!("waiting/{}", one.id)),
        _ => None,
    };
    let about = about.unwrap_or_else(|| format!("failed/{}", story.attempt));
    let text = format!(
        "{mention} {} {}",
        story_sign(story),
        short(&headline(story), 600)
    );
    let mut blocks = Blocks::new("");
    blocks.section(&text);
    Some(Message {
        slot: format!("call/{about}"),
        in_thread: true,
        body: blocks.message(&text),
    })
}

/// The messages of a story where none can be updated: one for each change that
/// matters. Only those that the story's state calls for are here: once it has
/// ended, no message says that it began.
pub fn milestones(story: &Story, mention: Option<&Mention>) -> Vec<Message> {
    let messages = slots(story).into_iter().map(|(slot, story)| {
        let mut blocks = Blocks::new(&card::last(&story));
        card::write(&mut blocks, &story, mention);
        let is_one = open(&story).count() == 1;
        for failure in open(&story) {
            if !is_one {
                let at = failed_at(&story, failure);
                blocks.section(&format!("❌ {}", mrkdwn::bold(&at, 300)));
            }
            evidence::write(&mut blocks, failure);
            blocks.context(&evidence::last(failure));
        }
        Message {
            slot,
            in_thread: false,
            body: blocks.message(&fallback(&story, mention)),
        }
    });
    messages.collect()
}

/// What stands in a notification, and where blocks can't be shown.
fn fallback(story: &Story, mention: Option<&Mention>) -> String {
    let mut text = format!("{} {}", story_sign(story), short(&headline(story), 600));
    let standing = Standing::of(story);
    let more = match standing {
        Standing::Waiting => story.waiting.first().map(|one| path(&one.place)),
        Standing::Told => notes(story).into_iter().next(),
        _ => open(story).find_map(|failure| some_line(failure.why.as_deref())),
    };
    let now = || story.running.first().map(|names| path(names));
    let more = more.or_else(|| now().filter(|_| standing == Standing::Running));
    if let Some(more) = some_line(more.as_deref()) {
        text.push_str(&format!(": {}", short(&more, 600)));
    }
    match mention.filter(|_| calls_somebody(story)) {
        Some(mention) => format!("{mention} {text}"),
        None => text,
    }
}
