//! HTTP as a Hurl file needs it: one request and the redirects after it, with
//! cookies, forms, TLS of a request's own, and connections that go elsewhere
//! than the URL says.
//!
//! What is sent is what the official command sends over libcurl 7.88, found
//! out by asking it; where that is a habit of its own, a comment says so. What
//! decides is pure: `address` reads a URL, `payload` encodes a body, `step`
//! makes headers and redirects, `jar` keeps cookies, `target` reads options.
//! What acts is thin: `errand`, `connection` and `pool`, under [`Client`].

mod address;
mod client;
mod connection;
mod date;
mod errand;
mod jar;
mod options;
mod payload;
mod pool;
mod request;
mod step;
mod target;
mod tls;
mod trouble;

pub use self::{
    client::{Bounds, Client, Guard, Hop},
    jar::Jar,
    options::{Family, Identity, Options, Redirects, Wanted},
    request::{Call, Content, Part, Payload, Request, Sent},
    target::{BadTarget, ConnectTo, Resolve},
    trouble::{Kind, Limit, Trouble},
};
