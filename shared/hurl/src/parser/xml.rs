use std::collections::HashSet;

use super::{Parsed, Parser};
use crate::{Problem, Span};

/// What is known of an XML document while it is read.
#[derive(Default)]
pub(super) struct Document<'a> {
    /// The elements that are open, by the places of their names.
    pub(super) open: Vec<Span>,
    /// The attributes of the present element.
    pub(super) attributes: HashSet<&'a str>,
    /// Whether entities may be declared elsewhere, where nobody looks.
    pub(super) external: bool,
    /// `standalone="yes"`: they are not.
    pub(super) standalone: bool,
    has_doctype: bool,
}

impl Parser<'_> {
    /// An XML document (XML 1.0, fifth edition) from `<`, which comes next, to
    /// the end of its root element, as written. It must be well-formed, since
    /// nothing else says where it ends. Namespaces are not looked at.
    pub(super) fn xml(&mut self) -> Parsed<String> {
        let start = self.at;
        let mut document = Document::default();
        self.xml_declaration(&mut document)?;
        loop {
            if document.open.is_empty() {
                self.xml_space();
            } else {
                self.xml_text(&document)?;
            }
            if self.is_end() {
                let (span, message) = match document.open.last() {
                    Some(name) => (*name, "the XML element is not closed"),
                    None => (self.here(), "expected an XML element"),
                };
                return Err(Problem::new(span, message));
            }
            if self.sees("<!--") {
                self.xml_comment()?;
            } else if self.sees("<?") {
                self.xml_instruction()?;
            } else if self.sees("<![CDATA[") && !document.open.is_empty() {
                self.xml_cdata()?;
            } else if self.sees("<!DOCTYPE") && document.open.is_empty() {
                if std::mem::replace(&mut document.has_doctype, true) {
                    return Err(self.expected("expected one document type only"));
                }
                self.xml_doctype(&mut document)?;
            } else {
                if self.sees("</") {
                    self.xml_end_tag(&mut document)?;
                } else {
                    self.xml_start_tag(&mut document)?;
                }
                if document.open.is_empty() {
                    return Ok(self.slice(start, self.at).to_owned());
                }
            }
        }
    }

    /// Text between tags, up to the next one.
    fn xml_text(&mut self, document: &Document<'_>) -> Parsed<()> {
        loop {
            self.xml_chars(|b| matches!(b, b'<' | b'&' | b']'))?;
            match self.peek() {
                Some(b'&') => self.xml_reference(document)?,
                Some(b']') if self.sees("]]>") => {
                    let problem = Problem::new(
                        Span::new(self.at, self.at + 3),
                        "]]> can't stand in the text of XML",
                    );
                    return Err(problem.with_remedy("write ]]&gt;"));
                }
                Some(b']') => self.at += 1,
                _ => return Ok(()),
            }
        }
    }

    fn xml_comment(&mut self) -> Parsed<()> {
        let start = self.at;
        self.eat("<!--");
        self.xml_until("--", start, "the XML comment is not closed, expected -->")?;
        if self.eat(">") {
            return Ok(());
        }
        Err(self.expected("expected > after -- in an XML comment"))
    }

    fn xml_cdata(&mut self) -> Parsed<()> {
        let start = self.at;
        self.eat("<![CDATA[");
        self.xml_until(
            "]]>",
            start,
            "the CDATA section is not closed, expected ]]>",
        )
    }

    /// `<?name …?>`.
    fn xml_instruction(&mut self) -> Parsed<()> {
        let start = self.at;
        self.eat("<?");
        let name = self.xml_name("a name after <?")?;
        if self.written(name).eq_ignore_ascii_case("xml") {
            let message = "expected the XML declaration at the very start of the document only";
            return Err(Problem::new(self.span_from(start), message));
        }
        if self.eat("?>") {
            return Ok(());
        }
        if !self.xml_space() {
            return Err(self.expected("expected a space or ?> after the instruction's name"));
        }
        self.xml_until(
            "?>",
            start,
            "the XML instruction is not closed, expected ?>",
        )
    }

    /// Goes past the next place where this stands, over characters of XML.
    pub(super) fn xml_until(&mut self, end: &str, start: usize, message: &str) -> Parsed<()> {
        let Some(length) = self.rest().find(end) else {
            let opening = Span::new(start, self.at);
            return Err(Problem::new(opening, message));
        };
        let end_at = self.at + length;
        self.within(end_at, |inside| inside.xml_chars(|_| false))?;
        self.at = end_at + end.len();
        Ok(())
    }

    /// Reads characters that XML allows, up to a byte of ASCII that ends them.
    pub(super) fn xml_chars(&mut self, ends: impl Fn(u8) -> bool) -> Parsed<()> {
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|(_, c)| !is_char(*c) || u8::try_from(*c).is_ok_and(&ends));
        match end {
            None => {
                self.at += rest.len();
                Ok(())
            }
            Some((length, c)) => {
                self.at += length;
                if is_char(c) {
                    return Ok(());
                }
                Err(self.expected("this control character can't stand in XML"))
            }
        }
    }

    /// Reads space, and says whether there was any.
    pub(super) fn xml_space(&mut self) -> bool {
        !self
            .eat_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
            .is_empty()
    }
}

/// The characters of XML (section 2.2).
pub(super) fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}
