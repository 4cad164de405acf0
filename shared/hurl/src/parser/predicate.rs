use wording::{nearest, quoted};

use super::{Parsed, Parser, filter::FILTERS, line::suggest};
use crate::{
    Problem,
    ast::{Operand, OperandValue, Predicate, PredicateKind},
};

/// All predicates; one that begins like another comes before it.
const PREDICATES: [&str; 26] = [
    "==",
    "!=",
    ">=",
    ">",
    "<=",
    "<",
    "startsWith",
    "endsWith",
    "contains",
    "includes",
    "matches",
    "isInteger",
    "isFloat",
    "isBoolean",
    "isString",
    "isCollection",
    "isList",
    "isObject",
    "isDate",
    "isIsoDate",
    "exists",
    "isEmpty",
    "isNumber",
    "isIpv4",
    "isIpv6",
    "isUuid",
];

/// Spellings of older versions, and what is written now.
const OLD: [(&str, &str); 8] = [
    ("equals", "=="),
    ("notEquals", "!="),
    ("countEquals", "count =="),
    ("greaterThan", ">"),
    ("greaterThanOrEquals", ">="),
    ("lessThan", "<"),
    ("lessThanOrEquals", "<="),
    ("=", "=="),
];

/// What may stand after a predicate.
#[derive(Clone, Copy)]
enum Wants {
    Anything,
    Ordered,
    TextOrBytes,
    TextOrRegex,
}

impl Wants {
    fn takes(self, value: &OperandValue) -> bool {
        use OperandValue::{Base64, Hex, Number, Placeholder, Regex, Text};
        match self {
            Self::Anything => true,
            Self::Ordered => matches!(value, Number(_) | Text(_) | Placeholder(_)),
            Self::TextOrBytes => matches!(value, Text(_) | Base64(_) | Hex(_)),
            Self::TextOrRegex => matches!(value, Text(_) | Regex(_)),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Anything => "expected a value",
            Self::Ordered => "expected a number, a string or a placeholder",
            Self::TextOrBytes => "expected a string in quotes, hex,…; or base64,…;",
            Self::TextOrRegex => "expected a string in quotes, or /…/",
        }
    }
}

impl Parser<'_> {
    /// What must hold of a value.
    pub(super) fn predicate(&mut self) -> Parsed<Predicate> {
        let start = self.at;
        let mut not = self.eat("not");
        if not && !self.spaces() {
            self.at = start;
            not = false;
        }
        let Some(name) = PREDICATES.into_iter().find(|name| self.sees(name)) else {
            return Err(self.no_predicate());
        };
        self.at += name.len();
        let kind = self.predicate_kind(name)?;
        let span = self.span_from(start);
        Ok(Predicate { not, kind, span })
    }

    fn predicate_kind(&mut self, name: &'static str) -> Parsed<PredicateKind> {
        use PredicateKind as Is;
        Ok(match name {
            "==" => Is::Equal(self.operand_after(Wants::Anything)?),
            "!=" => Is::NotEqual(self.operand_after(Wants::Anything)?),
            ">=" => Is::GreaterOrEqual(self.operand_after(Wants::Ordered)?),
            ">" => Is::Greater(self.operand_after(Wants::Ordered)?),
            "<=" => Is::LessOrEqual(self.operand_after(Wants::Ordered)?),
            "<" => Is::Less(self.operand_after(Wants::Ordered)?),
            "startsWith" => Is::StartsWith(self.spaced_operand(Wants::TextOrBytes)?),
            "endsWith" => Is::EndsWith(self.spaced_operand(Wants::TextOrBytes)?),
            "contains" => Is::Contains(self.spaced_operand(Wants::Anything)?),
            "includes" => Is::Includes(self.spaced_operand(Wants::Anything)?),
            "matches" => Is::Matches(self.spaced_operand(Wants::TextOrRegex)?),
            "isInteger" => Is::IsInteger,
            "isFloat" => Is::IsFloat,
            "isBoolean" => Is::IsBoolean,
            "isString" => Is::IsString,
            "isCollection" => Is::IsCollection,
            "isList" => Is::IsList,
            "isObject" => Is::IsObject,
            "isDate" => Is::IsDate,
            "isIsoDate" => Is::IsIsoDate,
            "exists" => Is::Exists,
            "isEmpty" => Is::IsEmpty,
            "isNumber" => Is::IsNumber,
            "isIpv4" => Is::IsIpv4,
            "isIpv6" => Is::IsIpv6,
            _ => Is::IsUuid,
        })
    }

    fn spaced_operand(&mut self, wants: Wants) -> Parsed<Operand> {
        self.some_spaces("expected a space and a value after the predicate")?;
        self.operand_after(wants)
    }

    fn operand_after(&mut self, wants: Wants) -> Parsed<Operand> {
        self.spaces();
        match self.operand()? {
            Some(operand) if wants.takes(&operand.value) => Ok(operand),
            Some(operand) => Err(Problem::new(operand.span, wants.words())),
            None => {
                let problem = Problem::new(self.word(), wants.words());
                Err(match self.peek() {
                    Some(byte) if byte.is_ascii_alphabetic() => {
                        problem.with_remedy("put text in double quotes")
                    }
                    _ => problem,
                })
            }
        }
    }

    /// Why there is neither a predicate nor a filter here.
    pub(super) fn no_predicate(&self) -> Problem {
        let span = self.word();
        let written = self.written(span);
        let expected = "expected a filter or a predicate such as == or exists";
        if written.trim().is_empty() {
            return Problem::new(span, expected);
        }
        let problem = Problem::new(span, format!("{expected}, not {}", quoted(written)));
        if let Some((_, now)) = OLD.iter().find(|(old, _)| *old == written) {
            return problem.with_remedy(format!("write {now}"));
        }
        let near = nearest(written, &PREDICATES).or_else(|| nearest(written, &FILTERS));
        suggest(problem, near)
    }
}
