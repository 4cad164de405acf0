use wording::quoted;

use super::{
    Parsed, Parser,
    xml::{Document, is_char},
};
use crate::{Problem, Span};

/// The entities that need no declaration (XML 1.0, section 4.6).
const ENTITIES: [&str; 5] = ["lt", "gt", "amp", "apos", "quot"];

impl<'a> Parser<'a> {
    /// `<name attributes>` or `<name attributes/>`.
    pub(super) fn xml_start_tag(&mut self, document: &mut Document<'a>) -> Parsed<()> {
        let start = self.at;
        if !self.eat("<") {
            let message = "expected an element, which begins with <";
            return Err(Problem::new(self.word(), message));
        }
        let name = self.xml_name("a name after <")?;
        document.attributes.clear();
        loop {
            let spaced = self.xml_space();
            if self.eat("/>") {
                return Ok(());
            }
            if self.eat(">") {
                document.open.push(name);
                return Ok(());
            }
            if self.is_end() {
                let message = "the XML tag is not closed, expected >";
                return Err(Problem::new(Span::new(start, name.end as usize), message));
            }
            if !spaced {
                return Err(self.expected("expected a space, > or /> in the XML tag"));
            }
            self.xml_attribute(document)?;
        }
    }

    fn xml_attribute(&mut self, document: &mut Document<'a>) -> Parsed<()> {
        let name = self.xml_name("an attribute, > or />")?;
        let written = self.written(name);
        if !document.attributes.insert(written) {
            let message = format!(
                "expected each attribute once, {} is here already",
                quoted(written)
            );
            return Err(Problem::new(name, message));
        }
        self.xml_space();
        if !self.eat("=") {
            return Err(self.expected("expected = after the attribute's name"));
        }
        self.xml_space();
        let opening = self.here();
        let quote = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => quote,
            _ => return Err(self.expected("expected the attribute's value in quotes")),
        };
        self.at += 1;
        loop {
            self.xml_chars(|b| b == quote || b == b'<' || b == b'&')?;
            match self.peek() {
                Some(b'&') => self.xml_reference(document)?,
                Some(b'<') => {
                    let problem = self.expected("< can't stand in an attribute's value");
                    return Err(
                        problem.with_remedy("write &lt;, or close the value with its quote")
                    );
                }
                Some(_) => {
                    self.at += 1;
                    return Ok(());
                }
                None => {
                    let message = "the attribute's value is not closed, expected its second quote";
                    return Err(Problem::new(opening, message));
                }
            }
        }
    }

    /// `</name>`, of the element that was opened last.
    pub(super) fn xml_end_tag(&mut self, document: &mut Document<'a>) -> Parsed<()> {
        self.eat("</");
        let name = self.xml_name("a name after </")?;
        let opened = document.open.pop().map(|opened| self.written(opened));
        if opened != Some(self.written(name)) {
            let message = match opened {
                Some(opened) => format!("expected the end of the element {}", quoted(opened)),
                None => "expected an element that begins".to_owned(),
            };
            return Err(Problem::new(name, message));
        }
        self.xml_space();
        if self.eat(">") {
            return Ok(());
        }
        Err(self.expected("expected > after the element's name"))
    }

    /// `&name;` or `&#number;`.
    pub(super) fn xml_reference(&mut self, document: &Document<'_>) -> Parsed<()> {
        let start = self.at;
        self.eat("&");
        if self.eat("#") {
            let hexadecimal = self.eat("x");
            let (digits, radix) = match hexadecimal {
                true => (self.eat_while(|b| b.is_ascii_hexdigit()), 16),
                false => (self.eat_while(|b| b.is_ascii_digit()), 10),
            };
            let c = u32::from_str_radix(digits, radix).ok();
            if c.and_then(char::from_u32).is_some_and(is_char) && self.eat(";") {
                return Ok(());
            }
            let message = "expected the number of a character that XML allows, and a semicolon";
            return Err(Problem::new(self.span_from(start), message));
        }
        let name = match self.xml_name("a name after &") {
            Ok(name) => self.written(name),
            Err(problem) => return Err(problem.with_remedy("write &amp; for the sign itself")),
        };
        if !self.eat(";") {
            let problem = self.expected("expected a semicolon after the entity's name");
            return Err(problem.with_remedy("write &amp; for the sign & itself"));
        }
        if ENTITIES.contains(&name) || (document.external && !document.standalone) {
            return Ok(());
        }
        let message = format!("expected an entity that XML knows, not {}", quoted(name));
        Err(Problem::new(self.span_from(start), message)
            .with_remedy("write the character itself, or its number as in &#233;"))
    }

    /// A name (XML 1.0, section 2.3), which must come next.
    pub(super) fn xml_name(&mut self, expected: &str) -> Parsed<Span> {
        let start = self.at;
        let rest = self.rest();
        if !rest.starts_with(is_name_start) {
            return Err(self.expected(&format!("expected {expected}")));
        }
        self.at += rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        Ok(self.span_from(start))
    }
}

fn is_name_start(c: char) -> bool {
    matches!(c, ':' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

fn is_name(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}'
            | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}
