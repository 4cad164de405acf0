//! Connections that wait for the next request.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, timeout};

use crate::connection::{Connection, Route};

/// So long a connection waits. Load balancers close theirs after a minute.
const IDLE_LIMIT: Duration = Duration::from_secs(50);
/// So many wait.
const COUNT_LIMIT: usize = 100;
/// So long the end of its last request is waited for.
const READY_LIMIT: Duration = Duration::from_secs(1);

/// The connections that wait.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Idle>>);

struct Idle {
    route: Route,
    since: Instant,
    connection: Connection,
}

impl Pool {
    /// A connection for this route; the one that has waited least.
    pub(crate) async fn take(&self, route: &Route) -> Option<Connection> {
        loop {
            let mut connection = self.next(route)?;
            let ready = timeout(READY_LIMIT, connection.ready()).await;
            if ready == Ok(true) {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose last answer has been read to its end.
    pub(crate) fn put(&self, route: Route, connection: Connection) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|one| one.since.elapsed() < IDLE_LIMIT && !one.connection.is_closed());
        if idle.len() < COUNT_LIMIT && !connection.is_closed() {
            idle.push(Idle {
                route,
                since: Instant::now(),
                connection,
            });
        }
    }

    fn next(&self, route: &Route) -> Option<Connection> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|one| one.since.elapsed() < IDLE_LIMIT && !one.connection.is_closed());
        let at = idle.iter().rposition(|one| one.route == *route)?;
        Some(idle.remove(at).connection)
    }
}
