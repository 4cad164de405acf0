//! S3: objects with conditions, ranges and listings.

use bytes::Bytes;
use greenlight_local_aws::LocalAws;
use http::{Method, Response};
use world::ExampleOptions;

use crate::{
    client::signed,
    fleet::{TestFleet, start},
};

async fn plans() -> (LocalAws, TestFleet) {
    start(&ExampleOptions::default(), |setup| {
        setup.buckets.insert("plans".to_owned());
    })
    .await
}

async fn ask(
    aws: &LocalAws,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<Bytes> {
    let url = format!("{}{path}", aws.endpoint_url());
    signed(method, &url, headers, body.to_owned())
        .await
        .expect("an answer")
}

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}

fn etag(response: &Response<Bytes>) -> String {
    response.headers()["etag"]
        .to_str()
        .expect("text")
        .to_owned()
}

#[tokio::test]
async fn objects_are_written_and_read() {
    let (aws, _fleet) = plans().await;
    let put = ask(
        &aws,
        Method::PUT,
        "/plans/shop/a%20b.yaml",
        &[],
        "version: 1\n",
    )
    .await;
    assert_eq!(put.status(), 200);
    let get = ask(&aws, Method::GET, "/plans/shop/a%20b.yaml", &[], "").await;
    assert_eq!(text(&get), "version: 1\n");
    assert_eq!(etag(&get), etag(&put));
    assert!(
        get.headers()["last-modified"]
            .to_str()
            .expect("text")
            .ends_with(" GMT")
    );
    let head = ask(&aws, Method::HEAD, "/plans/shop/a%20b.yaml", &[], "").await;
    assert_eq!(
        (head.status().as_u16(), &head.headers()["content-length"]),
        (200, &"11".parse().expect("a value"))
    );
    let part = ask(
        &aws,
        Method::GET,
        "/plans/shop/a%20b.yaml",
        &[("range", "bytes=9-")],
        "",
    )
    .await;
    assert_eq!((part.status().as_u16(), text(&part).as_str()), (206, "1\n"));
    assert_eq!(part.headers()["content-range"], "bytes 9-10/11");
    let beyond = ask(
        &aws,
        Method::GET,
        "/plans/shop/a%20b.yaml",
        &[("range", "bytes=11-")],
        "",
    )
    .await;
    assert_eq!(beyond.status(), 416);
    // By the bucket's own name as host.
    let host = [("host", "plans.localhost")];
    let get = ask(&aws, Method::GET, "/shop/a%20b.yaml", &host, "").await;
    assert_eq!(text(&get), "version: 1\n");
    let gone = ask(&aws, Method::DELETE, "/plans/shop/a%20b.yaml", &[], "").await;
    assert_eq!(gone.status(), 204);
    let get = ask(&aws, Method::GET, "/plans/shop/a%20b.yaml", &[], "").await;
    assert_eq!(get.status(), 404);
    assert!(text(&get).contains("<Code>NoSuchKey</Code>"));
    let get = ask(&aws, Method::GET, "/other/a", &[], "").await;
    assert!(text(&get).contains("<Code>NoSuchBucket</Code>"));
    let head = ask(&aws, Method::HEAD, "/plans/a", &[], "").await;
    assert_eq!((head.status().as_u16(), text(&head).as_str()), (404, ""));
}

#[tokio::test]
async fn writes_have_conditions() {
    let (aws, _fleet) = plans().await;
    let new = [("if-none-match", "*")];
    let first = ask(&aws, Method::PUT, "/plans/card", &new, "1").await;
    assert_eq!(first.status(), 200);
    let again = ask(&aws, Method::PUT, "/plans/card", &new, "2").await;
    assert_eq!(again.status(), 412);
    assert!(text(&again).contains("<Code>PreconditionFailed</Code>"));
    let tag = etag(&first);
    let second = ask(&aws, Method::PUT, "/plans/card", &[("if-match", &tag)], "2").await;
    assert_eq!(second.status(), 200);
    let stale = ask(&aws, Method::PUT, "/plans/card", &[("if-match", &tag)], "3").await;
    assert_eq!(stale.status(), 412);
    let nothing = ask(&aws, Method::PUT, "/plans/none", &[("if-match", &tag)], "3").await;
    assert_eq!(nothing.status(), 404);
    let same = ask(
        &aws,
        Method::GET,
        "/plans/card",
        &[("if-none-match", &etag(&second))],
        "",
    )
    .await;
    assert_eq!(same.status(), 304);
    assert_eq!(
        text(&ask(&aws, Method::GET, "/plans/card", &[], "").await),
        "2"
    );
}

#[tokio::test]
async fn of_many_writers_at_once_one_wins() {
    let (aws, _fleet) = plans().await;
    let put = |_| {
        ask(
            &aws,
            Method::PUT,
            "/plans/lease",
            &[("if-none-match", "*")],
            "mine",
        )
    };
    let answers = futures_util::future::join_all((0..20).map(put)).await;
    assert_eq!(answers.iter().filter(|a| a.status() == 200).count(), 1);
    assert_eq!(answers.iter().filter(|a| a.status() == 412).count(), 19);
}

#[tokio::test]
async fn listings_have_pages_and_folders() {
    let (aws, _fleet) = plans().await;
    for key in ["b/2", "a", "b/1", "c<&>", "b/x/3"] {
        let path = format!("/plans/{}", key.replace('<', "%3C").replace('>', "%3E"));
        assert_eq!(ask(&aws, Method::PUT, &path, &[], "x").await.status(), 200);
    }
    let list = async |query: &str| {
        text(
            &ask(
                &aws,
                Method::GET,
                &format!("/plans?list-type=2{query}"),
                &[],
                "",
            )
            .await,
        )
    };
    let keys = |xml: &str| -> Vec<String> {
        let parts = xml.split("<Key>").skip(1);
        parts
            .filter_map(|p| p.split("</Key>").next())
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(
        keys(&list("").await),
        ["a", "b/1", "b/2", "b/x/3", "c&lt;&amp;&gt;"]
    );
    assert_eq!(keys(&list("&prefix=b/").await), ["b/1", "b/2", "b/x/3"]);
    let folders = list("&delimiter=/").await;
    assert_eq!(keys(&folders), ["a", "c&lt;&amp;&gt;"]);
    assert!(folders.contains("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>"));
    let page = list("&max-keys=2").await;
    assert_eq!(keys(&page), ["a", "b/1"]);
    assert!(page.contains("<IsTruncated>true</IsTruncated>"));
    let token = page
        .split("<NextContinuationToken>")
        .nth(1)
        .and_then(|t| t.split('<').next());
    let next = list(&format!("&continuation-token={}", token.expect("a token"))).await;
    assert_eq!(keys(&next), ["b/2", "b/x/3", "c&lt;&amp;&gt;"]);
    assert!(next.contains("<IsTruncated>false</IsTruncated>"));
}
