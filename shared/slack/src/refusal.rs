//! What Slack's answers mean. <https://docs.slack.dev/reference/methods/>

use std::time::Duration;

use board::Refusal;

use crate::errors::{CREDENTIAL, ERRORS, Sort};

/// What was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Post,
    Update,
    Delete,
    History,
    Replies,
    Conversations,
    Webhook,
}

impl Method {
    /// Its name in the Web API.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Method::Post => "chat.postMessage",
            Method::Update => "chat.update",
            Method::Delete => "chat.delete",
            Method::History => "conversations.history",
            Method::Replies => "conversations.replies",
            Method::Conversations => "users.conversations",
            Method::Webhook => "incoming webhook",
        }
    }

    fn tried(self) -> &'static str {
        match self {
            Method::Post | Method::Webhook => "posting to Slack",
            Method::Update => "updating a message in Slack",
            Method::Delete => "deleting a message in Slack",
            Method::History | Method::Replies | Method::Conversations => {
                "looking for a message in Slack"
            }
        }
    }
}

/// Why a call has no good answer. Its texts may hold anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing was sent.
    Unreached(String),
    /// It was sent, and no whole answer came back.
    Lost(String),
    /// Status 429: how long to wait.
    Busy(Duration),
    /// A status from 500 on.
    Down(u16),
    /// Slack's own error.
    Refused(Told),
    /// Any other status, or an answer that nobody understands.
    Strange(u16),
}

/// What Slack told of an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The status that came with it.
    pub(crate) status: u16,
    /// `channel_not_found`, …
    pub(crate) code: String,
    /// What exactly is wrong, and where.
    pub(crate) notes: Vec<String>,
    /// The scopes that are missing.
    pub(crate) needed: Option<String>,
}

impl Failure {
    /// The same with each text from outside changed.
    pub(crate) fn map(self, change: impl Fn(&str) -> String) -> Failure {
        match self {
            Failure::Unreached(why) => Failure::Unreached(change(&why)),
            Failure::Lost(why) => Failure::Lost(change(&why)),
            Failure::Refused(told) => Failure::Refused(Told {
                status: told.status,
                code: change(&told.code),
                notes: told.notes.iter().map(|note| change(note)).collect(),
                needed: told.needed.as_deref().map(change),
            }),
            Failure::Busy(_) | Failure::Down(_) | Failure::Strange(_) => self,
        }
    }
}

/// The most that is told of what Slack tells.
const NOTES: usize = 3;

/// The longest piece of a text from outside.
const PIECE: usize = 300;

/// Whether a fresh credential may help.
pub(crate) fn may_be_stale(method: Method, failure: &Failure) -> bool {
    let status = match failure {
        Failure::Refused(told) if CREDENTIAL.contains(&told.code.as_str()) => return true,
        Failure::Refused(told) => told.status,
        Failure::Strange(status) => *status,
        _ => return false,
    };
    method == Method::Webhook && matches!(status, 403 | 404 | 410)
}

/// What becomes of a call that failed.
pub(crate) fn refusal(method: Method, place: &str, failure: &Failure) -> Refusal {
    let tried = match place {
        "" => format!("{} ({})", method.tried(), method.name()),
        place => format!(
            "{} ({}, {})",
            method.tried(),
            method.name(),
            one_line(place)
        ),
    };
    match failure {
        Failure::Unreached(why) => Refusal::Again {
            after: None,
            why: format!("{tried}: Slack was not reached: {}", one_line(why)),
        },
        Failure::Busy(after) => Refusal::Again {
            after: Some(*after),
            why: format!(
                "{tried}: too many requests, again after {} s",
                after.as_secs()
            ),
        },
        Failure::Lost(why) => {
            let why = format!("{tried}: the answer was lost: {}", one_line(why));
            doubtful(method, why)
        }
        Failure::Down(status) => doubtful(method, format!("{tried}: status {status}")),
        Failure::Strange(status) => Refusal::Never {
            why: format!(
                "{tried}: status {status}, and no answer of Slack's: check that nothing stands \
                 between the function and Slack"
            ),
        },
        Failure::Refused(told) => refused(method, &tried, told),
    }
}

/// Nobody knows whether it was done. Whatever but a post can be done twice.
fn doubtful(method: Method, why: String) -> Refusal {
    match method {
        Method::Post | Method::Webhook => Refusal::Unsure { why },
        _ => Refusal::Again { after: None, why },
    }
}

fn refused(method: Method, tried: &str, told: &Told) -> Refusal {
    let code = one_line(&told.code);
    let entry = ERRORS
        .iter()
        .find(|(codes, ..)| codes.contains(&code.as_str()));
    let (sort, remedy) = entry.map_or((Sort::Never, ""), |(_, sort, remedy)| (*sort, *remedy));
    let mut why = format!("{tried}: {code}");
    if let Some(needed) = &told.needed {
        why.push_str(&format!(" {}", one_line(needed)));
    }
    for note in told.notes.iter().take(NOTES) {
        why.push_str(&format!("; {}", one_line(note)));
    }
    if !remedy.is_empty() {
        why.push_str(&format!("; {remedy}"));
    }
    match sort {
        Sort::Again => Refusal::Again { after: None, why },
        Sort::Unsure => doubtful(method, why),
        Sort::Gone if method == Method::Update => Refusal::Gone { why },
        Sort::Gone | Sort::Never => Refusal::Never { why },
    }
}

/// A text from outside as a piece of one line.
fn one_line(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(PIECE)
        .collect();
    if text.chars().nth(PIECE).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Method; 7] = [
        Method::Post,
        Method::Update,
        Method::Delete,
        Method::History,
        Method::Replies,
        Method::Conversations,
        Method::Webhook,
    ];

    fn told(code: &str) -> Failure {
        Failure::Refused(Told {
            status: 200,
            code: code.to_owned(),
            ..Told::default()
        })
    }

    fn sorted(method: Method, failure: &Failure) -> &'static str {
        match refusal(method, "#ops", failure) {
            Refusal::Again { .. } => "again",
            Refusal::Unsure { .. } => "unsure",
            Refusal::Never { .. } => "never",
            Refusal::Gone { .. } => "gone",
        }
    }

    #[test]
    fn errors_are_sorted() {
        for (code, post, update) in [
            ("ratelimited", "again", "again"),
            ("rate_limited", "again", "again"),
            ("message_limit_exceeded", "again", "again"),
            ("team_added_to_org", "again", "again"),
            ("request_timeout", "again", "again"),
            ("service_unavailable", "again", "again"),
            ("internal_error", "unsure", "again"),
            ("fatal_error", "unsure", "again"),
            ("message_not_found", "never", "gone"),
            ("cant_update_message", "never", "gone"),
            ("edit_window_closed", "never", "gone"),
            ("channel_not_found", "never", "never"),
            ("not_in_channel", "never", "never"),
            ("is_archived", "never", "never"),
            ("is_inactive", "never", "never"),
            ("invalid_blocks", "never", "never"),
            ("msg_too_long", "never", "never"),
            ("msg_blocks_too_long", "never", "never"),
            ("no_text", "never", "never"),
            ("missing_scope", "never", "never"),
            ("restricted_action", "never", "never"),
            ("invalid_auth", "never", "never"),
            ("token_revoked", "never", "never"),
            ("thread_not_found", "never", "never"),
            ("an_error_of_tomorrow", "never", "never"),
            ("", "never", "never"),
        ] {
            assert_eq!(sorted(Method::Post, &told(code)), post, "{code}");
            assert_eq!(sorted(Method::Update, &told(code)), update, "{code}");
        }
    }

    #[test]
    fn what_went_wrong_on_the_way_is_sorted() {
        for (failure, post, other) in [
            (Failure::Unreached("x".to_owned()), "again", "again"),
            (Failure::Lost("x".to_owned()), "unsure", "again"),
            (Failure::Busy(Duration::from_secs(3)), "again", "again"),
            (Failure::Down(503), "unsure", "again"),
            (Failure::Strange(302), "never", "never"),
        ] {
            for method in ALL {
                let is_post = matches!(method, Method::Post | Method::Webhook);
                let expected = if is_post { post } else { other };
                assert_eq!(sorted(method, &failure), expected, "{method:?} {failure:?}");
            }
        }
        let busy = refusal(Method::Post, "", &Failure::Busy(Duration::from_secs(3)));
        let Refusal::Again { after, .. } = busy else {
            panic!("{busy:?}");
        };
        assert_eq!(after, Some(Duration::from_secs(3)));
    }

    #[test]
    fn which_failures_make_the_secret_be_read_again() {
        for code in [
            "invalid_auth",
            "token_revoked",
            "token_expired",
            "account_inactive",
        ] {
            assert!(may_be_stale(Method::Post, &told(code)), "{code}");
        }
        assert!(!may_be_stale(Method::Post, &told("channel_not_found")));
        for (status, code, stale) in [
            (404, "no_service", true),
            (403, "invalid_token", true),
            (403, "action_prohibited", true),
            (410, "channel_is_archived", true),
            (400, "invalid_payload", false),
        ] {
            let failure = Failure::Refused(Told {
                status,
                code: code.to_owned(),
                ..Told::default()
            });
            assert_eq!(may_be_stale(Method::Webhook, &failure), stale, "{code}");
        }
        assert!(!may_be_stale(Method::Post, &Failure::Strange(404)));
        assert!(!may_be_stale(Method::Webhook, &Failure::Down(503)));
    }

    proptest! {
        #[test]
        fn whatever_comes_back_is_one_line(
            code in "(?s).{0,400}",
            note in "(?s).{0,400}",
            place in "(?s).{0,400}",
        ) {
            let failure = Failure::Refused(Told {
                status: 200,
                code,
                notes: vec![note; 9],
                needed: Some("a\nb".to_owned()),
            });
            for method in ALL {
                let why = refusal(method, &place, &failure).to_string();
                prop_assert!(!why.contains(char::is_control), "{why:?}");
                prop_assert!(why.chars().count() < 3000, "{why:?}");
            }
        }
    }
}
