use std::{sync::Arc, time::Duration};

use gate::log;
use routes::{MAX_BYTES, Routes};
use serde_json::json;
use store::{Location, Store};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// The routes as they are now: read again once in a while, so that a change
/// needs no deployment. A change that can't be used is told in the log and
/// changes nothing.
pub struct RouteBook {
    store: Store,
    place: Option<Location>,
    fresh: Duration,
    kept: Mutex<Kept>,
}

struct Kept {
    routes: Arc<Routes>,
    /// None: these are the built-in ones.
    name: Option<String>,
    looked: Option<Instant>,
}

/// The longest that reading it may keep messages waiting.
const PATIENCE: Duration = Duration::from_secs(5);

impl RouteBook {
    /// How long routes are used before they are read again.
    pub const FRESH: Duration = Duration::from_secs(60);

    /// The routes at a place, which are read again after `fresh`; without a
    /// place the built-in ones.
    pub fn new(store: Store, place: Option<Location>, fresh: Duration) -> Self {
        Self {
            store,
            place,
            fresh,
            kept: Mutex::new(Kept {
                routes: Arc::default(),
                name: None,
                looked: None,
            }),
        }
    }

    /// The routes: the latest that could be used, or the built-in ones.
    pub async fn current(&self) -> Arc<Routes> {
        let Some(place) = &self.place else {
            return self.kept.lock().await.routes.clone();
        };
        // Who comes while they are read waits for them.
        let mut kept = self.kept.lock().await;
        let is_fresh = |looked: Instant| looked.elapsed() < self.fresh;
        if kept.looked.is_some_and(is_fresh) {
            return kept.routes.clone();
        }
        kept.looked = Some(Instant::now());
        match self.read(place).await {
            Ok(routes) => {
                kept.routes = Arc::new(routes);
                kept.name = Some(place.to_string());
            }
            Err(why) => {
                let instead = match &kept.name {
                    Some(_) => "the last ones that could be read",
                    None => "the built-in ones",
                };
                log::line(
                    log::Level::Error,
                    "the routes can't be used",
                    &json!({ "routes": place.to_string(), "why": why, "used instead": instead }),
                );
            }
        }
        kept.routes.clone()
    }

    async fn read(&self, place: &Location) -> Result<Routes, String> {
        let Ok(read) = timeout(PATIENCE, self.store.read(place, MAX_BYTES as u64)).await else {
            return Err(format!("could not read {place}: no answer in time"));
        };
        let bytes = read
            .map_err(|error| error.to_string())?
            .ok_or_else(|| format!("there is no {place}"))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| format!("{place} is no UTF-8"))?;
        Routes::parse(text, &place.to_string()).map_err(|error| error.to_string())
    }
}
