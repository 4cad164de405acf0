//! The dates in cookies. Pure.

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The seconds since 1970 that a date in any of the forms of HTTP says, or one
/// near to them: day, name of the month, year, in any order that tells them
/// apart, and a time. None: it is no date.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let (mut day, mut month, mut year) = (None, None, None);
    let (mut time, mut zone) = (None, None);
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '+'));
    for word in words.filter(|word| !word.is_empty()) {
        if word.contains(':') {
            time.is_none().then_some(())?;
            time = Some(clock(word)?);
        } else if let Some(offset) = word.strip_prefix('+') {
            zone = Some(offset_of(offset)?);
        } else if word.bytes().all(|b| b.is_ascii_digit()) {
            let number: i64 = word.parse().ok()?;
            match word.len() {
                8 if day.is_none() && month.is_none() && year.is_none() => {
                    year = Some(number / 10_000);
                    month = Some(number / 100 % 100);
                    day = Some(number % 100);
                }
                1 | 2 if day.is_none() => day = Some(number),
                1 | 2 | 4 if year.is_none() => {
                    year = Some(match (word.len(), number) {
                        (4, year) => year,
                        (_, year @ 0..=70) => year + 2000,
                        (_, year) => year + 1900,
                    });
                }
                // Behind a minus sign, which parts words here.
                4 if time.is_some() && zone.is_none() => zone = Some(-offset_of(word)?),
                _ => return None,
            }
        } else {
            let word = word.to_ascii_lowercase();
            let name = word.get(..3);
            if let Some(found) = name.and_then(|name| MONTHS.iter().position(|m| *m == name)) {
                month.is_none().then_some(())?;
                month = Some(i64::try_from(found).ok()? + 1);
            } else if !name.is_some_and(|name| DAYS.contains(&name))
                && !matches!(word.as_str(), "gmt" | "utc" | "z")
            {
                return None;
            }
        }
    }
    let (day, month, year) = (day?, month?, year?);
    if !(1..=31).contains(&day) || !(1..=12).contains(&month) || year < 1583 {
        return None;
    }
    let days = days_since_1970(year, month, day);
    Some(days * 86_400 + time.unwrap_or(0) - zone.unwrap_or(0))
}

/// `08:49:37`, `8:49`.
fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    (fits && parts.next().is_none()).then_some(hour * 3600 + minute * 60 + second)
}

/// `0130`, in seconds.
fn offset_of(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (text.len() == 4 && number <= 1400).then_some(number / 100 * 3600 + number % 100 * 60)
}

/// Days of the Gregorian calendar, counted in years that begin in March, so
/// that the day that leaps is the last one.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let of_years = year * 365 + year / 4 - year / 100 + year / 400;
    of_years + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_dates() {
        for (text, found) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("sun, 6-nov-1994 8:49:37", Some(784_111_777)),
            ("Sun, 06 Nov 1994 09:49:37 +0100", Some(784_111_777)),
            ("Sun, 06 Nov 1994 07:49:37 -0100", Some(784_111_777)),
            ("19941106 08:49:37", Some(784_111_777)),
            ("06 Nov 1994", Some(784_080_000)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 00:00:00 GMT", Some(1_709_164_800)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
            ("Mon, 01 Jan 1601 00:00:00 GMT", Some(-11_644_473_600)),
            ("01 Jan 69 00:00:00 GMT", Some(3_124_224_000)),
            ("", None),
            ("0", None),
            ("bogus", None),
            ("2020-01-01", None),
            ("2020-01-01T00:00:00Z", None),
            ("1/1/2020", None),
            ("32 Jan 2020", None),
            ("01 Jan 2020 25:00:00", None),
            ("01 Jan 2020 10:00:00 MARS", None),
            ("01 Jan 20200000000000000000000", None),
        ] {
            assert_eq!(seconds(text), found, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[0-9:+a-zA-Z, -]{0,40}|\\PC{0,20}") {
            let _ = seconds(&text);
        }
    }
}
