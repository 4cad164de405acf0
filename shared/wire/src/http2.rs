use std::sync::{Arc, Mutex, PoisonError, Weak};

use hyper::{body::Body, client::conn::http2};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

use crate::Io;

/// Opens HTTP/2 on a connection. Heads of answers may be `head_limit` bytes
/// long.
///
/// # Errors
/// hyper's, when the connection fails at once.
pub async fn handshake2<B>(
    io: Box<dyn Io>,
    head_limit: u32,
    scope: &Scope,
) -> hyper::Result<http2::SendRequest<B>>
where
    B: Body + Unpin + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (sender, connection) = http2::Builder::new(scope.spawner())
        .max_header_list_size(head_limit)
        .handshake(TokioIo::new(io))
        .await?;
    scope.spawn(async {
        // What goes wrong is told to the sender, too.
        let _ = connection.await;
    });
    Ok(sender)
}

/// Holds what drives a connection, and ends it when it is dropped.
#[derive(Debug, Default)]
pub struct Scope(Arc<Mutex<JoinSet<()>>>);

impl Scope {
    /// Starts a task that ends with the scope.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        spawn(&self.0, future);
    }

    fn spawner(&self) -> Spawner {
        Spawner(Arc::downgrade(&self.0))
    }
}

/// Lets hyper start what it needs within a scope. It doesn't keep the scope
/// alive, since hyper keeps it for as long as the connection lasts.
#[derive(Debug, Clone)]
pub struct Spawner(Weak<Mutex<JoinSet<()>>>);

impl<F> hyper::rt::Executor<F> for Spawner
where
    F: Future + Send + 'static,
{
    fn execute(&self, future: F) {
        if let Some(set) = self.0.upgrade() {
            spawn(&set, async {
                future.await;
            });
        }
    }
}

fn spawn(set: &Mutex<JoinSet<()>>, future: impl Future<Output = ()> + Send + 'static) {
    let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
    // A connection that lasts long would collect what has ended.
    while set.try_join_next().is_some() {}
    set.spawn(future);
}
