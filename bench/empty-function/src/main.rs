//! The least that a Lambda function in Rust can be: `scripts/measure` runs it
//! beside the real ones, so that a start-up time means the same on any machine.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(async |_event: LambdaEvent<Value>| {
        Ok::<_, Error>(json!({}))
    }))
    .await
}
