use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// The files that an entry names, by that name: read before they are needed.
pub type Files = BTreeMap<String, Result<Vec<u8>, String>>;

/// What a file's meaning depends on besides variables and answers.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The time now.
    pub now: DateTime<Utc>,
    /// Makes a new random UUID, version 4 (RFC 9562).
    pub uuid: &'a (dyn Fn() -> String + Sync),
    /// The files.
    pub files: &'a Files,
}
