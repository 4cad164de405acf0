//! Keeps requests from blue, and remembers those that green got. Pure, but for
//! what it remembers.

use std::sync::{Mutex, PoisonError};

use exchange::Hop;
use rollout::{Leads, Proof, Request, Rollout, Route, Rule, Way, judge_route};

/// So many different requests are looked at again after the tests.
const REMEMBERED: usize = 1000;

/// Looks at every request before it goes out.
pub(crate) struct Watch<'a> {
    rollout: &'a Rollout,
    entrances: Vec<Entrance>,
    /// Those that green got, each once.
    led: Mutex<Vec<Request>>,
}

/// A listener of the load balancer.
#[derive(Debug, Clone)]
pub(crate) struct Entrance {
    way: Way,
    port: u16,
    rules: Vec<Rule>,
}

impl Entrance {
    pub(crate) fn new(way: Way, route: &Route, rules: Vec<Rule>) -> Self {
        Self {
            way,
            port: route.port,
            rules,
        }
    }
}

impl<'a> Watch<'a> {
    /// Where two listeners are one, the first counts.
    pub(crate) fn new(rollout: &'a Rollout, entrances: Vec<Entrance>) -> Self {
        Self {
            rollout,
            entrances,
            led: Mutex::default(),
        }
    }

    /// Judges a request: one that comes to a listener of the deployment must
    /// not reach blue. Others are the tests' own business, and prove nothing.
    pub(crate) fn judge(&self, hop: &Hop<'_>) -> Result<(), String> {
        let ours = self.is_ours(hop.connect_host);
        if ours && hop.addresses.is_some() {
            return Err(
                "resolve gives the test listener another address, so the answer would not be \
                 green's for certain"
                    .to_owned(),
            );
        }
        // By its public name, the application is what serves production.
        if !ours && hop.redirected_from.is_some_and(|from| self.is_ours(from)) {
            return Err(format!(
                "the redirect leads away from the test listener, to {}, so the answer would not \
                 be green's; take off the option location, or give the plan a base-url of that \
                 scheme, name and port",
                hop.url.origin().ascii_serialization()
            ));
        }
        let Some(entrance) = self.entrance(hop) else {
            return Ok(());
        };
        let request = request(hop);
        let blue = self.rollout.blue.as_deref();
        let green = &self.rollout.green.arn;
        let at = || format!("{}, port {},", entrance.way.words(), entrance.port);
        match Leads::of(&entrance.rules, &request, green, blue) {
            // That production has a way to green proves nothing of this listener.
            Ok(Leads::Green) if entrance.way != Way::TestListener => Ok(()),
            Ok(Leads::Green) => {
                let mut led = self.led.lock().unwrap_or_else(PoisonError::into_inner);
                if led.len() < REMEMBERED && !led.contains(&request) {
                    led.push(request);
                }
                Ok(())
            }
            Ok(Leads::Elsewhere) => Ok(()),
            Ok(Leads::Astray(words)) => Err(format!(
                "its answer would not be green's: {} takes it, and {words}",
                at()
            )),
            Err(why) => Err(format!("{} takes it, and {why}", at())),
        }
    }

    /// Whether green got a request.
    pub(crate) fn reached(&self) -> bool {
        let led = self.led.lock().unwrap_or_else(PoisonError::into_inner);
        !led.is_empty()
    }

    /// Judges the requests that green got once more, by the rules of the test
    /// listener as they are now.
    pub(crate) fn judge_again(&self, rules: &[Rule]) -> Result<Proof, String> {
        let led = self.led.lock().unwrap_or_else(PoisonError::into_inner);
        judge_route(rules, &led, &self.rollout.green.arn)
    }

    /// Whether a host is the load balancer.
    fn is_ours(&self, host: &str) -> bool {
        let name = |text: &str| text.trim_end_matches('.').to_ascii_lowercase();
        name(host) == name(&self.rollout.load_balancer.dns_name)
    }

    /// The listener that a request comes to.
    fn entrance(&self, hop: &Hop<'_>) -> Option<&Entrance> {
        if !self.is_ours(hop.connect_host) {
            return None;
        }
        let mut entrances = self.entrances.iter();
        entrances.find(|entrance| entrance.port == hop.connect_port)
    }
}

/// What the listener will see.
fn request(hop: &Hop<'_>) -> Request {
    let host = hop.host_header.or(hop.url.host_str()).unwrap_or_default();
    Request {
        check: format!("{} {}", hop.method, hop.path),
        host: without_port(host).to_owned(),
        path: hop.path.to_owned(),
        method: hop.method.to_owned(),
        headers: hop.headers.to_vec(),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use rollout::{Condition, Forward};
    use url::Url;

    use super::*;
    use crate::fixture::rollout;

    fn rule(priority: Option<u32>, conditions: Vec<Condition>, groups: &[&str]) -> Rule {
        let forward = |group: &&str| Forward {
            target_group: (*group).to_owned(),
            weight: 1,
        };
        Rule {
            priority,
            conditions,
            forwards: groups.iter().map(forward).collect(),
        }
    }

    fn entrances(rollout: &Rollout) -> Vec<Entrance> {
        let path = |text: &str| vec![Condition::Path(vec![text.to_owned()])];
        let host = |text: &str| vec![Condition::Host(vec![text.to_owned()])];
        let test = vec![
            rule(Some(1), path("/old/*"), &["blue"]),
            rule(Some(2), path("/half/*"), &["green", "blue"]),
            rule(Some(3), path("/auth/*"), &["auth"]),
            rule(Some(4), path("/fixed"), &[]),
            rule(Some(5), host("other.example.com"), &["blue"]),
            rule(
                Some(6),
                vec![
                    Condition::Path(vec!["/q".into()]),
                    Condition::Other("query-string".into()),
                ],
                &["green"],
            ),
            rule(None, vec![], &["green"]),
        ];
        let production = vec![rule(None, vec![], &["blue"])];
        vec![
            Entrance::new(Way::TestListener, rollout.test.as_ref().unwrap(), test),
            Entrance::new(Way::ProductionListener, &rollout.production, production),
        ]
    }

    /// What becomes of a request, and whether it counts.
    fn judged(
        url: &str,
        host: Option<&str>,
        connect: Option<(&str, u16)>,
    ) -> (Result<(), String>, bool) {
        let rollout = rollout();
        let watch = Watch::new(&rollout, entrances(&rollout));
        let url: Url = url.parse().unwrap();
        let own = (
            url.host_str().unwrap(),
            url.port_or_known_default().unwrap(),
        );
        let (connect_host, connect_port) = connect.unwrap_or(own);
        let hop = Hop {
            method: "GET",
            url: &url,
            path: url.path(),
            host_header: host,
            headers: &[],
            connect_host,
            connect_port,
            addresses: None,
            redirected_from: None,
        };
        let judged = watch.judge(&hop);
        (judged, watch.reached())
    }

    #[test]
    fn a_table_of_requests() {
        let lb = Some(("shop.elb", 8081));
        for (url, host, connect, counts) in [
            ("http://shop.elb:8081/", None, None, true),
            ("http://SHOP.elb.:8081/x?old=/old/", None, None, true),
            ("https://shop.example.com/items", None, lb, true),
            // Another application's, and an answer of the listener's own.
            ("http://shop.elb:8081/auth/token", None, None, false),
            ("http://shop.elb:8081/fixed", None, None, false),
            // Nothing of this deployment.
            ("https://api.example.com/", None, None, false),
            ("http://shop.elb:9000/", None, None, false),
        ] {
            assert_eq!(judged(url, host, connect), (Ok(()), counts), "{url}");
        }
        for (url, host, connect, why) in [
            (
                "http://shop.elb:8081/old/x",
                None,
                None,
                "it forwards 100 % to blue",
            ),
            (
                "http://shop.elb:8081/half/x",
                None,
                None,
                "50 % to green and 50 % to blue",
            ),
            (
                "http://shop.elb/",
                None,
                None,
                "the production listener, port 80, takes it",
            ),
            (
                "http://shop.elb:8081/",
                Some("other.example.com:8081"),
                None,
                "100 % to blue",
            ),
            ("https://other.example.com/", None, lb, "100 % to blue"),
            (
                "http://shop.elb:8081/q",
                None,
                None,
                "a query-string condition",
            ),
        ] {
            let (judged, counts) = judged(url, host, connect);
            let error = judged.unwrap_err();
            assert!(error.contains(why), "{url}: {error}");
            assert!(!counts, "{url}");
        }
    }

    #[test]
    fn addresses_of_a_tests_own_are_refused() {
        let rollout = rollout();
        let watch = Watch::new(&rollout, entrances(&rollout));
        let url: Url = "http://shop.elb:8081/".parse().unwrap();
        let hop = Hop {
            method: "GET",
            url: &url,
            path: url.path(),
            host_header: None,
            headers: &[],
            connect_host: "shop.elb",
            connect_port: 8081,
            addresses: Some(&[]),
            redirected_from: None,
        };
        let refused = watch.judge(&hop).unwrap_err();
        assert!(refused.contains("resolve"), "{refused}");
        assert!(!watch.reached());
    }

    #[test]
    fn a_redirect_to_the_public_name_is_refused() {
        let rollout = rollout();
        let watch = Watch::new(&rollout, entrances(&rollout));
        let url: Url = "https://shop.example.com/login".parse().unwrap();
        let hop = |from| Hop {
            method: "GET",
            url: &url,
            path: url.path(),
            host_header: None,
            headers: &[],
            connect_host: "shop.example.com",
            connect_port: 443,
            addresses: None,
            redirected_from: from,
        };
        let refused = watch.judge(&hop(Some("SHOP.elb."))).unwrap_err();
        assert!(refused.contains("https://shop.example.com"), "{refused}");
        assert_eq!(watch.judge(&hop(Some("login.example.com"))), Ok(()));
        assert_eq!(watch.judge(&hop(None)), Ok(()));
        assert!(!watch.reached());
    }

    #[test]
    fn the_path_that_goes_out_is_judged() {
        let rollout = rollout();
        let watch = Watch::new(&rollout, entrances(&rollout));
        let url: Url = "http://shop.elb:8081/old/%2e%2e/x".parse().unwrap();
        let hop = Hop {
            method: "GET",
            url: &url,
            path: "/old/%2e%2e/x",
            host_header: None,
            headers: &[],
            connect_host: "shop.elb",
            connect_port: 8081,
            addresses: None,
            redirected_from: None,
        };
        assert!(
            watch.judge(&hop).is_err(),
            "the rule of /old/* leads to blue"
        );
    }

    #[test]
    fn what_green_got_is_judged_again() {
        let rollout = rollout();
        let watch = Watch::new(&rollout, entrances(&rollout));
        let url: Url = "http://shop.elb:8081/items".parse().unwrap();
        for _ in 0..3 {
            let hop = Hop {
                method: "POST",
                url: &url,
                path: url.path(),
                host_header: None,
                headers: &[],
                connect_host: "shop.elb",
                connect_port: 8081,
                addresses: None,
                redirected_from: None,
            };
            watch.judge(&hop).unwrap();
        }
        let to = |group: &str| vec![rule(None, vec![], &[group])];
        assert_eq!(watch.judge_again(&to("green")), Ok(Proof::Green));
        let Ok(Proof::NotYet { expected, got }) = watch.judge_again(&to("blue")) else {
            panic!("blue is not green");
        };
        assert_eq!(
            expected,
            "it forwards POST /items to green's target group green alone"
        );
        assert_eq!(got, "it forwards 100 % to blue");
    }

    #[test]
    fn a_host_and_its_port() {
        for (host, name) in [
            ("shop", "shop"),
            ("shop:80", "shop"),
            ("[::1]", "[::1]"),
            ("[::1]:80", "[::1]"),
        ] {
            assert_eq!(without_port(host), name);
        }
    }
}
