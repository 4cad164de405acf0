//! The load balancer: one listener of this machine for each of the world's,
//! really forwarding by rules, weights and health; and its health checker.

mod forward;
mod health;
mod in_flight;
mod pick;

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::{TcpListener, TcpStream};
use world::LoadBalancerType;

use crate::{
    hub::Hub,
    serve::{self, Guarded, Server},
};
use forward::Forwarder;
pub use health::HealthPace;
use in_flight::InFlight;

/// How long a target may say nothing: 60 seconds on AWS.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// How the load balancer behaves.
#[derive(Debug, Clone)]
pub struct BalancerConfig {
    /// The ports of listeners by ARN. The others get a free one.
    pub ports: BTreeMap<String, u16>,
    /// How often and how long targets are checked.
    pub health: HealthPace,
    /// How long a target may say nothing before a request is answered with
    /// 504, usually [`IDLE_TIMEOUT`].
    pub idle_timeout: Duration,
}

impl Default for BalancerConfig {
    fn default() -> BalancerConfig {
        BalancerConfig {
            ports: BTreeMap::new(),
            health: HealthPace::default(),
            idle_timeout: IDLE_TIMEOUT,
        }
    }
}

/// The running load balancer. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Balancer {
    in_flight: InFlight,
    _listeners: Vec<Server>,
    _health: Guarded,
}

/// What the listeners share.
struct Shared {
    hub: Arc<Hub>,
    picker: pick::Picker,
    in_flight: InFlight,
}

impl Balancer {
    /// Opens the listeners and writes where they really are into the world.
    pub(crate) async fn start(hub: &Arc<Hub>, config: &BalancerConfig) -> io::Result<Balancer> {
        let in_flight = InFlight::default();
        let shared = Arc::new(Shared {
            hub: hub.clone(),
            picker: pick::Picker::default(),
            in_flight: in_flight.clone(),
        });
        let listeners: Vec<(String, bool)> = hub.read(|world| {
            let network = |l: &world::Listener| {
                let balancer = world.load_balancer(&l.load_balancer_arn);
                balancer.is_some_and(|b| b.kind == LoadBalancerType::Network)
            };
            world
                .listeners
                .iter()
                .map(|l| (l.arn.clone(), network(l)))
                .collect()
        });
        let mut servers = Vec::new();
        for (arn, network) in listeners {
            let port = config.ports.get(&arn).copied().unwrap_or(0);
            let socket = serve::bind(port).await?;
            let port = socket.local_addr()?.port();
            hub.change(|world, _| {
                if let Some(listener) = world.listener_mut(&arn) {
                    listener.port = port;
                    // There is no TLS on this machine.
                    listener.protocol = if network { "TCP" } else { "HTTP" }.to_owned();
                }
            });
            servers.push(if network {
                tcp(socket, shared.clone(), arn)?
            } else {
                Forwarder::serve(socket, shared.clone(), arn, config.idle_timeout)?
            });
        }
        hub.change(|world, _| {
            for balancer in &mut world.load_balancers {
                balancer.dns_name = "127.0.0.1".to_owned();
            }
        });
        Ok(Balancer {
            in_flight,
            _listeners: servers,
            _health: Guarded::spawn(health::run(hub.clone(), config.health)),
        })
    }

    /// Waits until no request is on its way to or from a target, as a load
    /// balancer does before it lets go of it. At most so long.
    pub(crate) async fn drained(&self, target: SocketAddr, limit: Duration) {
        let target = (target.ip().to_string(), target.port());
        // What is still under way then is cut off.
        let _ = tokio::time::timeout(limit, self.in_flight.none(&target)).await;
    }
}

/// A network load balancer's listener: bytes both ways.
fn tcp(socket: TcpListener, shared: Arc<Shared>, listener: String) -> io::Result<Server> {
    let listener: Arc<str> = listener.into();
    serve::connections(socket, move |mut client, _| {
        let (shared, listener) = (shared.clone(), listener.clone());
        async move {
            let Some(picked) = shared.pick(&listener, "") else {
                return;
            };
            let (host, port) = &picked.target.address;
            if let Ok(mut server) = TcpStream::connect((host.as_str(), *port)).await {
                // Either side may end it as it likes.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        }
    })
}

/// A target that is to get a request, counted as long as this lives.
struct Picked {
    target: pick::Target,
    flight: in_flight::Flight,
}

impl Shared {
    /// Chooses and counts while the world is locked: a target that is taken
    /// out afterwards is known to be busy.
    fn pick(&self, listener: &str, path: &str) -> Option<Picked> {
        self.hub.read(|world| {
            let target = self.picker.pick(world, listener, path)?;
            let flight = self.in_flight.begin(target.address.clone());
            Some(Picked { target, flight })
        })
    }
}
