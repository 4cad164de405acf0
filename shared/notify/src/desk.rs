use std::future::Future;

use board::{Board, Courier, Inquire, Options, Taken};
use events::Event;
use inquiry::{Clients, Inquiry};
use lambda::{Aws, NotifySettings};
use routes::Routes;
use store::Shelf;
use tokio::time::Instant;

use crate::serve::missing;

/// What takes events: the board, or something in its place.
pub trait Desk: Send + Sync + 'static {
    /// Takes an event and sees to its messages, until `until` at the latest.
    /// Taking it twice does what taking it once does.
    fn take(
        &self,
        event: &Event,
        routes: &Routes,
        until: Instant,
    ) -> impl Future<Output = Taken> + Send;
}

impl<C: Courier + 'static, I: Inquire + 'static> Desk for Board<C, I> {
    fn take(
        &self,
        event: &Event,
        routes: &Routes,
        until: Instant,
    ) -> impl Future<Output = Taken> + Send {
        Board::take(self, event, routes, until)
    }
}

/// Where a notifier keeps its cards.
///
/// # Errors
/// When the setting is missing, or there is no way to S3.
pub fn shelf(aws: &Aws, settings: &NotifySettings) -> Result<Shelf, String> {
    match &settings.cards {
        None => Err(missing("GREENLIGHT_CARDS", "where it keeps its cards")),
        Some(folder) => (aws.store().shelf(folder)).map_err(|e| format!("GREENLIGHT_CARDS: {e}")),
    }
}

/// The board of a notifier: its cards, its courier, and AWS to ask.
pub fn board<C: Courier>(
    aws: &Aws,
    settings: &NotifySettings,
    shelf: Shelf,
    courier: C,
) -> Board<C, Inquiry> {
    let options = Options {
        hold: settings.hold,
        ..Options::default()
    };
    Board::new(shelf, courier, inquirer(aws), options)
}

fn inquirer(aws: &Aws) -> Inquiry {
    Inquiry::new(Clients {
        codepipeline: aws.codepipeline(),
        codebuild: aws.codebuild(),
        logs: aws.logs(),
        codedeploy: aws.codedeploy(),
        ecs: aws.ecs(),
    })
}
