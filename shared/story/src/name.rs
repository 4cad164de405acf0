use sha2::{Digest as _, Sha256};

/// The longest name that is written out, in characters.
const LONGEST: usize = 160;

/// A name that lasts, of a kind and what tells it from others of its kind: at
/// most 200 characters, letters, digits and `.:/_-`. The same for no two lists:
/// what doesn't fit is told by its digest.
pub(crate) fn name(kind: &str, parts: &[&str]) -> String {
    let is_plain = |part: &&str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-');
        !part.is_empty() && part.chars().all(fits)
    };
    let plain = parts.join("/");
    if parts.iter().all(is_plain) && plain.len() <= LONGEST {
        return format!("{kind}/{plain}");
    }
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let digest: String = (digest.finalize().iter().take(20))
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{kind}:{digest}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_names() {
        assert_eq!(name("build", &["shop:1-a"]), "build/shop:1-a");
        assert_eq!(name("action", &["A", "b.c", "1"]), "action/A/b.c/1");
        for odd in ["", "a b", "a/b", "é", "<!channel>"] {
            let name = name("action", &[odd, "1"]);
            assert_eq!(name.len(), "action:".len() + 40, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_short_and_plain_and_of_one_list_only(
            a in prop::collection::vec("[a/:é]{0,3}|\\PC{0,300}", 1..4),
            b in prop::collection::vec("[a/:é]{0,3}|\\PC{0,300}", 1..4),
        ) {
            let of = |parts: &[String]| {
                name("action", &parts.iter().map(String::as_str).collect::<Vec<_>>())
            };
            prop_assert!(of(&a).len() <= 200);
            let fits = |c: char| c.is_ascii_alphanumeric() || ".:/_-".contains(c);
            prop_assert!(of(&a).chars().all(fits));
            prop_assert_eq!(of(&a) == of(&b), a == b);
        }
    }
}
