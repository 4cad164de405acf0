use aws_sdk_codebuild::types::{Build, BuildPhase};
use card::Card;
use diagnosis::Origin;
use events::{Phase, State};

use crate::{Inquiry, answers::Answers, clock::Clock, log::Log};

/// The lines that are read of a log's end.
const LINES: i32 = 200;

/// The most pages that are read where they are empty.
const PAGES: usize = 3;

impl Inquiry {
    /// Why a build failed.
    pub(crate) async fn build(&self, clock: Clock, card: &Card, id: &str) -> Answers {
        let place = card.builds.get(id).and_then(|build| build.log.as_ref());
        let place = place.map(|(group, stream)| (group.as_str(), stream.as_str()));
        let mut of_log = Answers::default();
        let log = async {
            if let Some(place) = place {
                self.log(clock, place, &mut of_log).await;
            }
        };
        let call = self.clients.codebuild.batch_get_builds().ids(id).send();
        let (answer, ()) = tokio::join!(clock.call("codebuild:BatchGetBuilds", call), log);
        let mut answers = Answers::default();
        let answer = answers.had(answer);
        let is_answered = answer.is_some();
        let found = answer.and_then(|answer| answer.builds?.into_iter().next());
        if is_answered && found.is_none() {
            answers.missing("codebuild:BatchGetBuilds: no such build".to_owned());
        }
        if let Some(build) = &found {
            tell(build, &mut answers);
            let logs = build.logs();
            let place = logs.and_then(|logs| Some((logs.group_name()?, logs.stream_name()?)));
            if let (None, Some(place)) = (card.builds.get(id).and_then(|b| b.log.as_ref()), place) {
                self.log(clock, place, &mut of_log).await;
            }
        }
        answers.join(of_log);
        answers
    }

    /// The end of a log.
    pub(crate) async fn log(
        &self,
        clock: Clock,
        (group, stream): (&str, &str),
        answers: &mut Answers,
    ) {
        let mut token: Option<String> = None;
        for _ in 0..PAGES {
            let call = (self.clients.logs.get_log_events())
                .log_group_name(group)
                .log_stream_name(stream)
                .start_from_head(false)
                .limit(LINES)
                .set_next_token(token.clone());
            let answer = clock.call("logs:GetLogEvents", call.send()).await;
            let Some(page) = answers.had(answer) else {
                return;
            };
            let lines = page.events.unwrap_or_default();
            // A page may be empty although there are more; after the last one
            // the token stays.
            if lines.is_empty() && page.next_backward_token != token {
                token = page.next_backward_token;
                continue;
            }
            let lines: Vec<&str> = lines.iter().filter_map(|line| line.message()).collect();
            let is_cut = i32::try_from(lines.len()).is_ok_and(|n| n >= LINES);
            if let Some(log) = Log::of(&lines, is_cut) {
                answers.log(log);
            }
            return;
        }
    }
}

/// The phases that failed, and what they say.
fn tell(build: &Build, answers: &mut Answers) {
    for phase in build.phases().iter().filter(|phase| has_failed(phase)) {
        if let Some(name) = phase.phase_type() {
            answers.failed_at(name.as_str());
        }
        for context in phase.contexts() {
            answers.coded(Origin::BuildPhase, context.status_code(), context.message());
        }
    }
}

fn has_failed(phase: &BuildPhase) -> bool {
    let word = phase.phase_status().map(|status| status.as_str());
    word.is_some_and(|word| State::of(word).phase == Phase::Failed)
}
