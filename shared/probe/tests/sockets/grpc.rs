//! gRPC's health protocol, against the health service of tonic.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::Full;
use hyper::{Response, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use plan::{Check, Probe};
use tonic_health::{ServingStatus, server::HealthReporter};
use verdict::Status;

use crate::support::*;

/// A server with the services `up` and `down`; the server as a whole serves.
async fn health() -> (Server, HealthReporter) {
    let (reporter, service) = tonic_health::server::health_reporter();
    reporter
        .set_service_status("up", ServingStatus::Serving)
        .await;
    reporter
        .set_service_status("down", ServingStatus::NotServing)
        .await;
    reporter
        .set_service_status("odd", ServingStatus::Unknown)
        .await;
    let server = serve(move |_, stream| {
        let service = TowerToHyperService::new(service.clone());
        async move {
            let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
            Ok(())
        }
    })
    .await;
    (server, reporter)
}

/// A server of HTTP/2 that answers everything with these headers.
async fn fixed(status: u16, headers: &'static [(&'static str, &'static str)]) -> Server {
    serve(move |_, stream| async move {
        let answer = service_fn(move |_| async move {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            Ok::<_, Infallible>(response.body(Full::<Bytes>::default()).unwrap())
        });
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), answer)
            .await;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn serving_passes() {
    let (server, _reporter) = health().await;
    for service in ["", "up"] {
        let twice = Probe {
            healthy: 2,
            ..quick(Probe::grpc(service))
        };
        let outcome = probe(twice, server.target()).await;
        assert_passed(&outcome);
        assert_eq!(outcome.got.as_deref(), Some("SERVING"));
        let timing = outcome.timing.unwrap();
        assert!(
            timing.connect.is_some() && timing.first_byte.is_some(),
            "{timing:?}"
        );
    }
}

#[tokio::test]
async fn anything_else_fails() {
    let (server, _reporter) = health().await;
    let table = [
        ("down", "expected SERVING, got NOT_SERVING"),
        ("odd", "expected SERVING, got UNKNOWN"),
        (
            "shop.Checkout",
            "got NOT_FOUND: the server doesn't know the service \"shop.Checkout\"",
        ),
    ];
    join_all(
        table
            .map(|(service, words)| (service, words, server.target()))
            .map(|(service, words, target)| async move {
                let outcome = probe(brief(quick(Probe::grpc(service))), target).await;
                assert_told(&outcome, Status::Failed, words);
                assert!(outcome.attempts > 1, "{}", outcome.line());
            }),
    )
    .await;
}

#[tokio::test]
async fn a_table_of_servers_without_the_service() {
    let table = [
        (
            200,
            &[("content-type", "application/grpc"), ("grpc-status", "12")][..],
            "got UNIMPLEMENTED: the server has no grpc.health.v1 service",
        ),
        (
            200,
            &[
                ("content-type", "application/grpc"),
                ("grpc-status", "14"),
                ("grpc-message", "draining"),
            ],
            "got UNAVAILABLE: draining",
        ),
        (200, &[("content-type", "application/grpc")], "got "),
        (
            200,
            &[("content-type", "application/grpc"), ("grpc-status", "0")],
            "got ",
        ),
        (
            404,
            &[("content-type", "text/html")],
            "got no valid answer: not gRPC, but HTTP 404",
        ),
        (
            503,
            &[],
            "got no valid answer: not gRPC, but HTTP 503 Service Unavailable",
        ),
    ];
    join_all(table.map(|(status, headers, words)| async move {
        let server = fixed(status, headers).await;
        let outcome = probe(brief(quick(Probe::grpc(""))), server.target()).await;
        assert_told(&outcome, Status::Failed, words);
        assert!(outcome.attempts > 1, "{}", outcome.line());
    }))
    .await;
}

#[tokio::test]
async fn a_server_of_http1_speaks_no_grpc() {
    let server = answers(|_| plain("200 OK", "")).await;
    let outcome = probe(brief(quick(Probe::grpc(""))), server.target()).await;
    assert_told(
        &outcome,
        Status::Failed,
        "expected SERVING, got HTTP/2 failed: ",
    );
}

#[tokio::test]
async fn plain_text_can_be_asked_for() {
    let (server, _reporter) = health().await;
    let target = greenlight_probe::Target {
        tls: true,
        ..server.target()
    };
    let mut plain = quick(Probe::grpc(""));
    if let Check::Grpc(check) = &mut plain.check {
        check.tls = Some(false);
    }
    assert_passed(&probe(plain, target).await);
}

#[tokio::test]
async fn a_service_that_comes_up_passes() {
    let (server, reporter) = health().await;
    let told = std::sync::Mutex::new(0);
    let seen = tokio::sync::Notify::new();
    let listener = |_| {
        *told.lock().unwrap() += 1;
        seen.notify_one();
    };
    let prober = greenlight_probe::Prober::with_public_authorities().unwrap();
    let assignment = greenlight_probe::Assignment {
        probe: quick(Probe::grpc("down")),
        targets: vec![server.target()],
        ca: None,
    };
    let deadline = tokio::time::Instant::now() + NO_HANG;
    let (outcomes, ()) = tokio::join!(prober.run(vec![assignment], deadline, &listener), async {
        seen.notified().await;
        reporter
            .set_service_status("down", ServingStatus::Serving)
            .await;
    });
    assert_passed(&outcomes[0]);
    assert!(*told.lock().unwrap() > 1);
}
