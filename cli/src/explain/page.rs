//! The page that explains cards, as text.

use std::fmt::Write as _;

use chat::Message;
use routes::{Decision, Routes, Way};

use super::{Shown, messages, told::told};
use crate::{
    args::{Explain, Format},
    show::count,
};

/// All cards, so many columns wide.
pub(super) fn page(cards: &[Shown<'_>], routes: &Routes, args: &Explain, columns: usize) -> String {
    let pages: Vec<String> = cards
        .iter()
        .map(|shown| one(shown, &routes.decide(&shown.story), args, columns))
        .collect();
    pages.join("\n")
}

fn one(shown: &Shown<'_>, decision: &Decision, args: &Explain, columns: usize) -> String {
    let mut page = format!("{}, {}\n", shown.key, count(shown.events.len(), "event"));
    for event in &shown.events {
        let at = event.at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let id = verdict::one_line(&event.id);
        let _ = writeln!(page, "  {at}  {id}  {}", told(event));
    }
    page.push_str("routes\n");
    for judged in &decision.rules {
        let mark = if judged.matches { '+' } else { '-' };
        let _ = writeln!(page, "  {mark} {}: {}", judged.rule, judged.why);
    }
    match decision.ways.is_empty() {
        true => page.push_str("  goes nowhere\n"),
        false => {
            for way in &decision.ways {
                let _ = writeln!(page, "  goes to {}", to(way));
            }
        }
    }
    page.push_str("card\n");
    let text = chat::text::text(&shown.story, columns.saturating_sub(2).max(20));
    for line in text.lines() {
        let _ = writeln!(page, "{}", format!("  {line}").trim_end());
    }
    // Amazon Q's channels are those of its topic: one notification for all.
    let ways = match args.format {
        Format::Chatbot => decision.ways.get(..1),
        _ => decision.ways.get(..),
    };
    for way in ways.unwrap_or_default() {
        for message in messages(&shown.story, way, args) {
            page.push_str(&exact(&message, way, args));
        }
    }
    page
}

/// Where a way leads.
fn to(way: &Way) -> String {
    let mention = way.mention.as_ref().map(|m| format!(", mentions {m}"));
    format!(
        "{}{}, by {}",
        channel(way),
        mention.unwrap_or_default(),
        way.rule
    )
}

fn channel(way: &Way) -> &str {
    way.channel
        .as_deref()
        .unwrap_or("the notifier's own channel")
}

/// A message as it is sent, and where.
fn exact(message: &Message, way: &Way, args: &Explain) -> String {
    let slot = &message.slot;
    let head = match (args.format, message.in_thread) {
        (Format::Chatbot, _) => format!("notification {slot}"),
        (_, true) => format!("message {slot} to {}, in the thread of card", channel(way)),
        (_, false) => format!("message {slot} to {}", channel(way)),
    };
    format!("{head}\n{:#}\n", message.body)
}
