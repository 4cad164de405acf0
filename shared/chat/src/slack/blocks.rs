//! Block Kit within Slack's limits.
//! <https://docs.slack.dev/reference/block-kit/blocks>

use serde_json::{Value, json};

use super::mrkdwn::SECTION;
use crate::plain::{cut, length, line};

/// The longest header.
const HEADER: usize = 150;
/// Blocks in a message.
const BLOCKS: usize = 50;
/// What all texts of a message's blocks may have together: Slack documents
/// nothing, and refuses above some 13,200 characters.
/// <https://github.com/slackapi/bolt-js/issues/2509>
const TOGETHER: usize = 12_500;
/// The fallback text: Slack recommends no more than 4,000.
const FALLBACK: usize = 3900;
/// What the line that says what was left out may have.
const REST: usize = 100;

/// A message that grows block by block, the most important ones first. What does
/// not fit any more is counted.
pub(crate) struct Blocks {
    blocks: Vec<Value>,
    /// What stands at the end, whatever fits before it.
    last: Option<Value>,
    /// How many blocks and units are left.
    room: (usize, usize),
    left_out: usize,
}

impl Blocks {
    /// An empty message that ends in this small print.
    pub(crate) fn new(last: &str) -> Self {
        let mut blocks = Self {
            blocks: Vec::new(),
            last: None,
            room: (BLOCKS - 1, TOGETHER - REST),
            left_out: 0,
        };
        blocks.context(last);
        blocks.last = blocks.blocks.pop();
        blocks
    }

    /// A headline, as plain text. Slack documents no escaping there, so what it
    /// might read is written with other signs.
    pub(crate) fn header(&mut self, text: &str) {
        let text = line(text).replace('<', "‹").replace('>', "›");
        self.put(&cut(&text, HEADER), |text| {
            json!({"type": "header", "text": {"type": "plain_text", "text": text, "emoji": true}})
        });
    }

    /// A text in `mrkdwn`, written by this project and holding escaped parts.
    /// One that is too long for a section is several, parted between lines.
    pub(crate) fn section(&mut self, text: &str) {
        for part in parted(text) {
            self.put(
                &part,
                |text| json!({"type": "section", "text": mrkdwn(text)}),
            );
        }
    }

    /// Small print.
    pub(crate) fn context(&mut self, text: &str) {
        for part in parted(text) {
            self.put(
                &part,
                |text| json!({"type": "context", "elements": [mrkdwn(text)]}),
            );
        }
    }

    /// How many were left out, of what is listed elsewhere in part.
    pub(crate) fn more(&mut self, all: usize, shown: usize, what: &str) {
        if let Some(rest) = all.checked_sub(shown).filter(|rest| *rest > 0) {
            let plural = if rest == 1 { "" } else { "s" };
            self.context(&format!("… and {rest} more {what}{plural}"));
        }
    }

    fn put(&mut self, text: &str, block: impl Fn(&str) -> Value) {
        // Slack refuses a text of blanks.
        if text.trim().is_empty() {
            return;
        }
        let left = |(blocks, units): (usize, usize)| {
            Some((blocks.checked_sub(1)?, units.checked_sub(length(text))?))
        };
        match left(self.room) {
            Some(room) => {
                self.room = room;
                self.blocks.push(block(text));
            }
            None => self.left_out += 1,
        }
    }

    /// The whole message, with a text for where blocks can't be shown.
    pub(crate) fn message(mut self, fallback: &str) -> Value {
        if self.left_out > 0 {
            let text = match self.left_out {
                1 => "… and 1 more part, which does not fit in here.".to_owned(),
                n => format!("… and {n} more parts, which do not fit in here."),
            };
            let rest = json!({"type": "context", "elements": [mrkdwn(&text)]});
            self.blocks.push(rest);
        }
        self.blocks.extend(self.last);
        json!({
            "text": whole(fallback, FALLBACK),
            "blocks": self.blocks,
            "unfurl_links": false,
            "unfurl_media": false,
        })
    }
}

/// Without `verbatim` Slack makes links and mentions of what looks like them.
fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// A text of escaped parts that fits. What writes them keeps them short; a text
/// that is too long all the same loses its links rather than half of one.
fn whole(text: &str, most: usize) -> String {
    match length(text) <= most {
        true => text.to_owned(),
        false => cut(&text.replace(['&', '<', '>', '`'], " "), most),
    }
}

/// A text as parts that fit into a block each, parted between lines.
fn parted(text: &str) -> Vec<String> {
    if length(text) <= SECTION {
        return vec![text.to_owned()];
    }
    let mut parts: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = whole(line, SECTION);
        match parts.last_mut() {
            Some(last) if length(last) + 1 + length(&line) <= SECTION => {
                last.push('\n');
                last.push_str(&line);
            }
            _ => parts.push(line),
        }
    }
    parts
}
