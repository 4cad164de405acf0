//! From the plan as written to the plan as understood. All mistakes are
//! collected, each at its place.

mod expect;
mod headers;
mod probe;
mod reader;
mod smoke;
mod value;

use wording::nearest;
use yaml::Mistake;

use self::reader::{Reader, Reported};
use crate::{
    Gate, Plan, limits,
    loose::{Given, Key, Keys},
    make,
    raw::{RawGate, RawPlan},
};

/// What the plan says, or all that is wrong with it, in the order of places.
pub(crate) fn plan(raw: Given<Keys<RawPlan>>, text: &str) -> Result<Plan, Vec<Mistake>> {
    let mut reader = Reader::new(text);
    let plan = reader.plan(raw);
    match (plan, reader.into_mistakes()) {
        (Ok(plan), mistakes) if mistakes.is_empty() => Ok(plan),
        (_, mistakes) => Err(mistakes),
    }
}

/// The hooks that a plan says nothing of yet. Their names are near enough to
/// those that it knows to be taken for them, which would be bad advice.
const OTHER_HOOKS: [&str; 3] = ["before-install", "after-install", "after-allow-traffic"];

/// The sections of a plan.
const SMOKE: &str = "after-allow-test-traffic";
const PROBES: &str = "before-allow-traffic";

impl Reader<'_> {
    fn plan(&mut self, raw: Given<Keys<RawPlan>>) -> Result<Plan, Reported> {
        if raw
            .value
            .as_ref()
            .is_err_and(|found| *found == crate::loose::Found::Nothing)
        {
            let message =
                format!("the plan is empty; it needs \"version: 1\" and {SMOKE:?} or {PROBES:?}");
            return Err(self.mistake(raw.at, message));
        }
        let (mut keys, at) = self.expect(raw, "a plan", "a mapping")?;
        self.unknown_keys(&keys, |key| match key {
            key if OTHER_HOOKS.contains(&key) => Some(
                "of all hooks, a plan knows only \"after-allow-test-traffic\" and \"before-allow-traffic\"",
            ),
            "probes" => Some("it goes under \"before-allow-traffic\""),
            "smoke" => Some("it goes under \"after-allow-test-traffic\""),
            _ => None,
        });
        let version = match keys.fields.version.0.take() {
            Some(version) => self.version(version),
            None => Err(self.missing(
                "version",
                &keys,
                at,
                "\"version\" is missing; write version: 1",
            )),
        };
        let smoke = self.optional(&mut keys.fields.after_allow_test_traffic, Self::smoke_gate);
        let gate = self.optional(&mut keys.fields.before_allow_traffic, Self::gate);
        let nothing = matches!((&smoke, &gate), (Ok(None), Ok(None)));
        if nothing {
            let misspelt = |(key, _): &Key| nearest(key, keys.known) == Some(SMOKE);
            let key = match keys.unknown.iter().any(misspelt) {
                true => SMOKE,
                false => PROBES,
            };
            let message = format!("the plan checks nothing; it needs {SMOKE:?} or {PROBES:?}");
            return Err(self.missing(key, &keys, at, &message));
        }
        version?;
        Ok(Plan {
            after_allow_test_traffic: smoke?,
            before_allow_traffic: gate?,
        })
    }

    fn gate(&mut self, raw: Given<Keys<RawGate>>) -> Result<Gate, Reported> {
        let (mut keys, at) =
            self.expect(raw, "\"before-allow-traffic\"", "a mapping with \"probes\"")?;
        self.unknown_keys(&keys, |_| None);
        let Some(probes) = keys.fields.probes.0.take() else {
            let message = "\"probes\" is missing; a gate without checks is no gate";
            return Err(self.missing("probes", &keys, at, message));
        };
        let (raw, at) = self.expect(probes, "\"probes\"", "a list of probes")?;
        if raw.is_empty() {
            return Err(self.mistake(at, "\"probes\" is empty; a gate without checks is no gate"));
        }
        if raw.len() > limits::PROBES {
            return Err(self.mistake(at, format!("a hook has at most {} probes", limits::PROBES)));
        }
        let mut names = Vec::new();
        let mut probes = Vec::new();
        for raw in raw {
            // Each is read, so that its mistakes are found.
            probes.push(self.probe(raw, &mut names));
        }
        let probes = probes.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(Gate {
            probes: make::name_all(probes),
        })
    }
}
