use aws_sdk_codepipeline::types::{ActionExecutionDetail, ActionExecutionFilter};

use crate::{Inquiry, clock::Clock};

/// A page of action executions; the latest come first.
const PAGE: i32 = 100;

/// The most pages that are read.
const PAGES: usize = 3;

/// Action executions, the latest first.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) actions: Vec<ActionExecutionDetail>,
    /// Why there are no more of them.
    pub(crate) missing: Option<String>,
}

impl Inquiry {
    /// The action executions of a pipeline, or of one of its executions, up to
    /// the one that is looked for.
    pub(crate) async fn actions(
        &self,
        clock: Clock,
        (pipeline, execution): (&str, Option<&str>),
        is_it: impl Fn(&ActionExecutionDetail) -> bool + Send,
    ) -> Listed {
        let filter = execution.map(|id| {
            ActionExecutionFilter::builder()
                .pipeline_execution_id(id)
                .build()
        });
        let mut listed = Listed::default();
        let mut token = None;
        for _ in 0..PAGES {
            let call = (self.clients.codepipeline.list_action_executions())
                .pipeline_name(pipeline)
                .set_filter(filter.clone())
                .max_results(PAGE)
                .set_next_token(token);
            let answer = clock
                .call("codepipeline:ListActionExecutions", call.send())
                .await;
            let page = match answer {
                Ok(page) => page,
                Err(why) => {
                    listed.missing = Some(why);
                    return listed;
                }
            };
            let actions = page.action_execution_details.unwrap_or_default();
            let found = actions.iter().any(&is_it);
            listed.actions.extend(actions);
            token = page.next_token;
            if found || token.is_none() {
                break;
            }
        }
        listed
    }
}

/// What did an action's work, as CodePipeline knows it.
pub(crate) fn external(action: &ActionExecutionDetail) -> Option<&str> {
    let result = action.output()?.execution_result()?;
    result.external_execution_id().filter(|id| !id.is_empty())
}
