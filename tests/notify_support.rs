//! A notifier as a process of its own, between a local AWS and a stand-in
//! Slack, for the tests of this target.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use local_aws::{AsyncConfig, FunctionSpec, LocalAws, Mapping, Setup, Update};
use local_slack::{Config, LocalSlack, Posted, TOKEN};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use world::{Commit, ExampleOptions, Message, Millis, QueueSettings, Redrive, RunStatus, World};

use crate::{notify_template::Template, support::Tasks};

/// The channel, as the function's setting has it.
pub(crate) const CHANNEL: &str = "#deployments";

/// The functions, as the template calls them.
pub(crate) const SLACK: &str = "NotifySlack";
pub(crate) const CHATBOT: &str = "NotifyChatbot";

/// The function's queues.
pub(crate) const RETRY: &str = "retry";
pub(crate) const DEAD: &str = "dead-letters";

/// The secret with Slack's token.
pub(crate) const SECRET: &str = "greenlight/slack";

/// The topic that Amazon Q would read.
pub(crate) const TOPIC: &str = "chat";

pub(crate) const BUCKET: &str = "plans";

/// Where cards are kept.
pub(crate) const CARDS: &str = "cards/";

/// What no log line and no message may hold: all secrets that a test plants
/// have this in them.
pub(crate) const PLANTED: &str = "PLANTED";

/// Nothing here takes longer, however busy the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// How a test's notifier is set up.
pub(crate) struct Plan {
    /// [`SLACK`] or [`CHATBOT`].
    pub(crate) function: &'static str,
    /// The program and its arguments; the command itself otherwise.
    pub(crate) program: Option<(PathBuf, Vec<String>)>,
    pub(crate) timeout: Duration,
    /// How long the retry queue hides a message that was received.
    pub(crate) visibility: Duration,
    /// Whether the retry queue feeds the function from the beginning.
    pub(crate) is_fed: bool,
    /// The secret's value, where it is no token.
    pub(crate) secret: Option<fn(&LocalSlack) -> String>,
    /// routes.yaml.
    pub(crate) routes: Option<&'static str>,
    pub(crate) env: BTreeMap<String, String>,
}

impl Plan {
    pub(crate) fn new() -> Self {
        Self {
            function: SLACK,
            program: None,
            timeout: Duration::from_secs(20),
            visibility: Duration::from_secs(1),
            is_fed: true,
            secret: None,
            routes: None,
            env: BTreeMap::new(),
        }
    }

    /// Starts it all: the rules are the template's.
    pub(crate) async fn start(self) -> Rig {
        let slack = LocalSlack::start(Config::default()).await.unwrap();
        let options = ExampleOptions {
            production_port: 0,
            test_port: Some(0),
            tasks: 1,
            ..ExampleOptions::default()
        };
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let now = Millis(u64::try_from(now).unwrap());
        let mut world = World::example_with(&options, now);
        world.pace.minute = Duration::from_secs(1);
        let secret = self.secret.map(|secret| secret(&slack));
        let secret = world.put_secret(SECRET, secret.as_deref().unwrap_or(TOKEN), now);
        if let Some(routes) = self.routes {
            world.put_object(BUCKET, "routes.yaml", routes.as_bytes().to_vec(), now);
        }
        let topic = world.create_topic(TOPIC);
        let place = (world.account.clone(), world.region.clone());
        for rule in Template::usual((&place.0, &place.1)).rules() {
            let mine = rule.targets.iter().filter(|name| *name == self.function);
            let mine: Vec<&str> = mine.map(String::as_str).collect();
            world.put_rule(&rule.name, &rule.pattern, &mine).unwrap();
        }
        let mut setup = Setup::new(world, Arc::new(Tasks::default()));
        setup.buckets = BTreeSet::from([BUCKET.to_owned()]);
        let redrive = Redrive {
            dead_letters: DEAD.to_owned(),
            max_receive_count: 5,
        };
        let retry = QueueSettings {
            visibility_timeout: self.visibility,
            redrive: Some(redrive),
            ..QueueSettings::default()
        };
        setup
            .queues
            .insert(DEAD.to_owned(), QueueSettings::default());
        setup.queues.insert(RETRY.to_owned(), retry);
        if self.is_fed {
            setup.mappings.push(mapping(self.function));
        }
        let config = AsyncConfig {
            maximum_retry_attempts: 0,
            on_failure: Some(RETRY.to_owned()),
            concurrency: 2,
            ..AsyncConfig::default()
        };
        setup.async_configs.insert(self.function.to_owned(), config);
        let queue = |name: &str| format!("http://127.0.0.1/123456789012/{name}");
        let mut env: BTreeMap<String, String> = [
            ("GREENLIGHT_RETRY_QUEUE", queue(RETRY)),
            ("GREENLIGHT_DEAD_LETTERS", queue(DEAD)),
            ("GREENLIGHT_CARDS", format!("s3://{BUCKET}/{CARDS}test")),
            (
                "GREENLIGHT_ROUTES",
                match self.routes {
                    Some(_) => format!("s3://{BUCKET}/routes.yaml"),
                    None => "none".to_owned(),
                },
            ),
            ("GREENLIGHT_HOLD", "1s".to_owned()),
            ("GREENLIGHT_RESERVE", "5s".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        env.extend(match self.function {
            CHATBOT => vec![("GREENLIGHT_TOPIC".to_owned(), topic)],
            _ => vec![
                ("GREENLIGHT_SLACK_SECRET".to_owned(), secret),
                ("GREENLIGHT_SLACK_CHANNEL".to_owned(), CHANNEL.to_owned()),
                ("GREENLIGHT_SLACK_API".to_owned(), slack.api_url()),
            ],
        });
        env.extend(self.env);
        let is_command = self.program.is_none();
        let (command, args) = self.program.unwrap_or_else(|| {
            let name = match self.function {
                CHATBOT => "notify-chatbot",
                _ => "notify-slack",
            };
            let args = ["function", name].map(str::to_owned).into();
            (PathBuf::from(env!("CARGO_BIN_EXE_greenlight")), args)
        });
        let spec = FunctionSpec {
            command,
            args,
            env,
            timeout: self.timeout,
            memory_mb: 256,
        };
        setup.functions.insert(self.function.to_owned(), spec);
        let local = LocalAws::start(setup).await.unwrap();
        Rig {
            updates: local.subscribe(),
            local,
            slack,
            options,
            function: self.function,
            is_command,
        }
    }
}

fn mapping(function: &str) -> Mapping {
    Mapping {
        report_item_failures: true,
        ..Mapping::new(RETRY, function)
    }
}

/// A notifier that runs.
pub(crate) struct Rig {
    pub(crate) local: LocalAws,
    pub(crate) slack: LocalSlack,
    /// What can be deployed.
    pub(crate) options: ExampleOptions,
    updates: UnboundedReceiver<Update>,
    function: &'static str,
    is_command: bool,
}

/// Waits until something is so that nobody tells of.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(LONG, wait).await;
    assert!(waited.is_ok(), "waited in vain until {what}");
}

impl Rig {
    /// Lets the retry queue feed the function from now on.
    pub(crate) fn feed(&self) {
        self.local.map(mapping(self.function));
    }

    /// Calls the function as EventBridge does.
    pub(crate) fn call(&self, event: &Value) {
        self.local.invoke_later(self.function, event);
    }

    /// Begins an execution of a pipeline that does nothing by itself.
    pub(crate) fn begin(&self, pipeline: &str) -> String {
        let begin = |world: &mut World, now| world.begin_execution(pipeline, commit(), now);
        self.local.change(begin)
    }

    pub(crate) fn end_with(&self, execution: &str, status: RunStatus) {
        let end = |world: &mut World, now| world.end_execution(execution, status, now);
        assert!(self.local.change(end));
    }

    /// Waits until the function has nothing more to do: no call is under way,
    /// and nothing comes again.
    pub(crate) async fn settled(&self) {
        let is_empty = |world: &World| world.queue(RETRY)?.messages.is_empty().then_some(());
        loop {
            assert!(self.local.idle(LONG).await, "calls that do not end");
            if self.local.read(is_empty).is_some() {
                return;
            }
            let emptied = self.local.wait_for(LONG, is_empty).await;
            emptied.expect("what is to be tried again is tried");
        }
    }

    /// Waits until this many messages of a queue can be received, or are.
    pub(crate) async fn queued(&self, queue: &str, count: usize) {
        let has = |world: &World| (world.queue(queue)?.messages.len() >= count).then_some(());
        let queued = self.local.wait_for(LONG, has).await;
        queued.unwrap_or_else(|| panic!("{queue} does not get {count} messages"));
    }

    /// What is in a queue.
    pub(crate) fn letters(&self, queue: &str) -> Vec<Message> {
        let queue = self.local.queue(queue).unwrap();
        queue.messages.into_values().collect()
    }

    /// The messages that stand in the channel, with what stands in their
    /// threads.
    pub(crate) fn messages(&self) -> Vec<Posted> {
        let mut messages = self.slack.messages(CHANNEL);
        messages.retain(|message| !message.is_deleted);
        for message in &mut messages {
            message.replies.retain(|reply| !reply.is_deleted);
        }
        messages
    }

    /// The only message that stands, when there are no dead letters.
    pub(crate) fn only_message(&self) -> Posted {
        let dead: Vec<String> = self.letters(DEAD).iter().map(why).collect();
        assert_eq!(dead, [""; 0]);
        let messages = self.messages();
        let [message] = &messages[..] else {
            let texts: Vec<&str> = messages.iter().map(Posted::text).collect();
            panic!("one message should stand: {texts:#?}");
        };
        message.clone()
    }

    /// Ends it all; answers what the function logged. No secret is in that, nor
    /// in any message that ever was.
    pub(crate) async fn end(mut self) -> Vec<String> {
        let all = self.slack.messages(CHANNEL);
        let all = serde_json::to_string(&all).unwrap();
        assert!(!all.contains(PLANTED), "{all}");
        let topic = self.local.topic(TOPIC).unwrap();
        for published in topic.messages {
            assert!(!published.message.contains(PLANTED), "{published:?}");
        }
        self.local.shutdown().await;
        let mut logs = vec![];
        while let Ok(update) = self.updates.try_recv() {
            if let Update::Log(line) = update {
                logs.push(line.text);
            }
        }
        assert!(!logs.is_empty(), "a function that says nothing");
        let secrets = [
            PLANTED,
            TOKEN,
            local_aws::SECRET_ACCESS_KEY,
            local_aws::SESSION_TOKEN,
        ];
        for line in &logs {
            let told = secrets.iter().find(|secret| line.contains(**secret));
            assert_eq!(told, None, "{line}");
            if self.is_command {
                assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
            }
        }
        logs
    }
}

/// Why a message is with the dead letters.
pub(crate) fn why(letter: &Message) -> String {
    let why = letter.attributes.get("why");
    why.map_or("nobody says why", |why| &why.value).to_owned()
}

/// Log lines with this message.
pub(crate) fn told(logs: &[String], message: &str) -> Vec<Value> {
    let lines = logs
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines
        .filter(|line: &Value| line["message"] == message)
        .collect()
}

/// All that a message says: its text, and that of its blocks.
pub(crate) fn words(message: &Posted) -> String {
    fn add(value: &Value, words: &mut String) {
        match value {
            Value::String(text) => {
                words.push_str(text);
                words.push('\n');
            }
            Value::Array(items) => items.iter().for_each(|item| add(item, words)),
            Value::Object(members) => members.values().for_each(|member| add(member, words)),
            _ => {}
        }
    }
    let mut words = format!("{}\n", message.text());
    add(message.blocks(), &mut words);
    words
}

/// A commit with a secret in its message.
pub(crate) fn commit() -> Commit {
    Commit {
        id: "5e1c3f9a7b2d4e6f8091a2b3c4d5e6f708192a3b".to_owned(),
        message: "Log in with password=hunter2PLANTED at \
                  https://deploy:s3cretPLANTED@git.example.com/shop.git <!channel>"
            .to_owned(),
        author: "Robin".to_owned(),
        email: "robin@example.com".to_owned(),
        branch: "main".to_owned(),
        repository: "example/shop".to_owned(),
    }
}
