//! What a Lambda function needs before its work: settings from the
//! environment, the clients of AWS, one HTTP client, and the runtime's loop.
//! All of it is made once for each process, and only what the function uses.

mod aws;
mod http;
mod notify_settings;
mod runtime;
mod serve;
mod settings;

pub use aws::Aws;
pub use http::{SdkHttp, http_client, tls_config};
pub use notify_settings::NotifySettings;
pub use runtime::{Invocation, answer, start};
pub use serve::{Function, serve, serve_over};
pub use settings::{BadSettings, SETTINGS, Setting, Settings};
