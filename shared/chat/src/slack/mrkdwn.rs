//! Texts as Slack's `mrkdwn` wants them.
//! <https://docs.slack.dev/messaging/formatting-message-text>

use events::Moment;
use story::Link;

use crate::plain::{clean, cut_as, length, line};

/// The longest text of a section.
pub(crate) const SECTION: usize = 3000;

/// The longest address that is linked. A button may have 3,000 characters, and
/// an address counts as a part of its text here.
const ADDRESS: usize = 1800;

/// The longest line of links.
const LINKS: usize = 2400;

/// The last second that Slack can show, that of the year 9999.
const LAST: i64 = 253_402_300_799;

/// A character as text: not as a mention, a link or an entity.
fn escaped(c: char) -> String {
    match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        c => c.to_string(),
    }
}

/// A text as text.
pub(crate) fn escape(text: &str) -> String {
    text.chars().map(escaped).collect()
}

/// At most so many units of a text on one line, escaped.
pub(crate) fn short(text: &str, most: usize) -> String {
    // One that opens a block of code would take in what follows.
    cut_as(&line(text).replace("```", "'''"), most, escaped)
}

/// A text between asterisks: one of its own would end it.
pub(crate) fn bold(text: &str, most: usize) -> String {
    let text = line(text).replace('*', "∗").replace('`', "'");
    match cut_as(&text, most, escaped) {
        text if text.is_empty() => text,
        text => format!("*{text}*"),
    }
}

/// A text in a block of code. What would end the block is written otherwise.
/// Empty where there is nothing to see.
pub(crate) fn code(text: &str, most: usize) -> String {
    let text = clean(text).replace('`', "'");
    match text.trim_matches('\n') {
        text if text.trim().is_empty() => String::new(),
        text => format!("```{}```", cut_as(text, most, escaped)),
    }
}

/// A word in code.
pub(crate) fn word(text: &str, most: usize) -> String {
    let text = line(text).replace('`', "'");
    match cut_as(&text, most, escaped) {
        text if text.is_empty() => text,
        text => format!("`{text}`"),
    }
}

/// A link; only its words where its address is none or too long.
pub(crate) fn link(link: &Link) -> String {
    let words = match short(&link.text.replace('|', "/"), 75) {
        words if words.is_empty() => "Link".to_owned(),
        words => words,
    };
    match address(&link.url) {
        Some(url) => format!("<{url}|{words}>"),
        None => words,
    }
}

/// An address as it may stand in a link.
fn address(url: &str) -> Option<String> {
    let is_page = url.starts_with("https://") || url.starts_with("http://");
    let is_sign = |c: char| !c.is_whitespace() && !clean(c.encode_utf8(&mut [0; 4])).is_empty();
    if !is_page || !url.chars().all(is_sign) {
        return None;
    }
    let url = escape(&url.replace('|', "%7C"));
    (length(&url) <= ADDRESS).then_some(url)
}

/// Links on one line, the first ones as far as they fit.
pub(crate) fn links<'a>(all: impl IntoIterator<Item = &'a Link>) -> String {
    let mut words = String::new();
    for one in all.into_iter().take(8) {
        let one = link(one);
        if length(&words) + length(&one) + 3 > LINKS {
            continue;
        }
        if !words.is_empty() {
            words.push_str(" · ");
        }
        words.push_str(&one);
    }
    words
}

/// A time as each reader's clock shows it.
/// <https://docs.slack.dev/messaging/formatting-message-text#date-formatting>
pub(crate) fn moment(moment: Moment) -> String {
    let seconds = moment.0.div_euclid(1000);
    match (1..=LAST).contains(&seconds) {
        true => format!("<!date^{seconds}^{{date_short_pretty}} {{time}}|{moment}>"),
        false => moment.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(text: &str, url: &str) -> String {
        link(&Link {
            text: text.to_owned(),
            url: url.to_owned(),
        })
    }

    #[test]
    fn nothing_mentions_anybody() {
        assert_eq!(
            short("<!channel> & <@U1>", 99),
            "&lt;!channel&gt; &amp; &lt;@U1&gt;"
        );
        assert_eq!(short("a<b", 6), "a&lt;b");
        assert_eq!(short("a<bc", 6), "a&lt;…");
        assert_eq!(short("a<bc", 5), "a…");
        assert_eq!(bold("a*b", 9), "*a∗b*");
        assert_eq!(code("\na ``` <b>\n", 99), "```a ''' &lt;b&gt;```");
        assert_eq!(code(" \u{1b}[0m\n ", 99), "");
        assert_eq!(word("a `b`", 9), "`a 'b'`");
    }

    #[test]
    fn links_are_pages() {
        for (text, url, shown) in [
            (
                "A",
                "https://a.example/?b=1&c=|",
                "<https://a.example/?b=1&amp;c=%7C|A>",
            ),
            ("a|b>", "http://a.example", "<http://a.example|a/b&gt;>"),
            ("", "https://a.example", "<https://a.example|Link>"),
            ("A", "javascript:alert(1)", "A"),
            ("A", "https://a.example/ b", "A"),
            ("A", "https://a.example/\u{202e}b", "A"),
            (
                "A",
                "https://a.example/<!channel>",
                "<https://a.example/&lt;!channel&gt;|A>",
            ),
        ] {
            assert_eq!(to(text, url), shown);
        }
        let long = format!("https://a.example/{}", "a".repeat(ADDRESS));
        assert_eq!(to("A", &long), "A");
    }

    #[test]
    fn times_that_slack_can_show_are_shown_by_it() {
        let shown = "<!date^1767225600^{date_short_pretty} {time}|2026-01-01T00:00:00Z>";
        assert_eq!(moment(Moment(1_767_225_600_000)), shown);
        assert!(!moment(Moment(-1)).contains('<'));
        assert!(!moment(Moment(i64::MAX)).contains('<'));
    }
}
