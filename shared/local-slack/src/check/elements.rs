use serde_json::Value;

use super::object::{Notes, Object, TextSpec, text};

/// An element of a context block: a text or a small image.
pub(crate) fn context(value: &Value, at: String, notes: &mut Notes) {
    match value.get("type").and_then(Value::as_str) {
        Some("image") => {
            if let Some(object) = Object::of(value, at, notes) {
                image(&object, notes);
            }
        }
        _ => text(value, at, TextSpec::any(3000), notes),
    }
}

/// What stands beside a section.
pub(crate) fn accessory(value: &Value, at: String, notes: &mut Notes) {
    let Some(object) = Object::of(value, at, notes) else {
        return;
    };
    match object.kind() {
        Some("image") => image(&object, notes),
        _ => interactive(&object, notes),
    }
}

/// An element of an actions block.
pub(crate) fn action(value: &Value, at: String, notes: &mut Notes) {
    if let Some(object) = Object::of(value, at, notes) {
        interactive(&object, notes);
    }
}

fn interactive(object: &Object<'_>, notes: &mut Notes) {
    // What nobody sees counts for nothing.
    let counted = notes.characters;
    object.action_id(notes);
    notes.characters = counted;
    match object.kind() {
        Some("button") => button(object, notes),
        Some("overflow") => {
            object.only(&["type", "action_id", "options", "confirm"], notes);
            options(object, 5, notes);
        }
        Some("static_select") => {
            let known = &[
                "type",
                "action_id",
                "options",
                "confirm",
                "placeholder",
                "initial_option",
                "focus_on_load",
            ];
            object.only(known, notes);
            object.text("placeholder", TextSpec::plain(150).optional(), notes);
            options(object, 100, notes);
        }
        Some(kind) => notes.add(&object.place("type"), format!("unsupported type: {kind}")),
        None => return object.missing("type", notes),
    }
    confirm(object, notes);
}

fn button(object: &Object<'_>, notes: &mut Notes) {
    let known = &[
        "type",
        "text",
        "action_id",
        "url",
        "value",
        "style",
        "confirm",
        "accessibility_label",
    ];
    object.only(known, notes);
    object.text("text", TextSpec::plain(75), notes);
    let counted = notes.characters;
    object.link("url", notes);
    object.string("value", 2000, notes);
    object.string("accessibility_label", 75, notes);
    notes.characters = counted;
    style(object, notes);
}

fn style(object: &Object<'_>, notes: &mut Notes) {
    if let Some(style) = object.get("style")
        && !matches!(style.as_str(), Some("primary" | "danger"))
    {
        notes.add(&object.place("style"), "must be one of primary, danger");
    }
}

fn options(object: &Object<'_>, limit: usize, notes: &mut Notes) {
    if object.get("options").is_none() {
        return object.missing("options", notes);
    }
    for (n, value) in object.list("options", limit, notes).iter().enumerate() {
        let at = object.place(&format!("options/{n}"));
        let Some(option) = Object::of(value, at, notes) else {
            continue;
        };
        option.only(&["text", "value", "description", "url"], notes);
        option.text("text", TextSpec::any(75), notes);
        option.text("description", TextSpec::any(75).optional(), notes);
        let counted = notes.characters;
        option.needed("value", 150, notes);
        option.link("url", notes);
        notes.characters = counted;
    }
}

fn confirm(object: &Object<'_>, notes: &mut Notes) {
    let Some(value) = object.get("confirm") else {
        return;
    };
    let Some(confirm) = Object::of(value, object.place("confirm"), notes) else {
        return;
    };
    confirm.only(&["title", "text", "confirm", "deny", "style"], notes);
    confirm.text("title", TextSpec::plain(100), notes);
    confirm.text("text", TextSpec::any(300), notes);
    confirm.text("confirm", TextSpec::plain(30), notes);
    confirm.text("deny", TextSpec::plain(30), notes);
    style(&confirm, notes);
}

fn image(object: &Object<'_>, notes: &mut Notes) {
    object.only(&["type", "image_url", "alt_text"], notes);
    if object.get("image_url").is_none() {
        object.missing("image_url", notes);
    }
    object.link("image_url", notes);
    object.needed("alt_text", 2000, notes);
}
