use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use crate::Pace;

/// The calls that count when the next one comes.
#[derive(Debug)]
pub(crate) struct Pacing {
    pace: Pace,
    posts: HashMap<String, Instant>,
    calls: HashMap<String, VecDeque<Instant>>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Pacing {
    pub(crate) fn new(pace: Pace) -> Pacing {
        Pacing {
            pace,
            posts: HashMap::new(),
            calls: HashMap::new(),
        }
    }

    /// A message in a channel. Err: after how long the next one is taken.
    pub(crate) fn post(&mut self, channel: &str, now: Instant) -> Result<(), Duration> {
        let between = self.pace.between;
        if let Some(last) = self.posts.get(channel) {
            let since = now.saturating_duration_since(*last);
            if since < between {
                return Err(between - since);
            }
        }
        self.posts.insert(channel.to_owned(), now);
        Ok(())
    }

    /// A call of any other method.
    pub(crate) fn call(&mut self, method: &str, now: Instant) -> Result<(), Duration> {
        let calls = self.calls.entry(method.to_owned()).or_default();
        while let Some(first) = calls.front().copied() {
            let since = now.saturating_duration_since(first);
            if since < MINUTE {
                if calls.len() >= self.pace.calls_a_minute {
                    return Err(MINUTE - since);
                }
                break;
            }
            calls.pop_front();
        }
        calls.push_back(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_a_second_in_a_channel() {
        let mut pacing = Pacing::new(Pace::default());
        let now = Instant::now();
        assert_eq!(pacing.post("C1", now), Ok(()));
        assert_eq!(pacing.post("C2", now), Ok(()));
        let soon = now + Duration::from_millis(400);
        assert_eq!(pacing.post("C1", soon), Err(Duration::from_millis(600)));
        assert_eq!(pacing.post("C1", now + Duration::from_secs(1)), Ok(()));
    }

    #[test]
    fn so_many_calls_a_minute() {
        let mut pacing = Pacing::new(Pace::default());
        let now = Instant::now();
        for n in 0..50 {
            assert_eq!(pacing.call("chat.update", now), Ok(()), "{n}");
        }
        let later = now + Duration::from_secs(59);
        assert_eq!(
            pacing.call("chat.update", later),
            Err(Duration::from_secs(1))
        );
        assert_eq!(pacing.call("chat.delete", later), Ok(()));
        assert_eq!(pacing.call("chat.update", now + MINUTE), Ok(()));
    }
}
