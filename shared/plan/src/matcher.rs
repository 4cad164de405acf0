use std::{fmt, str::FromStr};

/// Which statuses are a success, in the syntax of a target group's matcher:
/// `200`, `200,202` or `200-299`, and lists of both.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    ranges: Vec<(u16, u16)>,
}

/// Why a text is no matcher.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no status matcher: {why}; write it as 200, 200,202 or 200-299")]
pub struct MatcherError {
    text: String,
    why: String,
}

impl Matcher {
    /// Whether a status is a success.
    pub fn matches(&self, status: u16) -> bool {
        self.ranges
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&status))
    }
}

/// Any success: `200-299`.
impl Default for Matcher {
    fn default() -> Self {
        Self {
            ranges: vec![(200, 299)],
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (from, to)) in self.ranges.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            match from == to {
                true => write!(f, "{from}")?,
                false => write!(f, "{from}-{to}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Matcher {
    type Err = MatcherError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |why: String| MatcherError {
            text: text.to_owned(),
            why,
        };
        let status = |part: &str| match part.trim().parse::<u16>() {
            // `parse` takes a sign, a matcher does not.
            Ok(status) if (100..=599).contains(&status) && !part.trim().starts_with('+') => {
                Ok(status)
            }
            _ => Err(refuse(format!(
                "{:?} is no status from 100 to 599",
                part.trim()
            ))),
        };
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let range = match part.split_once('-') {
                Some((from, to)) => (status(from)?, status(to)?),
                None => (status(part)?, status(part)?),
            };
            if range.0 > range.1 {
                return Err(refuse(format!("{} is greater than {}", range.0, range.1)));
            }
            ranges.push(range);
        }
        Ok(Self { ranges })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_matchers() {
        for (text, yes, no) in [
            ("200", vec![200], vec![199, 201]),
            ("200,202", vec![200, 202], vec![201]),
            ("200-299", vec![200, 250, 299], vec![199, 300]),
            ("200-204,301", vec![200, 204, 301], vec![205, 300]),
            (" 200 , 404 ", vec![200, 404], vec![403]),
        ] {
            let matcher: Matcher = text.parse().unwrap();
            assert!(yes.iter().all(|s| matcher.matches(*s)), "{text}");
            assert!(!no.iter().any(|s| matcher.matches(*s)), "{text}");
        }
    }

    #[test]
    fn a_table_of_mistakes() {
        for (text, why) in [
            ("", "\"\" is no status"),
            ("ok", "\"ok\" is no status"),
            ("99", "\"99\" is no status"),
            ("600", "\"600\" is no status"),
            ("200,", "\"\" is no status"),
            ("200-", "\"\" is no status"),
            ("299-200", "299 is greater than 200"),
            ("+200", "\"+200\" is no status"),
            ("2xx", "\"2xx\" is no status"),
        ] {
            let error = text.parse::<Matcher>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(ranges in prop::collection::vec((100u16..600, 0u16..100), 1..6), status in 0u16..1000) {
            let text = ranges.iter().map(|(from, more)| format!("{from}-{}", (from + more).min(599))).collect::<Vec<_>>().join(",");
            let matcher: Matcher = text.parse().unwrap();
            prop_assert_eq!(&matcher.to_string().parse::<Matcher>().unwrap(), &matcher);
            let expected = ranges.iter().any(|(from, more)| status >= *from && status <= (from + more).min(599));
            prop_assert_eq!(matcher.matches(status), expected);
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = text.parse::<Matcher>();
        }
    }
}
