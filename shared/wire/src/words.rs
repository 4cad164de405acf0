use std::time::Duration;

/// The longest text that evidence quotes, in characters.
pub const QUOTE: usize = 200;

/// `800 ms`, `12.5 s`.
pub fn span(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0..10_000 => format!("{millis} ms"),
        _ if millis.is_multiple_of(1000) => format!("{} s", millis / 1000),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_spans() {
        for (millis, text) in [
            (0, "0 ms"),
            (800, "800 ms"),
            (9_999, "9999 ms"),
            (10_000, "10 s"),
            (12_520, "12.5 s"),
            (120_000, "120 s"),
        ] {
            assert_eq!(span(Duration::from_millis(millis)), text);
        }
    }
}
