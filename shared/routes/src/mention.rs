use std::{fmt, str::FromStr};

use wording::quoted;

/// Who is mentioned.
/// <https://docs.slack.dev/messaging/formatting-message-text>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mention {
    /// Everybody who is active in the channel.
    Here,
    /// Everybody in the channel.
    Channel,
    /// A user, by id: `U…` or `W…`.
    User(String),
    /// A group of users, by id: `S…`.
    Group(String),
}

impl FromStr for Mention {
    type Err = String;

    /// Reads `here`, `channel`, `U…`, `W…` or `S…`. An id has upper-case letters
    /// and digits only, so that nothing else gets into a message with it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = || text.to_owned();
        match text {
            "here" => Ok(Mention::Here),
            "channel" => Ok(Mention::Channel),
            _ if is_id(text, &['U', 'W']) => Ok(Mention::User(id())),
            _ if is_id(text, &['S']) => Ok(Mention::Group(id())),
            _ => Err(format!(
                "{} mentions nobody: write here, channel, or an id of Slack's, U… or W… for \
                 somebody, S… for a group{}",
                quoted(text),
                meant(text),
            )),
        }
    }
}

/// What was probably meant.
fn meant(text: &str) -> String {
    let bare = text.trim_matches(|c: char| !c.is_alphanumeric());
    let lower = bare.to_ascii_lowercase();
    let upper = bare.to_ascii_uppercase();
    let has_digits = bare.chars().any(|c| c.is_ascii_digit());
    match lower.as_str() {
        "here" | "channel" => format!("; did you mean {}?", quoted(&lower)),
        _ if has_digits && is_id(&upper, &['U', 'W', 'S']) => {
            format!("; did you mean {}?", quoted(&upper))
        }
        _ => String::new(),
    }
}

/// The longest id. Slack tells no limit; those in use have 9 to 11 characters.
const LONGEST_ID: usize = 32;

/// Whether this is an id of Slack's that begins so.
pub(crate) fn is_id(text: &str, begins: &[char]) -> bool {
    text.starts_with(begins)
        && (3..=LONGEST_ID).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

impl fmt::Display for Mention {
    /// As Slack reads it: `<!here>`, `<@U123>`, `<!subteam^S123>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mention::Here => f.write_str("<!here>"),
            Mention::Channel => f.write_str("<!channel>"),
            Mention::User(id) => write!(f, "<@{id}>"),
            Mention::Group(id) => write!(f, "<!subteam^{id}>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_be_mentioned() {
        for (text, shown) in [
            ("here", "<!here>"),
            ("channel", "<!channel>"),
            ("U024BE7LH", "<@U024BE7LH>"),
            ("W024BE7LH", "<@W024BE7LH>"),
            ("SAZ94GDB8", "<!subteam^SAZ94GDB8>"),
        ] {
            assert_eq!(text.parse::<Mention>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn nobody_else_can() {
        for (text, meant) in [
            ("", ""),
            ("U", ""),
            ("everyone", ""),
            ("alice", ""),
            ("@here", "; did you mean \"here\"?"),
            ("<!channel>", "; did you mean \"channel\"?"),
            ("Here", "; did you mean \"here\"?"),
            ("<@U024BE7LH>", "; did you mean \"U024BE7LH\"?"),
            ("u024be7lh", "; did you mean \"U024BE7LH\"?"),
            ("U024BE7LH> <!channel", ""),
            ("U024BE7LH\n", "; did you mean \"U024BE7LH\"?"),
            ("C024BE7LH", ""),
            ("U024BE7LÄ", ""),
        ] {
            let error = text.parse::<Mention>().unwrap_err();
            assert!(
                error.ends_with(&format!("S… for a group{meant}")),
                "{error}"
            );
            assert!(!error.contains('\n'));
        }
        assert!(format!("U{}", "0".repeat(99)).parse::<Mention>().is_err());
    }
}
