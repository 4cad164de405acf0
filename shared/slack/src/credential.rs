use std::{fmt, future::Future};

use serde::Deserialize;
use url::{Host, Url};

/// What opens Slack: a bot token or an incoming webhook's address. Whoever has
/// it may post, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(pub(crate) Kind);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Token(String),
    Webhook(Url),
}

/// Where the credential comes from.
pub trait Credentials: Send + Sync {
    /// The credential as it is now. One that was read a while ago will do,
    /// unless it shall be `fresh`: Slack has just refused the one that was
    /// answered before. Err: one line that tells what was tried, without the
    /// secret. Many may ask for a fresh one at the same time.
    fn get(&self, fresh: bool) -> impl Future<Output = Result<Credential, String>> + Send;
}

/// Why the content of a secret is no credential. It does not tell the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCredential {
    /// There is nothing in it.
    #[error(
        "the secret is empty: put a bot token (xoxb-…) or the URL of an incoming webhook in it"
    )]
    Empty,
    /// It is something else.
    #[error(
        "the secret is neither a bot token (xoxb-…) nor the URL of an incoming webhook \
         (https://hooks.slack.com/services/…), nor JSON with one of them in token or webhook"
    )]
    Unknown,
    /// JSON without what is needed.
    #[error("the secret is JSON without one text named token or webhook")]
    Fields,
    /// JSON with both.
    #[error("the secret has both a token and a webhook: leave one of them out")]
    Both,
    /// A token of another kind.
    #[error(
        "the secret is a token of Slack's, but not a bot's: take the Bot User OAuth Token, \
         which begins with xoxb-"
    )]
    OtherToken,
    /// An address that is no incoming webhook's.
    #[error(
        "the secret is a URL, but not that of an incoming webhook: it begins with \
         https://hooks.slack.com/services/"
    )]
    OtherUrl,
}

/// The hosts of Slack's webhooks.
const HOSTS: &[&str] = &["hooks.slack.com", "hooks.slack-gov.com"];

/// The longest token, by far.
const TOKEN: usize = 1000;

#[derive(Deserialize)]
struct Fields {
    token: Option<String>,
    webhook: Option<String>,
}

impl Credential {
    /// Reads the content of a secret: a bot token, the URL of an incoming
    /// webhook, or JSON with one of them, `{"token": …}` or `{"webhook": …}`. A
    /// webhook on this machine may be plain HTTP.
    ///
    /// # Errors
    /// Without the content.
    pub fn read(text: &str) -> Result<Credential, BadCredential> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err(BadCredential::Empty);
        }
        if !text.starts_with(['{', '[', '"']) {
            return bare(text);
        }
        if let Ok(text) = serde_json::from_str::<String>(text) {
            return bare(text.trim());
        }
        let fields: Fields = serde_json::from_str(text).map_err(|_| BadCredential::Fields)?;
        let given = |field: Option<String>| field.filter(|text| !text.trim().is_empty());
        match (given(fields.token), given(fields.webhook)) {
            (Some(token), None) => token_of(token.trim()),
            (None, Some(webhook)) => webhook_of(webhook.trim()),
            (Some(_), Some(_)) => Err(BadCredential::Both),
            (None, None) => Err(BadCredential::Fields),
        }
    }

    /// Whether it is a bot token: then messages can be updated.
    pub fn is_token(&self) -> bool {
        matches!(self.0, Kind::Token(_))
    }

    /// A text without the secret, should it be in there.
    pub(crate) fn scrub(&self, text: &str) -> String {
        match &self.0 {
            Kind::Token(token) => text.replace(token.as_str(), "***"),
            Kind::Webhook(url) => {
                let mut text = text.replace(url.as_str(), "***").replace(url.path(), "***");
                let last = url.path().rsplit('/').next();
                if let Some(last) = last.filter(|last| last.len() >= 8) {
                    text = text.replace(last, "***");
                }
                text
            }
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Token(_) => "Credential(token)",
            Kind::Webhook(_) => "Credential(webhook)",
        })
    }
}

fn bare(text: &str) -> Result<Credential, BadCredential> {
    match text.starts_with("https://") || text.starts_with("http://") {
        true => webhook_of(text),
        false => token_of(text),
    }
}

fn token_of(text: &str) -> Result<Credential, BadCredential> {
    let is_sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if !text.starts_with("xox") && !text.starts_with("xapp-") {
        return Err(BadCredential::Unknown);
    }
    // Of an app with token rotation: xoxe.xoxb-…
    let bot = text.strip_prefix("xoxe.").unwrap_or(text);
    let rest = bot.strip_prefix("xoxb-").ok_or(BadCredential::OtherToken)?;
    match !rest.is_empty() && text.len() <= TOKEN && text.bytes().all(is_sign) {
        true => Ok(Credential(Kind::Token(text.to_owned()))),
        false => Err(BadCredential::Unknown),
    }
}

fn webhook_of(text: &str) -> Result<Credential, BadCredential> {
    let url = Url::parse(text).map_err(|_| BadCredential::Unknown)?;
    let is_slacks = url.scheme() == "https"
        && url.port().is_none()
        && url.host_str().is_some_and(|host| HOSTS.contains(&host));
    let has_path = url.path().strip_prefix("/services/");
    let is_bare = url.username().is_empty() && url.password().is_none();
    match (is_slacks || is_here(&url)) && is_bare && has_path.is_some_and(|rest| !rest.is_empty()) {
        true => Ok(Credential(Kind::Webhook(url))),
        false => Err(BadCredential::OtherUrl),
    }
}

/// Whether a URL leads to this machine.
pub(crate) fn is_here(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    is_here && matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_a_credential() {
        let hook = "https://hooks.slack.com/services/T0/B0/abc";
        let gov = "https://hooks.slack-gov.com/services/T0/B0/abc";
        let here = "http://127.0.0.1:1234/services/T0/B0/abc";
        for (text, is_token) in [
            ("xoxb-1-abc".to_owned(), true),
            (" xoxb-1-abc\n".to_owned(), true),
            ("\u{feff}xoxb-1-abc".to_owned(), true),
            ("\"xoxb-1-abc\"".to_owned(), true),
            ("xoxe.xoxb-1-abc".to_owned(), true),
            (r#"{"token": "xoxb-1-abc"}"#.to_owned(), true),
            (r#"{"token": "xoxb-1-abc", "webhook": ""}"#.to_owned(), true),
            (
                r#"{"token": "xoxb-1-abc", "signing": "x"}"#.to_owned(),
                true,
            ),
            (hook.to_owned(), false),
            (gov.to_owned(), false),
            (here.to_owned(), false),
            ("http://localhost:1234/services/T0/B0/abc".to_owned(), false),
            (format!(r#"{{"webhook": "{hook}"}}"#), false),
            (format!("{{\n \"webhook\": \" {hook} \"}}"), false),
        ] {
            let read = Credential::read(&text).map(|credential| credential.is_token());
            assert_eq!(read, Ok(is_token), "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        use BadCredential::*;
        for (text, why) in [
            ("", Empty),
            ("  \n", Empty),
            ("hello", Unknown),
            ("xoxp-1-abc", OtherToken),
            ("xapp-1-abc", OtherToken),
            ("xoxe-1-abc", OtherToken),
            ("xoxb-", Unknown),
            ("xoxb-1 abc", Unknown),
            ("xoxb-1\nabc", Unknown),
            ("xoxb-é", Unknown),
            ("{}", Fields),
            ("{", Fields),
            ("[]", Fields),
            ("[[[[", Fields),
            (r#"{"token": 7}"#, Fields),
            (r#"{"SLACK": "xoxb-1-abc"}"#, Fields),
            (r#"{"token": "hello"}"#, Unknown),
            (
                r#"{"token": "xoxb-1", "webhook": "https://hooks.slack.com/services/a"}"#,
                Both,
            ),
            ("https://hooks.slack.com/", OtherUrl),
            ("https://hooks.slack.com/services/", OtherUrl),
            ("https://hooks.slack.com/workflows/T0/A0/1/abc", OtherUrl),
            ("http://hooks.slack.com/services/T0/B0/abc", OtherUrl),
            ("https://hooks.slack.com:8443/services/T0/B0/abc", OtherUrl),
            ("https://hooks.slack.com.example.com/services/a", OtherUrl),
            ("https://u:p@hooks.slack.com/services/T0/B0/abc", OtherUrl),
            ("https://example.com/services/T0/B0/abc", OtherUrl),
            ("http://10.0.0.1/services/T0/B0/abc", OtherUrl),
            ("http://", Unknown),
        ] {
            assert_eq!(Credential::read(text), Err(why), "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Credential::read(&deep), Err(Fields));
    }

    proptest! {
        #[test]
        fn it_is_never_shown(secret in "[A-Za-z0-9]{8,24}", shape in 0..8usize) {
            let text = match shape {
                0 => format!("xoxb-{secret}"),
                1 => format!("https://hooks.slack.com/services/T0/B0/{secret}"),
                2 => format!("xoxp-{secret}"),
                3 => format!("{{\"token\": \"{secret}\"}}"),
                4 => format!("{{\"{secret}\": 1"),
                5 => format!("https://example.com/{secret}"),
                6 => format!("{{\"token\": [\"{secret}\"]}}"),
                _ => secret.clone(),
            };
            let told = match Credential::read(&text) {
                Ok(credential) => format!("{credential:?} {credential:#?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            prop_assert!(!told.contains(&secret), "{told}");
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,60}") {
            let _ = Credential::read(&text);
        }
    }
}
