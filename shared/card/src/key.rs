use std::fmt;

use events::ExecutionId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What a card, or a part of one, is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// An execution of a pipeline.
    Execution(ExecutionId),
    /// A build, `project:uuid`.
    Build(String),
    /// A CodeDeploy deployment, `d-…`.
    Deployment(String),
    /// An ECS deployment: the ARN of a service deployment, or `ecs-svc/…`.
    EcsDeployment(String),
    /// What is asked of people at an action: pipeline, stage, action and the
    /// answer's token. The message that asks does not tell the execution.
    Approval(String, String, String, String),
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
            Key::Approval(a, b, c, d) => vec!["approvals", a, b, c, d],
            Key::Tool(a, b, c) => vec!["tools", a, b, c],
            Key::Image(a, b) => vec!["images", a, b],
            Key::Event(id) => vec!["events", id],
        }
    }
}

/// The longest name in a path, in bytes: the longest key of S3 has 1,024.
const LONGEST: usize = 200;

impl fmt::Display for Key {
    /// The key as a path, the same for no two keys: what is no letter, digit,
    /// `.`, `_` or `-` is a `~` and its bytes in hexadecimal. A name that is too
    /// long for that ends in a digest of all of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, name) in self.names().into_iter().enumerate() {
            if n > 0 {
                f.write_str("/")?;
            }
            let plain = plain(name);
            match plain.get(..LONGEST - 50) {
                Some(start) if plain.len() > LONGEST => {
                    let digest = Sha256::digest(name);
                    let digest = digest.iter().take(20);
                    let digest: String = digest.map(|byte| format!("{byte:02x}")).collect();
                    // No other path has two of these.
                    write!(f, "{start}~~{digest}")?;
                }
                _ => f.write_str(&plain)?,
            }
        }
        Ok(())
    }
}

/// A name of ASCII only, the same for no two names.
fn plain(name: &str) -> String {
    // An empty name would make two paths one.
    if name.is_empty() {
        return "~".to_owned();
    }
    let mut plain = String::new();
    for (n, byte) in name.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => plain.push(char::from(byte)),
            b'.' if n > 0 => plain.push('.'),
            _ => plain.push_str(&format!("~{byte:02x}")),
        }
    }
    plain
}

/// What did an action's work, by the provider's name.
pub(crate) fn external_key(provider: &str, id: &str) -> Option<Key> {
    match provider {
        "CodeBuild" => Some(Key::Build(id.to_owned())),
        "CodeDeploy" | "CodeDeployToECS" => Some(Key::Deployment(id.to_owned())),
        "ECS" if id.starts_with("ecs-svc/") => Some(Key::EcsDeployment(id.to_owned())),
        _ => None,
    }
}
