//! The command as a process, and what it said.

use std::{
    collections::BTreeMap,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Condvar, Mutex, PoisonError,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use serde_json::Value;

/// No run takes longer than this, or it hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The command, not yet started.
pub(crate) fn greenlight(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlight"));
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the command with these arguments in a folder.
pub(crate) fn run_in(folder: &Path, args: &[&str]) -> Ran {
    let mut command = greenlight(args);
    command.current_dir(folder);
    run(command)
}

/// So many commands run at the same time. A rehearsal is several processes, and
/// with too many of them its times mean nothing.
const AT_ONCE: usize = 8;

/// How many run now.
static RUNNING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// The leave to run.
struct Turn;

impl Turn {
    fn take() -> Self {
        let running = RUNNING.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |running: &mut usize| *running >= AT_ONCE;
        let waited = RUNNING.1.wait_while(running, full);
        *waited.unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        RUNNING.1.notify_one();
    }
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Ran {
    let _turn = Turn::take();
    let mut child = command.spawn().unwrap();
    let out = read(child.stdout.take().unwrap());
    let err = read(child.stderr.take().unwrap());
    // Its outputs end when it does.
    let (Ok(out), Ok(err)) = (out.recv_timeout(LIMIT), err.recv_timeout(LIMIT)) else {
        let _ = child.kill();
        let _ = child.wait();
        panic!("{command:?} hangs");
    };
    let status = child.wait().unwrap();
    Ran {
        code: status.code().expect("no signal ended it"),
        out,
        err,
    }
}

/// Runs `greenlight rehearse` with these arguments, in words.
pub(crate) fn rehearse(args: &str) -> Ran {
    let args: Vec<&str> = ["rehearse"]
        .into_iter()
        .chain(args.split_whitespace())
        .collect();
    run_in(Path::new("."), &args)
}

/// Reads all of an output, on a thread of its own.
fn read(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, text) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        let _ = sender.send(text);
    });
    text
}

/// Runs all cases at the same time, and fails with all that failed.
pub(crate) fn all<C: Sync>(cases: &[C], name: impl Fn(&C) -> String, check: impl Fn(&C) + Sync) {
    let failed: BTreeMap<String, String> = thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|case| (name(case), scope.spawn(|| check(case))))
            .collect();
        running
            .into_iter()
            .filter_map(|(name, case)| {
                let panic = case.join().err()?;
                let why = panic.downcast_ref::<String>().cloned();
                let why = why.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                Some((name, why.unwrap_or_default()))
            })
            .collect()
    });
    let failed: Vec<String> = failed
        .iter()
        .map(|(name, why)| format!("== {name}\n{why}"))
        .collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

impl Ran {
    /// Holds the exit status, and shows everything where it is another.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "exit status of\n{}\n{}",
            self.out, self.err
        );
        self
    }

    /// Says all of this, on standard output.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.out.contains(part), "no {part:?} in\n{}", self.out);
        }
        self
    }

    /// Says it in this order, on standard output.
    #[track_caller]
    pub(crate) fn says_in_order(self, parts: &[&str]) -> Self {
        let mut rest = self.out.as_str();
        for part in parts {
            let at = rest.find(part);
            let at =
                at.unwrap_or_else(|| panic!("no {part:?} in the rest\n{rest}\nof\n{}", self.out));
            rest = &rest[at + part.len()..];
        }
        self
    }

    /// Says none of this, on either output.
    #[track_caller]
    pub(crate) fn never_says(self, parts: &[&str]) -> Self {
        for part in parts {
            let said = self.out.contains(part) || self.err.contains(part);
            assert!(!said, "{part:?} in\n{}{}", self.out, self.err);
        }
        self
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in\n{}\n{}", self.out, self.err))
    }
}
