//! Where a rehearsal is shown: a terminal with progress, a pipe with plain
//! lines, or one JSON document at the end.

use std::{io::IsTerminal as _, time::Duration};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use super::{report::Report, timeline::Tone};

/// The screen.
pub(crate) enum Screen {
    /// Lines above a line that moves.
    Terminal(ProgressBar),
    /// Lines.
    Pipe,
    /// Nothing until the end.
    Json,
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
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>5} {msg}") {
            bar.set_style(style);
        }
        bar.set_message("starting the local AWS and blue");
        bar.enable_steady_tick(Duration::from_millis(100));
        Screen::Terminal(bar)
    }

    /// Shows a line.
    pub(crate) fn say(&self, tone: Tone, text: &str) {
        match self {
            Screen::Json => {}
            Screen::Pipe => println!("{text}"),
            Screen::Terminal(bar) => {
                let style = style(tone);
                bar.println(format!("{style}{text}{style:#}"));
            }
        }
    }

    /// Shows what is going on.
    pub(crate) fn now(&self, step: &str) {
        if let Screen::Terminal(bar) = self {
            bar.set_message(step.to_owned());
        }
    }

    /// Shows how it ended.
    pub(crate) fn finish(&self, report: &Report) {
        if let Screen::Terminal(bar) = self {
            bar.finish_and_clear();
        }
        match self {
            Screen::Json => println!("{:#}", report.document()),
            _ => {
                let color = matches!(self, Screen::Terminal(_));
                for (tone, text) in report.summary() {
                    let style = if color { style(tone) } else { Style::new() };
                    println!("{style}{text}{style:#}");
                }
            }
        }
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Quiet => Style::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Bad => AnsiColor::Red.on_default(),
    }
}
