//! How quickly a file is read: a realistic one of a megabyte, and a line of a
//! megabyte. Run it with `cargo bench -p greenlight-hurl`.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints, and stops when what it measures is broken"
)]

use std::{hint::black_box, time::Instant};

use greenlight_hurl::parse;

/// How large each text is at least.
const BYTES: usize = 1_000_000;

/// How often each is read; the quickest time counts.
const ROUNDS: u32 = 20;

/// An entry as people write them. `N` becomes its number.
const ENTRY: &str = r#"# Order number N
POST {{base_url}}/api/orders/N?expand=items
Content-Type: application/json
Authorization: Bearer {{token}}
X-Request-Id: {{newUuid}}
[Options]
retry: 3
retry-interval: 200ms
{
  "customer": "{{customer}}",
  "items": [
    { "sku": "A-N", "count": 2, "price": 12.50 },
    { "sku": "B-N", "count": 1, "price": {{price}} }
  ],
  "note": "leave it at the \"back\" door \u00e9"
}

HTTP 201
Content-Type: application/json
[Captures]
order: jsonpath "$.id"
etag: header "ETag" replace "\"" ""
[Asserts]
header "Location" startsWith "/api/orders/"
jsonpath "$.items" count == 2
jsonpath "$.items[0].sku" == "A-N"
jsonpath "$.total" > 25
jsonpath "$.created" matches /^\d{4}-\d{2}-\d{2}T/
cookie "session[HttpOnly]" exists
duration < 1000

"#;

fn main() {
    let mut realistic = String::new();
    let mut number = 1000;
    while realistic.len() < BYTES {
        realistic.push_str(&ENTRY.replace('N', &number.to_string()));
        number += 1;
    }
    measure("a realistic file", &realistic);
    measure("a long URL", &format!("GET http://h/{}", "x".repeat(BYTES)));
    let template = "{{a}} and ".repeat(BYTES / 10);
    measure(
        "a long line of placeholders",
        &format!("GET http://h/{template}"),
    );
    let json = "{\"a\": [1, true, \"b\"]}, ".repeat(BYTES / 26);
    measure("a long line of JSON", &format!("POST http://h\n[{json}0]"));
    measure(
        "deep JSON",
        &format!(
            "POST http://h\n{}{}",
            "[ ".repeat(BYTES / 3),
            "]".repeat(BYTES / 3)
        ),
    );
    let xml = "<a b='c'>text &amp; more</a>".repeat(BYTES / 28);
    measure(
        "a long line of XML",
        &format!("POST http://h\n<r>{xml}</r>"),
    );
}

fn measure(what: &str, text: &str) {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let file = parse(black_box(text)).expect("the text is a file");
        best = best.min(start.elapsed().as_secs_f64());
        black_box(file);
    }
    let megabytes = text.len() as f64 / 1e6;
    let (millis, speed) = (best * 1e3, megabytes / best);
    println!("{what:<28} {megabytes:.2} MB  {millis:>7.2} ms  {speed:>7.0} MB/s");
}
