//! One request of perhaps several: the first one, or what a redirect makes of
//! it. Pure.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use hurl_eval::Answer;

use crate::{
    Options, Redirects, Request,
    address::{Address, with_query},
    payload::{Body, Media},
};

/// The name that a request gives itself.
const USER_AGENT: &str = concat!("greenlight/", env!("CARGO_PKG_VERSION"));

/// A pair of texts: a header, a cookie, a user.
pub(crate) type Pair = (String, String);

/// A request, before the jar's cookies.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) method: Method,
    pub(crate) address: Address,
    /// Those of the request itself.
    headers: Vec<Pair>,
    /// Those of the option `header`.
    more: Vec<Pair>,
    cookies: Vec<Pair>,
    pub(crate) body: Body,
    user: Option<Pair>,
    compressed: bool,
}

/// Why a redirect is not followed.
#[derive(Debug)]
pub(crate) struct BadLocation(pub(crate) String);

impl Step {
    /// The first request.
    pub(crate) fn first(request: &Request, options: &Options) -> Result<Self, String> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| format!("{:?} is no method", request.method))?;
        if method == Method::CONNECT {
            return Err("the method CONNECT asks for a tunnel, which no test needs".to_owned());
        }
        let raw = with_query(&request.url, &request.query);
        let address = Address::read(&raw, options.path_as_is)?;
        let mut headers = request.headers.clone();
        if let Some((user, password)) = &request.basic_auth {
            let value = basic(user.as_bytes(), password.as_bytes());
            headers.push(("Authorization".to_owned(), value));
        }
        let given = value_of(&headers, "content-type");
        let given = given.or_else(|| value_of(&options.headers, "content-type"));
        let body = Body::of(&request.payload, given);
        Ok(Self {
            method,
            address,
            body,
            headers,
            more: options.headers.clone(),
            cookies: request.cookies.clone(),
            user: options.user.clone(),
            compressed: options.compressed,
        })
    }

    /// What an answer leads to; None: it is no redirect.
    pub(crate) fn next(
        &self,
        answer: &Answer,
        first: &Address,
        options: &Options,
    ) -> Result<Option<Self>, BadLocation> {
        if options.redirects == Redirects::No || !(300..400).contains(&answer.status) {
            return Ok(None);
        }
        let Some(location) = answer.header("location").next() else {
            return Ok(None);
        };
        let url = self.address.url.join(location);
        let url = url.map_err(|error| BadLocation(format!("it can't be read: {error}")))?;
        let address = Address::read(url.as_str(), options.path_as_is).map_err(BadLocation)?;
        let mut next = Self {
            address,
            ..self.clone()
        };
        // So says no RFC, but so does curl, for all methods.
        if (301..=303).contains(&answer.status) && next.method != Method::GET {
            next.method = Method::GET;
            next.body = Body::default();
        }
        if options.redirects == Redirects::Follow && !next.address.same_origin(first) {
            let secret = |name: &str| ["authorization", "cookie"].iter().any(|s| is(name, s));
            next.headers.retain(|(name, _)| !secret(name));
            next.user = None;
        }
        Ok(Some(next))
    }

    /// The header `Host`, if it is not the URL's.
    pub(crate) fn host_header(&self) -> Option<&str> {
        self.own_value("host")
    }

    /// The host that cookies are for, without a port.
    pub(crate) fn cookie_host(&self) -> &str {
        let Some(host) = self.host_header() else {
            return &self.address.host;
        };
        match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, _)) => host,
            None => host.split(':').next().unwrap_or(host),
        }
    }

    /// All headers, in the order in which they are sent.
    pub(crate) fn headers(&self, jar: &[String]) -> Result<Vec<Pair>, String> {
        let mut all: Vec<Pair> = Vec::new();
        let mut add = |name: &str, value: String| all.push((name.to_owned(), value));

        let host = self.host_header().map(str::to_owned);
        add("Host", host.unwrap_or_else(|| self.address.authority()));
        if self.user.is_none()
            && self.own_value("authorization").is_none()
            && let Some((user, password)) = self.address.credentials()
        {
            add("Authorization", basic(&user, &password));
        }
        if self.own_value("accept").is_none() {
            add("Accept", "*/*".to_owned());
        }
        let mut cookies = jar.to_vec();
        if self.own_value("cookie").is_none() {
            let own = self.cookies.iter();
            cookies.extend(own.map(|(name, value)| format!("{name}={value}")));
        }
        if !cookies.is_empty() {
            add("Cookie", cookies.join("; "));
        }
        let parts = matches!(self.body.media, Media::Parts(_));
        for (name, value) in self.own() {
            let replaced = is(name, "host") || (parts && is(name, "content-type"));
            if !replaced {
                add(name, value.clone());
            }
        }
        if let Media::Type(media) = &self.body.media
            && self.own_value("content-type").is_none()
        {
            add("Content-Type", media.clone());
        }
        if self.own_value("user-agent").is_none() {
            add("User-Agent", USER_AGENT.to_owned());
        }
        if let Some((user, password)) = &self.user
            && self.own_value("authorization").is_none()
        {
            let value = basic(user.as_bytes(), password.as_bytes());
            add("Authorization", value);
        }
        if self.compressed && self.own_value("accept-encoding").is_none() {
            add("Accept-Encoding", "gzip, deflate, br".to_owned());
        }
        let length = self.payload().len();
        match self.own_value("content-length") {
            Some(given) if given != length.to_string() => {
                return Err(format!(
                    "the header Content-Length is not the body's length, {length}: leave it out"
                ));
            }
            None if length > 0 && self.own_value("transfer-encoding").is_none() => {
                add("Content-Length", length.to_string());
            }
            _ => {}
        }
        if let Media::Parts(media) = &self.body.media {
            add("Content-Type", media.clone());
        }
        Ok(all)
    }

    /// The bytes that are sent.
    pub(crate) fn payload(&self) -> bytes::Bytes {
        match self.method {
            Method::HEAD => bytes::Bytes::new(),
            _ => self.body.bytes.clone(),
        }
    }

    /// The headers that the user gave.
    fn own(&self) -> impl Iterator<Item = &Pair> {
        self.headers.iter().chain(&self.more)
    }

    fn own_value(&self, name: &str) -> Option<&str> {
        let mut own = self.own();
        own.find(|(own, _)| is(own, name)).map(|(_, v)| v.as_str())
    }
}

/// Headers as they are put on the wire.
pub(crate) fn header_map(headers: &[Pair]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("{name:?} is no name of a header"))?;
        // The value may be a secret, so it is not told.
        let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
            format!("the value of the header {name} holds a line break or a control character")
        })?;
        value.set_sensitive(true);
        map.try_append(header, value)
            .map_err(|_| "there are too many headers".to_owned())?;
    }
    Ok(map)
}

fn value_of<'a>(headers: &'a [Pair], name: &str) -> Option<&'a str> {
    let mut found = headers.iter().filter(|(own, _)| is(own, name));
    found.next().map(|(_, value)| value.as_str())
}

fn is(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}

fn basic(user: &[u8], password: &[u8]) -> String {
    let text = [user, b":", password].concat();
    format!("Basic {}", STANDARD.encode(text))
}

#[cfg(test)]
mod tests;
