use std::{fmt, str::FromStr};

/// A point of a deployment's life at which a gate runs.
/// <https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hook {
    /// Before green is created.
    BeforeInstall,
    /// Green's tasks run; the test listener still serves blue.
    AfterInstall,
    /// The test listener serves green.
    AfterAllowTestTraffic,
    /// Green is about to take production traffic.
    BeforeAllowTraffic,
    /// Production is served by green.
    AfterAllowTraffic,
}

impl Hook {
    /// All hooks, in the order in which a deployment reaches them.
    pub const ALL: [Hook; 5] = [
        Hook::BeforeInstall,
        Hook::AfterInstall,
        Hook::AfterAllowTestTraffic,
        Hook::BeforeAllowTraffic,
        Hook::AfterAllowTraffic,
    ];

    /// CodeDeploy's name of the lifecycle event, as an AppSpec spells it.
    pub fn lifecycle_event(self) -> &'static str {
        match self {
            Hook::BeforeInstall => "BeforeInstall",
            Hook::AfterInstall => "AfterInstall",
            Hook::AfterAllowTestTraffic => "AfterAllowTestTraffic",
            Hook::BeforeAllowTraffic => "BeforeAllowTraffic",
            Hook::AfterAllowTraffic => "AfterAllowTraffic",
        }
    }

    /// The function that answers it, and its section of a plan.
    pub fn name(self) -> &'static str {
        match self {
            Hook::BeforeInstall => "before-install",
            Hook::AfterInstall => "after-install",
            Hook::AfterAllowTestTraffic => "after-allow-test-traffic",
            Hook::BeforeAllowTraffic => "before-allow-traffic",
            Hook::AfterAllowTraffic => "after-allow-traffic",
        }
    }

    /// The hook whose checks belong to a stage of an ECS-native deployment.
    /// None: no gate of ours stands at that stage.
    pub fn at_stage(stage: &Stage) -> Option<Hook> {
        Some(match stage.0.as_str() {
            "PRE_SCALE_UP" => Hook::BeforeInstall,
            "POST_SCALE_UP" => Hook::AfterInstall,
            "POST_TEST_TRAFFIC_SHIFT" => Hook::AfterAllowTestTraffic,
            "PRE_PRODUCTION_TRAFFIC_SHIFT" | "PRODUCTION_TRAFFIC_SHIFT" => Hook::BeforeAllowTraffic,
            "POST_PRODUCTION_TRAFFIC_SHIFT" => Hook::AfterAllowTraffic,
            _ => return None,
        })
    }

    /// The stages of an ECS-native deployment that this hook's checks belong to.
    pub fn stages(self) -> &'static [&'static str] {
        match self {
            Hook::BeforeInstall => &["PRE_SCALE_UP"],
            Hook::AfterInstall => &["POST_SCALE_UP"],
            Hook::AfterAllowTestTraffic => &["POST_TEST_TRAFFIC_SHIFT"],
            Hook::BeforeAllowTraffic => {
                &["PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"]
            }
            Hook::AfterAllowTraffic => &["POST_PRODUCTION_TRAFFIC_SHIFT"],
        }
    }
}

/// A text names no hook of an ECS deployment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no hook of an ECS deployment; there are {all}", all = Hook::ALL.map(Hook::lifecycle_event).join(", "))]
pub struct NoHook(String);

impl FromStr for Hook {
    type Err = NoHook;

    /// Reads CodeDeploy's name of the lifecycle event.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Hook::ALL.into_iter();
        all.find(|hook| hook.lifecycle_event() == text)
            .ok_or_else(|| NoHook(text.to_owned()))
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.lifecycle_event())
    }
}

/// A stage of an ECS-native deployment. An open set: AWS adds stages.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html>
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stage(pub String);

impl Stage {
    /// Whether ECS calls this stage's hooks again while it rolls back.
    pub fn recurs_in_rollback(&self) -> bool {
        matches!(
            self.0.as_str(),
            "TEST_TRAFFIC_SHIFT" | "PRODUCTION_TRAFFIC_SHIFT"
        )
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_and_hooks_agree() {
        for hook in Hook::ALL {
            assert_eq!(hook.lifecycle_event().parse(), Ok(hook));
            for stage in hook.stages() {
                assert_eq!(Hook::at_stage(&Stage((*stage).to_owned())), Some(hook));
            }
        }
        assert_eq!(
            "Install".parse::<Hook>().unwrap_err().to_string(),
            "\"Install\" is no hook of an ECS deployment; there are BeforeInstall, AfterInstall, \
             AfterAllowTestTraffic, BeforeAllowTraffic, AfterAllowTraffic"
        );
        for other in ["TEST_TRAFFIC_SHIFT", "RECONCILE_SERVICE", "BAKE_TIME", ""] {
            assert_eq!(Hook::at_stage(&Stage(other.to_owned())), None);
        }
    }
}
