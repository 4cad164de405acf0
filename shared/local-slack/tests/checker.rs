//! The checker, by table: the largest that is taken, and what is answered one
//! beyond it.

use greenlight_local_slack::{BLOCKS_LIMIT, BLOCKS_TEXT_LIMIT, TEXT_LIMIT, check};
use proptest::prelude::*;
use serde_json::{Value, json};

fn long(length: usize) -> String {
    "x".repeat(length)
}

fn blocks(blocks: Value) -> Value {
    json!({ "text": "fallback", "blocks": blocks })
}

fn block(block: Value) -> Value {
    blocks(json!([block]))
}

fn plain(length: usize) -> Value {
    json!({ "type": "plain_text", "text": long(length) })
}

fn mrkdwn(length: usize) -> Value {
    json!({ "type": "mrkdwn", "text": long(length) })
}

fn section(length: usize) -> Value {
    json!({ "type": "section", "text": mrkdwn(length) })
}

fn fields(count: usize, length: usize) -> Value {
    block(json!({ "type": "section", "fields": vec![mrkdwn(length); count] }))
}

fn context(count: usize) -> Value {
    block(json!({ "type": "context", "elements": vec![mrkdwn(1); count] }))
}

fn button(change: impl Fn(&mut Value)) -> Value {
    let mut button = json!({ "type": "button", "text": plain(4), "action_id": "a" });
    change(&mut button);
    block(json!({ "type": "actions", "elements": [button] }))
}

fn buttons(count: usize) -> Value {
    let all = (0..count)
        .map(|n| json!({ "type": "button", "text": plain(4), "action_id": format!("a{n}") }));
    block(json!({ "type": "actions", "elements": all.collect::<Vec<_>>() }))
}

fn confirm(change: impl Fn(&mut Value)) -> Value {
    button(|button| {
        let mut confirm = json!({
            "title": plain(5),
            "text": plain(5),
            "confirm": plain(5),
            "deny": plain(5),
        });
        change(&mut confirm);
        button["confirm"] = confirm;
    })
}

fn markdown(lengths: &[usize]) -> Value {
    let all = lengths
        .iter()
        .map(|n| json!({ "type": "markdown", "text": long(*n) }));
    blocks(all.collect())
}

fn url(length: usize) -> String {
    let start = "https://example.com/";
    format!("{start}{}", long(length - start.len()))
}

/// What is answered: nothing, or the error and the place of the first note.
fn answer(body: &Value) -> (String, String) {
    match check(body) {
        Ok(()) => (String::new(), String::new()),
        Err(refused) => {
            let first = refused.messages.first().cloned().unwrap_or_default();
            (refused.code, first)
        }
    }
}

#[test]
fn limits() {
    type Make = fn(usize) -> Value;
    let table: &[(&str, usize, Make, &str)] = &[
        (
            "text",
            TEXT_LIMIT,
            |n| json!({ "text": long(n) }),
            "msg_too_long",
        ),
        (
            "blocks",
            BLOCKS_LIMIT,
            |n| blocks(vec![json!({ "type": "divider" }); n].into()),
            "/blocks]",
        ),
        (
            "section",
            3000,
            |n| block(section(n)),
            "/blocks/0/text/text]",
        ),
        ("fields", 10, |n| fields(n, 5), "/blocks/0/fields]"),
        ("field", 2000, |n| fields(1, n), "/blocks/0/fields/0/text]"),
        (
            "header",
            150,
            |n| block(json!({ "type": "header", "text": plain(n) })),
            "/blocks/0/text/text]",
        ),
        ("context", 10, context, "/blocks/0/elements]"),
        ("actions", 25, buttons, "/blocks/0/elements]"),
        (
            "block id",
            255,
            |n| block(json!({ "type": "divider", "block_id": long(n) })),
            "/blocks/0/block_id]",
        ),
        (
            "button",
            75,
            |n| button(|b| b["text"] = plain(n)),
            "/blocks/0/elements/0/text/text]",
        ),
        (
            "value",
            2000,
            |n| button(|b| b["value"] = json!(long(n))),
            "/blocks/0/elements/0/value]",
        ),
        (
            "url",
            3000,
            |n| button(|b| b["url"] = json!(url(n))),
            "/blocks/0/elements/0/url]",
        ),
        (
            "action id",
            255,
            |n| button(|b| b["action_id"] = json!(long(n))),
            "/blocks/0/elements/0/action_id]",
        ),
        (
            "confirm title",
            100,
            |n| confirm(|c| c["title"] = plain(n)),
            "/blocks/0/elements/0/confirm/title/text]",
        ),
        (
            "confirm text",
            300,
            |n| confirm(|c| c["text"] = mrkdwn(n)),
            "/blocks/0/elements/0/confirm/text/text]",
        ),
        (
            "confirm yes",
            30,
            |n| confirm(|c| c["confirm"] = plain(n)),
            "/blocks/0/elements/0/confirm/confirm/text]",
        ),
        (
            "confirm no",
            30,
            |n| confirm(|c| c["deny"] = plain(n)),
            "/blocks/0/elements/0/confirm/deny/text]",
        ),
        ("markdown", 12_000, |n| markdown(&[n]), "/blocks/0/text]"),
        (
            "all markdown",
            12_000,
            |n| markdown(&[6000, n - 6000]),
            "/blocks/1/text]",
        ),
        (
            "all blocks",
            BLOCKS_TEXT_LIMIT,
            |n| {
                blocks(json!([
                    section(3000),
                    section(3000),
                    section(3000),
                    section(3000),
                    section(n - 12_000)
                ]))
            },
            "msg_blocks_too_long",
        ),
        (
            "attachments",
            100,
            |n| json!({ "text": "x", "attachments": vec![json!({ "text": "y" }); n] }),
            "too_many_attachments",
        ),
        (
            "alt text",
            2000,
            |n| {
                block(
                    json!({ "type": "image", "image_url": "https://example.com/a.png", "alt_text": long(n) }),
                )
            },
            "/blocks/0/alt_text]",
        ),
    ];
    for (name, limit, make, expected) in table {
        assert_eq!(answer(&make(*limit)).0, "", "{name}: {limit} are taken");
        let (code, note) = answer(&make(limit + 1));
        match expected.starts_with('/') {
            true => {
                assert_eq!(code, "invalid_blocks", "{name}");
                assert!(note.ends_with(expected), "{name}: {note}");
            }
            false => assert_eq!(code, *expected, "{name}"),
        }
    }
}

#[test]
fn what_is_refused() {
    let text = |value: Value| block(json!({ "type": "section", "text": value }));
    for (body, code, note) in [
        (json!([]), "json_not_object", ""),
        (json!({}), "no_text", ""),
        (json!({ "text": "" }), "no_text", ""),
        (json!({ "text": " \n" }), "no_text", ""),
        (json!({ "text": 7 }), "invalid_arguments", ""),
        (json!({ "blocks": [] }), "no_text", ""),
        (json!({ "blocks": {} }), "invalid_blocks_format", ""),
        (json!({ "blocks": "[{" }), "invalid_blocks_format", ""),
        (
            blocks(json!([7])),
            "invalid_blocks",
            "must be an object [json-pointer:/blocks/0]",
        ),
        (
            block(json!({})),
            "invalid_blocks",
            "missing required field: type [json-pointer:/blocks/0]",
        ),
        (
            block(json!({ "type": "card" })),
            "invalid_blocks",
            "unsupported type: card [json-pointer:/blocks/0/type]",
        ),
        (
            block(json!({ "type": "section" })),
            "invalid_blocks",
            "must define either `text` or `fields` [json-pointer:/blocks/0/type]",
        ),
        (
            text(json!("plain")),
            "invalid_blocks",
            "must be an object [json-pointer:/blocks/0/text]",
        ),
        (
            text(json!({ "type": "html", "text": "x" })),
            "invalid_blocks",
            "failed to match all allowed schemas [json-pointer:/blocks/0/text/type]",
        ),
        (
            text(json!({ "type": "mrkdwn", "text": "" })),
            "invalid_blocks",
            "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            text(json!({ "type": "mrkdwn" })),
            "invalid_blocks",
            "missing required field: text [json-pointer:/blocks/0/text]",
        ),
        (
            text(json!({ "type": "mrkdwn", "text": "x", "emoji": true })),
            "invalid_blocks",
            "invalid additional property: emoji [json-pointer:/blocks/0/text]",
        ),
        (
            block(json!({ "type": "header", "text": mrkdwn(1) })),
            "invalid_blocks",
            "must be plain_text [json-pointer:/blocks/0/text/type]",
        ),
        (
            block(json!({ "type": "divider", "colour": "red" })),
            "invalid_blocks",
            "invalid additional property: colour [json-pointer:/blocks/0]",
        ),
        (
            fields(0, 1),
            "invalid_blocks",
            "must have at least 1 items [json-pointer:/blocks/0/fields]",
        ),
        (
            button(|b| b["url"] = json!("not a url")),
            "invalid_blocks",
            "invalid url [json-pointer:/blocks/0/elements/0/url]",
        ),
        (
            button(|b| b["style"] = json!("green")),
            "invalid_blocks",
            "must be one of primary, danger [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            button(|b| b["type"] = json!("lever")),
            "invalid_blocks",
            "unsupported type: lever [json-pointer:/blocks/0/elements/0/type]",
        ),
        (
            blocks(
                json!([{ "type": "divider", "block_id": "b" }, { "type": "divider", "block_id": "b" }]),
            ),
            "invalid_blocks",
            "`block_id` \"b\" already exists [json-pointer:/blocks/1/block_id]",
        ),
        (
            block(
                json!({ "type": "actions", "elements": vec![json!({ "type": "button", "text": plain(1), "action_id": "a" }); 2] }),
            ),
            "invalid_blocks",
            "`action_id` \"a\" already exists [json-pointer:/blocks/0/elements/1/action_id]",
        ),
        (
            block(
                json!({ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [{ "type": "text", "text": "" }] }] }),
            ),
            "invalid_blocks",
            "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]",
        ),
        (
            json!({ "text": "x", "attachments": [7] }),
            "invalid_attachments",
            "",
        ),
        (
            json!({ "attachments": [{ "blocks": [{ "type": "card" }] }] }),
            "invalid_blocks",
            "unsupported type: card [json-pointer:/blocks/0/type]",
        ),
    ] {
        let expected = (code.to_owned(), note.to_owned());
        assert_eq!(answer(&body), expected, "{body}");
    }
}

#[test]
fn what_is_taken() {
    for body in [
        json!({ "text": "x" }),
        json!({ "text": "x", "blocks": null }),
        json!({ "text": "x", "blocks": "[{\"type\": \"divider\"}]" }),
        json!({ "blocks": [{ "type": "divider" }] }),
        json!({ "attachments": [{ "color": "#ff0000", "blocks": [section(10)] }] }),
        block(
            json!({ "type": "section", "text": plain(1), "accessory": { "type": "image", "image_url": "https://example.com/a.png", "alt_text": "a" } }),
        ),
        block(
            json!({ "type": "section", "text": plain(1), "accessory": { "type": "overflow", "action_id": "o", "options": [{ "text": plain(1), "value": "v" }] } }),
        ),
        block(
            json!({ "type": "context", "elements": [{ "type": "image", "image_url": "https://example.com/a.png", "alt_text": "a" }, plain(1)] }),
        ),
        block(json!({ "type": "rich_text", "elements": [
            { "type": "rich_text_preformatted", "elements": [{ "type": "text", "text": " " }] },
            { "type": "rich_text_list", "style": "bullet", "elements": [{ "type": "rich_text_section", "elements": [{ "type": "link", "url": "https://example.com" }] }] },
        ] })),
    ] {
        assert_eq!(answer(&body), Default::default(), "{body}");
    }
}

#[test]
fn characters_count_and_not_bytes() {
    let wide = "é".repeat(3000);
    let body = block(json!({ "type": "section", "text": { "type": "mrkdwn", "text": wide } }));
    assert_eq!(answer(&body).0, "");
}

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        "[a-z_]{0,8}",
        prop::sample::select(vec![
            "type",
            "text",
            "section",
            "mrkdwn",
            "elements",
            "blocks",
            "actions",
            "rich_text",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn anything_can_be_checked(blocks in any_json(), text in any_json()) {
        let _ = check(&json!({ "text": text, "blocks": blocks }));
        let _ = check(&blocks);
    }
}

#[test]
fn what_is_wrong_is_told_once_for_each_place_and_not_without_end() {
    let many = vec![json!({ "type": "card" }); 50];
    let refused = check(&blocks(many.into())).unwrap_err();
    assert_eq!(refused.messages.len(), 20);
}
