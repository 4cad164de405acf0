//! Channels and patterns: what may be written for them.

use wording::quoted;

use crate::{mention::is_id, model::Glob};

/// The longest name of a channel.
/// <https://docs.slack.dev/reference/methods/conversations.create>
const LONGEST_CHANNEL: usize = 80;

/// The longest pattern. Pipelines' and applications' names have 100 characters
/// at most, CodeBuild's projects 150, ECS' services 255.
const LONGEST_GLOB: usize = 256;

/// Holds that a text is a channel: `#name`, or an id of Slack's.
pub(crate) fn channel(text: &str) -> Result<(), String> {
    if is_id(text, &['C', 'G', 'D']) {
        return Ok(());
    }
    let name = text.strip_prefix('#').unwrap_or(text);
    // Names can have letters of any script, but no upper-case ones.
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let plain = name.to_lowercase();
    let is_name =
        !name.is_empty() && name.chars().count() <= LONGEST_CHANNEL && name.chars().all(is_part);
    if is_name && plain == name && text.starts_with('#') {
        return Ok(());
    }
    let hint = match is_name {
        true if is_id(text, &['U', 'W', 'S']) => {
            "; this is the id of somebody to mention".to_owned()
        }
        true if is_id(&name.to_uppercase(), &['C', 'G', 'D'])
            && name.chars().any(|c| c.is_ascii_digit()) =>
        {
            format!("; did you mean {}?", quoted(&name.to_uppercase()))
        }
        true => format!("; did you mean {}?", quoted(&format!("#{plain}"))),
        false => String::new(),
    };
    Err(format!(
        "{} is no channel: write an id of Slack's (C…, G… or D…), or a name as in \
         \"#deployments\"{hint}",
        quoted(text)
    ))
}

/// Reads a pattern of names.
pub(crate) fn glob(text: &str) -> Result<Glob, String> {
    let wrong = |why: &str| Err(format!("{} is no pattern: {why}", quoted(text)));
    if text.trim() != text {
        return wrong("it begins or ends with a space");
    }
    if text.chars().count() > LONGEST_GLOB {
        return wrong("it is longer than any name");
    }
    if text.chars().any(char::is_control) {
        return wrong("it has a control character in it");
    }
    if text.starts_with('!') {
        return wrong("there is no negation; put a rule with `ignore: true` above this one");
    }
    if let Some(c) = text
        .chars()
        .find(|c| matches!(c, '[' | ']' | '{' | '}' | '\\'))
    {
        return wrong(&format!(
            "only * and ? stand for other characters, and {c:?} is not taken; write a list for \
             alternatives, and ? where a name has this character"
        ));
    }
    Ok(Glob::new(text))
}

/// Reads a pattern of pipelines' names.
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineDeclaration.html>
pub(crate) fn pipeline_glob(text: &str) -> Result<Glob, String> {
    let glob = glob(text)?;
    let is_known =
        |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '@' | '-' | '_' | '*' | '?');
    match text.chars().find(|c| !is_known(c)) {
        Some(c) => Err(format!(
            "{} matches no pipeline: their names have letters, digits and .@-_ only, and this has \
             {c:?}",
            quoted(text)
        )),
        None => Ok(glob),
    }
}
