//! Slack's and Amazon Q's limits, written down once more.
//! <https://docs.slack.dev/reference/block-kit/blocks>,
//! <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>

use serde_json::Value;

use super::texts;

/// The length of a text in UTF-16 units: never less than in characters.
fn long(text: &str) -> usize {
    text.encode_utf16().count()
}

fn within(what: &str, text: &Value, most: usize) -> Result<usize, String> {
    let text = text.as_str().ok_or_else(|| format!("{what} is no text"))?;
    match long(text) {
        _ if text.trim().is_empty() => Err(format!("{what} is empty")),
        n if n > most => Err(format!("{what} has {n} units, and {most} are allowed")),
        n => Ok(n),
    }
}

fn text_object(what: &str, object: &Value, kind: &str, most: usize) -> Result<usize, String> {
    if object["type"] != kind {
        return Err(format!("{what} is no {kind}: {object}"));
    }
    let allowed: &[&str] = match kind {
        "mrkdwn" => &["type", "text", "verbatim"],
        _ => &["type", "text", "emoji"],
    };
    let fields = object.as_object().unwrap();
    if let Some(other) = fields.keys().find(|name| !allowed.contains(&name.as_str())) {
        return Err(format!("{what} has the field {other}"));
    }
    if kind == "mrkdwn" && object["verbatim"] != true {
        return Err(format!("{what} lets Slack look for links and names"));
    }
    within(what, &object["text"], most)
}

/// Holds a message against Slack's limits.
pub(crate) fn slack(body: &Value) -> Result<(), String> {
    let known = ["text", "blocks", "unfurl_links", "unfurl_media"];
    let fields = body.as_object().ok_or("no object")?;
    if let Some(other) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("field {other}"));
    }
    within("text", &body["text"], 4000)?;
    let blocks = body["blocks"].as_array().ok_or("no blocks")?;
    if blocks.is_empty() || blocks.len() > 50 {
        return Err(format!("{} blocks", blocks.len()));
    }
    let mut together = 0;
    for block in blocks {
        together += match block["type"].as_str() {
            Some("header") => text_object("header", &block["text"], "plain_text", 150)?,
            Some("section") => text_object("section", &block["text"], "mrkdwn", 3000)?,
            Some("context") => {
                let elements = block["elements"].as_array().ok_or("no elements")?;
                if elements.is_empty() || elements.len() > 10 {
                    return Err(format!("{} elements", elements.len()));
                }
                let texts = elements.iter();
                let mut texts = texts.map(|one| text_object("context", one, "mrkdwn", 3000));
                texts.try_fold(0, |sum, long| long.map(|long| sum + long))?
            }
            other => return Err(format!("block {other:?}")),
        };
    }
    match together {
        0..13_000 => Ok(()),
        n => Err(format!("{n} units together")),
    }
}

/// Whatever Slack would read between angle brackets, without dates and pages;
/// an error where brackets or entities are broken.
pub(crate) fn tokens(body: &Value) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let headers = body["blocks"].as_array().into_iter().flatten();
    let headers = headers.filter(|block| block["type"] == "header");
    let headers: Vec<&str> = headers.flat_map(texts).collect();
    for text in texts(body) {
        // Plain text is not read at all, as long as it has no brackets.
        if headers.contains(&text) && !text.contains(['<', '>']) {
            continue;
        }
        let mut rest = text;
        while let Some(at) = rest.find(['<', '>', '&']) {
            let (_, here) = rest.split_at(at);
            if here.starts_with('&') {
                let entity = ["&amp;", "&lt;", "&gt;"];
                let entity = entity.iter().find(|entity| here.starts_with(**entity));
                let entity = entity.ok_or_else(|| format!("half an entity: {text}"))?;
                rest = &here[entity.len()..];
                continue;
            }
            let end = here
                .find('>')
                .ok_or_else(|| format!("half a link: {text}"))?;
            let token = here
                .get(1..end)
                .ok_or_else(|| format!("a bracket: {text}"))?;
            if token.is_empty() || token.contains(['<', '\n']) {
                return Err(format!("a bracket inside: {text}"));
            }
            let is_page = ["https://", "http://"].iter().any(|p| token.starts_with(p));
            let is_date = token.starts_with("!date^");
            if is_page
                && token
                    .split_once('|')
                    .is_none_or(|(_, words)| words.is_empty())
            {
                return Err(format!("a link without words: {text}"));
            }
            if !is_page && !is_date {
                found.push(token.to_owned());
            }
            rest = &here[end + 1..];
        }
    }
    Ok(found)
}

/// Holds a notification against the schema of Amazon Q.
pub(crate) fn amazon_q(body: &Value) -> Result<(), String> {
    let bytes = body.to_string().len();
    if bytes > 256 * 1024 {
        return Err(format!("{bytes} bytes, which SNS does not take"));
    }
    let only = |what: &str, value: &Value, known: &[&str]| {
        let fields = value
            .as_object()
            .ok_or_else(|| format!("{what} is no object"))?;
        match fields.keys().find(|name| !known.contains(&name.as_str())) {
            Some(other) => Err(format!("{what} has the field {other}")),
            None => Ok(()),
        }
    };
    only(
        "it",
        body,
        &["version", "source", "id", "content", "metadata"],
    )?;
    if body["version"] != "1.0" || body["source"] != "custom" {
        return Err("version or source".to_owned());
    }
    let content = &body["content"];
    only(
        "content",
        content,
        &["textType", "title", "description", "nextSteps", "keywords"],
    )?;
    if !content["textType"].is_null() && content["textType"] != "client-markdown" {
        return Err("textType".to_owned());
    }
    within("description", &content["description"], 8000)?;
    if !content["title"].is_null() {
        within("title", &content["title"], 250)?;
    }
    for (name, most) in [("nextSteps", 350), ("keywords", 75)] {
        let list = content
            .get(name)
            .map(|list| list.as_array().ok_or(name))
            .transpose()?;
        if list.is_some_and(Vec::is_empty) {
            return Err(format!("no {name}"));
        }
        for item in list.into_iter().flatten() {
            within(name, item, most)?;
        }
    }
    let metadata = &body["metadata"];
    if metadata.is_null() {
        return Ok(());
    }
    let known = [
        "threadId",
        "summary",
        "eventType",
        "relatedResources",
        "additionalContext",
        "enableCustomActions",
    ];
    only("metadata", metadata, &known)?;
    within("threadId", &metadata["threadId"], 200)?;
    within("summary", &metadata["summary"], 250)?;
    for value in metadata["additionalContext"]
        .as_object()
        .into_iter()
        .flat_map(|m| m.values())
    {
        within("additionalContext", value, 200)?;
    }
    match metadata["enableCustomActions"].is_boolean() {
        true => Ok(()),
        false => Err("enableCustomActions".to_owned()),
    }
}
