use std::time::Duration;

use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};

/// The clients of the services that are asked.
#[derive(Debug, Clone)]
pub struct Clients {
    /// CodePipeline's.
    pub codepipeline: aws_sdk_codepipeline::Client,
    /// CodeBuild's.
    pub codebuild: aws_sdk_codebuild::Client,
    /// CloudWatch Logs'.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// CodeDeploy's.
    pub codedeploy: aws_sdk_codedeploy::Client,
    /// ECS's.
    pub ecs: aws_sdk_ecs::Client,
}

/// How long AWS is waited for. A message waits as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one try of a call; there are two at most.
    pub attempt: Duration,
    /// For all there is to ask about one thing.
    pub whole: Duration,
}

impl Default for Limits {
    /// 2 s and 6 s.
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(2),
            whole: Duration::from_secs(6),
        }
    }
}

/// Tries of one call.
const TRIES: u32 = 2;

/// The same client with a limit on its calls.
macro_rules! limit {
    ($sdk:ident, $client:expr, $limits:expr) => {{
        let config = $client.config().to_builder();
        let config = config
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout($limits.attempt)
                    .build(),
            );
        $sdk::Client::from_conf(config.build())
    }};
}

impl Clients {
    /// The same clients, each call within these limits.
    pub(crate) fn within(&self, limits: Limits) -> Self {
        Self {
            codepipeline: limit!(aws_sdk_codepipeline, self.codepipeline, limits),
            codebuild: limit!(aws_sdk_codebuild, self.codebuild, limits),
            logs: limit!(aws_sdk_cloudwatchlogs, self.logs, limits),
            codedeploy: limit!(aws_sdk_codedeploy, self.codedeploy, limits),
            ecs: limit!(aws_sdk_ecs, self.ecs, limits),
        }
    }
}
