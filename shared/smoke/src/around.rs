//! Time, chance and files, as templates need them.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use hurl_eval::{Around, Files};

/// What the templates of an attempt are rendered with.
pub(crate) fn around(files: &Files) -> Around<'_> {
    Around {
        now: DateTime::<Utc>::from(SystemTime::now()),
        uuid: &new_uuid,
        files,
    }
}

/// A random UUID, version 4 (RFC 9562, section 5.4).
fn new_uuid() -> String {
    uuid(fastrand::u128(..))
}

/// The UUID of version 4 that a random number makes.
fn uuid(random: u128) -> String {
    let version = (random & !(0xf << 76)) | (0x4 << 76);
    let variant = (version & !(0b11 << 62)) | (0b10 << 62);
    let digits = format!("{variant:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_its_variant() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let digits = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
        assert_eq!(uuid(digits), "01234567-89ab-4def-8123-456789abcdef");
    }

    #[test]
    fn each_uuid_is_another() {
        let all: BTreeSet<String> = (0..100).map(|_| new_uuid()).collect();
        assert_eq!(all.len(), 100);
    }
}
