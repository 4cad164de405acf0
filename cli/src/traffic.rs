//! Steady traffic through the production listener, and what became of it:
//! whether users would have noticed the deployment.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// What became of the requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Count {
    /// Answered with a status below 500.
    pub(crate) served: u64,
    /// Answered with 500 and above, or not at all.
    pub(crate) failed: u64,
    /// The first failure.
    #[serde(rename = "firstFailure", skip_serializing_if = "Option::is_none")]
    pub(crate) first_failure: Option<String>,
}

impl Count {
    pub(crate) fn sent(&self) -> u64 {
        self.served + self.failed
    }

    fn take(&mut self, result: Result<u16, String>) {
        match result {
            Ok(status) if status < 500 => self.served += 1,
            Ok(status) => self.fail(format!("status {status}")),
            Err(why) => self.fail(why),
        }
    }

    fn fail(&mut self, why: String) {
        self.failed += 1;
        self.first_failure.get_or_insert(why);
    }
}

/// Traffic that flows until it is stopped.
#[derive(Debug)]
pub(crate) struct Traffic {
    count: Arc<Mutex<Count>>,
    sent: watch::Receiver<u64>,
    task: JoinHandle<()>,
}

/// From one request to the next.
const EVERY: Duration = Duration::from_millis(20);

impl Traffic {
    /// Sends requests to a URL, one after the other.
    pub(crate) fn start(client: reqwest::Client, url: String) -> Self {
        let count = Arc::new(Mutex::new(Count::default()));
        let counting = count.clone();
        let (sender, sent) = watch::channel(0);
        let task = tokio::spawn(async move {
            let mut ticks = interval(EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let answer = client
                    .get(&url)
                    .timeout(Duration::from_secs(5))
                    .send()
                    .await;
                let result = match answer {
                    Ok(answer) => Ok(answer.status().as_u16()),
                    Err(error) => Err(error.without_url().to_string()),
                };
                lock(&counting).take(result);
                sender.send_modify(|sent| *sent += 1);
            }
        });
        Self { count, sent, task }
    }

    /// Waits until so many more requests were answered, or failed.
    pub(crate) async fn flow(&mut self, more: u64) {
        let enough = *self.sent.borrow() + more;
        // It can only fail when the traffic has ended, and then it is over.
        let _ = self.sent.wait_for(|sent| *sent >= enough).await;
    }

    /// Ends it, and tells what became of it.
    pub(crate) fn stop(self) -> Count {
        self.task.abort();
        lock(&self.count).clone()
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(count: &Mutex<Count>) -> std::sync::MutexGuard<'_, Count> {
    count.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted() {
        let mut count = Count::default();
        for result in [Ok(200), Ok(404), Ok(502), Err("reset".to_owned())] {
            count.take(result);
        }
        assert_eq!((count.served, count.failed, count.sent()), (2, 2, 4));
        assert_eq!(count.first_failure.unwrap(), "status 502");
    }
}
