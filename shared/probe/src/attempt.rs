//! One attempt of one probe at one target: ask, and judge the answer.

use std::{sync::Arc, time::Duration};

use plan::{Check, Expect, HttpVersion};
use rustls::ClientConfig;
use tokio::time::{Instant, timeout_at};
use verdict::Timing;

use crate::{
    ask::{self, GrpcAsk, HttpAsk},
    assess::{Mismatch, assess, expectation, in_time, status_text},
    classify::{Trouble, remedy, retry},
    connect::{Peer, TlsWay, tcp},
    exchange::exchange,
    grpc,
    prober::Target,
    watch::Watch,
};

/// The time of one attempt, where the probe expects no time of its own.
pub const ATTEMPT_LIMIT: Duration = Duration::from_secs(10);

/// A check and a target, ready to be asked.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    ask: Ask,
    host: String,
    port: u16,
    tls: Option<TlsWay>,
    /// What is asked, as evidence shows it.
    pub(crate) shown: String,
    /// All that is expected, in one line.
    pub(crate) expected: String,
}

#[derive(Debug, Clone)]
enum Ask {
    Http {
        ask: Box<HttpAsk>,
        version: HttpVersion,
        expect: Expect,
    },
    Tcp,
    Grpc(Box<GrpcAsk>),
}

/// What one attempt found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attempt {
    /// What was got, or what was missed.
    pub(crate) found: Result<String, Miss>,
    /// Where its time went.
    pub(crate) timing: Timing,
    /// The probe's end cut it off, before its own time was over. It says
    /// little about the target.
    pub(crate) cut: bool,
}

/// Why an attempt is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Miss {
    /// What had to be the case, if it is not the whole expectation.
    pub(crate) expected: Option<String>,
    /// What was the case.
    pub(crate) got: String,
    /// What to do about it.
    pub(crate) remedy: Option<String>,
    /// Another attempt could end better.
    pub(crate) again: bool,
}

impl Question {
    /// Puts a check to a target; `config` is for TLS, if it comes to that.
    pub(crate) fn new(
        check: &Check,
        target: &Target,
        config: &Arc<ClientConfig>,
    ) -> Result<Self, Trouble> {
        let (ask, name, shown, expected) = match check {
            Check::Http(http) => {
                let ask = Box::new(ask::http(http, target)?);
                let (name, shown) = (ask.name.clone(), ask.shown.clone());
                let expect = http.expect.clone();
                let expected = expectation(&expect);
                let version = http.version;
                (
                    Ask::Http {
                        ask,
                        version,
                        expect,
                    },
                    name,
                    shown,
                    expected,
                )
            }
            // The port in the check is a container's; the target knows where
            // that is reached.
            Check::Tcp(_) => {
                let shown = format!("tcp {}", ask::address(target));
                (Ask::Tcp, None, shown, "an open port".to_owned())
            }
            Check::Grpc(check) => {
                let ask = Box::new(ask::grpc(check, target)?);
                let (name, shown) = (ask.name.clone(), ask.shown.clone());
                (Ask::Grpc(ask), name, shown, grpc::SERVING.to_owned())
            }
        };
        let config = config.clone();
        Ok(Self {
            ask,
            host: target.host.clone(),
            port: target.port,
            tls: name.map(|name| TlsWay { name, config }),
            shown,
            expected,
        })
    }

    /// The time of one attempt. Where an answer is expected within some time,
    /// it is waited for up to twice as long: that an answer comes late is
    /// better evidence than that none has come yet.
    fn limit(&self) -> Duration {
        match self.within() {
            Some(within) => within.saturating_mul(2).min(within.max(ATTEMPT_LIMIT)),
            None => ATTEMPT_LIMIT,
        }
    }

    fn within(&self) -> Option<Duration> {
        match &self.ask {
            Ask::Http { expect, .. } => expect.within,
            Ask::Tcp | Ask::Grpc(_) => None,
        }
    }

    /// Makes one attempt, which ends before `end`.
    pub(crate) async fn attempt(&self, end: Instant) -> Attempt {
        let mut watch = Watch::start();
        let left = end.saturating_duration_since(Instant::now());
        let limit = self.limit().min(left);
        let until = end - (left - limit);
        let result = timeout_at(until, self.put(until, &mut watch)).await;
        let mut cut = false;
        let found = match result {
            Ok(Ok(found)) => found.map_err(Miss::from),
            Ok(Err(trouble)) => Err(self.miss(trouble)),
            Err(_) => {
                cut = limit < self.limit();
                let phase = watch.phase();
                Err(self.miss(Trouble::Timeout {
                    phase,
                    after: limit,
                }))
            }
        };
        let timing = watch.finish();
        Attempt { found, timing, cut }
    }

    async fn put(
        &self,
        until: Instant,
        watch: &mut Watch,
    ) -> Result<Result<String, Mismatch>, Trouble> {
        let peer = Peer {
            host: &self.host,
            port: self.port,
            until,
        };
        let tls = self.tls.as_ref();
        match &self.ask {
            Ask::Http {
                ask,
                version,
                expect,
            } => {
                let answer = exchange(ask, *version, peer, tls, watch).await?;
                Ok(assess(expect, &answer).map(|()| status_text(answer.status)))
            }
            Ask::Tcp => {
                tcp(peer, watch).await?;
                Ok(Ok("connected".to_owned()))
            }
            Ask::Grpc(ask) => Ok(match grpc::ask(ask, peer, tls, watch).await? {
                Ok(()) => Ok(grpc::SERVING.to_owned()),
                Err(got) => Err(Mismatch {
                    expected: grpc::SERVING.to_owned(),
                    got,
                    remedy: None,
                }),
            }),
        }
    }

    fn miss(&self, trouble: Trouble) -> Miss {
        let expected = match (&trouble, self.within()) {
            (Trouble::Timeout { after, .. }, Some(within)) if *after >= within => {
                Some(in_time(within))
            }
            _ => None,
        };
        Miss {
            expected,
            ..trouble.into()
        }
    }
}

impl From<Trouble> for Miss {
    fn from(trouble: Trouble) -> Self {
        Self {
            expected: None,
            got: trouble.to_string(),
            remedy: remedy(&trouble).map(str::to_owned),
            again: retry(&trouble),
        }
    }
}

impl From<Mismatch> for Miss {
    fn from(mismatch: Mismatch) -> Self {
        Self {
            expected: Some(mismatch.expected),
            got: mismatch.got,
            remedy: mismatch.remedy,
            again: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use plan::Probe;

    use super::*;

    #[test]
    fn a_table_of_limits() {
        let config = Arc::new(wire::tls::public().unwrap());
        let target = Target {
            label: "x".into(),
            host: "h".into(),
            port: 1,
            tls: false,
        };
        for (within, limit) in [
            (None, 10_000),
            (Some(800), 1_600),
            (Some(8_000), 10_000),
            (Some(60_000), 60_000),
        ] {
            let mut probe = Probe::http("/", plan::Matcher::default());
            if let Check::Http(http) = &mut probe.check {
                http.expect.within = within.map(Duration::from_millis);
            }
            let question = Question::new(&probe.check, &target, &config).unwrap();
            assert_eq!(question.limit(), Duration::from_millis(limit));
        }
    }
}
