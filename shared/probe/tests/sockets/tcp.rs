//! TCP probes: a port that accepts is enough.

use greenlight_probe::Target;
use plan::Probe;
use tokio::net::TcpSocket;
use verdict::Status;

use crate::support::*;

#[tokio::test]
async fn an_open_port_passes() {
    let server = serve(|_, stream| async move {
        // Accepted and closed at once: it listens all the same.
        drop(stream);
        Ok(())
    })
    .await;
    let probe = Probe {
        healthy: 2,
        ..quick(Probe::tcp(1))
    };
    let outcome = crate::support::probe(probe, server.target()).await;
    assert_passed(&outcome);
    assert_eq!(outcome.got.as_deref(), Some("connected"));
    assert_eq!(outcome.attempts, 2);
}

#[tokio::test]
async fn a_closed_port_fails() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    let outcome = probe(brief(quick(Probe::tcp(port))), target(port)).await;
    assert_told(
        &outcome,
        Status::Failed,
        "expected an open port, got connection refused; ",
    );
    assert_told(
        &outcome,
        Status::Failed,
        &format!("(tcp 127.0.0.1:{port} through task"),
    );
    assert!(outcome.attempts > 1);
}

#[tokio::test]
async fn a_name_is_looked_up() {
    let server = serve(|_, _| async { Ok(()) }).await;
    let target = Target {
        host: "localhost".to_owned(),
        ..server.target()
    };
    let outcome = probe(quick(Probe::tcp(1)), target).await;
    assert_passed(&outcome);
    assert!(outcome.timing.unwrap().dns.is_some());
}

#[tokio::test]
async fn a_name_without_an_address_fails_in_its_time() {
    let target = Target {
        // No resolver needs to be asked about this one.
        host: "no..name".to_owned(),
        ..target(80)
    };
    let outcome = probe(brief(quick(Probe::tcp(1))), target).await;
    assert_told(&outcome, Status::Failed, "got no address for no..name: ");
    assert!(outcome.attempts > 1);
}
