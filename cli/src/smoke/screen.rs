//! Where a run is shown: lines on standard output, and on a terminal a line
//! that moves below them.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _, Write},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use smoke::{Listener, News};

use super::lines;
use crate::show::{Line, Tone};

/// The one writer of a run.
pub(super) struct Screen {
    verbose: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    out: Box<dyn Write + Send>,
    moving: Option<Moving>,
}

/// The line that moves: how many files have ended, and how far the others are.
struct Moving {
    bar: ProgressBar,
    files: usize,
    ended: usize,
    running: BTreeMap<String, String>,
}

impl Screen {
    /// Standard output, for so many files.
    pub(super) fn new(files: usize, verbose: bool) -> Self {
        let out = io::stdout();
        let moving = out.is_terminal().then(|| Moving::new(files));
        Self {
            verbose,
            inner: Mutex::new(Inner {
                out: Box::new(out),
                moving,
            }),
        }
    }

    /// Takes away the line that moves, and shows the end.
    pub(super) fn finish(&self, lines: &[Line]) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(moving) = &inner.moving {
            moving.bar.finish_and_clear();
        }
        inner.say(lines);
        // Nobody reads it any more: how it ended is the exit status.
        let _ = inner.out.flush();
    }
}

impl Inner {
    fn say(&mut self, lines: &[Line]) {
        let mut text = String::new();
        for line in lines {
            match (&self.moving, line.tone) {
                (None, _) | (_, Tone::Plain) => text.push_str(&line.text),
                (Some(_), tone) => {
                    let style = tone.style();
                    text.push_str(&format!("{style}{}{style:#}", line.text));
                }
            }
            text.push('\n');
        }
        let out = &mut self.out;
        // Who reads this may have gone; the run goes on, and its exit status
        // and reports tell.
        let mut write = || {
            let _ = out.write_all(text.as_bytes());
        };
        match &self.moving {
            Some(moving) => moving.bar.suspend(write),
            None => write(),
        }
    }
}

impl Listener for Screen {
    fn hear(&self, news: News<'_>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            News::Attempt {
                file,
                entry,
                of,
                attempt,
            } => {
                let again = match attempt {
                    1 => String::new(),
                    _ => format!(", attempt {attempt}"),
                };
                if let Some(moving) = &mut inner.moving {
                    let progress = format!("{entry}/{of}{again}");
                    moving.running.insert(file.to_owned(), progress);
                    moving.show();
                }
            }
            News::Entry { file, report } => {
                if self.verbose {
                    inner.say(&lines::entry(file, report));
                }
            }
            News::File(report) => {
                if let Some(moving) = &mut inner.moving {
                    moving.running.remove(&report.file);
                    moving.ended += 1;
                    moving.show();
                }
                inner.say(&lines::file(report, self.verbose));
            }
        }
    }
}

impl Moving {
    fn new(files: usize) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>5}  {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        let moving = Self {
            bar,
            files,
            ended: 0,
            running: BTreeMap::new(),
        };
        moving.show();
        moving
    }

    fn show(&self) {
        let mut text = format!("{}/{}", self.ended, self.files);
        for (file, progress) in &self.running {
            text.push_str(&format!("  {file} {progress}"));
        }
        self.bar.set_message(text);
    }
}
