use std::collections::{BTreeMap, BTreeSet};

use chat::Message;
use events::Moment;

use crate::record::{Post, Posts};

/// The message that the others of a card belong under.
const ROOT: &str = "card";

/// What to do next so that the messages say what the card says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step<'a> {
    /// A message was meant to be posted: see whether it is there.
    Find {
        place: &'a str,
        slot: &'a str,
        thread: Option<&'a str>,
        mark: &'a str,
        since: Moment,
    },
    /// A message is missing.
    Post {
        place: &'a str,
        message: &'a Message,
        thread: Option<&'a str>,
    },
    /// A message says something else.
    Update {
        place: &'a str,
        message: &'a Message,
        thread: Option<&'a str>,
        handle: &'a str,
        mark: &'a str,
    },
    /// A message stands of a card that is part of another one.
    Withdraw {
        place: &'a str,
        slot: &'a str,
        handle: &'a str,
    },
    /// An entry that leads to nothing is no longer needed.
    Forget { place: &'a str, slot: &'a str },
}

/// What shall stand, and where.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// The messages of each place to which the card goes now.
    pub(crate) places: BTreeMap<String, Vec<Message>>,
    /// The messages of places where it stands and no longer goes: only those
    /// that stand are kept true.
    pub(crate) kept: BTreeMap<String, Vec<Message>>,
    /// Nothing shall stand any more: the card is part of another one.
    pub(crate) is_part: bool,
}

/// How far the messages can be made right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Powers {
    /// Whether messages that stand can be changed and taken back.
    pub(crate) is_live: bool,
}

/// The next step, or None when all messages are right. `refused` are those
/// that were refused for good in this round: place and slot.
pub(crate) fn next<'a>(
    posts: &'a Posts,
    wanted: &'a Wanted,
    refused: &BTreeSet<(String, String)>,
    powers: Powers,
) -> Option<Step<'a>> {
    let is_refused =
        |place: &str, slot: &str| refused.contains(&(place.to_owned(), slot.to_owned()));
    if wanted.is_part {
        return withdraw(posts, &is_refused, powers);
    }
    let now = wanted.places.iter().map(|(place, all)| (place, all, true));
    let kept = wanted.kept.iter().map(|(place, all)| (place, all, false));
    for (place, messages, may_post) in now.chain(kept) {
        let stands = posts.get(place);
        let thread = stands.and_then(root);
        for message in messages {
            let slot = message.slot.as_str();
            if is_refused(place, slot) || (message.in_thread && thread.is_none()) {
                continue;
            }
            let thread = thread.filter(|_| message.in_thread);
            match stands.and_then(|slots| slots.get_key_value(slot)) {
                None if may_post => {
                    return Some(Step::Post {
                        place,
                        message,
                        thread,
                    });
                }
                None => {}
                Some((slot, Post::Meant { mark, since })) => {
                    return Some(Step::Find {
                        place,
                        slot,
                        thread,
                        mark,
                        since: *since,
                    });
                }
                Some((
                    _,
                    Post::Stands {
                        mark,
                        handle,
                        digest,
                    },
                )) if powers.is_live && digest.as_deref() != Some(&message.digest()) => {
                    return Some(Step::Update {
                        place,
                        message,
                        thread,
                        handle,
                        mark,
                    });
                }
                Some((_, Post::Stands { .. })) => {}
            }
        }
    }
    match powers.is_live {
        true => orphans(posts, wanted, &is_refused),
        false => None,
    }
}

/// A message that nobody wants any more: what it told is told in another one.
fn orphans<'a>(
    posts: &'a Posts,
    wanted: &Wanted,
    is_refused: &impl Fn(&str, &str) -> bool,
) -> Option<Step<'a>> {
    for (place, slots) in posts {
        let all = wanted.places.get(place).or_else(|| wanted.kept.get(place));
        let is_wanted = |slot: &str| all.into_iter().flatten().any(|m| m.slot == slot);
        for (slot, post) in slots {
            if !is_wanted(slot) && !is_refused(place, slot) {
                return Some(remove(place, slots, slot, post));
            }
        }
    }
    None
}

/// Messages of what is a part of another card go, those in threads first.
fn withdraw<'a>(
    posts: &'a Posts,
    is_refused: &impl Fn(&str, &str) -> bool,
    powers: Powers,
) -> Option<Step<'a>> {
    for (place, slots) in posts {
        let in_order = slots.iter().filter(|(slot, _)| *slot != ROOT);
        for (slot, post) in in_order.chain(slots.get_key_value(ROOT)) {
            if is_refused(place, slot) {
                continue;
            }
            return Some(match powers.is_live {
                true => remove(place, slots, slot, post),
                // What can't be taken back stays, and nobody looks at it again.
                false => Step::Forget { place, slot },
            });
        }
    }
    None
}

fn remove<'a>(
    place: &'a str,
    slots: &'a BTreeMap<String, Post>,
    slot: &'a str,
    post: &'a Post,
) -> Step<'a> {
    match post {
        Post::Meant { mark, since } => Step::Find {
            place,
            slot,
            thread: root(slots).filter(|_| slot != ROOT),
            mark,
            since: *since,
        },
        Post::Stands { handle, .. } => Step::Withdraw {
            place,
            slot,
            handle,
        },
    }
}

/// The handle of the message that the others belong under.
fn root(slots: &BTreeMap<String, Post>) -> Option<&str> {
    match slots.get(ROOT) {
        Some(Post::Stands { handle, .. }) => Some(handle),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(slot: &str, words: &str) -> Message {
        Message {
            slot: slot.to_owned(),
            in_thread: slot != ROOT,
            body: json!(words),
        }
    }

    fn stands(message: &Message) -> Post {
        Post::Stands {
            mark: "mark".to_owned(),
            handle: format!("{}-handle", message.slot),
            digest: Some(message.digest()),
        }
    }

    fn meant() -> Post {
        Post::Meant {
            mark: "mark".to_owned(),
            since: Moment(7),
        }
    }

    fn posts(slots: &[(&str, Post)]) -> Posts {
        let slots = slots
            .iter()
            .map(|(slot, post)| ((*slot).to_owned(), post.clone()));
        [("C1".to_owned(), slots.collect())].into()
    }

    fn wanted(messages: &[Message]) -> Wanted {
        Wanted {
            places: [("C1".to_owned(), messages.to_vec())].into(),
            ..Wanted::default()
        }
    }

    const LIVE: Powers = Powers { is_live: true };
    const WEBHOOK: Powers = Powers { is_live: false };

    /// What the next step is, in short.
    fn told(posts: &Posts, wanted: &Wanted, powers: Powers) -> String {
        told_without(posts, wanted, powers, &[])
    }

    fn told_without(posts: &Posts, wanted: &Wanted, powers: Powers, refused: &[&str]) -> String {
        let refused = refused.iter();
        let refused = refused.map(|slot| ("C1".to_owned(), (*slot).to_owned()));
        match next(posts, wanted, &refused.collect(), powers) {
            None => "nothing".to_owned(),
            Some(Step::Find { slot, thread, .. }) => format!("find {slot} under {thread:?}"),
            Some(Step::Post {
                message, thread, ..
            }) => format!("post {} under {thread:?}", message.slot),
            Some(Step::Update { handle, .. }) => format!("update {handle}"),
            Some(Step::Withdraw { handle, .. }) => format!("withdraw {handle}"),
            Some(Step::Forget { slot, .. }) => format!("forget {slot}"),
        }
    }

    #[test]
    fn a_message_after_the_other() {
        let (card, failure) = (message("card", "a"), message("failure/1", "b"));
        let all = wanted(&[card.clone(), failure.clone()]);
        let under = "under Some(\"card-handle\")";
        for (posts, step) in [
            (posts(&[]), "post card under None".to_owned()),
            (
                posts(&[("card", meant())]),
                "find card under None".to_owned(),
            ),
            (
                posts(&[("card", stands(&card))]),
                format!("post failure/1 {under}"),
            ),
            (
                posts(&[("card", stands(&card)), ("failure/1", meant())]),
                format!("find failure/1 {under}"),
            ),
            (
                posts(&[
                    ("card", stands(&message("card", "old"))),
                    ("failure/1", meant()),
                ]),
                "update card-handle".to_owned(),
            ),
            (
                posts(&[("card", stands(&card)), ("failure/1", stands(&failure))]),
                "nothing".to_owned(),
            ),
        ] {
            assert_eq!(told(&posts, &all, LIVE), step, "{posts:?}");
        }
    }

    #[test]
    fn what_nobody_wants_any_more_goes() {
        let card = message("card", "a");
        let old = message("failure/1", "b");
        let both = posts(&[("card", stands(&card)), ("failure/1", stands(&old))]);
        assert_eq!(
            told(&both, &wanted(std::slice::from_ref(&card)), LIVE),
            "withdraw failure/1-handle"
        );
        assert_eq!(told(&both, &wanted(&[card]), WEBHOOK), "nothing");
        let part = Wanted {
            is_part: true,
            ..Wanted::default()
        };
        assert_eq!(told(&both, &part, LIVE), "withdraw failure/1-handle");
        assert_eq!(told(&both, &part, WEBHOOK), "forget failure/1");
        let unsure = posts(&[("card", meant())]);
        assert_eq!(told(&unsure, &part, LIVE), "find card under None");
        assert_eq!(told(&posts(&[]), &part, LIVE), "nothing");
    }

    #[test]
    fn where_it_no_longer_goes_it_is_kept_true_and_no_more() {
        let card = message("card", "new");
        let kept = Wanted {
            kept: [(
                "C1".to_owned(),
                vec![card.clone(), message("failure/1", "b")],
            )]
            .into(),
            ..Wanted::default()
        };
        let old = posts(&[("card", stands(&message("card", "old")))]);
        assert_eq!(told(&old, &kept, LIVE), "update card-handle");
        assert_eq!(
            told(&posts(&[("card", stands(&card))]), &kept, LIVE),
            "nothing"
        );
        assert_eq!(told(&posts(&[]), &kept, LIVE), "nothing");
    }

    #[test]
    fn what_is_refused_keeps_nothing_else_from_being_told() {
        let all = wanted(&[message("card", "a"), message("failure/1", "b")]);
        assert_eq!(
            told_without(&posts(&[]), &all, LIVE, &["card"]),
            "nothing",
            "without the card there is no thread"
        );
        let ended = Message {
            in_thread: false,
            ..message("failed/1", "b")
        };
        let two = wanted(&[message("card", "a"), ended]);
        let told = told_without(&posts(&[]), &two, WEBHOOK, &["card"]);
        assert_eq!(told, "post failed/1 under None");
    }
}
