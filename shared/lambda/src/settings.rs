use std::{collections::BTreeMap, fmt, time::Duration};

use store::Location;

use crate::NotifySettings;

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
    Setting {
        name: "GREENLIGHT_CARDS",
        default: "none",
        meaning: "where the notifiers keep their cards, `s3://bucket/prefix`; they need it",
    },
    Setting {
        name: "GREENLIGHT_ROUTES",
        default: "none",
        meaning: "the file that says which message goes where, `s3://bucket/routes.yaml` or `file:///routes.yaml`; without one, all goes to the notifier's own channel",
    },
    Setting {
        name: "GREENLIGHT_HOLD",
        default: "20s",
        meaning: "how long a build or a deployment waits for its pipeline to be known before it gets messages of its own",
    },
    Setting {
        name: "GREENLIGHT_RETRY_QUEUE",
        default: "none",
        meaning: "the URL of the SQS queue for what is to be tried again later, which the notifier itself reads",
    },
    Setting {
        name: "GREENLIGHT_DEAD_LETTERS",
        default: "none",
        meaning: "the URL of the SQS queue for what can never be delivered",
    },
    Setting {
        name: "GREENLIGHT_SLACK_SECRET",
        default: "none",
        meaning: "the ARN of the secret with Slack's bot token or webhook, as in a plan; notify-slack needs it",
    },
    Setting {
        name: "GREENLIGHT_SLACK_CHANNEL",
        default: "none",
        meaning: "the Slack channel, by id or name, for what the routes send nowhere else; a webhook has its own",
    },
    Setting {
        name: "GREENLIGHT_SLACK_API",
        default: "https://slack.com/api/",
        meaning: "where Slack's Web API is",
    },
    Setting {
        name: "GREENLIGHT_TOPIC",
        default: "none",
        meaning: "the ARN of the SNS topic that Amazon Q reads; notify-chatbot needs it",
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
    /// What the notifiers need.
    pub notify: NotifySettings,
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
            notify: NotifySettings::default(),
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
                other => match settings.notify.take(other, value) {
                    Some(taken) => taken.err(),
                    None => Some(no_such_setting()),
                },
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

fn no_such_setting() -> String {
    let names: Vec<_> = SETTINGS.iter().map(|s| s.name).collect();
    format!("there is no such setting; there are {}", names.join(", "))
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

pub(crate) fn duration(text: &str, shortest: Duration) -> Result<Duration, String> {
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
