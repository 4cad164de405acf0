//! Cards put together from parts, all at once.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Card, Join as _, Key, Part};

/// All cards that parts make, by what they are about. A card that is a part of
/// another one is there as its part only. The order of the parts, and how often
/// each of them comes, make no difference.
pub fn assemble(parts: impl IntoIterator<Item = Part>) -> BTreeMap<Key, Card> {
    let parts: Vec<Part> = parts.into_iter().collect();
    let wholes = wholes(&parts);
    let mut cards: BTreeMap<Key, Card> = BTreeMap::new();
    for Part { key, mut card } in parts {
        card.part_of = None;
        let whole = wholes.get(&key).cloned().unwrap_or(key);
        cards.entry(whole).or_default().join(card);
    }
    cards
}

/// What each key of these parts is in the end a part of: itself, where it is of
/// none.
pub fn wholes(parts: &[Part]) -> BTreeMap<Key, Key> {
    let mut part_of: BTreeMap<&Key, Option<&Key>> = BTreeMap::new();
    for part in parts {
        // As joining cards decides it.
        let known = part_of.entry(&part.key).or_default();
        known.join(part.card.part_of.as_ref());
    }
    let whole = |key: &Key| {
        let mut seen = BTreeSet::from([key]);
        let mut at = key;
        while let Some(next) = part_of.get(at).copied().flatten() {
            // No event makes cards parts of each other; those stay by themselves.
            if !seen.insert(next) {
                return key.clone();
            }
            at = next;
        }
        at.clone()
    };
    (part_of.keys())
        .map(|key| ((*key).clone(), whole(key)))
        .collect()
}

#[cfg(test)]
mod tests {
    use events::{ExecutionId, read};
    use serde_json::{Value, json};

    use super::*;
    use crate::parts;

    fn execution() -> Key {
        Key::Execution(ExecutionId {
            pipeline: "shop".to_owned(),
            execution: "e".to_owned(),
        })
    }

    fn parts_of(events: &[Value]) -> Vec<Part> {
        let events = events.iter().flat_map(|value| read(value).unwrap());
        events.flat_map(|event| parts(&event)).collect()
    }

    fn event(source: &str, kind: &str, detail: &Value) -> Value {
        json!({"id": kind, "source": source, "detail-type": kind, "detail": detail})
    }

    fn build() -> Value {
        let detail = json!({"build-status": "FAILED", "project-name": "shop",
            "build-id": "arn:aws:codebuild:eu-west-1:1:build/shop:1"});
        event("aws.codebuild", "CodeBuild Build State Change", &detail)
    }

    fn action() -> Value {
        let detail = json!({"pipeline": "shop", "execution-id": "e", "stage": "Build",
            "action": "Build", "state": "FAILED",
            "type": {"provider": "CodeBuild", "category": "Build"},
            "execution-result": {"external-execution-id": "shop:1"}});
        let kind = "CodePipeline Action Execution State Change";
        event("aws.codepipeline", kind, &detail)
    }

    #[test]
    fn a_build_joins_the_card_of_its_execution() {
        for events in [
            vec![build(), action()],
            vec![action(), build()],
            vec![build(), action(), build(), action()],
        ] {
            let cards = assemble(parts_of(&events));
            assert_eq!(cards.keys().collect::<Vec<_>>(), [&execution()]);
            let card = &cards[&execution()];
            assert!(card.part_of.is_none());
            assert_eq!(card.builds.len(), 1);
            assert_eq!(card.stages.len(), 1);
        }
    }

    #[test]
    fn a_build_of_nothing_has_a_card_of_its_own() {
        let cards = assemble(parts_of(&[build()]));
        let keys: Vec<&Key> = cards.keys().collect();
        assert_eq!(keys, [&Key::Build("shop:1".to_owned())]);
        assert!(assemble([]).is_empty());
    }

    #[test]
    fn a_part_may_be_a_part_of_a_part() {
        let part = |name: &str, of: Option<Key>| Part {
            key: Key::Event(name.to_owned()),
            card: Card {
                part_of: of,
                images: [(name.to_owned(), crate::Image::default())].into(),
                ..Card::default()
            },
        };
        let of = |name: &str| Some(Key::Event(name.to_owned()));
        let chain = [part("a", of("b")), part("b", of("c")), part("c", None)];
        let cards = assemble(chain);
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[&Key::Event("c".to_owned())].images.len(), 3);
        // Nothing says more of the whole than that there is one.
        let cards = assemble([part("a", of("b"))]);
        assert_eq!(
            cards.keys().collect::<Vec<_>>(),
            [&Key::Event("b".to_owned())]
        );
        // A circle ends.
        let circle = [part("a", of("b")), part("b", of("a")), part("c", of("a"))];
        assert_eq!(assemble(circle).len(), 3);
        assert_eq!(assemble([part("a", of("a"))]).len(), 1);
    }
}
