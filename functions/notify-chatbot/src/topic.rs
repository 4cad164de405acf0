use aws_sdk_sns::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::publish::PublishError,
};
use board::{Courier, Order, Refusal, Search};
use chat::{Message, amazon_q};
use routes::Way;
use story::Story;
use verdict::{chain, shorten};

/// Publishes notifications to the topic that Amazon Q reads.
pub struct Topic {
    client: Client,
    arn: String,
}

/// The longest message that SNS takes, in bytes.
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const LONGEST: usize = 256 * 1024;

impl Topic {
    /// Publishes to this topic. The client must not try again by itself:
    /// what is published twice is read twice.
    pub fn new(client: Client, arn: String) -> Self {
        Self { client, arn }
    }
}

impl Courier for Topic {
    /// There is one topic. The channels of routes are Slack's, and both notifiers
    /// may have the same routes.
    fn place(&self, _way: &Way) -> String {
        self.arn.clone()
    }

    fn messages(&self, story: &Story, _way: &Way) -> Vec<Message> {
        amazon_q::milestones(story)
    }

    fn is_live(&self) -> bool {
        false
    }

    async fn post(&self, order: Order<'_>) -> Result<String, Refusal> {
        let body = order.message.body.to_string();
        if body.len() > LONGEST {
            return Err(Refusal::Never {
                why: format!(
                    "SNS takes no notification of {} bytes; at most {LONGEST} are allowed",
                    body.len()
                ),
            });
        }
        let publish = self.client.publish().topic_arn(order.place).message(body);
        match publish.send().await {
            Ok(answer) => Ok(answer.message_id.unwrap_or_default()),
            Err(error) => Err(sort(&error, order.place)),
        }
    }

    /// Nothing that is published can be changed; the board does not ask.
    async fn update(&self, _handle: &str, order: Order<'_>) -> Result<(), Refusal> {
        Err(Refusal::Never {
            why: format!("a notification to {} can't be changed", order.place),
        })
    }

    async fn withdraw(&self, _handle: &str) -> Result<(), Refusal> {
        Ok(())
    }

    /// Nothing can be looked for: it is published again.
    async fn find(&self, _search: Search<'_>) -> Result<Option<String>, Refusal> {
        Ok(None)
    }
}

/// What an error of publishing means.
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors>
fn sort(error: &SdkError<PublishError>, topic: &str) -> Refusal {
    let words = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => chain(error),
    };
    let why = format!("could not publish to {topic}: {}", shorten(&words, 300));
    let never = |remedy: &str| Refusal::Never {
        why: format!("{why}; {remedy}"),
    };
    match (error, error.code()) {
        (SdkError::ServiceError(answer), code) => match code.unwrap_or_default() {
            "NotFound" | "NotFoundException" => {
                never("make the topic, or correct GREENLIGHT_TOPIC")
            }
            "AuthorizationError"
            | "AuthorizationErrorException"
            | "AccessDenied"
            | "AccessDeniedException" => never(
                "allow the function's role sns:Publish on the topic; for a topic of another \
                 account its policy must allow it, too",
            ),
            // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
            "KMSAccessDenied" | "KMSAccessDeniedException" => never(
                "allow the function's role kms:GenerateDataKey and kms:Decrypt on the topic's key",
            ),
            "KMSThrottling" | "KMSThrottlingException" => Refusal::Again { after: None, why },
            code if code.starts_with("KMS") => never("look at the topic's key in KMS"),
            // The credentials are new in the next process.
            "ExpiredToken" | "ExpiredTokenException" => Refusal::Again { after: None, why },
            code if code.contains("Throttl") => Refusal::Again { after: None, why },
            _ if is_for_now(answer.raw().status().as_u16()) => Refusal::Again { after: None, why },
            _ => never("look at the topic in SNS"),
        },
        (SdkError::ConstructionFailure(_), _) => {
            never("the function needs a region and credentials in its environment")
        }
        // It went out, or may have: no answer says whether it was taken.
        _ => Refusal::Unsure { why },
    }
}

/// Too many requests, or a service that is down.
fn is_for_now(status: u16) -> bool {
    status == 429 || status >= 500
}
