//! Tables that people read, held against what the code does.

use std::{collections::BTreeSet, fs, path::Path};

use crate::command::{greenlight, rehearse};

fn text(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn the_readme_has_every_setting() {
    let readme = text("README.md");
    let (_, table) = readme.split_once("## Settings").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    for setting in lambda::SETTINGS {
        let row = format!(
            "\n| `{}` | `{}` | {} |\n",
            setting.name, setting.default, setting.meaning
        );
        assert!(table.contains(&row), "README.md lacks{row}");
    }
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    assert_eq!(rows.count(), lambda::SETTINGS.len(), "{table}");
}

#[test]
fn the_template_sets_settings_only() {
    let template = text("template.yaml");
    let set = words(&template, "GREENLIGHT_", |c| {
        c.is_ascii_uppercase() || c == '_'
    });
    assert!(set.contains("GREENLIGHT_PLANS"), "{set:?}");
    let known: BTreeSet<&str> = lambda::SETTINGS.iter().map(|s| s.name).collect();
    for name in &set {
        assert!(known.contains(name.as_str()), "{name} is no setting");
    }
}

/// All words that begin so and go on with such characters.
fn words(text: &str, begin: &str, goes_on: impl Fn(char) -> bool) -> BTreeSet<String> {
    text.match_indices(begin)
        // Not inside of another word, or of a table's line.
        .filter(|(at, _)| !text[..*at].ends_with('-'))
        .map(|(at, _)| {
            let rest = &text[at + begin.len()..];
            let end = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
            format!("{begin}{}", &rest[..end])
        })
        .filter(|word| word != begin)
        .collect()
}

fn options(text: &str) -> BTreeSet<String> {
    words(text, "--", |c| c.is_ascii_lowercase() || c == '-')
        .into_iter()
        .filter(|word| !word.starts_with("---"))
        .collect()
}

fn help(of: &str) -> String {
    let ran = greenlight(&[of, "--help"]).output().unwrap();
    assert!(ran.status.success());
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn the_page_on_rehearsing_has_every_option_and_no_other() {
    let page = text("docs/rehearse.md");
    let of_rehearse = options(&help("rehearse"));
    assert!(of_rehearse.len() > 10, "{of_rehearse:?}");
    for option in &of_rehearse {
        let row = page.lines().any(|line| {
            line.strip_prefix("| `")
                .and_then(|line| line.strip_prefix(option.as_str()))
                .is_some_and(|rest| rest.starts_with([' ', '`']))
        });
        assert!(row, "docs/rehearse.md has no row for {option}");
    }
    let of_local_aws = options(&help("local-aws"));
    // It tells of curl's option, too.
    let known: BTreeSet<String> = of_rehearse
        .into_iter()
        .chain(of_local_aws)
        .chain(["--fail".to_owned()])
        .collect();
    // The options of AWS's own command are its own.
    let ours: Vec<&str> = page.lines().filter(|l| !l.starts_with("aws ")).collect();
    let told = options(&ours.join("\n"));
    let unknown: Vec<_> = told.difference(&known).collect();
    assert!(unknown.is_empty(), "docs/rehearse.md tells of {unknown:?}");
    assert!(told.contains("--port"));
}

#[test]
fn the_page_on_rehearsing_has_every_fault() {
    let page = text("docs/rehearse.md");
    let refused = rehearse("--fault none").ended(2).err;
    let (_, faults) = refused.split_once("there are ").unwrap();
    let (faults, _) = faults.split_once('\n').unwrap();
    for fault in faults.split(", ") {
        assert!(page.contains(&format!("\n| `{fault}`")), "{fault}");
    }
    let (_, table) = page.split_once("| fault |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, faults.split(", ").count());
}

/// The names that the template makes are those that a rehearsal calls, and that
/// the pages tell of.
#[test]
fn the_template_the_pages_and_the_command_name_the_functions_alike() {
    let made = text("template.yaml");
    let names: Vec<&str> = made
        .lines()
        .filter_map(|line| line.trim().strip_prefix("FunctionName: !Sub "))
        .collect();
    // No role of CodeDeploy needs to know these.
    let (names, notifiers): (Vec<&str>, Vec<&str>) = names
        .into_iter()
        .partition(|name| name.starts_with("CodeDeployHook_"));
    for name in ["NotifyChatbot", "NotifySlack"].map(|n| format!("Greenlight-${{Suffix}}-{n}")) {
        assert!(notifiers.contains(&name.as_str()), "{notifiers:?}");
        let told = name.replace("${Suffix}", "<suffix>");
        assert!(text("docs/deploy.md").contains(&told), "{told}");
    }
    assert_eq!(notifiers.len(), 2, "{notifiers:?}");
    let hooks = ["AfterAllowTestTraffic", "BeforeAllowTraffic"];
    let expected = hooks.map(|hook| format!("CodeDeployHook_${{Suffix}}-{hook}"));
    assert_eq!(names, expected);
    let (_, default) = made.split_once("  Suffix:\n").unwrap();
    let default = default
        .lines()
        .find_map(|line| line.trim().strip_prefix("Default: "))
        .unwrap();
    for (name, hook) in names.into_iter().zip(hooks) {
        for page in ["docs/deploy.md", "docs/rehearse.md"] {
            let told = name.replace("${Suffix}", "<suffix>");
            assert!(text(page).contains(&told), "{page} does not tell of {told}");
        }
        let standard = name.replace("${Suffix}", default);
        for page in ["docs/deploy.md", "README.md", "cli/example/appspec.yaml"] {
            let told = format!("{hook}: {standard}");
            assert!(text(page).contains(&told), "{page} does not tell of {told}");
        }
        let called = name.replace("${Suffix}", "some_other-suffix");
        rehearse(&format!("--hook {hook}={called}"))
            .ended(0)
            .says(&[&format!("calls {called}"), "verdict Passed"])
            .never_says(&["is no function of this project"]);
    }
}
