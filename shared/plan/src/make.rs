//! Probes made without a plan, such as those of a target group's health check.

use std::time::Duration;

use crate::{Check, Expect, GrpcCheck, HttpCheck, HttpVersion, Matcher, Probe, WhereTo, limits};

/// Successes in a row that are a pass, where a plan says nothing else.
pub const DEFAULT_HEALTHY: u32 = 3;

/// From the start of one attempt to the start of the next, where a plan says
/// nothing else.
pub const DEFAULT_EVERY: Duration = Duration::from_secs(2);

/// The time for all attempts together, where a plan says nothing else.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_mins(2);

/// Files of smoke tests that run at the same time, where a plan says nothing
/// else.
pub const DEFAULT_JOBS: usize = 4;

impl Probe {
    /// A probe of this check, named after it, with the default pace.
    pub fn new(check: Check) -> Self {
        Self {
            name: check.name(),
            check,
            through: None,
            healthy: DEFAULT_HEALTHY,
            every: DEFAULT_EVERY,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// `GET` of a path (and query) that answers with one of these statuses.
    pub fn http(path: impl Into<String>, status: Matcher) -> Self {
        Self::new(Check::Http(HttpCheck {
            expect: Expect {
                status,
                ..Expect::default()
            },
            ..HttpCheck::get(WhereTo::Path(path.into()))
        }))
    }

    /// A connection to a TCP port.
    pub fn tcp(port: u16) -> Self {
        Self::new(Check::Tcp(port))
    }

    /// A question to gRPC's health service; `service` is empty for the server
    /// as a whole.
    pub fn grpc(service: impl Into<String>) -> Self {
        Self::new(Check::Grpc(GrpcCheck {
            service: service.into(),
            tls: None,
            authority: None,
            ca: None,
        }))
    }
}

impl HttpCheck {
    /// A plain `GET` that expects any success.
    pub fn get(to: WhereTo) -> Self {
        Self {
            to,
            method: "GET".to_owned(),
            headers: Vec::new(),
            version: HttpVersion::Auto,
            ca: None,
            expect: Expect::default(),
        }
    }
}

impl Check {
    /// What is asked, in a few words: `GET /health-check`, `tcp 8080`,
    /// `grpc shop.Checkout`. A URL is named without its query, which may carry
    /// a secret.
    pub fn name(&self) -> String {
        let name = match self {
            Self::Http(check) => {
                let to = match &check.to {
                    WhereTo::Path(path) => path.as_str(),
                    WhereTo::Url(url) => url.as_str(),
                };
                let (to, _) = to.split_once(['?', '#']).unwrap_or((to, ""));
                format!("{} {to}", check.method)
            }
            Self::Tcp(port) => format!("tcp {port}"),
            Self::Grpc(check) if check.service.is_empty() => "grpc".to_owned(),
            Self::Grpc(check) => format!("grpc {}", check.service),
        };
        match name.chars().count() > limits::NAME {
            true => name.chars().take(limits::NAME - 1).chain(['…']).collect(),
            false => name,
        }
    }
}

/// Names for checks that were given none, so that all are different: a second
/// one of the same name gets ` #2`.
pub(crate) fn name_all(mut probes: Vec<(Option<String>, Probe)>) -> Vec<Probe> {
    let mut taken: std::collections::BTreeSet<String> =
        probes.iter().filter_map(|(name, _)| name.clone()).collect();
    for (given, probe) in &mut probes {
        probe.name = match given.take() {
            Some(name) => name,
            None => {
                let made = probe.check.name();
                let numbered = (2..).map(|number| format!("{made} #{number}"));
                std::iter::once(made.clone())
                    .chain(numbered)
                    .find(|name| !taken.contains(name))
                    .unwrap_or(made)
            }
        };
        taken.insert(probe.name.clone());
    }
    probes.into_iter().map(|(_, probe)| probe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_named_after_what_they_ask() {
        for (probe, name) in [
            (
                Probe::http("/health-check", Matcher::default()),
                "GET /health-check",
            ),
            (
                Probe::http("/health?token=secret", Matcher::default()),
                "GET /health",
            ),
            (Probe::tcp(8080), "tcp 8080"),
            (Probe::grpc("shop.Checkout"), "grpc shop.Checkout"),
            (Probe::grpc(""), "grpc"),
        ] {
            assert_eq!(probe.name, name);
        }
        let long = Probe::http(format!("/{}", "é".repeat(500)), Matcher::default());
        assert_eq!(long.name.chars().count(), limits::NAME);
        let url = "https://shop.example.com/up?key=secret".parse().unwrap();
        let check = Check::Http(HttpCheck::get(WhereTo::Url(url)));
        assert_eq!(check.name(), "GET https://shop.example.com/up");
    }

    #[test]
    fn made_names_give_way_to_given_ones() {
        let probes = name_all(vec![
            (None, Probe::tcp(80)),
            (Some("tcp 80".to_owned()), Probe::tcp(81)),
            (None, Probe::tcp(80)),
            (Some("tcp 80 #3".to_owned()), Probe::tcp(82)),
            (None, Probe::tcp(80)),
        ]);
        let names: Vec<&str> = probes.iter().map(|probe| probe.name.as_str()).collect();
        assert_eq!(
            names,
            ["tcp 80 #2", "tcp 80", "tcp 80 #4", "tcp 80 #3", "tcp 80 #5"]
        );
    }
}
