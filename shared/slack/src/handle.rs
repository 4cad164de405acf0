use std::fmt;

/// What a message in Slack is known by: the id of its channel and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Handle {
    pub(crate) channel: String,
    pub(crate) ts: String,
}

impl Handle {
    /// Reads a handle. None: it is no message in Slack that can be named, as
    /// what a webhook posted.
    pub(crate) fn parse(text: &str) -> Option<Handle> {
        let (channel, ts) = text.split_once('/')?;
        let is_time = ts.contains('.') && ts.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        (is_id(channel) && is_time).then(|| Handle {
            channel: channel.to_owned(),
            ts: ts.to_owned(),
        })
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.channel, self.ts)
    }
}

/// Whether it is the id of a channel, and not its name: names are in lower case.
pub(crate) fn is_id(text: &str) -> bool {
    let is_sign = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    text.len() >= 2 && text.starts_with(['C', 'G', 'D']) && text.bytes().all(is_sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles() {
        for text in ["C012345678/1700000000.000100", "G1/1.2"] {
            let handle = Handle::parse(text).map(|handle| handle.to_string());
            assert_eq!(handle.as_deref(), Some(text));
        }
        for text in ["", "webhook", "ops/1.2", "C1/", "C1/now", "C1/1", "/1.2"] {
            assert_eq!(Handle::parse(text), None, "{text}");
        }
    }
}
