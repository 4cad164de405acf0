use std::{str::FromStr, time::Duration};

use crate::example::Behaviour;

/// Something that goes wrong in a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Green behaves badly.
    Green(Behaviour),
    /// The test listener still points at blue.
    StaleListener,
    /// AWS throttles the first calls of each operation.
    Throttling,
    /// AWS refuses one operation.
    AccessDenied(String),
    /// AWS answers late.
    SlowAnswers(Duration),
    /// AWS closes the connection in place of its first answer of each operation.
    DroppedAnswers,
    /// The first so many status calls fail.
    StatusFails(u32),
}

impl Fault {
    /// For `--help`.
    pub(crate) const HELP: &'static str = "\
Something that goes wrong; can be given more than once:

unhealthy-green           green answers 503
slow-green                green answers after two seconds
recovering-green          green answers 503 for three seconds, then 200
broken-orders             green is healthy, but answers 500 to orders
hanging-orders            green is healthy, but never answers orders
stale-listener            the test listener still points at blue
throttling                AWS throttles the first two calls of each operation
access-denied[=ACTION]    AWS refuses an action [default: ecs:DescribeServices]
slow-answers[=TIME]       AWS answers late [default: 500ms]
dropped-answers           AWS breaks off its first answer of each operation
status-fails[=N]          the first N status calls fail [default: 2]
";
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let bare = |fault: Fault| match value {
            None => Ok(fault),
            Some(_) => Err(format!("{name} takes no value")),
        };
        match name {
            "unhealthy-green" => bare(Fault::Green(Behaviour::Unhealthy)),
            "slow-green" => bare(Fault::Green(Behaviour::Slow)),
            "recovering-green" => bare(Fault::Green(Behaviour::Recovering)),
            "broken-orders" => bare(Fault::Green(Behaviour::BrokenOrders)),
            "hanging-orders" => bare(Fault::Green(Behaviour::HangingOrders)),
            "stale-listener" => bare(Fault::StaleListener),
            "throttling" => bare(Fault::Throttling),
            "dropped-answers" => bare(Fault::DroppedAnswers),
            "access-denied" => match value.unwrap_or("ecs:DescribeServices").rsplit(':').next() {
                Some(action) if !action.is_empty() => Ok(Fault::AccessDenied(action.to_owned())),
                _ => Err("write it as access-denied=ecs:DescribeServices".to_owned()),
            },
            "slow-answers" => humantime::parse_duration(value.unwrap_or("500ms"))
                .map(Fault::SlowAnswers)
                .map_err(|_| "write it as slow-answers=500ms".to_owned()),
            "status-fails" => match value.unwrap_or("2").parse() {
                Ok(times) => Ok(Fault::StatusFails(times)),
                Err(_) => Err("write it as status-fails=2".to_owned()),
            },
            _ => {
                let known: Vec<&str> = Fault::HELP
                    .lines()
                    .skip(2)
                    .filter_map(|line| line.split([' ', '[']).next())
                    .collect();
                Err(format!(
                    "{name:?} is no fault; there are {}",
                    known.join(", ")
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_faults() {
        for (text, fault) in [
            ("unhealthy-green", Fault::Green(Behaviour::Unhealthy)),
            ("broken-orders", Fault::Green(Behaviour::BrokenOrders)),
            ("hanging-orders", Fault::Green(Behaviour::HangingOrders)),
            (
                "access-denied",
                Fault::AccessDenied("DescribeServices".into()),
            ),
            (
                "access-denied=s3:GetObject",
                Fault::AccessDenied("GetObject".into()),
            ),
            (
                "slow-answers=2s",
                Fault::SlowAnswers(Duration::from_secs(2)),
            ),
            ("status-fails", Fault::StatusFails(2)),
            ("status-fails=5", Fault::StatusFails(5)),
        ] {
            assert_eq!(text.parse(), Ok(fault));
        }
        for text in [
            "",
            "slow",
            "throttling=2",
            "status-fails=x",
            "access-denied=",
            "slow-answers=5",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_fault_of_the_help_is_one() {
        for line in Fault::HELP.lines().skip(2) {
            let name = line.split([' ', '[']).next().unwrap();
            assert!(name.parse::<Fault>().is_ok(), "{name}");
        }
    }
}
