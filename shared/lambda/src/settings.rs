use std::{collections::BTreeMap, fmt, time::Duration};

use store::Location;

/// One line of the settings' table.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// What holds when it is absent or empty.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

/// Every setting that a function reads. The README and the template are held
/// to this table by a test.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "GREENLIGHT_PLANS",
        default: "none",
        meaning: "where plans are kept, `s3://bucket` or `s3://bucket/prefix`, or `file:///folder`; below it at `<application>/<deployment group>/greenlight.yaml`",
    },
    Setting {
        name: "GREENLIGHT_EVENT_BUS",
        default: "default",
        meaning: "the EventBridge bus that gets each verdict; `none` for no event",
    },
    Setting {
        name: "GREENLIGHT_RESERVE",
        default: "20s",
        meaning: "the time that is kept for reporting, at most a third of the invocation's",
    },
    Setting {
        name: "GREENLIGHT_FALLBACK_TIMEOUT",
        default: "10m",
        meaning: "the time of an invocation whose deadline is unknown, as local emulators send it",
    },
];

const PREFIX: &str = "GREENLIGHT_";

/// The settings, read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where plans are kept; None: only where a docker label says so.
    pub plans: Option<Location>,
    /// The bus for verdicts; None: nobody wants them.
    pub event_bus: Option<String>,
    /// Kept for reporting.
    pub reserve: Duration,
    /// The time where the deadline is unknown.
    pub fallback: Duration,
}

/// All settings that are wrong, each with its reason.
#[derive(Debug, Clone, PartialEq)]
pub struct BadSettings {
    /// The others, and the defaults of those that are wrong.
    pub rest: Box<Settings>,
    /// What is wrong, one text for each.
    pub mistakes: Vec<String>,
}

impl fmt::Display for BadSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mistakes.join("; "))
    }
}

impl std::error::Error for BadSettings {}

impl Default for Settings {
    fn default() -> Self {
        Self {
            plans: None,
            event_bus: Some("default".to_owned()),
            reserve: Duration::from_secs(20),
            fallback: Duration::from_secs(600),
        }
    }
}

impl Settings {
    /// Reads the settings out of an environment, and reports every bad one.
    ///
    /// # Errors
    /// When a value can't be used, or a `GREENLIGHT_` variable is no setting:
    /// a misspelled name would otherwise be a setting that does nothing.
    pub fn read(environment: &BTreeMap<String, String>) -> Result<Self, BadSettings> {
        let mut settings = Settings::default();
        let mut bad = Vec::new();
        for (name, value) in environment {
            if !name.starts_with(PREFIX) || value.trim().is_empty() {
                continue;
            }
            let value = value.trim();
            let refused = match name.as_str() {
                "GREENLIGHT_PLANS" => match value {
                    "none" => None,
                    value => put(&mut settings.plans, value.parse().map(Some)),
                },
                "GREENLIGHT_EVENT_BUS" => {
                    settings.event_bus = (value != "none").then(|| value.to_owned());
                    None
                }
                "GREENLIGHT_RESERVE" => {
                    put(&mut settings.reserve, duration(value, SHORTEST_RESERVE))
                }
                "GREENLIGHT_FALLBACK_TIMEOUT" => {
                    put(&mut settings.fallback, duration(value, SHORTEST_FALLBACK))
                }
                _ => Some(format!(
                    "there is no such setting; there are {}",
                    SETTINGS
                        .iter()
                        .map(|s| s.name)
                        .collect::<Vec<_>>()
                        .join(", ")
                )),
            };
            if let Some(why) = refused {
                bad.push(format!("{name}: {why}"));
            }
        }
        match bad.is_empty() {
            true => Ok(settings),
            false => Err(BadSettings {
                rest: Box::new(settings),
                mistakes: bad,
            }),
        }
    }
}

/// Takes a value over, or says why not.
fn put<T, E: fmt::Display>(place: &mut T, value: Result<T, E>) -> Option<String> {
    match value {
        Ok(value) => {
            *place = value;
            None
        }
        Err(error) => Some(error.to_string()),
    }
}

/// A report in less time may have no second try.
const SHORTEST_RESERVE: Duration = Duration::from_secs(5);
/// A gate in less time can check nothing.
const SHORTEST_FALLBACK: Duration = Duration::from_secs(10);

fn duration(text: &str, shortest: Duration) -> Result<Duration, String> {
    let refuse = |why: &str| format!("{text:?} is no duration: {why}; write it as 20s or 10m");
    if text.chars().all(|c| c.is_ascii_digit()) {
        return Err(refuse("it has no unit"));
    }
    match humantime::parse_duration(text) {
        Ok(duration) if duration < shortest => Err(refuse(&format!(
            "it is shorter than {}",
            humantime::format_duration(shortest)
        ))),
        Ok(duration) if duration > Duration::from_secs(3600) => Err(refuse("it is over an hour")),
        Ok(duration) => Ok(duration),
        Err(error) => Err(refuse(&error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, BadSettings> {
        Settings::read(
            &pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn without_variables_there_are_defaults() {
        assert_eq!(read(&[("HOME", "/root")]), Ok(Settings::default()));
        assert_eq!(read(&[("GREENLIGHT_PLANS", " ")]), Ok(Settings::default()));
    }

    #[test]
    fn the_table_tells_the_defaults() {
        let pairs: Vec<_> = SETTINGS.iter().map(|s| (s.name, s.default)).collect();
        assert_eq!(read(&pairs), Ok(Settings::default()));
    }

    #[test]
    fn values_are_read() {
        let settings = read(&[
            ("GREENLIGHT_PLANS", "s3://plans/live"),
            ("GREENLIGHT_EVENT_BUS", "none"),
            ("GREENLIGHT_RESERVE", "5s"),
            ("GREENLIGHT_FALLBACK_TIMEOUT", "1m 30s"),
        ])
        .unwrap();
        assert_eq!(settings.plans.unwrap().to_string(), "s3://plans/live");
        assert_eq!(settings.event_bus, None);
        assert_eq!(settings.reserve, Duration::from_secs(5));
        assert_eq!(settings.fallback, Duration::from_secs(90));
    }

    #[test]
    fn all_mistakes_are_reported_together() {
        let error = read(&[
            ("GREENLIGHT_PLANS", "plans"),
            ("GREENLIGHT_RESERVE", "20"),
            ("GREENLIGHT_FALLBACK_TIMEOUT", "0s"),
            ("GREENLIGHT_RESERV", "1s"),
            ("GREENLIGHT_EVENT_BUS", "gates"),
        ])
        .unwrap_err();
        assert_eq!(error.mistakes.len(), 4, "{error}");
        // What can be used is used.
        assert_eq!(error.rest.event_bus.as_deref(), Some("gates"));
        let text = error.to_string();
        for part in [
            "neither s3:// nor file://",
            "it has no unit",
            "it is shorter than 10s",
            "no such setting",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
