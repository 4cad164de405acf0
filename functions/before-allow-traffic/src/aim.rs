//! Which way each probe takes, and where it connects. Pure.

use plan::{Check, Probe, Through, WhereTo};
use probe::{Assignment, Target};
use rollout::{Protocol, Request, Rollout, Route, Way};
use verdict::Outcome;

/// The path at which gRPC's standard health service is asked.
/// <https://grpc.io/docs/guides/health-checking/>
pub(crate) const GRPC_HEALTH: &str = "/grpc.health.v1.Health/Check";

/// A probe with its way to green.
#[derive(Debug, Clone)]
pub(crate) struct Aimed {
    /// What to ask.
    pub(crate) probe: Probe,
    /// Which way.
    pub(crate) way: Way,
    /// Another port of each task than the one that takes traffic.
    pub(crate) port: Option<u16>,
    /// Whether a task is spoken to over TLS; None: as its target group says.
    pub(crate) tls: Option<bool>,
    /// A private authority to trust, in PEM.
    pub(crate) ca: Option<Vec<u8>>,
}

/// Gives a plan's probe its way: the one that it names, else the test
/// listener, else the tasks. A port is a container's, so TCP goes to the tasks.
pub(crate) fn by_plan(probe: &Probe, rollout: &Rollout) -> Result<Aimed, Box<Outcome>> {
    let way = match (probe.through, &probe.check, &rollout.test) {
        (Some(Through::TestListener), ..) => Way::TestListener,
        (Some(Through::ProductionListener), ..) => Way::ProductionListener,
        (Some(Through::Tasks), ..) | (None, Check::Tcp(_), _) | (None, _, None) => Way::Tasks,
        (None, _, Some(_)) => Way::TestListener,
    };
    let mut port = None;
    if let Check::Tcp(wanted) = probe.check {
        let errored = |why, remedy| {
            let outcome = Outcome::errored(probe.name.clone(), why);
            Err(Box::new(outcome.with_remedy(remedy)))
        };
        match rollout.route(way) {
            None => port = Some(wanted),
            // Whether green is there or not, an ALB accepts the connection.
            Some(Route {
                protocol: Protocol::Http | Protocol::Https,
                ..
            }) => {
                return errored(
                    format!(
                        "{} accepts a connection by itself, which says nothing of green",
                        way.words()
                    ),
                    "probe TCP through tasks",
                );
            }
            Some(route) if route.port != wanted => {
                return errored(
                    format!(
                        "{} listens on port {}, not on {wanted}",
                        way.words(),
                        route.port
                    ),
                    "name its port, or probe through tasks",
                );
            }
            Some(_) => {}
        }
    }
    Ok(Aimed {
        probe: probe.clone(),
        way,
        port,
        tls: None,
        ca: None,
    })
}

/// The private authority that a probe names, if it names one.
pub(crate) fn authority(probe: &Probe) -> Option<&str> {
    match &probe.check {
        Check::Http(check) => check.ca.as_deref(),
        Check::Grpc(check) => check.ca.as_deref(),
        Check::Tcp(_) => None,
    }
}

/// What a listener will see of the probes that come through it.
pub(crate) fn requests(aimed: &[Aimed], rollout: &Rollout) -> Vec<Request> {
    let dns_name = || rollout.load_balancer.dns_name.clone();
    aimed
        .iter()
        .map(|aimed| {
            let check = aimed.probe.name.clone();
            match &aimed.probe.check {
                Check::Http(http) => {
                    let (host, path) = match &http.to {
                        WhereTo::Path(path) => (dns_name(), path.clone()),
                        WhereTo::Url(url) => {
                            let host = url.host_str().unwrap_or_default();
                            (host.to_owned(), url.path().to_owned())
                        }
                    };
                    Request {
                        check,
                        host,
                        path: path.split('?').next().unwrap_or_default().to_owned(),
                        method: http.method.clone(),
                        headers: http.headers.clone(),
                    }
                }
                Check::Grpc(grpc) => Request {
                    check,
                    host: grpc.authority.clone().unwrap_or_else(dns_name),
                    path: GRPC_HEALTH.to_owned(),
                    method: "POST".to_owned(),
                    headers: vec![("content-type".to_owned(), "application/grpc".to_owned())],
                },
                // Only a Network Load Balancer takes it, which has no rules.
                Check::Tcp(_) => Request {
                    check,
                    host: dns_name(),
                    path: String::new(),
                    method: String::new(),
                    headers: vec![],
                },
            }
        })
        .collect()
}

/// Aims probes at a listener: one target each.
pub(crate) fn at_listener(
    aimed: Vec<Aimed>,
    way: Way,
    rollout: &Rollout,
) -> Result<Vec<Assignment>, Box<Outcome>> {
    let Some(route) = rollout.route(way) else {
        return Err(Box::new(Outcome::errored(
            "target",
            format!("the deployment has no route for {}", way.words()),
        )));
    };
    let target = Target {
        label: way.words().to_owned(),
        host: rollout.load_balancer.dns_name.clone(),
        port: route.port,
        tls: route.protocol.is_tls(),
    };
    Ok(assign(aimed, |_| vec![target.clone()]))
}

/// Aims probes at tasks: a target for each.
pub(crate) fn at_tasks(
    aimed: Vec<Aimed>,
    targets: &[rollout::Target],
    rollout: &Rollout,
) -> Result<Vec<Assignment>, Box<Outcome>> {
    // Targets of an instance's kind have an id in place of an address.
    let no_address = |t: &&rollout::Target| t.id.parse::<std::net::IpAddr>().is_err();
    if let Some(target) = targets.iter().find(no_address) {
        return Err(Box::new(
            Outcome::errored(
                "target",
                format!("target {} has no address of its own", target.id),
            )
            .with_remedy("probe through the test listener, or use a target group of type ip"),
        ));
    }
    Ok(assign(aimed, |aimed| {
        let tls = aimed.tls.unwrap_or_else(|| rollout.green.protocol.is_tls());
        let target = |target: &rollout::Target| {
            // Where a container's port is mapped, its target has the port that
            // is reached.
            let port = match aimed.port {
                Some(port) if Some(port) != rollout.container_port => port,
                _ => target.port,
            };
            Target {
                label: "its own address".to_owned(),
                host: target.id.clone(),
                port,
                tls,
            }
        };
        targets.iter().map(target).collect()
    }))
}

fn assign(aimed: Vec<Aimed>, targets: impl Fn(&Aimed) -> Vec<Target>) -> Vec<Assignment> {
    aimed
        .into_iter()
        .map(|aimed| Assignment {
            targets: targets(&aimed),
            probe: aimed.probe,
            ca: aimed.ca,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::rollout;

    fn target(id: &str) -> rollout::Target {
        rollout::Target {
            id: id.into(),
            port: 49153,
            state: "healthy".into(),
            reason: None,
            description: None,
        }
    }

    fn through(probe: Probe, through: Through) -> Probe {
        Probe {
            through: Some(through),
            ..probe
        }
    }

    #[test]
    fn a_table_of_ways() {
        let http = Probe::http("/", plan::Matcher::default());
        let with = rollout();
        let mut without = rollout();
        without.test = None;
        for (probe, rollout, way) in [
            (http.clone(), &with, Way::TestListener),
            (http.clone(), &without, Way::Tasks),
            (Probe::tcp(8080), &with, Way::Tasks),
            (Probe::grpc(""), &with, Way::TestListener),
            (through(http.clone(), Through::Tasks), &with, Way::Tasks),
            (
                through(http.clone(), Through::ProductionListener),
                &with,
                Way::ProductionListener,
            ),
            // It is there that the missing listener is told.
            (
                through(http, Through::TestListener),
                &without,
                Way::TestListener,
            ),
        ] {
            assert_eq!(by_plan(&probe, rollout).unwrap().way, way, "{}", probe.name);
        }
    }

    #[test]
    fn tcp_goes_through_a_network_load_balancer_only() {
        let probe = through(Probe::tcp(8080), Through::TestListener);
        let error = by_plan(&probe, &rollout()).unwrap_err();
        assert!(
            error.line().contains("says nothing of green"),
            "{}",
            error.line()
        );
        let mut rollout = rollout();
        rollout.test.as_mut().unwrap().protocol = Protocol::Tcp;
        let error = by_plan(&probe, &rollout).unwrap_err();
        assert_eq!(
            error.line(),
            "tcp 8080: the test listener listens on port 8081, not on 8080; \
             name its port, or probe through tasks"
        );
        assert!(by_plan(&through(Probe::tcp(8081), Through::TestListener), &rollout).is_ok());
    }

    #[test]
    fn tasks_are_reached_at_their_targets_ports() {
        let rollout = rollout();
        let targets = [target("10.0.0.1"), target("10.0.0.2")];
        for (port, expected) in [(8080, 49153), (9090, 9090)] {
            let aimed = by_plan(&Probe::tcp(port), &rollout).unwrap();
            let assignments = at_tasks(vec![aimed], &targets, &rollout).unwrap();
            let found: Vec<_> = assignments[0]
                .targets
                .iter()
                .map(|t| (t.host.as_str(), t.port))
                .collect();
            assert_eq!(found, [("10.0.0.1", expected), ("10.0.0.2", expected)]);
        }
        let error = at_tasks(vec![], &[target("i-0123")], &rollout).unwrap_err();
        assert!(
            error.line().contains("target i-0123 has no address"),
            "{}",
            error.line()
        );
    }

    #[test]
    fn a_request_is_what_the_listener_will_see() {
        let rollout = rollout();
        let url = url::Url::parse("https://shop.example.com:8443/health?x=1").unwrap();
        let mut by_url = Probe::http("/health?deep=1", plan::Matcher::default());
        let by_path = by_url.clone();
        let Check::Http(check) = &mut by_url.check else {
            panic!("no HTTP probe");
        };
        check.to = WhereTo::Url(url);
        let aimed: Vec<Aimed> = [by_path, by_url, Probe::grpc("shop.Checkout")]
            .iter()
            .map(|probe| by_plan(probe, &rollout).unwrap())
            .collect();
        let seen: Vec<_> = requests(&aimed, &rollout)
            .into_iter()
            .map(|r| (r.method, r.host, r.path))
            .collect();
        let expected = [
            ("GET", "shop.elb", "/health"),
            ("GET", "shop.example.com", "/health"),
            ("POST", "shop.elb", GRPC_HEALTH),
        ];
        let expected = expected.map(|(m, h, p)| (m.to_owned(), h.to_owned(), p.to_owned()));
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_listener_gives_name_port_and_scheme() {
        let mut rollout = rollout();
        rollout.test.as_mut().unwrap().protocol = rollout::Protocol::Https;
        let aimed = by_plan(&Probe::http("/", plan::Matcher::default()), &rollout).unwrap();
        let found = at_listener(vec![aimed], Way::TestListener, &rollout).unwrap();
        let target = &found[0].targets[0];
        assert_eq!(
            (target.host.as_str(), target.port, target.tls),
            ("shop.elb", 8081, true)
        );
    }
}
