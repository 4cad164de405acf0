use std::time::Duration;

use wording::{nearest, quoted};
use yaml::Place;

use super::reader::{Reader, Reported};
use crate::{
    Check, DEFAULT_EVERY, DEFAULT_HEALTHY, DEFAULT_TIMEOUT, GrpcCheck, HttpCheck, HttpVersion,
    Probe, Through, WhereTo,
    keys::{KINDS, Kind},
    limits,
    loose::{Field, Given, Key, Keys, Scalar},
    raw::RawProbe,
};

/// How often a probe asks, and when it is content.
struct Pace {
    healthy: u32,
    every: Duration,
    timeout: Duration,
}

impl Reader<'_> {
    /// A probe and the name it was given. `names` are those of the probes
    /// before it.
    pub(super) fn probe(
        &mut self,
        raw: Given<Keys<RawProbe>>,
        names: &mut Vec<String>,
    ) -> Result<(Option<String>, Probe), Reported> {
        let (keys, at) = self.expect(raw, "a probe", "a mapping")?;
        self.unknown_keys(&keys, |key| match key {
            "status" | "body" | "within" => Some("it goes under \"expect\""),
            "contains" | "matches" | "json" => Some("it goes under \"expect\", \"body\""),
            "url" | "path" | "port" | "service" => {
                Some("the address is the value of \"http\", \"tcp\" or \"grpc\"")
            }
            _ => None,
        });
        let kind = self.kind(&keys, at);
        if let Ok(kind) = kind {
            self.foreign_keys(&keys.keys, kind);
        }
        let mut raw = keys.fields;
        let name = self.optional(&mut raw.name, |reader, given| reader.name(given, names));
        let through = self.optional(&mut raw.through, Self::through);
        let pace = self.pace(&mut raw);
        let check = match kind {
            Ok(Kind::Http) => self.http(raw).map(Check::Http),
            Ok(Kind::Tcp) => match raw.tcp.0 {
                Some(port) => self.port(port).map(Check::Tcp),
                None => Err(self.mistake(at, "\"tcp\" is missing")),
            },
            Ok(Kind::Grpc) => self.grpc(raw).map(Check::Grpc),
            Err(reported) => Err(reported),
        };
        let (name, through, pace) = (name?, through?, pace?);
        let probe = Probe {
            through,
            healthy: pace.healthy,
            every: pace.every,
            timeout: pace.timeout,
            ..Probe::new(check?)
        };
        Ok((name, probe))
    }

    /// Reads the value of a key, if the key is there.
    pub(super) fn optional<T, U>(
        &mut self,
        field: &mut Field<T>,
        read: impl FnOnce(&mut Self, Given<T>) -> Result<U, Reported>,
    ) -> Result<Option<U>, Reported> {
        field.0.take().map(|given| read(self, given)).transpose()
    }

    /// The one kind that the probe is of.
    fn kind(&mut self, keys: &Keys<RawProbe>, at: Place) -> Result<Kind, Reported> {
        let mut kinds = keys.keys.iter().filter_map(|(key, at)| {
            let kind = KINDS.into_iter().find(|kind| kind.key() == key)?;
            Some((kind, *at))
        });
        let Some((kind, _)) = kinds.next() else {
            let misspelt = KINDS.into_iter().find(|kind| {
                keys.unknown
                    .iter()
                    .any(|(key, _)| nearest(key, keys.known) == Some(kind.key()))
            });
            let key = misspelt.map_or("http", Kind::key);
            let message = "a probe needs one of \"http\", \"tcp\" and \"grpc\"";
            return Err(self.missing(key, keys, at, message));
        };
        let Some((other, at)) = kinds.next() else {
            return Ok(kind);
        };
        let (other, first) = (other.key(), kind.key());
        let message = format!(
            "a probe is one of http, tcp and grpc; {other:?} makes a second of this {first} probe"
        );
        Err(self.mistake(at, message))
    }

    /// Reports keys that only other kinds of probes have.
    fn foreign_keys(&mut self, keys: &[Key], kind: Kind) {
        for (key, at) in keys.iter().filter(|(key, _)| !kind.takes(key)) {
            let of: Vec<&str> = (KINDS.into_iter())
                .filter(|kind| kind.takes(key))
                .map(Kind::key)
                .collect();
            let (of, kind) = (of.join(" or "), kind.key());
            let message = match (key.as_str(), kind) {
                ("tls" | "authority", "http") => {
                    format!(
                        "an http probe has no {key:?}; write a whole URL as the value of \"http\""
                    )
                }
                _ => format!("{key:?} goes with {of}, not with {kind}"),
            };
            self.mistake(*at, message);
        }
    }

    fn http(&mut self, mut raw: RawProbe) -> Result<HttpCheck, Reported> {
        let ca_at = raw.ca.0.as_ref().map(|given| given.at);
        let to = self.optional(&mut raw.http, Self::address);
        let method = self.optional(&mut raw.method, Self::method);
        let headers = self.optional(&mut raw.headers, Self::headers_to_send);
        let version = self.optional(&mut raw.http_version, Self::http_version);
        let ca = self.optional(&mut raw.ca, Self::ca);
        let expect = self.optional(&mut raw.expect, Self::expectations);
        if let (Ok(Some(WhereTo::Url(url))), Some(at)) = (&to, ca_at)
            && url.scheme() == "http"
        {
            self.mistake(
                at,
                "\"ca\" is for TLS, and the URL of this probe is http://",
            );
        }
        let plain = HttpCheck::get(to?.unwrap_or_else(|| WhereTo::Path("/".to_owned())));
        Ok(HttpCheck {
            method: method?.unwrap_or(plain.method),
            headers: headers?.unwrap_or_default(),
            version: version?.unwrap_or(HttpVersion::Auto),
            ca: ca?,
            expect: expect?.unwrap_or_default(),
            to: plain.to,
        })
    }

    fn grpc(&mut self, mut raw: RawProbe) -> Result<GrpcCheck, Reported> {
        let ca_at = raw.ca.0.as_ref().map(|given| given.at);
        let service = self.optional(&mut raw.grpc, Self::service);
        let tls = self.optional(&mut raw.tls, Self::tls);
        let authority = self.optional(&mut raw.authority, Self::authority);
        let ca = self.optional(&mut raw.ca, Self::ca);
        if let (Ok(Some(false)), Some(at)) = (&tls, ca_at) {
            self.mistake(at, "\"ca\" is for TLS, and this probe says tls: false");
        }
        Ok(GrpcCheck {
            service: service?.unwrap_or_default(),
            tls: tls?,
            authority: authority?,
            ca: ca?,
        })
    }

    fn name(&mut self, given: Given<Scalar>, names: &mut Vec<String>) -> Result<String, Reported> {
        let (name, at) = self.text(given, "\"name\"", "a text")?;
        let name = name.trim().to_owned();
        if name.is_empty() {
            return Err(self.mistake(at, "\"name\" is empty"));
        }
        if name.chars().count() > limits::NAME || name.chars().any(char::is_control) {
            let most = limits::NAME;
            return Err(self.mistake(
                at,
                format!("\"name\" is one line of at most {most} characters"),
            ));
        }
        if names.contains(&name) {
            let message = format!("the name {} is that of an earlier probe", quoted(&name));
            return Err(self.mistake(at, message));
        }
        names.push(name.clone());
        Ok(name)
    }

    fn through(&mut self, given: Given<Scalar>) -> Result<Through, Reported> {
        let keys = Through::ALL.map(Through::key);
        let wanted = "test-listener, tasks or production-listener";
        let (text, at) = self.text(given, "\"through\"", wanted)?;
        if let Some(through) = Through::ALL
            .into_iter()
            .find(|through| through.key() == text)
        {
            return Ok(through);
        }
        let message = format!("\"through\" must be {wanted}, not {}", quoted(&text));
        Err(self.guess(at, message, nearest(&text, &keys)))
    }

    fn pace(&mut self, raw: &mut RawProbe) -> Result<Pace, Reported> {
        let place = |field: &Field<Scalar>| field.0.as_ref().map(|given| given.at);
        let (healthy_at, every_at) = (place(&raw.healthy), place(&raw.every));
        let timeout_at = place(&raw.timeout);
        let healthy = self.optional(&mut raw.healthy, Self::healthy);
        let every = self.optional(&mut raw.every, |reader, given| {
            reader.duration(given, "\"every\"", &limits::EVERY)
        });
        let timeout = self.optional(&mut raw.timeout, |reader, given| {
            reader.duration(given, "\"timeout\"", &limits::TIMEOUT)
        });
        let pace = Pace {
            healthy: healthy?.unwrap_or(DEFAULT_HEALTHY),
            every: every?.unwrap_or(DEFAULT_EVERY),
            timeout: timeout?.unwrap_or(DEFAULT_TIMEOUT),
        };
        let least = pace.every * pace.healthy.saturating_sub(1);
        let Some(at) = timeout_at
            .or(healthy_at)
            .or(every_at)
            .filter(|_| pace.timeout < least)
        else {
            return Ok(pace);
        };
        let message = format!(
            "{} successes, one every {}, take at least {}, and the timeout is {}{}",
            pace.healthy,
            humantime::format_duration(pace.every),
            humantime::format_duration(least),
            humantime::format_duration(pace.timeout),
            if timeout_at.is_none() {
                " by default"
            } else {
                ""
            },
        );
        Err(self.mistake(at, message))
    }
}
