use std::fmt;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// The ways in which AWS writes a time without a zone; all of them mean UTC.
const WITHOUT_ZONE: &[&str] = &[
    // CodeBuild.
    "%b %e, %Y %I:%M:%S %p",
    // An approval's end has no seconds.
    "%Y-%m-%dT%H:%MZ",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
];

impl Moment {
    /// Reads a time in any of the ways in which AWS writes one: RFC 3339,
    /// CodeBuild's own, and seconds since 1970.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(time.timestamp_millis()));
        }
        if let Ok(seconds) = text.parse::<f64>() {
            return Self::from_seconds(seconds);
        }
        // Some of these put a narrow no-break space before AM and PM.
        let plain = text.replace(['\u{202f}', '\u{a0}'], " ");
        let found = |format: &&str| NaiveDateTime::parse_from_str(&plain, format).ok();
        let time = WITHOUT_ZONE.iter().find_map(found)?;
        Some(Self(time.and_utc().timestamp_millis()))
    }

    /// Seconds since 1970, with a fraction.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        // The years 1970 to 9999; anything else is no time of an event.
        if !(0.0..253_402_300_800.0).contains(&seconds) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range is checked above"
        )]
        Some(Self((seconds * 1000.0).round() as i64))
    }
}

impl fmt::Display for Moment {
    /// RFC 3339 in UTC, with the fraction that there is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp_millis(self.0) {
            Some(time) => f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_times() {
        for (text, shown) in [
            ("2020-01-31T18:55:43Z", "2020-01-31T18:55:43Z"),
            ("2026-03-05T15:54:41.618059641Z", "2026-03-05T15:54:41.618Z"),
            ("2019-10-31T14:52:14.255+01:00", "2019-10-31T13:52:14.255Z"),
            ("Sep 1, 2017 4:12:29 PM", "2017-09-01T16:12:29Z"),
            ("Oct 14, 2020 9:28:52 PM", "2020-10-14T21:28:52Z"),
            ("Oct 14, 2020 9:28:52\u{202f}PM", "2020-10-14T21:28:52Z"),
            ("2016-07-07T20:22Z", "2016-07-07T20:22:00Z"),
            ("1446744188.595", "2015-11-05T17:23:08.595Z"),
        ] {
            let moment = Moment::parse(text);
            assert_eq!(moment.map(|m| m.to_string()).as_deref(), Some(shown));
        }
        for text in [
            "",
            "soon",
            "-1",
            "1e30",
            "NaN",
            "Tue Feb 9 2019 10:18:42 PDT",
            "null",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(millis in 0..253_402_300_799_000i64) {
            let moment = Moment(millis);
            prop_assert_eq!(Moment::parse(&moment.to_string()), Some(moment));
        }

        #[test]
        fn any_text_is_read_or_not(text in "\\PC*") {
            let _ = Moment::parse(&text);
        }
    }
}
