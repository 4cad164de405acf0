//! Filters: what is made of a value. The source of what each takes, gives and
//! refuses is the `hurl` command, version 8.

mod convert;
mod date;
mod encode;
mod html;
mod list;
#[cfg(test)]
mod tests;
mod text;

use hurl::{
    Span,
    ast::{Filter, FilterKind, Template},
};
use select::xpath::Markup;

use crate::{Around, Fault, Scene, Value, Variables, pattern, pick, show};

pub(crate) use self::date::is_format;

/// Runs a chain of filters. The last one may find nothing; before that, there
/// is nothing to go on with.
pub(crate) fn run(
    filters: &[Filter],
    mut value: Option<Value>,
    scene: Scene<'_>,
) -> Result<Option<Value>, Fault> {
    for filter in filters {
        let Some(input) = value else {
            let what = format!(
                "there is no value that {} could work on",
                name(&filter.value)
            );
            return Err(Fault::new(filter.span, what));
        };
        let call = Call {
            span: filter.span,
            name: name(&filter.value),
            variables: scene.variables,
            around: scene.around,
        };
        value = apply(&filter.value, input, &call)?;
    }
    Ok(value)
}

/// Result of one filter.
type Filtered = Result<Option<Value>, Fault>;

/// What every filter has at hand.
struct Call<'a> {
    span: Span,
    name: &'static str,
    variables: &'a Variables,
    around: &'a Around<'a>,
}

impl Call<'_> {
    fn render(&self, template: &Template) -> Result<String, Fault> {
        crate::text(template, self.variables, self.around)
    }

    fn fault(&self, what: impl std::fmt::Display) -> Fault {
        Fault::new(self.span, format!("{}: {what}", self.name))
    }

    /// The value is of a type that the filter does not take.
    fn refuse(&self, value: &Value, wanted: &str) -> Fault {
        let actual = show::short(value, self.variables);
        self.fault(format_args!("its input is {actual}"))
            .with_remedy(format!("it works on {wanted}"))
    }

    fn text(&self, value: Value) -> Result<String, Fault> {
        match value {
            Value::Text(text) => Ok(text),
            other => Err(self.refuse(&other, "a string")),
        }
    }

    fn bytes(&self, value: Value) -> Result<Vec<u8>, Fault> {
        match value {
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(self.refuse(&other, "bytes")),
        }
    }
}

fn apply(kind: &FilterKind, value: Value, call: &Call<'_>) -> Filtered {
    match kind {
        FilterKind::Base64Decode => encode::base64_decode(value, call),
        FilterKind::Base64Encode => encode::base64_encode(value, call),
        FilterKind::Base64UrlSafeDecode => encode::base64_url_decode(value, call),
        FilterKind::Base64UrlSafeEncode => encode::base64_url_encode(value, call),
        FilterKind::CharsetDecode(charset) | FilterKind::Decode(charset) => {
            encode::charset_decode(value, charset, call)
        }
        FilterKind::Count => list::count(&value, call),
        FilterKind::DateFormat(format) | FilterKind::Format(format) => {
            date::format(&value, format, call)
        }
        FilterKind::DaysAfterNow => date::days_after_now(&value, call),
        FilterKind::DaysBeforeNow => date::days_before_now(&value, call),
        FilterKind::First => list::first(value, call),
        FilterKind::HtmlEscape => html::escape(value, call),
        FilterKind::HtmlUnescape => html::unescape(value, call),
        FilterKind::JsonPath(path) => json_path(value, path, call),
        FilterKind::Last => list::last(value, call),
        FilterKind::Location => match value {
            Value::Redirect { location, .. } => Ok(location.map(Value::Text)),
            other => Err(call.refuse(&other, "an element of redirects")),
        },
        FilterKind::Nth(n) => list::nth(value, n, call),
        FilterKind::Regex(pattern) => {
            let regex = pattern::regex(pattern, call.variables, call.around)?;
            Ok(pattern::first_group(&regex, &call.text(value)?))
        }
        FilterKind::Replace { old, new } => text::replace(value, (old, new), call),
        FilterKind::ReplaceRegex { pattern, new } => {
            text::replace_regex(value, (pattern, new), call)
        }
        FilterKind::Split(separator) => list::split(value, separator, call),
        FilterKind::ToDate(format) => date::to_date(value, format, call),
        FilterKind::ToFloat => convert::to_float(&value, call),
        FilterKind::ToHex => encode::to_hex(value, call),
        FilterKind::ToInt => convert::to_int(&value, call),
        FilterKind::ToString => convert::to_string(&value, call),
        FilterKind::UrlDecode => encode::url_decode(value, call),
        FilterKind::UrlEncode => encode::url_encode(value, call),
        FilterKind::UrlQueryParam(name) => text::url_query_param(value, name, call),
        FilterKind::Utf8Decode => encode::utf8_decode(value, call),
        FilterKind::Utf8Encode => Ok(Some(Value::Bytes(call.text(value)?.into_bytes()))),
        FilterKind::XPath(expression) => xpath(value, expression, call),
    }
}

fn json_path(value: Value, path: &Template, call: &Call<'_>) -> Filtered {
    let text = call.text(value)?;
    let json = select::json::parse(&text)
        .map_err(|e| call.fault(format_args!("its input is no JSON: {e}")))?;
    let path = pick::jsonpath(path, &call.render(path)?)?;
    Ok(pick::selected(path.select(&json)))
}

/// HTML is read so that XML can be read too.
fn xpath(value: Value, expression: &Template, call: &Call<'_>) -> Filtered {
    let text = call.text(value)?;
    let expression = pick::xpath(expression, &call.render(expression)?)?;
    match expression.evaluate(&text, Markup::Html) {
        Ok(found) => Ok(Some(pick::found(found))),
        Err(e) => Err(call.fault(e)),
    }
}

/// What a filter is called in a file.
pub(crate) fn name(kind: &FilterKind) -> &'static str {
    match kind {
        FilterKind::Base64Decode => "base64Decode",
        FilterKind::Base64Encode => "base64Encode",
        FilterKind::Base64UrlSafeDecode => "base64UrlSafeDecode",
        FilterKind::Base64UrlSafeEncode => "base64UrlSafeEncode",
        FilterKind::CharsetDecode(_) => "charsetDecode",
        FilterKind::Count => "count",
        FilterKind::DateFormat(_) => "dateFormat",
        FilterKind::DaysAfterNow => "daysAfterNow",
        FilterKind::DaysBeforeNow => "daysBeforeNow",
        FilterKind::Decode(_) => "decode",
        FilterKind::First => "first",
        FilterKind::Format(_) => "format",
        FilterKind::HtmlEscape => "htmlEscape",
        FilterKind::HtmlUnescape => "htmlUnescape",
        FilterKind::JsonPath(_) => "jsonpath",
        FilterKind::Last => "last",
        FilterKind::Location => "location",
        FilterKind::Nth(_) => "nth",
        FilterKind::Regex(_) => "regex",
        FilterKind::Replace { .. } => "replace",
        FilterKind::ReplaceRegex { .. } => "replaceRegex",
        FilterKind::Split(_) => "split",
        FilterKind::ToDate(_) => "toDate",
        FilterKind::ToFloat => "toFloat",
        FilterKind::ToHex => "toHex",
        FilterKind::ToInt => "toInt",
        FilterKind::ToString => "toString",
        FilterKind::UrlDecode => "urlDecode",
        FilterKind::UrlEncode => "urlEncode",
        FilterKind::UrlQueryParam(_) => "urlQueryParam",
        FilterKind::Utf8Decode => "utf8Decode",
        FilterKind::Utf8Encode => "utf8Encode",
        FilterKind::XPath(_) => "xpath",
    }
}
