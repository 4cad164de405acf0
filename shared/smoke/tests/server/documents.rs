//! What is asked about: the same for everybody, at all times.

use std::io::Write;

use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};

pub(super) const JSON: &str = r#"{
  "name": "Ada", "empty": "", "age": 36, "negative": -7, "zero": 0,
  "pi": 3.14, "whole": 4.0, "exponent": 1.5e3, "tiny": 0.0001,
  "big": 9223372036854775807, "bigger": 12345678901234567890,
  "huge": 123456789012345678901234567890, "small": -9223372036854775808,
  "yes": true, "no": false, "nothing": null,
  "list": [1, 2, 3, "four", null], "numbers": [3, 1, 2], "words": ["red", "green", "blue"],
  "none": [], "object": {"a": 1, "b": {"c": [10, 20]}}, "hollow": {},
  "items": [
    {"id": 1, "name": "pen", "price": 1.5, "tags": ["new"]},
    {"id": 2, "name": "cup", "price": 4, "tags": []},
    {"id": 3, "name": "bag", "price": 20.25, "tags": ["new", "sale"]}
  ],
  "date": "2024-02-29T12:30:45Z", "day": "29.02.2024", "epoch": "1709209845",
  "uuid": "0b6f8dbd-8d52-4a6a-9a7e-2d2ee8d3a1c5", "ip": "192.168.0.1", "ip6": "2001:db8::1",
  "html": "<b>Fish &amp; Chips</b>", "text": "Fish & Chips", "spaces": "a b  c",
  "base64": "SGVsbG8=", "base64url": "_-8", "number": "42", "float": "2.50", "lines": "one\ntwo\n",
  "url": "https://shop.test/items?x=1&y=a%20b&x=2#end", "encoded": "a%20b%2Fc", "emoji": "\ud83d\ude00",
  "with space": 1, "with.dot": 2, "quo\"te": 3, "stra\u00dfe": 4, "json": "{\"inner\": [1, 2]}"
}"#;

pub(super) const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<shop name="Corner">
  <item id="1" kind="pen"><price>1.50</price></item>
  <item id="2" kind="cup"><price>4</price></item>
  <item id="3" kind="bag"><price>20.25</price><note><![CDATA[a < b]]></note></item>
  <empty/>
  <city>Zürich &amp; Genève</city>
</shop>"#;

pub(super) const NAMESPACES: &str = r#"<?xml version="1.0"?>
<a:order xmlns:a="urn:order" xmlns:b="urn:item" xmlns="urn:plain">
  <b:item code="x">one</b:item>
  <b:item code="y">two</b:item>
  <note>plain</note>
</a:order>"#;

pub(super) const HTML: &str = r#"<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Corner  Shop</title></head>
<body>
<h1 id="top" class="big red">Welcome &mdash; caf&eacute;</h1>
<ul><li>pen<li class="best">cup<li>bag</ul>
<p>Price: <b>4</b> &euro;<br>
<img src="a.png" alt="A">
<input name="token" value="t0ken" disabled>
<a href="/items?page=2&amp;size=10">next</a>
<table><tr><td>1<td>2</table>
<script>if (1 < 2 && true) { "x" }</script>
</body>
</html>"#;

/// Rather more than a line.
pub(super) fn long() -> String {
    (1..=2000)
        .map(|n| format!("line {n} of a long text\n"))
        .collect()
}

const PACKED: &[u8] = b"{\"packed\": true, \"text\": \"white, white, white as snow\"}";

/// The same, as the reference encoder packs it.
const BROTLI: &[u8] = &[
    0x1b, 0x36, 0x00, 0x60, 0x1c, 0x87, 0xe9, 0xc6, 0x59, 0xd6, 0x44, 0xe9, 0x8f, 0x8c, 0x35, 0x42,
    0x25, 0x6f, 0x91, 0xb2, 0xb9, 0xbd, 0x15, 0xd6, 0x97, 0x20, 0x2c, 0x64, 0xe0, 0x90, 0x03, 0xe6,
    0xb4, 0xec, 0xd8, 0x96, 0x42, 0xf9, 0xc8, 0x94, 0x32, 0xe3, 0x41, 0x71, 0x85, 0x6b, 0x07, 0x6b,
    0x46, 0x22, 0xb8, 0x28, 0x5b, 0x57, 0x08,
];

/// A body, and what its `Content-Encoding` says.
pub(super) fn packed(how: &str) -> Option<(Vec<u8>, &'static str)> {
    Some(match how {
        "gzip" => (gzip(PACKED), "gzip"),
        "x-gzip" => (gzip(PACKED), "x-gzip"),
        "upper" => (gzip(PACKED), "GZIP"),
        "zlib" => (zlib(PACKED), "deflate"),
        "deflate" => (deflate(PACKED), "deflate"),
        "br" => (BROTLI.to_vec(), "br"),
        "identity" => (PACKED.to_vec(), "identity"),
        "twice" => (gzip(&zlib(PACKED)), "deflate, gzip"),
        "backwards" => (gzip(&zlib(PACKED)), "gzip, deflate"),
        "zstd" => (PACKED.to_vec(), "zstd"),
        "unknown" => (PACKED.to_vec(), "shrunk"),
        "not-gzip" => (PACKED.to_vec(), "gzip"),
        "not-br" => (PACKED.to_vec(), "br"),
        "not-deflate" => (b"\xff\xff\xff".to_vec(), "deflate"),
        "cut-gzip" => {
            let mut bytes = gzip(PACKED);
            bytes.truncate(bytes.len() / 2);
            (bytes, "gzip")
        }
        "empty" => (vec![], "gzip"),
        _ => return None,
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory can't fail.
    encoder.write_all(bytes).unwrap_or_default();
    encoder.finish().unwrap_or_default()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap_or_default();
    encoder.finish().unwrap_or_default()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap_or_default();
    encoder.finish().unwrap_or_default()
}

/// A body in some charset, and its `Content-Type`.
pub(super) fn encoded(charset: &str) -> Option<(&'static [u8], &'static str)> {
    Some(match charset {
        "utf-8" => ("Zürich".as_bytes(), "text/plain; charset=utf-8"),
        "quoted" => (b"Z\xfcrich", "text/plain; charset=\"iso-8859-1\""),
        "latin1" => (b"Z\xfcrich", "text/plain; charset=ISO-8859-1"),
        "windows-1252" => (b"5 \x80", "text/plain; charset=windows-1252"),
        "utf-16" => (b"\xff\xfeZ\0\xfc\0", "text/plain; charset=utf-16"),
        "utf-16le" => (b"Z\0\xfc\0", "text/plain; charset=utf-16le"),
        "utf-16be" => (b"\0Z\0\xfc", "text/plain; charset=utf-16be"),
        "shift_jis" => (b"\x93\xfa\x96\x7b", "text/plain; charset=Shift_JIS"),
        "gb2312" => (b"\xc4\xe3\xba\xc3", "text/plain; charset=gb2312"),
        "none" => (b"Z\xfcrich", "text/plain"),
        "wrong" => (b"Z\xfcrich", "text/plain; charset=utf-8"),
        "unknown" => (b"Zurich", "text/plain; charset=klingon"),
        "bom" => (b"\xef\xbb\xbfZurich", "text/plain; charset=utf-8"),
        "json-latin1" => (
            b"{\"city\": \"Z\xfcrich\"}",
            "application/json; charset=iso-8859-1",
        ),
        "xml-latin1" => (
            b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><city>Z\xfcrich</city>",
            "application/xml",
        ),
        _ => return None,
    })
}
