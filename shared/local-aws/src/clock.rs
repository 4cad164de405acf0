//! The one place that looks at the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use world::Millis;

/// Now.
pub(crate) fn now() -> Millis {
    // A clock before 1970 counts as 1970.
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
