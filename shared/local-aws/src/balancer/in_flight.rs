//! How many requests are on their way to each target.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::sync::Notify;

use crate::sync::lock;

type Target = (String, u16);

/// Counts by target. Clones are the same ones.
#[derive(Debug, Clone, Default)]
pub(super) struct InFlight(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    by_target: Mutex<HashMap<Target, usize>>,
    landed: Notify,
}

/// One request on its way; over when it is dropped.
#[derive(Debug)]
pub(super) struct Flight {
    counts: Arc<Counts>,
    target: Target,
}

impl InFlight {
    pub(super) fn begin(&self, target: Target) -> Flight {
        *lock(&self.0.by_target).entry(target.clone()).or_default() += 1;
        Flight {
            counts: self.0.clone(),
            target,
        }
    }

    /// Waits until there is none.
    pub(super) async fn none(&self, target: &Target) {
        loop {
            let landed = self.0.landed.notified();
            tokio::pin!(landed);
            // From here on it hears of each landing.
            landed.as_mut().enable();
            if !lock(&self.0.by_target).contains_key(target) {
                return;
            }
            landed.await;
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts.by_target);
        if let Some(count) = counts.get_mut(&self.target) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.target);
                self.counts.landed.notify_waiters();
            }
        }
    }
}
