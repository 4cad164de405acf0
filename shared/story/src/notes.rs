use std::collections::BTreeMap;

use card::{Card, EcsDeployment, Image, Key};
use events::Phase;

use crate::{
    gates::version,
    works::{Work, Works, standing},
};

/// The most tasks that a story names.
const TASKS: usize = 5;

/// What else there is to say, a line each.
pub(crate) fn notes(key: &Key, card: &Card, works: &Works<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    for tool in card.tools.values() {
        let Some(message) = &tool.message else {
            continue;
        };
        let names: Vec<&str> = (tool.tool.iter().chain(&tool.subject))
            .map(String::as_str)
            .collect();
        notes.push(match key {
            Key::Tool(..) => message.value.clone(),
            _ => format!("{}: {}", names.join(" "), message.value),
        });
    }
    for image in card.images.values() {
        of_image(image, &mut notes);
    }
    for work in works.latest() {
        if let Work::Ecs(_, deployment) = work {
            notes.extend(deployment.reason.iter().map(|said| said.value.clone()));
            notes.extend(tasks(deployment));
        }
    }
    let words = card.notices.values().filter_map(|n| n.words.as_ref());
    notes.extend(words.map(|said| said.value.clone()));
    let mut seen = std::collections::BTreeSet::new();
    notes.retain(|note| !note.trim().is_empty() && seen.insert(note.clone()));
    notes
}

fn of_image(image: &Image, notes: &mut Vec<String>) {
    if !image.tags.is_empty() {
        let tags: Vec<&str> = image.tags.keys().map(String::as_str).collect();
        notes.push(format!("tags: {}", tags.join(", ")));
    }
    let done = image.actions.iter();
    let done = done.map(|(action, run)| {
        let word = run.standing.as_ref().map(|s| s.word.as_str());
        format!("{action}: {}", word.unwrap_or("unknown"))
    });
    notes.extend(done);
    let Some(scan) = &image.scan else { return };
    let mut counts: Vec<(&String, &u64)> = scan.value.iter().filter(|(_, n)| **n > 0).collect();
    counts.sort_by_key(|(name, _)| (rank(name), *name));
    let counts: Vec<String> = (counts.into_iter())
        .map(|(name, number)| format!("{number} {name}"))
        .collect();
    notes.push(match counts.is_empty() {
        true => "scan: no findings".to_owned(),
        false => format!("scan: {}", counts.join(", ")),
    });
}

/// The severities of a scan, the worst first.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html>
fn rank(severity: &str) -> usize {
    let all = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"];
    let found = all.iter().position(|known| *known == severity);
    found.unwrap_or(all.len())
}

/// How many findings of this severity the scans have.
pub(crate) fn findings(card: &Card, severity: &str) -> u64 {
    let scans = card.images.values().filter_map(|image| image.scan.as_ref());
    scans.filter_map(|scan| scan.value.get(severity)).sum()
}

/// Why tasks stopped that were not to stop: equal words once, with their number.
pub(crate) fn tasks(deployment: &EcsDeployment) -> Vec<String> {
    let mut reasons: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for task in deployment.tasks.values() {
        let Some(stopped) = &task.stopped else {
            continue;
        };
        let last = task.runs.values().next_back().map(standing);
        let words = stopped.value.trim();
        // ECS stops tasks of the earlier version so, and of a smaller service.
        let is_meant = words.starts_with("Scaling activity initiated by");
        if last != Some(Phase::Stopped) || words.is_empty() || is_meant {
            continue;
        }
        let version = task.task_definition.as_deref().map(version);
        *reasons
            .entry((version.unwrap_or_default(), words))
            .or_default() += 1;
    }
    let told = reasons.into_iter().take(TASKS);
    told.map(|((version, words), number)| {
        let of = match version.is_empty() {
            true => String::new(),
            false => format!(" of {version}"),
        };
        match number {
            1 => format!("a task{of} stopped: {words}"),
            _ => format!("{number} tasks{of} stopped: {words}"),
        }
    })
    .collect()
}
