//! Listeners and targets: where traffic goes, and who is healthy.

use crate::{Event, Forward, Listener, Millis, Target, TargetReason, TargetState, Traffic, World};

/// What the load balancer's health checker found out about a target.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetReport {
    /// The target group, by name or ARN.
    pub target_group: String,
    /// The target's address.
    pub id: String,
    /// The target's port.
    pub port: u16,
    /// Its health.
    pub state: TargetState,
    /// Why it isn't healthy.
    pub reason: Option<TargetReason>,
    /// The same in words, such as `Health checks failed with these codes:
    /// [503]`; absent: the reason's own description.
    pub description: Option<String>,
}

/// A blue/green pair at a listener.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) deployment: String,
    pub(crate) blue: String,
    pub(crate) green: String,
}

/// Where a listener shall point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Aim {
    /// One side only.
    Only(Side),
    /// Both, green with so many percent.
    Both(u32),
}

/// Blue or green.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Blue,
    Green,
}

/// All weights of an action together.
pub(crate) const TOTAL: u32 = 100;

impl Aim {
    fn forwards(self, pair: &Pair) -> Vec<Forward> {
        let to = |arn: &str, weight| Forward {
            target_group_arn: arn.to_owned(),
            weight,
        };
        match self {
            Aim::Only(Side::Blue) => vec![to(&pair.blue, TOTAL)],
            Aim::Only(Side::Green) => vec![to(&pair.green, TOTAL)],
            Aim::Both(percent) => {
                let green = percent.min(TOTAL);
                vec![to(&pair.blue, TOTAL - green), to(&pair.green, green)]
            }
        }
    }
}

impl World {
    /// Takes in what the load balancer's health checker found. Ignored
    /// (`false`) when there is no such target, or when its target group isn't
    /// in use.
    pub fn target_health(&mut self, report: TargetReport, now: Millis) -> bool {
        let now = self.tick(now);
        let Some(group) = self
            .target_group(&report.target_group)
            .map(|g| g.arn.clone())
        else {
            return false;
        };
        // Whether a target is used is ours to say.
        if !self.is_in_use(&group) || report.state == TargetState::Unused {
            return false;
        }
        let healthy = report.state == TargetState::Healthy;
        let reason = report.reason.filter(|_| !healthy);
        let health = Health {
            state: report.state,
            reason,
            description: (report.description.filter(|_| !healthy))
                .or_else(|| reason.map(|r| r.description().to_owned())),
        };
        self.set_target_health(&group, (&report.id, report.port), health, now)
    }

    fn set_target_health(
        &mut self,
        group_arn: &str,
        (id, port): (&str, u16),
        health: Health,
        now: Millis,
    ) -> bool {
        let Some(group) = self.target_groups.iter_mut().find(|g| g.arn == group_arn) else {
            return false;
        };
        let Some(target) = (group.targets.iter_mut()).find(|t| t.id == id && t.port == port) else {
            return false;
        };
        let from = target.state;
        let changed = from != health.state || target.reason != health.reason;
        target.state = health.state;
        target.reason = health.reason;
        target.description = health.description;
        if changed {
            let event = Event::TargetChanged {
                target_group: group.name.clone(),
                id: id.to_owned(),
                port,
                from: Some(from),
                to: Some(health.state),
                reason: health.reason,
            };
            self.record(now, event);
        }
        true
    }

    /// Registers a target, `initial` or `unused`. One that is there already
    /// stays as it is.
    pub(crate) fn register_target(
        &mut self,
        group_arn: &str,
        (id, port): (&str, u16),
        now: Millis,
    ) {
        let health = Health::fresh(self.is_in_use(group_arn));
        let Some(group) = self.target_groups.iter_mut().find(|g| g.arn == group_arn) else {
            return;
        };
        if group.targets.iter().any(|t| t.id == id && t.port == port) {
            return;
        }
        let event = Event::TargetChanged {
            target_group: group.name.clone(),
            id: id.to_owned(),
            port,
            from: None,
            to: Some(health.state),
            reason: health.reason,
        };
        group.targets.push(Target {
            id: id.to_owned(),
            port,
            state: health.state,
            reason: health.reason,
            description: health.description,
            registered_at: now,
        });
        self.record(now, event);
    }

    /// Drops a target.
    pub(crate) fn deregister_target(
        &mut self,
        group_arn: &str,
        (id, port): (&str, u16),
        now: Millis,
    ) {
        let Some(group) = self.target_groups.iter_mut().find(|g| g.arn == group_arn) else {
            return;
        };
        let Some(at) = group
            .targets
            .iter()
            .position(|t| t.id == id && t.port == port)
        else {
            return;
        };
        let target = group.targets.remove(at);
        let event = Event::TargetChanged {
            target_group: group.name.clone(),
            id: target.id,
            port,
            from: Some(target.state),
            to: None,
            reason: None,
        };
        self.record(now, event);
    }

    /// Brings targets in line with the listeners: used ones are checked from
    /// now on, the others no more.
    pub(crate) fn settle_targets(&mut self, now: Millis) {
        let mut changes = Vec::new();
        for group in &self.target_groups {
            let in_use = self.is_in_use(&group.arn);
            for target in &group.targets {
                if (target.state != TargetState::Unused) != in_use {
                    changes.push((group.arn.clone(), target.id.clone(), target.port, in_use));
                }
            }
        }
        for (group, id, port, in_use) in changes {
            self.set_target_health(&group, (&id, port), Health::fresh(in_use), now);
        }
    }

    /// Whether a listener sends traffic to a target group, by its default
    /// action or by a rule.
    pub(crate) fn serves(&self, listener_arn: &str, target_group_arn: &str) -> bool {
        self.listener(listener_arn).is_some_and(|listener| {
            (actions(listener).flatten())
                .any(|f| f.target_group_arn == target_group_arn && f.weight > 0)
        })
    }

    /// Aims every action of a listener that forwards to one of the pair, as
    /// CodeDeploy does: the default action, and each such rule.
    pub(crate) fn aim_listener(
        &mut self,
        arn: &str,
        pair: &Pair,
        (traffic, aim): (Traffic, Aim),
        now: Millis,
    ) {
        let Some(listener) = self.listeners.iter_mut().find(|l| l.arn == arn) else {
            return;
        };
        let wanted = aim.forwards(pair);
        let listener_arn = listener.arn.clone();
        let own = listener
            .rules
            .iter_mut()
            .map(|r| (Some(r.arn.clone()), &mut r.forwards));
        let mut moved = Vec::new();
        for (rule, forwards) in own.chain([(None, &mut listener.forwards)]) {
            let ours = (forwards.iter())
                .any(|f| f.target_group_arn == pair.blue || f.target_group_arn == pair.green);
            if ours && *forwards != wanted {
                *forwards = wanted.clone();
                moved.push(rule);
            }
        }
        for rule in moved {
            let event = Event::ListenerMoved {
                deployment: pair.deployment.clone(),
                listener: listener_arn.clone(),
                rule,
                traffic,
                forwards: wanted.clone(),
            };
            self.record(now, event);
        }
        self.settle_targets(now);
    }

    /// Aims one rule, as ECS does: by a rule's ARN (a default one too), or by
    /// the ARN of a listener, which stands for its default action.
    pub(crate) fn aim_rule(
        &mut self,
        arn: &str,
        pair: &Pair,
        (traffic, aim): (Traffic, Aim),
        now: Millis,
    ) {
        let wanted = aim.forwards(pair);
        let mut moved = None;
        for listener in &mut self.listeners {
            if listener.arn == arn || listener.default_rule_arn == arn {
                if listener.forwards != wanted {
                    listener.forwards = wanted.clone();
                    moved = Some((listener.arn.clone(), None));
                }
                break;
            }
            if let Some(rule) = listener.rules.iter_mut().find(|r| r.arn == arn) {
                if rule.forwards != wanted {
                    rule.forwards = wanted.clone();
                    moved = Some((listener.arn.clone(), Some(arn.to_owned())));
                }
                break;
            }
        }
        if let Some((listener, rule)) = moved {
            let event = Event::ListenerMoved {
                deployment: pair.deployment.clone(),
                listener,
                rule,
                traffic,
                forwards: wanted,
            };
            self.record(now, event);
            self.settle_targets(now);
        }
    }
}

/// The health of a target, as it is set.
struct Health {
    state: TargetState,
    reason: Option<TargetReason>,
    description: Option<String>,
}

impl Health {
    /// Of a target nobody has looked at yet.
    fn fresh(in_use: bool) -> Health {
        let (state, reason) = if in_use {
            (TargetState::Initial, TargetReason::RegistrationInProgress)
        } else {
            (TargetState::Unused, TargetReason::NotInUse)
        };
        Health {
            state,
            reason: Some(reason),
            description: Some(reason.description().to_owned()),
        }
    }
}

/// What each action of a listener forwards to, the default one last.
pub(crate) fn actions(listener: &Listener) -> impl Iterator<Item = &[Forward]> {
    (listener.rules.iter())
        .map(|r| r.forwards.as_slice())
        .chain([listener.forwards.as_slice()])
}
