//! What becomes of events and of messages to topics.

use serde_json::{Value, json};

use crate::{
    Effect, EventRule, Millis, Published, PutEvent, Refusal, TOPIC_MESSAGE_LIMIT, Topic, World,
    dates, pattern::Pattern,
};

impl World {
    /// Takes in an event put on EventBridge and returns its id; `id` and `at`
    /// of the event are filled in here. The functions of rules that it fits are
    /// called.
    pub fn put_event(&mut self, mut event: PutEvent, now: Millis) -> String {
        event.id = self.next_uuid();
        event.at = now;
        let id = event.id.clone();
        let bus = name_of(&event.bus);
        if self.rules.iter().any(|rule| name_of(&rule.bus) == bus) {
            let whole = self.envelope(&event);
            let fits =
                |rule: &&EventRule| name_of(&rule.bus) == bus && rule.pattern.matches(&whole);
            let rules = self.rules.iter().filter(fits);
            let functions: Vec<String> = rules.flat_map(|r| r.targets.iter().cloned()).collect();
            for function in functions {
                self.call(function, whole.to_string());
            }
        }
        self.events.push(event);
        id
    }

    /// An event as rules see it and functions get it.
    pub fn envelope(&self, event: &PutEvent) -> Value {
        let detail = serde_json::from_str(&event.detail).unwrap_or(Value::Null);
        json!({
            "version": "0",
            "id": event.id,
            "detail-type": event.detail_type,
            "source": event.source,
            "account": self.account,
            "time": dates::iso8601_seconds(event.at),
            "region": self.region,
            "resources": event.resources,
            "detail": detail,
        })
    }

    /// Makes a rule of the default bus, or puts it in place of the one of that
    /// name.
    ///
    /// # Errors
    /// When the pattern is refused.
    pub fn put_rule(
        &mut self,
        name: &str,
        pattern: &Value,
        targets: &[&str],
    ) -> Result<(), Refusal> {
        let rule = EventRule {
            name: name.to_owned(),
            bus: "default".to_owned(),
            pattern: Pattern::parse(pattern)?,
            targets: targets.iter().map(|&t| t.to_owned()).collect(),
        };
        self.rules.retain(|rule| rule.name != name);
        self.rules.push(rule);
        Ok(())
    }

    /// Makes a topic, unless there is one of that name, and returns its ARN.
    pub fn create_topic(&mut self, name: &str) -> String {
        let arn = self.arn("sns", name);
        let topic = self.topics.entry(name.to_owned());
        let topic = topic.or_insert_with(|| Topic {
            name: name.to_owned(),
            arn,
            subscriptions: Vec::new(),
            messages: Vec::new(),
        });
        topic.arn.clone()
    }

    /// The topic with this name or ARN.
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.get(name_of(name))
    }

    /// Calls a function with each message of a topic from now on; `false` when
    /// there is no such topic.
    pub fn subscribe(&mut self, topic: &str, function: &str) -> bool {
        let topic = self.topics.get_mut(name_of(topic));
        topic.is_some_and(|topic| {
            topic.subscriptions.push(function.to_owned());
            true
        })
    }

    /// Publishes a message and returns its id; `id` and `at` of the message
    /// are filled in here.
    ///
    /// # Errors
    /// As SNS refuses: no such topic, an empty or too long message, a subject
    /// that is no single short line.
    pub fn publish(
        &mut self,
        topic: &str,
        mut message: Published,
        now: Millis,
    ) -> Result<String, Refusal> {
        message.id = self.next_uuid();
        message.at = now;
        let invalid =
            |why: &str| Refusal::new("InvalidParameter", format!("Invalid parameter: {why}"));
        let name = name_of(topic).to_owned();
        let Some(topic) = self.topics.get(&name) else {
            return Err(Refusal::new("NotFound", "Topic does not exist"));
        };
        if message.message.is_empty() {
            return Err(invalid("Empty message"));
        }
        let of = |(name, (kind, value)): (&String, &(String, String))| {
            name.len() + kind.len() + value.len()
        };
        let size = message.message.len() + message.attributes.iter().map(of).sum::<usize>();
        if size > TOPIC_MESSAGE_LIMIT {
            return Err(invalid("Message too long"));
        }
        if let Some(subject) = &message.subject {
            let plain = |c: char| c.is_ascii() && !c.is_ascii_control();
            if subject.is_empty() || subject.len() > 100 || !subject.chars().all(plain) {
                return Err(invalid("Subject"));
            }
        }
        let calls: Vec<(String, String)> = (topic.subscriptions.iter())
            .map(|function| {
                (
                    function.clone(),
                    record(topic, &message, &self.region).to_string(),
                )
            })
            .collect();
        let id = message.id.clone();
        if let Some(topic) = self.topics.get_mut(&name) {
            topic.messages.push(message);
        }
        for (function, payload) in calls {
            self.call(function, payload);
        }
        Ok(id)
    }

    fn call(&mut self, function: String, payload: String) {
        self.outbox.push(Effect::InvokeLater { function, payload });
        self.dirty = true;
    }
}

/// A message as a function gets it.
fn record(topic: &Topic, message: &Published, region: &str) -> Value {
    let attributes = message.attributes.iter();
    let attributes: serde_json::Map<_, _> = attributes
        .map(|(name, (kind, value))| (name.clone(), json!({"Type": kind, "Value": value})))
        .collect();
    let subscription = format!("{}:{}", topic.arn, message.id);
    let sns = format!("https://sns.{region}.amazonaws.com/");
    json!({"Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": {
            "Type": "Notification",
            "MessageId": message.id,
            "TopicArn": topic.arn,
            "Subject": message.subject,
            "Message": message.message,
            "Timestamp": dates::iso8601(message.at),
            "SignatureVersion": "1",
            "Signature": "",
            "SigningCertUrl": format!("{sns}SimpleNotificationService-0.pem"),
            "UnsubscribeUrl": format!("{sns}?Action=Unsubscribe&SubscriptionArn={subscription}"),
            "MessageAttributes": attributes,
        },
    }]})
}

/// The name in a name or an ARN: of a bus after a slash, of a topic after a
/// colon.
fn name_of(name: &str) -> &str {
    name.rsplit(['/', ':']).next().unwrap_or(name)
}
