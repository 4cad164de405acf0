use serde_json::Value;

use super::object::{Notes, Object};

/// A rich text block: sections, lists, quotes and preformatted text.
pub(crate) fn check(block: &Object<'_>, notes: &mut Notes) {
    if block.get("elements").is_none() {
        return block.missing("elements", notes);
    }
    for (object, kind) in objects(block, notes) {
        match kind {
            "rich_text_section" => {
                object.only(&["type", "elements"], notes);
                inline(&object, notes);
            }
            "rich_text_preformatted" | "rich_text_quote" => {
                object.only(&["type", "elements", "border", "language"], notes);
                inline(&object, notes);
            }
            "rich_text_list" => {
                let known = ["type", "elements", "style", "indent", "offset", "border"];
                object.only(&known, notes);
                for (item, kind) in objects(&object, notes) {
                    match kind {
                        "rich_text_section" => inline(&item, notes),
                        _ => unsupported(&item, kind, notes),
                    }
                }
            }
            _ => unsupported(&object, kind, notes),
        }
    }
}

/// The smallest pieces: texts, links, mentions.
fn inline(object: &Object<'_>, notes: &mut Notes) {
    for (piece, kind) in objects(object, notes) {
        match kind {
            "text" => {
                piece.only(&["type", "text", "style"], notes);
                // One of blanks is a piece like any other.
                match piece.get("text").and_then(Value::as_str) {
                    Some("") => notes.add(&piece.place("text"), "must be more than 0 characters"),
                    Some(text) => {
                        notes.characters = notes.characters.saturating_add(text.chars().count());
                    }
                    None => piece.missing("text", notes),
                }
            }
            "link" => {
                piece.only(&["type", "url", "text", "style", "unsafe"], notes);
                if piece.get("url").is_none() {
                    piece.missing("url", notes);
                }
                piece.link("url", notes);
                piece.string("text", 3000, notes);
            }
            "emoji" => drop(piece.needed("name", 255, notes)),
            "user" => drop(piece.needed("user_id", 255, notes)),
            "usergroup" => drop(piece.needed("usergroup_id", 255, notes)),
            "channel" => drop(piece.needed("channel_id", 255, notes)),
            "broadcast" => drop(piece.needed("range", 255, notes)),
            "color" => drop(piece.needed("value", 255, notes)),
            "date" => drop(piece.needed("format", 255, notes)),
            _ => unsupported(&piece, kind, notes),
        }
    }
}

fn unsupported(object: &Object<'_>, kind: &str, notes: &mut Notes) {
    notes.add(&object.place("type"), format!("unsupported type: {kind}"));
}

/// The elements that are objects with a type; of the others a note is made.
fn objects<'a>(parent: &Object<'a>, notes: &mut Notes) -> Vec<(Object<'a>, &'a str)> {
    let Some(list) = parent.get("elements").and_then(Value::as_array) else {
        notes.add(&parent.place("elements"), "must be an array");
        return Vec::new();
    };
    let mut found = Vec::new();
    for (n, value) in list.iter().enumerate() {
        let at = parent.place(&format!("elements/{n}"));
        let Some(object) = Object::of(value, at, notes) else {
            continue;
        };
        match object.kind() {
            Some(kind) => found.push((object, kind)),
            None => object.missing("type", notes),
        }
    }
    found
}
