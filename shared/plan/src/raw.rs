//! The plan as it is written. These types say which keys there are; the JSON
//! Schema is made from them, and `convert` makes the model out of them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    loose::{Field, Given, Json, Keys, OneOrMore, Pairs, Scalar},
    schema,
};

/// The checks that decide whether a deployment may go on.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Plan", transform = schema::plan)]
pub(crate) struct RawPlan {
    /// The version of this format.
    #[schemars(schema_with = "schema::version")]
    pub(crate) version: Field<Scalar>,
    /// What is checked just before production traffic goes to green.
    pub(crate) before_allow_traffic: Field<Keys<RawGate>>,
}

/// The checks of one hook.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Gate", transform = schema::gate)]
pub(crate) struct RawGate {
    /// Health probes, which run at the same time. All must pass.
    pub(crate) probes: Field<Vec<Given<Keys<RawProbe>>>>,
}

/// One health probe: exactly one of `http`, `tcp` and `grpc`, and how it is
/// asked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Probe", transform = schema::probe)]
pub(crate) struct RawProbe {
    /// Its name in the evidence, unique within the hook. By default it is made
    /// from what is probed, such as "GET /health-check".
    #[schemars(schema_with = "schema::text")]
    pub(crate) name: Field<Scalar>,
    /// Probe by HTTP: a path on green, or a whole URL for its scheme, host name
    /// and path. The connection goes to green in both cases.
    #[schemars(schema_with = "schema::http")]
    pub(crate) http: Field<Scalar>,
    /// Probe by opening a TCP connection to this port.
    #[schemars(schema_with = "schema::port")]
    pub(crate) tcp: Field<Scalar>,
    /// Probe by gRPC's standard health service (grpc.health.v1): the name of the
    /// service asked about, empty for the server as a whole.
    #[schemars(schema_with = "schema::grpc")]
    pub(crate) grpc: Field<Scalar>,
    /// The way to green: the load balancer's test listener, the address of each
    /// green task, or the production listener. By default the test listener if
    /// there is one, and the tasks otherwise.
    #[schemars(schema_with = "schema::through")]
    pub(crate) through: Field<Scalar>,
    /// The method of the HTTP request.
    #[schemars(schema_with = "schema::method")]
    pub(crate) method: Field<Scalar>,
    /// Headers to send. The Host header comes from `http`: write a whole URL.
    #[schemars(schema_with = "schema::headers")]
    pub(crate) headers: Field<Pairs<Given<Scalar>>>,
    /// The version of HTTP to speak. By default what the server chooses over
    /// TLS, and HTTP/1.1 otherwise.
    #[schemars(schema_with = "schema::http_version")]
    pub(crate) http_version: Field<Scalar>,
    /// Whether gRPC goes over TLS. By default as the listener speaks, and in
    /// plain text to tasks.
    #[schemars(schema_with = "schema::truth")]
    pub(crate) tls: Field<Scalar>,
    /// The name for TLS and for gRPC's :authority, by default the address.
    #[schemars(schema_with = "schema::authority")]
    pub(crate) authority: Field<Scalar>,
    /// A private certificate authority to trust: a file beside the plan, or the
    /// PEM text itself.
    #[schemars(schema_with = "schema::ca")]
    pub(crate) ca: Field<Scalar>,
    /// What the HTTP answer must be.
    pub(crate) expect: Field<Keys<RawExpect>>,
    /// So many successes in a row are a pass.
    #[schemars(schema_with = "schema::healthy")]
    pub(crate) healthy: Field<Scalar>,
    /// From the start of one attempt to the start of the next, 10ms to 5m.
    #[schemars(schema_with = "schema::every")]
    pub(crate) every: Field<Scalar>,
    /// The time for all attempts together, at most 15m.
    #[schemars(schema_with = "schema::timeout")]
    pub(crate) timeout: Field<Scalar>,
}

/// What an HTTP answer must be. What is absent is not asked, except that the
/// status is 200-299 by default.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Expect", extend("minProperties" = 1))]
pub(crate) struct RawExpect {
    /// Its status: 200, 200-299, "200,202", or a list of these.
    #[schemars(schema_with = "schema::status")]
    pub(crate) status: Field<OneOrMore>,
    /// Headers that it must carry, with their exact values.
    #[schemars(schema_with = "schema::expected_headers")]
    pub(crate) headers: Field<Pairs<Given<Scalar>>>,
    /// Its body.
    pub(crate) body: Field<Keys<RawBody>>,
    /// The time from the start of the attempt to the end of the body.
    #[schemars(schema_with = "schema::within")]
    pub(crate) within: Field<Scalar>,
}

/// What a body must be; all that is said must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Body", extend("minProperties" = 1))]
pub(crate) struct RawBody {
    /// A text that occurs in it, or a list of such texts.
    #[schemars(schema_with = "schema::contains")]
    pub(crate) contains: Field<OneOrMore>,
    /// A regular expression that matches somewhere in it, or a list of them.
    #[schemars(schema_with = "schema::matches")]
    pub(crate) matches: Field<OneOrMore>,
    /// JSON paths (RFC 9535), each with the value that it must select.
    #[schemars(schema_with = "schema::json")]
    pub(crate) json: Field<Pairs<Given<Json>>>,
}
