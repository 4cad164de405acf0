//! Who runs the tasks of a rehearsal: the example's servers, or the user's.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use local_aws::{Fleet, FleetFuture, Launch};
use url::Url;

use crate::{
    args::Rehearse,
    example::{self, Behaviour, Database, Server},
    fault::Fault,
    input::InputError,
};

/// Starts and stops tasks.
#[derive(Debug)]
pub(crate) struct Crew {
    /// The task definition that green runs.
    green: String,
    /// The user's own servers, where there are any.
    own_green: Option<SocketAddr>,
    own_blue: Option<SocketAddr>,
    behaviour: Behaviour,
    database: Arc<Database>,
    running: Mutex<HashMap<String, Server>>,
}

impl Crew {
    pub(crate) async fn new(args: &Rehearse, green: &str) -> Result<Self, InputError> {
        let behaviour = args.fault.iter().find_map(|fault| match fault {
            Fault::Green(behaviour) => Some(*behaviour),
            _ => None,
        });
        if args.green.is_some() && behaviour.is_some() {
            return Err(InputError::new(
                "--green and a fault of the example's green don't go together",
            ));
        }
        Ok(Self {
            green: green.to_owned(),
            own_green: resolve("--green", args.green.as_ref()).await?,
            own_blue: resolve("--blue", args.blue.as_ref()).await?,
            behaviour: behaviour.unwrap_or(Behaviour::Healthy),
            database: Arc::default(),
            running: Mutex::default(),
        })
    }

    /// The example's servers, all well.
    pub(crate) fn example(green: &str) -> Self {
        Self {
            green: green.to_owned(),
            own_green: None,
            own_blue: None,
            behaviour: Behaviour::Healthy,
            database: Arc::default(),
            running: Mutex::default(),
        }
    }

    async fn launch(&self, launch: Launch) -> io::Result<SocketAddr> {
        let green = launch.task_definition_arn == self.green;
        let (own, version, behaviour) = match green {
            true => (self.own_green, "green", self.behaviour),
            false => (self.own_blue, "blue", Behaviour::Healthy),
        };
        if let Some(address) = own {
            return Ok(address);
        }
        let server = example::start(version, behaviour, self.database.clone()).await?;
        let address = server.address;
        self.running().insert(launch.task, server);
        Ok(address)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Server>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fleet for Crew {
    fn start(&self, launch: Launch) -> FleetFuture<'_, io::Result<SocketAddr>> {
        Box::pin(self.launch(launch))
    }

    fn stop<'a>(&'a self, task: &'a str) -> FleetFuture<'a, ()> {
        Box::pin(async move {
            self.running().remove(task);
        })
    }
}

/// The address of a server of the user's.
async fn resolve(option: &str, url: Option<&Url>) -> Result<Option<SocketAddr>, InputError> {
    let Some(url) = url else { return Ok(None) };
    let fail = |why: String| InputError::new(format!("{option} {url}: {why}"));
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(80);
    let mut found = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| fail(error.to_string()))?;
    let address = found
        .next()
        .ok_or_else(|| fail("the name has no address".to_owned()))?;
    if let Err(error) = tokio::net::TcpStream::connect(address).await {
        return Err(fail(format!("nobody listens there: {error}")));
    }
    Ok(Some(address))
}
