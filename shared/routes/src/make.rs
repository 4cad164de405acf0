//! Routes, made from the tree that their text was read into.

use std::collections::BTreeMap;

use wording::{one_line, quoted};
use yaml::{Entry, Format, Limits, Node, Place, Value};

use crate::{
    Mention, Routes, RoutesError,
    dead::{Conditions, unreachable},
    decide::DEFAULT,
    model::{Fallback, Glob, Matching, Rule, SEVERITIES, SOURCES, State, To, When},
    reading::{At, Reading},
    values,
};

/// The longest text that is read as routes, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// Routes are short and shallow.
const FORMAT: Format = Format {
    limits: Limits {
        bytes: MAX_BYTES,
        depth: 16,
        nodes: 20_000,
        events: 100_000,
    },
    large: "this is longer than",
    ends: "there are no routes in it",
    second: "routes are one YAML document, and there is a second one",
    tags: "routes have no tags such as",
    aliases: "this is more nesting or content than routes may have",
    content: "this is more nesting or content than routes may have",
};

/// The longest name of a text that errors repeat, in characters.
const LONGEST_SOURCE: usize = 200;

/// The most rules.
const MOST_RULES: usize = 500;

/// The longest name of a rule, in characters.
const LONGEST_NAME: usize = 80;

impl Routes {
    /// Reads routes. `name` is what errors call the text: a path, a URL.
    ///
    /// # Errors
    /// When the text is no YAML, a key or a value is not known, or a rule could
    /// never match; with all mistakes that were found.
    pub fn parse(text: &str, name: &str) -> Result<Self, RoutesError> {
        let name: String = one_line(name).chars().take(LONGEST_SOURCE).collect();
        let tree =
            yaml::read(text, &FORMAT).map_err(|mistake| RoutesError::new(&name, &mistake))?;
        let mut reading = Reading::default();
        let routes = reading.routes(tree);
        match RoutesError::all(&name, reading.mistakes) {
            None => Ok(routes),
            Some(error) => Err(error),
        }
    }
}

impl Reading {
    fn routes(&mut self, tree: Node) -> Routes {
        let begin = tree.at;
        if matches!(tree.value, Value::Nothing) {
            self.wrong(begin, "there are no routes in it");
            return Routes::default();
        }
        let mut routes = Routes::default();
        let (mut has_version, mut has_rules) = (false, false);
        let mut rules = Vec::new();
        let mut default = None;
        let known = ["version", "match", "routes", "default"];
        let before = self.mistakes.len();
        for Entry { key, at, value } in self.mapping(tree, "the file", &known) {
            match key.as_str() {
                "version" => {
                    has_version = true;
                    self.version(&value);
                }
                "match" => {
                    let words = [("first", Matching::First), ("all", Matching::All)];
                    let text = self.text(value);
                    let word = text.and_then(|text| self.word(&text, "way to match", &words));
                    routes.matching = word.unwrap_or(Matching::First);
                }
                "routes" => {
                    has_rules = true;
                    rules = self.rules(value);
                }
                _ => {
                    has_rules = true;
                    default = self.fallback(value).map(|value| At { value, at });
                }
            }
        }
        // Where the file is something else, or a key is misspelt, that is it.
        if self.mistakes.len() == before {
            if !has_version {
                self.wrong(begin, "the version is missing; begin with `version: 1`");
            } else if !has_rules {
                self.wrong(begin, "there are neither routes nor a default in it");
            }
        }
        // What is wrong elsewhere may be what makes a rule look like that.
        if self.mistakes.is_empty() {
            self.mistakes = unreachable(routes.matching, &rules);
        }
        if let Some(default) = default {
            let catches = |(_, rule): &&(Place, Rule)| rule.when.is_empty();
            // That nothing else goes anywhere may be said twice.
            let counts = self.mistakes.is_empty() && !matches!(default.value, Fallback::Off);
            if let Some((catch, rule)) = rules.iter().find(catches).filter(|_| counts) {
                let line = catch.line;
                let name = quoted(&rule.name);
                let text = format!("this can never hold: {name} in line {line} matches everything");
                self.wrong(default.at, text);
            }
            routes.default = default.value;
        }
        routes.rules = rules.into_iter().map(|(_, rule)| rule).collect();
        routes
    }

    fn version(&mut self, node: &Node) {
        let Value::Number(number) = node.value else {
            return self.wrong(node.at, "the version is the number 1");
        };
        let number = number.to_string();
        if number != "1" {
            let text = format!("version {number:.20} is not known; this reads version 1");
            self.wrong(node.at, text);
        }
    }

    fn rules(&mut self, node: Node) -> Vec<(Place, Rule)> {
        let nodes = match node.value {
            Value::List(nodes) if nodes.is_empty() => {
                self.wrong(
                    node.at,
                    "this list is empty; write a rule, or only a default",
                );
                return Vec::new();
            }
            Value::List(nodes) => nodes,
            _ => {
                self.wrong(node.at, "this is a list of rules, each beginning with `- `");
                return Vec::new();
            }
        };
        if nodes.len() > MOST_RULES {
            let text = format!("these are more than {MOST_RULES} rules");
            self.wrong(node.at, text);
            return Vec::new();
        }
        let mut rules = Vec::new();
        let mut names: BTreeMap<String, Place> = BTreeMap::new();
        for (n, node) in nodes.into_iter().enumerate() {
            let at = node.at;
            let (rule, name_at) = self.rule(node, n + 1);
            let name_at = name_at.unwrap_or(at);
            if let Some(earlier) = names.get(&rule.name) {
                let line = earlier.line;
                let name = quoted(&rule.name);
                let text = format!("the rule in line {line} is called {name} too");
                self.wrong(name_at, text);
            }
            names.insert(rule.name.clone(), name_at);
            rules.push((at, rule));
        }
        rules
    }

    /// A rule, and where its name stands.
    fn rule(&mut self, node: Node, number: usize) -> (Rule, Option<Place>) {
        let mut name = None;
        let mut when = When::default();
        let mut to = To::default();
        let mut ignores = false;
        let mut directs = None;
        let known = ["name", "when", "channel", "mention", "ignore"];
        for Entry { key, at, value } in self.mapping(node, "a rule", &known) {
            match key.as_str() {
                "name" => name = self.name(value),
                "when" => when = self.when(value),
                "ignore" => ignores = self.truth(&value).unwrap_or_default(),
                _ => {
                    directs = directs.or(Some((key.clone(), at)));
                    self.direct(&mut to, &key, value);
                }
            }
        }
        if let Some((key, at)) = directs.filter(|_| ignores) {
            let text = format!("a rule with `ignore: true` sends nowhere, so it has no {key}");
            self.wrong(at, text);
        }
        let name_at = name.as_ref().map(|name| name.at);
        let rule = Rule {
            name: name.map_or_else(|| format!("rule {number}"), |name| name.value),
            when,
            to: (!ignores).then_some(to),
        };
        (rule, name_at)
    }

    fn name(&mut self, node: Node) -> Option<At<String>> {
        let name = self.text(node)?;
        if name.value == DEFAULT {
            self.wrong(
                name.at,
                "no rule is called \"default\": that is what holds without one",
            );
        } else if name.value.chars().count() > LONGEST_NAME
            || name.value.chars().any(char::is_control)
        {
            let text = format!("a name has at most {LONGEST_NAME} characters, on one line");
            self.wrong(name.at, text);
        } else {
            return Some(name);
        }
        None
    }

    fn when(&mut self, node: Node) -> When {
        let mut conditions = Conditions::default();
        let mut severity = None;
        let before = self.mistakes.len();
        let known = [
            "source",
            "pipeline",
            "application",
            "name",
            "state",
            "severity",
        ];
        for Entry { key, value, .. } in self.mapping(node, "`when`", &known) {
            match key.as_str() {
                "source" => {
                    let texts = self.texts(value).into_iter();
                    conditions.source = texts
                        .filter_map(|text| {
                            let value = self.word(&text, "source", &SOURCES)?;
                            Some(At { value, at: text.at })
                        })
                        .collect();
                }
                "pipeline" => conditions.pipeline = self.globs(value, values::pipeline_glob),
                "application" => conditions.application = self.globs(value, values::glob),
                "name" => conditions.name = self.globs(value, values::glob),
                "state" => conditions.state = self.states(value),
                _ => {
                    let text = self.text(value);
                    severity = text.and_then(|text| self.word(&text, "severity", &SEVERITIES));
                }
            }
        }
        if self.mistakes.len() == before {
            conditions.check(self);
        }
        When {
            source: bare(conditions.source),
            pipeline: bare(conditions.pipeline),
            application: bare(conditions.application),
            name: bare(conditions.name),
            state: bare(conditions.state),
            severity,
        }
    }

    fn globs(&mut self, node: Node, read: fn(&str) -> Result<Glob, String>) -> Vec<At<Glob>> {
        let mut globs = Vec::new();
        for text in self.texts(node) {
            match read(&text.value) {
                Ok(value) => globs.push(At { value, at: text.at }),
                Err(why) => self.wrong(text.at, why),
            }
        }
        globs
    }

    fn states(&mut self, node: Node) -> Vec<At<State>> {
        let mut states: Vec<At<State>> = Vec::new();
        for text in self.texts(node) {
            let Some(value) = State::read(&text.value) else {
                self.unknown(&text, "state", &State::WORDS);
                continue;
            };
            match states.iter().any(|earlier| earlier.value == value) {
                true => self.wrong(text.at, "started and running are the same state"),
                false => states.push(At { value, at: text.at }),
            }
        }
        states
    }

    fn fallback(&mut self, node: Node) -> Option<Fallback> {
        if let Value::Mapping(entries) = &node.value {
            if entries.is_empty() {
                let text = "this names no channel; write quiet, off, or a channel";
                self.wrong(node.at, text);
                return None;
            }
            let mut to = To::default();
            for Entry { key, value, .. } in
                self.mapping(node, "the default", &["channel", "mention"])
            {
                self.direct(&mut to, &key, value);
            }
            return Some(Fallback::To(to));
        }
        // YAML 1.1 has `off` for false, and some editors write it so.
        let text = match node.value {
            Value::Truth(false) => return Some(Fallback::Off),
            value => self.text(Node { value, ..node })?,
        };
        match text.value.as_str() {
            "quiet" => Some(Fallback::Quiet),
            "off" => Some(Fallback::Off),
            _ => {
                let shown = quoted(&text.value);
                let hint = "write quiet, off, or a mapping with a channel";
                self.wrong(text.at, format!("unknown default {shown}; {hint}"));
                None
            }
        }
    }

    /// `channel` or `mention`.
    fn direct(&mut self, to: &mut To, key: &str, node: Node) {
        let is_channel = key == "channel";
        if is_channel && matches!(node.value, Value::Nothing) {
            // `channel: #deployments`
            let text = "this has no value; a name stands in quotes, as in \"#deployments\", since \
                        # begins a comment";
            return self.wrong(node.at, text);
        }
        if let (false, Value::List(_)) = (is_channel, &node.value) {
            let text = "a rule mentions one: here, channel, somebody or a group; make a group in \
                        Slack for several people";
            return self.wrong(node.at, text);
        }
        let Some(text) = self.text(node) else { return };
        let taken = match is_channel {
            true => values::channel(&text.value).map(|()| to.channel = Some(text.value)),
            false => (text.value.parse::<Mention>()).map(|mention| to.mention = Some(mention)),
        };
        if let Err(why) = taken {
            self.wrong(text.at, why);
        }
    }
}

fn bare<T>(values: Vec<At<T>>) -> Vec<T> {
    values.into_iter().map(|value| value.value).collect()
}
