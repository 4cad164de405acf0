//! A deployment of the example on this machine, with a function as a process
//! of its own, for the tests of this target.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use gate::Hook;
use local_aws::{Fleet, FleetFuture, FunctionSpec, Launch, LocalAws, Setup};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use world::{Event, ExampleOptions, LifecycleEventName, Millis, TargetState, World};

pub(crate) const BUCKET: &str = "plans";
pub(crate) const KEY: &str = "shop/shop-production/greenlight.yaml";

/// A plan that is quick about it.
pub(crate) const PLAN: &str = "\
version: 1
before-allow-traffic:
  probes:
    - name: liveness
      http: /health
      healthy: 2
      every: 20ms
      timeout: 2s
";

/// Tasks: small servers that say they are well. Their addresses can be given
/// instead.
#[derive(Default)]
pub(crate) struct Tasks {
    pub(crate) green: Option<SocketAddr>,
    running: Mutex<HashMap<String, JoinHandle<()>>>,
}

impl Tasks {
    async fn launch(&self, launch: Launch) -> io::Result<SocketAddr> {
        if let (local_aws::Colour::Green, Some(address)) = (launch.colour, self.green) {
            return Ok(address);
        }
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let colour = format!("{:?}", launch.colour).to_lowercase();
        let routes = Router::new().route("/health", get(well)).with_state(colour);
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        self.running.lock().unwrap().insert(launch.task, server);
        Ok(address)
    }
}

async fn well(State(colour): State<String>) -> (StatusCode, String) {
    (
        StatusCode::OK,
        format!("{{\"status\":\"UP\",\"colour\":\"{colour}\"}}"),
    )
}

impl Fleet for Tasks {
    fn start(&self, launch: Launch) -> FleetFuture<'_, io::Result<SocketAddr>> {
        Box::pin(self.launch(launch))
    }

    fn stop<'a>(&'a self, task: &'a str) -> FleetFuture<'a, ()> {
        Box::pin(async move {
            if let Some(server) = self.running.lock().unwrap().remove(task) {
                server.abort();
            }
        })
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        for server in self.running.lock().unwrap().values() {
            server.abort();
        }
    }
}

/// How a test's deployment is set up.
pub(crate) struct Stage {
    /// The hook whose function runs.
    pub(crate) hook: Hook,
    pub(crate) plan: Option<String>,
    /// Files in the plan's folder, by name.
    pub(crate) beside: Vec<(String, Vec<u8>)>,
    /// Secrets, by their names.
    pub(crate) secrets: Vec<(&'static str, &'static str)>,
    /// The test listener stays on blue.
    pub(crate) stale: bool,
    pub(crate) tasks: Tasks,
    pub(crate) timeout: Duration,
    pub(crate) env: BTreeMap<String, String>,
    /// What the function panics at: the name of an operation of AWS's.
    pub(crate) panic_at: Option<&'static str>,
    pub(crate) faults: Vec<local_aws::Fault>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self {
            hook: Hook::BeforeAllowTraffic,
            plan: Some(PLAN.to_owned()),
            beside: vec![],
            secrets: vec![],
            stale: false,
            tasks: Tasks::default(),
            timeout: Duration::from_secs(60),
            env: [("GREENLIGHT_PLANS".to_owned(), format!("s3://{BUCKET}"))].into(),
            panic_at: None,
            faults: vec![],
        }
    }

    /// Starts it all, deploys, and waits for the deployment's end.
    pub(crate) async fn play(self) -> Played {
        let options = ExampleOptions {
            production_port: 0,
            test_port: Some(0),
            // An address that is given is one target.
            tasks: if self.tasks.green.is_some() { 1 } else { 2 },
            ..ExampleOptions::default()
        };
        let now =
            Millis(u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap());
        let mut world = World::example_with(&options, now);
        world.pace.minute = Duration::from_secs(1);
        world.hook_timeout = self.timeout + Duration::from_secs(15);
        if let Some(plan) = &self.plan {
            world.put_object(BUCKET, KEY, plan.clone().into_bytes(), now);
        }
        let folder = KEY.trim_end_matches("greenlight.yaml");
        for (name, bytes) in self.beside {
            world.put_object(BUCKET, &format!("{folder}{name}"), bytes, now);
        }
        for (name, value) in self.secrets {
            world.put_secret(name, value, now);
        }
        world.faults.stale_test_listener = self.stale;
        let name = self.hook.name().to_owned();
        let function = format!("CodeDeployHook_test-{}", self.hook);
        let event = match self.hook {
            Hook::AfterAllowTestTraffic => LifecycleEventName::AfterAllowTestTraffic,
            _ => LifecycleEventName::BeforeAllowTraffic,
        };
        let mut setup = Setup::new(world, Arc::new(self.tasks));
        setup.buckets.insert(BUCKET.to_owned());
        let (command, args) = match self.panic_at {
            None => (
                PathBuf::from(env!("CARGO_BIN_EXE_greenlight")),
                vec!["function".to_owned(), name],
            ),
            Some(_) => (
                std::env::current_exe().unwrap(),
                [
                    "--exact",
                    "chaos::function",
                    "--nocapture",
                    "--test-threads=1",
                ]
                .map(str::to_owned)
                .into(),
            ),
        };
        let mut env = self.env;
        if let Some(operation) = self.panic_at {
            env.insert(crate::chaos::PANIC_AT.to_owned(), operation.to_owned());
            env.insert(
                crate::chaos::FUNCTION.to_owned(),
                self.hook.name().to_owned(),
            );
        }
        setup.functions.insert(
            function.clone(),
            FunctionSpec {
                command,
                args,
                env,
                timeout: self.timeout,
                memory_mb: 256,
            },
        );
        let local = LocalAws::start(setup).await.unwrap();
        let healthy = |world: &World| {
            let blue = world.target_group("shop-blue")?;
            let well = |t: &world::Target| t.state == TargetState::Healthy;
            (!blue.targets.is_empty() && blue.targets.iter().all(well)).then_some(())
        };
        local
            .wait_for(Duration::from_secs(20), healthy)
            .await
            .expect("blue serves");
        let mut updates = local.subscribe();
        for fault in self.faults {
            local.faults().add(fault);
        }
        let request = options.deploy_request(&[(event, &function)]);
        let deployment = local.deploy(request).unwrap();
        let limit = self.timeout + Duration::from_secs(20);
        // The function logs and tells EventBridge after it has reported, so its
        // own end is waited for besides the deployment's.
        let hook = local
            .wait_for(limit, |world| {
                let found = world.deployment(&deployment)?;
                let hook = found
                    .lifecycle
                    .iter()
                    .find_map(|event| event.hook.clone())?;
                (found.status.is_over() && hook.returned.is_some()).then_some(hook)
            })
            .await
            .expect("deployment and function end");
        let reports = local.read(|world| {
            let reported = |h: &&world::Happening| matches!(h.what, Event::HookReported { .. });
            world.history.iter().filter(reported).count()
        });
        let calls = local.calls();
        let events = local.read(|world| {
            let own = world.events.iter().filter(|e| !e.is_from_aws());
            own.cloned().collect()
        });
        local.shutdown().await;
        let mut logs = vec![];
        while let Ok(update) = updates.try_recv() {
            if let local_aws::Update::Log(line) = update {
                logs.push(line.text);
            }
        }
        Played {
            hook,
            reports,
            calls,
            events,
            logs,
        }
    }
}

/// What became of a deployment.
pub(crate) struct Played {
    pub(crate) hook: world::HookExecution,
    /// Statuses that CodeDeploy took.
    pub(crate) reports: usize,
    pub(crate) calls: Vec<local_aws::Call>,
    /// What was put on EventBridge.
    pub(crate) events: Vec<world::PutEvent>,
    pub(crate) logs: Vec<String>,
}

impl Played {
    /// The status that CodeDeploy took.
    pub(crate) fn status(&self) -> &'static str {
        self.hook.reported.map_or("none", |status| status.as_str())
    }

    /// From the call to the status.
    pub(crate) fn took(&self) -> Duration {
        let reported = self.hook.reported_at.expect("a status");
        reported.since(self.hook.invoked_at)
    }

    /// The verdict, as the function logged it.
    pub(crate) fn verdict(&self) -> Value {
        let mut lines = self
            .logs
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines
            .rfind(|line| line["message"] == "verdict")
            .unwrap_or_else(|| panic!("no verdict in the log: {:#?}", self.logs))
    }

    /// Why, in the verdict's words.
    pub(crate) fn reason(&self) -> String {
        self.verdict()["reason"].as_str().unwrap().to_owned()
    }
}
