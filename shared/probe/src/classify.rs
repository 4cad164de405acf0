//! What an attempt's trouble means: whether to try again, and what to do.

use wire::Phase;
pub use wire::{Certificate, Trouble};

/// Whether another attempt could end better. What a task that is starting, a
/// load balancer that is changing or a network that is busy may do is tried
/// again; a certificate and an impossible request stay what they are.
pub fn retry(trouble: &Trouble) -> bool {
    !matches!(trouble, Trouble::Certificate(_) | Trouble::Impossible(_))
}

/// What to do about it, where that is known.
pub fn remedy(trouble: &Trouble) -> Option<&'static str> {
    Some(match trouble {
        Trouble::Certificate(Certificate::WrongName { .. }) => {
            "write the probe's http as a whole URL with the name that the certificate is for \
             (for grpc: authority)"
        }
        Trouble::Certificate(Certificate::UnknownAuthority) => {
            "give the probe `ca`, the certificate of that authority in PEM"
        }
        Trouble::Certificate(Certificate::Expired) => "renew the certificate",
        Trouble::Timeout {
            phase: Phase::Connect,
            ..
        }
        | Trouble::Unreachable(_) => {
            "the function must run in a VPC that reaches the target, and the target's security \
             group must let it in"
        }
        Trouble::Dns { .. } => {
            "check the name; one that only a VPC knows needs the function to run in that VPC"
        }
        Trouble::Refused => {
            "nothing listens on that port: check the port, and whether the \
             server listens on all addresses and not only on localhost"
        }
        Trouble::NotTls => {
            "if it speaks plain HTTP, say so: http as a whole http:// URL, or \
             grpc with tls: false"
        }
        Trouble::BadAnswer(_) => {
            "check the port, and whether the server speaks this protocol, with or without TLS"
        }
        Trouble::Http2(_) => "check whether the server speaks HTTP/2 on this port",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_table_of_remedies() {
        let wrong_name = Certificate::WrongName {
            wanted: "10.0.0.7".into(),
            names: vec!["shop.example.com".into()],
        };
        for (trouble, again, part) in [
            (Trouble::Refused, true, Some("nothing listens")),
            (Trouble::Reset(Phase::FirstByte), true, None),
            (Trouble::ClosedEarly(Phase::FirstByte), true, None),
            (
                Trouble::Unreachable("host unreachable".into()),
                true,
                Some("VPC"),
            ),
            (Trouble::Local("out of memory".into()), true, None),
            (Trouble::Certificate(wrong_name), false, Some("whole URL")),
            (
                Trouble::Certificate(Certificate::UnknownAuthority),
                false,
                Some("`ca`"),
            ),
            (
                Trouble::Certificate(Certificate::Expired),
                false,
                Some("renew"),
            ),
            (Trouble::NotTls, true, Some("http://")),
            (Trouble::Tls("no".into()), true, None),
            (Trouble::Impossible("no".into()), false, None),
        ] {
            assert_eq!(retry(&trouble), again, "{trouble}");
            match (remedy(&trouble), part) {
                (Some(found), Some(part)) => assert!(found.contains(part), "{found}"),
                (found, wanted) => assert_eq!(found, wanted),
            }
        }
    }

    #[test]
    fn what_the_network_must_allow_is_said_where_it_may_be_the_cause() {
        let timeout = |phase| Trouble::Timeout {
            phase,
            after: Duration::from_secs(10),
        };
        let connecting = timeout(Phase::Connect);
        assert!(remedy(&connecting).unwrap().contains("security group"));
        assert_eq!(remedy(&timeout(Phase::FirstByte)), None);
    }
}
