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
    let found = CARRIED.iter().find(|carried| carried.hook.name() == name);
    let known: Vec<&str> = CARRIED.iter().map(|carried| carried.hook.name()).collect();
    match found {
        Some(carried) => Ok((carried.start)()),
        None => Err(InputError::new(format!(
            "there is no function {name:?}; there are {}",
            known.join(", ")
        ))),
    }
}

/// How a function is started: this command again, or its own binary.
pub(crate) fn spec(
    carried: Carried,
    bin_dir: Option<&Path>,
    timeout: Duration,
    env: BTreeMap<String, String>,
) -> Result<FunctionSpec, InputError> {
    let (command, args) = match bin_dir {
        None => (
            std::env::current_exe()
                .map_err(|error| InputError::new(format!("this command's own file: {error}")))?,
            vec!["function".to_owned(), carried.hook.name().to_owned()],
        ),
        Some(folder) => (binary(folder, carried.hook)?, vec![]),
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
fn binary(folder: &Path, hook: Hook) -> Result<PathBuf, InputError> {
    let tried = [
        folder.join(hook.name()).join("bootstrap"),
        folder.join(hook.lifecycle_event()).join("bootstrap"),
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
        let error = binary(Path::new("/nowhere"), Hook::BeforeAllowTraffic).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("/nowhere/before-allow-traffic/bootstrap"),
            "{error}"
        );
    }
}
