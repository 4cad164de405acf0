use std::time::Duration;

use tokio::time::Instant;
use verdict::{Outcome, Status, Timing};

use crate::{
    Fault, Proof, Request, Rollout, Rollouts, Route, Rule, Target, Way, judge_listener,
    judge_targets,
};

/// The name of the check that what answers is green.
pub const PROOF: &str = "proof of green";

/// From one look to the next. The load balancer's own health checks come no
/// closer together than 5 seconds.
const EVERY: Duration = Duration::from_secs(1);

/// What is waited for, and what was found last.
enum Look<T> {
    Green(T),
    NotYet { expected: String, got: String },
}

impl From<Proof> for Look<()> {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Green => Look::Green(()),
            Proof::NotYet { expected, got } => Look::NotYet { expected, got },
        }
    }
}

impl Rollouts {
    /// Waits until a listener sends these requests to green and only to green.
    /// Before that, an answer that comes through it may not be green's.
    ///
    /// # Errors
    /// When it can't be known, or the deployment has no such listener.
    pub async fn await_route(
        &self,
        rollout: &Rollout,
        way: Way,
        requests: &[Request],
        until: Instant,
    ) -> Result<Outcome, Fault> {
        let route = rollout.route(way).ok_or_else(|| {
            Fault::new(
                PROOF,
                format!("the deployment group has no route for {}", way.words()),
            )
            .with_remedy("add a test traffic route to it, or probe through tasks")
        })?;
        let target = format!("{}, port {}", way.words(), route.port);
        let outcome = Outcome::new(PROOF, Status::Passed).with_target(target);
        let look = || async move { Ok(self.prove_route(rollout, route, requests).await?.into()) };
        let (outcome, _) = poll(outcome, until, look).await?;
        Ok(outcome)
    }

    /// Waits until a listener serves green, and returns the rules that it has
    /// then. Where single requests go is for [`Leads`](crate::Leads) to tell.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn await_listener(
        &self,
        rollout: &Rollout,
        route: &Route,
        until: Instant,
    ) -> Result<(Outcome, Option<Vec<Rule>>), Fault> {
        let target = format!("{}, port {}", Way::TestListener.words(), route.port);
        let outcome = Outcome::new(PROOF, Status::Passed).with_target(target);
        let look = || async move {
            let rules = self.rules(route).await?;
            Ok(match judge_listener(&rules, &rollout.green.arn) {
                Proof::Green => Look::Green(rules),
                Proof::NotYet { expected, got } => Look::NotYet { expected, got },
            })
        };
        poll(outcome, until, look).await
    }

    /// Waits until the load balancer holds all of green's targets for healthy.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn await_health(&self, rollout: &Rollout, until: Instant) -> Result<Outcome, Fault> {
        let arn = &rollout.green.arn;
        let target = format!("target group {}", rollout.green.name);
        let outcome = Outcome::new("target health", Status::Passed).with_target(target);
        let look = || async move {
            Ok(judge_targets(&self.targets(arn).await?, arn, rollout.desired).into())
        };
        let (outcome, _) = poll(outcome, until, look).await?;
        Ok(outcome)
    }

    /// Waits until green has as many targets as it wants tasks, and returns
    /// those that stay.
    ///
    /// # Errors
    /// When it can't be known.
    pub async fn await_targets(
        &self,
        rollout: &Rollout,
        until: Instant,
    ) -> Result<(Outcome, Vec<Target>), Fault> {
        let name = &rollout.green.name;
        let target = format!("target group {name}");
        let outcome = Outcome::new(PROOF, Status::Passed).with_target(target);
        let look = || async move {
            let mut targets = self.targets(&rollout.green.arn).await?;
            targets.retain(|target| !target.is_leaving());
            let wanted = rollout.desired.unwrap_or(1).max(1);
            Ok(
                match targets.len() >= usize::try_from(wanted).unwrap_or(usize::MAX) {
                    true => Look::Green(targets),
                    false => Look::NotYet {
                        expected: format!("green's target group {name} has {wanted} targets"),
                        got: format!("it has {}", targets.len()),
                    },
                },
            )
        };
        let (outcome, targets) = poll(outcome, until, look).await?;
        Ok((outcome, targets.unwrap_or_default()))
    }
}

/// Looks until it is green or the time is over; at least once.
async fn poll<T, F>(
    outcome: Outcome,
    until: Instant,
    mut look: impl FnMut() -> F,
) -> Result<(Outcome, Option<T>), Fault>
where
    F: Future<Output = Result<Look<T>, Fault>>,
{
    let start = Instant::now();
    let mut outcome = outcome;
    loop {
        let begun = Instant::now();
        outcome.attempts += 1;
        // A look that hangs must not outlast the rest.
        let found = tokio::time::timeout_at(until.max(begun + EVERY), look()).await;
        outcome.elapsed_ms = Timing::millis(start.elapsed());
        let (expected, got) = match found {
            Ok(Ok(Look::Green(found))) => {
                (outcome.expected, outcome.got) = (None, None);
                return Ok((outcome, Some(found)));
            }
            Ok(Ok(Look::NotYet { expected, got })) => (expected, got),
            Ok(Err(fault)) => return Err(fault),
            Err(_) => return Ok((unanswered(outcome), None)),
        };
        outcome = outcome.with_expected(expected).with_got(got);
        if begun + EVERY >= until {
            outcome.status = Status::Failed;
            return Ok((outcome, None));
        }
        tokio::time::sleep_until(begun + EVERY).await;
    }
}

/// A look that AWS did not answer in time; an earlier one may have told more.
fn unanswered(outcome: Outcome) -> Outcome {
    let got = match &outcome.got {
        Some(earlier) => format!("{earlier}; then AWS did not answer in time"),
        None => "AWS did not answer in time".to_owned(),
    };
    Outcome {
        status: Status::Errored,
        ..outcome.with_got(got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn after(looks: u32, limit: u64) -> (Outcome, Option<u32>) {
        let mut count = 0;
        let outcome = Outcome::new(PROOF, Status::Passed);
        let until = Instant::now() + Duration::from_secs(limit);
        let look = || {
            count += 1;
            std::future::ready(Ok(match count >= looks {
                true => Look::Green(count),
                false => Look::NotYet {
                    expected: "green".into(),
                    got: format!("blue {count}"),
                },
            }))
        };
        poll(outcome, until, look).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_with_green_or_with_the_last_look() {
        let (outcome, found) = after(3, 10).await;
        assert_eq!(
            (outcome.status, outcome.attempts, found),
            (Status::Passed, 3, Some(3))
        );
        let (outcome, found) = after(30, 10).await;
        assert_eq!((outcome.status, found), (Status::Failed, None));
        assert_eq!(outcome.got.unwrap(), "blue 10");
        let (outcome, _) = after(2, 0).await;
        assert_eq!((outcome.status, outcome.attempts), (Status::Failed, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_hangs_is_left() {
        let until = Instant::now() + Duration::from_secs(5);
        let look = std::future::pending::<Result<Look<()>, Fault>>;
        let (outcome, found) = poll(Outcome::new(PROOF, Status::Passed), until, look)
            .await
            .unwrap();
        assert_eq!((outcome.status, found), (Status::Errored, None));
        assert_eq!(outcome.got.unwrap(), "AWS did not answer in time");
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_known_is_a_fault() {
        let until = Instant::now() + Duration::from_secs(5);
        let look = async || Err::<Look<()>, _>(Fault::new("step", "denied"));
        let found = poll(Outcome::new(PROOF, Status::Passed), until, look).await;
        assert_eq!(found.unwrap_err().why, "denied");
    }
}
