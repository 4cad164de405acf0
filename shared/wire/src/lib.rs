//! What every request of this project's own needs on its way to a server:
//! addresses, connections, TLS's authorities, and a word for each way in which
//! they fail.

mod dial;
mod http2;
mod phase;
pub mod tls;
mod trouble;
mod words;

use tokio::io::{AsyncRead, AsyncWrite};

pub use self::{
    dial::{bare_host, dial, literal, lookup},
    http2::{Scope, Spawner, handshake2},
    phase::Phase,
    trouble::{Certificate, Trouble, chain},
    words::{QUOTE, span},
};

/// A connection, with or without TLS.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}
