//! The health checker: each target of a target group that is in use, by the
//! group's own health check.

use std::{collections::HashMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, Version, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout},
};
use world::{HealthCheck, Millis, TargetReason, TargetReport, TargetState, World};

use crate::{
    hub::Hub,
    serve::{BoxError, Guarded},
};

/// However the pace is set, a target is not checked more often.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(20);

/// What is read of an answer that has to be read at all.
const BODY_LIMIT: usize = 64 * 1024;

/// How often and how long targets are checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HealthPace {
    /// From one check to the next; absent: the target group's own interval at
    /// the world's pace.
    pub interval: Option<Duration>,
    /// How long a check may take; absent: the target group's own timeout, in
    /// real seconds.
    pub timeout: Option<Duration>,
}

/// A registration of a target.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    group: String,
    id: String,
    port: u16,
    registered_at: Millis,
}

/// Watches over all targets, those to come too.
pub(super) async fn run(hub: Arc<Hub>, pace: HealthPace) {
    let mut changes = hub.changes();
    let mut watches: HashMap<Key, Guarded> = HashMap::new();
    loop {
        changes.mark_unchanged();
        let keys = hub.read(to_check);
        watches.retain(|key, _| keys.contains(key));
        for key in keys {
            let (hub, target) = (hub.clone(), key.clone());
            watches
                .entry(key)
                .or_insert_with(|| Guarded::spawn(watch(hub, target, pace)));
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

fn to_check(world: &World) -> Vec<Key> {
    let mut keys = Vec::new();
    for group in world
        .target_groups
        .iter()
        .filter(|group| world.is_in_use(&group.arn))
    {
        keys.extend(
            group
                .targets
                .iter()
                .filter(|t| t.state != TargetState::Draining)
                .map(|t| Key {
                    group: group.arn.clone(),
                    id: t.id.clone(),
                    port: t.port,
                    registered_at: t.registered_at,
                }),
        );
    }
    keys
}

/// How a target is to be checked, as it is now: a check may be changed.
struct Plan {
    check: HealthCheck,
    grpc: bool,
    interval: Duration,
    timeout: Duration,
}

async fn watch(hub: Arc<Hub>, key: Key, pace: HealthPace) {
    let mut streak = Streak::default();
    loop {
        let Some(plan) = hub.read(|world| plan(world, &key, pace)) else {
            return;
        };
        report(&hub, &key, streak.finding());
        let next = Instant::now() + plan.interval;
        let result = match timeout(plan.timeout, check(&plan, &key)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::Timeout),
        };
        streak.count(result, &plan.check);
        report(&hub, &key, streak.finding());
        sleep_until(next).await;
    }
}

fn plan(world: &World, key: &Key, pace: HealthPace) -> Option<Plan> {
    let group = world.target_group(&key.group)?;
    let check = group.health_check.clone();
    let interval = world.pace.seconds(f64::from(check.interval_seconds));
    let seconds = Duration::from_secs(u64::from(check.timeout_seconds.max(1)));
    Some(Plan {
        grpc: group.protocol_version.as_deref() == Some("GRPC"),
        interval: pace.interval.unwrap_or(interval).max(SHORTEST_INTERVAL),
        timeout: pace.timeout.unwrap_or(seconds),
        check,
    })
}

/// Writes a finding into the world, unless that is what it says already.
fn report(hub: &Hub, key: &Key, finding: Finding) {
    let (state, reason, description) = finding;
    let known = hub.read(|world| {
        let mut targets = world.target_group(&key.group)?.targets.iter();
        let target = targets.find(|t| t.id == key.id && t.port == key.port)?;
        let same = target.state == state
            && target.reason == reason
            && (description.is_none() || target.description == description);
        Some(same)
    });
    if known == Some(false) {
        let report = TargetReport {
            target_group: key.group.clone(),
            id: key.id.clone(),
            port: key.port,
            state,
            reason,
            description,
        };
        hub.change(|world, now| world.target_health(report, now));
    }
}

/// Why a check failed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    /// The code that isn't among the wanted ones.
    Code(String),
    Timeout,
    Connection,
}

type Finding = (TargetState, Option<TargetReason>, Option<String>);

/// The checks of a target so far.
#[derive(Debug, Default)]
struct Streak {
    passes: u32,
    failures: u32,
    /// Absent: initial.
    healthy: Option<bool>,
    last: Option<Failure>,
}

impl Streak {
    /// A new target needs one pass; one that was found unhealthy needs as many
    /// in a row as the target group says.
    fn count(&mut self, result: Result<(), Failure>, check: &HealthCheck) {
        match result {
            Ok(()) => {
                self.failures = 0;
                self.passes = self.passes.saturating_add(1);
                let needed = if self.healthy.is_none() {
                    1
                } else {
                    check.healthy_threshold
                };
                if self.healthy != Some(true) && self.passes >= needed {
                    self.healthy = Some(true);
                }
            }
            Err(failure) => {
                self.passes = 0;
                self.failures = self.failures.saturating_add(1);
                self.last = Some(failure);
                if self.failures >= check.unhealthy_threshold.max(1) {
                    self.healthy = Some(false);
                }
            }
        }
    }

    fn finding(&self) -> Finding {
        match (self.healthy, &self.last) {
            (Some(true), _) => (TargetState::Healthy, None, None),
            (Some(false), Some(failure)) => {
                let (reason, description) = match failure {
                    Failure::Code(code) => {
                        let text = format!("Health checks failed with these codes: [{code}]");
                        (TargetReason::ResponseCodeMismatch, Some(text))
                    }
                    Failure::Timeout => (TargetReason::Timeout, None),
                    Failure::Connection => (TargetReason::FailedHealthChecks, None),
                };
                (TargetState::Unhealthy, Some(reason), description)
            }
            _ => (
                TargetState::Initial,
                Some(TargetReason::InitialHealthChecking),
                None,
            ),
        }
    }
}

async fn check(plan: &Plan, key: &Key) -> Result<(), Failure> {
    let port = plan.check.port.parse().unwrap_or(key.port);
    let stream = TcpStream::connect((key.id.as_str(), port)).await;
    let stream = stream.map_err(|_| Failure::Connection)?;
    if plan.check.protocol == "TCP" {
        return Ok(());
    }
    let host = format!("{}:{port}", key.id);
    if plan.grpc {
        let path = plan.check.path.as_deref().unwrap_or("/AWS.ALB/healthcheck");
        let code = grpc(stream, &host, path)
            .await
            .map_err(|_| Failure::Connection)?;
        judge(&code, plan.check.matcher.as_deref().unwrap_or("12"))
    } else {
        let path = plan.check.path.as_deref().unwrap_or("/");
        let code = http1(stream, &host, path)
            .await
            .map_err(|_| Failure::Connection)?;
        judge(&code, plan.check.matcher.as_deref().unwrap_or("200"))
    }
}

fn judge(code: &str, matcher: &str) -> Result<(), Failure> {
    let number = code.parse().ok();
    if number.is_some_and(|number| matches(matcher, number)) {
        Ok(())
    } else {
        Err(Failure::Code(code.to_owned()))
    }
}

/// `200`, `200,202` or `200-299`, and mixtures.
fn matches(matcher: &str, code: u32) -> bool {
    matcher.split(',').any(|part| {
        let (low, high) = part.split_once('-').unwrap_or((part, part));
        match (low.trim().parse::<u32>(), high.trim().parse::<u32>()) {
            (Ok(low), Ok(high)) => (low..=high).contains(&code),
            _ => false,
        }
    })
}

async fn http1(stream: TcpStream, host: &str, path: &str) -> Result<String, BoxError> {
    let (mut sender, connection) = conn::http1::handshake(TokioIo::new(stream)).await?;
    let _connection = Guarded::spawn(async move {
        // What goes wrong on it comes back with the answer.
        let _ = connection.await;
    });
    let request = Request::get(path)
        .header(header::HOST, host)
        .header(header::CONNECTION, "close")
        .header(header::USER_AGENT, "ELB-HealthChecker/2.0")
        .body(Full::<Bytes>::default())?;
    let response = sender.send_request(request).await?;
    Ok(response.status().as_u16().to_string())
}

/// Calls a method without a message, and returns the gRPC status.
async fn grpc(stream: TcpStream, host: &str, path: &str) -> Result<String, BoxError> {
    let io = TokioIo::new(stream);
    let (mut sender, connection) = conn::http2::handshake(TokioExecutor::new(), io).await?;
    let _connection = Guarded::spawn(async move {
        let _ = connection.await;
    });
    // An empty message: not compressed, of no length.
    let message = Full::new(Bytes::from_static(&[0; 5]));
    let request = Request::post(format!("http://{host}{path}"))
        .version(Version::HTTP_2)
        .header(header::CONTENT_TYPE, "application/grpc")
        .header(header::TE, "trailers")
        .header(header::USER_AGENT, "ELB-HealthChecker/2.0")
        .body(message)?;
    let response = sender.send_request(request).await?;
    let (parts, body) = response.into_parts();
    let status = |headers: &HeaderMap| {
        headers
            .get("grpc-status")
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned)
    };
    if let Some(status) = status(&parts.headers) {
        return Ok(status);
    }
    let body = Limited::new(body, BODY_LIMIT).collect().await?;
    let trailers = body.trailers().ok_or("no trailers")?;
    Ok(status(trailers).ok_or("no grpc-status")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_match() {
        for (matcher, code, expected) in [
            ("200", 200, true),
            ("200", 201, false),
            ("200,202", 202, true),
            ("200-299", 299, true),
            ("200-299", 300, false),
            ("200-299,404", 404, true),
            ("0-99", 12, true),
            ("", 200, false),
            ("two", 200, false),
        ] {
            assert_eq!(matches(matcher, code), expected, "{matcher} {code}");
        }
    }

    #[test]
    fn a_target_becomes_what_its_checks_say() {
        let check = HealthCheck {
            protocol: "HTTP".to_owned(),
            port: "traffic-port".to_owned(),
            path: None,
            matcher: None,
            interval_seconds: 30,
            timeout_seconds: 5,
            healthy_threshold: 3,
            unhealthy_threshold: 2,
        };
        let states = |results: &[u8]| -> Vec<&'static str> {
            let mut streak = Streak::default();
            let mut step = |r: &u8| {
                let result = if *r == 1 {
                    Ok(())
                } else {
                    Err(Failure::Timeout)
                };
                streak.count(result, &check);
                streak.finding().0.as_str()
            };
            results.iter().map(&mut step).collect()
        };
        let (i, h, u) = ("initial", "healthy", "unhealthy");
        assert_eq!(states(&[1, 0, 1, 0, 0]), [h, h, h, h, u]);
        assert_eq!(states(&[0, 1]), [i, h]);
        assert_eq!(states(&[0, 0, 1, 1, 0, 1, 1, 1]), [i, u, u, u, u, u, u, h]);
    }
}
