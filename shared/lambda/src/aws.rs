use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{rt::sleep::TokioSleep, time::SystemTimeSource};
use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use finder::Finder;
use rollout::Rollouts;
use rustls::ClientConfig;
use secrets::Secrets;
use store::{Access, Plans, Store};

use crate::{
    Settings,
    http::{SdkHttp, http_client, tls_config},
};

/// Makes the clients of AWS's services, all over one HTTP client.
///
/// Region and credentials come from the variables that Lambda sets; they hold
/// as long as the process does. The SDK's own loader would also look for them
/// in files and on the network, which a cold start pays for.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
#[derive(Clone)]
pub struct Aws {
    config: SdkConfig,
    environment: Arc<BTreeMap<String, String>>,
    http: reqwest::Client,
    tls: Arc<ClientConfig>,
}

/// Tries of one call while a deployment is looked at. Throttling passes, and
/// the time budget ends the waiting where it doesn't.
const TRIES: u32 = 6;

/// The longest that one try of a call may take, and all of its tries together:
/// a call that hangs shall be named, and not be what was going on when the
/// time was over.
const ATTEMPT: Duration = Duration::from_secs(5);
const CALL: Duration = Duration::from_secs(20);

impl Aws {
    /// Reads region, credentials and endpoints out of an environment.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(environment: BTreeMap<String, String>) -> Result<Self, reqwest::Error> {
        let tls = tls_config();
        let http = http_client(&tls)?;
        let mut config = SdkConfig::builder()
            .behavior_version(aws_sdk_codedeploy::config::BehaviorVersion::latest())
            .http_client(SdkHttp(http.clone()))
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(ATTEMPT)
                    .operation_timeout(CALL)
                    .build(),
            );
        let get = |name: &str| environment.get(name).filter(|v| !v.is_empty()).cloned();
        if let Some(region) = get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")) {
            config = config.region(Region::new(region));
        }
        if let (Some(id), Some(secret)) = (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
            let token = get("AWS_SESSION_TOKEN");
            let keys = Credentials::new(id, secret, token, None, "environment");
            config = config.credentials_provider(SharedCredentialsProvider::new(keys));
        }
        Ok(Self {
            config: config.build(),
            environment: Arc::new(environment),
            http,
            tls,
        })
    }

    /// The HTTP client under the SDK.
    pub fn sdk_http(&self) -> SdkHttp {
        SdkHttp(self.http.clone())
    }

    /// The same, with another HTTP client under the SDK: one that fails in
    /// ways that no server can bring about.
    pub fn over(mut self, client: impl HttpClient + 'static) -> Self {
        self.config = self.config.to_builder().http_client(client).build();
        self
    }

    /// A client of CodeBuild.
    pub fn codebuild(&self) -> aws_sdk_codebuild::Client {
        aws_sdk_codebuild::Client::new(&self.at("CODEBUILD"))
    }

    /// A client of CodeDeploy.
    pub fn codedeploy(&self) -> aws_sdk_codedeploy::Client {
        aws_sdk_codedeploy::Client::new(&self.at("CODEDEPLOY"))
    }

    /// A client of CodePipeline.
    pub fn codepipeline(&self) -> aws_sdk_codepipeline::Client {
        aws_sdk_codepipeline::Client::new(&self.at("CODEPIPELINE"))
    }

    /// A client of ECS.
    pub fn ecs(&self) -> aws_sdk_ecs::Client {
        aws_sdk_ecs::Client::new(&self.at("ECS"))
    }

    /// A client of Elastic Load Balancing, version 2.
    pub fn load_balancing(&self) -> aws_sdk_elasticloadbalancingv2::Client {
        aws_sdk_elasticloadbalancingv2::Client::new(&self.at("ELASTIC_LOAD_BALANCING_V2"))
    }

    /// A client of EventBridge.
    pub fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        aws_sdk_eventbridge::Client::new(&self.at("EVENTBRIDGE"))
    }

    /// A client of CloudWatch Logs.
    pub fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::new(&self.at("CLOUDWATCH_LOGS"))
    }

    /// A client of SNS. It tries once: what is published twice is read twice,
    /// so it is not for the client to decide whether to try again.
    pub fn sns(&self) -> aws_sdk_sns::Client {
        let config = self.at("SNS").to_builder();
        let once = config.retry_config(RetryConfig::disabled()).build();
        aws_sdk_sns::Client::new(&once)
    }

    /// A client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.at("SQS"))
    }

    /// What finds deployments, their plans, and what is beside those.
    pub fn finder(&self, settings: &Settings) -> Finder {
        Finder {
            rollouts: Rollouts::new(self.codedeploy(), self.ecs(), self.load_balancing()),
            plans: Plans::new(self.store(), settings.plans.clone()),
        }
    }

    /// What reads secrets.
    pub fn secrets(&self) -> Secrets {
        Secrets::new(aws_sdk_secretsmanager::Client::new(
            &self.at("SECRETS_MANAGER"),
        ))
    }

    /// The store of plans and tests.
    pub fn store(&self) -> Store {
        let get = |name: &str| {
            self.environment
                .get(name)
                .filter(|v| !v.is_empty())
                .cloned()
        };
        let access = match (
            self.config.region(),
            get("AWS_ACCESS_KEY_ID"),
            get("AWS_SECRET_ACCESS_KEY"),
        ) {
            (Some(region), Some(key_id), Some(secret)) => Some(Access {
                region: region.to_string(),
                endpoint: self.endpoint("S3"),
                key_id,
                secret,
                token: get("AWS_SESSION_TOKEN"),
            }),
            _ => None,
        };
        Store::new(access, self.http.clone())
    }

    /// The HTTP client that everything goes over.
    pub fn http(&self) -> reqwest::Client {
        self.http.clone()
    }

    /// How TLS is spoken in this process.
    pub fn tls(&self) -> Arc<ClientConfig> {
        self.tls.clone()
    }

    /// The configuration of one service's client.
    fn at(&self, service: &str) -> SdkConfig {
        match self.endpoint(service) {
            None => self.config.clone(),
            Some(url) => self.config.to_builder().endpoint_url(url).build(),
        }
    }

    /// Another endpoint than the region's own, in the variables that all of
    /// AWS's clients know.
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
    fn endpoint(&self, service: &str) -> Option<String> {
        let one = self.environment.get(&format!("AWS_ENDPOINT_URL_{service}"));
        one.or_else(|| self.environment.get("AWS_ENDPOINT_URL"))
            .filter(|url| !url.is_empty())
            .cloned()
    }
}
