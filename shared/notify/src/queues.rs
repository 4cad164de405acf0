use std::time::Duration;

use aws_sdk_sqs::{
    Client,
    error::{ProvideErrorMetadata as _, SdkError},
    operation::send_message::SendMessageError,
    types::MessageAttributeValue,
};
use tokio::time::{Instant, timeout_at};
use verdict::{Backoff, chain, shorten};

use crate::payload::ATTEMPT;

/// Where events go that are not taken: to be tried again, or to be kept.
#[derive(Debug, Clone)]
pub struct Queues {
    client: Client,
    retry: Option<String>,
    dead: Option<String>,
}

/// How often an event is put off. With the pauses between, it's the better part
/// of a day: longer than what is down usually is.
pub(crate) const MOST_ATTEMPTS: u32 = 100;

/// The least pauses. What waits for a rate limit with a thousand others must
/// not come again with all of them each second.
const PAUSES: Backoff = Backoff {
    first: Duration::from_secs(1),
    ceiling: LONGEST_DELAY,
};

/// The longest that SQS holds a message back.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// The attribute that tells why a message is with the dead letters.
const WHY: &str = "why";

impl Queues {
    /// Sends to these queues, by URL. Where there is no such queue, an event
    /// stays with who called.
    pub fn new(client: Client, retry: Option<String>, dead: Option<String>) -> Self {
        Self {
            client,
            retry,
            dead,
        }
    }

    /// Whether there is a queue for what shall come again.
    pub(crate) fn has_retry(&self) -> bool {
        self.retry.is_some()
    }

    /// Whether there is a queue for what can never be delivered.
    pub(crate) fn has_dead(&self) -> bool {
        self.dead.is_some()
    }

    /// Puts an event off that has been put off `attempt` times: a copy shows up
    /// in the retry queue after `after`, or later where that was often. Answers
    /// after how long.
    pub(crate) async fn later(
        &self,
        body: &str,
        attempt: u32,
        after: Duration,
        until: Instant,
    ) -> Result<Duration, String> {
        let delay = delay(attempt, after, fastrand::f64());
        let count = attribute("Number", &attempt.saturating_add(1).to_string())?;
        let call = self
            .client
            .send_message()
            .set_queue_url(self.retry.clone())
            .message_body(body)
            // Whole seconds, up to 900 of them.
            .delay_seconds(i32::try_from(delay.as_secs()).unwrap_or(i32::MAX))
            .message_attributes(ATTEMPT, count);
        match timeout_at(until, call.send()).await {
            Ok(Ok(_)) => Ok(delay),
            Ok(Err(error)) => Err(refused("retry queue", &error)),
            Err(_) => Err("the retry queue did not take it in time".to_owned()),
        }
    }

    /// Puts an event to the dead letters.
    pub(crate) async fn dead(&self, body: &str, why: &str, until: Instant) -> Result<(), String> {
        // SQS refuses an empty message, and most control characters.
        let empty = || format!("(an empty message: {why})");
        let body = match body.trim().is_empty() {
            true => empty(),
            false => plain(body),
        };
        let call = self
            .client
            .send_message()
            .set_queue_url(self.dead.clone())
            .message_body(body)
            .message_attributes(WHY, attribute("String", &plain(&shorten(why, 1000)))?);
        match timeout_at(until, call.send()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused("dead-letter queue", &error)),
            Err(_) => Err("the dead-letter queue did not take it in time".to_owned()),
        }
    }
}

/// How long a copy is held back.
fn delay(attempt: u32, after: Duration, chance: f64) -> Duration {
    // The first few come as soon as they were asked for.
    let least = match attempt {
        0..=2 => Duration::ZERO,
        // Doubled with every second time.
        n => PAUSES.pause(n / 2, chance),
    };
    let whole = after.max(least).min(LONGEST_DELAY);
    Duration::from_secs(whole.as_secs() + u64::from(whole.subsec_nanos() > 0))
}

fn attribute(kind: &str, value: &str) -> Result<MessageAttributeValue, String> {
    let value = match value.is_empty() {
        true => "-",
        false => value,
    };
    MessageAttributeValue::builder()
        .data_type(kind)
        .string_value(value)
        .build()
        .map_err(|error| error.to_string())
}

/// Without the characters that SQS does not take.
fn plain(text: &str) -> String {
    let taken = |c: char| match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => c >= ' ',
    };
    text.chars()
        .map(|c| if taken(c) { c } else { '\u{fffd}' })
        .collect()
}

fn refused(queue: &str, error: &SdkError<SendMessageError>) -> String {
    let why = match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => chain(error),
    };
    let why = format!("could not put it into the {queue}: {}", shorten(&why, 300));
    match error.code() {
        Some(code) if code.starts_with("AccessDenied") => {
            format!("{why}; allow the function's role sqs:SendMessage on it")
        }
        _ => why,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_delays() {
        let ms = Duration::from_millis;
        for (attempt, after, seconds) in [
            (0, ms(0), 0),
            (0, ms(200), 1),
            (0, ms(20_000), 20),
            (2, ms(1_000), 1),
            (4, ms(0), 2),
            (10, ms(0), 16),
            (10, ms(60_000), 60),
            (30, ms(1_000), 900),
            (0, ms(86_400_000), 900),
        ] {
            assert_eq!(
                delay(attempt, after, 1.0).as_secs(),
                seconds,
                "{attempt} {after:?}"
            );
        }
        let patience: u64 = (0..MOST_ATTEMPTS)
            .map(|n| delay(n, ms(1000), 0.5).as_secs())
            .sum();
        assert!((10..24).contains(&(patience / 3600)), "{patience} s");
    }

    proptest! {
        #[test]
        fn sqs_takes_every_delay(attempt in any::<u32>(), after in any::<u64>(), chance in any::<f64>()) {
            let delay = delay(attempt, Duration::from_millis(after), chance);
            prop_assert!(delay <= LONGEST_DELAY);
            prop_assert!(delay >= Duration::from_millis(after).min(LONGEST_DELAY));
            prop_assert_eq!(delay.subsec_nanos(), 0);
        }

        #[test]
        fn sqs_takes_every_text(text in any::<String>()) {
            let forbidden = |c: char| {
                !matches!(u32::from(c), 0x9 | 0xa | 0xd | 0x20..=0xd7ff | 0xe000..=0xfffd | 0x1_0000..)
            };
            prop_assert!(!plain(&text).contains(forbidden));
        }
    }
}
