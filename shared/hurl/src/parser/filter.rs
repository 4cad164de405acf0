use super::{Parsed, Parser};
use crate::{
    Problem, Spanned,
    ast::{Filter, FilterKind, Setting, Template},
};

/// All filters; one that begins like another comes before it.
pub(super) const FILTERS: [&str; 33] = [
    "base64Decode",
    "base64Encode",
    "base64UrlSafeDecode",
    "base64UrlSafeEncode",
    "charsetDecode",
    "count",
    "dateFormat",
    "daysAfterNow",
    "daysBeforeNow",
    "decode",
    "first",
    "format",
    "htmlEscape",
    "htmlUnescape",
    "jsonpath",
    "last",
    "location",
    "nth",
    "regex",
    "replaceRegex",
    "replace",
    "split",
    "toDate",
    "toFloat",
    "toHex",
    "toInt",
    "toString",
    "urlDecode",
    "urlEncode",
    "urlQueryParam",
    "utf8Decode",
    "utf8Encode",
    "xpath",
];

impl Parser<'_> {
    /// Filters, each after spaces. The spaces before what is no filter are not
    /// read.
    pub(super) fn filters(&mut self) -> Parsed<Vec<Filter>> {
        let mut filters = Vec::new();
        loop {
            let before = self.at;
            if !self.spaces() {
                return Ok(filters);
            }
            let start = self.at;
            let Some(name) = FILTERS.into_iter().find(|name| self.sees(name)) else {
                self.at = before;
                return Ok(filters);
            };
            self.at += name.len();
            let kind = self.filter_kind(name)?;
            filters.push(Spanned::new(kind, self.span_from(start)));
        }
    }

    fn filter_kind(&mut self, name: &'static str) -> Parsed<FilterKind> {
        Ok(match name {
            "base64Decode" => FilterKind::Base64Decode,
            "base64Encode" => FilterKind::Base64Encode,
            "base64UrlSafeDecode" => FilterKind::Base64UrlSafeDecode,
            "base64UrlSafeEncode" => FilterKind::Base64UrlSafeEncode,
            "charsetDecode" => FilterKind::CharsetDecode(self.argument(name)?),
            "count" => FilterKind::Count,
            "dateFormat" => FilterKind::DateFormat(self.argument(name)?),
            "daysAfterNow" => FilterKind::DaysAfterNow,
            "daysBeforeNow" => FilterKind::DaysBeforeNow,
            "decode" => FilterKind::Decode(self.argument(name)?),
            "first" => FilterKind::First,
            "format" => FilterKind::Format(self.argument(name)?),
            "htmlEscape" => FilterKind::HtmlEscape,
            "htmlUnescape" => FilterKind::HtmlUnescape,
            "jsonpath" => FilterKind::JsonPath(self.argument(name)?),
            "last" => FilterKind::Last,
            "location" => FilterKind::Location,
            "nth" => FilterKind::Nth(self.index()?),
            "regex" => FilterKind::Regex(self.pattern_after(name)?),
            "replaceRegex" => FilterKind::ReplaceRegex {
                pattern: self.pattern_after(name)?,
                new: self.argument("the pattern")?,
            },
            "replace" => FilterKind::Replace {
                old: self.argument(name)?,
                new: self.argument("the first text")?,
            },
            "split" => FilterKind::Split(self.argument(name)?),
            "toDate" => FilterKind::ToDate(self.argument(name)?),
            "toFloat" => FilterKind::ToFloat,
            "toHex" => FilterKind::ToHex,
            "toInt" => FilterKind::ToInt,
            "toString" => FilterKind::ToString,
            "urlDecode" => FilterKind::UrlDecode,
            "urlEncode" => FilterKind::UrlEncode,
            "urlQueryParam" => FilterKind::UrlQueryParam(self.argument(name)?),
            "utf8Decode" => FilterKind::Utf8Decode,
            "utf8Encode" => FilterKind::Utf8Encode,
            _ => FilterKind::XPath(self.argument(name)?),
        })
    }

    /// Spaces, and a string in double quotes.
    pub(super) fn argument(&mut self, what: &str) -> Parsed<Template> {
        if !self.spaces() {
            return Err(Problem::new(
                self.word(),
                format!("expected a space after {what}, and a string in double quotes"),
            ));
        }
        self.quoted_after(what)
    }

    fn index(&mut self) -> Parsed<Setting<i64>> {
        self.some_spaces("expected a space after nth, and a whole number")?;
        match self.integer()? {
            Some(index) => Ok(Setting::Literal(index)),
            None => self.placeholder_or("expected a whole number or a placeholder after nth"),
        }
    }
}
