//! Options of the `hurl` command that can't be used here, each with its reason.

use crate::{Problem, Span};

/// An option, why it is refused, and what to do.
type Refusal = (&'static str, &'static str, &'static str);

const REFUSED: [Refusal; 14] = [
    (
        "aws-sigv4",
        "requests are not signed for AWS",
        "test what the listener serves without a signature",
    ),
    (
        "digest",
        "only basic authentication is spoken",
        "use [BasicAuth]",
    ),
    ("http3", "HTTP/3 is not spoken", "use http2"),
    (
        "limit-rate",
        "the speed of a request is not limited",
        "remove it",
    ),
    (
        "negotiate",
        "only basic authentication is spoken",
        "use [BasicAuth]",
    ),
    (
        "netrc",
        "no credentials are read from a file",
        "use [BasicAuth] with a secret variable",
    ),
    (
        "netrc-file",
        "no credentials are read from a file",
        "use [BasicAuth] with a secret variable",
    ),
    (
        "netrc-optional",
        "no credentials are read from a file",
        "use [BasicAuth] with a secret variable",
    ),
    (
        "no-proxy",
        "requests go through no proxy anyway",
        "remove it",
    ),
    (
        "ntlm",
        "only basic authentication is spoken",
        "use [BasicAuth]",
    ),
    (
        "output",
        "answers are not written to files",
        "remove it, or check the body with an assert",
    ),
    (
        "pinnedpubkey",
        "a server's key is not pinned",
        "name its authority with cacert",
    ),
    (
        "proxy",
        "requests go straight to the server that is tested",
        "remove it",
    ),
    (
        "unix-socket",
        "requests go over TCP",
        "name a host and a port in the URL",
    ),
];

/// Why an option is refused, if it is one of those.
pub(super) fn refused(name: &str, span: Span) -> Option<Problem> {
    let (_, reason, remedy) = REFUSED.iter().find(|(refused, ..)| *refused == name)?;
    let message = format!("the option {name} can't be used here: {reason}");
    Some(Problem::new(span, message).with_remedy(*remedy))
}

/// The names of the options that are refused.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    REFUSED.iter().map(|(name, ..)| *name)
}
