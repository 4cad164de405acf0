//! XPath 1.0 on XML and HTML.
//! <https://www.w3.org/TR/1999/REC-xpath-19991116/>
//!
//! By the crate xmloxide, which follows libxml2: its lenient HTML parser takes
//! real pages, and its parsers have limits against what would blow up.

use std::collections::BTreeMap;

use xmloxide::{
    Document,
    html::parse_html,
    parser::{ParseOptions, parse_str_with_options},
    tree::NodeKind,
    xpath::{
        XPathContext, XPathNode, XPathValue,
        ast::{Axis, BinaryOp, Expr, NodeTest, Step},
        parser as expressions,
    },
};

/// An XPath expression.
#[derive(Debug, Clone)]
pub struct Expression(Expr);

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// As XML, with namespaces.
    Xml,
    /// As HTML, mistakes and all.
    Html,
}

/// What an expression finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// So many nodes.
    Nodes(usize),
}

/// The longest expression, in bytes: it is read and evaluated by recursion.
const LONGEST: usize = 4096;

/// How deep an expression may nest, and how many operators it may have: each
/// costs a call inside of a call.
const DEEPEST: usize = 128;

/// How deep the elements of an XML text may nest: each costs the library ten
/// kilobytes of stack in a debug build.
const DEEPEST_XML: u32 = 100;

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// It is none, or one that is too long to be evaluated safely.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("it has more than {LONGEST} bytes"));
        }
        if nesting(text) > DEEPEST {
            return Err(format!(
                "it nests deeper than {DEEPEST}, or has more operators"
            ));
        }
        expressions::parse(text)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Evaluates the expression on the root of a text.
    ///
    /// # Errors
    /// The text is no XML or HTML, or the expression asks for what is not
    /// there: an unknown function or prefix.
    pub fn evaluate(&self, text: &str, markup: Markup) -> Result<Found, String> {
        let document = match markup {
            Markup::Xml => {
                let options = ParseOptions::default().max_depth(DEEPEST_XML);
                parse_str_with_options(text, &options)
            }
            Markup::Html => parse_html(text),
        };
        let mut document = document.map_err(|error| match markup {
            Markup::Xml => format!("the text is no XML: {error}"),
            Markup::Html => format!("the text is no HTML: {error}"),
        })?;
        if document.root_element().is_none() {
            return Err("the text has no element".to_owned());
        }
        let namespaces = match markup {
            Markup::Xml => namespaces(&document),
            Markup::Html => BTreeMap::new(),
        };
        let mut expression = self.0.clone();
        let strict = Strict {
            namespaces: &namespaces,
            xml: markup == Markup::Xml,
        };
        strict.expression(&mut expression)?;
        if cost(&self.0, document.node_count()) > MOST_WORK {
            return Err(
                "it would take too long: it goes through the whole text for each node of a path \
                 that does so too; name more of the way"
                    .to_owned(),
            );
        }
        // Nothing is asked from anywhere: a path that does not begin at the root
        // finds nothing, as with `hurl`.
        let nowhere = document.create_text("");
        let mut context = XPathContext::new(&document, nowhere);
        for (prefix, uri) in &namespaces {
            context.set_namespace(prefix, uri);
        }
        let found = context
            .evaluate(&expression)
            .map_err(|error| error.to_string())?;
        Ok(match found {
            XPathValue::Boolean(yes) => Found::Bool(yes),
            XPathValue::Number(number) => Found::Number(number),
            XPathValue::String(text) => Found::Text(text),
            XPathValue::NodeSet(nodes) => {
                let there = |node: &&XPathNode| **node != XPathNode::Node(nowhere);
                Found::Nodes(nodes.iter().filter(there).count())
            }
        })
    }
}

/// How many nodes an expression may look at, by and large: nothing stops it once
/// it runs.
const MOST_WORK: usize = 20_000_000;

/// How many nodes an expression looks at in a text of so many: a path through
/// the whole text looks at all, and so do its predicates, for each of them.
fn cost(expression: &Expr, nodes: usize) -> usize {
    let sum = |costs: &mut dyn Iterator<Item = usize>| costs.fold(0, usize::saturating_add);
    let all = |expressions: &[Expr]| sum(&mut expressions.iter().map(|e| cost(e, nodes))).max(1);
    let path = |steps: &[Step]| {
        let wide = |step: &Step| {
            !matches!(
                step.axis,
                Axis::Child | Axis::Self_ | Axis::Attribute | Axis::Parent
            )
        };
        let reach = if steps.iter().any(wide) { nodes } else { 1 };
        let inner = steps.iter().filter(|step| !step.predicates.is_empty());
        let inner = sum(&mut inner.map(|step| all(&step.predicates)));
        reach.saturating_mul(inner.max(1))
    };
    match expression {
        Expr::Number(_) | Expr::String(_) | Expr::Variable(_) => 1,
        Expr::BinaryOp { left, right, .. } | Expr::Union(left, right) => {
            cost(left, nodes).saturating_add(cost(right, nodes))
        }
        Expr::UnaryNeg(inner) => cost(inner, nodes),
        Expr::FunctionCall { args, .. } => all(args),
        Expr::Path { steps } | Expr::RootPath { steps } => path(steps),
        Expr::Filter { expr, predicates } => cost(expr, nodes).saturating_mul(all(predicates)),
        Expr::FilterPath { expr, steps } => cost(expr, nodes).saturating_mul(path(steps)),
    }
}

/// The functions of XPath 1.0 (section 4). The library has more.
const FUNCTIONS: [&str; 27] = [
    "boolean",
    "ceiling",
    "concat",
    "contains",
    "count",
    "false",
    "floor",
    "id",
    "lang",
    "last",
    "local-name",
    "name",
    "namespace-uri",
    "normalize-space",
    "not",
    "number",
    "position",
    "round",
    "starts-with",
    "string",
    "string-length",
    "substring",
    "substring-after",
    "substring-before",
    "sum",
    "translate",
    "true",
];

/// Makes an expression mean what XPath 1.0 says, where the library means
/// something else.
struct Strict<'a> {
    namespaces: &'a BTreeMap<String, String>,
    xml: bool,
}

impl Strict<'_> {
    fn expression(&self, expression: &mut Expr) -> Result<(), String> {
        match expression {
            Expr::Number(_) | Expr::String(_) => Ok(()),
            Expr::Variable(name) => Err(format!("the variable ${name} is not defined")),
            Expr::BinaryOp { left, right, .. } | Expr::Union(left, right) => {
                self.expression(left)?;
                self.expression(right)
            }
            Expr::UnaryNeg(inner) => self.expression(inner),
            Expr::FunctionCall { name, args } => {
                self.function(name)?;
                self.all(args)
            }
            Expr::Filter { expr, predicates } => {
                self.expression(expr)?;
                self.all(predicates)
            }
            Expr::Path { steps } | Expr::RootPath { steps } => {
                let mixed = self.steps(steps)?;
                sorted(expression, mixed);
                Ok(())
            }
            Expr::FilterPath { expr, steps } => {
                self.expression(expr)?;
                let mixed = self.steps(steps)?;
                sorted(expression, mixed);
                Ok(())
            }
        }
    }

    fn all(&self, expressions: &mut [Expr]) -> Result<(), String> {
        expressions
            .iter_mut()
            .try_for_each(|expression| self.expression(expression))
    }

    fn function(&self, name: &str) -> Result<(), String> {
        if !FUNCTIONS.contains(&name) {
            return Err(format!("{name}() is no function of XPath 1.0"));
        }
        let prefixes = self.namespaces.keys().any(|prefix| prefix != "_");
        if name == "name" && prefixes {
            // The library leaves the prefix out.
            return Err(
                "name() can't be used on XML with prefixes; use local-name() and namespace-uri()"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// Says whether what they find may be out of order.
    fn steps(&self, steps: &mut [Step]) -> Result<bool, String> {
        // `//a[1]` is the first `a` of each parent (section 2.5); the library
        // takes it for the first one of all, unless something is between.
        let mut next_counts = false;
        for step in steps.iter_mut().rev() {
            let all = step.axis == Axis::DescendantOrSelf && step.node_test == NodeTest::Node;
            let bare = step.predicates.is_empty();
            if all && bare && next_counts {
                step.predicates.push(call("true"));
            }
            next_counts = step.axis == Axis::Child && !bare;
        }
        for step in steps.iter_mut() {
            self.all(&mut step.predicates)?;
            self.step(step)?;
        }
        // From nodes that are inside of each other, further steps come out of
        // order.
        let nests = |step: &Step| {
            !matches!(
                step.axis,
                Axis::Child | Axis::Self_ | Axis::Attribute | Axis::Parent
            )
        };
        let before = steps.len().saturating_sub(1);
        Ok(steps.iter().take(before).any(nests))
    }

    fn step(&self, step: &mut Step) -> Result<(), String> {
        let prefix = match &step.node_test {
            NodeTest::Name(name) => name.split_once(':').map(|(prefix, _)| prefix),
            NodeTest::PrefixWildcard(prefix) => Some(prefix.as_str()),
            _ => return Ok(()),
        };
        match prefix {
            Some("xml") => {}
            Some(prefix) if !self.namespaces.contains_key(prefix) => {
                return Err(format!("the prefix {prefix:?} is not declared"));
            }
            None if self.xml && !matches!(step.axis, Axis::Attribute | Axis::Namespace) => {
                step.predicates.insert(0, of_no_namespace());
            }
            _ => {}
        }
        Ok(())
    }
}

/// Puts what a path finds in the order of the document, which the library does
/// for a union.
fn sorted(expression: &mut Expr, mixed: bool) {
    if mixed {
        let nothing = Expr::RootPath {
            steps: vec![Step {
                axis: Axis::Self_,
                node_test: NodeTest::Node,
                predicates: vec![call("false")],
            }],
        };
        let path = std::mem::replace(expression, Expr::Number(0.0));
        *expression = Expr::Union(Box::new(path), Box::new(nothing));
    }
}

fn call(function: &str) -> Expr {
    Expr::FunctionCall {
        name: function.to_owned(),
        args: Vec::new(),
    }
}

/// `self::* and namespace-uri() = ""`: the first half keeps out processing
/// instructions, which the library takes for elements of their name.
fn of_no_namespace() -> Expr {
    let element = Expr::Path {
        steps: vec![Step {
            axis: Axis::Self_,
            node_test: NodeTest::Wildcard,
            predicates: Vec::new(),
        }],
    };
    let none = Expr::BinaryOp {
        op: BinaryOp::Eq,
        left: Box::new(call("namespace-uri")),
        right: Box::new(Expr::String(String::new())),
    };
    Expr::BinaryOp {
        op: BinaryOp::And,
        left: Box::new(element),
        right: Box::new(none),
    }
}

/// How deep parentheses and brackets nest, and how many operators there are: at
/// least as much as the expression's tree is deep.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest, mut operators) = (0_usize, 0, 0);
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '+' | '-' | '*' | '|' | '=' | '<' | '>' => operators += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let words = words.filter(|word| matches!(*word, "and" | "or" | "div" | "mod"));
    deepest + operators + words.count()
}

/// The prefixes that a document declares; `_` is its first default namespace.
fn namespaces(document: &Document) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for node in document.descendants(document.root()) {
        let NodeKind::Element { attributes, .. } = &document.node(node).kind else {
            continue;
        };
        for attribute in attributes {
            let prefix = match (attribute.prefix.as_deref(), attribute.name.as_str()) {
                (None | Some(""), "xmlns") => "_",
                (Some("xmlns"), name) => name,
                (_, name) => match name.strip_prefix("xmlns:") {
                    Some(prefix) => prefix,
                    None => continue,
                },
            };
            found
                .entry(prefix.to_owned())
                .or_insert_with(|| attribute.value.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = r#"<!DOCTYPE html>
<HTML lang=en><head><meta charset="utf-8"><title>Shop &amp; Tea</title>
<script>if (a < b) { document.write("<p>"); }</script><style>p > a { color: red }</style>
<body class="main wide">
<!-- a comment -->
<ul id=list><li class="item first"><a href=/tea?x=1&y=2>Tea</a><li class=item>Coffee<li class="item last">Cocoa &euro;5</ul>
<p>One<p>Two<br>lines<img src="a.png" alt='A "cup"'>
<table><tr><td>1<td>2<tr><td>3<td>4</table>
<input type=checkbox checked disabled><svg viewBox="0 0 1 1"><path d="M0 0"/></svg>
<form action="/buy" method="post"><input name="qty" value="2"><button>Buy</button></form>
"#;

    const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<?style a?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:m="urn:media" version="2">
  <title>News</title>
  <entry m:id="1"><title><![CDATA[A <b>]]></title><m:size>10</m:size></entry>
  <entry m:id="2"><title>B &amp; C</title><m:size>32</m:size></entry>
  <plain xmlns=""><style>x</style></plain>
</feed>"#;

    fn found(text: &str, expression: &str, markup: Markup) -> Result<Found, String> {
        Expression::parse(expression)?.evaluate(text, markup)
    }

    fn text(text: &str) -> Found {
        Found::Text(text.to_owned())
    }

    #[test]
    fn a_page_as_it_is_written() {
        for (expression, expected) in [
            ("string(//title)", text("Shop & Tea")),
            ("string(/html/@lang)", text("en")),
            ("count(//li)", Found::Number(3.0)),
            ("//li[@class='item first']", Found::Nodes(1)),
            ("//li[contains(@class, 'item')]", Found::Nodes(3)),
            ("string(//li[last()])", text("Cocoa €5")),
            ("normalize-space(//li[2])", text("Coffee")),
            ("string(//li[position() = 1]/a/@href)", text("/tea?x=1&y=2")),
            ("count(//p)", Found::Number(2.0)),
            ("//p[2]/br", Found::Nodes(1)),
            ("string(//img/@alt)", text("A \"cup\"")),
            ("count(//tr/td)", Found::Number(4.0)),
            ("sum(//td)", Found::Number(10.0)),
            ("//input[@checked]", Found::Nodes(1)),
            ("string(//form/input[@name='qty']/@value)", text("2")),
            ("//svg/path", Found::Nodes(1)),
            ("boolean(//nav)", Found::Bool(false)),
            ("//nav", Found::Nodes(0)),
            ("count(//script) + count(//style)", Found::Number(2.0)),
            ("string-length(//button)", Found::Number(3.0)),
            ("//button | //title", Found::Nodes(2)),
            ("starts-with(//body/@class, 'main')", Found::Bool(true)),
            ("//comment()", Found::Nodes(1)),
            ("//a/ancestor::ul/@id", Found::Nodes(1)),
            ("//li/following-sibling::li", Found::Nodes(2)),
            ("//td[1]", Found::Nodes(2)),
            ("string((//td[last()])[2])", text("4")),
            ("not(//table/thead)", Found::Bool(true)),
            ("translate('abc', 'b', 'x')", text("axc")),
            ("html", Found::Nodes(0)),
            (".", Found::Nodes(0)),
        ] {
            assert_eq!(
                found(PAGE, expression, Markup::Html),
                Ok(expected),
                "{expression}"
            );
        }
    }

    #[test]
    fn a_feed_and_its_namespaces() {
        for (expression, expected) in [
            ("//feed", Ok(Found::Nodes(0))),
            ("//_:feed", Ok(Found::Nodes(1))),
            ("string(/_:feed/@version)", Ok(text("2"))),
            ("count(//_:entry)", Ok(Found::Number(2.0))),
            ("string(//_:entry[1]/_:title)", Ok(text("A <b>"))),
            ("string(//_:entry[@m:id='2']/_:title)", Ok(text("B & C"))),
            ("sum(//m:size)", Ok(Found::Number(42.0))),
            ("//*[local-name()='entry']", Ok(Found::Nodes(2))),
            ("//plain", Ok(Found::Nodes(1))),
            ("//style", Ok(Found::Nodes(1))),
            ("/style", Ok(Found::Nodes(0))),
            ("//m:*", Ok(Found::Nodes(2))),
            ("//x:feed", Err(())),
            ("name(/*)", Err(())),
            ("matches('a', 'a')", Err(())),
        ] {
            let got = found(FEED, expression, Markup::Xml).map_err(|_| ());
            assert_eq!(got, expected, "{expression}");
        }
    }

    #[test]
    fn what_is_found_is_in_the_order_of_the_document() {
        let text = "<r><a><x>1</x></a><x>2</x><a><x>3</x><x>4</x></a></r>";
        for (expression, expected) in [
            ("string(//x[1])", "1"),
            ("string((//x[1])[2])", "2"),
            ("string((//x[1])[3])", "3"),
            ("string((//x[last()])[last()])", "4"),
            ("name(//x[.='4']/..)", "a"),
            ("string(/r//x[2])", "4"),
            ("string(//a[x[2]]/x[1])", "3"),
            ("string(//*/x)", "1"),
        ] {
            let got = found(text, expression, Markup::Xml);
            assert_eq!(got, Ok(Found::Text(expected.to_owned())), "{expression}");
        }
    }

    #[test]
    fn what_is_none_is_told() {
        for expression in ["", "//", "//a[", "1 +", "//a[@b=]", "cousin::a", "a b"] {
            assert!(Expression::parse(expression).is_err(), "{expression}");
        }
        for (text, markup) in [
            ("", Markup::Xml),
            ("{}", Markup::Xml),
            ("<a>", Markup::Xml),
            ("", Markup::Html),
        ] {
            assert!(found(text, "//a", markup).is_err(), "{text}");
        }
        assert!(found("<a/>", "shout(//a)", Markup::Xml).is_err());
        assert!(found("<a/>", "$x", Markup::Xml).is_err());
    }

    #[test]
    fn what_would_take_for_ever_is_refused() {
        let page = "<div><p>a</p></div>".repeat(500);
        let nested = "boolean(//*[//*[//*[//*='zz']]])";
        let error = found(&page, nested, Markup::Html).unwrap_err();
        assert!(error.contains("too long"), "{error}");
        for expression in ["count(//p[.='a'])", "//div[count(//p) > 3]", "//div//p[1]"] {
            assert!(
                found(&page, expression, Markup::Html).is_ok(),
                "{expression}"
            );
        }
    }

    #[test]
    fn what_would_blow_up_does_not() {
        let mut laughs = String::from("<!DOCTYPE a [<!ENTITY l0 \"ha\">");
        for n in 1..12 {
            let one = format!("&l{};", n - 1).repeat(10);
            laughs.push_str(&format!("<!ENTITY l{n} \"{one}\">"));
        }
        laughs.push_str("]><a>&l11;</a>");
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        for text in [laughs, deep] {
            for markup in [Markup::Xml, Markup::Html] {
                let _ = found(&text, "string-length(string(//a))", markup);
            }
        }
        for expression in [
            "(".repeat(4000),
            "-".repeat(4000) + "1",
            "//a[".repeat(900) + &"]".repeat(900),
            "not(".repeat(900) + "1" + &")".repeat(900),
            vec!["1"; 1500].join("+"),
            vec!["a"; 1500].join("|"),
            "/a".repeat(2000),
            "/a[1]".repeat(800),
        ] {
            let _ = found("<a><a/></a>", &expression, Markup::Xml);
        }
    }

    proptest! {
        #[test]
        fn any_expression_finds_something_or_not(expression in "[/@a*.()\\[\\]|=:' 1+-]{0,24}") {
            let _ = found(FEED, &expression, Markup::Xml);
        }

        #[test]
        fn any_text_is_markup_or_not(text in "[<>/a-c='\"&; !?\\[-]{0,60}") {
            let _ = found(&text, "//a", Markup::Xml);
            let _ = found(&text, "//a", Markup::Html);
        }
    }
}
