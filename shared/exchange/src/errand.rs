//! One request, over one connection.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, Uri, Version, header, uri::Scheme};
use http_body_util::{BodyExt, Full};
use hurl_eval::{Answer, HttpVersion};
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};
use wire::Phase;

use crate::{
    Options, Wanted,
    connection::{Connection, Route, Unanswered, authority},
    pool::Pool,
    step::{Pair, Step},
    trouble::{Kind, Limit},
};

/// A request that may go out.
pub(crate) struct Errand<'a> {
    pub(crate) step: &'a Step,
    /// All of them.
    pub(crate) headers: HeaderMap,
    pub(crate) route: Route,
    pub(crate) times: Times,
    pub(crate) version: Wanted,
    /// The answer's body may have so many bytes.
    pub(crate) room: usize,
}

/// The times of one request.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) start: Instant,
    /// When it ends, and why then.
    end: (Instant, Limit),
    /// When its connection must be made, and why then.
    connect: (Instant, Limit),
}

impl Errand<'_> {
    /// Sends it and reads its answer, which says no URL and no duration yet.
    pub(crate) async fn run(&self, pool: &Pool) -> Result<Answer, Kind> {
        let Times { start, end, .. } = self.times;
        let mut phase = Phase::Connect;
        if start >= end.0 {
            return Err(self.times.over(phase, end.1));
        }
        let got = timeout_at(end.0, self.exchange(pool, &mut phase)).await;
        got.unwrap_or_else(|_| Err(self.times.over(phase, end.1)))
    }

    async fn exchange(&self, pool: &Pool, phase: &mut Phase) -> Result<Answer, Kind> {
        let failed = |unanswered: Unanswered| {
            Kind::Transport(wire::Trouble::of_hyper(&unanswered.error, Phase::FirstByte))
        };
        *phase = Phase::FirstByte;
        if let Some(mut connection) = pool.take(&self.route).await {
            match connection.send(self.request()?).await {
                Ok(response) => {
                    *phase = Phase::Body;
                    return self.finish(response, connection, pool).await;
                }
                // The server had closed the connection: as good as not sent.
                Err(unanswered) if unanswered.silent => {}
                Err(unanswered) => return Err(failed(unanswered)),
            }
        }
        let mut connection = self.connect(phase).await?;
        *phase = Phase::FirstByte;
        let response = connection.send(self.request()?).await.map_err(failed)?;
        *phase = Phase::Body;
        self.finish(response, connection, pool).await
    }

    /// Reads the body, and keeps the connection for the next request.
    async fn finish(
        &self,
        response: Response<Incoming>,
        connection: Connection,
        pool: &Pool,
    ) -> Result<Answer, Kind> {
        let (head, mut body) = response.into_parts();
        let mut headers = texts(&head.headers);
        let mut read = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|e| wire::Trouble::of_hyper(&e, Phase::Body))?;
            match frame.into_data() {
                Ok(data) if data.len() > self.room.saturating_sub(read.len()) => {
                    return Err(Kind::TooLarge);
                }
                Ok(data) => read.extend_from_slice(&data),
                Err(frame) => {
                    let trailers = frame.into_trailers().unwrap_or_default();
                    headers.extend(texts(&trailers));
                }
            }
        }
        let answer = Answer {
            version: match head.version {
                Version::HTTP_10 => HttpVersion::Http10,
                Version::HTTP_2 => HttpVersion::Http2,
                _ => HttpVersion::Http11,
            },
            status: head.status.as_u16(),
            headers,
            body: read.into(),
            url: String::new(),
            duration: Duration::ZERO,
            ip: connection.peer,
            certificate: connection.certificate.clone(),
        };
        pool.put(self.route.clone(), connection);
        Ok(answer)
    }

    /// Makes a new connection.
    async fn connect(&self, phase: &mut Phase) -> Result<Connection, Kind> {
        let (until, limit) = self.times.connect;
        let opened = timeout_at(until, Connection::open(&self.route, until, phase)).await;
        match opened {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(wire::Trouble::Timeout { phase, .. })) => Err(self.times.over(phase, limit)),
            Ok(Err(trouble)) => Err(trouble.into()),
            Err(_) => Err(self.times.over(*phase, limit)),
        }
    }

    /// The request in hyper's terms, with an absolute URL.
    fn request(&self) -> Result<Request<Full<Bytes>>, Kind> {
        let address = &self.step.address;
        let host = self.headers.get(header::HOST).and_then(authority);
        let uri = Uri::builder()
            .scheme(match address.tls {
                true => Scheme::HTTPS,
                false => Scheme::HTTP,
            })
            .path_and_query(address.target.as_str());
        let uri = match host {
            Some(host) => uri.authority(host),
            None => uri.authority(address.authority()),
        };
        let uri = uri.build();
        let uri = uri.map_err(|error| wire::Trouble::Impossible(error.to_string()))?;
        let mut request = Request::new(Full::new(self.step.payload()));
        *request.method_mut() = self.step.method.clone();
        *request.uri_mut() = uri;
        *request.version_mut() = match self.version {
            Wanted::Http10 => Version::HTTP_10,
            _ => Version::HTTP_11,
        };
        request.headers_mut().clone_from(&self.headers);
        Ok(request)
    }
}

impl Times {
    pub(crate) fn start(options: &Options, deadline: Instant) -> Self {
        let start = Instant::now();
        let max_time = options.limit().and_then(|limit| start.checked_add(limit));
        let end = match max_time {
            Some(end) if end < deadline => (end, Limit::MaxTime),
            _ => (deadline, Limit::Deadline),
        };
        let connect = match start.checked_add(options.patience()) {
            Some(until) if until < end.0 => (until, Limit::ConnectTimeout),
            _ => end,
        };
        Self {
            start,
            end,
            connect,
        }
    }

    fn over(self, phase: Phase, limit: Limit) -> Kind {
        let after = self.start.elapsed();
        Kind::Timeout {
            phase,
            after,
            limit,
        }
    }
}

/// Headers as texts.
fn texts(headers: &HeaderMap) -> Vec<Pair> {
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // What browsers call Latin-1.
        Err(_) => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(bytes)
            .0
            .into_owned(),
    };
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
        .collect()
}
