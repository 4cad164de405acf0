use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use board::{Board, Options};
use lambda::Aws;
use local_aws::{Fleet, FleetFuture, Launch, LocalAws, Setup};
use local_slack::{Config, Fault, LocalSlack, Posted, TOKEN, What, When};
use routes::Routes;
use slack::{Credential, Credentials, Slack};
use store::{Location, Shelf};
use world::World;

use crate::{Burst, Counts, Expected, Patience, Silent, deliver};

/// A burst, from its events to what stands in Slack.
#[derive(Debug, Clone)]
pub struct Stage {
    /// How many executions.
    pub executions: usize,
    /// How many channels they go to.
    pub channels: usize,
    /// How the events are delivered.
    pub patience: Patience,
    /// How patient the board is.
    pub options: Options,
    /// How Slack fails.
    pub faults: Vec<Fault>,
    /// Whether the records are kept in the local AWS's S3, over HTTP, or in the
    /// memory of this process.
    pub in_s3: bool,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What went on.
    pub counts: Counts,
    /// What stands otherwise than it must; nothing, if all is well.
    pub differences: Vec<String>,
    /// How often each method of Slack's was called, and with which result.
    pub calls: BTreeMap<String, BTreeMap<String, u64>>,
    /// Messages that were posted and taken back.
    pub taken_back: usize,
    /// How often S3 was called.
    pub s3: usize,
}

impl Stage {
    /// One call of Slack's in five answers 429, with this `Retry-After`.
    pub fn short_of_breath(seconds: u64, seed: u64) -> Fault {
        Fault::new(When::Share { of: 0.2, seed }, What::rate_limited(seconds))
    }

    /// Plays it.
    ///
    /// # Panics
    /// When nothing can be started here, or events are left when the limit is
    /// over.
    pub async fn play(self) -> Outcome {
        let burst = Burst::new(self.executions, self.patience.seed);
        let expected = Expected::of(&burst);
        let local_slack = LocalSlack::start(Config {
            faults: self.faults.clone(),
            ..Config::default()
        });
        let local_slack = local_slack.await.expect("a socket");
        let local_aws = match self.in_s3 {
            true => Some(local_aws().await),
            false => None,
        };
        let shelf = match &local_aws {
            Some(local) => in_s3(local),
            None => Shelf::in_memory(),
        };
        let board = Board::new(shelf, slack(&local_slack).await, Silent, self.options);
        let routes = Arc::new(routes(self.channels));
        let board = Arc::new(board);
        let counts = deliver(board, &burst.arrivals, routes, self.patience).await;
        let channels = local_slack.channels();
        let posted: Vec<Posted> = channels
            .iter()
            .flat_map(|channel| local_slack.messages(&channel.id))
            .collect();
        let gone = |message: &Posted| {
            let replies = message.replies.iter().filter(|reply| reply.is_deleted);
            replies.count() + usize::from(message.is_deleted)
        };
        Outcome {
            counts,
            differences: expected.differences(&posted),
            calls: local_slack.calls(),
            taken_back: posted.iter().map(gone).sum(),
            s3: match local_aws {
                None => 0,
                Some(local) => {
                    let calls = local.calls().len();
                    local.shutdown().await;
                    calls
                }
            },
        }
    }
}

/// Each pipeline has a channel, by its last digit; what is of none yet has the
/// notifier's own.
fn routes(channels: usize) -> Routes {
    let rule = |n: usize| {
        format!(" - name: to {n}\n   when: {{ pipeline: \"*{n}\" }}\n   channel: \"#shop-{n}\"\n")
    };
    let rules: String = (0..channels.clamp(1, 10)).map(rule).collect();
    Routes::parse(&format!("version: 1\nroutes:\n{rules}"), "routes.yaml").expect("routes")
}

/// A token that never changes.
struct Fixed(Credential);

impl Credentials for Fixed {
    async fn get(&self, _fresh: bool) -> Result<Credential, String> {
        Ok(self.0.clone())
    }
}

async fn slack(local: &LocalSlack) -> Slack<impl Credentials + use<>> {
    let api = local.api_url().parse().expect("a URL");
    let credential = Fixed(Credential::read(TOKEN).expect("a token"));
    let channel = Some("#builds".to_owned());
    let http = Aws::new(BTreeMap::new()).expect("a client").http();
    let slack = Slack::connect(http, api, credential, channel);
    slack.await.expect("a credential that can be read")
}

/// Nothing is deployed here.
struct NoFleet;

impl Fleet for NoFleet {
    fn start(&self, _: Launch) -> FleetFuture<'_, io::Result<SocketAddr>> {
        Box::pin(async { Err(io::Error::other("there are no tasks")) })
    }

    fn stop<'a>(&'a self, _: &'a str) -> FleetFuture<'a, ()> {
        Box::pin(async {})
    }
}

const BUCKET: &str = "plans";

async fn local_aws() -> LocalAws {
    let world = World::new("eu-west-1", "123456789012", 1);
    let mut setup = Setup::new(world, Arc::new(NoFleet));
    setup.buckets = BTreeSet::from([BUCKET.to_owned()]);
    LocalAws::start(setup).await.expect("a socket")
}

fn in_s3(local: &LocalAws) -> Shelf {
    let environment: BTreeMap<String, String> = local.client_env().into_iter().collect();
    let aws = Aws::new(environment).expect("a client");
    let folder: Location = format!("s3://{BUCKET}/cards/slack")
        .parse()
        .expect("a folder");
    aws.store().shelf(&folder).expect("S3")
}

impl Default for Patience {
    /// As on AWS, where that can be waited for.
    fn default() -> Self {
        Self {
            at_once: 20,
            timeout: Duration::from_secs(50),
            kills: 5,
            visibility: Duration::from_secs(2),
            limit: Duration::from_secs(1800),
            seed: 1,
        }
    }
}
