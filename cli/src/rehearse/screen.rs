//! Where a rehearsal is shown: a terminal with progress, a pipe with plain
//! lines, or one JSON document at the end.

use std::{collections::BTreeMap, io::IsTerminal as _, time::Duration};

use anstyle::Style;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::report::Report;
use crate::show::Tone;

/// The screen.
pub(crate) enum Screen {
    /// Lines above a line that moves.
    Terminal(Moving),
    /// Lines.
    Pipe,
    /// Nothing until the end.
    Json,
}

/// The line that moves: the step, and how far each probe has come.
pub(crate) struct Moving {
    bar: ProgressBar,
    step: String,
    probes: BTreeMap<(String, String), String>,
}

impl Moving {
    fn show(&self) {
        let mut text = self.step.clone();
        for ((probe, _), progress) in &self.probes {
            text.push_str(&format!("  {probe} {progress}"));
        }
        self.bar.set_message(text);
    }
}

impl Screen {
    pub(crate) fn new(json: bool) -> Self {
        if json {
            return Screen::Json;
        }
        if !std::io::stdout().is_terminal() {
            return Screen::Pipe;
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>5}  {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_message("starting the local AWS and blue");
        bar.enable_steady_tick(Duration::from_millis(100));
        Screen::Terminal(Moving {
            bar,
            step: String::new(),
            probes: BTreeMap::new(),
        })
    }

    /// Shows a line.
    pub(crate) fn say(&self, tone: Tone, text: &str) {
        match self {
            Screen::Json => {}
            Screen::Pipe => println!("{text}"),
            Screen::Terminal(moving) => {
                let style = tone.style();
                moving.bar.println(format!("{style}{text}{style:#}"));
            }
        }
    }

    /// Shows which step is going on.
    pub(crate) fn now(&mut self, step: &str) {
        if let Screen::Terminal(moving) = self {
            step.clone_into(&mut moving.step);
            moving.probes.clear();
            moving.show();
        }
    }

    /// Shows how far a probe has come, out of a line of its function's log.
    pub(crate) fn probed(&mut self, line: &Value) {
        if let Screen::Terminal(moving) = self {
            let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            let progress = format!("{}/{}", line["streak"], line["needed"]);
            moving
                .probes
                .insert((word("probe"), word("target")), progress);
            moving.show();
        }
    }

    /// Shows how it ended.
    pub(crate) fn finish(&self, report: &Report) {
        if let Screen::Terminal(moving) = self {
            moving.bar.finish_and_clear();
        }
        match self {
            Screen::Json => println!("{:#}", report.document()),
            _ => {
                let color = matches!(self, Screen::Terminal(_));
                for (tone, text) in report.summary() {
                    let style = if color { tone.style() } else { Style::new() };
                    println!("{style}{text}{style:#}");
                }
            }
        }
    }
}
