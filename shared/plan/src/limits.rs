//! What a plan may ask for at most, so that no plan can starve its gate.

use std::{ops::RangeInclusive, time::Duration};

/// The largest plan, in bytes: far more than a plan needs, with private
/// authorities written out.
pub const MAX_BYTES: usize = 256 * 1024;

/// Mistakes that an error tells of.
pub(crate) const MISTAKES: usize = 100;
/// Probes of one hook; all run at the same time.
pub(crate) const PROBES: usize = 100;
/// Items of one list, and entries of one mapping with free keys.
pub(crate) const ITEMS: usize = 64;
/// Regular expressions in a plan.
pub(crate) const PATTERNS: usize = 32;
/// One regular expression, as text and compiled, in bytes.
pub(crate) const PATTERN_BYTES: usize = 4096;
pub(crate) const PATTERN_COMPILED: usize = 2 << 20;
/// How deep groups may nest in a regular expression.
pub(crate) const PATTERN_DEPTH: u32 = 50;
/// One JSON path, in bytes, and how deep its brackets may nest: its parser
/// goes back over what is nested, so that its time grows with the power of the
/// depth.
pub(crate) const PATH_BYTES: usize = 1024;
pub(crate) const PATH_DEPTH: usize = 6;
/// `..` in a JSON path: each multiplies what is looked at.
pub(crate) const PATH_DESCENTS: usize = 2;
/// A name, in characters.
pub(crate) const NAME: usize = 100;
/// A URL or a path, in bytes.
pub(crate) const URL_BYTES: usize = 2048;
/// A header's value, in bytes.
pub(crate) const HEADER_BYTES: usize = 8192;

pub(crate) const HEALTHY: RangeInclusive<u32> = 1..=100;
/// Files of smoke tests that run at the same time.
pub(crate) const JOBS: RangeInclusive<usize> = 1..=32;
/// The value of a variable of smoke tests, in bytes.
pub(crate) const VARIABLE_BYTES: usize = 8192;
pub(crate) const EVERY: RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_mins(5);
/// A function on Lambda runs 15 minutes at most.
pub(crate) const TIMEOUT: RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_mins(15);
pub(crate) const WITHIN: RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_mins(15);
