//! Which rule of a listener takes a request, as the load balancer decides it.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html>

use crate::Forward;

/// A rule of a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its place, the lowest first. None: the default, which comes last.
    pub priority: Option<u32>,
    /// What a request must be; all must hold.
    pub conditions: Vec<Condition>,
    /// Where it forwards to; empty for a rule that answers by itself.
    pub forwards: Vec<Forward>,
}

/// A condition of a rule: one of its patterns must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The host, in any case.
    Host(Vec<String>),
    /// The path, without the query.
    Path(Vec<String>),
    /// The method.
    Method(Vec<String>),
    /// A header's value, in any case.
    Header(String, Vec<String>),
    /// Something that can't be decided here, such as the sender's address.
    Other(String),
}

/// What a listener sees of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The name of the check that sends it.
    pub check: String,
    /// The host, without a port.
    pub host: String,
    /// The path, without the query.
    pub path: String,
    /// The method.
    pub method: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
}

/// Finds the rule that takes a request.
///
/// # Errors
/// The condition that can't be decided, where one comes before the answer.
pub fn rule_of<'a>(rules: &'a [Rule], request: &Request) -> Result<Option<&'a Rule>, String> {
    let mut sorted: Vec<&Rule> = rules.iter().collect();
    sorted.sort_by_key(|rule| rule.priority.unwrap_or(u32::MAX));
    for rule in sorted {
        let holds: Vec<Option<bool>> = rule.conditions.iter().map(|c| c.holds(request)).collect();
        if holds.contains(&Some(false)) {
            continue;
        }
        let open = rule
            .conditions
            .iter()
            .zip(&holds)
            .find(|(_, held)| held.is_none());
        match open {
            None => return Ok(Some(rule)),
            Some((Condition::Other(field), _)) => return Err(field.clone()),
            // `holds` leaves nothing else open.
            Some(_) => return Err("a condition".to_owned()),
        }
    }
    Ok(None)
}

impl Condition {
    /// Whether it holds. None: that can't be decided here.
    fn holds(&self, request: &Request) -> Option<bool> {
        let any = |patterns: &[String], text: &str| {
            let text = text.to_ascii_lowercase();
            patterns
                .iter()
                .any(|p| matches(&p.to_ascii_lowercase(), &text))
        };
        Some(match self {
            Condition::Host(patterns) => any(patterns, &request.host),
            Condition::Path(patterns) => patterns.iter().any(|p| matches(p, &request.path)),
            Condition::Method(methods) => methods.contains(&request.method),
            Condition::Header(name, patterns) => request
                .headers
                .iter()
                .any(|(own, value)| own.eq_ignore_ascii_case(name) && any(patterns, value)),
            Condition::Other(_) => return None,
        })
    }
}

/// Whether a text matches a pattern: `*` stands for any characters, `?` for
/// one.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last `*`, when what followed it did not match.
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((after, from)) => {
                    back = Some((after, from + 1));
                    (p, t) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_patterns() {
        for (pattern, text, matched) in [
            ("/health", "/health", true),
            ("/health", "/healthy", false),
            ("/api/*", "/api/", true),
            ("/api/*", "/api", false),
            ("*.example.com", "shop.example.com", true),
            ("*.example.com", "example.com", false),
            ("/a?c", "/abc", true),
            ("/a?c", "/ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b*", "xxbxxaxx", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), matched, "{pattern} {text}");
        }
    }

    fn rule(priority: Option<u32>, conditions: Vec<Condition>, group: &str) -> Rule {
        Rule {
            priority,
            conditions,
            forwards: vec![Forward {
                target_group: group.to_owned(),
                weight: 1,
            }],
        }
    }

    fn request(host: &str, path: &str, headers: &[(&str, &str)]) -> Request {
        Request {
            check: "liveness".into(),
            host: host.into(),
            path: path.into(),
            method: "GET".into(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn the_first_rule_whose_conditions_hold_takes_it() {
        let one = |text: &str| vec![text.to_owned()];
        let rules = [
            rule(None, vec![], "default"),
            rule(
                Some(20),
                vec![Condition::Host(one("Shop.example.com"))],
                "shop",
            ),
            rule(
                Some(10),
                vec![Condition::Header("X-Test".into(), one("1"))],
                "header",
            ),
            rule(
                Some(30),
                vec![
                    Condition::Path(one("/api/*")),
                    Condition::Method(one("POST")),
                ],
                "api",
            ),
            rule(
                Some(40),
                vec![
                    Condition::Path(one("/own/*")),
                    Condition::Other("source-ip".into()),
                ],
                "own",
            ),
        ];
        let group = |request| match rule_of(&rules, &request) {
            Ok(rule) => rule.unwrap().forwards[0].target_group.clone(),
            Err(field) => format!("undecided: {field}"),
        };
        assert_eq!(group(request("lb", "/", &[])), "default");
        assert_eq!(group(request("shop.EXAMPLE.com", "/", &[])), "shop");
        assert_eq!(
            group(request("shop.example.com", "/", &[("x-test", "1")])),
            "header"
        );
        assert_eq!(group(request("lb", "/api/x", &[])), "default");
        assert_eq!(group(request("lb", "/own/x", &[])), "undecided: source-ip");
        assert_eq!(rule_of(&[], &request("lb", "/", &[])), Ok(None));
    }

    proptest! {
        #[test]
        fn a_pattern_without_wildcards_matches_itself_only(text in "[a-z/.]{0,12}", other in "[a-z/.]{0,12}") {
            prop_assert!(matches(&text, &text));
            prop_assert_eq!(matches(&text, &other), text == other);
        }

        #[test]
        fn a_star_in_front_and_behind_finds_any_part(before in "[a-c]{0,6}", part in "[a-c]{0,4}", after in "[a-c]{0,6}") {
            let whole = format!("{before}{part}{after}");
            let pattern = format!("*{}*", part);
            prop_assert!(matches(&pattern, &whole));
        }
    }
}
