use serde_json::Value;

/// A message that shall be where a story goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Which of the story's messages it is, unlike any other of them: a name
    /// that lasts, `card`, `failure/…`, `ended/1`. A message that stands
    /// already under this name is updated, or left where that can't be done.
    pub slot: String,
    /// Whether it belongs into the thread of the message `card`.
    pub in_thread: bool,
    /// Its content, as the destination takes it: for Slack an object with
    /// `text`, `blocks` and what else `chat.postMessage` takes of the content;
    /// for Amazon Q the whole notification.
    pub body: Value,
}

impl Message {
    /// What tells this content from any other: a digest of the body.
    pub fn digest(&self) -> String {
        use sha2::{Digest as _, Sha256};
        let hash = Sha256::digest(self.body.to_string());
        hash.iter()
            .take(12)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
