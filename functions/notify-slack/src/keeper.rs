use std::{collections::BTreeMap, sync::Arc, time::Duration};

use gate::log;
use plan::SecretRef;
use secrets::Secrets;
use serde_json::json;
use slack::{Credential, Credentials};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// Keeps Slack's secret for a while, and reads it again when it is old or was
/// refused: so a rotated one is picked up without a deployment.
#[derive(Clone)]
pub struct Keeper(Arc<Inner>);

struct Inner {
    secrets: Secrets,
    wanted: SecretRef,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    credential: Credential,
    read: Instant,
    /// Whether it was read because the one before was refused.
    is_fresh: bool,
}

/// How long a secret is used without a look whether it is still the same.
const LASTS: Duration = Duration::from_secs(300);

/// Many messages that were refused together ask for a new one together.
const BURST: Duration = Duration::from_secs(1);

/// The longest that reading may keep a message waiting.
const PATIENCE: Duration = Duration::from_secs(10);

impl Keeper {
    /// Keeps this secret.
    pub fn new(secrets: Secrets, wanted: SecretRef) -> Self {
        Self(Arc::new(Inner {
            secrets,
            wanted,
            kept: Mutex::new(None),
        }))
    }

    async fn read(&self) -> Result<Credential, String> {
        let secret = &self.0.wanted;
        let wanted = BTreeMap::from([("slack".to_owned(), secret.clone())]);
        match timeout(PATIENCE, self.0.secrets.read(&wanted)).await {
            Err(_) => Err(format!("secret {secret}: no answer in time")),
            Ok(Ok(values)) => {
                let text = values.into_values().next().unwrap_or_default();
                Credential::read(&text).map_err(|error| format!("secret {secret}: {error}"))
            }
            Ok(Err(errors)) => {
                let whys = errors.iter().map(|(_, e)| format!("{e}; {}", e.remedy));
                Err(whys.collect::<Vec<_>>().join("; "))
            }
        }
    }
}

impl Credentials for Keeper {
    async fn get(&self, fresh: bool) -> Result<Credential, String> {
        // Who comes while it is read waits for it.
        let mut kept = self.0.kept.lock().await;
        let lasts = |kept: &Kept| match (fresh, kept.is_fresh) {
            (false, _) => LASTS,
            (true, true) => BURST,
            // It may have been rotated a moment after it was read.
            (true, false) => Duration::ZERO,
        };
        if let Some(kept) = kept
            .as_ref()
            .filter(|kept| kept.read.elapsed() < lasts(kept))
        {
            return Ok(kept.credential.clone());
        }
        match (self.read().await, kept.as_ref()) {
            (Ok(credential), _) => {
                *kept = Some(Kept {
                    credential: credential.clone(),
                    read: Instant::now(),
                    is_fresh: fresh,
                });
                Ok(credential)
            }
            // Slack itself says whether the last one is still good.
            (Err(why), Some(last)) if !fresh => {
                log::line(
                    log::Level::Warn,
                    "Slack's secret can't be read; the last one is used",
                    &json!({ "why": why }),
                );
                Ok(last.credential.clone())
            }
            (Err(why), _) => Err(why),
        }
    }
}
