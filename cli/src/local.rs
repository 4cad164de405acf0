//! `greenlight local-aws`: the local AWS for other clients.

use std::{process::ExitCode, sync::Arc, time::Duration};

use local_aws::{LocalAws, Setup, UnknownHook};
use world::Event;

use crate::{
    args::LocalAws as Arguments,
    input::InputError,
    rehearse::{Crew, Scene, blue_serves, now},
};

/// How long the example's deployment may take to reach its hook.
const LIMIT: Duration = Duration::from_secs(30);

/// Serves until interrupted. The example's deployment waits at one hook for
/// whoever answers it.
pub(crate) async fn run(args: &Arguments) -> Result<ExitCode, InputError> {
    let mut scene = Scene::example()?;
    scene.hooks.retain(|entry| entry.hook == args.hook);
    if scene.hooks.is_empty() {
        return Err(InputError::new(format!(
            "--hook: the example has no hook at {}",
            args.hook
        )));
    }
    let (world, green) = scene.world(now())?;
    let mut setup = Setup::new(world, Arc::new(Crew::example(&green)));
    setup.port = args.port;
    setup.unknown_hooks = UnknownHook::Wait;
    let failed = |error| InputError::new(format!("port {}: {error}", args.port));
    let local = LocalAws::start(setup).await.map_err(failed)?;
    blue_serves(&local, "the example's blue").await?;
    let deployment = local
        .deploy(scene.request(&scene.options.config, &green))
        .map_err(|refusal| InputError::new(refusal.to_string()))?;
    let called = |world: &world::World| {
        let called =
            |happening: &world::Happening| matches!(happening.what, Event::HookInvoked { .. });
        world.history.iter().any(called).then_some(())
    };
    local
        .wait_for(LIMIT, called)
        .await
        .ok_or_else(|| InputError::new(format!("{deployment} did not reach its hook in time")))?;
    println!(
        "# The local AWS. Deployment {deployment} waits at {}.",
        args.hook
    );
    println!(
        "# Its hook event: {}/_local/hook-event",
        local.endpoint_url()
    );
    println!("# All of its state: {}/_local/world", local.endpoint_url());
    for (name, value) in local.client_env() {
        println!("export {name}={value}");
    }
    let interrupted = tokio::signal::ctrl_c().await;
    local.shutdown().await;
    match interrupted {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(InputError::new(format!(
            "could not wait for an interrupt: {error}"
        ))),
    }
}
