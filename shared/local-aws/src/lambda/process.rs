//! The process of an environment: its variables, its output, its end.

use std::{
    net::SocketAddr,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    task::JoinHandle,
};

use super::{Function, FunctionsConfig, LogLine, LogSink, Stream};

/// A longer line is cut in two.
const LINE_LIMIT: u64 = 256 * 1024;

/// How long to wait for the last output of a process that is over. Only a
/// process that it left behind can hold its output open.
const OUTPUT_GRACE: Duration = Duration::from_millis(500);

/// What a program needs from this machine rather than from Lambda.
const INHERITED: [&str; 3] = ["TMPDIR", "TEMP", "SYSTEMROOT"];

/// A process. Killed when it is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    pub(super) fn start(
        function: &Function,
        config: &FunctionsConfig,
        runtime_api: SocketAddr,
    ) -> Result<Process, String> {
        let spec = &function.spec;
        let mut child = Command::new(&spec.command)
            .args(&spec.args)
            .env_clear()
            .envs(variables(function, config, runtime_api))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("fork/exec {}: {error}", spec.command.display()))?;
        let log = |stream| (function.name.clone(), stream, config.log.clone());
        let stdout = child
            .stdout
            .take()
            .map(|out| tokio::spawn(read(out, log(Stream::Stdout))));
        let stderr = child
            .stderr
            .take()
            .map(|err| tokio::spawn(read(err, log(Stream::Stderr))));
        Ok(Process {
            child,
            readers: stdout.into_iter().chain(stderr).collect(),
        })
    }

    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until it is over, and says how it ended in Lambda's words.
    pub(super) async fn exited(&mut self) -> String {
        let status = self.child.wait().await;
        self.drain().await;
        match status {
            Ok(status) => describe(status),
            Err(error) => format!("Runtime exited with error: {error}"),
        }
    }

    pub(super) async fn kill(&mut self) {
        // It fails only for a process that is over.
        let _ = self.child.kill().await;
        self.drain().await;
    }

    /// Reads what is left of its output.
    async fn drain(&mut self) {
        for reader in std::mem::take(&mut self.readers) {
            let _ = tokio::time::timeout(OUTPUT_GRACE, reader).await;
        }
    }
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            let name = match signal {
                4 => "illegal instruction".to_owned(),
                6 => "aborted".to_owned(),
                7 => "bus error".to_owned(),
                9 => "killed".to_owned(),
                11 => "segmentation fault".to_owned(),
                15 => "terminated".to_owned(),
                other => format!("signal {other}"),
            };
            return format!("Runtime exited with error: signal: {name}");
        }
    }
    match status.code() {
        Some(0) => "Runtime exited without providing a reason".to_owned(),
        Some(code) => format!("Runtime exited with error: exit status {code}"),
        None => format!("Runtime exited with error: {status}"),
    }
}

/// The environment of a function. Its own variables win, as far as Lambda lets
/// them: those that say where the Runtime API is can't be set.
fn variables(
    function: &Function,
    config: &FunctionsConfig,
    runtime_api: SocketAddr,
) -> Vec<(String, String)> {
    let FunctionsConfig {
        region,
        endpoint_url,
        ..
    } = config;
    let text = str::to_owned;
    let mut variables = vec![
        ("PATH", text("/usr/local/bin:/usr/bin:/bin:/opt/bin")),
        ("LANG", text("en_US.UTF-8")),
        ("TZ", text(":UTC")),
        ("AWS_REGION", region.clone()),
        ("AWS_DEFAULT_REGION", region.clone()),
        ("AWS_ACCESS_KEY_ID", text(crate::ACCESS_KEY_ID)),
        ("AWS_SECRET_ACCESS_KEY", text(crate::SECRET_ACCESS_KEY)),
        ("AWS_SESSION_TOKEN", text(crate::SESSION_TOKEN)),
        ("AWS_XRAY_DAEMON_ADDRESS", text("127.0.0.1:2000")),
        ("_HANDLER", text("bootstrap")),
        ("LAMBDA_TASK_ROOT", text("/var/task")),
        ("LAMBDA_RUNTIME_DIR", text("/var/runtime")),
    ];
    variables.extend(
        endpoint_url
            .iter()
            .map(|url| ("AWS_ENDPOINT_URL", url.clone())),
    );
    let mut variables: Vec<(String, String)> = variables
        .into_iter()
        .map(|(name, value)| (text(name), value))
        .collect();
    for name in INHERITED {
        variables.extend(std::env::var(name).ok().map(|value| (text(name), value)));
    }
    variables.extend(function.spec.env.clone());
    let fixed = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", text("$LATEST")),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            function.spec.memory_mb.to_string(),
        ),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", text("on-demand")),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", function.name),
        ),
        (
            "AWS_LAMBDA_LOG_STREAM_NAME",
            format!("local/[$LATEST]{}", crate::ids::hex16()),
        ),
    ];
    variables.extend(fixed.map(|(name, value)| (text(name), value)));
    variables
}

async fn read(stream: impl AsyncRead + Unpin, (function, kind, log): (String, Stream, LogSink)) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut reader)
            .take(LINE_LIMIT)
            .read_until(b'\n', &mut line)
            .await;
        // A pipe that breaks is at its end.
        if !matches!(read, Ok(1..)) {
            return;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        log(LogLine {
            function: function.clone(),
            text: String::from_utf8_lossy(text).into_owned(),
            stream: kind,
        });
    }
}
