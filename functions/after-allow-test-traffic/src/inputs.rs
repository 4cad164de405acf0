//! What a run of the tests needs: the tests, their variables and secrets, and
//! whom to trust. What is missing is told all together.

use std::collections::BTreeMap;

use hurl::ast::Number;
use hurl_eval::{Value, Variables};
use plan::{Smoke, Variable};
use smoke::{Found, Suite};
use store::{Location, PlansError};
use verdict::{Outcome, Status};

use crate::{AfterAllowTestTraffic, Assignment};

/// The name of the check that the tests are, as a whole.
pub(crate) const CHECK: &str = "smoke tests";

/// What a plan has to say.
const SECTION: &str = "`after-allow-test-traffic: { smoke: { files: [smoke/*.hurl] } }`";

/// Everything that is read before the first request.
pub(crate) struct Inputs {
    pub(crate) suite: Suite,
    pub(crate) variables: Variables,
    pub(crate) authorities: Option<Vec<u8>>,
}

impl AfterAllowTestTraffic {
    /// Reads all of it at the same time.
    pub(crate) async fn inputs(&self, assignment: &Assignment<'_>) -> Result<Inputs, Vec<Outcome>> {
        let Assignment { smoke, plan, .. } = *assignment;
        let (suite, secrets, authorities) = tokio::join!(
            self.suite(smoke, plan),
            self.secrets.read(&smoke.secrets),
            self.authorities(smoke, plan),
        );
        let secrets = secrets.map_err(|errors| {
            let errored = |(name, error): (String, secrets::SecretError)| {
                let outcome = Outcome::errored(format!("secret {name}"), error.why);
                outcome.with_target(error.secret).with_remedy(error.remedy)
            };
            errors.into_iter().map(errored).collect::<Vec<_>>()
        });
        match (suite, secrets, authorities) {
            (Ok(suite), Ok(secrets), Ok(authorities)) => Ok(Inputs {
                suite,
                variables: variables(assignment, secrets)?,
                authorities,
            }),
            (suite, secrets, authorities) => {
                let errors = [suite.err(), secrets.err(), authorities.err()];
                Err(errors.into_iter().flatten().flatten().collect())
            }
        }
    }

    /// The tests, all of them readable, and something checked in them.
    async fn suite(&self, smoke: &Smoke, plan: &Location) -> Result<Suite, Vec<Outcome>> {
        let found = self.finder.plans.beside_all(plan, &smoke.files).await;
        let files = found.map_err(|error| vec![not_found(error)])?;
        let files = files.into_iter().map(|file| Found {
            name: file.name,
            bytes: file.bytes.to_vec(),
        });
        let suite = Suite::read(files.collect()).map_err(|files| {
            files
                .iter()
                .flat_map(smoke::Unreadable::outcomes)
                .collect::<Vec<_>>()
        })?;
        match empty(&suite, plan) {
            Some(outcome) => Err(vec![outcome]),
            None => Ok(suite),
        }
    }

    async fn authorities(
        &self,
        smoke: &Smoke,
        plan: &Location,
    ) -> Result<Option<Vec<u8>>, Vec<Outcome>> {
        match &smoke.ca {
            None => Ok(None),
            Some(ca) => {
                let found = self.finder.authority(plan, ca, "ca").await;
                found.map(Some).map_err(|outcome| vec![*outcome])
            }
        }
    }
}

/// The variables that each file begins with.
fn variables(
    assignment: &Assignment<'_>,
    secrets: BTreeMap<String, String>,
) -> Result<Variables, Vec<Outcome>> {
    let address = &assignment.address;
    let mut variables = Variables::new();
    let own = [("base_url", &address.base_url), ("host", &address.host)];
    let own = own.map(|(name, text)| (name.to_owned(), Value::Text(text.clone())));
    let plans = assignment.smoke.variables.iter();
    let plans = plans.map(|(name, given)| (name.clone(), value(given)));
    let mut errors = Vec::new();
    // Names are checked with the plan, so nothing is wrong here.
    for (name, value) in own.into_iter().chain(plans) {
        errors.extend(variables.insert(name, value).err());
    }
    for (name, text) in secrets {
        errors.extend(variables.insert_secret(name, text).err());
    }
    match errors.is_empty() {
        true => Ok(variables),
        false => {
            let errored =
                |error: hurl_eval::BadVariable| Outcome::errored(CHECK, error.to_string());
            Err(errors.into_iter().map(errored).collect())
        }
    }
}

fn value(given: &Variable) -> Value {
    match given {
        Variable::Text(text) => Value::Text(text.clone()),
        Variable::Bool(value) => Value::Bool(*value),
        Variable::Integer(number) => Value::Number(Number::Integer(*number)),
        Variable::Float(number) => Value::Number(Number::Float(*number)),
    }
}

/// Files that could not be read, or that aren't there: the second is a fault of
/// what was uploaded.
fn not_found(error: PlansError) -> Outcome {
    match error {
        error @ PlansError::NoneFound { .. } => Outcome::new(CHECK, Status::Failed)
            .with_got(error.to_string())
            .with_remedy("upload the tests beside the plan, or correct `files` in it"),
        error => Outcome::errored(CHECK, error.to_string()),
    }
}

/// A suite that tests nothing, and where it is.
fn empty(suite: &Suite, plan: &Location) -> Option<Outcome> {
    let (why, remedy) = match () {
        () if suite.is_empty() => ("there are no files", "upload the tests beside the plan"),
        () if !suite.has_entries() => ("there is no request", "write requests in them"),
        () if !suite.has_checks() => (
            "nothing is asserted",
            "assert something, at least a status: HTTP 200",
        ),
        () => return None,
    };
    let files: Vec<&str> = suite.files().collect();
    let folder = plan.folder();
    let got = format!("{why} in {} of {folder}", files.join(", "));
    let outcome = Outcome::new(CHECK, Status::Failed).with_got(verdict::shorten(&got, 500));
    Some(outcome.with_remedy(remedy))
}

/// There is no plan at all.
pub(crate) fn no_plan(usual: Option<Location>) -> Outcome {
    let remedy = match usual {
        Some(place) => format!(
            "upload a plan to {place} with {SECTION}, and the tests beside it; or take this hook \
             out of the AppSpec"
        ),
        None => "set GREENLIGHT_PLANS to the place of plans".to_owned(),
    };
    Outcome::new(CHECK, Status::Failed)
        .with_got("there is no plan, and a smoke test that tests nothing is no test")
        .with_remedy(remedy)
}

/// The plan says nothing of this hook.
pub(crate) fn no_section(plan: &Location) -> Outcome {
    Outcome::new(CHECK, Status::Failed)
        .with_got(format!(
            "{plan} names no smoke tests, and a smoke test that tests nothing is no test"
        ))
        .with_remedy(format!(
            "write {SECTION} in it, and upload the tests beside it; or take this hook out of the \
             AppSpec"
        ))
}
