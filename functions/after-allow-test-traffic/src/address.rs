//! What the tests call, and where that connects to. Pure.

use exchange::ConnectTo;
use rollout::{PROOF, Protocol, Rollout, Route};
use url::Url;
use verdict::Outcome;

/// What the tests call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// The variable `base_url`: scheme, name and port, without a slash at its
    /// end.
    pub(crate) base_url: String,
    /// The variable `host`: name and port.
    pub(crate) host: String,
    /// Where a connection goes, if the name is not the load balancer's own.
    pub(crate) connect_to: Option<ConnectTo>,
}

/// The test listener of a deployment.
pub(crate) fn route(rollout: &Rollout) -> Result<&Route, Box<Outcome>> {
    rollout.test.as_ref().ok_or_else(|| {
        let why = "the deployment has no test listener, and the smoke tests go through it";
        let remedy = "give the deployment group a test traffic route";
        Box::new(Outcome::errored(PROOF, why).with_remedy(remedy))
    })
}

/// What the tests call: what the plan says, else the test listener by the load
/// balancer's name. `plan` is where the plan is.
pub(crate) fn address(
    rollout: &Rollout,
    route: &Route,
    base_url: Option<&Url>,
    plan: &str,
) -> Result<Address, Box<Outcome>> {
    let refuse = |why: String, remedy: String| {
        Err(Box::new(
            Outcome::errored("base-url", why).with_remedy(remedy),
        ))
    };
    let port = route.port;
    let spoken = match &route.protocol {
        Protocol::Http => Some("http"),
        Protocol::Https | Protocol::Tls => Some("https"),
        // The targets speak what they like behind it.
        Protocol::Tcp => None,
        Protocol::Other(other) => {
            return refuse(
                format!("the test listener speaks {other}, and the tests speak HTTP"),
                "give the deployment group a test listener of HTTP or HTTPS".to_owned(),
            );
        }
    };
    let name = rollout.load_balancer.dns_name.to_lowercase();
    let Some(url) = base_url else {
        if spoken == Some("https") {
            return refuse(
                format!(
                    "the test listener, port {port}, speaks TLS, and the name of its certificate \
                     is not known"
                ),
                format!(
                    "write `base-url: https://<the certificate's name>` below `smoke` in {plan}"
                ),
            );
        }
        return Ok(Address::new("http", &name, port));
    };
    let (Some(host), Some(url_port)) = (url.host_str(), url.port_or_known_default()) else {
        return refuse(
            "it names no host".to_owned(),
            format!("write it as https://shop.example.com in {plan}"),
        );
    };
    if let Some(spoken) = spoken.filter(|spoken| *spoken != url.scheme()) {
        return refuse(
            format!(
                "it begins with {}://, and the test listener, port {port}, speaks {spoken}",
                url.scheme()
            ),
            format!("write `base-url: {spoken}://{host}` in {plan}"),
        );
    }
    let address = Address::new(url.scheme(), host, url_port);
    let connect_to = format!("{host}:{url_port}:{name}:{port}").parse();
    match connect_to {
        Ok(connect_to) => Ok(Address {
            connect_to: Some(connect_to),
            ..address
        }),
        Err(error) => refuse(
            error.to_string(),
            format!("write it as https://shop.example.com in {plan}"),
        ),
    }
}

impl Address {
    fn new(scheme: &str, name: &str, port: u16) -> Self {
        let host = match (scheme, port) {
            ("http", 80) | ("https", 443) => name.to_owned(),
            _ => format!("{name}:{port}"),
        };
        Self {
            base_url: format!("{scheme}://{host}"),
            host,
            connect_to: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::rollout;

    #[test]
    fn a_table_of_addresses() {
        let tcp = Protocol::Tcp;
        for (protocol, port, base_url, expected, connect_to) in [
            (Protocol::Http, 8081, None, "http://shop.elb:8081", None),
            (Protocol::Http, 80, None, "http://shop.elb", None),
            (Protocol::Http, 443, None, "http://shop.elb:443", None),
            (tcp.clone(), 8081, None, "http://shop.elb:8081", None),
            (
                Protocol::Http,
                8081,
                Some("http://Shop.example.com/"),
                "http://shop.example.com",
                Some("shop.example.com:80:shop.elb:8081"),
            ),
            (
                Protocol::Https,
                8443,
                Some("https://shop.example.com"),
                "https://shop.example.com",
                Some("shop.example.com:443:shop.elb:8443"),
            ),
            (
                Protocol::Tls,
                443,
                Some("https://shop.example.com:8443"),
                "https://shop.example.com:8443",
                Some("shop.example.com:8443:shop.elb:443"),
            ),
            (
                tcp,
                443,
                Some("https://[::1]"),
                "https://[::1]",
                Some("[::1]:443:shop.elb:443"),
            ),
        ] {
            let mut rollout = rollout();
            rollout.load_balancer.dns_name = "Shop.elb".into();
            let route = Route {
                port,
                protocol,
                ..rollout.test.clone().unwrap()
            };
            let base_url: Option<Url> = base_url.map(|text| text.parse().unwrap());
            let found = address(&rollout, &route, base_url.as_ref(), "p").unwrap();
            assert_eq!(found.base_url, expected);
            assert_eq!(found.host, expected.split_once("://").unwrap().1);
            let connect_to: Option<ConnectTo> = connect_to.map(|text| text.parse().unwrap());
            assert_eq!(found.connect_to, connect_to, "{expected}");
        }
    }

    #[test]
    fn a_table_of_refusals() {
        for (protocol, base_url, line) in [
            (
                Protocol::Https,
                None,
                "base-url: the test listener, port 8081, speaks TLS, and the name of its \
                 certificate is not known; write `base-url: https://<the certificate's name>` \
                 below `smoke` in p",
            ),
            (
                Protocol::Https,
                Some("http://shop.example.com"),
                "base-url: it begins with http://, and the test listener, port 8081, speaks \
                 https; write `base-url: https://shop.example.com` in p",
            ),
            (
                Protocol::Http,
                Some("https://shop.example.com"),
                "base-url: it begins with https://, and the test listener, port 8081, speaks \
                 http; write `base-url: http://shop.example.com` in p",
            ),
            (
                Protocol::Other("UDP".into()),
                None,
                "base-url: the test listener speaks UDP, and the tests speak HTTP; give the \
                 deployment group a test listener of HTTP or HTTPS",
            ),
        ] {
            let rollout = rollout();
            let route = Route {
                protocol,
                ..rollout.test.clone().unwrap()
            };
            let base_url: Option<Url> = base_url.map(|text| text.parse().unwrap());
            let error = address(&rollout, &route, base_url.as_ref(), "p").unwrap_err();
            assert_eq!(error.line(), line);
        }
        let mut rollout = rollout();
        rollout.test = None;
        assert!(
            route(&rollout)
                .unwrap_err()
                .line()
                .contains("no test listener")
        );
    }
}
