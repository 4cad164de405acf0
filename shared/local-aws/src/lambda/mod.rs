//! Functions as on Lambda: each environment is a process of its own that asks
//! for its work over the Runtime API.

mod answer;
mod environment;
mod process;
mod runtime_api;

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use serde::Serialize;
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::timeout,
};

pub use answer::{Answer, FunctionError, Invocation};

use crate::sync::lock;
use environment::Environment;

/// How long a function may take to ask for its first work: 10 seconds on
/// Lambda.
pub const INIT_LIMIT: Duration = Duration::from_secs(10);

/// The largest event and the largest answer of an invocation, in bytes.
pub const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024;

/// How long processes may take to be gone when they are killed.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// A function, as it is configured on Lambda.
#[derive(Clone, PartialEq, Eq)]
pub struct FunctionSpec {
    /// The program: what `bootstrap` is on Lambda.
    pub command: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment variables. The process gets those of Lambda besides,
    /// and no others.
    pub env: BTreeMap<String, String>,
    /// How long one invocation may take; the process is killed after it.
    pub timeout: Duration,
    /// The memory that it is told it has, in megabytes. Not enforced.
    pub memory_mb: u32,
}

impl fmt::Debug for FunctionSpec {
    /// Without the values of the environment, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionSpec")
            .field("command", &self.command)
            .field("args", &self.args)
            .field("env", &self.env.keys().collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .field("memory_mb", &self.memory_mb)
            .finish()
    }
}

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A line that a function wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// The function's name.
    pub function: String,
    /// The line, without its end. What isn't UTF-8 is replaced.
    pub text: String,
    /// Where it was written.
    pub stream: Stream,
}

/// Takes in what functions write, in the order of each stream.
pub type LogSink = Arc<dyn Fn(LogLine) + Send + Sync>;

/// What all functions have in common.
#[derive(Clone)]
pub struct FunctionsConfig {
    /// The region.
    pub region: String,
    /// The account: twelve digits.
    pub account: String,
    /// Where AWS's APIs are (`AWS_ENDPOINT_URL`).
    pub endpoint_url: Option<String>,
    /// How long a function may take to ask for its first work, usually
    /// [`INIT_LIMIT`]. One that takes longer is started once more, within its
    /// own timeout.
    pub init_limit: Duration,
    /// Takes in what functions write.
    pub log: LogSink,
}

/// The functions of this machine. Clones are the same functions; their
/// processes are killed when the last clone is dropped.
#[derive(Clone)]
pub struct Functions(Arc<Inner>);

struct Inner {
    common: Arc<Common>,
    stop: watch::Sender<bool>,
    functions: Mutex<BTreeMap<String, Arc<Function>>>,
    running: Mutex<JoinSet<()>>,
}

/// What every environment needs to know.
struct Common {
    config: FunctionsConfig,
    /// Becomes true when all is to end.
    stop: watch::Receiver<bool>,
}

pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) spec: FunctionSpec,
    idle: Mutex<Vec<Environment>>,
}

impl Function {
    fn take_idle(&self) -> Option<Environment> {
        lock(&self.idle).pop()
    }
}

impl Functions {
    /// No functions yet.
    pub fn new(config: FunctionsConfig) -> Functions {
        let (stop, stopped) = watch::channel(false);
        let common = Common {
            config,
            stop: stopped,
        };
        Functions(Arc::new(Inner {
            common: Arc::new(common),
            stop,
            functions: Mutex::default(),
            running: Mutex::default(),
        }))
    }

    /// Adds a function, or puts it in place of the one of that name. Nothing
    /// is started before the first invocation.
    pub fn register(&self, name: &str, spec: FunctionSpec) {
        let function = Function {
            name: name.to_owned(),
            spec,
            idle: Mutex::default(),
        };
        lock(&self.0.functions).insert(name.to_owned(), Arc::new(function));
    }

    /// Whether there is a function of this name or ARN.
    pub fn knows(&self, name_or_arn: &str) -> bool {
        self.find(name_or_arn).is_some()
    }

    /// The names of all functions.
    pub fn names(&self) -> Vec<String> {
        lock(&self.0.functions).keys().cloned().collect()
    }

    /// The ARN of a function.
    pub fn arn(&self, name: &str) -> String {
        let FunctionsConfig {
            region, account, ..
        } = &self.0.common.config;
        format!("arn:aws:lambda:{region}:{account}:function:{name}")
    }

    /// Invokes a function by name or ARN and waits for its answer. It takes a
    /// process that waits for work, or starts another one. An invocation goes
    /// on to its end when the caller no longer waits.
    pub async fn invoke(&self, name_or_arn: &str, payload: Bytes) -> Invocation {
        let Some(function) = self.find(name_or_arn) else {
            return Invocation::no_such_function();
        };
        let (sender, receiver) = oneshot::channel();
        let common = self.0.common.clone();
        {
            let mut running = lock(&self.0.running);
            while running.try_join_next().is_some() {}
            running.spawn(async move {
                let (invocation, environment) =
                    environment::invoke(&function, &common, payload).await;
                if let Some(environment) = environment {
                    lock(&function.idle).push(environment);
                }
                // Nobody may wait for it any more.
                let _ = sender.send(invocation);
            });
        }
        match receiver.await {
            Ok(invocation) => invocation,
            // Only when shut down.
            Err(_) => Invocation::cut_short(),
        }
    }

    /// Kills all processes and waits until what they wrote has been read.
    pub async fn shutdown(&self) {
        let mut running = std::mem::take(&mut *lock(&self.0.running));
        self.0.stop.send_replace(true);
        let ended = async { while running.join_next().await.is_some() {} };
        if timeout(STOP_LIMIT, ended).await.is_err() {
            running.shutdown().await;
        }
        let functions = std::mem::take(&mut *lock(&self.0.functions));
        for function in functions.into_values() {
            let idle = std::mem::take(&mut *lock(&function.idle));
            for environment in idle {
                environment.end().await;
            }
        }
    }

    fn find(&self, name_or_arn: &str) -> Option<Arc<Function>> {
        lock(&self.0.functions).get(name_of(name_or_arn)).cloned()
    }
}

/// The name in a name, `name:qualifier`, partial ARN or ARN.
pub(crate) fn name_of(name_or_arn: &str) -> &str {
    let name = match name_or_arn.find("function:") {
        Some(at) => &name_or_arn[at + "function:".len()..],
        None => name_or_arn,
    };
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_form() {
        for given in [
            "gate",
            "gate:live",
            "123456789012:function:gate",
            "arn:aws:lambda:eu-west-1:123456789012:function:gate",
            "arn:aws:lambda:eu-west-1:123456789012:function:gate:7",
        ] {
            assert_eq!(name_of(given), "gate", "{given}");
        }
    }
}
