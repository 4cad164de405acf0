//! The function with a client that panics: what no server can bring about.
//!
//! The test's own program is started again as the function, so that what ships
//! needs no switch for it.

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
};

use after_allow_test_traffic::AfterAllowTestTraffic;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use before_allow_traffic::BeforeAllowTraffic;

/// The environment variable with the operation to panic at, the first time
/// that it is called; `check` is the function's own work.
pub(crate) const PANIC_AT: &str = "TEST_PANIC_AT";

/// The environment variable with the function's name.
pub(crate) const FUNCTION: &str = "TEST_FUNCTION";

/// The function, when this program is started as one; nothing otherwise.
#[test]
fn function() {
    let panicking = |aws: lambda::Aws| {
        let http = aws.sdk_http();
        aws.over(Panicking(http))
    };
    let function = env::var(FUNCTION).unwrap_or_default();
    let _ = match function.as_str() {
        "" => return,
        "after-allow-test-traffic" => lambda::serve_over::<AfterAllowTestTraffic>(panicking),
        _ => lambda::serve_over::<BeforeAllowTraffic>(panicking),
    };
}

#[derive(Debug, Clone)]
struct Panicking(lambda::SdkHttp);

impl HttpClient for Panicking {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PanickingConnector(
            self.0.http_connector(settings, components),
        ))
    }
}

#[derive(Debug)]
struct PanickingConnector(SharedHttpConnector);

static PANICKED: AtomicBool = AtomicBool::new(false);

impl HttpConnector for PanickingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wanted = env::var(PANIC_AT).unwrap_or_default();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let form = String::from_utf8_lossy(body);
        let hit =
            target.ends_with(&format!(".{wanted}")) || form.contains(&format!("Action={wanted}&"));
        if hit && !PANICKED.swap(true, Ordering::SeqCst) {
            panic!("a client that panics at {wanted}");
        }
        self.0.call(request)
    }
}
