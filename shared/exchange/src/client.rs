use std::{fmt, net::IpAddr, sync::Arc, time::SystemTime};

use hurl_eval::Answer;
use rustls::ClientConfig;
use tokio::time::Instant;
use url::Url;

use crate::{
    Call, Jar, Options, Request, Sent, Trouble, Wanted,
    connection::Route,
    errand::{Errand, Times},
    jar::{ANSWER_LIMIT, Site},
    pool::Pool,
    step::{BadLocation, Step, header_map},
    target::place,
    tls::Configs,
    trouble::Kind,
};

/// The largest body that is read, in bytes.
pub(crate) const BODY_LIMIT: usize = 16 << 20;

/// Sends requests. Its clones share their connections, which stay open for
/// the requests after them.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    configs: Configs,
    pool: Pool,
}

/// A request that is about to go out: the first one, or one of a redirect.
#[derive(Debug, Clone, Copy)]
pub struct Hop<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL, normalised.
    pub url: &'a Url,
    /// The path that goes out, without the query: with `path_as_is` it may hold
    /// `.` and `..`, and escapes are as they were written.
    pub path: &'a str,
    /// The header `Host` that is sent, if it is not the URL's.
    pub host_header: Option<&'a str>,
    /// All headers, `Host` included.
    pub headers: &'a [(String, String)],
    /// The host that is connected to: the URL's, or what `connect-to` says.
    /// IPv6 has no brackets.
    pub connect_host: &'a str,
    /// The port that is connected to.
    pub connect_port: u16,
    /// The addresses of that host, where `resolve` gives them.
    pub addresses: Option<&'a [IpAddr]>,
    /// The host that the request before was connected to, if its answer is why
    /// this one is made.
    pub redirected_from: Option<&'a str>,
}

/// Judges a request before a connection is made or used for it; an error is
/// why it may not go out, in one line.
pub type Guard<'a> = dyn Fn(&Hop<'_>) -> Result<(), String> + Send + Sync + 'a;

/// What a request must stay within.
#[derive(Clone, Copy)]
pub struct Bounds<'a> {
    /// When it ends, whatever the server does.
    pub deadline: Instant,
    /// Judges each request; None: all may go out.
    pub guard: Option<&'a Guard<'a>>,
}

/// All that is asked of [`Client::send`].
#[derive(Clone, Copy)]
struct Trip<'a> {
    request: &'a Request,
    options: &'a Options,
    bounds: Bounds<'a>,
}

/// How far it came.
struct Done {
    calls: Vec<Call>,
    /// What was tried last, without what may be secret.
    tried: String,
}

impl Client {
    /// A client that speaks TLS like this, where a request's options don't say
    /// otherwise. ALPN and the resumption of sessions are its own.
    pub fn new(tls: Arc<ClientConfig>) -> Self {
        let shared = Shared {
            configs: Configs::new(tls),
            pool: Pool::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Sends a request, and those of the redirects that are to be followed.
    /// The last of the calls is the one that wasn't redirected.
    ///
    /// # Errors
    /// [`Trouble`] when there is no whole answer, or the request may not go
    /// out.
    pub async fn send(
        &self,
        request: &Request,
        options: &Options,
        jar: &mut Jar,
        bounds: Bounds<'_>,
    ) -> Result<Vec<Call>, Trouble> {
        jar.resolve(&options.resolve);
        let trip = Trip {
            request,
            options,
            bounds,
        };
        let mut done = Done {
            calls: Vec::new(),
            tried: request.method.clone(),
        };
        let end = self.walk(trip, jar, &mut done).await;
        let Done { calls, tried } = done;
        match end {
            Ok(()) => Ok(calls),
            Err(kind) => Err(Trouble { kind, calls, tried }),
        }
    }

    /// Goes from redirect to redirect. `done` tells how far it came, whatever
    /// ends it.
    async fn walk(&self, trip: Trip<'_>, jar: &mut Jar, done: &mut Done) -> Result<(), Kind> {
        let Trip { options, .. } = trip;
        let mut step = Step::first(trip.request, options).map_err(impossible)?;
        let origin = step.address.clone();
        let first = format!("{} {}", step.method, origin.shown());
        done.tried.clone_from(&first);
        let mut room = BODY_LIMIT;
        let mut from: Option<String> = None;
        loop {
            let (call, host) = self.call(&step, trip, jar, (room, from.as_deref())).await?;
            from = Some(host);
            room = room.saturating_sub(size(&call.answer));
            let next = step.next(&call.answer, &origin, options);
            done.calls.push(call);
            let next = next.map_err(|BadLocation(why)| Kind::BadRedirect(why))?;
            let Some(next) = next else {
                return Ok(());
            };
            if let Some(most) = options.max_redirects
                && u32::try_from(done.calls.len()).unwrap_or(u32::MAX) > most
            {
                return Err(Kind::TooManyRedirects(most));
            }
            let shown = next.address.shown();
            done.tried = format!("{first}, redirected to {} {shown}", next.method);
            step = next;
        }
    }

    async fn call(
        &self,
        step: &Step,
        trip: Trip<'_>,
        jar: &mut Jar,
        (room, from): (usize, Option<&str>),
    ) -> Result<(Call, String), Kind> {
        let times = Times::start(trip.options, trip.bounds.deadline);
        let site = Site {
            host: step.cookie_host(),
            path: step.address.path(),
            tls: step.address.tls,
        };
        let headers = step.headers(&jar.cookies(site, unix_time()));
        let headers = headers.map_err(impossible)?;
        let route = self.route(step, trip.options, jar)?;
        if let Some(guard) = trip.bounds.guard {
            guard(&Hop {
                method: step.method.as_str(),
                url: &step.address.url,
                path: step.address.path(),
                host_header: step.host_header(),
                headers: &headers,
                connect_host: &route.host,
                connect_port: route.port,
                addresses: route.addresses.as_deref(),
                redirected_from: from,
            })
            .map_err(Kind::Refused)?;
        }
        let host = route.host.clone();
        let errand = Errand {
            headers: header_map(&headers).map_err(impossible)?,
            step,
            route,
            times,
            version: trip.options.version,
            room,
        };
        let got = errand.run(&self.shared.pool).await?;
        let now = unix_time();
        let set = got.headers.iter().filter(|(name, _)| name == "set-cookie");
        for (_, cookie) in set.take(ANSWER_LIMIT) {
            jar.keep(cookie, site, now);
        }
        let call = Call {
            sent: Sent {
                method: step.method.to_string(),
                url: step.address.raw.clone(),
                headers,
                body: step.payload().to_vec(),
            },
            answer: Answer {
                url: step.address.url.to_string(),
                duration: times.start.elapsed(),
                ..got
            },
        };
        Ok((call, host))
    }

    /// Where a request goes, and how.
    fn route(&self, step: &Step, options: &Options, jar: &Jar) -> Result<Route, Kind> {
        let address = &step.address;
        let (host, port) = place(&options.connect_to, &address.host, address.port);
        let tls = match address.tls {
            true => Some(self.shared.configs.of(options).map_err(Kind::BadOption)?),
            false => None,
        };
        Ok(Route {
            name: address.host.clone(),
            addresses: jar.addresses(&host, port).map(<[IpAddr]>::to_vec),
            host,
            port,
            family: options.family,
            tls,
            http10: options.version == Wanted::Http10,
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client { .. }")
    }
}

/// What an answer takes in memory, roughly.
fn size(answer: &Answer) -> usize {
    let headers = answer.headers.iter();
    let headers: usize = headers.map(|(n, v)| n.len() + v.len() + 100).sum();
    answer.body.len() + headers
}

fn unix_time() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

fn impossible(why: String) -> Kind {
    wire::Trouble::Impossible(why).into()
}
