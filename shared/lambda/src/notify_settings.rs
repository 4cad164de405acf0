use std::time::Duration;

use plan::SecretRef;
use store::Location;
use url::{Host, Url};

use crate::settings::duration;

/// What the notifiers need.
#[derive(Debug, Clone, PartialEq)]
pub struct NotifySettings {
    /// Where the cards are kept, in S3.
    pub cards: Option<Location>,
    /// The file with the routes; None: the ones that are built in.
    pub routes: Option<Location>,
    /// How long a build or a deployment waits for its pipeline.
    pub hold: Duration,
    /// The URL of the queue for what is to be tried again.
    pub retry_queue: Option<String>,
    /// The URL of the queue for what can never be delivered.
    pub dead_letters: Option<String>,
    /// The secret with Slack's bot token or webhook.
    pub slack_secret: Option<SecretRef>,
    /// The Slack channel, by id or name.
    pub slack_channel: Option<String>,
    /// Where Slack's Web API is; it ends in a slash.
    pub slack_api: Url,
    /// The ARN of Amazon Q's topic.
    pub topic: Option<String>,
}

/// Where Slack is for everybody but governments.
/// <https://docs.slack.dev/apis/web-api/>
const SLACK_API: &str = "https://slack.com/api/";

/// A shorter wait would have to be none.
const SHORTEST_HOLD: Duration = Duration::from_millis(1);

impl Default for NotifySettings {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "a constant that a test reads")]
        let slack_api = Url::parse(SLACK_API).expect("a URL");
        Self {
            cards: None,
            routes: None,
            hold: Duration::from_secs(20),
            retry_queue: None,
            dead_letters: None,
            slack_secret: None,
            slack_channel: None,
            slack_api,
            topic: None,
        }
    }
}

impl NotifySettings {
    /// Takes a setting over. None: it is none of these; an error tells what is
    /// wrong with its value.
    pub(crate) fn take(&mut self, name: &str, value: &str) -> Option<Result<(), String>> {
        let given = (value != "none").then_some(value);
        Some(match name {
            "GREENLIGHT_CARDS" => put(&mut self.cards, given.map(cards)),
            "GREENLIGHT_ROUTES" => put(&mut self.routes, given.map(routes)),
            "GREENLIGHT_HOLD" => duration(value, SHORTEST_HOLD).map(|hold| self.hold = hold),
            "GREENLIGHT_RETRY_QUEUE" => put(&mut self.retry_queue, given.map(queue)),
            "GREENLIGHT_DEAD_LETTERS" => put(&mut self.dead_letters, given.map(queue)),
            "GREENLIGHT_SLACK_SECRET" => put(&mut self.slack_secret, given.map(secret)),
            "GREENLIGHT_SLACK_CHANNEL" => put(&mut self.slack_channel, given.map(channel)),
            "GREENLIGHT_SLACK_API" => api(value).map(|api| self.slack_api = api),
            "GREENLIGHT_TOPIC" => put(&mut self.topic, given.map(topic)),
            _ => return None,
        })
    }
}

fn put<T>(place: &mut Option<T>, value: Option<Result<T, String>>) -> Result<(), String> {
    *place = value.transpose()?;
    Ok(())
}

fn cards(text: &str) -> Result<Location, String> {
    match text.parse::<Location>().map_err(|e| e.to_string())? {
        place @ Location::S3 { .. } => Ok(place),
        Location::File(_) => Err(format!(
            "{text:?} is not in S3, and cards are kept nowhere else; write it as s3://bucket/cards"
        )),
    }
}

fn routes(text: &str) -> Result<Location, String> {
    let place = text.parse::<Location>().and_then(Location::file);
    place.map_err(|error| error.to_string())
}

/// The errors do not repeat the value: it may be the token itself.
fn secret(text: &str) -> Result<SecretRef, String> {
    text.parse::<SecretRef>().map_err(|error| {
        format!(
            "the ARN of a secret of Secrets Manager is needed: {error}; write it as \
             arn:aws:secretsmanager:<region>:<account>:secret:<name>"
        )
    })
}

/// An id such as `C0123ABCD`, or a name with or without `#`.
fn channel(text: &str) -> Result<String, String> {
    let name = text.strip_prefix('#').unwrap_or(text);
    // A name has 80 characters at most: https://docs.slack.dev/reference/methods/conversations.create
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    match !name.is_empty() && name.chars().count() <= 80 && name.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => Err("this is no channel; write its id, C0123ABCD, or its name".to_owned()),
    }
}

fn api(text: &str) -> Result<Url, String> {
    let refuse = |why: &str| Err(format!("{why}; write it as {SLACK_API}"));
    let Ok(mut url) = Url::parse(text) else {
        return refuse("this is no URL");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("a URL with a user in it is none of Slack's");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("it has more than a path");
    }
    match url.scheme() {
        "https" => {}
        // A stand-in on this machine. Anywhere else the token would be readable.
        "http" if is_loopback(&url) => {}
        "http" => return refuse("over http:// everybody on the way can read the token"),
        _ => return refuse("it is not spoken to over HTTPS"),
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
fn queue(text: &str) -> Result<String, String> {
    let refuse = |why: &str| {
        Err(format!(
            "{why}; write it as https://sqs.<region>.amazonaws.com/<account>/<name>"
        ))
    };
    let Ok(url) = Url::parse(text) else {
        return refuse("this is no URL of a queue");
    };
    let parts = url.path().split('/').filter(|part| !part.is_empty());
    if !matches!(url.scheme(), "https" | "http") || parts.count() < 2 {
        return refuse("this is no URL of a queue");
    }
    if text.ends_with(".fifo") {
        return refuse("a FIFO queue can't hold single messages back");
    }
    Ok(text.to_owned())
}

fn topic(text: &str) -> Result<String, String> {
    let refuse = |why: &str| {
        Err(format!(
            "{why}; write it as arn:aws:sns:<region>:<account>:<name>"
        ))
    };
    let parts: Vec<&str> = text.split(':').collect();
    match parts.as_slice() {
        // https://docs.aws.amazon.com/chatbot/latest/adminguide/chatbot-troubleshooting.html
        ["arn", _, "sns", _, _, name] if name.ends_with(".fifo") => {
            refuse("Amazon Q reads no FIFO topics")
        }
        ["arn", partition, "sns", region, account, name]
            if partition.starts_with("aws")
                && !region.is_empty()
                && account.len() == 12
                && account.chars().all(|c| c.is_ascii_digit())
                && !name.is_empty() =>
        {
            Ok(text.to_owned())
        }
        _ => refuse("this is no ARN of a topic"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf";

    fn take(name: &str, value: &str) -> Result<NotifySettings, String> {
        let mut settings = NotifySettings::default();
        settings.take(name, value).unwrap()?;
        Ok(settings)
    }

    #[test]
    fn values_are_read() {
        let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/retry";
        let local = "http://127.0.0.1:4566/123456789012/retry";
        let topic = "arn:aws:sns:eu-west-1:123456789012:pipelines";
        for (name, value, read) in [
            ("CARDS", "s3://plans/cards", "s3://plans/cards"),
            ("ROUTES", "s3://plans/routes.yaml", "s3://plans/routes.yaml"),
            ("RETRY_QUEUE", queue, queue),
            ("DEAD_LETTERS", local, local),
            ("SLACK_SECRET", SECRET, "slack-AbCdEf"),
            ("SLACK_CHANNEL", "C0123ABCD", "C0123ABCD"),
            ("SLACK_CHANNEL", "#déploiements", "déploiements"),
            ("TOPIC", topic, topic),
            ("HOLD", "5s", "hold: 5s"),
            ("SLACK_API", "https://slack-gov.com/api", "path: \"/api/\""),
            ("SLACK_API", "http://127.0.0.1:8080/api/", "8080"),
        ] {
            let settings = take(&format!("GREENLIGHT_{name}"), value).unwrap();
            let NotifySettings { cards, routes, .. } = &settings;
            let places = [cards, routes].map(|p| p.as_ref().map(ToString::to_string));
            let shown = format!("{settings:?} {places:?}");
            assert!(shown.contains(read), "{name}: {shown}");
            assert_ne!(settings, NotifySettings::default(), "{name}");
        }
    }

    #[test]
    fn a_table_of_mistakes() {
        for (name, value, why) in [
            ("CARDS", "file:///cards", "not in S3"),
            ("CARDS", "cards", "neither s3:// nor file://"),
            ("ROUTES", "s3://plans/", "names a folder"),
            ("RETRY_QUEUE", "retry", "no URL of a queue"),
            (
                "RETRY_QUEUE",
                "https://sqs.eu-west-1.amazonaws.com/",
                "no URL",
            ),
            ("RETRY_QUEUE", "https://sqs.x/1/retry.fifo", "FIFO"),
            ("SLACK_SECRET", "xoxb-1-2-3", "the ARN of a secret"),
            ("SLACK_CHANNEL", "#", "no channel"),
            ("SLACK_CHANNEL", "two words", "no channel"),
            ("SLACK_API", "slack", "no URL"),
            ("SLACK_API", "http://slack.com/api/", "can read the token"),
            ("SLACK_API", "ftp://slack.com/api/", "HTTPS"),
            ("SLACK_API", "https://a:b@slack.com/api/", "a user"),
            (
                "SLACK_API",
                "https://slack.com/api/?a=b",
                "more than a path",
            ),
            ("TOPIC", "pipelines", "no ARN of a topic"),
            ("TOPIC", "arn:aws:sqs:eu-west-1:123456789012:q", "no ARN"),
            ("TOPIC", "arn:aws:sns:eu-west-1:123456789012:q.fifo", "FIFO"),
            (
                "TOPIC",
                "arn:aws:sns:eu-west-1:123456789012:q:sub-id",
                "no ARN",
            ),
            ("HOLD", "20", "no unit"),
        ] {
            let error = take(&format!("GREENLIGHT_{name}"), value).unwrap_err();
            assert!(error.contains(why), "{name} {value}: {error}");
        }
    }

    #[test]
    fn a_token_in_place_of_its_secret_is_not_repeated() {
        let error = take("GREENLIGHT_SLACK_SECRET", "xoxb-12345-abcdef").unwrap_err();
        assert!(!error.contains("12345"), "{error}");
    }

    #[test]
    fn nothing_else_is_taken() {
        let mut settings = NotifySettings::default();
        assert_eq!(settings.take("GREENLIGHT_PLANS", "none"), None);
    }
}
