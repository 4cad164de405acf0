//! Whatever the other side answers: no secret gets into an error.

use board::Courier;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    runtime::Runtime,
};

use crate::support::{Secret, connect, message, order, says, search};

/// Answers one call after the other with what was told, whatever is asked.
async fn echo(listener: TcpListener, answer: Vec<u8>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = [0; 64 << 10];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
    }
}

fn answers(secret: String) -> impl Strategy<Value = String> {
    let statuses =
        prop::sample::select(vec![200, 201, 301, 400, 401, 403, 404, 410, 429, 500, 503]);
    let body = prop_oneof![
        Just(format!("{{\"ok\":false,\"error\":\"{secret}\"}}")),
        Just(format!(
            "{{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"a {secret} b\"}}"
        )),
        Just(format!(
            "{{\"ok\":false,\"error\":\"invalid_blocks\",\"response_metadata\":{{\"messages\":[\"x {secret}\"]}}}}"
        )),
        // Where the secret would be cut in two.
        (280..300usize).prop_map({
            let secret = secret.clone();
            move |n| format!("{{\"ok\":false,\"error\":\"{}{secret}\"}}", "x".repeat(n))
        }),
        Just("{\"ok\":false,\"error\":\"invalid_auth\"}".to_owned()),
        Just("{\"ok\":true}".to_owned()),
        Just(secret),
        Just("\u{0}\n".to_owned()),
        "[a-z_]{0,20}",
    ];
    (statuses, body, any::<bool>()).prop_map(|(status, body, whole)| {
        let length = body.len() + usize::from(!whole);
        format!(
            "HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\nlocation: /{body_end}\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}",
            body_end = status
        )
    })
}

#[test]
fn no_secret_gets_into_an_error() {
    let runtime = Runtime::new().unwrap();
    let tail = "k7Qz9LmW2xY4";
    let cases = (any::<bool>(), 0..5usize);
    let cases = cases.prop_flat_map(move |(is_token, act)| {
        let secret = match is_token {
            true => format!("xoxb-1-{tail}"),
            false => format!("/services/T0/B0/{tail}"),
        };
        (Just(is_token), Just(act), answers(secret))
    });
    let mut runner = TestRunner::new(Config {
        cases: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let told = runner.run(&cases, |(is_token, act, answer)| {
        let text = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            let server = tokio::spawn(echo(listener, answer.into_bytes()));
            let secret = match is_token {
                true => format!("xoxb-1-{tail}"),
                false => format!("{base}/services/T0/B0/{tail}"),
            };
            let slack = connect(&format!("{base}/api/"), &Secret::new(&secret)).await;
            let message = message(&says("card"));
            let place = if is_token { "ops" } else { "incoming webhook" };
            let order = order(place, None, &message, "mark");
            let root = "C012345678/1700000000.000100";
            let result = match act {
                0 => slack.post(order).await.map(|_| ()),
                1 => slack.update(root, order).await,
                2 => slack.withdraw(root).await,
                3 => slack.find(search(place, None, "mark")).await.map(drop),
                _ => slack
                    .find(search(place, Some(root), "mark"))
                    .await
                    .map(drop),
            };
            server.abort();
            format!("{result:?}")
        });
        prop_assert!(!text.contains(&tail[..4]), "{text}");
        Ok(())
    });
    if let Err(error) = told {
        panic!("{error}");
    }
}
