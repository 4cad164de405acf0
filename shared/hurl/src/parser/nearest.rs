/// Which of the known names was probably meant, if one is near enough.
pub(super) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    // Longer than any known name with its typing errors; and comparing takes
    // time by the square.
    if written.len() > 40 {
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

/// A name without what spellings differ in: `max_redirs` and `maxRedirs` are
/// the same to somebody who looks for `max-redirs`.
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
    fn a_name_is_suggested_if_it_is_near() {
        let known = ["max-redirs", "max-time", "retry"];
        assert_eq!(nearest("max_redirs", &known), Some("max-redirs"));
        assert_eq!(nearest("retyr", &known), Some("retry"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest(&"r".repeat(5000), &known), None);
    }
}
