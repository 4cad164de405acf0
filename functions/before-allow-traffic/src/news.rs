use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use probe::Progress;

/// Tells attempts that are worth a line in the log from those that only say
/// again what the one before said.
#[derive(Debug, Default)]
pub(crate) struct News(Mutex<HashMap<(String, String), (bool, String)>>);

impl News {
    /// Whether an attempt differs from the one before it: each success does,
    /// since it brings the end nearer.
    pub(crate) fn is_new(&self, progress: &Progress) -> bool {
        let key = (progress.probe.clone(), progress.target.clone());
        let value = (progress.passed, progress.got.clone());
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(key, value.clone()) != Some(value) || progress.passed
    }
}
