use std::{collections::BTreeMap, time::Duration};

use url::Url;

use crate::{Glob, Matcher, SecretRef};

/// A whole plan: what `greenlight.yaml` says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What to check at after-allow-test-traffic, if the plan says anything of
    /// it.
    pub after_allow_test_traffic: Option<SmokeGate>,
    /// What to check at before-allow-traffic, if the plan says anything of it.
    pub before_allow_traffic: Option<Gate>,
}

/// The smoke tests of one hook.
#[derive(Debug, Clone, PartialEq)]
pub struct SmokeGate {
    /// The tests, and what they run with.
    pub smoke: Smoke,
}

/// Smoke tests: Hurl files, and what they run with.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoke {
    /// Patterns of the files, which stand beside the plan; at least one.
    pub files: Vec<Glob>,
    /// Variables of every file, by name.
    pub variables: BTreeMap<String, Variable>,
    /// Variables whose values are secret, by name.
    pub secrets: BTreeMap<String, SecretRef>,
    /// Scheme, name and port that the tests call, where they are not the load
    /// balancer's own. The connection goes to the test listener all the same.
    pub base_url: Option<Url>,
    /// The only authority to trust, as in [`HttpCheck::ca`].
    pub ca: Option<String>,
    /// So many files run at the same time.
    pub jobs: usize,
    /// The time for the proof of green and all files together; absent: the time
    /// that the gate has.
    pub timeout: Option<Duration>,
}

/// The value of a variable of a smoke test.
#[derive(Debug, Clone, PartialEq)]
pub enum Variable {
    /// A text.
    Text(String),
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
}

/// The checks of one hook.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The probes, at least one.
    pub probes: Vec<Probe>,
}

/// One health probe: what to ask, how often, and when to be content.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Its name in evidence, unique within the gate: given, or made from what
    /// is probed.
    pub name: String,
    /// What is asked, and what is expected.
    pub check: Check,
    /// The way to green. Absent: the test listener where there is one, else
    /// the tasks.
    pub through: Option<Through>,
    /// So many successes in a row are a pass.
    pub healthy: u32,
    /// From the start of one attempt to the start of the next.
    pub every: Duration,
    /// The time for all attempts together.
    pub timeout: Duration,
}

/// The way a probe takes to green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Through {
    /// The load balancer's test listener.
    TestListener,
    /// The load balancer's production listener.
    ProductionListener,
    /// The address of each green task.
    Tasks,
}

impl Through {
    /// All ways, in the order they are documented.
    pub const ALL: [Through; 3] = [
        Through::TestListener,
        Through::Tasks,
        Through::ProductionListener,
    ];

    /// As a plan spells it.
    pub fn key(self) -> &'static str {
        match self {
            Through::TestListener => "test-listener",
            Through::ProductionListener => "production-listener",
            Through::Tasks => "tasks",
        }
    }
}

/// What a probe asks.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a plan has few checks, and most of them are HTTP"
)]
pub enum Check {
    /// An HTTP request.
    Http(HttpCheck),
    /// A TCP connection to this port, which only has to be accepted.
    Tcp(u16),
    /// A question to gRPC's standard health service, `grpc.health.v1.Health/Check`.
    Grpc(GrpcCheck),
}

/// An HTTP request and what its answer must be.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpCheck {
    /// Where the request goes.
    pub to: WhereTo,
    /// The method, `GET` where the plan names none.
    pub method: String,
    /// Headers to send, in order.
    pub headers: Vec<(String, String)>,
    /// The version of HTTP to speak.
    pub version: HttpVersion,
    /// A private authority to trust besides the public ones, as the plan names
    /// it: PEM text, or a file beside the plan.
    pub ca: Option<String>,
    /// What the answer must be.
    pub expect: Expect,
}

/// The address of an HTTP probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhereTo {
    /// A path (and query) on whatever the probe goes through.
    Path(String),
    /// A whole URL: scheme, `Host` header, TLS name and path are its own; the
    /// connection still goes through the probe's way, so that the answer is
    /// green's.
    Url(Url),
}

/// The version of HTTP that a probe speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpVersion {
    /// Over TLS what the server chooses (ALPN), otherwise HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1.
    Http1,
    /// HTTP/2; without TLS by prior knowledge (RFC 9113, section 3.3).
    Http2,
}

/// What an HTTP answer must be. What is absent is not asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expect {
    /// Its status.
    pub status: Matcher,
    /// Headers it must carry: name, and the exact value.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Option<Body>,
    /// From the attempt's start to the body's end.
    pub within: Option<Duration>,
}

/// What a body must be; all that is said must hold.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// Texts that occur in it.
    pub contains: Vec<String>,
    /// Regular expressions that match somewhere in it.
    pub matches: Vec<regex_lite::Regex>,
    /// JSON paths and the values they select.
    pub json: Vec<JsonExpect>,
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.contains == other.contains
            && self.json == other.json
            && (self.matches.iter().map(regex_lite::Regex::as_str))
                .eq(other.matches.iter().map(regex_lite::Regex::as_str))
    }
}

/// A JSON path (RFC 9535) and the value that it must select: at least one
/// node, and each equal to the value.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonExpect {
    /// The path.
    pub path: serde_json_path::JsonPath,
    /// The value.
    pub value: serde_json::Value,
}

/// A question to gRPC's standard health service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrpcCheck {
    /// The service asked about; empty for the server as a whole.
    pub service: String,
    /// Over TLS; absent: as the listener speaks, and in plain text to tasks.
    pub tls: Option<bool>,
    /// The name for TLS and the `:authority`; absent: the address itself.
    pub authority: Option<String>,
    /// A private authority to trust, as in [`HttpCheck::ca`].
    pub ca: Option<String>,
}
