//! What is expected of a body.

use plan::{Body, JsonExpect};
use serde_json::Value;
use verdict::shorten;

use super::{Answer, Mismatch};
use crate::words::{QUOTE, plural, quote, quote_bytes};

pub(super) fn body(expected: &Body, answer: &Answer) -> Result<(), Mismatch> {
    let text = String::from_utf8_lossy(&answer.body);
    let without = || match answer.truncated {
        true => format!(
            "{} bytes and more without it: {}",
            answer.body.len(),
            quote_bytes(&answer.body)
        ),
        false if answer.body.is_empty() => "an empty body".to_owned(),
        false => quote_bytes(&answer.body),
    };
    for part in &expected.contains {
        if !text.contains(part.as_str()) {
            return Err(Mismatch::of(contains_words(part), without()));
        }
    }
    for pattern in &expected.matches {
        if !pattern.is_match(&text) {
            return Err(Mismatch::of(matches_words(pattern), without()));
        }
    }
    json(&expected.json, &text, answer)
}

fn json(expected: &[JsonExpect], text: &str, answer: &Answer) -> Result<(), Mismatch> {
    let Some(first) = expected.first() else {
        return Ok(());
    };
    if answer.truncated {
        let got = format!(
            "a body of more than {} bytes, which is not read as JSON",
            text.len()
        );
        return Err(Mismatch::of(json_words(first), got));
    }
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(_) if answer.body.is_empty() => {
            return Err(Mismatch::of(json_words(first), "an empty body"));
        }
        Err(error) => {
            let got = format!("no JSON ({error}): {}", quote_bytes(&answer.body));
            return Err(Mismatch::of(json_words(first), got));
        }
    };
    for expect in expected {
        let nodes = expect.path.query(&value).all();
        let other: Vec<&Value> = nodes
            .iter()
            .copied()
            .filter(|node| !same(node, &expect.value))
            .collect();
        let got = match (nodes.as_slice(), other.as_slice()) {
            ([], _) => format!("no such value in {}", quote_bytes(&answer.body)),
            (_, []) => continue,
            ([_], [only]) => shorten(&only.to_string(), QUOTE),
            (all, [first, ..]) => format!(
                "{} other value{} among {}, the first is {}",
                other.len(),
                plural(other.len()),
                all.len(),
                shorten(&first.to_string(), QUOTE)
            ),
        };
        return Err(Mismatch::of(json_words(expect), got));
    }
    Ok(())
}

/// Whether two JSON values are equal, with numbers compared by value: 1 is 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            if a == b {
                return true;
            }
            // Whole numbers are equal only exactly, since a float can't hold
            // all of them.
            if (a.is_f64(), b.is_f64()) == (false, false) {
                return false;
            }
            matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let held = |(key, a): (&String, &Value)| b.get(key).is_some_and(|b| same(a, b));
            a.len() == b.len() && a.iter().all(held)
        }
        _ => a == b,
    }
}

pub(super) fn contains_words(text: &str) -> String {
    format!("a body with {}", quote(text))
}

pub(super) fn matches_words(pattern: &regex_lite::Regex) -> String {
    format!("a body that matches /{}/", shorten(pattern.as_str(), QUOTE))
}

pub(super) fn json_words(expect: &JsonExpect) -> String {
    let value = shorten(&expect.value.to_string(), QUOTE);
    format!("{} = {value}", shorten(&expect.path.to_string(), QUOTE))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::assess::{
        assess,
        tests::{answer, line, with_body, with_json},
    };

    #[test]
    fn a_table_of_texts() {
        let body = |contains: &[&str], matches: &[&str]| {
            with_body(Body {
                contains: contains.iter().map(|c| (*c).to_owned()).collect(),
                matches: matches.iter().map(|m| m.parse().unwrap()).collect(),
                json: vec![],
            })
        };
        for (contains, matches, text, found) in [
            (vec!["up"], vec![], &b"it is up"[..], "met"),
            (vec!["it", "up"], vec!["^it", "up$"], b"it is up", "met"),
            (vec!["up"], vec![], b"\xff\xfe up", "met"),
            (
                vec!["it", "down"],
                vec![],
                b"it is up",
                "a body with \"down\" | \"it is up\"",
            ),
            (
                vec![],
                vec!["^up"],
                b"it is up",
                "a body that matches /^up/ | \"it is up\"",
            ),
            (
                vec!["up"],
                vec![],
                b"",
                "a body with \"up\" | an empty body",
            ),
        ] {
            assert_eq!(line(&body(&contains, &matches), &answer(200, text)), found);
        }
        let mut cut = answer(200, "it is up");
        cut.truncated = true;
        assert_eq!(line(&body(&["up"], &[]), &cut), "met");
        assert_eq!(
            line(&body(&["down"], &[]), &cut),
            "a body with \"down\" | 8 bytes and more without it: \"it is up\""
        );
    }

    #[test]
    fn a_table_of_json() {
        let text = r#"{"status":"UP","n":1,"big":9007199254740993,
            "parts":[{"s":"UP"},{"s":"DOWN"},{"s":"HALF"}],"deep":{"a":[1.0,{"b":null}]}}"#;
        for (path, value, found) in [
            ("$.status", json!("UP"), "met"),
            ("$.n", json!(1.0), "met"),
            ("$.n", json!(1), "met"),
            ("$.n", json!("1"), "$.n = \"1\" | 1"),
            (
                "$.big",
                json!(9_007_199_254_740_992_u64),
                "$.big = 9007199254740992 | 9007199254740993",
            ),
            ("$.deep", json!({"a": [1, {"b": null}]}), "met"),
            (
                "$.deep",
                json!({"a": [1]}),
                r#"$.deep = {"a":[1]} | {"a":[1.0,{"b":null}]}"#,
            ),
            ("$.status", json!("DOWN"), r#"$.status = "DOWN" | "UP""#),
            (
                "$.parts[*].s",
                json!("UP"),
                r#"$.parts[*].s = "UP" | 2 other values among 3, the first is "DOWN""#,
            ),
            ("$.parts[?@.s=='UP'].s", json!("UP"), "met"),
        ] {
            let found = found.replace(
                "$.parts[*].s",
                &path
                    .parse::<serde_json_path::JsonPath>()
                    .unwrap()
                    .to_string(),
            );
            assert_eq!(line(&with_json(path, value), &answer(200, text)), found);
        }
        let expect = with_json("$.none", json!(null));
        for (body, found) in [
            (
                "{\"a\":1}",
                "$.none = null | no such value in \"{\"a\":1}\"",
            ),
            ("", "$.none = null | an empty body"),
            ("{\"none\":null}", "met"),
        ] {
            assert_eq!(line(&expect, &answer(200, body)), found);
        }
        let found = line(&expect, &answer(200, "<html>"));
        assert!(
            found.starts_with("$.none = null | no JSON (expected value at line 1"),
            "{found}"
        );
        // Deeper than the parser goes, and cut: both are mismatches.
        let found = line(&expect, &answer(200, "[".repeat(100_000)));
        assert!(found.contains("no JSON (recursion limit"), "{found}");
        let mut cut = answer(200, "{}");
        cut.truncated = true;
        let found = line(&expect, &cut);
        assert!(
            found.ends_with("a body of more than 2 bytes, which is not read as JSON"),
            "{found}"
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9f64).prop_map(Value::from),
            "\\PC{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c]", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn equality_is_an_equality(a in value(), b in value()) {
            prop_assert!(same(&a, &a));
            prop_assert_eq!(same(&a, &b), same(&b, &a));
            prop_assert!(a != b || same(&a, &b));
        }

        #[test]
        fn the_root_selects_the_whole_body(a in value(), b in value()) {
            let found = assess(&with_json("$", b.clone()), &answer(200, a.to_string()));
            prop_assert_eq!(found.is_ok(), same(&a, &b));
        }

        #[test]
        fn a_text_is_found_where_it_is(before in "\\PC{0,20}", needle in "\\PC{1,8}", after in "\\PC{0,20}") {
            let expect = with_body(Body { contains: vec![needle.clone()], ..Body::default() });
            let text = [before, needle, after].concat();
            prop_assert!(assess(&expect, &answer(200, text)).is_ok());
        }
    }
}
