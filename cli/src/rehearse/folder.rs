//! The plan of a rehearsal and what stands beside it, as it would lie in the
//! stack's bucket; and the secrets that it names.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use plan::{Check, Glob, Plan, SecretRef};
use serde_json::{Map, Value};

use crate::{
    example,
    input::{InputError, Remark, Source},
    smoke::{below, clean},
};

/// What the plan is called in its folder.
pub(super) const PLAN: &str = "greenlight.yaml";

/// More than smoke tests and what they send should have.
const MOST: u64 = 64 * 1024 * 1024;

/// A plan's folder. Without a plan there is nothing in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folder {
    /// Files by name, the plan among them.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Secrets by their ARNs.
    pub(crate) secrets: Vec<(String, String)>,
    /// Whether the plan names smoke tests.
    pub(crate) has_smoke: bool,
    /// What will be missed.
    pub(crate) remarks: Vec<Remark>,
}

impl Folder {
    /// The example's. A value that is given goes before its own.
    pub(super) fn example(given: &[(String, String)]) -> Result<Self, InputError> {
        let plan = parse(&Source::own("the example's greenlight.yaml", example::PLAN))?;
        let bytes = |(name, text): &(&str, &str)| ((*name).to_owned(), text.as_bytes().to_vec());
        let mut folder = Self {
            files: vec![bytes(&(PLAN, example::PLAN))],
            has_smoke: plan.after_allow_test_traffic.is_some(),
            ..Self::default()
        };
        folder.files.extend(example::SMOKE.iter().map(bytes));
        folder.keep(&plan, PLAN, given)?;
        Ok(folder)
    }

    /// No plan. A secret is none of anything then.
    pub(super) fn none(given: &[(String, String)]) -> Result<Self, InputError> {
        match given.first() {
            None => Ok(Self::default()),
            Some((name, _)) => Err(InputError::new(format!(
                "--secret {name}: there is no plan that names it; name one with --plan"
            ))),
        }
    }

    /// The user's. A plan with mistakes would be found out by the gate; here
    /// it is found out at once.
    pub(super) fn read(path: &Path, given: &[(String, String)]) -> Result<Self, InputError> {
        let source = Source::read(path)?;
        let plan = parse(&source)?;
        let root = clean(&path.with_file_name(""));
        let mut folder = Self {
            files: vec![(PLAN.to_owned(), source.text.into_bytes())],
            has_smoke: plan.after_allow_test_traffic.is_some(),
            ..Self::default()
        };
        for name in authorities(&plan) {
            // A file that is missing is for the gate to tell, as in the cloud.
            if let Ok(bytes) = fs::read(root.join(name)) {
                folder.add(name.to_owned(), bytes);
            }
        }
        if let Some(gate) = &plan.after_allow_test_traffic {
            for path in beside(&root, &gate.smoke.files)? {
                let failed = |error| InputError::new(format!("{}: {error}", path.display()));
                let name = path.strip_prefix(&root).unwrap_or(&path);
                let name = name.display().to_string().replace('\\', "/");
                folder.add(name, fs::read(&path).map_err(failed)?);
            }
        }
        folder.keep(&plan, &source.name, given)?;
        Ok(folder)
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        if !self.files.iter().any(|(other, _)| *other == name) {
            self.files.push((name, bytes));
        }
    }

    /// Keeps the values of the plan's secrets.
    fn keep(
        &mut self,
        plan: &Plan,
        place: &str,
        given: &[(String, String)],
    ) -> Result<(), InputError> {
        let gate = plan.after_allow_test_traffic.as_ref();
        let named: Vec<(&String, &SecretRef)> = gate
            .map(|gate| gate.smoke.secrets.iter().collect())
            .unwrap_or_default();
        if let Some((name, _)) = given
            .iter()
            .find(|(n, _)| !named.iter().any(|(k, _)| *k == n))
        {
            let all: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
            let all = match all.as_slice() {
                [] => "none".to_owned(),
                all => all.join(", "),
            };
            return Err(InputError::new(format!(
                "--secret {name}: the plan has no such secret; it has {all}"
            )));
        }
        let (arn, password) = example::SECRET;
        for (name, reference) in named {
            match given.iter().find(|(own, _)| own == name) {
                Some((_, value)) => self.put(reference, value),
                None if reference.arn() == arn => self.put(reference, password),
                None => self.remarks.push(Remark {
                    place: place.to_owned(),
                    text: format!(
                        "its secret {name} has no value here; give it one with --secret {name}"
                    ),
                }),
            }
        }
        Ok(())
    }

    /// Puts a value where a reference leads: a secret as a whole, or one key of
    /// its JSON object.
    fn put(&mut self, reference: &SecretRef, value: &str) {
        let at = self
            .secrets
            .iter()
            .position(|(arn, _)| arn == reference.arn());
        let old = at.map(|at| self.secrets.swap_remove(at).1);
        let value = match reference.key() {
            None => value.to_owned(),
            Some(key) => {
                let object: Option<Map<String, Value>> =
                    old.and_then(|old| serde_json::from_str(&old).ok());
                let mut object = object.unwrap_or_default();
                object.insert(key.to_owned(), value.into());
                Value::Object(object).to_string()
            }
        };
        self.secrets.push((reference.arn().to_owned(), value));
    }
}

fn parse(source: &Source) -> Result<Plan, InputError> {
    Plan::parse(&source.text, &source.name).map_err(|error| {
        let mistakes: Vec<String> = error.mistakes().map(|m| m.to_string()).collect();
        InputError::new(mistakes.join("; "))
    })
}

/// The files of private authorities that a plan names.
fn authorities(plan: &Plan) -> impl Iterator<Item = &str> {
    let probes = plan.before_allow_traffic.iter().flat_map(|g| &g.probes);
    let named = probes.filter_map(|probe| match &probe.check {
        Check::Http(check) => check.ca.as_deref(),
        Check::Grpc(check) => check.ca.as_deref(),
        Check::Tcp(_) => None,
    });
    let smoke = plan.after_allow_test_traffic.iter();
    let smoke = smoke.filter_map(|gate| gate.smoke.ca.as_deref());
    named.chain(smoke).filter(|ca| !ca.contains("-----BEGIN"))
}

/// The smoke tests that patterns find in a folder, and the files that they may
/// send: those below the tests' own folders. Of the plan's folder itself, which
/// may hold a whole application, those that stand in it.
fn beside(root: &Path, patterns: &[Glob]) -> Result<BTreeSet<PathBuf>, InputError> {
    let mut found = BTreeSet::new();
    let mut folders = BTreeSet::new();
    for glob in patterns {
        let start = root.join(glob.folder());
        // This folder has no name.
        if !start.as_os_str().is_empty() && !start.is_dir() {
            continue;
        }
        let matches = |path: &Path| {
            let name = path.strip_prefix(root).unwrap_or(path);
            glob.matches(&name.display().to_string().replace('\\', "/"))
        };
        for test in below(&start, &matches)? {
            folders.extend(test.parent().map(Path::to_owned));
            found.insert(test);
        }
    }
    for folder in folders {
        let own = |path: &Path| folder != *root || path.parent() == Some(root);
        found.extend(below(&folder, &own)?);
    }
    let sizes = found
        .iter()
        .filter_map(|path| Some(path.metadata().ok()?.len()));
    let all: u64 = sizes.sum();
    if all > MOST {
        return Err(InputError::new(format!(
            "the files below the folders of the smoke tests have {all} bytes, and {MOST} are the most; move the tests to a folder of their own"
        )));
    }
    Ok(found)
}
