//! Which way each probe takes, and where it connects. Pure.

use plan::{Check, Probe, Through};
use probe::{Assignment, Target};
use rollout::{Rollout, Way};
use verdict::Outcome;

/// A probe with its way to green.
#[derive(Debug, Clone)]
pub(crate) struct Aimed {
    /// What to ask.
    pub(crate) probe: Probe,
    /// Which way.
    pub(crate) way: Way,
    /// Another port of each task than the one that takes traffic.
    pub(crate) port: Option<u16>,
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
        match rollout.route(way) {
            Some(route) if route.port != wanted => {
                return Err(Box::new(
                    Outcome::errored(
                        probe.name.clone(),
                        format!("{} listens on port {}, not on {wanted}", way.words(), route.port),
                    )
                    .with_remedy("name its port, or probe through tasks"),
                ));
            }
            Some(_) => {}
            None => port = Some(wanted),
        }
    }
    Ok(Aimed {
        probe: probe.clone(),
        way,
        port,
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
            Outcome::errored("target", format!("target {} has no address of its own", target.id))
                .with_remedy("probe through the test listener, or use a target group of type ip"),
        ));
    }
    let tls = rollout.green.protocol.is_tls();
    Ok(assign(aimed, |aimed| {
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
            (through(http, Through::TestListener), &without, Way::TestListener),
        ] {
            assert_eq!(by_plan(&probe, rollout).unwrap().way, way, "{}", probe.name);
        }
    }

    #[test]
    fn tcp_through_a_listener_names_the_listeners_port() {
        let probe = through(Probe::tcp(8080), Through::TestListener);
        let error = by_plan(&probe, &rollout()).unwrap_err();
        assert_eq!(
            error.line(),
            "tcp 8080: the test listener listens on port 8081, not on 8080; \
             name its port, or probe through tasks"
        );
        assert!(by_plan(&through(Probe::tcp(8081), Through::TestListener), &rollout()).is_ok());
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
        assert!(error.line().contains("target i-0123 has no address"), "{}", error.line());
    }

    #[test]
    fn a_listener_gives_name_port_and_scheme() {
        let mut rollout = rollout();
        rollout.test.as_mut().unwrap().protocol = rollout::Protocol::Https;
        let aimed = by_plan(&Probe::http("/", plan::Matcher::default()), &rollout).unwrap();
        let found = at_listener(vec![aimed], Way::TestListener, &rollout).unwrap();
        let target = &found[0].targets[0];
        assert_eq!((target.host.as_str(), target.port, target.tls), ("shop.elb", 8081, true));
    }
}
