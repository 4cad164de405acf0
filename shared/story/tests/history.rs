//! How executions ended, and how one stands to those before it.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use card::{Card, Join as _};
use events::{Moment, Phase};
use greenlight_story::{Ending, History, Trend};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{START, cards, execution, of_pipeline};

fn ended(start: i64, end: i64, phase: Phase) -> Ending {
    Ending {
        attempt: 1,
        started: Some(Moment(start)),
        at: Some(Moment(end)),
        phase,
    }
}

/// Executions that began one after the other, a letter each: `+` went well.
fn history(endings: &str) -> History {
    let endings = endings.chars().zip(0i64..).map(|(c, n)| {
        let phase = match c {
            '+' => Phase::Succeeded,
            _ => Phase::Failed,
        };
        (format!("e{n}"), ended(n * 10, n * 10 + 5, phase))
    });
    History(endings.collect())
}

#[test]
fn a_table_of_trends() {
    let still = |times, since| {
        let since = Some(Moment(since));
        Some(Trend::StillBroken { times, since })
    };
    let recovered = |after, since| {
        let since = Some(Moment(since));
        Some(Trend::Recovered { after, since })
    };
    for (endings, execution, trend) in [
        ("", "e0", None),
        ("-", "e0", None),
        ("+", "e0", None),
        ("++", "e1", None),
        ("+-", "e1", Some(Trend::Broke)),
        ("--", "e1", still(2, 5)),
        ("+---", "e3", still(3, 15)),
        ("+--+", "e3", recovered(2, 15)),
        ("-+", "e1", recovered(1, 5)),
        ("+-+-", "e3", Some(Trend::Broke)),
        // What began later makes no difference.
        ("+-+", "e1", Some(Trend::Broke)),
    ] {
        assert_eq!(
            history(endings).trend(execution),
            trend,
            "{endings} {execution}"
        );
    }
}

#[test]
fn what_began_earlier_comes_earlier_whenever_it_ends() {
    let mut history = history("+");
    history
        .0
        .insert("slow".to_owned(), ended(20, 100, Phase::Failed));
    history
        .0
        .insert("quick".to_owned(), ended(30, 40, Phase::Succeeded));
    assert_eq!(history.trend("slow"), Some(Trend::Broke));
    let since = Some(Moment(100));
    assert_eq!(
        history.trend("quick"),
        Some(Trend::Recovered { after: 1, since })
    );
}

fn card(states: &[(i64, u64, &str)]) -> Card {
    let events: Vec<_> = (states.iter())
        .map(|(second, attempt, state)| {
            let detail = json!({"state": state, "pipeline-execution-attempt": attempt});
            of_pipeline(*second, "pipeline", detail)
        })
        .collect();
    cards(&events).remove(&execution()).unwrap()
}

#[test]
fn a_later_attempt_replaces_the_earlier_one() {
    let mut history = History::default();
    let started = (0, 1, "STARTED");
    assert!(!history.take(&card(&[started])));
    assert!(!history.take(&card(&[started, (5, 1, "STOPPED")])));
    assert!(!history.take(&Card::default()));
    let failed = [started, (5, 1, "FAILED")];
    assert!(history.take(&card(&failed)));
    assert!(!history.take(&card(&failed)), "nothing new");
    assert_eq!(history.0["e"].phase, Phase::Failed);
    // While it runs again it has not ended.
    let again = [failed[0], failed[1], (8, 2, "RESUMED")];
    assert!(!history.take(&card(&again)));
    assert!(history.take(&card(&[again[0], again[1], again[2], (9, 2, "SUCCEEDED")])));
    let ending = history.0["e"];
    assert_eq!((ending.attempt, ending.phase), (2, Phase::Succeeded));
    assert_eq!(ending.started, Some(Moment(START)));
    assert!(
        !history.take(&card(&failed)),
        "what comes late changes nothing"
    );
    assert_eq!(history.0["e"], ending);
}

#[test]
fn only_the_latest_are_kept() {
    let mut all = History::default();
    for n in 0..80 {
        let one = ended(n * 10, n * 10 + 5, Phase::Failed);
        all.join(History([(format!("e{n:03}"), one)].into()));
    }
    assert_eq!(all.0.len(), 50);
    assert_eq!(all.0.keys().next().unwrap(), "e030");
}

fn endings() -> impl Strategy<Value = History> {
    let ending = (
        1..4u64,
        prop::option::of(0..5i64),
        prop::option::of(0..9i64),
        prop_oneof![Just(Phase::Failed), Just(Phase::Succeeded)],
    );
    let ending = ending.prop_map(|(attempt, started, at, phase)| Ending {
        attempt,
        started: started.map(Moment),
        at: at.map(Moment),
        phase,
    });
    let all = prop::collection::btree_map("[a-d][a-p]", ending, 0..64);
    // As it comes from the store: never more than are kept.
    all.prop_map(|all| joined(History::default(), &History(all)))
}

fn joined(mut a: History, b: &History) -> History {
    a.join(b.clone());
    a
}

proptest! {
    #[test]
    fn merging_has_no_order_and_no_grouping(a in endings(), b in endings(), c in endings()) {
        prop_assert_eq!(
            joined(joined(a.clone(), &b), &c),
            joined(a.clone(), &joined(b.clone(), &c))
        );
        prop_assert_eq!(joined(a.clone(), &b), joined(b.clone(), &a));
        prop_assert_eq!(joined(a.clone(), &a), a.clone());
        prop_assert!(joined(a, &b).0.len() <= 50);
    }

    #[test]
    fn what_is_kept_is_the_same(a in endings()) {
        let kept = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(serde_json::from_str::<History>(&kept).unwrap(), a);
    }
}
