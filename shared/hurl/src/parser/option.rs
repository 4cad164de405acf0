use wording::{nearest, quoted};

use super::{Parsed, Parser, escape::Escapes, line::Almost, line::suggest, refused::refused};
use crate::{
    Problem, Span, Spanned,
    ast::{EntryOption, OptionKind},
};

/// The options that can be used.
const OPTIONS: [&str; 29] = [
    "cacert",
    "cert",
    "compressed",
    "connect-timeout",
    "connect-to",
    "delay",
    "header",
    "http1.0",
    "http1.1",
    "http2",
    "insecure",
    "ipv4",
    "ipv6",
    "key",
    "location",
    "location-trusted",
    "max-redirs",
    "max-time",
    "path-as-is",
    "repeat",
    "resolve",
    "retry",
    "retry-interval",
    "skip",
    "user",
    "variable",
    "verbose",
    "verbosity",
    "very-verbose",
];

impl Parser<'_> {
    /// The lines of `[Options]`.
    pub(super) fn options(&mut self) -> Parsed<Vec<EntryOption>> {
        let mut options = Vec::new();
        loop {
            self.next_line();
            let start = self.at;
            let name =
                self.eat_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
            let span = self.span_from(start);
            self.spaces();
            if !self.eat(":") {
                if !name.is_empty() {
                    self.almost = Some(Almost::Colon(start, self.here()));
                }
                self.at = start;
                return Ok(options);
            }
            self.spaces();
            let kind = self.option_kind(name, span)?;
            options.push(Spanned::new(kind, self.span_from(start)));
            self.end_of_value()?;
        }
    }

    fn option_kind(&mut self, name: &str, span: Span) -> Parsed<OptionKind> {
        Ok(match name {
            "cacert" => OptionKind::CaCertificate(self.path(Escapes::File)?),
            "cert" => OptionKind::ClientCertificate(self.path(Escapes::FilePassword)?),
            "compressed" => OptionKind::Compressed(self.bool_setting()?),
            "connect-timeout" => OptionKind::ConnectTimeout(self.duration_setting()?),
            "connect-to" => OptionKind::ConnectTo(self.unquoted()?),
            "delay" => OptionKind::Delay(self.duration_setting()?),
            "header" => OptionKind::Header(self.unquoted()?),
            "http1.0" => OptionKind::Http10(self.bool_setting()?),
            "http1.1" => OptionKind::Http11(self.bool_setting()?),
            "http2" => OptionKind::Http2(self.bool_setting()?),
            "insecure" => OptionKind::Insecure(self.bool_setting()?),
            "ipv4" => OptionKind::Ipv4(self.bool_setting()?),
            "ipv6" => OptionKind::Ipv6(self.bool_setting()?),
            "key" => OptionKind::ClientKey(self.path(Escapes::File)?),
            "location" => OptionKind::Location(self.bool_setting()?),
            "location-trusted" => OptionKind::LocationTrusted(self.bool_setting()?),
            "max-redirs" => OptionKind::MaxRedirects(self.count_setting()?),
            "max-time" => OptionKind::MaxTime(self.duration_setting()?),
            "path-as-is" => OptionKind::PathAsIs(self.bool_setting()?),
            "repeat" => OptionKind::Repeat(self.count_setting()?),
            "resolve" => OptionKind::Resolve(self.unquoted()?),
            "retry" => OptionKind::Retry(self.count_setting()?),
            "retry-interval" => OptionKind::RetryInterval(self.duration_setting()?),
            "skip" => OptionKind::Skip(self.bool_setting()?),
            "user" => OptionKind::User(self.unquoted()?),
            "variable" => self.variable_option()?,
            "verbose" | "very-verbose" => OptionKind::Verbose(self.verbose_setting(name)?),
            "verbosity" => OptionKind::Verbose(self.verbosity()?),
            _ => return Err(refused(name, span).unwrap_or_else(|| no_option(name, span))),
        })
    }
}

fn no_option(name: &str, span: Span) -> Problem {
    let message = match name {
        "" => "expected an option's name before the colon".to_owned(),
        _ => format!("expected an option's name, not {}", quoted(name)),
    };
    let problem = Problem::new(span, message);
    suggest(problem, nearest(name, &OPTIONS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parser::{file, refused::names};

    fn problem(name: &str) -> Option<String> {
        let text = format!("GET http://h\n[Options]\n{name}: \u{1}\n");
        file(&text).err().map(|problem| problem.message)
    }

    #[test]
    fn each_option_is_known_or_refused_by_name() {
        for name in OPTIONS {
            let message = problem(name).unwrap_or_default();
            assert!(!message.contains("option's name"), "{name}: {message}");
        }
        for name in names() {
            let message = problem(name).unwrap();
            assert!(message.contains(&format!("the option {name} can't be used here")));
        }
    }
}
