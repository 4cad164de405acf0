//! Which messages a story calls for where none can be updated.

use story::Story;

use crate::standing::Standing;

/// The changes that a story's state calls for, by name, each with what is to be
/// told of it. There is one for each attempt's end, so that the last message is
/// the same in whatever order the events came; and once it has ended, no message
/// says that it began.
pub(crate) fn slots(story: &Story) -> Vec<(String, Story)> {
    let n = story.attempt;
    let slot = match Standing::of(story) {
        Standing::Waiting => return waiting(story),
        Standing::Queued | Standing::Running | Standing::Stopping => format!("started/{n}"),
        // The end may be far away, and more may fail until then.
        Standing::Failing => format!("failing/{n}"),
        Standing::RollingBack => format!("rolling-back/{n}"),
        // That it was taken back may be known after that it failed.
        Standing::RolledBack => format!("rolled-back/{n}"),
        Standing::Failed => format!("failed/{n}"),
        Standing::Stopped | Standing::Superseded => format!("stopped/{n}"),
        Standing::Succeeded => format!("succeeded/{n}"),
        // An image is scanned after it was pushed.
        Standing::Alarming => format!("alarming/{n}"),
        Standing::Told => "told".to_owned(),
    };
    vec![(slot, story.clone())]
}

/// A message for each question; and one for what has failed besides, since that
/// is another matter.
fn waiting(story: &Story) -> Vec<(String, Story)> {
    let mut slots: Vec<(String, Story)> = Vec::new();
    let mut rest = story.clone();
    rest.waiting.clear();
    if matches!(
        Standing::of(&rest),
        Standing::Failing | Standing::RollingBack
    ) {
        slots.extend(self::slots(&rest));
    }
    for question in &story.waiting {
        let mut one = story.clone();
        one.waiting = vec![question.clone()];
        slots.push((format!("waiting/{}", question.id), one));
    }
    slots
}
