//! The content of a message, held against Slack's limits.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks/>,
//! <https://docs.slack.dev/reference/methods/chat.postMessage/>; the words are
//! those that Slack answers with.

mod blocks;
mod elements;
mod object;
mod rich_text;

use serde_json::Value;

use crate::{
    Refused,
    args::{Args, structure},
};

/// How long `text` may be, in characters. Slack asks for no more than this, and
/// refuses longer ones in places, though it documents only that texts are cut
/// at 40,000.
pub const TEXT_LIMIT: usize = 4_000;

/// How many blocks a message may have.
pub const BLOCKS_LIMIT: usize = 50;

/// How long all texts in the blocks may be together, in characters. Slack
/// documents none and refuses about this many.
/// <https://github.com/slackapi/bolt-js/issues/2509>
pub const BLOCKS_TEXT_LIMIT: usize = 13_200;

/// How many attachments a message may have.
const ATTACHMENTS_LIMIT: usize = 100;

/// How long the JSON of a message's metadata may be.
const METADATA_LIMIT: usize = 16_000;

/// What a message says, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) blocks: Option<Value>,
    pub(crate) attachments: Option<Value>,
}

/// Holds the arguments of `chat.postMessage` that are content against Slack's
/// limits.
///
/// # Errors
/// What Slack would answer.
pub fn check_content(body: &Value) -> Result<(), Refused> {
    match body.as_object() {
        Some(args) => read(args).map(drop),
        None => Err(Refused::new("json_not_object")),
    }
}

/// Reads and checks the content of a message.
pub(crate) fn read(args: &Args) -> Result<Content, Refused> {
    let text = match args.get("text") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => return Err(Refused::new("invalid_arguments")),
    };
    let bad_blocks = |()| Refused::new("invalid_blocks_format");
    let blocks = structure(args, "blocks").map_err(bad_blocks)?;
    let bad_attachments = |()| Refused::new("invalid_attachments");
    let attachments = structure(args, "attachments").map_err(bad_attachments)?;
    if text.chars().count() > TEXT_LIMIT {
        return Err(Refused::new("msg_too_long"));
    }
    let mut has_content = !text.trim().is_empty();
    if let Some(blocks) = &blocks {
        has_content |= check_blocks(blocks)?;
    }
    if let Some(attachments) = &attachments {
        has_content |= check_attachments(attachments)?;
    }
    match has_content {
        true => Ok(Content {
            text,
            blocks,
            attachments,
        }),
        false => Err(Refused::new("no_text")),
    }
}

fn check_blocks(blocks: &Value) -> Result<bool, Refused> {
    let Some(list) = blocks.as_array() else {
        return Err(Refused::new("invalid_blocks_format"));
    };
    let mut notes = object::Notes::default();
    if list.len() > BLOCKS_LIMIT {
        notes.add("/blocks", "no more than 50 items allowed");
        return Err(Refused::blocks(notes.list));
    }
    blocks::check(list, &mut notes);
    if !notes.list.is_empty() {
        return Err(Refused::blocks(notes.list));
    }
    if notes.characters > BLOCKS_TEXT_LIMIT {
        return Err(Refused::new("msg_blocks_too_long"));
    }
    Ok(!list.is_empty())
}

fn check_attachments(attachments: &Value) -> Result<bool, Refused> {
    let Some(list) = attachments.as_array() else {
        return Err(Refused::new("invalid_attachments"));
    };
    if list.len() > ATTACHMENTS_LIMIT {
        return Err(Refused::new("too_many_attachments"));
    }
    for attachment in list {
        let Some(attachment) = attachment.as_object() else {
            return Err(Refused::new("invalid_attachments"));
        };
        if let Some(blocks) = attachment.get("blocks") {
            check_blocks(blocks)?;
        }
    }
    Ok(!list.is_empty())
}

/// Reads and checks a message's metadata. Some(Null): it is to be removed.
pub(crate) fn metadata(args: &Args) -> Result<Option<Value>, Refused> {
    let bad = |()| Refused::new("invalid_metadata_format");
    let Some(metadata) = structure(args, "metadata").map_err(bad)? else {
        return Ok(None);
    };
    let Some(object) = metadata.as_object() else {
        return Err(bad(()));
    };
    if object.is_empty() {
        return Ok(Some(Value::Null));
    }
    let is_name = |name: &str| {
        let is_sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        !name.is_empty() && name.chars().all(is_sign)
    };
    let kind = object.get("event_type").and_then(Value::as_str);
    let payload = object.get("event_payload").and_then(Value::as_object);
    if !kind.is_some_and(is_name) || payload.is_none() {
        return Err(Refused::new("invalid_metadata_schema"));
    }
    if metadata.to_string().len() > METADATA_LIMIT {
        return Err(Refused::new("metadata_too_large"));
    }
    Ok(Some(metadata))
}
