use serde_json_path::JsonPath;
use wording::quoted;

use super::reader::{Reader, Reported};
use crate::{
    Body, Expect, JsonExpect, Matcher, limits,
    loose::{Given, Json, Keys, OneOrMore, Pairs},
    raw::{RawBody, RawExpect},
};

impl Reader<'_> {
    pub(super) fn expectations(
        &mut self,
        given: Given<Keys<RawExpect>>,
    ) -> Result<Expect, Reported> {
        let (mut keys, at) = self.expect(given, "\"expect\"", "a mapping")?;
        self.unknown_keys(&keys, |key| match key {
            "contains" | "matches" | "json" => Some("it goes under \"body\""),
            key if !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit()) => {
                Some("write a list of statuses in quotes, as \"200,202\"")
            }
            _ => None,
        });
        if keys.keys.is_empty() && keys.unknown.is_empty() {
            let message = "\"expect\" expects nothing; leave it out, or say what is expected";
            return Err(self.mistake(at, message));
        }
        let raw = &mut keys.fields;
        let status = self.optional(&mut raw.status, Self::status);
        let headers = self.optional(&mut raw.headers, Self::expected_headers);
        let body = self.optional(&mut raw.body, Self::body);
        let within = self.optional(&mut raw.within, |reader, given| {
            reader.duration(given, "\"within\"", &limits::WITHIN)
        });
        Ok(Expect {
            status: status?.unwrap_or_default(),
            headers: headers?.unwrap_or_default(),
            body: body?,
            within: within?,
        })
    }

    fn status(&mut self, given: Given<OneOrMore>) -> Result<Matcher, Reported> {
        let at = given.at;
        let wanted = "a status, as 200, 200-299 or 200,202";
        let texts = self.texts(given, "\"status\"", wanted)?;
        let mut parts = Vec::new();
        for (text, at) in texts {
            parts.push(match text.len() > limits::NAME {
                true => Err(self.mistake(at, format!("\"status\" must be {wanted}"))),
                false => match text.parse::<Matcher>() {
                    Ok(matcher) => Ok(matcher.to_string()),
                    Err(error) => Err(self.mistake(at, error.to_string())),
                },
            });
        }
        let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
        let whole = parts.join(",").parse::<Matcher>();
        whole.map_err(|error| self.mistake(at, error.to_string()))
    }

    fn body(&mut self, given: Given<Keys<RawBody>>) -> Result<Body, Reported> {
        let (mut keys, at) = self.expect(given, "\"body\"", "a mapping")?;
        self.unknown_keys(&keys, |_| None);
        if keys.keys.is_empty() && keys.unknown.is_empty() {
            let message =
                "\"body\" expects nothing; it takes \"contains\", \"matches\" and \"json\"";
            return Err(self.mistake(at, message));
        }
        let raw = &mut keys.fields;
        let contains = self.optional(&mut raw.contains, Self::contains);
        let matches = self.optional(&mut raw.matches, Self::matches);
        let json = self.optional(&mut raw.json, Self::json);
        Ok(Body {
            contains: contains?.unwrap_or_default(),
            matches: matches?.unwrap_or_default(),
            json: json?.unwrap_or_default(),
        })
    }

    fn contains(&mut self, given: Given<OneOrMore>) -> Result<Vec<String>, Reported> {
        let texts = self.texts(given, "\"contains\"", "a text or a list of texts")?;
        let mut result = Vec::new();
        for (text, at) in texts {
            result.push(match text.is_empty() {
                true => {
                    Err(self.mistake(at, "\"contains\" is empty, and every body contains that"))
                }
                false => Ok(text),
            });
        }
        result.into_iter().collect()
    }

    fn matches(&mut self, given: Given<OneOrMore>) -> Result<Vec<regex_lite::Regex>, Reported> {
        let wanted = "a regular expression or a list of them";
        let texts = self.texts(given, "\"matches\"", wanted)?;
        let mut result = Vec::new();
        for (text, at) in texts {
            self.patterns += 1;
            let too_many = self.patterns > limits::PATTERNS;
            result.push(match pattern(&text, too_many) {
                Ok(pattern) => Ok(pattern),
                Err(why) => Err(self.mistake(at, format!("\"matches\" must be {wanted}; {why}"))),
            });
        }
        result.into_iter().collect()
    }

    fn json(&mut self, given: Given<Pairs<Json>>) -> Result<Vec<JsonExpect>, Reported> {
        let wanted = "a mapping of JSON paths to values";
        let (Pairs(pairs), at) = self.expect(given, "\"json\"", wanted)?;
        if pairs.is_empty() {
            return Err(self.mistake(at, format!("\"json\" expects nothing; it takes {wanted}")));
        }
        if pairs.len() > limits::ITEMS {
            let most = limits::ITEMS;
            return Err(self.mistake(at, format!("\"json\" takes at most {most} paths")));
        }
        let mut result = Vec::new();
        for ((text, at), value) in pairs {
            let path = match path(&text) {
                Ok(path) => Ok(path),
                Err(why) => {
                    Err(self.mistake(at, format!("{} is no JSON path: {why}", quoted(&text))))
                }
            };
            let value = self.expect(value, "a JSON path", "any value");
            result.push(path.and_then(|path| {
                let (Json(value), _) = value?;
                Ok(JsonExpect { path, value })
            }));
        }
        result.into_iter().collect()
    }
}

/// A regular expression, within limits: compiled, it can be far larger than
/// its text.
fn pattern(text: &str, too_many: bool) -> Result<regex_lite::Regex, String> {
    if too_many {
        return Err(format!("a plan has at most {} of them", limits::PATTERNS));
    }
    if text.is_empty() {
        return Err("an empty one matches every body".to_owned());
    }
    if text.len() > limits::PATTERN_BYTES {
        return Err(format!(
            "this one is longer than {} bytes",
            limits::PATTERN_BYTES
        ));
    }
    let compiled = regex_lite::RegexBuilder::new(text)
        .size_limit(limits::PATTERN_COMPILED)
        .nest_limit(limits::PATTERN_DEPTH)
        .build();
    compiled.map_err(|error| match error.to_string() {
        why if why.contains("size limit") => "this one is too large; repeat less in it".to_owned(),
        why => format!("this one is wrong: {why}"),
    })
}

fn path(text: &str) -> Result<JsonPath, String> {
    if text.len() > limits::PATH_BYTES {
        return Err(format!("it is longer than {} bytes", limits::PATH_BYTES));
    }
    if !text.starts_with('$') {
        return Err("it does not start with $".to_owned());
    }
    let (mut depth, mut deepest) = (0_usize, 0);
    for c in text.chars() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > limits::PATH_DEPTH {
        return Err(format!(
            "its brackets nest deeper than {}",
            limits::PATH_DEPTH
        ));
    }
    if text.matches("..").count() > limits::PATH_DESCENTS {
        return Err(format!(
            "it has more than {} times \"..\"",
            limits::PATH_DESCENTS
        ));
    }
    JsonPath::parse(text).map_err(|error| {
        let place = text
            .get(..error.position())
            .map_or(0, |before| before.chars().count());
        format!("{} at its character {}", error.message(), place + 1)
    })
}
