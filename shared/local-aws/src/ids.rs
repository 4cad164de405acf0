//! Ids that only need to differ from each other.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Sixteen hexadecimal digits, different each time.
pub(crate) fn hex16() -> String {
    static SEED: OnceLock<RandomState> = OnceLock::new();
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    // Keyed by the process's own random seed.
    format!(
        "{:016x}",
        SEED.get_or_init(RandomState::new).hash_one(count)
    )
}

/// An id in the form of a UUID (version 4).
pub(crate) fn uuid() -> String {
    let (a, b) = (hex16(), hex16());
    format!(
        "{}-{}-4{}-8{}-{}",
        &a[..8],
        &a[8..12],
        &a[13..],
        &b[1..4],
        &b[4..]
    )
}

/// A value for `X-Amzn-Trace-Id` that is not sampled.
pub(crate) fn trace_id(now: world::Millis) -> String {
    let rest = format!("{}{}", hex16(), hex16());
    format!(
        "Root=1-{:08x}-{};Sampled=0",
        (now.0 / 1000) & 0xffff_ffff,
        &rest[..24]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_form() {
        let (one, other) = (uuid(), uuid());
        assert_eq!(one.len(), 36);
        assert_ne!(one, other);
        let trace = trace_id(world::Millis(1_700_000_000_000));
        assert!(trace.starts_with("Root=1-6553f100-"), "{trace}");
    }
}
