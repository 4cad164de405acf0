//! What the pages tell of, held against what is there: links, parameters and
//! outputs of the template, the scopes of the Slack app.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use local_slack::Token;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All pages for users, by their paths.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let all = docs.chain(["README.md", "ARCHITECTURE.md"].map(|page| root().join(page)));
    let all: Vec<_> = all.map(|path| (path.clone(), text(&path))).collect();
    assert!(all.len() > 8, "{}", all.len());
    all
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let begun = text.split(open).skip(1);
    begun
        .filter_map(|rest| Some(rest.split_once(close)?.0))
        .collect()
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    let mut inside = false;
    let lines = page.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        inside ^= is_fence;
        !inside && !is_fence
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The names under which the headings of a page can be linked to.
fn anchors(page: &str) -> BTreeSet<String> {
    let page = prose(page);
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter_map(|c| match c {
                ' ' => Some('-'),
                '-' | '_' => Some(c),
                c => c.is_alphanumeric().then_some(c),
            });
            kept.collect()
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    for (path, page) in pages() {
        for link in between(&prose(&page), "](", ")") {
            if link.contains("://") {
                continue;
            }
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            assert!(target.exists(), "{}: {link} is not there", path.display());
            let is_there = anchor.is_empty() || anchors(&text(&target)).contains(anchor);
            assert!(is_there, "{}: {link} has no such heading", path.display());
        }
    }
    assert!(followed > 40, "{followed}");
}

/// The names in a section of the template.
fn template(section: &str) -> BTreeSet<String> {
    let template = text(&root().join("template.yaml"));
    let (_, rest) = template.split_once(&format!("\n{section}:\n")).unwrap();
    let mine = rest
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with([' ', '#']));
    let names = mine.filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let names = names.filter(|name| name.chars().all(char::is_alphanumeric));
    names.map(str::to_owned).collect()
}

#[test]
fn the_pages_name_parameters_and_outputs_that_are_there() {
    let (parameters, outputs) = (template("Parameters"), template("Outputs"));
    let is_name = |text: &&str| {
        text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.chars().all(char::is_alphanumeric)
    };
    let (mut given, mut named) = (0, 0);
    for (path, page) in pages() {
        // A command may go on in the next line.
        let joined = page.replace("\\\n", " ");
        let commands = joined
            .lines()
            .filter_map(|line| line.split_once("--parameter-overrides"));
        for (_, rest) in commands {
            let words = rest.split([' ', '\'', '"', '`', ')']);
            for name in words
                .filter_map(|word| Some(word.split_once('=')?.0))
                .filter(is_name)
            {
                given += 1;
                assert!(parameters.contains(name), "{}: {name}", path.display());
            }
        }
        for name in between(&page, "utput `", "`").into_iter().filter(is_name) {
            named += 1;
            assert!(outputs.contains(name), "{}: {name}", path.display());
        }
    }
    assert!(given > 8 && named > 5, "{given}, {named}");
}

#[test]
fn the_slack_app_has_the_scopes_that_its_page_explains() {
    let manifest = text(&root().join("docs/slack-app-manifest.yaml"));
    let manifest: Value = serde_saphyr::from_str(&manifest).unwrap();
    let scopes = manifest["oauth_config"]["scopes"]["bot"]
        .as_array()
        .unwrap();
    let scopes: BTreeSet<&str> = scopes.iter().map(|scope| scope.as_str().unwrap()).collect();
    // What is called needs these; the other one spares invitations.
    let token = Token::new("xoxb-1");
    let mut needed: BTreeSet<&str> = token.scopes.iter().map(String::as_str).collect();
    needed.insert("chat:write.public");
    assert_eq!(scopes, needed);
    let page = text(&root().join("docs/slack.md"));
    for scope in scopes {
        let explained = page.lines().any(|line| {
            let first = line
                .strip_prefix("| ")
                .and_then(|row| row.split(" | ").next());
            first.is_some_and(|first| first.contains(&format!("`{scope}`")))
        });
        assert!(explained, "docs/slack.md does not explain {scope}");
    }
    // https://docs.slack.dev/reference/app-manifest
    let about = &manifest["display_information"];
    for (name, most) in [("name", 35), ("description", 140)] {
        let length = about[name].as_str().unwrap().chars().count();
        assert!((1..=most).contains(&length), "{name}: {length}");
    }
    let bot = manifest["features"]["bot_user"]["display_name"]
        .as_str()
        .unwrap();
    assert!(bot.chars().count() <= 80);
    assert!(
        page.contains(&format!("/invite @{bot}")),
        "people are told its name"
    );
    assert_eq!(manifest["settings"]["token_rotation_enabled"], false);
}
