use std::fmt;

use events::ExecutionId;

use crate::Card;

/// What a card, or a part of one, is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An execution of a pipeline.
    Execution(ExecutionId),
    /// A build, `project:uuid`.
    Build(String),
    /// A CodeDeploy deployment, `d-…`.
    Deployment(String),
    /// An ECS deployment: the ARN of a service deployment, or `ecs-svc/…`.
    EcsDeployment(String),
    /// What is asked of people at an action: pipeline, stage, action. The
    /// message that asks does not tell the execution.
    Approval(String, String, String),
    /// A run of another tool: tool, subject, run.
    Tool(String, String, String),
    /// An image: repository, and digest or tag.
    Image(String, String),
    /// An event that belongs to nothing else, by its id.
    Event(String),
}

impl Key {
    /// The names that it is made of, the kind first.
    fn names(&self) -> Vec<&str> {
        match self {
            Key::Execution(id) => vec!["executions", &id.pipeline, &id.execution],
            Key::Build(id) => vec!["builds", id],
            Key::Deployment(id) => vec!["deployments", id],
            Key::EcsDeployment(id) => vec!["ecs-deployments", id],
            Key::Approval(a, b, c) => vec!["approvals", a, b, c],
            Key::Tool(a, b, c) => vec!["tools", a, b, c],
            Key::Image(a, b) => vec!["images", a, b],
            Key::Event(id) => vec!["events", id],
        }
    }
}

impl fmt::Display for Key {
    /// The key as a path, the same for no two keys: what is no letter, digit,
    /// `.`, `_` or `-` is a `~` and its bytes in hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, name) in self.names().into_iter().enumerate() {
            if n > 0 {
                f.write_str("/")?;
            }
            // An empty name would make two paths one.
            if name.is_empty() {
                f.write_str("~")?;
            }
            for (n, byte) in name.bytes().enumerate() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => {
                        write!(f, "{}", char::from(byte))?;
                    }
                    b'.' if n > 0 => f.write_str(".")?,
                    _ => write!(f, "~{byte:02x}")?,
                }
            }
        }
        Ok(())
    }
}

impl Card {
    /// The parts that are kept under other keys and belong to this card: what
    /// did the work of its actions, and what is asked at them.
    pub fn links(&self) -> Vec<Key> {
        let mut links = Vec::new();
        for (stage, node) in &self.stages {
            for (name, action) in &node.actions {
                let provider = action.provider.as_deref().unwrap_or_default();
                if let (Some("Approval"), Some(id)) = (action.category.as_deref(), &self.execution)
                {
                    let pipeline = id.pipeline.clone();
                    links.push(Key::Approval(pipeline, stage.clone(), name.clone()));
                }
                let external = action
                    .runs
                    .values()
                    .filter_map(|run| run.external.as_deref());
                links.extend(external.filter_map(|id| external_key(provider, id)));
            }
        }
        links.sort();
        links.dedup();
        links
    }
}

/// What did an action's work, by the provider's name.
pub(crate) fn external_key(provider: &str, id: &str) -> Option<Key> {
    match provider {
        "CodeBuild" => Some(Key::Build(id.to_owned())),
        "CodeDeploy" | "CodeDeployToECS" => Some(Key::Deployment(id.to_owned())),
        _ => None,
    }
}
