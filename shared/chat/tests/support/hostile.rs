//! Stories that nobody would write: short, long, hostile, foreign.

use card::{Evidence, Key};
use diagnosis::{CATALOGUE, Diagnosis, Origin};
use events::{Moment, Phase, Trigger};
use proptest::prelude::*;
use story::{
    Attempt, Failure, Gate, Instances, Link, Question, Rollback, Severity, Source, Stage, Step,
    Story, Trend, Waiting,
};

/// Short, long, hostile and foreign texts.
fn words() -> BoxedStrategy<String> {
    // Made once and not character by character, which would take most of the time.
    let long =
        |text: &'static str, most: usize| (1..most).prop_map(move |times| text.repeat(times));
    prop_oneof![
        4 => "[a-z ]{0,20}",
        2 => "\\PC{0,80}",
        1 => Just("<!channel> <!here|x> <@U123> @here @channel &lt;!everyone&gt;".to_owned()),
        1 => Just("*b* _i_ ~s~ `c` ```code``` <https://evil.example|safe> \n> quote".to_owned()),
        1 => Just("\u{1b}[31mred\u{1b}[0m \u{202e}turned\u{202c} \0 nul \u{7} bell".to_owned()),
        1 => long("😀👩‍👩‍👧‍👦é\u{301}\u{fe0f}", 300),
        1 => long("<&>", 2000),
        1 => long("a b_c*d`e é\n&<>|版本", 400),
        1 => Just(format!("a{}", "\u{301}".repeat(2000))),
        1 => Just(" \u{200b}\u{202e}\t\n".to_owned()),
    ]
    .boxed()
}

fn maybe() -> BoxedStrategy<Option<String>> {
    prop::option::of(words()).boxed()
}

fn phase() -> BoxedStrategy<Phase> {
    prop::sample::select(vec![
        Phase::Unknown,
        Phase::Waiting,
        Phase::Running,
        Phase::Stopping,
        Phase::Stopped,
        Phase::Succeeded,
        Phase::Failed,
    ])
    .boxed()
}

fn moment() -> BoxedStrategy<Option<Moment>> {
    let usual = 0..4_000_000_000_000i64;
    let at = prop_oneof![4 => usual, 1 => any::<i64>()].prop_map(Moment);
    prop::option::of(at).boxed()
}

fn link() -> BoxedStrategy<Link> {
    let url = prop_oneof![
        Just("https://console.aws.amazon.com/codesuite?a=b&c=<d>|e".to_owned()),
        (1..1500usize).prop_map(|n| format!("https://example.com/{}", "a&|".repeat(n))),
        Just("javascript:alert(1)".to_owned()),
    ];
    let link = (words(), url).prop_map(|(text, url)| Link { text, url });
    link.boxed()
}

fn attempt() -> BoxedStrategy<Attempt> {
    (1..4u64, phase(), words(), moment(), moment())
        .prop_map(|(number, phase, word, started, ended)| Attempt {
            number,
            phase,
            word,
            started,
            ended,
        })
        .boxed()
}

fn stage() -> BoxedStrategy<Stage> {
    let attempts = || prop::collection::vec(attempt(), 1..3);
    let step = (words(), maybe(), attempts()).prop_map(|(name, provider, attempts)| Step {
        name,
        provider,
        attempts,
        url: None,
    });
    let stage = (words(), attempts(), prop::collection::vec(step, 0..3));
    stage
        .prop_map(|(name, attempts, steps)| Stage {
            name,
            attempts,
            steps,
        })
        .boxed()
}

fn waiting() -> BoxedStrategy<Waiting> {
    let names = prop::collection::vec(words(), 0..3);
    let links = prop::collection::vec(link(), 0..4);
    ("[a-z]{12}", any::<bool>(), names, moment(), maybe(), links)
        .prop_map(|(id, is_pause, place, until, note, links)| Waiting {
            id,
            question: match is_pause {
                true => Question::Pause,
                false => Question::Approval,
            },
            place,
            until,
            note,
            links,
        })
        .boxed()
}

fn failure() -> BoxedStrategy<Failure> {
    let texts = || prop::collection::vec(words(), 0..5);
    let check =
        (words(), maybe(), maybe(), maybe()).prop_map(|(check, expected, got, remedy)| Evidence {
            check,
            expected,
            got,
            remedy,
        });
    let checks = prop::collection::vec(check, 0..20);
    let diagnosis = (0..CATALOGUE.len(), words()).prop_map(|(n, evidence)| Diagnosis {
        failure: &CATALOGUE[n],
        origin: Origin::Action,
        evidence,
    });
    let diagnoses = prop::collection::vec(diagnosis, 0..4);
    let told = (
        texts(),
        texts(),
        texts(),
        prop::collection::vec(link(), 0..4),
    );
    (
        "[a-z]{12}",
        texts(),
        (any::<bool>(), 1..4u64),
        (maybe(), maybe()),
        (checks, diagnoses, told),
    )
        .prop_map(
            |(
                id,
                place,
                (mended, attempt),
                (why, remedy),
                (checks, diagnoses, (words, log, missing, links)),
            )| {
                Failure {
                    id,
                    place,
                    attempt,
                    mended,
                    at: None,
                    why,
                    remedy,
                    diagnoses,
                    checks,
                    words,
                    log,
                    missing,
                    links,
                }
            },
        )
        .boxed()
}

/// A story of such texts, as long as it gets.
pub(crate) fn story() -> BoxedStrategy<Story> {
    let head = (words(), maybe(), phase(), words(), 1..5u64);
    let of = prop::sample::select(vec![
        Source::Pipeline,
        Source::Build,
        Source::Approval,
        Source::Tool,
        Source::Image,
        Source::Other,
    ]);
    let severity = prop::sample::select(vec![Severity::Info, Severity::Warning, Severity::Error]);
    let trend = prop::sample::select(vec![
        None,
        Some(Trend::Broke),
        Some(Trend::StillBroken {
            times: 3,
            since: None,
        }),
        Some(Trend::Recovered {
            after: 2,
            since: None,
        }),
    ]);
    let trigger =
        (maybe(), maybe(), maybe(), maybe()).prop_map(|(author, commit, message, branch)| {
            Trigger {
                author,
                commit,
                message,
                branch,
                ..Trigger::default()
            }
        });
    let rollback =
        (maybe(), maybe(), maybe(), maybe()).prop_map(|(failed, serves, deployment, message)| {
            Rollback {
                failed,
                serves,
                deployment,
                message,
            }
        });
    let gate =
        (words(), phase(), words(), maybe()).prop_map(|(hook, phase, reason, version)| Gate {
            hook,
            phase,
            reason,
            version,
        });
    let many = (
        prop::collection::vec(stage(), 0..25).boxed(),
        prop::collection::vec(prop::collection::vec(words(), 0..4), 0..4),
        prop::collection::vec(waiting(), 0..6),
        prop::collection::vec(failure(), 0..6),
        prop::collection::vec(gate, 0..6),
        prop::collection::vec(words(), 0..20),
        prop::collection::vec(link(), 0..10),
    );
    let facts = (
        of,
        severity,
        trend,
        prop::option::of(trigger),
        prop::option::of(rollback),
        moment(),
        moment(),
        maybe(),
    );
    let all = (head.boxed(), facts.boxed(), many.boxed());
    let story = all.prop_map(
        |(
            (name, run, phase, word, attempt),
            (source, severity, trend, trigger, rollback, started, ended, account),
            (stages, mut running, waiting, failures, gates, notes, links),
        )| {
            // Some of what runs is in a stage.
            for (names, stage) in running.iter_mut().zip(&stages).step_by(2) {
                names.insert(0, stage.name.clone());
            }
            Story {
                key: Key::Event(name.clone()),
                source,
                name,
                run,
                applications: vec!["shop".to_owned()],
                region: account.clone(),
                account,
                phase,
                word,
                severity,
                attempt,
                trend,
                started,
                ended,
                trigger,
                stages,
                running,
                waiting,
                failures,
                rollback,
                instances: Some(Instances {
                    all: 5,
                    succeeded: 3,
                    failed: 1,
                    running: 1,
                }),
                gates,
                notes,
                links,
            }
        },
    );
    story.boxed()
}
