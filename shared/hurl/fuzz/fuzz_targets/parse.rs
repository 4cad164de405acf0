//! Reads any text, and shows the problem if there is one.

#![no_main]

use greenlight_hurl::{Source, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(problem) = parse(text) {
        let (start, end) = (problem.span.start as usize, problem.span.end as usize);
        assert!(text.get(start..end).is_some(), "{problem:?}");
        let shown = problem.show(&Source::new("any", text));
        assert!(
            !shown.chars().any(|c| c.is_control() && c != '\n'),
            "{shown:?}"
        );
    }
});
