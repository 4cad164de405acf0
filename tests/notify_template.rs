//! The rules of template.yaml, as CloudFormation makes them.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use serde_saphyr::Tagged;

/// A value of the template, with the intrinsic function that is its tag.
type Node = Tagged<Tree>;

#[derive(Debug, Clone)]
enum Tree {
    Leaf(Value),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value of a template")
            }
            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Leaf(Value::Null))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Leaf(value.into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Leaf(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
                Ok(Tree::Leaf(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
                Ok(Tree::Leaf(value.into()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
                Ok(Tree::Leaf(value.into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Tree::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
                let mut map = Vec::new();
                while let Some(member) = members.next_entry()? {
                    map.push(member);
                }
                Ok(Tree::Map(map))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl Tree {
    fn get(&self, name: &str) -> Option<&Node> {
        match self {
            Tree::Map(members) => members
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    fn members(&self, name: &str) -> &[(String, Node)] {
        match self.get(name) {
            Some(Tagged(Tree::Map(members), _)) => members,
            other => panic!("{name} is {other:?}"),
        }
    }

    fn list(&self) -> &[Node] {
        match self {
            Tree::List(items) => items,
            other => panic!("{other:?} is no list"),
        }
    }

    fn text(&self) -> &str {
        match self {
            Tree::Leaf(Value::String(text)) => text,
            other => panic!("{other:?} is no text"),
        }
    }
}

/// The template with values for its parameters, in an account and a region.
pub(crate) struct Template {
    root: Tree,
    values: BTreeMap<String, Value>,
}

/// A rule that the stack has.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) pattern: Value,
    /// The functions, by their names in the template.
    pub(crate) targets: Vec<String>,
}

impl Template {
    /// With these parameters, and the others as they are by default.
    pub(crate) fn new((account, region): (&str, &str), parameters: &[(&str, &str)]) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let text = fs::read_to_string(path).unwrap();
        let root: Tree = serde_saphyr::from_str(&text).unwrap();
        let mut values: BTreeMap<String, Value> = [
            ("AWS::AccountId", account),
            ("AWS::Region", region),
            ("AWS::Partition", "aws"),
        ]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into();
        for (name, Tagged(parameter, _)) in root.members("Parameters") {
            if let Some(Tagged(Tree::Leaf(default), _)) = parameter.get("Default") {
                values.insert(name.clone(), default.clone());
            }
        }
        for (name, value) in parameters {
            assert!(values.contains_key(*name), "there is no parameter {name}");
            values.insert((*name).to_owned(), (*value).into());
        }
        Self { root, values }
    }

    /// With both notifiers, and everything else as it is by default.
    pub(crate) fn usual(place: (&str, &str)) -> Self {
        Self::with(place, &[])
    }

    /// With both notifiers and these parameters.
    pub(crate) fn with(place: (&str, &str), more: &[(&str, &str)]) -> Self {
        let secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf";
        let mut parameters = vec![("SlackSecretArn", secret), ("ChatbotTopicArn", "new")];
        parameters.extend(more);
        Self::new(place, &parameters)
    }

    /// The rules of EventBridge that there are with these parameters.
    pub(crate) fn rules(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (name, Tagged(resource, _)) in self.root.members("Resources") {
            let kind = resource.get("Type").map(|node| node.0.text());
            if kind != Some("AWS::Events::Rule") {
                continue;
            }
            let condition = resource.get("Condition").map(|node| node.0.text());
            if !condition.is_none_or(|condition| self.holds(condition)) {
                continue;
            }
            let Tagged(properties, _) = resource.get("Properties").unwrap();
            let property = |name: &str| self.value(properties.get(name).unwrap()).unwrap();
            let targets = property("Targets");
            let targets = targets.as_array().unwrap().iter();
            rules.push(Rule {
                name: name.clone(),
                pattern: property("EventPattern"),
                targets: targets
                    .map(|target| target["Arn"].as_str().unwrap().to_owned())
                    .collect(),
            });
        }
        rules
    }

    fn holds(&self, condition: &str) -> bool {
        let conditions = self.root.members("Conditions");
        let found = conditions.iter().find(|(name, _)| name == condition);
        let (_, node) = found.unwrap_or_else(|| panic!("there is no condition {condition}"));
        self.is_so(node)
    }

    fn is_so(&self, node: &Node) -> bool {
        match self.value(node) {
            Some(Value::Bool(is_so)) => is_so,
            other => panic!("{other:?} is no condition"),
        }
    }

    /// What a node comes to; None: it is to be left out.
    fn value(&self, Tagged(tree, tag): &Node) -> Option<Value> {
        Some(match tag.as_deref() {
            None => return Some(self.plain(tree)),
            Some("!Ref") if tree.text() == "AWS::NoValue" => return None,
            Some("!Ref") => self.named(tree.text()),
            // Whatever is asked of a resource: here it is known by its name.
            Some("!GetAtt") => tree.text().split('.').next().unwrap().into(),
            Some("!Sub") => self.substituted(tree).into(),
            Some("!Condition") => self.holds(tree.text()).into(),
            Some("!If") => match tree.list() {
                [Tagged(condition, _), yes, no] => {
                    let chosen = if self.holds(condition.text()) {
                        yes
                    } else {
                        no
                    };
                    return self.value(chosen);
                }
                other => panic!("!If {other:?}"),
            },
            Some("!Equals") => match tree.list() {
                [one, other] => (self.value(one) == self.value(other)).into(),
                other => panic!("!Equals {other:?}"),
            },
            Some("!Not") => match tree.list() {
                [one] => (!self.is_so(one)).into(),
                other => panic!("!Not {other:?}"),
            },
            Some("!Or") => tree.list().iter().any(|node| self.is_so(node)).into(),
            Some("!And") => tree.list().iter().all(|node| self.is_so(node)).into(),
            Some(other) => panic!("this test does not know {other}"),
        })
    }

    fn plain(&self, tree: &Tree) -> Value {
        match tree {
            Tree::Leaf(value) => value.clone(),
            Tree::List(items) => items.iter().filter_map(|item| self.value(item)).collect(),
            Tree::Map(members) => {
                let members = members.iter();
                let members = members.filter_map(|(n, node)| Some((n.clone(), self.value(node)?)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }

    /// A parameter's value; a resource is known by its name.
    fn named(&self, name: &str) -> Value {
        let value = self.values.get(name).cloned();
        value.unwrap_or_else(|| name.into())
    }

    fn substituted(&self, tree: &Tree) -> String {
        let mut text = String::new();
        let mut rest = tree.text();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').unwrap();
            text.push_str(before);
            text.push_str(self.named(name).as_str().unwrap());
            rest = after;
        }
        text + rest
    }
}
