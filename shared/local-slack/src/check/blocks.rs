use serde_json::Value;

use super::{
    elements::{accessory, action, context},
    object::{Notes, Object, TextSpec, text},
    rich_text,
};

/// The longest `block_id`.
const ID: usize = 255;

/// How long all markdown blocks of a message may be together.
const MARKDOWN: usize = 12_000;

/// Checks the blocks of a message.
pub(crate) fn check(blocks: &[Value], notes: &mut Notes) {
    for (n, value) in blocks.iter().enumerate() {
        let at = format!("/blocks/{n}");
        if let Some(block) = Object::of(value, at, notes) {
            check_one(&block, notes);
        }
    }
}

fn check_one(block: &Object<'_>, notes: &mut Notes) {
    let Some(kind) = block.kind() else {
        return block.missing("type", notes);
    };
    let fields: &[&str] = match kind {
        "section" => &["text", "fields", "accessory", "expand"],
        "header" => &["text"],
        "divider" => &[],
        "context" | "actions" | "rich_text" => &["elements"],
        "image" => &["image_url", "alt_text", "title"],
        "markdown" => &["text"],
        _ => {
            return notes.add(&block.place("type"), format!("unsupported type: {kind}"));
        }
    };
    let known: Vec<&str> = [&["type", "block_id"], fields].concat();
    block.only(&known, notes);
    // Ids are not read by anybody, and count for nothing.
    let counted = notes.characters;
    if let Some(id) = block.string("block_id", ID, notes)
        && !notes.block_ids.insert(id.to_owned())
    {
        let what = format!("`block_id` \"{id}\" already exists");
        notes.add(&block.place("block_id"), what);
    }
    notes.characters = counted;
    match kind {
        "section" => section(block, notes),
        "header" => block.text("text", TextSpec::plain(150), notes),
        "context" => each(block, ("elements", 10), notes, context),
        "actions" => each(block, ("elements", 25), notes, action),
        "image" => image(block, notes),
        "markdown" => markdown(block, notes),
        "rich_text" => rich_text::check(block, notes),
        _ => {}
    }
}

fn section(block: &Object<'_>, notes: &mut Notes) {
    if block.get("text").is_none() && block.get("fields").is_none() {
        notes.add(
            &block.place("type"),
            "must define either `text` or `fields`",
        );
    }
    block.text("text", TextSpec::any(3000).optional(), notes);
    for (n, field) in block.list("fields", 10, notes).iter().enumerate() {
        let at = block.place(&format!("fields/{n}"));
        text(field, at, TextSpec::any(2000), notes);
    }
    if let Some(value) = block.get("accessory") {
        accessory(value, block.place("accessory"), notes);
    }
    block.boolean("expand", notes);
}

fn image(block: &Object<'_>, notes: &mut Notes) {
    if block.get("image_url").is_none() {
        block.missing("image_url", notes);
    }
    block.link("image_url", notes);
    block.needed("alt_text", 2000, notes);
    block.text("title", TextSpec::plain(2000).optional(), notes);
}

fn markdown(block: &Object<'_>, notes: &mut Notes) {
    let text = block.needed("text", MARKDOWN, notes);
    let length = text.map_or(0, |text| text.chars().count());
    notes.markdown = notes.markdown.saturating_add(length);
    if notes.markdown > MARKDOWN && length <= MARKDOWN {
        let what = format!("must be less than {} characters", MARKDOWN + 1);
        notes.add(&block.place("text"), what);
    }
}

/// Each item of a list that must be there.
fn each(
    block: &Object<'_>,
    (name, limit): (&str, usize),
    notes: &mut Notes,
    check: fn(&Value, String, &mut Notes),
) {
    if block.get(name).is_none() {
        return block.missing(name, notes);
    }
    for (n, value) in block.list(name, limit, notes).iter().enumerate() {
        check(value, block.place(&format!("{name}/{n}")), notes);
    }
}
