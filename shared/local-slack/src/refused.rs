use serde_json::{Map, Value, json};

/// What Slack says when it does not do what it is asked: its error code, and
/// for some what exactly is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// `channel_not_found`, `invalid_blocks`, …
    pub code: String,
    /// What is wrong, each with a pointer to the place:
    /// `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
    pub messages: Vec<String>,
    /// The scopes that would be needed, for `missing_scope`.
    pub needed: Option<String>,
}

impl Refused {
    pub(crate) fn new(code: &str) -> Refused {
        Refused {
            code: code.to_owned(),
            messages: Vec::new(),
            needed: None,
        }
    }

    /// Blocks that are not as Slack wants them.
    pub(crate) fn blocks(messages: Vec<String>) -> Refused {
        Refused {
            messages,
            ..Refused::new("invalid_blocks")
        }
    }

    /// As the Web API answers it.
    pub(crate) fn to_json(&self) -> Value {
        let mut answer = Map::new();
        answer.insert("ok".to_owned(), json!(false));
        answer.insert("error".to_owned(), json!(self.code));
        if let Some(needed) = &self.needed {
            answer.insert("needed".to_owned(), json!(needed));
        }
        if !self.messages.is_empty() {
            let marked = self.messages.iter().map(|text| format!("[ERROR] {text}"));
            let marked: Vec<String> = marked.collect();
            answer.insert("errors".to_owned(), json!(self.messages));
            answer.insert(
                "response_metadata".to_owned(),
                json!({ "messages": marked }),
            );
        }
        Value::Object(answer)
    }
}
