use wording::quoted;

use super::{Parsed, Parser, xml::Document};
use crate::{Problem, Span};

/// How the names of encodings begin that a text in UTF-8 can claim to have; the
/// others are of two or four bytes a character, or unknown.
const ENCODINGS: [&str; 16] = [
    "utf-8",
    "utf8",
    "us-ascii",
    "ascii",
    "iso-8859-",
    "iso_8859-",
    "iso8859",
    "latin",
    "windows-",
    "cp",
    "ibm",
    "koi8",
    "euc-",
    "shift",
    "gb",
    "big5",
];

/// What may be declared in a document type.
const DECLARATIONS: [&str; 4] = ["<!ELEMENT", "<!ATTLIST", "<!ENTITY", "<!NOTATION"];

impl<'a> Parser<'a> {
    /// `<?xml version="1.0" …?>`, if it comes next.
    pub(super) fn xml_declaration(&mut self, document: &mut Document<'a>) -> Parsed<()> {
        let start = self.at;
        if !self.eat("<?xml") || !self.xml_space() {
            self.at = start;
            return Ok(());
        }
        let Some(version) = self.xml_setting("version")? else {
            return Err(self.expected("expected the version of XML, as in version=\"1.0\""));
        };
        let minor = self.written(version).strip_prefix("1.");
        if !minor.is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit())) {
            return Err(Problem::new(version, "expected the version 1.0 of XML"));
        }
        let mut spaced = self.xml_space();
        if spaced && let Some(encoding) = self.xml_setting("encoding")? {
            let lower = self.written(encoding).to_ascii_lowercase();
            let is_name = |b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
            if !lower.bytes().all(is_name) || !ENCODINGS.iter().any(|e| lower.starts_with(e)) {
                let message = "expected an encoding such as UTF-8";
                return Err(Problem::new(encoding, message));
            }
            spaced = self.xml_space();
        }
        if spaced && let Some(standalone) = self.xml_setting("standalone")? {
            document.standalone = match self.written(standalone) {
                "yes" => true,
                "no" => false,
                _ => return Err(Problem::new(standalone, "expected yes or no")),
            };
            self.xml_space();
        }
        if self.eat("?>") {
            return Ok(());
        }
        Err(self.expected("expected ?> at the end of the XML declaration"))
    }

    /// `name="value"`, if it comes next: the place of the value.
    fn xml_setting(&mut self, name: &str) -> Parsed<Option<Span>> {
        if !self.eat(name) {
            return Ok(None);
        }
        self.xml_space();
        if !self.eat("=") {
            return Err(self.expected("expected ="));
        }
        self.xml_space();
        self.xml_quoted().map(Some)
    }

    /// A text in quotes: its place without them.
    fn xml_quoted(&mut self) -> Parsed<Span> {
        let quote = match self.peek() {
            Some(b'"') => "\"",
            Some(b'\'') => "'",
            _ => return Err(self.expected("expected a text in quotes")),
        };
        let opening = self.at;
        self.at += 1;
        self.xml_until(
            quote,
            opening,
            "the text is not closed, expected its second quote",
        )?;
        Ok(Span::new(opening + 1, self.at - 1))
    }

    /// `<!DOCTYPE name …>`. What it declares is not used: entities of its own
    /// can't be read.
    pub(super) fn xml_doctype(&mut self, document: &mut Document<'a>) -> Parsed<()> {
        self.eat("<!DOCTYPE");
        if !self.xml_space() {
            return Err(self.expected("expected a space and a name after <!DOCTYPE"));
        }
        self.xml_name("a name after <!DOCTYPE")?;
        self.xml_space();
        let public = self.eat("PUBLIC");
        if public || self.eat("SYSTEM") {
            document.external = true;
            for _ in 0..=usize::from(public) {
                if !self.xml_space() {
                    return Err(self.expected("expected a space and a text in quotes"));
                }
                self.xml_quoted()?;
            }
            self.xml_space();
        }
        if self.eat("[") {
            self.xml_declarations()?;
            self.xml_space();
        }
        if self.eat(">") {
            return Ok(());
        }
        Err(self.expected("expected > at the end of the document type"))
    }

    /// Declarations up to the bracket that ends them.
    fn xml_declarations(&mut self) -> Parsed<()> {
        loop {
            self.xml_space();
            let start = self.at;
            if self.eat("]") {
                return Ok(());
            }
            if self.eat("<!--") {
                self.xml_until("-->", start, "the XML comment is not closed, expected -->")?;
            } else if self.eat("<?") {
                self.xml_until(
                    "?>",
                    start,
                    "the XML instruction is not closed, expected ?>",
                )?;
            } else if DECLARATIONS.into_iter().any(|name| self.eat(name)) {
                self.xml_one_declaration(start)?;
            } else {
                let written = self.written(self.word());
                let message = format!("expected an XML declaration or ], not {}", quoted(written));
                return Err(Problem::new(self.word(), message));
            }
        }
    }

    fn xml_one_declaration(&mut self, start: usize) -> Parsed<()> {
        loop {
            self.xml_chars(|b| matches!(b, b'>' | b'"' | b'\''))?;
            match self.peek() {
                Some(b'>') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(_) => {
                    self.xml_quoted()?;
                }
                None => {
                    let message = "the XML declaration is not closed, expected >";
                    return Err(Problem::new(self.span_from(start), message));
                }
            }
        }
    }
}
