//! Which target gets a request: by rule, weight, health and turn.

use std::{collections::HashMap, sync::Mutex};

use world::{Forward, Listener, TargetState, World};

use crate::sync::lock;

/// A target that gets a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: (String, u16),
    /// It is spoken to in HTTP/2.
    pub(super) http2: bool,
}

/// Remembers whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Picker(Mutex<Turns>);

#[derive(Debug, Default)]
struct Turns {
    /// By the rule's ARN.
    rules: HashMap<String, Wheel>,
    /// By the target group's ARN.
    groups: HashMap<String, usize>,
}

impl Picker {
    /// `None`: there is nobody who could get it.
    pub(super) fn pick(&self, world: &World, listener: &str, path: &str) -> Option<Target> {
        let mut turns = lock(&self.0);
        let (rule, forwards) = rule_for(world.listener(listener)?, path);
        let wheel = turns.rules.entry(rule.to_owned()).or_default();
        let group = world.target_group(wheel.turn(forwards)?)?;
        let alive = |t: &&world::Target| t.state != TargetState::Draining;
        let mut fit: Vec<_> = group
            .targets
            .iter()
            .filter(|t| t.state == TargetState::Healthy)
            .collect();
        if fit.is_empty() {
            // Nobody is healthy: the load balancer "fails open" to all.
            fit = group.targets.iter().filter(alive).collect();
        }
        if fit.is_empty() {
            return None;
        }
        let turn = turns.groups.entry(group.arn.clone()).or_default();
        let target = fit.get(*turn % fit.len())?;
        *turn = turn.wrapping_add(1);
        Some(Target {
            address: (target.id.clone(), target.port),
            http2: matches!(group.protocol_version.as_deref(), Some("HTTP2" | "GRPC")),
        })
    }
}

/// Smooth weighted round robin: each turn, all gain their weight, and the one
/// that has most pays for all. So the shares are exact, and evenly spread.
#[derive(Debug, Default)]
struct Wheel {
    forwards: Vec<Forward>,
    credit: Vec<i64>,
}

impl Wheel {
    fn turn(&mut self, forwards: &[Forward]) -> Option<&str> {
        if self.forwards != forwards {
            self.forwards = forwards.to_vec();
            self.credit = vec![0; forwards.len()];
        }
        let mut total = 0;
        let mut best: Option<usize> = None;
        for (i, forward) in self.forwards.iter().enumerate() {
            let weight = i64::from(forward.weight);
            total += weight;
            self.credit[i] += weight;
            if weight > 0 && best.is_none_or(|best| self.credit[i] > self.credit[best]) {
                best = Some(i);
            }
        }
        let best = best?;
        self.credit[best] -= total;
        Some(&self.forwards[best].target_group_arn)
    }
}

/// The first rule that a path fits, by ARN, or the default one.
fn rule_for<'a>(listener: &'a Listener, path: &str) -> (&'a str, &'a [Forward]) {
    let fits = |patterns: &[String]| {
        patterns.is_empty() || patterns.iter().any(|p| like(p.as_bytes(), path.as_bytes()))
    };
    (listener.rules.iter())
        .find(|rule| fits(&rule.path_patterns))
        .map_or((&listener.default_rule_arn, &listener.forwards), |rule| {
            (&rule.arn, &rule.forwards)
        })
}

/// Whether a text fits a pattern with `*` and `?`, upper and lower case being
/// different.
fn like(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on when the last star has to take one more.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, taken)) => {
                    star = Some((after, taken + 1));
                    (p, t) = (after, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_matched() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("/", "/", true),
            ("/", "/a", false),
            ("*", "/anything/at/all", true),
            ("/img/*", "/img/", true),
            ("/img/*", "/img/a/b.png", true),
            ("/img/*", "/images", false),
            ("/*/edit", "/a/b/edit", true),
            ("/*/edit", "/a/edit/b", false),
            ("/a?c", "/abc", true),
            ("/a?c", "/ac", false),
            (
                "/*a*a*a*b",
                "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                false,
            ),
            ("/A", "/a", false),
        ] {
            assert_eq!(
                like(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
    }

    fn forwards(weights: &[u32]) -> Vec<Forward> {
        let forward = |(i, &weight)| Forward {
            target_group_arn: format!("tg{i}"),
            weight,
        };
        weights.iter().enumerate().map(forward).collect()
    }

    #[test]
    fn shares_are_exact() {
        for weights in [
            vec![90, 10],
            vec![1, 1],
            vec![5, 3, 2],
            vec![100, 0],
            vec![7],
            vec![999, 1],
        ] {
            let forwards = forwards(&weights);
            let total: u32 = weights.iter().sum();
            let mut wheel = Wheel::default();
            let mut got = vec![0; weights.len()];
            for _ in 0..total * 3 {
                let group = wheel.turn(&forwards).expect("there is a weight").to_owned();
                let i: usize = group.trim_start_matches("tg").parse().expect("a number");
                got[i] += 1;
            }
            let expected: Vec<u32> = weights.iter().map(|w| w * 3).collect();
            assert_eq!(got, expected);
        }
    }

    #[test]
    fn ten_percent_is_every_tenth() {
        let forwards = forwards(&[90, 10]);
        let mut wheel = Wheel::default();
        let turns: Vec<bool> = (0..40)
            .map(|_| wheel.turn(&forwards) == Some("tg1"))
            .collect();
        for ten in turns.chunks(10) {
            assert_eq!(ten.iter().filter(|green| **green).count(), 1);
        }
    }

    #[test]
    fn no_weight_no_target() {
        assert_eq!(Wheel::default().turn(&forwards(&[0, 0])), None);
        assert_eq!(Wheel::default().turn(&[]), None);
    }
}
