//! Tasks that are small servers in the test's own process.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use greenlight_local_aws::{
    BalancerConfig, Colour, Fleet, FleetFuture, HealthPace, Launch, LocalAws, Setup,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};
use world::{ExampleOptions, Millis, Pace, World};

/// The fleet. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct TestFleet(Arc<State>);

pub(crate) struct State {
    /// What the health path answers.
    pub(crate) blue: AtomicU16,
    pub(crate) green: AtomicU16,
    /// A start of a green task fails with this.
    pub(crate) refuse_green: Mutex<Option<String>>,
    pub(crate) stopped: AtomicUsize,
    running: Mutex<HashMap<String, oneshot::Sender<()>>>,
}

impl Default for State {
    fn default() -> State {
        State {
            blue: AtomicU16::new(200),
            green: AtomicU16::new(200),
            refuse_green: Mutex::default(),
            stopped: AtomicUsize::new(0),
            running: Mutex::default(),
        }
    }
}

impl std::ops::Deref for TestFleet {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl TestFleet {
    pub(crate) fn running(&self) -> usize {
        self.running.lock().expect("not poisoned").len()
    }
}

impl Fleet for TestFleet {
    fn start(&self, launch: Launch) -> FleetFuture<'_, io::Result<SocketAddr>> {
        Box::pin(async move {
            if launch.colour == Colour::Green
                && let Some(why) = self.refuse_green.lock().expect("not poisoned").clone()
            {
                return Err(io::Error::other(why));
            }
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let address = listener.local_addr()?;
            let (stop, stopped) = oneshot::channel();
            self.running
                .lock()
                .expect("not poisoned")
                .insert(launch.task.clone(), stop);
            tokio::spawn(serve(listener, launch.colour, self.clone(), stopped));
            Ok(address)
        })
    }

    fn stop<'a>(&'a self, task: &'a str) -> FleetFuture<'a, ()> {
        Box::pin(async move {
            if self
                .running
                .lock()
                .expect("not poisoned")
                .remove(task)
                .is_some()
            {
                self.stopped.fetch_add(1, Ordering::SeqCst);
            }
        })
    }
}

/// Whoever is still being answered when it stops is cut off.
async fn serve(
    listener: TcpListener,
    colour: Colour,
    fleet: TestFleet,
    mut stop: oneshot::Receiver<()>,
) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.expect("a connection");
                let fleet = fleet.clone();
                let service = service_fn(move |request| answer(request, colour, fleet.clone()));
                open.spawn(async move {
                    let builder = auto::Builder::new(TokioExecutor::new());
                    drop(builder.serve_connection(TokioIo::new(stream), service).await);
                });
            }
            _ = &mut stop => break,
        }
    }
}

/// Tells who answers, echoes the body, and sends a trailer after it.
async fn answer(
    request: Request<Incoming>,
    colour: Colour,
    fleet: TestFleet,
) -> Result<Response<UnsyncBoxBody<Bytes, Infallible>>, Infallible> {
    let status = match request.uri().path() {
        "/health" => {
            let status = if colour == Colour::Green {
                &fleet.green
            } else {
                &fleet.blue
            };
            StatusCode::from_u16(status.load(Ordering::SeqCst)).expect("a status")
        }
        "/hang" => std::future::pending().await,
        "/slow" => {
            tokio::time::sleep(Duration::from_millis(200)).await;
            StatusCode::OK
        }
        _ => StatusCode::OK,
    };
    let seen = format!(
        "{:?} {:?} {:?}",
        request.version(),
        request.headers(),
        request.uri()
    );
    let body = request
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let frames = [Frame::data(body), Frame::trailers(trailers)].map(Ok);
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let colour = if colour == Colour::Green {
        "green"
    } else {
        "blue"
    };
    let response = Response::builder()
        .status(status)
        .header("x-colour", colour)
        .header("x-seen", seen)
        .header("connection", "x-hop")
        .header("x-hop", "only to the next one");
    // HTTP/2 has no connection headers.
    let mut response = response.body(body.boxed_unsync()).expect("a response");
    if response.headers()["x-seen"]
        .as_bytes()
        .starts_with(b"HTTP/2")
    {
        response.headers_mut().remove("connection");
    }
    Ok(response)
}

/// A local AWS with the example world and quick health checks.
pub(crate) async fn start(
    options: &ExampleOptions,
    adjust: impl FnOnce(&mut Setup),
) -> (LocalAws, TestFleet) {
    let fleet = TestFleet::default();
    let mut world = World::example_with(options, now());
    world.pace = Pace {
        minute: Duration::from_millis(50),
    };
    let mut setup = Setup::new(world, Arc::new(fleet.clone()));
    setup.balancer = BalancerConfig {
        health: HealthPace {
            interval: Some(Duration::from_millis(20)),
            timeout: Some(Duration::from_secs(2)),
        },
        ..BalancerConfig::default()
    };
    adjust(&mut setup);
    let aws = LocalAws::start(setup).await.expect("it starts");
    (aws, fleet)
}

pub(crate) fn now() -> Millis {
    let since = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
    Millis(u64::try_from(since.as_millis()).expect("not so late"))
}

/// Waits until the example's blue tasks are healthy.
pub(crate) async fn settled(aws: &LocalAws) {
    let healthy = |world: &World| {
        let targets = &world.target_groups.first()?.targets;
        let healthy = targets
            .iter()
            .filter(|t| t.state == world::TargetState::Healthy)
            .count();
        (healthy == 2).then_some(())
    };
    aws.wait_for(crate::LONG, healthy)
        .await
        .expect("blue becomes healthy");
}

/// The events that were put over the API, and not by AWS itself.
pub(crate) fn put_events(world: &World) -> Vec<world::PutEvent> {
    let own = world.events.iter().filter(|e| !e.is_from_aws());
    own.cloned().collect()
}
