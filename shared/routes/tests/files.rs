//! Files that are taken, and files that are refused, with the place of each
//! mistake.

use greenlight_routes::{MAX_BYTES, Routes};

/// The mistakes of a file, a line each.
fn mistakes(text: &str) -> Vec<String> {
    match Routes::parse(text, "routes.yaml") {
        Ok(_) => Vec::new(),
        Err(error) => error.mistakes().map(str::to_owned).collect(),
    }
}

/// A file of one rule; the rule begins in line 3, column 5.
fn rule(text: &str) -> String {
    format!("version: 1\nroutes:\n  - {text}\n")
}

#[test]
fn what_is_taken() {
    let rules = [
        "{}",
        "when: {}",
        "name: rest",
        "{ name: Überraschung 7, channel: \"#déploiements\" }",
        "when: { source: pipeline }",
        "when: { source: [pipeline, build, deployment, ecs, approval, tool, image, repository, other] }",
        "when: { state: [started, waiting, stopped, succeeded, failed, broke, still-broken, recovered, rolled-back] }",
        "when: { state: running, severity: info }",
        "when: { pipeline: \"shop-*\" }",
        "when: { pipeline: shop.live@eu-1_x, application: [\"cart-*\", shop], name: \"Nightly build #?\" }",
        "when: { source: approval, pipeline: shop }",
        "when: { source: [build, pipeline], state: broke }",
        "{ channel: C0123456789, mention: here }",
        "{ channel: G0123456789, mention: U0123456789 }",
        "{ channel: \"#a\", mention: S0123456789 }",
        "{ ignore: false, channel: \"#a\" }",
        "ignore: true",
    ];
    for text in rules {
        assert_eq!(mistakes(&rule(text)), [""; 0], "{text}");
    }
    let files = [
        "version: 1\ndefault: quiet\n",
        "version: 1\ndefault: off\n",
        "version: 1\ndefault: false\n",
        "version: 1\ndefault: { channel: \"#all\" }\n",
        "version: 1\ndefault: { mention: here }\n",
        "default: off\nroutes: [{}]\nmatch: all\nversion: 1\n",
        // A rule below one that takes it all is asked where all are.
        "version: 1\nmatch: all\nroutes: [{channel: C01}, {channel: C02}]\ndefault: off\n",
        "version: 1\nroutes: [{when: &w {source: build}}, {when: {<<: *w, source: ecs}}]\n",
        "\u{feff}version: 1\ndefault: off\n",
    ];
    for text in files {
        assert_eq!(mistakes(text), [""; 0], "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_file() {
    for (text, expected) in [
        ("", "1:1: there are no routes in it"),
        ("# nothing\n", "2:1: there are no routes in it"),
        (
            "[]",
            "1:1: the file is a mapping, with some of the keys version, match, routes, default",
        ),
        (
            "hello",
            "1:1: the file is a mapping, with some of the keys version, match, routes, default",
        ),
        (
            "version: 1",
            "1:1: there are neither routes nor a default in it",
        ),
        (
            "default: off",
            "1:1: the version is missing; begin with `version: 1`",
        ),
        (
            "version: 2\ndefault: off",
            "1:10: version 2 is not known; this reads version 1",
        ),
        (
            "version: 1.5\ndefault: off",
            "1:10: version 1.5 is not known; this reads version 1",
        ),
        (
            "version: \"1\"\ndefault: off",
            "1:10: the version is the number 1",
        ),
        ("version:\ndefault: off", "1:8: the version is the number 1"),
        (
            "version: 1\nmatch: any\ndefault: off",
            "2:8: unknown way to match \"any\"; known are first, all",
        ),
        (
            "version: 1\nmatch: frist\ndefault: off",
            "2:8: unknown way to match \"frist\"; did you mean \"first\"?",
        ),
        (
            "version: 1\nroute: []",
            "2:1: unknown key \"route\"; did you mean \"routes\"?",
        ),
        (
            "version: 1\nchannels: x",
            "2:1: unknown key \"channels\"; the file has the keys version, match, routes, default",
        ),
        (
            "version: 1\nroutes: []",
            "2:9: this list is empty; write a rule, or only a default",
        ),
        (
            "version: 1\nroutes: {}",
            "2:9: this is a list of rules, each beginning with `- `",
        ),
        (
            "version: 1\nroutes:\n",
            "2:7: this is a list of rules, each beginning with `- `",
        ),
        (
            "version: 1\nversion: 1\n",
            "2:1: the key \"version\" is here a second time",
        ),
        (
            "version: 1\ndefault: loud",
            "2:10: unknown default \"loud\"; write quiet, off, or a mapping with a channel",
        ),
        (
            "version: 1\ndefault: {}",
            "2:10: this names no channel; write quiet, off, or a channel",
        ),
        (
            "version: 1\ndefault: { ignore: true }",
            "2:12: unknown key \"ignore\"; the default has the keys channel, mention",
        ),
        (
            "version: 1\ndefault: off\n---\nversion: 1",
            "4:1: routes are one YAML document, and there is a second one",
        ),
        (
            "version: 1\ndefault: *x",
            "2:10: this alias names no anchor above it",
        ),
        (
            "version: 1\ndefault: !x off",
            "2:13: routes have no tags such as \"!x\"",
        ),
        (": 1", "1:1: a key is missing before this colon"),
        (
            "version: 1\n\tdefault: off",
            "1:10: this is no YAML: while scanning a plain scalar, found a tab",
        ),
        (
            "version: 1\ndefault: [off",
            "2:10: this is no YAML: unclosed bracket '['",
        ),
    ] {
        let mistakes = mistakes(text);
        assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
        let expected = format!("routes.yaml:{expected}");
        let line = &mistakes[0];
        assert_eq!(line, &expected, "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_rule() {
    for (text, expected) in [
        ("", "3:5: a rule has nothing in it"),
        (
            "shop",
            "3:5: a rule is a mapping, with some of the keys name, when, channel, mention, ignore",
        ),
        (
            "{ chanel: C01 }",
            "3:7: unknown key \"chanel\"; did you mean \"channel\"?",
        ),
        (
            "{ to: C01 }",
            "3:7: unknown key \"to\"; a rule has the keys name, when, channel, mention, ignore",
        ),
        (
            "name: default",
            "3:11: no rule is called \"default\": that is what holds without one",
        ),
        (
            "name: \"a\\nb\"",
            "3:11: a name has at most 80 characters, on one line",
        ),
        (
            "name: 7",
            "3:11: this is the number \"7\", and a text is expected; write it in quotes",
        ),
        (
            "name: true",
            "3:11: this is true, and a text is expected; write it in quotes",
        ),
        ("name: ' '", "3:11: this is empty"),
        (
            "name: [a]",
            "3:11: a single text is expected, and this is a list",
        ),
        (
            "name: {}",
            "3:11: a text is expected, and this is a mapping",
        ),
        ("ignore: maybe", "3:13: this is true or false"),
        (
            "{ ignore: true, channel: C01 }",
            "3:21: a rule with `ignore: true` sends nowhere, so it has no channel",
        ),
        (
            "{ mention: here, ignore: true }",
            "3:7: a rule with `ignore: true` sends nowhere, so it has no mention",
        ),
        (
            "channel: #deployments",
            "3:12: this has no value; a name stands in quotes, as in \"#deployments\", since # begins a comment",
        ),
        (
            "channel: deployments",
            "3:14: \"deployments\" is no channel: write an id of Slack's (C…, G… or D…), or a name as in \"#deployments\"; did you mean \"#deployments\"?",
        ),
        (
            "channel: \"#Deployments\"",
            "3:14: \"#Deployments\" is no channel: write an id of Slack's (C…, G… or D…), or a name as in \"#deployments\"; did you mean \"#deployments\"?",
        ),
        (
            "channel: c0123456789",
            "3:14: \"c0123456789\" is no channel: write an id of Slack's (C…, G… or D…), or a name as in \"#deployments\"; did you mean \"C0123456789\"?",
        ),
        (
            "channel: U0123456789",
            "3:14: \"U0123456789\" is no channel: write an id of Slack's (C…, G… or D…), or a name as in \"#deployments\"; this is the id of somebody to mention",
        ),
        (
            "channel: \"#{{name}}\"",
            "3:14: \"#{{name}}\" is no channel: write an id of Slack's (C…, G… or D…), or a name as in \"#deployments\"",
        ),
        (
            "channel: [C01]",
            "3:14: a single text is expected, and this is a list",
        ),
        (
            "mention: [here]",
            "3:14: a rule mentions one: here, channel, somebody or a group; make a group in Slack for several people",
        ),
        (
            "mention: '@here'",
            "3:14: \"@here\" mentions nobody: write here, channel, or an id of Slack's, U… or W… for somebody, S… for a group; did you mean \"here\"?",
        ),
        ("mention:", "3:12: this has no value"),
    ] {
        assert_eq!(
            mistakes(&rule(text)),
            [format!("routes.yaml:{expected}")],
            "{text}"
        );
    }
}

#[test]
fn what_is_wrong_with_a_condition() {
    for (text, expected) in [
        ("", "3:9: `when` has nothing in it"),
        (
            "always",
            "3:11: `when` is a mapping, with some of the keys source, pipeline, application, name, state, severity",
        ),
        (
            "{ sources: build }",
            "3:13: unknown key \"sources\"; did you mean \"source\"?",
        ),
        (
            "{ source: [] }",
            "3:21: this list is empty; take the key out where anything may match",
        ),
        (
            "{ source: pipelines }",
            "3:21: unknown source \"pipelines\"; did you mean \"pipeline\"?",
        ),
        (
            "{ source: [build, build] }",
            "3:29: \"build\" is here a second time",
        ),
        (
            "{ source: [build, [ecs]] }",
            "3:29: a single text is expected, and this is a list",
        ),
        (
            "{ source: codebuild }",
            "3:21: unknown source \"codebuild\"; known are pipeline, build, deployment, ecs, approval, tool, image, repository, other",
        ),
        (
            "{ state: FAILED }",
            "3:20: unknown state \"FAILED\"; did you mean \"failed\"?",
        ),
        (
            "{ state: [failed, still_broken] }",
            "3:29: unknown state \"still_broken\"; did you mean \"still-broken\"?",
        ),
        (
            "{ state: [running, started] }",
            "3:30: started and running are the same state",
        ),
        (
            "{ severity: critical }",
            "3:23: unknown severity \"critical\"; known are info, warning, error",
        ),
        (
            "{ severity: [error] }",
            "3:23: a single text is expected, and this is a list",
        ),
        ("{ pipeline: \"\" }", "3:23: this is empty"),
        (
            "{ pipeline: 7 }",
            "3:23: this is the number \"7\", and a text is expected; write it in quotes",
        ),
        (
            "{ pipeline: ^shop$ }",
            "3:23: \"^shop$\" matches no pipeline: their names have letters, digits and .@-_ only, and this has '^'",
        ),
        (
            "{ pipeline: \"!shop\" }",
            "3:23: \"!shop\" is no pattern: there is no negation; put a rule with `ignore: true` above this one",
        ),
        (
            "{ name: \"a{b,c}\" }",
            "3:19: \"a{b,c}\" is no pattern: only * and ? stand for other characters, and '{' is not taken; write a list for alternatives, and ? where a name has this character",
        ),
        (
            "{ name: \"a \" }",
            "3:19: \"a \" is no pattern: it begins or ends with a space",
        ),
        (
            "{ name: \"a\\0\" }",
            "3:19: \"a\\0\" is no pattern: it has a control character in it",
        ),
        (
            "{ source: build, pipeline: shop }",
            "3:38: this can never match: only the sources pipeline and approval have a pipeline, and this rule is about build",
        ),
        (
            "{ source: [tool, image], application: shop }",
            "3:49: this can never match: only the sources pipeline, deployment and ecs have an application, and this rule is about tool or image",
        ),
        (
            "{ source: approval, pipeline: a, application: b }",
            "3:57: this can never match: only the sources pipeline, deployment and ecs have an application, and this rule is about approval",
        ),
        (
            "{ source: build, state: [failed, recovered] }",
            "3:44: this can never match: only the source pipeline can be recovered, and this rule is about build",
        ),
        (
            "{ state: rolled-back, source: image }",
            "3:20: this can never match: only the source pipeline, deployment or ecs can be rolled-back, and this rule is about image",
        ),
    ] {
        let text = rule(&format!("when: {text}"));
        assert_eq!(
            mistakes(&text),
            [format!("routes.yaml:{expected}")],
            "{text}"
        );
    }
}

#[test]
fn rules_that_are_never_looked_at() {
    let twice =
        |first: &str, second: &str| format!("version: 1\nroutes:\n  - {first}\n  - {second}\n");
    let dead = "4:5: this rule can never match: \"rule 1\" in line 3 matches ";
    for (first, second, rest) in [
        ("{}", "{}", "everything"),
        ("{ channel: C01 }", "when: { source: build }", "everything"),
        ("ignore: true", "when: { source: build }", "everything"),
        (
            "when: { source: [ecs, build] }",
            "when: { source: build }",
            "all that this one could",
        ),
        (
            "when: { pipeline: \"shop-*\" }",
            "when: { pipeline: [shop-a, \"shop-b*\"] }",
            "all that this one could",
        ),
        (
            "when: { name: \"a*\" }",
            "when: { name: \"a?b\", state: failed }",
            "all that this one could",
        ),
        (
            "when: { severity: warning }",
            "when: { severity: error }",
            "all that this one could",
        ),
    ] {
        let text = twice(first, second);
        assert_eq!(
            mistakes(&text),
            [format!("routes.yaml:{dead}{rest}")],
            "{text}"
        );
    }
    for (first, second) in [
        ("when: { source: build }", "{}"),
        ("when: { source: build }", "when: { source: [ecs, build] }"),
        (
            "when: { source: build, state: failed }",
            "when: { source: build }",
        ),
        ("when: { pipeline: \"a?\" }", "when: { pipeline: \"a*\" }"),
        (
            "when: { pipeline: \"shop-*\" }",
            "when: { pipeline: \"shop*\" }",
        ),
        ("when: { severity: error }", "when: { severity: warning }"),
        ("when: { severity: warning }", "when: { state: failed }"),
    ] {
        let text = twice(first, second);
        assert_eq!(mistakes(&text), [""; 0], "{text}");
    }
    // Where all rules are asked, only one that ignores takes anything away.
    let all = |rules: &str| format!("version: 1\nmatch: all\nroutes: [{rules}]\n");
    assert_eq!(mistakes(&all("{}, {channel: C01}")), [""; 0]);
    assert_eq!(
        mistakes(&all("{name: none, ignore: true}, {channel: C01}")),
        ["routes.yaml:3:38: this rule can never match: \"none\" in line 3 matches everything"]
    );
    assert_eq!(
        mistakes("version: 1\nroutes:\n  - {}\ndefault: { channel: C01 }"),
        ["routes.yaml:4:1: this can never hold: \"rule 1\" in line 3 matches everything"]
    );
}

#[test]
fn names_are_there_once() {
    let text = "version: 1\nmatch: all\nroutes:\n  - name: shop\n  - name: rule 3\n  - {}\n  - name: shop\n";
    assert_eq!(
        mistakes(text),
        [
            "routes.yaml:6:5: the rule in line 5 is called \"rule 3\" too",
            "routes.yaml:7:11: the rule in line 4 is called \"shop\" too",
        ]
    );
}

#[test]
fn all_mistakes_are_told_and_the_error_is_one_line() {
    let text =
        "version: 3\nroutes:\n  - when: { state: broken }\n    chanel: x\n  - {}\nmatch: al\n";
    let error = Routes::parse(text, "s3://rules/routes.yaml").unwrap_err();
    let lines: Vec<&str> = error.mistakes().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(
        lines[3].starts_with("s3://rules/routes.yaml:6:8: "),
        "{lines:?}"
    );
    assert_eq!(
        error.to_string(),
        "s3://rules/routes.yaml:1:10: version 3 is not known; this reads version 1 (and 3 more mistakes)"
    );
}

#[test]
fn nothing_is_too_long_or_too_deep() {
    let deep = "[".repeat(30_000);
    let wide = format!("version: 1\nroutes:\n{}", "  - {}\n".repeat(600));
    let list = vec!["build"; 101].join(", ");
    let texts = [
        " ".repeat(MAX_BYTES + 1),
        deep.clone(),
        format!("version: {deep}"),
        "{a: ".repeat(10_000),
        wide,
        rule(&format!("when: {{ source: [{list}] }}")),
        rule(&format!("name: {}", "x".repeat(5_000))),
        rule(&format!("channel: \"#{}\"", "x".repeat(81))),
        rule(&format!("when: {{ name: {} }}", "x".repeat(257))),
        "a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d]\n".to_owned(),
    ];
    for text in texts {
        let lines = mistakes(&text);
        assert!(!lines.is_empty(), "{text:.60}");
        for line in lines {
            assert!(!line.contains('\n') && line.len() < 500, "{line}");
        }
    }
}
