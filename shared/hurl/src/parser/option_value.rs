use std::time::Duration;

use super::{Parsed, Parser};
use crate::{
    Problem,
    ast::{Count, Setting, Verbosity},
};

impl Parser<'_> {
    pub(super) fn bool_setting(&mut self) -> Parsed<Setting<bool>> {
        match self.bool() {
            Some(value) => Ok(Setting::Literal(value)),
            None => self.placeholder_or("expected true, false or a placeholder"),
        }
    }

    /// `true` or `false`, if it comes next.
    pub(super) fn bool(&mut self) -> Option<bool> {
        if self.eat("true") {
            Some(true)
        } else if self.eat("false") {
            Some(false)
        } else {
            None
        }
    }

    pub(super) fn duration_setting(&mut self) -> Parsed<Setting<Duration>> {
        match self.duration()? {
            Some(duration) => Ok(Setting::Literal(duration)),
            None => self.placeholder_or("expected a duration such as 500ms or 2s"),
        }
    }

    pub(super) fn count_setting(&mut self) -> Parsed<Setting<Count>> {
        let start = self.at;
        match self.integer()? {
            Some(-1) => Ok(Setting::Literal(Count::Infinite)),
            Some(number) if number >= 0 => {
                let count = u32::try_from(number).unwrap_or(u32::MAX);
                Ok(Setting::Literal(Count::Finite(count)))
            }
            Some(_) => Err(Problem::new(
                self.span_from(start),
                "expected a number from 0, or -1 for no limit",
            )),
            None => self.placeholder_or("expected a whole number, or -1 for no limit"),
        }
    }

    /// `verbose` and `very-verbose`, which switch one level on.
    pub(super) fn verbose_setting(&mut self, name: &str) -> Parsed<Setting<Verbosity>> {
        let on = match name {
            "very-verbose" => Verbosity::Debug,
            _ => Verbosity::Verbose,
        };
        Ok(match self.bool_setting()? {
            Setting::Literal(true) => Setting::Literal(on),
            Setting::Literal(false) => Setting::Literal(Verbosity::Brief),
            Setting::Placeholder(placeholder) => Setting::Placeholder(placeholder),
        })
    }

    pub(super) fn verbosity(&mut self) -> Parsed<Setting<Verbosity>> {
        let start = self.at;
        let level = match self.eat_while(|b| b.is_ascii_alphabetic()) {
            "brief" => Verbosity::Brief,
            "verbose" => Verbosity::Verbose,
            "debug" => Verbosity::Debug,
            _ => {
                self.at = start;
                let message = "expected brief, verbose or debug";
                return Err(Problem::new(self.word(), message));
            }
        };
        Ok(Setting::Literal(level))
    }

    /// A placeholder where nothing else was found.
    pub(super) fn placeholder_or<T>(&mut self, message: &str) -> Parsed<Setting<T>> {
        match self.placeholder()? {
            Some(placeholder) => Ok(Setting::Placeholder(placeholder)),
            None => Err(Problem::new(self.word(), message)),
        }
    }
}
