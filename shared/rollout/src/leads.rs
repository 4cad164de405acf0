use crate::{Request, Rule, arn, proof::describe, rule_of};

/// Where a listener leads a request to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// To green and only to green.
    Green,
    /// To neither green nor blue: another application's targets, or an answer
    /// of the listener's own.
    Elsewhere,
    /// To blue, or to green by chance only; in words.
    Astray(String),
}

impl Leads {
    /// Judges a request by the rule that takes it. Where blue is not known, all
    /// that isn't green's may be its.
    ///
    /// # Errors
    /// Why that can't be known.
    pub fn of(
        rules: &[Rule],
        request: &Request,
        green: &str,
        blue: Option<&str>,
    ) -> Result<Self, String> {
        let rule = rule_of(rules, request).map_err(|field| {
            format!(
                "a rule of the listener has a {field} condition, so it can't be known which \
                 target group the request reaches"
            )
        })?;
        let forwards = rule.map_or(&[][..], |rule| &rule.forwards);
        let mut groups = forwards
            .iter()
            .filter(|f| f.weight > 0)
            .map(|f| f.target_group.as_str())
            .peekable();
        if groups.peek().is_none() {
            return Ok(Self::Elsewhere);
        }
        let (mut to_green, mut to_blue, mut to_others) = (false, false, false);
        for group in groups {
            match group {
                group if group == green => to_green = true,
                group if blue.is_none_or(|blue| blue == group) => to_blue = true,
                _ => to_others = true,
            }
        }
        Ok(match (to_green, to_blue, to_others) {
            (true, false, false) => Self::Green,
            (false, false, _) => Self::Elsewhere,
            _ => {
                let (found, green) = (describe(forwards), arn::name(green));
                Self::Astray(format!("{found}, and not to green's {green} alone"))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Condition, Forward};

    #[test]
    fn a_table_of_ways() {
        let request = Request {
            check: "GET /".into(),
            host: "shop.elb".into(),
            path: "/".into(),
            method: "GET".into(),
            headers: vec![],
        };
        let astray = |text: &str| Ok(Leads::Astray(text.to_owned()));
        for (forwards, blue, leads) in [
            (vec![("green", 1)], Some("blue"), Ok(Leads::Green)),
            (
                vec![("green", 1), ("blue", 0)],
                Some("blue"),
                Ok(Leads::Green),
            ),
            (vec![("green", 1), ("green", 2)], None, Ok(Leads::Green)),
            (
                vec![("blue", 1)],
                Some("blue"),
                astray("it forwards 100 % to blue, and not to green's green alone"),
            ),
            (
                vec![("green", 3), ("blue", 1)],
                Some("blue"),
                astray(
                    "it forwards 75 % to green and 25 % to blue, and not to green's green alone",
                ),
            ),
            (
                vec![("green", 1), ("auth", 1)],
                Some("blue"),
                astray(
                    "it forwards 50 % to green and 50 % to auth, and not to green's green alone",
                ),
            ),
            (vec![("auth", 1)], Some("blue"), Ok(Leads::Elsewhere)),
            (
                vec![("auth", 1)],
                None,
                astray("it forwards 100 % to auth, and not to green's green alone"),
            ),
            (vec![("blue", 0)], Some("blue"), Ok(Leads::Elsewhere)),
            (vec![], Some("blue"), Ok(Leads::Elsewhere)),
        ] {
            let forward = |(group, weight): &(&str, u32)| Forward {
                target_group: (*group).to_owned(),
                weight: *weight,
            };
            let rule = Rule {
                priority: None,
                conditions: vec![],
                forwards: forwards.iter().map(forward).collect(),
            };
            let found = Leads::of(&[rule], &request, "green", blue);
            assert_eq!(found, leads, "{forwards:?} {blue:?}");
        }
        let undecided = Rule {
            priority: Some(1),
            conditions: vec![Condition::Other("source-ip".into())],
            forwards: vec![],
        };
        let error = Leads::of(&[undecided], &request, "green", None).unwrap_err();
        assert!(error.contains("source-ip condition"), "{error}");
        assert_eq!(
            Leads::of(&[], &request, "green", None),
            Ok(Leads::Elsewhere)
        );
    }
}
