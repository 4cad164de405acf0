//! The plan as it is written. These types say which keys there are; the JSON
//! Schema is made from them, and `convert` makes the model out of them.

use schemars::JsonSchema;

use crate::{
    loose::{Field, Fields, Given, Json, Keys, OneOrMore, Pairs, Scalar, Slot},
    schema,
};

/// A mapping with known keys. Each key is written once here, for the reader
/// and for the JSON Schema.
macro_rules! mapping {
    (
        $(#[$about:meta])*
        struct $name:ident {
            $( $(#[$of_field:meta])* $key:literal => $field:ident: $kind:ty, )*
        }
    ) => {
        #[derive(Debug, Default, JsonSchema)]
        #[schemars(default, deny_unknown_fields)]
        $(#[$about])*
        pub(crate) struct $name {
            $(
                $(#[$of_field])*
                #[schemars(rename = $key)]
                pub(crate) $field: Field<$kind>,
            )*
        }

        impl Fields for $name {
            const KEYS: &'static [&'static str] = &[$($key),*];

            fn field(&mut self, key: &str) -> Option<&mut dyn Slot> {
                Some(match key {
                    $($key => &mut self.$field,)*
                    _ => return None,
                })
            }
        }
    };
}

mapping! {
    /// The checks that decide whether a deployment may go on.
    #[schemars(rename = "Plan", transform = schema::plan)]
    struct RawPlan {
        /// The version of this format.
        #[schemars(schema_with = "schema::version")]
        "version" => version: Scalar,
        /// What is checked once the test listener serves green.
        "after-allow-test-traffic" => after_allow_test_traffic: Keys<RawSmokeGate>,
        /// What is checked just before production traffic goes to green.
        "before-allow-traffic" => before_allow_traffic: Keys<RawGate>,
    }
}

mapping! {
    /// The smoke tests of one hook.
    #[schemars(rename = "SmokeGate", extend("required" = ["smoke"]))]
    struct RawSmokeGate {
        /// Smoke tests, which are Hurl files (https://hurl.dev). All must pass.
        "smoke" => smoke: Keys<RawSmoke>,
    }
}

mapping! {
    /// Smoke tests, and what they run with.
    #[schemars(rename = "Smoke", extend("required" = ["files"]))]
    struct RawSmoke {
        /// Patterns of files beside the plan, one or a list: * and ? stand for
        /// characters of a name, ** for any number of folders. Each must match a
        /// file.
        #[schemars(schema_with = "schema::files")]
        "files" => files: OneOrMore,
        /// Variables of every file. The gate sets base_url and host.
        #[schemars(schema_with = "schema::variables")]
        "variables" => variables: Pairs<Scalar>,
        /// Variables whose values are secrets of Secrets Manager: their ARNs,
        /// as in a task definition of ECS with the key of a JSON secret behind.
        #[schemars(schema_with = "schema::secrets")]
        "secrets" => secrets: Pairs<Scalar>,
        /// Scheme, name and port that the tests call, by default the test
        /// listener's. An HTTPS listener needs it, for its certificate's name.
        /// The connection goes to the test listener in both cases.
        #[schemars(schema_with = "schema::base_url")]
        "base-url" => base_url: Scalar,
        /// The certificate authority to trust in place of the public ones: a file
        /// beside the plan, or the PEM text itself.
        #[schemars(schema_with = "schema::ca")]
        "ca" => ca: Scalar,
        /// So many files run at the same time.
        #[schemars(schema_with = "schema::jobs")]
        "jobs" => jobs: Scalar,
        /// The time for the proof of green and all files together, at most 15m. By
        /// default the time that the function has.
        #[schemars(schema_with = "schema::smoke_timeout")]
        "timeout" => timeout: Scalar,
    }
}

mapping! {
    /// The checks of one hook.
    #[schemars(rename = "Gate", transform = schema::gate)]
    struct RawGate {
        /// Health probes, which run at the same time. All must pass.
        "probes" => probes: Vec<Given<Keys<RawProbe>>>,
    }
}

mapping! {
    /// One health probe: exactly one of `http`, `tcp` and `grpc`, and how it is
    /// asked.
    #[schemars(rename = "Probe", transform = schema::probe)]
    struct RawProbe {
        /// Its name in the evidence, unique within the hook. By default it is made
        /// from what is probed, such as "GET /health-check".
        #[schemars(schema_with = "schema::text")]
        "name" => name: Scalar,
        /// Probe by HTTP: a path on green, or a whole URL for its scheme, host name
        /// and path. The connection goes to green in both cases.
        #[schemars(schema_with = "schema::http")]
        "http" => http: Scalar,
        /// Probe by opening a TCP connection to this port.
        #[schemars(schema_with = "schema::port")]
        "tcp" => tcp: Scalar,
        /// Probe by gRPC's standard health service (grpc.health.v1): the name of the
        /// service asked about, empty for the server as a whole.
        #[schemars(schema_with = "schema::grpc")]
        "grpc" => grpc: Scalar,
        /// The way to green: the load balancer's test listener, the address of each
        /// green task, or the production listener. By default the test listener if
        /// there is one, and the tasks otherwise.
        #[schemars(schema_with = "schema::through")]
        "through" => through: Scalar,
        /// The method of the HTTP request.
        #[schemars(schema_with = "schema::method")]
        "method" => method: Scalar,
        /// Headers to send. The Host header comes from `http`: write a whole URL.
        #[schemars(schema_with = "schema::headers")]
        "headers" => headers: Pairs<Scalar>,
        /// The version of HTTP to speak. By default what the server chooses over
        /// TLS, and HTTP/1.1 otherwise.
        #[schemars(schema_with = "schema::http_version")]
        "http-version" => http_version: Scalar,
        /// Whether gRPC goes over TLS. By default as the listener speaks, and in
        /// plain text to tasks.
        #[schemars(schema_with = "schema::truth")]
        "tls" => tls: Scalar,
        /// The name for TLS and for gRPC's :authority, by default the address.
        #[schemars(schema_with = "schema::authority")]
        "authority" => authority: Scalar,
        /// A private certificate authority to trust: a file beside the plan, or the
        /// PEM text itself.
        #[schemars(schema_with = "schema::ca")]
        "ca" => ca: Scalar,
        /// What the HTTP answer must be.
        "expect" => expect: Keys<RawExpect>,
        /// So many successes in a row are a pass.
        #[schemars(schema_with = "schema::healthy")]
        "healthy" => healthy: Scalar,
        /// From the start of one attempt to the start of the next, 10ms to 5m.
        #[schemars(schema_with = "schema::every")]
        "every" => every: Scalar,
        /// The time for all attempts together, at most 15m.
        #[schemars(schema_with = "schema::timeout")]
        "timeout" => timeout: Scalar,
    }
}

mapping! {
    /// What an HTTP answer must be. What is absent is not asked, except that the
    /// status is 200-299 by default.
    #[schemars(rename = "Expect", extend("minProperties" = 1))]
    struct RawExpect {
        /// Its status: 200, 200-299, "200,202", or a list of these.
        #[schemars(schema_with = "schema::status")]
        "status" => status: OneOrMore,
        /// Headers that it must carry, with their exact values.
        #[schemars(schema_with = "schema::expected_headers")]
        "headers" => headers: Pairs<Scalar>,
        /// Its body.
        "body" => body: Keys<RawBody>,
        /// The time from the start of the attempt to the end of the body.
        #[schemars(schema_with = "schema::within")]
        "within" => within: Scalar,
    }
}

mapping! {
    /// What a body must be; all that is said must hold.
    #[schemars(rename = "Body", extend("minProperties" = 1))]
    struct RawBody {
        /// A text that occurs in it, or a list of such texts.
        #[schemars(schema_with = "schema::contains")]
        "contains" => contains: OneOrMore,
        /// A regular expression that matches somewhere in it, or a list of them.
        #[schemars(schema_with = "schema::matches")]
        "matches" => matches: OneOrMore,
        /// JSON paths (RFC 9535), each with the value that it must select.
        #[schemars(schema_with = "schema::json")]
        "json" => json: Pairs<Json>,
    }
}
