//! The steps in which production traffic goes over to green.

use std::time::Duration;

use crate::{Pace, Strategy, TrafficRouting};

impl TrafficRouting {
    /// Green's share after the next step, in percent, when it is `percent`
    /// now. A step is at least one percent, so 100 is always reached.
    pub fn next_percent(self, percent: u32) -> u32 {
        let next = match self {
            TrafficRouting::AllAtOnce => 100,
            TrafficRouting::Canary { percent: first, .. } if percent == 0 => first,
            TrafficRouting::Canary { .. } => 100,
            TrafficRouting::Linear { percent: step, .. } => percent.saturating_add(step.max(1)),
        };
        next.clamp(1, 100)
    }

    /// The wait between two steps.
    pub fn interval(self, pace: Pace) -> Duration {
        match self {
            TrafficRouting::AllAtOnce => Duration::ZERO,
            TrafficRouting::Canary { minutes, .. } | TrafficRouting::Linear { minutes, .. } => {
                pace.minutes(f64::from(minutes))
            }
        }
    }

    /// Whether traffic goes over little by little, for which the load balancer
    /// must know weights.
    pub fn is_gradual(self) -> bool {
        self != TrafficRouting::AllAtOnce
    }
}

impl Strategy {
    /// Green's share after the next step, in percent, when it is `percent` now.
    pub fn next_percent(self, percent: f64) -> f64 {
        let next = match self {
            Strategy::BlueGreen => 100.0,
            Strategy::Canary { percent: first, .. } if percent <= 0.0 => first,
            Strategy::Canary { .. } => 100.0,
            Strategy::Linear { step_percent, .. } => percent + step_percent.max(3.0),
        };
        let next = if next.is_nan() { 100.0 } else { next };
        next.clamp(0.1, 100.0)
    }

    /// The wait after a step that doesn't yet bring green to 100 percent.
    pub fn step_bake(self, pace: Pace) -> Duration {
        match self {
            Strategy::BlueGreen => Duration::ZERO,
            Strategy::Linear {
                step_bake_minutes: minutes,
                ..
            }
            | Strategy::Canary {
                bake_minutes: minutes,
                ..
            } => pace.minutes(f64::from(minutes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(routing: TrafficRouting) -> Vec<u32> {
        let next = |p: &u32| (*p < 100).then(|| routing.next_percent(*p));
        std::iter::successors(Some(routing.next_percent(0)), next).collect()
    }

    #[test]
    fn steps_of_each_routing() {
        let canary = |percent| TrafficRouting::Canary {
            percent,
            minutes: 5,
        };
        let linear = |percent| TrafficRouting::Linear {
            percent,
            minutes: 1,
        };
        let tens = vec![10, 20, 30, 40, 50, 60, 70, 80, 90, 100];
        for (routing, expected) in [
            (TrafficRouting::AllAtOnce, vec![100]),
            (canary(10), vec![10, 100]),
            (canary(0), vec![1, 100]),
            (canary(100), vec![100]),
            (canary(900), vec![100]),
            (linear(10), tens),
            (linear(30), vec![30, 60, 90, 100]),
            (linear(u32::MAX), vec![100]),
        ] {
            assert_eq!(steps(routing), expected, "{routing:?}");
        }
        assert_eq!(steps(linear(0)).len(), 100);
    }

    #[test]
    fn native_steps_reach_the_end_whatever_is_configured() {
        for odd in [f64::NAN, f64::INFINITY, -5.0, 0.0, 1e-9, 5.0, 33.4, 1e300] {
            for strategy in [
                Strategy::BlueGreen,
                Strategy::Canary {
                    percent: odd,
                    bake_minutes: 1,
                },
                Strategy::Linear {
                    step_percent: odd,
                    step_bake_minutes: 1,
                },
            ] {
                let mut percent = 0.0;
                let mut count = 0;
                while percent < 100.0 {
                    percent = strategy.next_percent(percent);
                    count += 1;
                    assert!(count < 40, "{strategy:?} stays at {percent}");
                }
                assert_eq!(percent, 100.0);
            }
        }
    }

    #[test]
    fn waits_follow_the_pace() {
        let pace = Pace {
            minute: Duration::from_millis(200),
        };
        let canary = TrafficRouting::Canary {
            percent: 10,
            minutes: 5,
        };
        assert_eq!(canary.interval(pace), Duration::from_secs(1));
        assert_eq!(canary.interval(Pace::REAL), Duration::from_secs(300));
        assert_eq!(pace.seconds(30.0), Duration::from_millis(100));
        assert_eq!(pace.minutes(f64::NAN), Duration::ZERO);
        assert_eq!(pace.minutes(-1.0), Duration::ZERO);
        assert_eq!(Pace::REAL.minutes(1e300), Duration::MAX);
    }
}
