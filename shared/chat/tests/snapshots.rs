//! Stories as they are told, to be read.

mod support;

use std::{collections::BTreeSet, fs, path::Path};

use greenlight_chat::{Message, amazon_q, slack, text};
use routes::Mention;
use serde_json::{Value, json};
use support::stories;

fn document(messages: &[Message]) -> Value {
    let one = |message: &Message| {
        json!({
            "slot": message.slot,
            "in_thread": message.in_thread,
            "body": message.body,
        })
    };
    messages.iter().map(one).collect()
}

#[test]
fn stories_are_told_as_before() {
    let renew = std::env::var_os("GREENLIGHT_RENEW").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let mention: Mention = "S0123456789".parse().unwrap();
    let mut wrong = Vec::new();
    let mut names = BTreeSet::new();
    for (name, story) in stories::all() {
        let told = json!({
            "live": document(&slack::live(&story, Some(&mention))),
            "webhook": document(&slack::milestones(&story, Some(&mention))),
            "amazon_q": document(&amazon_q::milestones(&story)),
        });
        let shown = [
            (format!("{name}.json"), format!("{told:#}\n")),
            (format!("{name}.txt"), text::text(&story, 80)),
        ];
        for (file, shown) in shown {
            let path = folder.join(&file);
            if renew {
                fs::write(&path, &shown).unwrap();
            }
            if fs::read_to_string(&path).unwrap_or_default() != shown {
                wrong.push(file.clone());
            }
            names.insert(file);
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:?}: look at the difference, and write it with GREENLIGHT_RENEW=1"
    );
    let there = fs::read_dir(folder).unwrap();
    let there = there.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(
        there.collect::<BTreeSet<String>>(),
        names,
        "each has its story"
    );
}
