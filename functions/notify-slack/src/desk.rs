use std::time::Duration;

use board::{Board, Taken};
use events::Event;
use lambda::{Aws, NotifySettings};
use notify::{Desk, Inquiry, missing};
use routes::Routes;
use slack::{ConnectError, Slack};
use store::Shelf;
use tokio::{sync::OnceCell, time::Instant};

use crate::Keeper;

/// The board, once Slack's secret could be read: it tells whether messages are
/// updated or only posted.
pub(crate) struct SlackDesk {
    aws: Aws,
    settings: NotifySettings,
    shelf: Shelf,
    keeper: Keeper,
    board: OnceCell<Board<Slack<Keeper>, Inquiry>>,
}

/// After how long an event comes again whose messages have no secret.
const PAUSE: Duration = Duration::from_secs(30);

impl SlackDesk {
    /// A desk with these settings; else, each that is missing.
    pub(crate) fn new(aws: &Aws, settings: &NotifySettings) -> Result<Self, Vec<String>> {
        let secret = settings.slack_secret.clone().ok_or_else(|| {
            missing(
                "GREENLIGHT_SLACK_SECRET",
                "the ARN of the secret with Slack's bot token or webhook",
            )
        });
        match (notify::shelf(aws, settings), secret) {
            (Ok(shelf), Ok(secret)) => Ok(Self {
                keeper: Keeper::new(aws.secrets(), secret),
                aws: aws.clone(),
                settings: settings.clone(),
                shelf,
                board: OnceCell::new(),
            }),
            (shelf, secret) => Err(shelf.err().into_iter().chain(secret.err()).collect()),
        }
    }

    async fn board(&self) -> Result<Board<Slack<Keeper>, Inquiry>, ConnectError> {
        let slack = Slack::connect(
            self.aws.http(),
            self.settings.slack_api.clone(),
            self.keeper.clone(),
            self.settings.slack_channel.clone(),
        );
        let courier = slack.await?;
        let shelf = self.shelf.clone();
        Ok(notify::board(&self.aws, &self.settings, shelf, courier))
    }
}

impl Desk for SlackDesk {
    async fn take(&self, event: &Event, routes: &Routes, until: Instant) -> Taken {
        match self.board.get_or_try_init(|| self.board()).await {
            Ok(board) => board.take(event, routes, until).await,
            // Nothing is lost by a secret that somebody still has to mend.
            Err(error) => Taken::Later {
                after: PAUSE,
                why: error.to_string(),
            },
        }
    }
}
