//! Dates as text.

use crate::Millis;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

struct Civil {
    year: i64,
    month: usize,
    day: u64,
    weekday: usize,
    seconds: u64,
    millis: u64,
}

/// `2026-11-21T04:05:06.789Z`, as AWS's XML protocols write times.
pub fn iso8601(at: Millis) -> String {
    let Civil {
        year,
        month,
        day,
        seconds,
        millis,
        ..
    } = civil(at);
    let (hour, minute, second) = clock(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// `2026-11-21T04:05:06Z`, as EventBridge writes times: in whole seconds.
pub fn iso8601_seconds(at: Millis) -> String {
    let mut text = iso8601(at);
    // The fraction and the zone are the last five characters.
    text.truncate(text.len() - 5);
    text + "Z"
}

/// `Nov 21, 2026 4:05:06 AM`, as CodeBuild's events write times.
pub fn codebuild(at: Millis) -> String {
    let Civil {
        year,
        month,
        day,
        seconds,
        ..
    } = civil(at);
    let (hour, minute, second) = clock(seconds);
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = (hour + 11) % 12 + 1;
    let month = MONTHS[(month + 11) % 12];
    format!("{month} {day}, {year} {hour}:{minute:02}:{second:02} {half}")
}

/// `Sat, 21 Nov 2026 04:05:06 GMT`, as HTTP writes times.
pub fn http(at: Millis) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let Civil {
        year,
        month,
        day,
        weekday,
        seconds,
        ..
    } = civil(at);
    let (hour, minute, second) = clock(seconds);
    let (weekday, month) = (DAYS[weekday % 7], MONTHS[(month + 11) % 12]);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

fn clock(seconds: u64) -> (u64, u64, u64) {
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The proleptic Gregorian calendar, in eras of 400 years that begin in March.
fn civil(at: Millis) -> Civil {
    let days = at.0 / 86_400_000;
    let from_march_0 = days + 719_468;
    let era = from_march_0 / 146_097;
    let day_of_era = from_march_0 % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    Civil {
        // The largest number of milliseconds is in the year 584,556,019.
        year: i64::try_from(year).unwrap_or(i64::MAX),
        month: month as usize,
        day: day_of_year - (153 * shifted + 2) / 5 + 1,
        weekday: ((days + 4) % 7) as usize,
        seconds: at.0 / 1000 % 86_400,
        millis: at.0 % 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_their_own_dates() {
        let at = Millis(951_782_399_999);
        assert_eq!(iso8601_seconds(at), "2000-02-28T23:59:59Z");
        assert_eq!(codebuild(at), "Feb 28, 2000 11:59:59 PM");
        assert_eq!(codebuild(Millis(0)), "Jan 1, 1970 12:00:00 AM");
    }

    #[test]
    fn dates_are_right() {
        for (millis, iso, text) in [
            (
                0,
                "1970-01-01T00:00:00.000Z",
                "Thu, 01 Jan 1970 00:00:00 GMT",
            ),
            (
                951_782_399_999,
                "2000-02-28T23:59:59.999Z",
                "Mon, 28 Feb 2000 23:59:59 GMT",
            ),
            (
                951_782_400_000,
                "2000-02-29T00:00:00.000Z",
                "Tue, 29 Feb 2000 00:00:00 GMT",
            ),
            (
                1_798_761_599_001,
                "2026-12-31T23:59:59.001Z",
                "Thu, 31 Dec 2026 23:59:59 GMT",
            ),
            (
                4_107_542_400_000,
                "2100-03-01T00:00:00.000Z",
                "Mon, 01 Mar 2100 00:00:00 GMT",
            ),
        ] {
            assert_eq!(iso8601(Millis(millis)), iso);
            assert_eq!(http(Millis(millis)), text);
        }
    }
}
