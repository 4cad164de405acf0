use std::time::Duration;

use serde::{Deserialize, Serialize};
use wording::one_line;

/// How a check ended. The order is the one verdicts are made by: the worst
/// status wins, and only [`Status::Passed`] lets a deployment go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Every expectation was met.
    Passed,
    /// An expectation was not met.
    Failed,
    /// The check could not be run, so nothing is known.
    Errored,
}

impl Status {
    /// Whether a deployment may go on.
    pub fn allows(self) -> bool {
        self == Status::Passed
    }

    /// The status in lower case, for a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::Errored => "errored",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Status::Passed => "Passed",
            Status::Failed => "Failed",
            Status::Errored => "Errored",
        })
    }
}

/// Where the time of one attempt went. A phase that was not reached is absent;
/// each is the time that this phase alone took, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Looking up the name.
    #[serde(rename = "dnsMs", skip_serializing_if = "Option::is_none", default)]
    pub dns: Option<f64>,
    /// The TCP connection.
    #[serde(rename = "connectMs", skip_serializing_if = "Option::is_none", default)]
    pub connect: Option<f64>,
    /// The TLS handshake.
    #[serde(rename = "tlsMs", skip_serializing_if = "Option::is_none", default)]
    pub tls: Option<f64>,
    /// From the request to the first byte of the answer.
    #[serde(
        rename = "firstByteMs",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub first_byte: Option<f64>,
    /// The whole attempt.
    #[serde(rename = "totalMs")]
    pub total: f64,
}

impl Timing {
    /// A duration in the unit of this type's fields, to a hundredth.
    pub fn millis(duration: Duration) -> f64 {
        (duration.as_secs_f64() * 100_000.0).round() / 100.0
    }
}

/// What one check against one target found: the evidence of a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The check's name, as the plan gives it.
    pub check: String,
    /// What was checked: a URL, an address, a resource.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// How it ended.
    pub status: Status,
    /// What had to be the case.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<String>,
    /// What was the case: the last answer, or why there was none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub got: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remedy: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// From the first attempt's start to the last one's end, in milliseconds.
    pub elapsed_ms: f64,
    /// Where the last attempt's time went.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timing: Option<Timing>,
}

impl Outcome {
    /// An outcome without evidence yet; the `with_` methods add it.
    pub fn new(check: impl Into<String>, status: Status) -> Self {
        Self {
            check: check.into(),
            target: None,
            status,
            expected: None,
            got: None,
            remedy: None,
            attempts: 0,
            elapsed_ms: 0.0,
            timing: None,
        }
    }

    /// A check that could not be run, and why.
    pub fn errored(check: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(check, Status::Errored).with_got(why)
    }

    /// Says what was checked.
    pub fn with_target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Says what had to be the case.
    pub fn with_expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Says what was the case.
    pub fn with_got(mut self, got: impl Into<String>) -> Self {
        self.got = Some(got.into());
        self
    }

    /// Says what to do about it.
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The outcome in one line: the check, its target, expected and got.
    pub fn line(&self) -> String {
        let mut line = self.check.clone();
        if let Some(target) = &self.target {
            line.push_str(&format!(" ({target})"));
        }
        match (&self.expected, &self.got) {
            (Some(expected), Some(got)) => {
                line.push_str(&format!(": expected {expected}, got {got}"));
            }
            (Some(expected), None) => line.push_str(&format!(": expected {expected}")),
            (None, Some(got)) => line.push_str(&format!(": {got}")),
            (None, None) => line.push_str(&format!(": {}", self.status.word())),
        }
        if let Some(remedy) = &self.remedy {
            line.push_str(&format!("; {remedy}"));
        }
        one_line(&line)
    }
}

/// What a gate answers: the worst of its outcomes, why in one line, and the
/// evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The worst status of all outcomes.
    pub status: Status,
    /// Why, in one line.
    pub reason: String,
    /// The evidence, in the order of the checks.
    pub outcomes: Vec<Outcome>,
}

impl Verdict {
    /// Adds outcomes up. No outcome at all is [`Status::Errored`]: a gate that
    /// checked nothing has not earned its pass.
    pub fn of(outcomes: Vec<Outcome>) -> Self {
        let Some(worst) = outcomes.iter().map(|o| o.status).max() else {
            return Self {
                status: Status::Errored,
                reason: "nothing was checked".to_owned(),
                outcomes,
            };
        };
        let decisive: Vec<&Outcome> = outcomes.iter().filter(|o| o.status == worst).collect();
        let reason = match (worst, decisive.as_slice()) {
            (Status::Passed, [only]) => format!("{} passed", only.check),
            (Status::Passed, all) => format!("all {} checks passed", all.len()),
            (_, [only]) => only.line(),
            (_, [first, rest @ ..]) => format!("{} (and {} more)", first.line(), rest.len()),
            // `worst` came out of `outcomes`, so there is one that has it.
            (_, []) => worst.word().to_owned(),
        };
        Self {
            status: worst,
            reason: one_line(&reason),
            outcomes,
        }
    }

    /// A verdict without a check: the gate itself could not do its work.
    pub fn errored(step: impl Into<String>, why: impl Into<String>) -> Self {
        Self::of(vec![Outcome::errored(step, why)])
    }

    /// Whether the deployment may go on.
    pub fn allows(&self) -> bool {
        self.status.allows()
    }

    /// Both verdicts as one: the worse status, all the evidence.
    pub fn merge(mut self, other: Verdict) -> Self {
        // A gate that checked nothing stays Errored when it is merged, so its
        // reason has to survive as an outcome.
        let mut outcomes = self.evidence();
        outcomes.extend(other.into_evidence());
        self.outcomes.clear();
        Self::of(outcomes)
    }

    fn into_evidence(mut self) -> Vec<Outcome> {
        self.evidence()
    }

    fn evidence(&mut self) -> Vec<Outcome> {
        if self.outcomes.is_empty() {
            vec![Outcome::errored("gate", self.reason.clone())]
        } else {
            std::mem::take(&mut self.outcomes)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn status() -> impl Strategy<Value = Status> {
        prop_oneof![
            Just(Status::Passed),
            Just(Status::Failed),
            Just(Status::Errored)
        ]
    }

    fn outcomes() -> impl Strategy<Value = Vec<Outcome>> {
        prop::collection::vec(
            (status(), "[a-z\n]{0,12}", "\\PC{0,12}")
                .prop_map(|(status, name, got)| Outcome::new(name, status).with_got(got)),
            0..8,
        )
    }

    #[test]
    fn nothing_checked_is_no_pass() {
        let verdict = Verdict::of(vec![]);
        assert_eq!(verdict.status, Status::Errored);
        assert_eq!(verdict.reason, "nothing was checked");
    }

    #[test]
    fn the_reason_names_the_check_expected_and_got() {
        let verdict = Verdict::of(vec![
            Outcome::new("first", Status::Passed),
            Outcome::new("liveness", Status::Failed)
                .with_target("http://localhost:8081/health")
                .with_expected("status 200-299")
                .with_got("503"),
            Outcome::new("third", Status::Failed),
        ]);
        assert_eq!(
            verdict.reason,
            "liveness (http://localhost:8081/health): expected status 200-299, got 503 (and 1 more)"
        );
    }

    proptest! {
        #[test]
        fn the_worst_outcome_wins_in_any_order(mut all in outcomes()) {
            let status = Verdict::of(all.clone()).status;
            all.reverse();
            prop_assert_eq!(Verdict::of(all.clone()).status, status);
            let worst = all.iter().map(|o| o.status).max().unwrap_or(Status::Errored);
            prop_assert_eq!(status, worst);
        }

        #[test]
        fn a_pass_needs_a_check_and_no_blemish(all in outcomes()) {
            let allows = Verdict::of(all.clone()).allows();
            prop_assert_eq!(allows, !all.is_empty() && all.iter().all(|o| o.status == Status::Passed));
        }

        #[test]
        fn merging_is_commutative_and_associative_in_status(a in outcomes(), b in outcomes(), c in outcomes()) {
            let v = |o: &Vec<Outcome>| Verdict::of(o.clone());
            prop_assert_eq!(v(&a).merge(v(&b)).status, v(&b).merge(v(&a)).status);
            prop_assert_eq!(
                v(&a).merge(v(&b)).merge(v(&c)).outcomes,
                v(&a).merge(v(&b).merge(v(&c))).outcomes
            );
            prop_assert_eq!(v(&a).merge(v(&b)).status, v(&a).status.max(v(&b).status));
        }

        #[test]
        fn a_reason_is_one_line(all in outcomes()) {
            prop_assert!(!Verdict::of(all).reason.contains('\n'));
        }

        #[test]
        fn evidence_survives_its_journey(all in outcomes()) {
            let verdict = Verdict::of(all);
            let json = serde_json::to_string(&verdict).unwrap();
            prop_assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict);
        }
    }
}
