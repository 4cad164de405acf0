//! Parameters of the Query protocol, and percent-encoding.

use std::collections::BTreeMap;

use url::form_urlencoded;

/// A form's fields. Of several with one name, the last counts.
#[derive(Debug, Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Form {
        Form(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field that isn't empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether there is such a field, be it empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// `Names.member.1`, `Names.member.2`, …, in the order of their numbers.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let prefix = format!("{name}.member.");
        let mut items: Vec<(u32, &str)> = (self.0.iter())
            .filter_map(|(field, value)| {
                Some((field.strip_prefix(&prefix)?.parse().ok()?, value.as_str()))
            })
            .collect();
        items.sort_by_key(|(number, _)| *number);
        items.into_iter().map(|(_, value)| value).collect()
    }
}

/// Undoes percent-encoding. What isn't encoded properly stays as it is.
pub(super) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
        match (bytes[i], hex(i + 1), hex(i + 2)) {
            (b'%', Some(high), Some(low)) => {
                // Two digits of four bits each.
                decoded.push((high * 16 + low) as u8);
                i += 3;
            }
            (byte, _, _) => {
                decoded.push(byte);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_the_order_of_their_numbers() {
        let form = Form::parse(b"Names.member.10=c&Names.member.2=b&Names.member.1=a+a&Names.x=y");
        assert_eq!(form.list("Names"), ["a a", "b", "c"]);
        assert!(form.list("Other").is_empty());
    }

    #[test]
    fn percent_encoding_is_undone() {
        for (text, expected) in [
            ("a%20b%2fc", "a b/c"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz+", "%zz+"),
            ("%C3%A4", "ä"),
        ] {
            assert_eq!(percent_decode(text), expected);
        }
    }
}
