//! What a file's requests remember for each other, as curl 7.88 does it: RFC
//! 6265, and a few habits of its own. Pure.

use std::net::IpAddr;

use crate::{Resolve, date};

/// The longest name or value of a cookie, and both together, in bytes.
const COOKIE_LIMIT: usize = 4096;
/// The longest header `Set-Cookie` that is read, in bytes.
const LINE_LIMIT: usize = 5000;
/// So many cookies of one answer are kept.
pub(crate) const ANSWER_LIMIT: usize = 50;
/// So many cookies are sent with a request,
const SENT_LIMIT: usize = 150;
/// in so many bytes.
const SENT_BYTES: usize = 8190;

/// The cookies of one file, and the addresses that its `resolve` options gave:
/// both hold for the requests after them.
#[derive(Clone, Default)]
pub struct Jar {
    /// In the order of their coming.
    cookies: Vec<Cookie>,
    /// The last one for a host holds.
    resolved: Vec<Resolve>,
}

/// Where a request goes, as far as cookies care.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site<'a> {
    /// Without brackets.
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) tls: bool,
}

#[derive(Debug, Clone)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    /// Hosts below the domain have it, too.
    below: bool,
    /// As it was given.
    path: String,
    secure: bool,
    /// When it ends, in seconds since 1970; None: with the jar.
    expires: Option<i64>,
}

impl Jar {
    /// An empty jar.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the cookie of a header `Set-Cookie`, if it may be kept.
    pub(crate) fn keep(&mut self, header: &str, site: Site<'_>, now: i64) {
        self.forget_expired(now);
        let Some(cookie) = Cookie::read(header, site, now) else {
            return;
        };
        if !site.is_secure() && self.cookies.iter().any(|old| old.shields(&cookie)) {
            return;
        }
        // One that is replaced keeps its place.
        match self.cookies.iter_mut().find(|old| old.is_same(&cookie)) {
            Some(old) => *old = cookie,
            None => self.cookies.push(cookie),
        }
    }

    /// The cookies of a request as `name=value`, in the order in which they are
    /// sent.
    pub(crate) fn cookies(&mut self, site: Site<'_>, now: i64) -> Vec<String> {
        self.forget_expired(now);
        // The newest first, where nothing else tells them apart.
        let fitting = self.cookies.iter().rev().filter(|c| c.fits(site));
        let mut fitting: Vec<&Cookie> = fitting.collect();
        fitting.sort_by_key(|c| {
            let lengths = (c.path.len(), c.domain.len(), c.name.len());
            std::cmp::Reverse(lengths)
        });
        let mut bytes = 0;
        let mut sent = Vec::new();
        for cookie in fitting.into_iter().take(SENT_LIMIT) {
            let text = format!("{}={}", cookie.name, cookie.value);
            bytes += text.len() + 2;
            if bytes > SENT_BYTES {
                break;
            }
            sent.push(text);
        }
        sent
    }

    /// Remembers the addresses that a request's options give.
    pub(crate) fn resolve(&mut self, resolves: &[Resolve]) {
        for resolve in resolves {
            self.resolved.retain(|old| !old.is_for_same(resolve));
            self.resolved.push(resolve.clone());
        }
    }

    /// The addresses of a host, if an option gave them.
    pub(crate) fn addresses(&self, host: &str, port: u16) -> Option<&[IpAddr]> {
        let last = |exact| {
            let mut all = self.resolved.iter().rev();
            all.find_map(|r| (r.names_a_host() == exact).then(|| r.applies(host, port))?)
        };
        last(true).or_else(|| last(false))
    }

    fn forget_expired(&mut self, now: i64) {
        let lives = |cookie: &Cookie| cookie.expires.is_none_or(|end| end >= now);
        self.cookies.retain(lives);
    }
}

impl std::fmt::Debug for Jar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jar")
            .field("cookies", &self.cookies.len())
            .field("resolved", &self.resolved)
            .finish()
    }
}

impl Site<'_> {
    /// Whether it may have secure cookies: over TLS, and on this very machine.
    fn is_secure(self) -> bool {
        let own = ["127.0.0.1", "::1"].contains(&self.host);
        self.tls || own || self.host.eq_ignore_ascii_case("localhost")
    }

    fn is_ip(self) -> bool {
        self.host.parse::<IpAddr>().is_ok()
    }
}

impl Cookie {
    fn read(header: &str, site: Site<'_>, now: i64) -> Option<Self> {
        if header.len() > LINE_LIMIT {
            return None;
        }
        let mut pairs = header.split(';').map(|pair| match pair.split_once('=') {
            Some((name, value)) => (trim(name), Some(trim(value))),
            None => (trim(pair), None),
        });
        let (name, value) = pairs.find(|(name, _)| !name.is_empty())?;
        let value = value?;
        let long = name.len().max(value.len()) >= COOKIE_LIMIT - 1;
        if long || name.len() + value.len() > COOKIE_LIMIT || forbidden(name) || forbidden(value) {
            return None;
        }
        let mut cookie = Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: site.host.to_owned(),
            below: false,
            path: default_path(site.path).to_owned(),
            secure: false,
            expires: None,
        };
        let mut max_age = false;
        for (name, value) in pairs {
            let value = value.unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                // A browser on a plain connection must not be given one.
                "secure" if value.is_empty() => {
                    site.is_secure().then_some(())?;
                    cookie.secure = true;
                }
                "path" => cookie.path = value.to_owned(),
                "domain" if !value.is_empty() => {
                    let domain = value.strip_prefix('.').unwrap_or(value);
                    cookie.below = !site.is_ip() && has_dot(domain);
                    let fits = match cookie.below {
                        true => is_below(site.host, domain),
                        false => domain.eq_ignore_ascii_case(site.host),
                    };
                    fits.then_some(())?;
                    cookie.domain = domain.to_owned();
                }
                "max-age" => {
                    max_age = true;
                    cookie.expires = Some(end_of(value, now));
                }
                "expires" if !max_age && cookie.expires.is_none() => {
                    cookie.expires = date::seconds(value).filter(|end| *end >= 0);
                }
                _ => {}
            }
        }
        cookie.keeps_its_promise().then_some(cookie)
    }

    /// Names with these prefixes promise something to the server.
    fn keeps_its_promise(&self) -> bool {
        let begins = |prefix: &str| {
            let start = self.name.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        if begins("__Secure-") {
            return self.secure;
        }
        !begins("__Host-") || (self.secure && self.path == "/" && !self.below)
    }

    fn fits(&self, site: Site<'_>) -> bool {
        let host = match self.below && !site.is_ip() {
            true => is_below(site.host, &self.domain),
            false => self.domain.eq_ignore_ascii_case(site.host),
        };
        host && (!self.secure || site.is_secure()) && path_fits(self.matched_path(), site.path)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain.eq_ignore_ascii_case(&other.domain)
            && self.below == other.below
            && self
                .matched_path()
                .eq_ignore_ascii_case(other.matched_path())
    }

    /// A secure cookie is not replaced by one that isn't, from a plain
    /// connection.
    fn shields(&self, other: &Self) -> bool {
        let own = self.matched_path();
        let first = own.get(1..).and_then(|rest| rest.find('/'));
        let first = own.get(..first.map_or(own.len(), |at| at + 1));
        let first = first.unwrap_or(own);
        let start = other.matched_path().get(..first.len());
        self.secure
            && !other.secure
            && self.name == other.name
            && self.domain.eq_ignore_ascii_case(&other.domain)
            && start.is_some_and(|start| start.eq_ignore_ascii_case(first))
    }

    /// The path that requests are held against.
    fn matched_path(&self) -> &str {
        let path = self.path.strip_prefix('"').unwrap_or(&self.path);
        let path = path.strip_suffix('"').unwrap_or(path);
        match path {
            path if !path.starts_with('/') => "/",
            "/" => "/",
            path => path.strip_suffix('/').unwrap_or(path),
        }
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn forbidden(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_control())
}

/// The folder of a request's path.
fn default_path(path: &str) -> &str {
    let end = path.rfind('/').map_or(0, |at| at + 1);
    path.get(..end).filter(|p| !p.is_empty()).unwrap_or("/")
}

/// No cookie is for all of `com`. A list of the longer names of which that is
/// true, as `co.uk`, is not at hand.
fn has_dot(domain: &str) -> bool {
    domain.find('.').is_some_and(|at| at + 1 < domain.len())
}

fn is_below(host: &str, domain: &str) -> bool {
    let Some(start) = host.len().checked_sub(domain.len()) else {
        return false;
    };
    let (Some(before), Some(end)) = (host.get(..start), host.get(start..)) else {
        return false;
    };
    end.eq_ignore_ascii_case(domain) && (before.is_empty() || before.ends_with('.'))
}

fn path_fits(own: &str, path: &str) -> bool {
    own == "/"
        || path
            .strip_prefix(own)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// When a `Max-Age` ends. What is no number ends at once.
fn end_of(max_age: &str, now: i64) -> i64 {
    let text = max_age.trim_start_matches('"');
    let digits = text.find(|c: char| !c.is_ascii_digit());
    let digits = text.get(..digits.unwrap_or(text.len())).unwrap_or("");
    match digits.parse::<i64>() {
        Ok(0) => 1,
        Ok(seconds) => now.saturating_add(seconds),
        Err(_) if digits.is_empty() => 1,
        Err(_) => i64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn site<'a>(host: &'a str, path: &'a str) -> Site<'a> {
        let tls = false;
        Site { host, path, tls }
    }

    fn sent(jar: &mut Jar, site: Site<'_>) -> String {
        jar.cookies(site, NOW).join("; ")
    }

    fn jar_of(headers: &[&str], site: Site<'_>) -> Jar {
        let mut jar = Jar::new();
        for header in headers {
            jar.keep(header, site, NOW);
        }
        jar
    }

    #[test]
    fn the_order_is_the_commands() {
        let headers = [
            "a=1",
            "b=2;path=/",
            "c=3;path=/zz",
            "sec=1;secure",
            "dd=1;domain=localhost",
            "long=1;path=/x",
        ];
        let mut jar = jar_of(&headers, site("localhost", "/x/y"));
        for path in ["/x/y2", "/x"] {
            let sent = sent(&mut jar, site("localhost", path));
            assert_eq!(sent, "sec=1; dd=1; a=1; long=1; b=2");
        }
        assert_eq!(sent(&mut jar, site("localhost", "/")), "b=2");
        assert_eq!(sent(&mut jar, site("localhost", "/xy")), "b=2");
        assert_eq!(sent(&mut jar, site("sub.localhost", "/x/y")), "");
        assert_eq!(sent(&mut jar, site("127.0.0.1", "/x/y")), "");
    }

    #[test]
    fn a_cookie_is_replaced_in_its_place() {
        let place = site("127.0.0.1", "/");
        let mut jar = jar_of(&["a=1", "b=1", "abc=1", "c=1", "d=1"], place);
        assert_eq!(sent(&mut jar, place), "abc=1; d=1; c=1; b=1; a=1");
        for header in [
            "a=2",
            "b=;max-age=0",
            "c=1;expires=Thu, 01 Jan 1970 00:00:01 GMT",
            "A=3",
        ] {
            jar.keep(header, place, NOW);
        }
        assert_eq!(sent(&mut jar, place), "abc=1; A=3; d=1; a=2");
    }

    #[test]
    fn a_table_of_what_is_kept() {
        for (host, header, kept) in [
            ("a.localhost", "d=1;domain=.a.localhost", "d=1"),
            ("a.localhost", "d=1;domain=localhost", ""),
            ("a.localhost", "d=1;domain=b.localhost", ""),
            ("h.com", "d=1; Domain=com", ""),
            ("h.com", "d=1; Domain=H.com", "d=1"),
            ("localhost", "d=1;domain=localhost", "d=1"),
            ("h.com", "d=1; domain=", "d=1"),
            ("ah.com", "d=1; domain=h.com", ""),
            ("10.0.0.7", "d=1; domain=10.0.0.7", "d=1"),
            ("10.0.0.7", "d=1; domain=0.7", ""),
            ("h", "noeq", ""),
            ("h", "=x", ""),
            ("h", ";=x; a=b", "a=b"),
            ("h", "  a  =  b c  ; x", "a=b c"),
            ("h", "q=\"quo ted\"", "q=\"quo ted\""),
            ("h", "a=b\tc", ""),
            ("h", "a=", "a="),
            ("h", "a=1;path=zz", "a=1"),
            ("h", "a=1;path=/zz", ""),
            ("h", "a=1;path=\"/x\"", "a=1"),
            ("h", "a=1;secure", ""),
            ("h", "a=1;secure=", ""),
            ("localhost", "a=1;secure", "a=1"),
            ("h", "__Host-a=1;path=/", ""),
            ("localhost", "__Host-a=1;path=/;secure", "__Host-a=1"),
            ("localhost", "__Host-a=1;path=/x;secure", ""),
            ("localhost", "__secure-a=1", ""),
            ("h", "a=1;max-age=-1", ""),
            ("h", "a=1;max-age=\"12\"", "a=1"),
            ("h", "a=1;max-age=x", ""),
            ("h", "a=1;max-age=99999999999999999999", "a=1"),
            ("h", "a=1;expires=bogus", "a=1"),
            ("h", "a=1;expires=0", "a=1"),
            ("h", "a=1;expires=Thu, 01 Jan 1970 00:00:00 GMT", ""),
            ("h", "a=1;expires=Sun, 06 Nov 1994 08:49:37 GMT", ""),
            (
                "h",
                "a=1;expires=Sun, 06 Nov 1994 08:49:37 GMT;max-age=9",
                "a=1",
            ),
            (
                "h",
                "a=1;max-age=9;expires=Sun, 06 Nov 1994 08:49:37 GMT",
                "a=1",
            ),
            ("h", "a=1;expires=Sun, 06 Nov 2094 08:49:37 GMT", "a=1"),
        ] {
            let place = site(host, "/x/y");
            assert_eq!(sent(&mut jar_of(&[header], place), place), kept, "{header}");
        }
        let long = format!("a={}", "x".repeat(COOKIE_LIMIT));
        assert_eq!(jar_of(&[&long], site("h", "/")).cookies.len(), 0);
    }

    #[test]
    fn a_domain_is_for_the_hosts_below_it() {
        let mut jar = jar_of(&["own=1", "all=1;domain=.H.com"], site("w.h.com", "/"));
        for (host, found) in [
            ("w.h.com", "own=1; all=1"),
            ("W.H.COM", "own=1; all=1"),
            ("h.com", "all=1"),
            ("a.b.h.com", "all=1"),
            ("ah.com", ""),
            ("com", ""),
        ] {
            assert_eq!(sent(&mut jar, site(host, "/")), found, "{host}");
        }
    }

    #[test]
    fn a_secure_cookie_is_not_replaced_over_a_plain_connection() {
        let over_tls = |path| Site {
            tls: true,
            ..site("h.com", path)
        };
        let mut jar = jar_of(&["a=1;secure;path=/login"], over_tls("/login/x"));
        jar.keep("a=2;path=/login", site("h.com", "/"), NOW);
        jar.keep("a=2;path=/login/en", site("h.com", "/"), NOW);
        assert_eq!(sent(&mut jar, over_tls("/login/en")), "a=1");
        assert_eq!(sent(&mut jar, site("h.com", "/login/en")), "");
        jar.keep("a=2;path=/login", over_tls("/"), NOW);
        assert_eq!(sent(&mut jar, site("h.com", "/login/en")), "a=2");
    }

    #[test]
    fn time_takes_cookies_away() {
        let place = site("h", "/");
        let mut jar = jar_of(&["a=1;max-age=10", "b=1"], place);
        assert_eq!(jar.cookies(place, NOW + 10), ["b=1", "a=1"]);
        assert_eq!(jar.cookies(place, NOW + 11), ["b=1"]);
    }

    #[test]
    fn what_is_sent_has_a_limit() {
        let place = site("h", "/");
        let headers: Vec<String> = (0..200).map(|n| format!("n{n:03}=1")).collect();
        let mut jar = Jar::new();
        headers.iter().for_each(|h| jar.keep(h, place, NOW));
        assert_eq!(jar.cookies(place, NOW).len(), SENT_LIMIT);
        let value = "x".repeat(4000);
        let mut jar = Jar::new();
        (0..5).for_each(|n| jar.keep(&format!("n{n}={value}"), place, NOW));
        assert_eq!(jar.cookies(place, NOW).len(), 2);
    }

    #[test]
    fn addresses_hold_for_the_requests_after() {
        let mut jar = Jar::new();
        let resolve = |text: &str| text.parse::<Resolve>().unwrap();
        jar.resolve(&[resolve("h:80:10.0.0.1"), resolve("*:80:10.0.0.9")]);
        jar.resolve(&[resolve("H:80:10.0.0.2")]);
        let first = |host: &str, port| {
            let found = jar.addresses(host, port)?.first()?;
            Some(found.to_string())
        };
        assert_eq!(first("h", 80).as_deref(), Some("10.0.0.2"));
        assert_eq!(first("other", 80).as_deref(), Some("10.0.0.9"));
        assert_eq!(first("h", 81), None);
    }

    proptest! {
        #[test]
        fn no_header_is_too_strange(
            header in "\\PC{0,30}|a=b(;(path|domain|expires|max-age|secure)=?[\"/.a0-9 é]{0,6}){0,4}",
            host in "\\PC{0,8}", path in "\\PC{0,8}",
        ) {
            let mut jar = Jar::new();
            jar.keep("a=b;secure;path=/é/x", Site { tls: true, ..site(&host, &path) }, NOW);
            jar.keep(&header, site(&host, &path), NOW);
            let _ = jar.cookies(site(&host, &path), NOW);
        }
    }
}
