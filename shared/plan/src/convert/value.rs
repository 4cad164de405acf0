//! The values of single keys.

use std::{ops::RangeInclusive, time::Duration};

use url::Url;
use wording::quoted;

use super::reader::{Reader, Reported};
use crate::{
    HttpVersion, WhereTo, limits,
    loose::{Given, Scalar},
};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

impl Reader<'_> {
    pub(super) fn version(&mut self, given: Given<Scalar>) -> Result<(), Reported> {
        let (text, at) = self.plain(given, "\"version\"", "the number 1")?;
        match text.as_str() {
            "1" => Ok(()),
            _ => Err(self.mistake(at, format!("\"version\" is 1, not {}", short(&text)))),
        }
    }

    pub(super) fn healthy(&mut self, given: Given<Scalar>) -> Result<u32, Reported> {
        let wanted = "a number from 1 to 100";
        let (text, at) = self.plain(given, "\"healthy\"", wanted)?;
        match text.parse() {
            Ok(healthy) if limits::HEALTHY.contains(&healthy) => Ok(healthy),
            _ => Err(self.mistake(
                at,
                format!("\"healthy\" must be {wanted}, not {}", short(&text)),
            )),
        }
    }

    pub(super) fn port(&mut self, given: Given<Scalar>) -> Result<u16, Reported> {
        let wanted = "a port from 1 to 65535";
        let (text, at) = self.plain(given, "\"tcp\"", wanted)?;
        match text.parse() {
            Ok(port) if port > 0 => Ok(port),
            _ => Err(self.mistake(
                at,
                format!("\"tcp\" must be {wanted}, not {}", short(&text)),
            )),
        }
    }

    pub(super) fn tls(&mut self, given: Given<Scalar>) -> Result<bool, Reported> {
        let (text, at) = self.plain(given, "\"tls\"", "true or false")?;
        match text.to_ascii_lowercase().parse() {
            Ok(tls) => Ok(tls),
            Err(_) => Err(self.mistake(
                at,
                format!("\"tls\" must be true or false, not {}", short(&text)),
            )),
        }
    }

    pub(super) fn http_version(&mut self, given: Given<Scalar>) -> Result<HttpVersion, Reported> {
        let (text, at) = self.text(given, "\"http-version\"", "1.1 or 2")?;
        let meant = match text.as_str() {
            "1.1" => return Ok(HttpVersion::Http1),
            "2" => return Ok(HttpVersion::Http2),
            "1" | "HTTP/1.1" | "http/1.1" | "h1" => Some("1.1"),
            "2.0" | "HTTP/2" | "http/2" | "h2" | "h2c" => Some("2"),
            _ => None,
        };
        let message = format!("\"http-version\" must be 1.1 or 2, not {}", quoted(&text));
        Err(self.guess(at, message, meant))
    }

    /// A duration with a unit, within a range.
    pub(super) fn duration(
        &mut self,
        given: Given<Scalar>,
        what: &str,
        range: &RangeInclusive<Duration>,
    ) -> Result<Duration, Reported> {
        let (text, at) = self.text(given, what, "a duration, as 2s")?;
        let text = text.trim();
        let shown = quoted(text);
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            let message = format!(
                "{what} is {shown}, without a unit; write it with a unit, as {}{}",
                short(text),
                // Nobody waits for hundreds of seconds between two attempts.
                if text.len() > 2 && !text.contains('.') {
                    "ms"
                } else {
                    "s"
                },
            );
            return Err(self.mistake(at, message));
        }
        // Far more digits than a duration needs would overflow while its parts
        // are added up.
        let digits = text.split(|c: char| !c.is_ascii_digit() && !c.is_whitespace());
        let parsed = match text.len() <= 32 && digits.map(str::len).all(|length| length <= 9) {
            true => humantime::parse_duration(text).ok(),
            false => None,
        };
        let Some(duration) = parsed else {
            let message = format!("{what} must be a duration, as 500ms, 2s or 1m 30s, not {shown}");
            return Err(self.mistake(at, message));
        };
        if range.contains(&duration) {
            return Ok(duration);
        }
        let long = match duration > *range.end() {
            true => "long",
            false => "short",
        };
        let message = format!(
            "{what} is from {} to {}; {shown} is too {long}",
            humantime::format_duration(*range.start()),
            humantime::format_duration(*range.end()),
        );
        Err(self.mistake(at, message))
    }

    /// A path on whatever the probe goes through, or a whole URL.
    pub(super) fn address(&mut self, given: Given<Scalar>) -> Result<WhereTo, Reported> {
        let wanted = "a path that starts with / or a whole URL";
        let (text, at) = self.text(given, "\"http\"", wanted)?;
        match address(&text) {
            Ok(to) => Ok(to),
            // Not the text itself: a URL may carry a secret.
            Err(why) => Err(self.mistake(at, format!("\"http\" must be {wanted}; {why}"))),
        }
    }

    pub(super) fn method(&mut self, given: Given<Scalar>) -> Result<String, Reported> {
        let (method, at) = self.text(given, "\"method\"", "a method, as GET")?;
        let shown = quoted(&method);
        if !is_token(&method) || method.len() > limits::NAME {
            return Err(self.mistake(
                at,
                format!("\"method\" must be a method, as GET, not {shown}"),
            ));
        }
        if method.eq_ignore_ascii_case("CONNECT") {
            return Err(self.mistake(at, "\"method\" cannot be CONNECT, which opens a tunnel"));
        }
        let upper = method.to_ascii_uppercase();
        if upper != method && METHODS.contains(&upper.as_str()) {
            let message = format!("\"method\" is {shown}, and methods are case-sensitive");
            return Err(self.guess(at, message, Some(&upper)));
        }
        Ok(method)
    }

    pub(super) fn service(&mut self, given: Given<Scalar>) -> Result<String, Reported> {
        let wanted = "a service's name, or \"\" for the server as a whole";
        let (service, at) = self.text(given, "\"grpc\"", wanted)?;
        let strange = |c: char| c.is_control() || c.is_whitespace();
        if service.contains(strange) || service.contains('/') || service.len() > 255 {
            let message = format!("\"grpc\" must be {wanted}; {} is none", quoted(&service));
            return Err(self.mistake(at, message));
        }
        Ok(service)
    }

    pub(super) fn authority(&mut self, given: Given<Scalar>) -> Result<String, Reported> {
        let wanted = "a host name, as shop.example.com";
        let (text, at) = self.text(given, "\"authority\"", wanted)?;
        let plain = !text.contains(['/', '?', '#', '@', '\\', '%'])
            && text.chars().all(|c| c.is_ascii_graphic())
            && text.len() <= 255;
        match Url::parse(&format!("https://{text}/")) {
            Ok(url) if plain && url.has_host() => Ok(text),
            _ => Err(self.mistake(
                at,
                format!("\"authority\" must be {wanted}; {} is none", quoted(&text)),
            )),
        }
    }

    pub(super) fn ca(&mut self, given: Given<Scalar>) -> Result<String, Reported> {
        let (text, at) = self.text(given, "\"ca\"", "a file beside the plan, or PEM text")?;
        match check_ca(&text) {
            Ok(()) => Ok(text),
            Err(why) => Err(self.mistake(
                at,
                format!("\"ca\" must be a file beside the plan, or PEM text; {why}"),
            )),
        }
    }
}

/// A value that is short in any plan that is not wrong.
fn short(text: &str) -> String {
    let shown = quoted(text);
    shown.trim_matches('"').to_owned()
}

/// A token of RFC 9110, section 5.6.2.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn address(text: &str) -> Result<WhereTo, String> {
    if text.len() > limits::URL_BYTES {
        return Err(format!(
            "this one is longer than {} bytes",
            limits::URL_BYTES
        ));
    }
    if text.contains('#') {
        return Err("a fragment (#…) is never sent, so leave it out".to_owned());
    }
    if let Some(c) = text
        .chars()
        .find(|c| !c.is_ascii_graphic() || "\"<>\\^`{}".contains(*c))
    {
        let mut bytes = [0; 4];
        let percent: String = (c.encode_utf8(&mut bytes).bytes())
            .map(|byte| format!("%{byte:02X}"))
            .collect();
        return Err(format!("write {c:?} as {percent}"));
    }
    if text.starts_with("//") {
        return Err("this one starts with two, which names a host".to_owned());
    }
    if text.starts_with('/') {
        return Ok(WhereTo::Path(text.to_owned()));
    }
    let scheme = text
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => {}
        Some(_) => return Err("a URL starts with http:// or https://".to_owned()),
        None => return Err("this is neither".to_owned()),
    }
    let url = Url::parse(text).map_err(|error| format!("this URL is wrong: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() || text.contains("://@") {
        return Err("a URL here has no user or password; use an Authorization header".to_owned());
    }
    Ok(WhereTo::Url(url))
}

fn check_ca(text: &str) -> Result<(), &'static str> {
    if text.contains("PRIVATE KEY-----") {
        return Err("this is a private key, which has no place in a plan");
    }
    if text.contains("-----BEGIN") {
        let begins = text.matches("-----BEGIN CERTIFICATE-----").count();
        return match begins > 0 && begins == text.matches("-----END CERTIFICATE-----").count() {
            true => Ok(()),
            false => Err("this PEM text holds no whole certificate"),
        };
    }
    let folders_up = |part: &str| matches!(part, "" | "." | "..");
    match () {
        () if text.is_empty() => Err("this is empty"),
        () if text.chars().any(|c| c.is_control() || c == '\\') || text.len() > 255 => {
            Err("this is neither")
        }
        () if text.contains("://") => Err("this is a URL"),
        () if text.split('/').any(folders_up) => Err("this one is not beside the plan"),
        () => Ok(()),
    }
}
