/// Which of the known names was probably meant, if one is near enough.
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    // Longer than any known name with its typing errors; and the comparison
    // takes time by the square.
    if written.chars().count() > 40 {
        return None;
    }
    let written = plain(written);
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&written, &plain(name)), *name))
        .filter(|(distance, name)| {
            *distance <= (name.len() / 3).max(1) && *distance < written.len()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// A name without what spellings differ in: `http_version`, `httpVersion` and
/// `http-version` are the same to somebody who looks for it.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_one_that_could_be_meant() {
        let known = ["probes", "http-version", "tcp", "healthy", "headers"];
        for (written, meant) in [
            ("probs", Some("probes")),
            ("PROBES", Some("probes")),
            ("httpVersion", Some("http-version")),
            ("http_version", Some("http-version")),
            ("tpc", Some("tcp")),
            ("header", Some("headers")),
            ("helthy", Some("healthy")),
            ("x", None),
            ("", None),
            ("-", None),
            ("retries", None),
        ] {
            assert_eq!(nearest(written, &known), meant, "{written}");
        }
        assert_eq!(nearest(&"probes".repeat(100_000), &known), None);
        assert_eq!(nearest("probes", &[]), None);
    }

    #[test]
    fn of_two_the_nearer_one() {
        assert_eq!(
            nearest("max-tim", &["max-tims", "max-time"]),
            Some("max-tims")
        );
        assert_eq!(
            nearest("max_tmie", &["max-tims", "max-time"]),
            Some("max-time")
        );
    }
}
