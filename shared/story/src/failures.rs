use std::collections::BTreeMap;

use card::{ActionRun, Card, Evidence, Key};
use diagnosis::{Role, diagnose};
use events::{Moment, Phase};

use crate::{
    Failure, Finding, Link, Subject,
    gates::reason,
    links::{Pages, once, told, written},
    name::name,
    running::PHASES,
    whole::Whole,
    words::{Words, texts},
    works::{self, Work, Works, phase, runs, standing},
};

/// Something that failed, and all that is known of it.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    id: String,
    place: Vec<String>,
    attempt: u64,
    pub(crate) mended: bool,
    at: Option<Moment>,
    pub(crate) run: Option<&'a ActionRun>,
    pub(crate) work: Option<Work<'a>>,
    pub(crate) findings: Vec<&'a Finding>,
    /// What it says of itself, where it is neither action nor work.
    said: Option<String>,
    links: Vec<Option<Link>>,
}

/// What there is to look for failures in.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) key: &'a Key,
    pub(crate) card: &'a Card,
    pub(crate) findings: &'a BTreeMap<String, Finding>,
    pub(crate) works: &'a Works<'a>,
    pub(crate) whole: &'a Whole,
}

impl<'a> Ground<'a> {
    /// What failed, in the order in which it did. What an action's build or
    /// deployment has to say of it belongs to the action's failure.
    pub(crate) fn cases(self) -> Vec<Case<'a>> {
        let runs = runs(self.card);
        let mut cases: Vec<Case<'a>> = runs
            .filter_map(|(place, provider, run)| self.of_action(place, provider, run))
            .collect();
        cases.extend(
            self.works
                .free
                .iter()
                .filter_map(|work| self.of_work(*work)),
        );
        for (key, tool) in &self.card.tools {
            cases.extend(self.of_tool(key, tool));
        }
        for (key, image) in &self.card.images {
            cases.extend(self.of_image(key, image));
        }
        cases.sort_by(|a, b| {
            let by = |case: &Case<'_>| (case.at.is_none(), case.at);
            by(a).cmp(&by(b)).then_with(|| a.id.cmp(&b.id))
        });
        cases
    }

    fn of_action(
        self,
        place: (&'a str, &'a str, u64),
        provider: &'a str,
        run: &'a ActionRun,
    ) -> Option<Case<'a>> {
        let (stage, action, attempt) = place;
        let work = self.works.get(place);
        let by_itself = phase(run) == Phase::Failed;
        if !by_itself && !work.is_some_and(Work::has_failed) {
            return None;
        }
        let node = self.card.stages.get(stage)?.actions.get(action)?;
        let mut later = node.runs.iter().filter(|(n, _)| **n >= attempt);
        let is_done = later.any(|(_, run)| phase(run) == Phase::Succeeded);
        let asked = Subject::Action(stage.to_owned(), action.to_owned(), attempt);
        let external = works::subject(Some(provider), run.external.as_deref());
        let subjects = [Some(asked), external, work.map(Work::subject)];
        let findings = self.findings(subjects);
        let mut place = vec![stage.to_owned(), action.to_owned()];
        if let Some(work) = work.filter(|work| !matches!(work, Work::Build(..))) {
            place.push(match work {
                Work::Deployment(id, _) => id.to_owned(),
                _ => work.name(),
            });
        }
        place.extend(inner(work, &findings));
        let said_at = || run.summary.as_ref().and_then(|said| said.at);
        let own = run.run.standing.as_ref().filter(|_| by_itself);
        let at = own.and_then(|s| s.at);
        let at = at
            .or_else(|| work.and_then(Work::failed_at))
            .or_else(said_at);
        let pages = Pages::of(self.card);
        let page = match (work, run.external.as_deref()) {
            (Some(work), _) => pages.work(work),
            (None, Some(id)) => match provider {
                "CodeBuild" => pages.build(id, None),
                "CodeDeploy" | "CodeDeployToECS" => pages.deployment(id),
                _ => None,
            },
            (None, None) => None,
        };
        let page = page.or_else(|| told("Details", run.url.as_deref()));
        Some(Case {
            id: name("action", &[stage, action, &attempt.to_string()]),
            place,
            attempt,
            mended: (is_done || self.has_succeeded()) && !work.is_some_and(is_rolled_back),
            at,
            run: Some(run),
            work,
            findings,
            said: None,
            links: vec![page, work.and_then(log)],
        })
    }

    fn of_work(self, work: Work<'a>) -> Option<Case<'a>> {
        let in_execution = matches!(self.key, Key::Execution(_));
        // Its action says so in a moment, and that is one failure.
        let may_belong = in_execution && !self.whole.phase.is_end() && self.works.may_belong(work);
        if !work.has_failed() || may_belong {
            return None;
        }
        let findings = self.findings([Some(work.subject())]);
        let mut place = vec![work.name()];
        if in_execution && matches!(work, Work::Deployment(..)) && work.name() != work.id() {
            place.push(work.id().to_owned());
        }
        place.extend(inner(Some(work), &findings));
        let is_done = standing(work.run()) == Phase::Succeeded || self.has_succeeded();
        Some(Case {
            id: name(work.kind(), &[work.id()]),
            place,
            attempt: 1,
            mended: is_done && !is_rolled_back(work),
            at: work.failed_at(),
            run: None,
            work: Some(work),
            findings,
            said: None,
            links: vec![Pages::of(self.card).work(work), log(work)],
        })
    }

    fn of_tool(self, key: &'a str, tool: &'a card::Tool) -> Vec<Case<'a>> {
        let steps = tool.steps.values().flatten();
        let failed = tool.runs.iter().chain(steps);
        let failed = failed.filter(|(_, run)| standing(run) == Phase::Failed);
        let mut at: BTreeMap<u64, Option<Moment>> = BTreeMap::new();
        for (attempt, run) in failed {
            let time = works::ended(run);
            let known = at.entry(*attempt).or_insert(time);
            *known = known.iter().chain(&time).min().copied();
        }
        let case = |(attempt, at): (u64, Option<Moment>)| {
            let mut place: Vec<String> = match self.key {
                Key::Tool(..) => tool.subject.iter().cloned().collect(),
                _ => tool.tool.iter().chain(&tool.subject).cloned().collect(),
            };
            let mut steps = tool
                .steps
                .iter()
                .filter(|(_, runs)| runs.get(&attempt).map(standing) == Some(Phase::Failed));
            place.extend(steps.next().map(|(step, _)| step.clone()));
            let mut later = tool.runs.iter().filter(|(n, _)| **n >= attempt);
            let is_last = self.last_of(tool) == Some(attempt);
            Case {
                id: name("tool", &[key, &attempt.to_string()]),
                place,
                attempt,
                mended: later.any(|(_, run)| standing(run) == Phase::Succeeded),
                at,
                run: None,
                work: None,
                findings: Vec::new(),
                said: tool
                    .message
                    .as_ref()
                    .filter(|_| is_last)
                    .map(|said| said.value.clone()),
                links: vec![written("Run", tool.url.as_deref())],
            }
        };
        at.into_iter().map(case).collect()
    }

    /// The latest attempt of a tool's run: what it says is of that one.
    fn last_of(self, tool: &card::Tool) -> Option<u64> {
        let steps = tool.steps.values().flat_map(BTreeMap::keys);
        tool.runs.keys().chain(steps).max().copied()
    }

    fn of_image(self, key: &'a str, image: &'a card::Image) -> Vec<Case<'a>> {
        let failed = image.actions.iter();
        let failed = failed.filter(|(_, run)| standing(run) == Phase::Failed);
        let case = |(action, run): (&'a String, &'a card::Run)| Case {
            id: name("image", &[key, action]),
            place: vec![key.to_owned(), action.clone()],
            attempt: 1,
            mended: false,
            at: works::ended(run),
            run: None,
            work: None,
            findings: Vec::new(),
            said: None,
            links: match self.key {
                Key::Image(repository, _) => vec![Pages::of(self.card).images(repository)],
                _ => Vec::new(),
            },
        };
        failed.map(case).collect()
    }

    fn has_succeeded(self) -> bool {
        matches!(self.key, Key::Execution(_)) && self.whole.phase == Phase::Succeeded
    }

    /// What AWS has answered about these.
    fn findings(self, subjects: impl IntoIterator<Item = Option<Subject>>) -> Vec<&'a Finding> {
        let mut names: Vec<String> = Vec::new();
        for subject in subjects.into_iter().flatten() {
            let name = subject.to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
            .iter()
            .filter_map(|name| self.findings.get(name))
            .collect()
    }
}

/// Whether it was taken back: that its action succeeded mends nothing.
fn is_rolled_back(work: Work<'_>) -> bool {
    matches!(work, Work::Ecs(_, deployment) if deployment.rolled_back)
}

/// The lifecycle event or the phase in which it failed.
fn inner(work: Option<Work<'_>>, findings: &[&Finding]) -> Option<String> {
    let of_work = work.and_then(|work| match work {
        Work::Build(_, build) => failed_phases(build)
            .first()
            .map(|(phase, _)| (*phase).to_owned()),
        Work::Deployment(..) | Work::Ecs(..) => {
            let gates = work.failed_gates();
            gates
                .first()
                .map(|(hook, _)| (*hook).to_owned())
                .or_else(|| {
                    let Work::Ecs(_, deployment) = work else {
                        return None;
                    };
                    let mut hooks = deployment.hooks.values();
                    let hook = hooks.find(|hook| standing(&hook.run) == Phase::Failed)?;
                    hook.stage.clone()
                })
        }
    });
    of_work.or_else(|| {
        findings
            .iter()
            .find_map(|finding| finding.failed_at.clone())
    })
}

/// The phases of a build that failed, in order, and what they say.
pub(crate) fn failed_phases(build: &card::Build) -> Vec<(&str, Option<&str>)> {
    let order = |phase: &str| PHASES.iter().position(|known| *known == phase);
    let failed = build.failed.iter();
    let mut failed: Vec<_> = failed
        .map(|(phase, said)| {
            (
                phase.as_str(),
                said.as_ref().map(|said| said.value.as_str()),
            )
        })
        .collect();
    failed.sort_by_key(|(phase, _)| (order(phase).is_none(), order(phase), *phase));
    failed
}

fn log(work: Work<'_>) -> Option<Link> {
    match work {
        Work::Build(_, build) => told("Log", build.log_url.as_deref()),
        _ => None,
    }
}

impl Case<'_> {
    /// The failure as it is told.
    pub(crate) fn tell(self) -> Failure {
        let texts = texts(&self);
        let diagnoses = diagnose(&texts);
        let Words { mut words, best } = Words::of(&self, &texts, &diagnoses);
        words.splice(0..0, self.said.clone());
        let gates = self.work.map(Work::failed_gates).unwrap_or_default();
        let verdict = gates.iter().find_map(|(_, gate)| reason(gate));
        let mut checks: Vec<Evidence> = Vec::new();
        for said in gates.iter().filter_map(|(_, gate)| gate.said.as_ref()) {
            for check in &said.value.evidence {
                if !checks.contains(check) {
                    checks.push(check.clone());
                }
            }
        }
        let cause = diagnoses.iter().find(|d| d.failure.role == Role::Cause);
        let symptom = diagnoses.first();
        let why = (cause.map(|d| d.failure.happened.to_owned()))
            .or_else(|| verdict.map(str::to_owned))
            .or_else(|| symptom.map(|d| d.failure.happened.to_owned()))
            .or(self.said)
            .or(best);
        let advice = checks.iter().find_map(|check| check.remedy.clone());
        let remedy = (cause.map(|d| d.failure.remedy.to_owned()))
            .or(advice)
            .or_else(|| symptom.map(|d| d.failure.remedy.to_owned()));
        // What is the reason already is not said again.
        let more = gates.iter().filter_map(|(_, gate)| reason(gate));
        words.extend(
            more.filter(|text| why.as_deref() != Some(*text))
                .map(str::to_owned),
        );
        let findings = &self.findings;
        let mut logs = findings.iter().map(|finding| &finding.log);
        let mut missing: Vec<String> = (findings.iter())
            .flat_map(|finding| finding.missing.iter().cloned())
            .collect();
        missing.sort();
        missing.dedup();
        Failure {
            id: self.id,
            place: self.place,
            attempt: self.attempt,
            mended: self.mended,
            at: self.at,
            why,
            remedy,
            checks,
            words,
            log: logs
                .find(|log| !log.is_empty())
                .cloned()
                .unwrap_or_default(),
            missing,
            links: once(self.links),
            diagnoses,
        }
    }
}
