//! The probe of an application that has no plan: what the load balancer
//! itself would ask. Pure.

use plan::{Matcher, Probe};
use rollout::{HealthPort, Protocol, Rollout, Way};
use verdict::Outcome;

use crate::aim::{Aimed, GRPC_HEALTH};

/// Makes a probe of green's target group's own health check.
pub(crate) fn aimed(rollout: &Rollout) -> Result<Aimed, Box<Outcome>> {
    let check = &rollout.green.health_check;
    let refuse = |why: String| {
        Box::new(
            Outcome::errored("health check", why)
                .with_remedy("say in a plan what to probe, greenlight.yaml"),
        )
    };
    let port = match check.port {
        HealthPort::Traffic => None,
        HealthPort::Fixed(port) if Some(port) == rollout.container_port => None,
        HealthPort::Fixed(port) => Some(port),
    };
    // A listener leads to the port that takes traffic and to no other.
    let listener = rollout.test.is_some() && port.is_none();
    let path = check.path.as_deref().unwrap_or("/");
    let (probe, way) = match (&check.protocol, rollout.green.grpc) {
        (Protocol::Http | Protocol::Https, true) if path == GRPC_HEALTH => {
            (Probe::grpc(""), listener)
        }
        (Protocol::Http | Protocol::Https, true) => {
            return Err(refuse(format!(
                "the health check of target group {} calls {path}, which is not gRPC's standard health service",
                rollout.green.name
            )));
        }
        (Protocol::Http | Protocol::Https, false) => {
            let matcher = match check.matcher.as_deref() {
                None => Matcher::default(),
                Some(text) => text.parse().map_err(|error| {
                    refuse(format!("of target group {}: {error}", rollout.green.name))
                })?,
            };
            (Probe::http(path, matcher), listener)
        }
        (Protocol::Tcp | Protocol::Tls, _) => {
            let port = port.or(rollout.container_port);
            (Probe::tcp(port.unwrap_or_default()), false)
        }
        (Protocol::Other(other), _) => {
            return Err(refuse(format!(
                "target group {} has a health check of protocol {other}, which no probe speaks",
                rollout.green.name
            )));
        }
    };
    let way = if way { Way::TestListener } else { Way::Tasks };
    let tls = match rollout.route(way) {
        Some(route) => route.protocol.is_tls(),
        None => check.protocol == Protocol::Https,
    };
    if tls {
        // A certificate is for a name, which nobody but its owner knows. A load
        // balancer's own checks look at no certificate.
        return Err(Box::new(
            Outcome::errored(
                "health check",
                format!(
                    "{} speaks TLS, and without a plan the name of its certificate is not known",
                    way.words()
                ),
            )
            .with_remedy(format!(
                "write a plan with the probe `http: https://<the certificate's name>{path}`"
            )),
        ));
    }
    Ok(Aimed {
        probe,
        way,
        port,
        tls: Some(tls),
        ca: None,
    })
}

#[cfg(test)]
mod tests {
    use plan::Check;

    use super::*;
    use crate::fixture::rollout;

    #[test]
    fn an_http_check_becomes_an_http_probe() {
        let aimed = aimed(&rollout()).unwrap();
        assert_eq!(
            (aimed.probe.name.as_str(), aimed.way),
            ("GET /health", Way::TestListener)
        );
        let Check::Http(check) = aimed.probe.check else {
            panic!("no HTTP probe");
        };
        assert_eq!(check.expect.status.to_string(), "200-204");
    }

    #[test]
    fn another_port_is_asked_at_the_tasks() {
        let mut rollout = rollout();
        rollout.green.health_check.port = HealthPort::Fixed(9090);
        let found = aimed(&rollout).unwrap();
        assert_eq!((found.way, found.port), (Way::Tasks, Some(9090)));
        rollout.green.health_check.port = HealthPort::Fixed(8080);
        assert_eq!(aimed(&rollout).unwrap().way, Way::TestListener);
    }

    #[test]
    fn without_a_test_listener_the_tasks_are_asked() {
        let mut rollout = rollout();
        rollout.test = None;
        assert_eq!(aimed(&rollout).unwrap().way, Way::Tasks);
    }

    #[test]
    fn tcp_and_grpc_are_known_and_others_refused() {
        let mut rollout = rollout();
        rollout.green.health_check.protocol = Protocol::Tcp;
        assert_eq!(aimed(&rollout).unwrap().probe.check, Check::Tcp(8080));
        rollout.green.health_check.protocol = Protocol::Http;
        rollout.green.grpc = true;
        assert!(
            aimed(&rollout)
                .unwrap_err()
                .line()
                .contains("calls /health")
        );
        rollout.green.health_check.path = Some(GRPC_HEALTH.into());
        assert!(matches!(
            aimed(&rollout).unwrap().probe.check,
            Check::Grpc(_)
        ));
        rollout.green.health_check.protocol = Protocol::Other("UDP".into());
        assert!(aimed(&rollout).unwrap_err().line().contains("protocol UDP"));
    }

    #[test]
    fn tls_needs_a_plan_that_names_the_certificate() {
        let mut rollout = rollout();
        rollout.test.as_mut().unwrap().protocol = Protocol::Https;
        let line = aimed(&rollout).unwrap_err().line();
        assert!(
            line.contains("`http: https://<the certificate's name>/health`"),
            "{line}"
        );
        rollout.test = None;
        assert!(aimed(&rollout).is_ok());
        rollout.green.health_check.protocol = Protocol::Https;
        assert!(aimed(&rollout).is_err());
        // An HTTP check of a group that speaks TLS is plain HTTP.
        rollout.green.health_check.protocol = Protocol::Http;
        rollout.green.protocol = Protocol::Https;
        assert_eq!(aimed(&rollout).unwrap().tls, Some(false));
    }

    #[test]
    fn a_matcher_that_cannot_be_read_is_no_pass() {
        let mut rollout = rollout();
        rollout.green.health_check.matcher = Some("ok".into());
        assert!(aimed(&rollout).unwrap_err().line().contains("\"ok\""));
    }
}
