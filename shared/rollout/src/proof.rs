use verdict::shorten;

use crate::arn;

/// Where one rule of a listener sends its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleForwards {
    /// The target groups, with weights.
    pub forwards: Vec<Forward>,
}

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
    /// Why it is in that state, in AWS's words.
    pub reason: Option<String>,
}

impl Target {
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

/// Judges a listener's rules. Every rule that forwards to green or to blue
/// must forward to green alone, and there must be one.
///
/// CodeDeploy rewrites each rule that forwards to the live group, and leaves
/// the others, so those are of no interest.
pub fn judge_route(rules: &[RuleForwards], green: &str, blue: Option<&str>) -> Proof {
    let ours = |f: &&Forward| {
        f.weight > 0 && (f.target_group == green || Some(f.target_group.as_str()) == blue)
    };
    let relevant: Vec<&RuleForwards> = rules
        .iter()
        .filter(|rule| rule.forwards.iter().any(|f| ours(&f)))
        .collect();
    let wrong = relevant.iter().copied().find(|rule| {
        rule.forwards
            .iter()
            .any(|f| f.weight > 0 && f.target_group != green)
    });
    let got = match (wrong, relevant.is_empty(), rules.first()) {
        (None, false, _) => return Proof::Green,
        (Some(rule), _, _) | (None, true, Some(rule)) => describe(rule),
        (None, true, None) => "it forwards to no target group".to_owned(),
    };
    Proof::NotYet {
        expected: format!(
            "it forwards to green's target group {} alone",
            arn::name(green)
        ),
        got,
    }
}

fn describe(rule: &RuleForwards) -> String {
    let total: u32 = rule.forwards.iter().map(|f| f.weight).sum();
    let shares: Vec<String> = rule
        .forwards
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
/// must be some, and each must be healthy.
pub fn judge_targets(targets: &[Target], group: &str) -> Proof {
    let staying: Vec<&Target> = targets.iter().filter(|t| !t.is_leaving()).collect();
    // Without health checks there is nothing to wait for.
    let well = |t: &&Target| matches!(t.state.as_str(), "healthy" | "unavailable");
    let ill: Vec<&Target> = staying.iter().copied().filter(|t| !well(t)).collect();
    if !staying.is_empty() && ill.is_empty() {
        return Proof::Green;
    }
    let got = match ill.as_slice() {
        [] => "it has no targets".to_owned(),
        [first, ..] => {
            let reason = first.reason.as_deref().unwrap_or("no reason given");
            format!(
                "{} of {} targets are not healthy; {}:{} is {} ({})",
                ill.len(),
                staying.len(),
                first.id,
                first.port,
                first.state,
                shorten(reason, 160),
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

    const GREEN: &str = "arn:aws:elasticloadbalancing:r:1:targetgroup/shop-green/1";
    const BLUE: &str = "arn:aws:elasticloadbalancing:r:1:targetgroup/shop-blue/2";
    const OTHER: &str = "arn:aws:elasticloadbalancing:r:1:targetgroup/admin/3";

    fn rules(rules: &[&[(&str, u32)]]) -> Vec<RuleForwards> {
        rules
            .iter()
            .map(|forwards| RuleForwards {
                forwards: forwards
                    .iter()
                    .map(|(group, weight)| Forward {
                        target_group: (*group).to_owned(),
                        weight: *weight,
                    })
                    .collect(),
            })
            .collect()
    }

    #[test]
    fn a_table_of_listeners() {
        for (case, got) in [
            (rules(&[&[(GREEN, 1)]]), None),
            (rules(&[&[(GREEN, 100), (BLUE, 0)]]), None),
            (rules(&[&[(OTHER, 1)], &[(GREEN, 1)]]), None),
            (
                rules(&[&[(BLUE, 1)]]),
                Some("it forwards 100 % to shop-blue"),
            ),
            (
                rules(&[&[(GREEN, 10), (BLUE, 90)]]),
                Some("it forwards 10 % to shop-green and 90 % to shop-blue"),
            ),
            (
                rules(&[&[(GREEN, 1)], &[(BLUE, 1)]]),
                Some("it forwards 100 % to shop-blue"),
            ),
            (
                rules(&[&[(GREEN, 1), (OTHER, 1)]]),
                Some("it forwards 50 % to shop-green and 50 % to admin"),
            ),
            (rules(&[&[(OTHER, 1)]]), Some("it forwards 100 % to admin")),
            (
                rules(&[&[(GREEN, 0)]]),
                Some("it forwards to no target group"),
            ),
            (rules(&[]), Some("it forwards to no target group")),
        ] {
            match (judge_route(&case, GREEN, Some(BLUE)), got) {
                (Proof::Green, None) => {}
                (Proof::NotYet { got, expected }, Some(words)) => {
                    assert_eq!(got, words);
                    assert!(expected.contains("shop-green"));
                }
                (found, _) => panic!("{case:?}: {found:?}"),
            }
        }
    }

    fn target(state: &str) -> Target {
        Target {
            id: "10.0.0.1".into(),
            port: 8080,
            state: state.into(),
            reason: Some("Target.ResponseCodeMismatch".into()),
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
            (vec!["unavailable"], true),
        ] {
            let targets: Vec<Target> = states.iter().map(|s| target(s)).collect();
            let proof = judge_targets(&targets, GREEN);
            assert_eq!(proof == Proof::Green, green, "{states:?}: {proof:?}");
        }
        let Proof::NotYet { got, .. } = judge_targets(&[target("unhealthy")], GREEN) else {
            panic!("unhealthy targets prove nothing");
        };
        assert_eq!(
            got,
            "1 of 1 targets are not healthy; 10.0.0.1:8080 is unhealthy (Target.ResponseCodeMismatch)"
        );
    }
}
