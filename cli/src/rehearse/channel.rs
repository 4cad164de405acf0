//! The channel in which a rehearsal's messages stand: a stand-in for Slack, and
//! the notifier that writes there.

use std::{collections::BTreeMap, time::Duration};

use local_aws::{AsyncConfig, LocalAws, Mapping, Setup};
use local_slack::{Config, LocalSlack, Posted, TOKEN};
use serde_json::{Value, json};
use tokio::sync::watch;
use world::{Commit, Millis, PipelineDeploy, PipelinePlan, QueueSettings, Redrive, World};

use super::BUCKET;
use crate::{args::Rehearse, functions, input::InputError};

/// The channel, as the notifier's setting has it.
pub(crate) const CHANNEL: &str = "#deployments";

/// What the notifier is called here.
pub(crate) const NOTIFIER: &str = "Greenlight-notify-slack";

/// Its queues.
const RETRY: &str = "greenlight-retry";
const DEAD: &str = "greenlight-dead-letters";

/// The secret with the stand-in's token.
const SECRET: &str = "greenlight/slack";

/// How long an invocation of the notifier may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a deployment waits for its pipeline. On AWS it is longer, since its
/// events take longer.
const HOLD: &str = "1s";

/// How long the last messages may take.
const LAST: Duration = Duration::from_secs(15);

/// The channel and what was shown of it.
pub(crate) struct Channel {
    slack: LocalSlack,
    changes: watch::Receiver<u64>,
    /// How many versions of each message were shown.
    shown: BTreeMap<String, usize>,
}

/// Something new in the channel.
pub(crate) struct News {
    /// Whether it is in a message's thread.
    pub(crate) in_thread: bool,
    /// The message, in one line.
    pub(crate) text: String,
}

impl Channel {
    /// Starts the stand-in.
    pub(crate) async fn open() -> Result<Self, InputError> {
        let slack = LocalSlack::start(Config::default())
            .await
            .map_err(|e| InputError::new(format!("could not start the stand-in Slack: {e}")))?;
        let changes = slack.changes();
        Ok(Self {
            slack,
            changes,
            shown: BTreeMap::new(),
        })
    }

    /// Puts the notifier and all that it needs into a local AWS.
    pub(crate) fn join(
        &self,
        setup: &mut Setup,
        args: &Rehearse,
        now: Millis,
    ) -> Result<(), InputError> {
        let secret = setup.world.put_secret(SECRET, TOKEN, now);
        let redrive = Redrive {
            dead_letters: DEAD.to_owned(),
            max_receive_count: 5,
        };
        let retry = QueueSettings {
            visibility_timeout: TIMEOUT * 2,
            redrive: Some(redrive),
            ..QueueSettings::default()
        };
        setup
            .queues
            .insert(DEAD.to_owned(), QueueSettings::default());
        setup.queues.insert(RETRY.to_owned(), retry);
        setup.mappings.push(Mapping {
            report_item_failures: true,
            ..Mapping::new(RETRY, NOTIFIER)
        });
        setup.async_configs.insert(
            NOTIFIER.to_owned(),
            AsyncConfig {
                maximum_retry_attempts: 0,
                on_failure: Some(RETRY.to_owned()),
                concurrency: 2,
                ..AsyncConfig::default()
            },
        );
        // Of a queue's address only the name counts here.
        let queue = |name: &str| format!("http://127.0.0.1/123456789012/{name}");
        let env = [
            ("GREENLIGHT_RETRY_QUEUE", queue(RETRY)),
            ("GREENLIGHT_DEAD_LETTERS", queue(DEAD)),
            ("GREENLIGHT_CARDS", format!("s3://{BUCKET}/cards/slack")),
            ("GREENLIGHT_SLACK_SECRET", secret),
            ("GREENLIGHT_SLACK_CHANNEL", CHANNEL.to_owned()),
            ("GREENLIGHT_SLACK_API", self.slack.api_url()),
            ("GREENLIGHT_HOLD", HOLD.to_owned()),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value));
        let spec = functions::notify_slack(args.bin_dir.as_deref(), TIMEOUT, env.into())?;
        setup.functions.insert(NOTIFIER.to_owned(), spec);
        Ok(())
    }

    /// Has the notifier called with what happens, as the template's rules do.
    pub(crate) fn listen(local: &LocalAws) -> Result<(), InputError> {
        let own = [
            "aws.codepipeline",
            "aws.codebuild",
            "aws.codedeploy",
            "greenlight",
        ];
        let ecs = ["ECS Deployment State Change", "ECS Hook State Change"];
        let ended = ["TaskFailedToStart", "EssentialContainerExited"];
        let patterns = [
            ("pipelines", json!({"source": own})),
            ("ecs", json!({"source": ["aws.ecs"], "detail-type": ecs})),
            (
                "tasks",
                json!({"source": ["aws.ecs"], "detail": {"stopCode": ended}}),
            ),
        ];
        for (name, pattern) in patterns {
            let put = local.put_rule(name, &pattern, &[NOTIFIER]);
            put.map_err(|refusal| InputError::new(refusal.to_string()))?;
        }
        Ok(())
    }

    /// Waits until something changes in the channel.
    pub(crate) async fn changed(&mut self) {
        if self.changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// What is new since the last time.
    pub(crate) fn news(&mut self) -> Vec<News> {
        let mut news = Vec::new();
        for message in self.messages() {
            let all = std::iter::once((false, &message));
            let all = all.chain(message.replies.iter().map(|reply| (true, reply)));
            for (in_thread, message) in all {
                let shown = self.shown.entry(message.ts.clone()).or_default();
                for version in message.versions.iter().skip(*shown) {
                    news.push(News {
                        in_thread,
                        text: verdict::shorten(&version.text, 300),
                    });
                }
                *shown = message.versions.len();
            }
        }
        news
    }

    /// The messages that stand.
    pub(crate) fn messages(&self) -> Vec<Posted> {
        let mut messages = self.slack.messages(CHANNEL);
        messages.retain(|message| !message.is_deleted);
        for message in &mut messages {
            message.replies.retain(|reply| !reply.is_deleted);
        }
        messages
    }

    /// Waits until the notifier has nothing more to say.
    pub(crate) async fn settle(&mut self, local: &LocalAws) {
        let is_empty = |world: &World| {
            let waits = world
                .queue(RETRY)
                .is_some_and(|queue| !queue.messages.is_empty());
            (!waits).then_some(())
        };
        let quiet = async {
            // What is put off comes back, and may be put off again.
            loop {
                local.wait_for(LAST, is_empty).await;
                local.idle(LAST).await;
                if local.read(is_empty).is_some() {
                    break;
                }
            }
        };
        // A channel that never comes to rest is shown as it is.
        let _ = tokio::time::timeout(LAST, quiet).await;
    }
}

/// The pipeline that the deployment is the last action of.
pub(crate) fn pipeline(name: &str, deploy: PipelineDeploy) -> PipelinePlan {
    let commit = Commit {
        id: "5e1c3f9a7b2d4e6f8091a2b3c4d5e6f708192a3b".to_owned(),
        message: "Let an order have a quantity".to_owned(),
        author: "Robin".to_owned(),
        email: "robin@example.com".to_owned(),
        branch: "main".to_owned(),
        repository: format!("example/{name}"),
    };
    PipelinePlan {
        deploy: Some(deploy),
        ..PipelinePlan::new(name, commit)
    }
}

/// The texts of a message's blocks, a line each.
pub(crate) fn lines(message: &Posted) -> Vec<String> {
    let mut lines = Vec::new();
    for block in message.blocks().as_array().into_iter().flatten() {
        let texts = match block["type"].as_str() {
            Some("context") => vec![joined(&block["elements"], "  ")],
            Some("actions") => vec![buttons(&block["elements"])],
            _ => {
                let fields = block["fields"].as_array().into_iter().flatten();
                let own = text_of(block).into_iter();
                own.chain(fields.filter_map(text_of)).collect()
            }
        };
        let texts = texts.iter().flat_map(|text| text.lines());
        lines.extend(texts.map(plain).filter(|line| !line.trim().is_empty()));
    }
    lines
}

fn text_of(block: &Value) -> Option<String> {
    let text = &block["text"];
    let text = text.as_str().or_else(|| text["text"].as_str());
    text.map(str::to_owned)
}

fn joined(elements: &Value, between: &str) -> String {
    let elements = elements.as_array().into_iter().flatten();
    elements
        .filter_map(text_of)
        .collect::<Vec<_>>()
        .join(between)
}

fn buttons(elements: &Value) -> String {
    let elements = elements.as_array().into_iter().flatten();
    let named = elements.filter_map(|button| {
        let text = text_of(button)?;
        Some(format!("[{text}]"))
    });
    named.collect::<Vec<_>>().join(" ")
}

/// A line as one reads it: the words of a link, and what an entity stands for.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        match after.split_once('>') {
            Some((link, behind)) => {
                plain.push_str(link.rsplit('|').next().unwrap_or(link));
                rest = behind;
            }
            None => {
                plain.push('<');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// The messages as JSON, for a machine.
pub(crate) fn document(messages: &[Posted]) -> Value {
    let one = |message: &Posted| {
        json!({
            "text": message.text(),
            "blocks": message.blocks(),
            "versions": message.versions.len(),
            "replies": message.replies.iter().map(|reply| json!({
                "text": reply.text(),
                "blocks": reply.blocks(),
                "versions": reply.versions.len(),
            })).collect::<Vec<_>>(),
        })
    };
    messages.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shown_as_one_reads_it() {
        for (line, shown) in [
            (
                "*shop* <https://x.example|run 5e1c>, a &lt;b&gt; &amp; c",
                "*shop* run 5e1c, a <b> & c",
            ),
            ("<!date^1^{time}|12:00> and <!here>", "12:00 and !here"),
            ("a < b", "a < b"),
        ] {
            assert_eq!(plain(line), shown);
        }
    }
}
