use verdict::shorten;

use crate::{Request, Rule, arn, rule_of};

/// A target group in a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// The target group's ARN.
    pub target_group: String,
    /// Its share, relative to the others of the rule.
    pub weight: u32,
}

/// A target of green's group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// An IP address, or the id of an instance.
    pub id: String,
    /// The port that takes traffic.
    pub port: u16,
    /// Its state: `healthy`, `initial`, …
    pub state: String,
    /// Why it is in that state: a code such as `Target.Timeout`.
    pub reason: Option<String>,
    /// The same in words.
    pub description: Option<String>,
}

impl Target {
    /// Whether it may take requests. Where health checks are switched off there
    /// is nothing to wait for; `unavailable` for another reason is not known.
    fn is_well(&self) -> bool {
        match self.state.as_str() {
            "healthy" => true,
            "unavailable" => self.reason.as_deref() == Some("Target.HealthCheckDisabled"),
            _ => false,
        }
    }

    /// Whether it is on its way out, and no concern of a new deployment's.
    pub fn is_leaving(&self) -> bool {
        matches!(self.state.as_str(), "draining" | "unhealthy.draining")
    }
}

/// Whether a check that goes a certain way reaches green, and only green.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It does.
    Green,
    /// It does not, or not yet.
    NotYet {
        /// What has to be the case.
        expected: String,
        /// What is the case.
        got: String,
    },
}

/// Judges where requests that come through a listener go: the rule that takes
/// each must forward to green's target group alone.
///
/// # Errors
/// The request that nobody can follow from here, and why.
pub fn judge_route(rules: &[Rule], requests: &[Request], green: &str) -> Result<Proof, String> {
    for request in requests {
        let rule = rule_of(rules, request).map_err(|field| {
            format!(
                "a rule of the listener has a {field} condition, so it can't be known which target group {} reaches",
                request.check
            )
        })?;
        let forwards = rule.map_or(&[][..], |rule| &rule.forwards);
        let weighty = || forwards.iter().filter(|f| f.weight > 0);
        if weighty().next().is_none() || weighty().any(|f| f.target_group != green) {
            return Ok(Proof::NotYet {
                expected: format!(
                    "it forwards {} to green's target group {} alone",
                    request.check,
                    arn::name(green)
                ),
                got: describe(forwards),
            });
        }
    }
    Ok(Proof::Green)
}

/// Judges whether a listener serves green: one of its rules must forward to
/// green's target group alone. Which rule takes which request is not asked here.
pub fn judge_listener(rules: &[Rule], green: &str) -> Proof {
    let weighty = |rule: &Rule| {
        let groups = rule.forwards.iter().filter(|f| f.weight > 0);
        groups.map(|f| f.target_group.clone()).collect::<Vec<_>>()
    };
    let leads = |rule: &Rule| {
        let groups = weighty(rule);
        !groups.is_empty() && groups.iter().all(|group| group == green)
    };
    if rules.iter().any(leads) {
        return Proof::Green;
    }
    // Rules that answer by themselves say nothing of where a fleet is.
    let mut found: Vec<String> = rules
        .iter()
        .filter(|rule| !weighty(rule).is_empty())
        .map(|rule| describe(&rule.forwards))
        .collect();
    found.dedup();
    found.truncate(3);
    Proof::NotYet {
        expected: format!(
            "it forwards to green's target group {} alone",
            arn::name(green)
        ),
        got: match found.is_empty() {
            true => describe(&[]),
            false => found.join(", and "),
        },
    }
}

/// Where a rule leads to, in words.
pub(crate) fn describe(forwards: &[Forward]) -> String {
    let total: u32 = forwards.iter().map(|f| f.weight).sum();
    let shares: Vec<String> = forwards
        .iter()
        .filter(|f| f.weight > 0)
        .map(|f| {
            let share = f64::from(f.weight) * 100.0 / f64::from(total.max(1));
            format!("{share:.0} % to {}", arn::name(&f.target_group))
        })
        .collect();
    match shares.is_empty() {
        true => "it forwards to no target group".to_owned(),
        false => format!("it forwards {}", shares.join(" and ")),
    }
}

/// Judges the health of green's targets as the load balancer sees them: there
/// must be as many as green wants, and each must be healthy.
pub fn judge_targets(targets: &[Target], group: &str, desired: Option<u32>) -> Proof {
    let staying: Vec<&Target> = targets.iter().filter(|t| !t.is_leaving()).collect();
    let ill: Vec<&Target> = staying.iter().copied().filter(|t| !t.is_well()).collect();
    let wanted = usize::try_from(desired.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
    if staying.len() >= wanted && ill.is_empty() {
        return Proof::Green;
    }
    let got = match (ill.as_slice(), staying.len()) {
        ([], 0) => "it has no targets".to_owned(),
        ([], found) => format!("it has {found} targets, and green wants {wanted} tasks"),
        ([first, ..], found) => {
            let reason: Vec<&str> = [first.reason.as_deref(), first.description.as_deref()]
                .into_iter()
                .flatten()
                .collect();
            let reason = match reason.is_empty() {
                true => "no reason given".to_owned(),
                false => reason.join(": "),
            };
            format!(
                "{} of {found} targets are not healthy; {}:{} is {} ({})",
                ill.len(),
                first.id,
                first.port,
                first.state,
                shorten(&reason, 160),
            )
        }
    };
    Proof::NotYet {
        expected: format!(
            "all targets of green's target group {} are healthy",
            arn::name(group)
        ),
        got,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Condition;

    const GREEN: &str = "arn:aws:elasticloadbalancing:r:1:targetgroup/shop-green/1";
    const BLUE: &str = "arn:aws:elasticloadbalancing:r:1:targetgroup/shop-blue/2";
    const OTHER: &str = "arn:aws:elasticloadbalancing:r:1:targetgroup/admin/3";

    fn request() -> Request {
        Request {
            check: "liveness".into(),
            host: "lb".into(),
            path: "/health".into(),
            method: "GET".into(),
            headers: vec![],
        }
    }

    fn default(forwards: &[(&str, u32)]) -> Vec<Rule> {
        let forward = |(group, weight): &(&str, u32)| Forward {
            target_group: (*group).to_owned(),
            weight: *weight,
        };
        vec![Rule {
            priority: None,
            conditions: vec![],
            forwards: forwards.iter().map(forward).collect(),
        }]
    }

    #[test]
    fn a_table_of_listeners() {
        for (case, got) in [
            (default(&[(GREEN, 1)]), None),
            (default(&[(GREEN, 100), (BLUE, 0)]), None),
            (
                default(&[(BLUE, 1)]),
                Some("it forwards 100 % to shop-blue"),
            ),
            (
                default(&[(GREEN, 10), (BLUE, 90)]),
                Some("it forwards 10 % to shop-green and 90 % to shop-blue"),
            ),
            (
                default(&[(GREEN, 1), (OTHER, 1)]),
                Some("it forwards 50 % to shop-green and 50 % to admin"),
            ),
            (default(&[(OTHER, 1)]), Some("it forwards 100 % to admin")),
            (
                default(&[(GREEN, 0)]),
                Some("it forwards to no target group"),
            ),
            // A fixed response, a redirect: an answer that is nobody's.
            (default(&[]), Some("it forwards to no target group")),
            (vec![], Some("it forwards to no target group")),
        ] {
            match (judge_route(&case, &[request()], GREEN).unwrap(), got) {
                (Proof::Green, None) => {}
                (Proof::NotYet { got, expected }, Some(words)) => {
                    assert_eq!(got, words);
                    assert_eq!(
                        expected,
                        "it forwards liveness to green's target group shop-green alone"
                    );
                }
                (found, _) => panic!("{case:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn one_rule_for_green_is_enough_for_a_listener() {
        let rules = |all: &[&[(&str, u32)]]| -> Vec<Rule> {
            all.iter().flat_map(|forwards| default(forwards)).collect()
        };
        for (rules, got) in [
            (rules(&[&[(GREEN, 1)]]), None),
            (rules(&[&[(OTHER, 1)], &[(GREEN, 1), (BLUE, 0)], &[]]), None),
            (
                rules(&[&[(BLUE, 1)], &[], &[(BLUE, 1)]]),
                Some("it forwards 100 % to shop-blue"),
            ),
            (
                rules(&[&[(GREEN, 1), (BLUE, 1)], &[(OTHER, 1)]]),
                Some(
                    "it forwards 50 % to shop-green and 50 % to shop-blue, and it forwards 100 % to admin",
                ),
            ),
            (rules(&[&[]]), Some("it forwards to no target group")),
            (vec![], Some("it forwards to no target group")),
        ] {
            match (judge_listener(&rules, GREEN), got) {
                (Proof::Green, None) => {}
                (Proof::NotYet { got, .. }, Some(words)) => assert_eq!(got, words),
                (found, _) => panic!("{rules:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn it_is_the_rule_of_the_request_that_counts() {
        let mut rules = default(&[(BLUE, 1)]);
        rules.push(Rule {
            priority: Some(1),
            conditions: vec![Condition::Path(vec!["/health".into()])],
            forwards: default(&[(GREEN, 1)]).remove(0).forwards,
        });
        assert_eq!(judge_route(&rules, &[request()], GREEN), Ok(Proof::Green));
        let other = Request {
            path: "/".into(),
            ..request()
        };
        let proof = judge_route(&rules, &[request(), other], GREEN).unwrap();
        assert!(matches!(proof, Proof::NotYet { .. }), "{proof:?}");
        rules[1].conditions = vec![Condition::Other("source-ip".into())];
        let error = judge_route(&rules, &[request()], GREEN).unwrap_err();
        assert!(error.contains("source-ip"), "{error}");
    }

    fn target(state: &str) -> Target {
        Target {
            id: "10.0.0.1".into(),
            port: 8080,
            state: state.into(),
            reason: Some("Target.ResponseCodeMismatch".into()),
            description: None,
        }
    }

    #[test]
    fn a_table_of_targets() {
        for (states, green) in [
            (vec![], false),
            (vec!["healthy"], true),
            (vec!["healthy", "healthy"], true),
            (vec!["healthy", "draining"], true),
            (vec!["draining"], false),
            (vec!["healthy", "unhealthy"], false),
            (vec!["healthy", "initial"], false),
            (vec!["unused"], false),
            // For a reason that is not known to be harmless.
            (vec!["unavailable"], false),
            (vec!["unknown"], false),
        ] {
            let targets: Vec<Target> = states.iter().map(|s| target(s)).collect();
            let proof = judge_targets(&targets, GREEN, None);
            assert_eq!(proof == Proof::Green, green, "{states:?}: {proof:?}");
        }
        let unchecked = Target {
            reason: Some("Target.HealthCheckDisabled".into()),
            ..target("unavailable")
        };
        assert_eq!(judge_targets(&[unchecked], GREEN, None), Proof::Green);
        let Proof::NotYet { got, .. } = judge_targets(&[target("healthy")], GREEN, Some(4)) else {
            panic!("three tasks are missing");
        };
        assert_eq!(got, "it has 1 targets, and green wants 4 tasks");
        let Proof::NotYet { got, .. } = judge_targets(&[target("unhealthy")], GREEN, None) else {
            panic!("unhealthy targets prove nothing");
        };
        assert_eq!(
            got,
            "1 of 1 targets are not healthy; 10.0.0.1:8080 is unhealthy (Target.ResponseCodeMismatch)"
        );
    }
}
