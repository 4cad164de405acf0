use aws_sdk_codepipeline::types::{ActionExecutionDetail, ActionExecutionStatus};
use card::{Action, Card};
use diagnosis::Origin;

use crate::{Inquiry, answers::Answers, clock::Clock};

impl Inquiry {
    /// Why an attempt at an action failed.
    pub(crate) async fn action(
        &self,
        clock: Clock,
        card: &Card,
        (stage, name, attempt): (&str, &str, u64),
    ) -> Answers {
        let mut answers = Answers::default();
        let Some(id) = &card.execution else {
            return answers;
        };
        let known = card.stages.get(stage).and_then(|s| s.actions.get(name));
        let own = known.and_then(|action| action.runs.get(&attempt)?.id.as_deref());
        let execution = (id.pipeline.as_str(), Some(id.execution.as_str()));
        let is_it =
            |found: &ActionExecutionDetail| own.is_some() && found.action_execution_id() == own;
        let listed = self.actions(clock, execution, is_it).await;
        let found = match listed.actions.iter().find(|found| is_it(found)) {
            Some(found) => Some(found),
            None => by_name(&listed.actions, (stage, name), known, attempt),
        };
        match (found, listed.missing) {
            (Some(found), _) => self.of_action(clock, found, &mut answers).await,
            (None, Some(why)) => answers.missing(why),
            (None, None) => answers.missing(format!(
                "codepipeline:ListActionExecutions: it does not show {name} of {stage}"
            )),
        }
        answers
    }

    async fn of_action(&self, clock: Clock, found: &ActionExecutionDetail, answers: &mut Answers) {
        if let Some(words) = rejection(found) {
            answers.text(Origin::Action, &words);
        }
        let output = found.output();
        let Some(result) = output.and_then(|output| output.execution_result()) else {
            return;
        };
        let summary = result.external_execution_summary().unwrap_or_default();
        if let Some(error) = result.error_details() {
            let message = error.message().unwrap_or_default();
            if message.is_empty() || !summary.contains(message) {
                answers.coded(Origin::Action, error.code(), error.message());
            }
        }
        answers.text(Origin::Action, summary);
        // Actions that run commands themselves have a log of their own.
        let stream = result.log_stream_arn().and_then(stream);
        if let Some((group, stream)) = stream {
            self.log(clock, (group, stream), answers).await;
        }
    }
}

/// The attempt by the action's name alone, where it can only be one.
fn by_name<'a>(
    all: &'a [ActionExecutionDetail],
    (stage, name): (&str, &str),
    known: Option<&Action>,
    attempt: u64,
) -> Option<&'a ActionExecutionDetail> {
    let runs = known.map(|action| &action.runs);
    let is_others = |found: &ActionExecutionDetail| {
        let mut ids = runs
            .into_iter()
            .flatten()
            .filter_map(|(_, run)| run.id.as_deref());
        found
            .action_execution_id()
            .is_some_and(|id| ids.any(|known| known == id))
    };
    let mut left = all.iter().filter(|found| {
        found.stage_name() == Some(stage)
            && found.action_name() == Some(name)
            && found.status() == Some(&ActionExecutionStatus::Failed)
            && !is_others(found)
    });
    let latest = left.next();
    let is_latest = runs.and_then(|runs| runs.keys().next_back()) == Some(&attempt);
    match is_latest || left.next().is_none() {
        true => latest,
        false => None,
    }
}

/// Who said no to what was asked.
fn rejection(found: &ActionExecutionDetail) -> Option<String> {
    let kind = found.input()?.action_type_id()?;
    if kind.category().as_str() != "Approval"
        || found.status() != Some(&ActionExecutionStatus::Failed)
    {
        return None;
    }
    // arn:aws:iam::123456789012:user/name
    let who = found.updated_by().filter(|who| who.starts_with("arn:"))?;
    let (_, who) = who.rsplit_once(':')?;
    let (_, name) = who.split_once('/')?;
    Some(format!("rejected by {name}"))
}

/// The log group and the stream in a stream's ARN.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>
fn stream(arn: &str) -> Option<(&str, &str)> {
    let (_, rest) = arn.split_once(":log-group:")?;
    let (group, stream) = rest.split_once(":log-stream:")?;
    (!group.is_empty() && !stream.is_empty()).then_some((group, stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_streams_arn_tells_its_group() {
        let arn =
            "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/codepipeline/shop:log-stream:a/b";
        assert_eq!(stream(arn), Some(("/aws/codepipeline/shop", "a/b")));
        for odd in [
            "",
            "a",
            "arn:aws:logs:r:1:log-group:g",
            "x:log-group::log-stream:s",
        ] {
            assert_eq!(stream(odd), None);
        }
    }
}
