//! The stand-in over HTTP, as Slack's own clients speak to it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::time::Duration;

use greenlight_local_slack::{
    ChannelSpec, Config, Fault, LocalSlack, Pace, Standing, TOKEN, Token, WEBHOOK, What, When,
};
use reqwest::{
    Client, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER},
};
use serde_json::{Value, json};

struct Wire {
    local: LocalSlack,
    http: Client,
}

impl Wire {
    async fn new(config: Config) -> Wire {
        // Whichever test was first has done it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Wire {
            local: LocalSlack::start(config).await.unwrap(),
            http: Client::builder().no_proxy().build().unwrap(),
        }
    }

    async fn send(&self, token: &str, method: &str, body: &Value) -> Response {
        let url = format!("{}{method}", self.local.api_url());
        let request = self.http.post(url).bearer_auth(token);
        let request = request.header(CONTENT_TYPE, "application/json; charset=utf-8");
        request.body(body.to_string()).send().await.unwrap()
    }

    async fn call(&self, method: &str, body: &Value) -> Value {
        json_of(self.send(TOKEN, method, body).await).await
    }

    async fn error(&self, method: &str, body: &Value) -> String {
        let answer = self.call(method, body).await;
        let error = answer["error"].as_str().unwrap_or_default();
        assert_eq!(answer["ok"], json!(error.is_empty()), "{answer}");
        error.to_owned()
    }

    async fn post(&self, text: &str) -> (String, String) {
        let body = json!({ "channel": "#ops", "text": text });
        let answer = self.call("chat.postMessage", &body).await;
        let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
        (text("channel"), text("ts"))
    }

    async fn get(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.local.url());
        self.http.get(url).send().await.unwrap()
    }
}

async fn json_of(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn errors_as_slack_documents_them() {
    let archived = ChannelSpec {
        is_archived: true,
        ..ChannelSpec::new("old")
    };
    let strange = ChannelSpec {
        is_member: false,
        ..ChannelSpec::new("strange")
    };
    let hidden = ChannelSpec {
        is_private: true,
        ..strange.clone()
    };
    let hidden = ChannelSpec {
        name: "hidden".to_owned(),
        ..hidden
    };
    let config = Config {
        channels: vec![archived, strange, hidden, ChannelSpec::new("ops")],
        any_channel: false,
        ..Config::default()
    };
    let wire = Wire::new(config).await;
    let (id, ts) = wire.post("card").await;
    let old = wire.local.channels()[0].id.clone();
    let strange = wire.local.channels()[1].id.clone();
    for (method, body, error) in [
        (
            "chat.postMessage",
            json!({ "text": "x" }),
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "none", "text": "x" }),
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "hidden", "text": "x" }),
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "strange", "text": "x" }),
            "not_in_channel",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "old", "text": "x" }),
            "is_archived",
        ),
        ("chat.postMessage", json!({ "channel": "ops" }), "no_text"),
        (
            "chat.postMessage",
            json!({ "channel": "ops", "text": "x".repeat(4001) }),
            "msg_too_long",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "ops", "text": "x", "metadata": [] }),
            "invalid_metadata_format",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "ops", "text": "x", "metadata": { "event_type": "a b", "event_payload": {} } }),
            "invalid_metadata_schema",
        ),
        (
            "chat.update",
            json!({ "channel": "ops", "ts": ts, "text": "x" }),
            "channel_not_found",
        ),
        (
            "chat.update",
            json!({ "channel": id, "ts": "1.000001", "text": "x" }),
            "message_not_found",
        ),
        (
            "chat.update",
            json!({ "channel": id, "ts": ts, "text": "" }),
            "no_text",
        ),
        (
            "chat.update",
            json!({ "channel": old, "ts": ts, "text": "x" }),
            "is_inactive",
        ),
        (
            "chat.delete",
            json!({ "channel": id, "ts": "1.000001" }),
            "message_not_found",
        ),
        (
            "conversations.history",
            json!({ "channel": "ops" }),
            "channel_not_found",
        ),
        (
            "conversations.history",
            json!({ "channel": strange }),
            "not_in_channel",
        ),
        (
            "conversations.history",
            json!({ "channel": id, "oldest": "now" }),
            "invalid_ts_oldest",
        ),
        (
            "conversations.history",
            json!({ "channel": id, "cursor": "now" }),
            "invalid_cursor",
        ),
        (
            "conversations.history",
            json!({ "channel": id, "limit": 0 }),
            "invalid_limit",
        ),
        (
            "conversations.replies",
            json!({ "channel": id, "ts": "1.000001" }),
            "thread_not_found",
        ),
        ("chat.shout", json!({}), "unknown_method"),
        ("chat.postMessage", json!([]), "json_not_object"),
        ("auth.test", json!({}), ""),
    ] {
        assert_eq!(wire.error(method, &body).await, error, "{method} {body}");
    }
    let bad = json!({ "channel": "ops", "text": "x", "blocks": [{ "type": "section" }] });
    let answer = wire.call("chat.postMessage", &bad).await;
    let note = "[ERROR] must define either `text` or `fields` [json-pointer:/blocks/0/type]";
    assert_eq!(answer["response_metadata"]["messages"], json!([note]));
}

#[tokio::test]
async fn tokens_and_scopes() {
    let other = Token {
        bot: "U0OTHER".to_owned(),
        ..Token::new("xoxb-other")
    };
    let blind = Token::new("xoxb-blind").without(&["channels:history", "groups:read"]);
    let config = Config {
        tokens: vec![Token::new(TOKEN), other, blind],
        ..Config::default()
    };
    let wire = Wire::new(config).await;
    let (id, ts) = wire.post("card").await;
    let target = json!({ "channel": id, "ts": ts, "text": "x" });
    let types = json!({ "types": "public_channel,private_channel" });
    for (token, method, body, error) in [
        ("xoxb-none", "auth.test", &json!({}), "invalid_auth"),
        ("xoxb-other", "chat.update", &target, "cant_update_message"),
        ("xoxb-other", "chat.delete", &target, "cant_delete_message"),
        (
            "xoxb-blind",
            "conversations.history",
            &target,
            "missing_scope",
        ),
        ("xoxb-blind", "users.conversations", &types, "missing_scope"),
    ] {
        let answer = json_of(wire.send(token, method, body).await).await;
        assert_eq!(answer["error"], error, "{method}");
    }
    for (standing, error) in [
        (Standing::Revoked, "token_revoked"),
        (Standing::Expired, "token_expired"),
        (Standing::Inactive, "account_inactive"),
        (Standing::Good, ""),
    ] {
        wire.local.judge(TOKEN, standing);
        assert_eq!(wire.error("auth.test", &json!({})).await, error);
    }
    let nobody = wire.http.post(format!("{}auth.test", wire.local.api_url()));
    let answer = json_of(nobody.send().await.unwrap()).await;
    assert_eq!(answer["error"], "not_authed");
}

#[tokio::test]
async fn a_form_is_as_good_as_json() {
    let wire = Wire::new(Config::default()).await;
    let blocks = "%5B%7B%22type%22%3A%22divider%22%7D%5D";
    let url = format!("{}chat.postMessage", wire.local.api_url());
    let body = format!("token={TOKEN}&channel=ops&text=two+words&blocks={blocks}");
    let form = "application/x-www-form-urlencoded";
    let request = wire.http.post(&url).header(CONTENT_TYPE, form).body(body);
    assert_eq!(json_of(request.send().await.unwrap()).await["ok"], true);
    let posted = &wire.local.messages("ops")[0];
    assert_eq!(posted.text(), "two words");
    assert_eq!(posted.blocks(), &json!([{ "type": "divider" }]));
    for (kind, error) in [
        ("", "missing_post_type"),
        ("text/html", "invalid_post_type"),
    ] {
        let mut request = wire.http.post(&url).bearer_auth(TOKEN).body("{}");
        if !kind.is_empty() {
            request = request.header(CONTENT_TYPE, kind);
        }
        assert_eq!(json_of(request.send().await.unwrap()).await["error"], error);
    }
}

#[tokio::test]
async fn history_is_read_by_pages() {
    let wire = Wire::new(Config::default()).await;
    let mut all = Vec::new();
    for n in 0..7 {
        all.push(wire.post(&n.to_string()).await.1);
    }
    let id = wire.local.channels()[0].id.clone();
    let reply = json!({ "channel": id, "text": "reply", "thread_ts": all[0] });
    wire.call("chat.postMessage", &reply).await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let query = format!(
            "/api/conversations.history?channel={id}&limit=3&oldest={}&cursor={cursor}",
            all[0]
        );
        let url = format!("{}{query}", wire.local.url());
        let request = wire
            .http
            .get(url)
            .header(AUTHORIZATION, format!("Bearer {TOKEN}"));
        let page = json_of(request.send().await.unwrap()).await;
        let messages = page["messages"].as_array().unwrap();
        seen.extend(
            messages
                .iter()
                .map(|m| m["text"].as_str().unwrap().to_owned()),
        );
        cursor = page["response_metadata"]["next_cursor"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(page["has_more"], json!(!cursor.is_empty()));
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(
        seen,
        ["6", "5", "4", "3", "2", "1"],
        "newest first, without replies"
    );
    let thread = json!({ "channel": id, "ts": all[0], "limit": 1 });
    let page = wire.call("conversations.replies", &thread).await;
    assert_eq!(page["messages"][0]["reply_count"], 1);
    let next = page["response_metadata"]["next_cursor"].as_str().unwrap();
    let thread = json!({ "channel": id, "ts": all[0], "cursor": next });
    let page = wire.call("conversations.replies", &thread).await;
    assert_eq!(page["messages"][0]["text"], "reply");
    assert_eq!(page["has_more"], false);
}

#[tokio::test]
async fn webhooks() {
    let wire = Wire::new(Config::default()).await;
    let post = async |path: &str, body: &str| {
        let request = wire.http.post(wire.local.webhook_url(path));
        let response = request.body(body.to_owned()).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.text().await.unwrap())
    };
    for (path, body, status, text) in [
        (WEBHOOK, r#"{"text": "x"}"#, 200, "ok"),
        (WEBHOOK, "{", 400, "invalid_payload"),
        (WEBHOOK, "{}", 400, "no_text"),
        (
            WEBHOOK,
            r#"{"blocks": [{"type": "card"}]}"#,
            400,
            "invalid_blocks",
        ),
        ("T000/B000/ZZZ", r#"{"text": "x"}"#, 404, "no_service"),
    ] {
        assert_eq!(post(path, body).await, (status, text.to_owned()), "{body}");
    }
    wire.local.channel(ChannelSpec {
        is_archived: true,
        ..ChannelSpec::new("general")
    });
    let answer = post(WEBHOOK, r#"{"text": "x"}"#).await;
    assert_eq!(answer, (410, "channel_is_archived".to_owned()));
    assert_eq!(wire.local.messages("general").len(), 1);
}

#[tokio::test]
async fn it_can_be_read_back() {
    let wire = Wire::new(Config::default()).await;
    let changes = wire.local.changes();
    let (id, ts) = wire.post("first").await;
    wire.call("auth.test", &json!({})).await;
    assert_eq!(*changes.borrow(), 1);
    let update = json!({ "channel": id, "ts": ts, "text": "second" });
    wire.call("chat.update", &update).await;
    wire.call("chat.update", &json!({ "channel": id, "ts": ts }))
        .await;
    let channels = json_of(wire.get("/_local/channels").await).await;
    assert_eq!(channels[0]["name"], "ops");
    let versions = &channels[0]["messages"][0]["versions"];
    assert_eq!(versions[0]["text"], "first");
    assert_eq!(versions[1]["text"], "second");
    let calls = json_of(wire.get("/_local/calls").await).await;
    assert_eq!(calls["chat.update"], json!({ "ok": 1, "no_text": 1 }));
    let page = wire.get("/").await.text().await.unwrap();
    assert!(page.contains("#ops") && page.contains("second"), "{page}");
    assert_eq!(wire.get("/nowhere").await.status(), 404);
}

#[tokio::test]
async fn pace_and_faults_answer_with_429() {
    let config = Config {
        pace: Some(Pace::default()),
        ..Config::default()
    };
    let wire = Wire::new(config).await;
    wire.post("first").await;
    let body = json!({ "channel": "ops", "text": "x" });
    let second = wire.send(TOKEN, "chat.postMessage", &body).await;
    assert_eq!(second.status(), 429);
    assert_eq!(second.headers()[RETRY_AFTER], "1");
    assert_eq!(json_of(second).await["error"], "ratelimited");

    let every = Fault::of("auth.test", When::Every(2), What::rate_limited(9));
    let id = wire.local.fault(every);
    let mut statuses = Vec::new();
    for n in 0..6 {
        if n == 4 {
            wire.local.mend(id);
        }
        let answer = wire.send(TOKEN, "auth.test", &json!({})).await;
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [200, 429, 200, 429, 200, 200]);
    assert_eq!(wire.local.calls()["auth.test"]["429"], 2);
}

#[tokio::test]
async fn one_that_hangs_lets_go_in_the_end() {
    let wire = Wire::new(Config::default()).await;
    let what = What::Hang(Duration::from_millis(20));
    wire.local.fault(Fault::new(When::Next(1), what));
    let url = format!("{}auth.test", wire.local.api_url());
    assert!(wire.http.post(url).bearer_auth(TOKEN).send().await.is_err());
    assert_eq!(wire.error("auth.test", &json!({})).await, "");
}

#[tokio::test]
async fn it_is_gone_when_it_is_dropped() {
    let wire = Wire::new(Config::default()).await;
    let port = wire
        .local
        .url()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let again = |port| {
        LocalSlack::start(Config {
            port,
            ..Config::default()
        })
    };
    let taken = again(port).await.unwrap_err().to_string();
    assert!(taken.contains("choose another port"), "{taken}");
    drop(wire);
    while again(port).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_the_same_time_get_a_time_each() {
    let wire = std::sync::Arc::new(Wire::new(Config::default()).await);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..20 {
        let wire = wire.clone();
        tasks.spawn(async move {
            for n in 0..25 {
                wire.post(&format!("{task}/{n}")).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let mut times: Vec<String> = wire
        .local
        .messages("ops")
        .into_iter()
        .map(|m| m.ts)
        .collect();
    assert_eq!(times.len(), 500);
    times.sort();
    times.dedup();
    assert_eq!(times.len(), 500);
}
