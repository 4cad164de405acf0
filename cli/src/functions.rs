//! The functions that this command carries, and starts itself again as.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use gate::Hook;
use local_aws::FunctionSpec;

use crate::input::InputError;

/// A function of this project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Carried {
    /// The hook that it answers.
    pub(crate) hook: Hook,
    start: fn() -> ExitCode,
}

/// All of them.
const CARRIED: &[Carried] = &[
    Carried {
        hook: Hook::AfterAllowTestTraffic,
        start: after_allow_test_traffic::start,
    },
    Carried {
        hook: Hook::BeforeAllowTraffic,
        start: before_allow_traffic::start,
    },
];

const NOTIFY_SLACK: &str = "notify-slack";

/// The functions that make events into messages.
const NOTIFIERS: &[Notifier] = &[
    Notifier {
        name: "notify-chatbot",
        start: notify_chatbot::start,
    },
    Notifier {
        name: NOTIFY_SLACK,
        start: notify_slack::start,
    },
];

/// A function that makes events into messages.
#[derive(Debug, Clone, Copy)]
struct Notifier {
    name: &'static str,
    start: fn() -> ExitCode,
}

/// How every function on AWS is called whose name a role of CodeDeploy knows.
const PREFIX: &str = "CodeDeployHook_";

/// The function that an AppSpec names, if this project has it: by its name
/// here, by the name that the template gives it, or by an ARN of either.
pub(crate) fn carried(function: &str) -> Option<Carried> {
    let name = name_of(function);
    CARRIED.iter().copied().find(|carried| {
        let deployed = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.rsplit_once('-'))
            .is_some_and(|(_, event)| event == carried.hook.lifecycle_event());
        deployed || name == carried.hook.name()
    })
}

/// A function's name out of a name or an ARN. A version or an alias may follow.
pub(crate) fn name_of(function: &str) -> &str {
    let name = function
        .split_once(":function:")
        .map_or(function, |(_, name)| name);
    name.split(':').next().unwrap_or(name)
}

/// Runs a function in this process, as Lambda starts it.
pub(crate) fn run(name: &str) -> Result<ExitCode, InputError> {
    let hooks = CARRIED.iter().map(|one| (one.hook.name(), one.start));
    let notifiers = NOTIFIERS.iter().map(|one| (one.name, one.start));
    let all: Vec<_> = hooks.chain(notifiers).collect();
    match all.iter().find(|(known, _)| *known == name) {
        Some((_, start)) => Ok(start()),
        None => {
            let known: Vec<&str> = all.iter().map(|(known, _)| *known).collect();
            Err(InputError::new(format!(
                "there is no function {name:?}; there are {}",
                known.join(", ")
            )))
        }
    }
}

/// How a hook's function is started.
pub(crate) fn spec(
    carried: Carried,
    bin_dir: Option<&Path>,
    timeout: Duration,
    env: BTreeMap<String, String>,
) -> Result<FunctionSpec, InputError> {
    let names = (carried.hook.name(), carried.hook.lifecycle_event());
    started(names, bin_dir, timeout, env)
}

/// How the notifier for Slack is started.
pub(crate) fn notify_slack(
    bin_dir: Option<&Path>,
    timeout: Duration,
    env: BTreeMap<String, String>,
) -> Result<FunctionSpec, InputError> {
    started((NOTIFY_SLACK, "NotifySlack"), bin_dir, timeout, env)
}

/// How a function is started: this command again, or its own binary.
fn started(
    names: (&str, &str),
    bin_dir: Option<&Path>,
    timeout: Duration,
    env: BTreeMap<String, String>,
) -> Result<FunctionSpec, InputError> {
    let (command, args) = match bin_dir {
        None => (
            std::env::current_exe()
                .map_err(|error| InputError::new(format!("this command's own file: {error}")))?,
            vec!["function".to_owned(), names.0.to_owned()],
        ),
        Some(folder) => (binary(folder, names)?, vec![]),
    };
    Ok(FunctionSpec {
        command,
        args,
        env,
        timeout,
        memory_mb: 256,
    })
}

/// `sam build` names a function's folder after the resource in the template,
/// `cargo lambda build` after the binary.
fn binary(folder: &Path, (name, resource): (&str, &str)) -> Result<PathBuf, InputError> {
    let tried = [
        folder.join(name).join("bootstrap"),
        folder.join(resource).join("bootstrap"),
    ];
    tried.iter().find(|path| path.is_file()).cloned().ok_or_else(|| {
        let tried: Vec<String> = tried.iter().map(|path| path.display().to_string()).collect();
        InputError::new(format!(
            "--bin-dir: there is neither {}; build it with `sam build` or `cargo lambda build --release`",
            tried.join(" nor ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_names() {
        let arn =
            "arn:aws:lambda:eu-west-1:123456789012:function:CodeDeployHook_x-BeforeAllowTraffic";
        for (name, known) in [
            ("before-allow-traffic", true),
            ("CodeDeployHook_greenlight-BeforeAllowTraffic", true),
            ("CodeDeployHook_my-own-suffix-BeforeAllowTraffic", true),
            (arn, true),
            (&format!("{arn}:live"), true),
            ("CodeDeployHook_x-BeforeAllowTraffic:7", true),
            ("after-allow-test-traffic", true),
            ("CodeDeployHook_x-AfterAllowTestTraffic", true),
            ("CodeDeployHook_smoke", false),
            ("BeforeAllowTraffic", false),
            ("codedeployhook_x-BeforeAllowTraffic", false),
            ("", false),
        ] {
            assert_eq!(carried(name).is_some(), known, "{name}");
        }
    }

    #[test]
    fn a_missing_binary_is_named() {
        let error = binary(
            Path::new("/nowhere"),
            ("before-allow-traffic", "BeforeAllowTraffic"),
        )
        .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("/nowhere/before-allow-traffic/bootstrap"),
            "{error}"
        );
    }
}
