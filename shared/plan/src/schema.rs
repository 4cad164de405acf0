//! The JSON Schema of a plan, made from the types of `raw`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Value, json};

use crate::{
    DEFAULT_EVERY, DEFAULT_HEALTHY, DEFAULT_JOBS, DEFAULT_TIMEOUT, Through,
    keys::{KINDS, Kind, RESERVED},
    limits,
    loose::{Field, Given, Keys},
    raw::RawPlan,
};

/// The JSON Schema (draft 2020-12) of `greenlight.yaml`, for editors. The
/// repository carries it as `docs/greenlight.schema.json`.
pub fn schema() -> Value {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<RawPlan>()
        .to_value()
}

/// A wrapper that adds nothing to what is written.
macro_rules! transparent {
    ($($wrapper:ident),*) => {$(
        impl<T: JsonSchema> JsonSchema for $wrapper<T> {
            fn inline_schema() -> bool {
                T::inline_schema()
            }

            fn schema_name() -> Cow<'static, str> {
                T::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                T::schema_id()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                T::json_schema(generator)
            }
        }
    )*};
}

transparent!(Field, Given, Keys);

/// Units are those that a plan's durations can need.
const DURATION: &str = r"^([0-9]+(\.[0-9]+)? *(ms|msec|millis|s|sec|secs|second|seconds|m|min|mins|minute|minutes|h|hr|hrs|hour|hours) *)+$";
const STATUS: &str =
    r"^ *[1-5][0-9]{2} *(- *[1-5][0-9]{2} *)?(, *[1-5][0-9]{2} *(- *[1-5][0-9]{2} *)?)*$";
const TOKEN: &str = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";

pub(crate) fn plan(schema: &mut Schema) {
    schema.insert("title".to_owned(), "Greenlight plan".into());
    schema.insert("required".to_owned(), json!(["version"]));
    schema.insert(
        "anyOf".to_owned(),
        json!([
            { "required": ["after-allow-test-traffic"] },
            { "required": ["before-allow-traffic"] },
        ]),
    );
    schema.insert(
        "examples".to_owned(),
        json!([{
            "version": 1,
            "after-allow-test-traffic": { "smoke": { "files": ["smoke/*.hurl"] } },
            "before-allow-traffic": {
                "probes": [
                    { "http": "/health-check", "expect": { "status": "200-299", "within": "800ms" } },
                    { "tcp": 8080 },
                ],
            },
        }]),
    );
}

pub(crate) fn gate(schema: &mut Schema) {
    schema.insert("required".to_owned(), json!(["probes"]));
    if let Some(probes) = schema
        .pointer_mut("/properties/probes")
        .and_then(Value::as_object_mut)
    {
        probes.insert("minItems".to_owned(), 1.into());
        probes.insert("maxItems".to_owned(), limits::PROBES.into());
    }
}

/// A probe is of one kind, and has no key of another kind only.
pub(crate) fn probe(schema: &mut Schema) {
    let names: Vec<String> = (schema.pointer("/properties").and_then(Value::as_object))
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default();
    let of_kind = |kind: Kind| {
        let foreign = (names.iter())
            .filter(|name| !kind.takes(name))
            .map(|name| (name.clone(), Value::Bool(false)));
        json!({
            "required": [kind.key()],
            "properties": foreign.collect::<serde_json::Map<_, _>>(),
        })
    };
    schema.insert("oneOf".to_owned(), KINDS.map(of_kind).to_vec().into());
}

pub(crate) fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "const": 1 })
}

/// A text that may be written like a number.
pub(crate) fn text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "number", "boolean"], "minLength": 1 })
}

pub(crate) fn http(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^(/|[Hh][Tt][Tt][Pp][Ss]?://)",
        "examples": ["/health-check", "https://shop.example.com/health-check"],
    })
}

pub(crate) fn port(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": 65535, "examples": [8080] })
}

pub(crate) fn grpc(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "examples": ["shop.Checkout", ""] })
}

pub(crate) fn through(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Through::ALL.map(Through::key) })
}

pub(crate) fn method(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": TOKEN,
        "default": "GET",
        "examples": ["GET", "HEAD", "POST"],
    })
}

pub(crate) fn headers(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": { "pattern": TOKEN, "not": { "pattern": "^[Hh][Oo][Ss][Tt]$" } },
        "additionalProperties": { "type": ["string", "number", "boolean"] },
        "examples": [{ "X-Env": "green" }],
    })
}

pub(crate) fn expected_headers(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": { "pattern": TOKEN },
        "additionalProperties": { "type": ["string", "number", "boolean"] },
        "examples": [{ "content-type": "application/json" }],
    })
}

pub(crate) fn http_version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": ["1.1", "2", 1.1, 2] })
}

pub(crate) fn truth(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "boolean" })
}

pub(crate) fn authority(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "examples": ["shop.example.com"] })
}

pub(crate) fn ca(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "examples": ["ca.pem"] })
}

pub(crate) fn files(_: &mut SchemaGenerator) -> Schema {
    one_or_more(
        json!({ "type": "string", "minLength": 1, "maxLength": 512, "pattern": "^[^/\\\\{}]" }),
        json!(["smoke/*.hurl", ["smoke/**/*.hurl", "login.hurl"]]),
    )
}

/// Names of variables, without those that the gate or the language has taken.
fn names() -> Value {
    json!({ "pattern": r"^[\w-]+$", "maxLength": limits::NAME, "not": { "enum": RESERVED } })
}

pub(crate) fn variables(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": limits::ITEMS,
        "propertyNames": names(),
        "additionalProperties": { "type": ["string", "number", "boolean"] },
        "examples": [{ "tenant": "demo" }],
    })
}

pub(crate) fn secrets(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": limits::ITEMS,
        "propertyNames": names(),
        "additionalProperties": {
            "type": "string",
            "pattern": "^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(:[^:]*){0,3}$",
        },
        "examples": [{
            "token": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/token-AbCdEf",
        }],
    })
}

pub(crate) fn base_url(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@]+/?$",
        "examples": ["https://shop.example.com"],
    })
}

pub(crate) fn jobs(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "integer",
        "minimum": limits::JOBS.start(),
        "maximum": limits::JOBS.end(),
        "default": DEFAULT_JOBS,
    })
}

pub(crate) fn smoke_timeout(_: &mut SchemaGenerator) -> Schema {
    duration(None, &["90s", "5m"])
}

pub(crate) fn healthy(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "integer",
        "minimum": limits::HEALTHY.start(),
        "maximum": limits::HEALTHY.end(),
        "default": DEFAULT_HEALTHY,
    })
}

fn duration(default: Option<std::time::Duration>, examples: &[&str]) -> Schema {
    let mut schema = json_schema!({ "type": "string", "pattern": DURATION, "examples": examples });
    if let Some(default) = default {
        let default = humantime::format_duration(default).to_string();
        schema.insert("default".to_owned(), default.into());
    }
    schema
}

pub(crate) fn every(_: &mut SchemaGenerator) -> Schema {
    duration(Some(DEFAULT_EVERY), &["500ms", "10s"])
}

pub(crate) fn timeout(_: &mut SchemaGenerator) -> Schema {
    duration(Some(DEFAULT_TIMEOUT), &["90s", "5m"])
}

pub(crate) fn within(_: &mut SchemaGenerator) -> Schema {
    duration(None, &["800ms", "2s"])
}

fn one_or_more(one: Value, examples: Value) -> Schema {
    json_schema!({
        "anyOf": [one, { "type": "array", "items": one, "minItems": 1, "maxItems": limits::ITEMS }],
        "examples": examples,
    })
}

pub(crate) fn status(_: &mut SchemaGenerator) -> Schema {
    one_or_more(
        json!({ "type": ["string", "integer"], "pattern": STATUS, "minimum": 100, "maximum": 599 }),
        json!([200, "200-299", "200,202", [200, 202]]),
    )
}

pub(crate) fn contains(_: &mut SchemaGenerator) -> Schema {
    one_or_more(
        json!({ "type": ["string", "number", "boolean"], "minLength": 1 }),
        json!(["UP", ["UP", "ready"]]),
    )
}

pub(crate) fn matches(_: &mut SchemaGenerator) -> Schema {
    one_or_more(
        json!({ "type": ["string", "number", "boolean"], "minLength": 1 }),
        json!(["^\\{", ["version: [0-9]+", "ready"]]),
    )
}

pub(crate) fn json(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": { "pattern": "^\\$" },
        "examples": [{ "$.status": "UP" }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        loose::Fields,
        raw::{RawBody, RawExpect, RawGate, RawProbe, RawSmoke, RawSmokeGate},
    };

    const COMMITTED: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/greenlight.schema.json"
    );

    #[test]
    fn the_committed_schema_is_that_of_the_types() {
        let schema = schema();
        if std::env::var_os("GREENLIGHT_RENEW").is_some() {
            std::fs::write(COMMITTED, format!("{schema:#}\n")).unwrap();
        }
        let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
        // As values: the order of keys is not part of a schema.
        assert!(
            serde_json::from_str(&committed).is_ok_and(|committed: Value| committed == schema),
            "docs/greenlight.schema.json is not the schema of the types; renew it with \
             GREENLIGHT_RENEW=1 cargo test -p greenlight-plan"
        );
    }

    /// The keys that are read are those of this part of the schema.
    fn assert_keys<T: Fields>(part: &str) {
        let schema = schema();
        let properties = schema.pointer(&format!("{part}/properties")).unwrap();
        let mut keys: Vec<&str> = T::KEYS.to_vec();
        keys.sort_unstable();
        let mut described: Vec<&String> = properties.as_object().unwrap().keys().collect();
        described.sort_unstable();
        assert_eq!(keys, described, "{part}");
        assert!(keys.iter().all(|key| T::default().field(key).is_some()));
        assert!(T::default().field("unknown").is_none());
    }

    #[test]
    fn the_keys_of_the_schema_are_those_that_are_read() {
        assert_keys::<RawPlan>("");
        assert_keys::<RawSmokeGate>("/$defs/SmokeGate");
        assert_keys::<RawSmoke>("/$defs/Smoke");
        assert_keys::<RawGate>("/$defs/Gate");
        assert_keys::<RawProbe>("/$defs/Probe");
        assert_keys::<RawExpect>("/$defs/Expect");
        assert_keys::<RawBody>("/$defs/Body");
    }
}
