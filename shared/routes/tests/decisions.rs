//! Where stories go, and why.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use card::Key;
use events::{ExecutionId, Phase};
use greenlight_routes::{Decision, Mention, Routes};
use proptest::prelude::*;
use story::{Question, Rollback, Severity, Source, Story, Trend, Waiting};

/// A story with nothing in it but this.
fn story(source: Source, name: &str, phase: Phase) -> Story {
    let id = ExecutionId {
        pipeline: name.to_owned(),
        execution: "e".to_owned(),
    };
    let key = match source {
        Source::Pipeline => Key::Execution(id),
        Source::Build => Key::Build(format!("{name}:1")),
        _ => Key::Event("1".to_owned()),
    };
    Story {
        key,
        source,
        name: name.to_owned(),
        run: None,
        applications: Vec::new(),
        account: None,
        region: None,
        phase,
        word: String::new(),
        severity: match phase {
            Phase::Failed => Severity::Error,
            Phase::Stopped | Phase::Unknown => Severity::Warning,
            _ => Severity::Info,
        },
        attempt: 1,
        trend: None,
        started: None,
        ended: None,
        trigger: None,
        stages: Vec::new(),
        running: Vec::new(),
        waiting: Vec::new(),
        failures: Vec::new(),
        rollback: None,
        instances: None,
        gates: Vec::new(),
        notes: Vec::new(),
        links: Vec::new(),
    }
}

fn pipeline(name: &str, phase: Phase) -> Story {
    story(Source::Pipeline, name, phase)
}

fn decide(rules: &str, story: &Story) -> Decision {
    let text = format!("version: 1\n{rules}");
    Routes::parse(&text, "routes.yaml").unwrap().decide(story)
}

/// What a rule says of a story that is about this condition: whether it matches,
/// and why.
fn says(when: &str, story: &Story) -> (bool, String) {
    let decision = decide(
        &format!("routes: [{{when: {{{when}}}}}]\ndefault: off"),
        story,
    );
    assert_eq!(decision.rules[0].rule, "rule 1");
    assert_eq!(decision.ways.is_empty(), !decision.rules[0].matches);
    (decision.rules[0].matches, decision.rules[0].why.clone())
}

/// The channels that a story goes to; its own is `.`.
fn channels(decision: &Decision) -> Vec<&str> {
    let ways = decision.ways.iter();
    ways.map(|way| way.channel.as_deref().unwrap_or("."))
        .collect()
}

#[test]
fn each_condition_tells_why() {
    let mut live = pipeline("shop-live", Phase::Failed);
    live.applications = vec!["cart-api".to_owned(), "shop".to_owned()];
    live.trend = Some(Trend::Broke);
    for (when, matches, why) in [
        ("", true, "it has no conditions"),
        ("source: pipeline", true, "source is pipeline"),
        (
            "source: [build, ecs, tool]",
            false,
            "source is pipeline, not build, ecs or tool",
        ),
        (
            "pipeline: \"shop-*\"",
            true,
            "pipeline \"shop-live\" matches \"shop-*\"",
        ),
        (
            "pipeline: [x, \"*-liv?\"]",
            true,
            "pipeline \"shop-live\" matches \"*-liv?\"",
        ),
        (
            "pipeline: shop",
            false,
            "pipeline \"shop-live\" does not match \"shop\"",
        ),
        (
            "pipeline: Shop-Live",
            false,
            "pipeline \"shop-live\" does not match \"Shop-Live\"",
        ),
        (
            "application: \"sh*\"",
            true,
            "application \"shop\" matches \"sh*\"",
        ),
        (
            "application: [x, y]",
            false,
            "applications \"cart-api\", \"shop\" do not match \"x\" or \"y\"",
        ),
        (
            "name: shop-live",
            true,
            "name \"shop-live\" matches \"shop-live\"",
        ),
        ("name: x", false, "name \"shop-live\" does not match \"x\""),
        ("state: [waiting, failed]", true, "state failed"),
        ("state: broke", true, "state broke"),
        (
            "state: [succeeded, recovered]",
            false,
            "state failed and broke, not succeeded or recovered",
        ),
        ("severity: error", true, "severity is error"),
        (
            "severity: warning",
            true,
            "severity is error, at least warning",
        ),
        (
            "state: failed, pipeline: \"shop-*\", source: [pipeline, deployment]",
            true,
            "source is pipeline, pipeline \"shop-live\" matches \"shop-*\", state failed",
        ),
        (
            "source: pipeline, pipeline: cart, state: waiting",
            false,
            "pipeline \"shop-live\" does not match \"cart\"",
        ),
    ] {
        assert_eq!(says(when, &live), (matches, why.to_owned()), "{when}");
    }
    let build = story(Source::Build, "shop", Phase::Running);
    for (when, matches, why) in [
        (
            "pipeline: \"*\"",
            false,
            "there is no pipeline to match \"*\"",
        ),
        (
            "application: \"*\"",
            false,
            "there is no application to match \"*\"",
        ),
        (
            "severity: warning",
            false,
            "severity is info, less than warning",
        ),
        ("state: started", true, "state running"),
    ] {
        assert_eq!(says(when, &build), (matches, why.to_owned()), "{when}");
    }
}

#[test]
fn a_table_of_states() {
    let with = |phase, change: fn(&mut Story)| {
        let mut story = pipeline("shop", phase);
        change(&mut story);
        story
    };
    let asked: fn(&mut Story) = |story| {
        story.waiting = vec![Waiting {
            id: "1".to_owned(),
            question: Question::Approval,
            place: Vec::new(),
            until: None,
            note: None,
            links: Vec::new(),
        }];
    };
    let as_is: fn(&mut Story) = |_| {};
    for (story, states) in [
        (with(Phase::Running, as_is), vec!["running", "started"]),
        (with(Phase::Stopping, as_is), vec!["running", "started"]),
        (
            with(Phase::Running, asked),
            vec!["running", "started", "waiting"],
        ),
        (with(Phase::Waiting, as_is), vec!["waiting"]),
        // Nobody has to answer any more.
        (with(Phase::Stopped, asked), vec!["stopped"]),
        (with(Phase::Succeeded, as_is), vec!["succeeded"]),
        (with(Phase::Failed, as_is), vec!["failed"]),
        (
            with(Phase::Failed, |s| s.rollback = Some(Rollback::default())),
            vec!["failed", "rolled-back"],
        ),
        (
            with(Phase::Failed, |s| s.trend = Some(Trend::Broke)),
            vec!["broke", "failed"],
        ),
        (
            with(Phase::Failed, |s| {
                s.trend = Some(Trend::StillBroken {
                    times: 2,
                    since: None,
                })
            }),
            vec!["failed", "still-broken"],
        ),
        (
            with(Phase::Succeeded, |s| {
                s.trend = Some(Trend::Recovered {
                    after: 2,
                    since: None,
                })
            }),
            vec!["recovered", "succeeded"],
        ),
        (with(Phase::Unknown, as_is), vec![]),
    ] {
        let all = [
            "broke",
            "failed",
            "recovered",
            "rolled-back",
            "running",
            "started",
            "still-broken",
            "stopped",
            "succeeded",
            "waiting",
        ];
        let is = all
            .into_iter()
            .filter(|state| says(&format!("state: {state}"), &story).0);
        assert_eq!(is.collect::<Vec<_>>(), states);
    }
    let mut new = pipeline("shop", Phase::Unknown);
    new.word = "PONDERING".to_owned();
    assert_eq!(
        says("state: failed", &new).1,
        "state unknown (\"PONDERING\"), not failed"
    );
}

const RULES: &str = "
routes:
  - name: production
    when: { pipeline: \"*-live\", state: [failed, waiting] }
    channel: \"#live\"
    mention: here
  - name: images
    when: { source: image }
    ignore: true
  - name: shop
    when: { pipeline: \"shop-*\" }
    channel: C0123456789
  - name: live again
    when: { pipeline: \"*-live\" }
    channel: \"#live\"
    mention: channel
  - name: builds
    when: { source: build }
";

#[test]
fn the_first_rule_counts() {
    for (story, expected, rules) in [
        (pipeline("shop-live", Phase::Failed), vec!["#live"], 1),
        (
            pipeline("shop-live", Phase::Running),
            vec!["C0123456789"],
            3,
        ),
        (pipeline("cart-live", Phase::Succeeded), vec!["#live"], 4),
        (story(Source::Build, "x", Phase::Succeeded), vec!["."], 5),
        (story(Source::Image, "x", Phase::Failed), vec![], 2),
        // The default.
        (pipeline("cart", Phase::Succeeded), vec!["."], 6),
        (story(Source::Repository, "x", Phase::Succeeded), vec![], 6),
    ] {
        let decision = decide(RULES, &story);
        assert_eq!(channels(&decision), expected, "{decision:?}");
        assert_eq!(decision.rules.len(), rules, "{decision:?}");
    }
    let way = &decide(RULES, &pipeline("shop-live", Phase::Failed)).ways[0];
    assert_eq!(
        (way.rule.as_str(), &way.mention),
        ("production", &Some(Mention::Here))
    );
}

#[test]
fn where_all_rules_count_a_channel_is_there_once() {
    let rules = format!("match: all{RULES}");
    let decision = decide(&rules, &pipeline("shop-live", Phase::Failed));
    assert_eq!(channels(&decision), ["#live", "C0123456789"]);
    assert_eq!(decision.ways[0].rule, "production");
    assert_eq!(decision.ways[0].mention, Some(Mention::Here));
    assert_eq!(decision.rules.len(), 5);

    // The first rule has nobody to mention, a later one has.
    let rules = "match: all\nroutes: [{}, {mention: U01}, {mention: U02}]";
    let decision = decide(rules, &pipeline("x", Phase::Failed));
    assert_eq!(channels(&decision), ["."]);
    assert_eq!(decision.ways[0].rule, "rule 1");
    assert_eq!(
        decision.ways[0].mention,
        Some(Mention::User("U01".to_owned()))
    );

    // What is ignored goes no further, and has been where it has been.
    let rules = "match: all\nroutes: [{channel: C01, when: {state: failed}}, {ignore: true, when: {source: image}}, {channel: C02}]";
    let image = story(Source::Image, "x", Phase::Failed);
    assert_eq!(channels(&decide(rules, &image)), ["C01"]);
    assert_eq!(
        channels(&decide(rules, &pipeline("x", Phase::Failed))),
        ["C01", "C02"]
    );
}

#[test]
fn defaults() {
    let image = story(Source::Image, "x", Phase::Succeeded);
    let rest = |default: &str| {
        decide(
            &format!("routes: [{{when: {{name: y}}}}]\ndefault: {default}"),
            &image,
        )
    };
    let last = |decision: &Decision| {
        let judged = decision.rules.last().unwrap();
        (judged.rule.clone(), judged.matches, judged.why.clone())
    };
    let quiet = rest("quiet");
    assert_eq!(channels(&quiet), [""; 0]);
    let why = "source is image, which is told from severity warning up, and severity is info";
    assert_eq!(last(&quiet), ("default".to_owned(), false, why.to_owned()));
    let off = rest("off");
    assert_eq!(channels(&off), [""; 0]);
    let why = "no rule matches, and the default is off";
    assert_eq!(last(&off), ("default".to_owned(), false, why.to_owned()));
    let to = rest("{channel: C01, mention: here}");
    assert_eq!(channels(&to), ["C01"]);
    assert_eq!(
        (to.ways[0].rule.as_str(), &to.ways[0].mention),
        ("default", &Some(Mention::Here))
    );
    assert_eq!(
        last(&to),
        ("default".to_owned(), true, "no rule matches".to_owned())
    );
    let alone = decide("default: off", &image);
    assert_eq!(last(&alone).2, "there are no rules, and the default is off");
}

#[test]
fn the_built_in_default() {
    let routes = Routes::default();
    let everything = [
        Source::Pipeline,
        Source::Build,
        Source::Deployment,
        Source::Ecs,
        Source::Approval,
        Source::Tool,
        Source::Image,
        Source::Repository,
        Source::Other,
    ];
    for source in everything {
        let goes = |phase| !routes.decide(&story(source, "x", phase)).ways.is_empty();
        let loud = matches!(
            source,
            Source::Pipeline | Source::Deployment | Source::Ecs | Source::Tool | Source::Approval
        );
        assert_eq!(goes(Phase::Succeeded), loud, "{source:?}");
        assert_eq!(goes(Phase::Running), loud, "{source:?}");
        for phase in [Phase::Failed, Phase::Stopped, Phase::Unknown] {
            assert!(goes(phase), "{source:?} {phase:?}");
        }
    }
    let build = routes.decide(&story(Source::Build, "x", Phase::Stopped));
    assert_eq!(build.rules.len(), 1);
    assert_eq!(build.rules[0].why, "source is build, severity is warning");
}

fn any_story() -> impl Strategy<Value = Story> {
    let sources = prop::sample::select(vec![
        Source::Pipeline,
        Source::Build,
        Source::Deployment,
        Source::Ecs,
        Source::Approval,
        Source::Tool,
        Source::Image,
        Source::Repository,
        Source::Other,
    ]);
    let phases = prop::sample::select(vec![
        Phase::Unknown,
        Phase::Waiting,
        Phase::Running,
        Phase::Stopping,
        Phase::Stopped,
        Phase::Succeeded,
        Phase::Failed,
    ]);
    let severities = prop::sample::select(vec![Severity::Info, Severity::Warning, Severity::Error]);
    let names = prop::collection::vec(any::<String>(), 0..4);
    (sources, phases, severities, any::<String>(), names).prop_map(
        |(source, phase, severity, name, applications)| Story {
            severity,
            applications,
            ..story(source, &name, phase)
        },
    )
}

/// Pieces of routes, in any order and right or wrong.
fn any_rules() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "version: 1\n",
        "match: all\n",
        "match: first\n",
        "routes:\n",
        "  - ",
        "    ",
        "\n",
        "name: a\n",
        "when: ",
        "{source: build}\n",
        "{state: [failed, broke]}\n",
        "{pipeline: \"a*\"}\n",
        "{severity: error}\n",
        "channel: C01\n",
        "channel: \"#a\"\n",
        "mention: here\n",
        "ignore: true\n",
        "default: off\n",
        "default: {channel: C01}\n",
        "&a ",
        "*a",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        ":",
        ", ",
        "#",
        "- ",
        "|\n",
        "!!str ",
        "\u{feff}",
        "\t",
        "é",
    ]);
    let pieces = prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat());
    prop_oneof![pieces, any::<String>()]
}

/// A rule that is right.
fn good_rule() -> impl Strategy<Value = String> {
    let when = prop::sample::select(vec![
        "source: [build, pipeline]",
        "state: failed",
        "state: [running, waiting]",
        "pipeline: \"*a*\"",
        "application: \"?\"",
        "name: \"*\"",
        "severity: warning",
    ]);
    let to = prop::sample::select(vec![
        "ignore: true",
        "channel: C01",
        "channel: \"#a\"",
        "mention: here",
        "{channel: C01, mention: channel}",
    ]);
    (when, to).prop_map(|(when, to)| {
        let to = to.trim_matches(['{', '}']);
        format!("{{when: {{{when}}}, {to}}}")
    })
}

proptest! {
    #[test]
    fn no_text_is_too_much(rules in any_rules(), story in any_story()) {
        match Routes::parse(&rules, "routes.yaml") {
            Ok(routes) => {
                routes.decide(&story);
            }
            Err(error) => {
                for line in error.mistakes() {
                    prop_assert!(line.starts_with("routes.yaml:"), "{line}");
                    prop_assert!(!line.contains('\n'), "{line}");
                }
                prop_assert!(!error.to_string().contains('\n'));
            }
        }
    }

    #[test]
    fn a_decision_is_one(
        rules in prop::collection::vec(good_rule(), 1..6),
        all in any::<bool>(),
        story in any_story(),
    ) {
        let matching = if all { "all" } else { "first" };
        let text = format!("version: 1\nmatch: {matching}\nroutes: [{}]", rules.join(", "));
        // Some of them hide others.
        let Ok(routes) = Routes::parse(&text, "routes.yaml") else { return Ok(()) };
        let decision = routes.decide(&story);
        prop_assert_eq!(&decision, &routes.decide(&story));
        let mut channels = channels(&decision);
        let count = channels.len();
        channels.sort_unstable();
        channels.dedup();
        prop_assert_eq!(channels.len(), count, "{:?}", decision);
        prop_assert!(all || count <= 1);
        for way in &decision.ways {
            let by = decision.rules.iter().find(|judged| judged.rule == way.rule);
            prop_assert!(by.is_some_and(|judged| judged.matches), "{:?}", decision);
        }
        for judged in &decision.rules {
            prop_assert!(!judged.why.contains('\n'), "{}", judged.why);
        }
    }

    #[test]
    fn no_failure_goes_unheard_by_default(story in any_story()) {
        let decision = Routes::default().decide(&story);
        let bad = story.phase == Phase::Failed || story.severity >= Severity::Warning;
        prop_assert!(!bad || !decision.ways.is_empty());
        prop_assert_eq!(decision.rules.len(), 1);
        prop_assert_eq!(decision.rules[0].matches, !decision.ways.is_empty());
    }
}
