//! The local AWS as a whole.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::mpsc;
use world::{
    DeployRequest, Message, Millis, NativeRequest, NewMessage, PipelineExecution, PipelinePlan,
    Published, PutEvent, Queue, QueueSettings, Refusal, Topic, World,
};

use crate::{
    BalancerConfig, Call, Fault, Faults, Fleet, FunctionSpec, Functions, FunctionsConfig,
    INIT_LIMIT, LogLine, UnknownHook, Update,
    api::Api,
    balancer::Balancer,
    driver::Driver,
    faults::Calls,
    hub::Hub,
    later::{AsyncConfig, Later},
    mapping::{self, Mapping},
    serve::{self, Guarded, Server},
    sync::lock,
};

/// How long the tasks may take to stop at a shutdown.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// What a local AWS begins with.
pub struct Setup {
    /// The world as it is before anything runs.
    pub world: World,
    /// Who runs the tasks.
    pub fleet: Arc<dyn Fleet>,
    /// The functions by name. More can be registered later.
    pub functions: BTreeMap<String, FunctionSpec>,
    /// What is answered for hooks whose function isn't here.
    pub unknown_hooks: UnknownHook,
    /// The port of AWS's APIs; 0 takes a free one.
    pub port: u16,
    /// How the load balancer behaves.
    pub balancer: BalancerConfig,
    /// Buckets that exist without an object in them.
    pub buckets: BTreeSet<String>,
    /// Queues by name; those of the world are there besides.
    pub queues: BTreeMap<String, QueueSettings>,
    /// The queues that feed functions.
    pub mappings: Vec<Mapping>,
    /// How functions are called that nobody waits for, by their names. The
    /// others as usual.
    pub async_configs: BTreeMap<String, AsyncConfig>,
    /// Topics of SNS that are there; those of the world besides.
    pub topics: BTreeSet<String>,
    /// Faults that are on from the beginning.
    pub faults: Vec<Fault>,
    /// How long a function may take to start, usually [`INIT_LIMIT`].
    pub init_limit: Duration,
}

impl Setup {
    /// A world and its tasks; everything else as on AWS, without functions,
    /// on free ports.
    pub fn new(world: World, fleet: Arc<dyn Fleet>) -> Setup {
        Setup {
            world,
            fleet,
            functions: BTreeMap::new(),
            unknown_hooks: UnknownHook::default(),
            port: 0,
            balancer: BalancerConfig::default(),
            buckets: BTreeSet::new(),
            queues: BTreeMap::new(),
            mappings: Vec::new(),
            async_configs: BTreeMap::new(),
            topics: BTreeSet::new(),
            faults: Vec::new(),
            init_limit: INIT_LIMIT,
        }
    }
}

/// A running local AWS. Everything that it started ends when it is dropped;
/// [`LocalAws::shutdown`] also waits for that.
pub struct LocalAws {
    hub: Arc<Hub>,
    fleet: Arc<dyn Fleet>,
    functions: Functions,
    later: Arc<Later>,
    faults: Faults,
    calls: Calls,
    driver: Arc<Driver>,
    region: String,
    api: Server,
    driving: Guarded,
    feeding: Mutex<Vec<Guarded>>,
}

impl LocalAws {
    /// Starts everything: AWS's APIs, the load balancer, and then the world,
    /// which starts the tasks that it wants.
    ///
    /// # Errors
    /// When a port that was asked for is taken, or no socket can be had.
    pub async fn start(setup: Setup) -> io::Result<LocalAws> {
        let (region, account) = (setup.world.region.clone(), setup.world.account.clone());
        let hub = Arc::new(Hub::new(setup.world));
        let socket = serve::bind(setup.port).await?;
        hub.set_endpoint(format!("http://{}", socket.local_addr()?));
        let log = {
            let hub = hub.clone();
            Arc::new(move |line: LogLine| hub.publish(&Update::Log(line)))
        };
        let functions = Functions::new(FunctionsConfig {
            region: region.clone(),
            account,
            endpoint_url: Some(format!("http://{}", socket.local_addr()?)),
            init_limit: setup.init_limit,
            log,
        });
        for (name, spec) in setup.functions {
            functions.register(&name, spec);
        }
        let later = Arc::new(Later::new(hub.clone(), functions.clone()));
        for (name, config) in setup.async_configs {
            later.configure(&name, config);
        }
        let faults = Faults::default();
        for fault in setup.faults {
            faults.add(fault);
        }
        let calls = Calls::default();
        let api = Api {
            hub: hub.clone(),
            functions: functions.clone(),
            later: later.clone(),
            faults: faults.clone(),
            calls: calls.clone(),
            buckets: setup.buckets,
        };
        let api = api.serve(socket)?;
        let balancer = Arc::new(Balancer::start(&hub, &setup.balancer).await?);
        let driver = Arc::new(Driver {
            hub: hub.clone(),
            fleet: setup.fleet.clone(),
            functions: functions.clone(),
            later: later.clone(),
            balancer,
            unknown_hooks: setup.unknown_hooks,
            stops: Mutex::new(HashMap::new()),
        });
        hub.keep(|world| {
            for topic in setup.topics {
                world.create_topic(&topic);
            }
        });
        for (name, settings) in setup.queues {
            hub.mail(|world, now| world.create_queue(&name, settings, now));
        }
        let local = LocalAws {
            driving: Guarded::spawn(driver.clone().run()),
            hub,
            fleet: setup.fleet,
            functions,
            later,
            faults,
            calls,
            driver,
            region,
            api,
            feeding: Mutex::default(),
        };
        for mapping in setup.mappings {
            local.map(mapping);
        }
        Ok(local)
    }

    /// Where AWS's APIs are.
    pub fn address(&self) -> SocketAddr {
        self.api.address
    }

    /// Where AWS's APIs are, for `AWS_ENDPOINT_URL`.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.api.address)
    }

    /// The environment variables that point a client here.
    pub fn client_env(&self) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT_URL", self.endpoint_url()),
            ("AWS_REGION", self.region.clone()),
            ("AWS_DEFAULT_REGION", self.region.clone()),
            ("AWS_ACCESS_KEY_ID", crate::ACCESS_KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", crate::SECRET_ACCESS_KEY.to_owned()),
            ("AWS_SESSION_TOKEN", crate::SESSION_TOKEN.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// Makes a queue, or configures the one of that name anew, and returns its
    /// URL.
    pub fn create_queue(&self, name: &str, settings: QueueSettings) -> String {
        self.hub
            .mail(|world, now| world.create_queue(name, settings, now));
        self.queue_url(name)
    }

    /// The URL of a queue, be it there or not.
    pub fn queue_url(&self, name: &str) -> String {
        self.hub.queue_url(name)
    }

    /// A queue as it is now, by name, ARN or URL.
    pub fn queue(&self, name: &str) -> Option<Queue> {
        self.hub.read(|world| world.queue(name).cloned())
    }

    /// Sends a message to a queue.
    ///
    /// # Errors
    /// When SQS refuses it.
    pub fn send_message(&self, queue: &str, message: NewMessage) -> Result<Message, Refusal> {
        self.hub
            .mail(|world, now| world.send_message(queue, message, now))
    }

    /// Makes a rule of the default bus: events that the pattern fits go to the
    /// functions, names or ARNs.
    ///
    /// # Errors
    /// When the pattern is refused.
    pub fn put_rule(&self, name: &str, pattern: &Value, targets: &[&str]) -> Result<(), Refusal> {
        self.hub
            .keep(|world| world.put_rule(name, pattern, targets))
    }

    /// Puts an event on its bus and returns its id.
    pub fn put_event(&self, event: PutEvent) -> String {
        self.hub.change(|world, now| world.put_event(event, now))
    }

    /// Says how a function is called from now on where nobody waits for it.
    pub fn configure_async(&self, function: &str, config: AsyncConfig) {
        self.later.configure(function, config);
    }

    /// Calls a function with an event, as EventBridge and SNS do: nobody waits
    /// for the answer, and a failure is tried again.
    pub fn invoke_later(&self, function: &str, event: &Value) {
        self.later.begin(function, event.to_string().into());
    }

    /// Waits until no call is to be made or under way that nobody waits for,
    /// their retries among them. `false` when that isn't so in time.
    pub async fn idle(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.hub.idle()).await.is_ok()
    }

    /// Makes a topic, unless there is one of that name, and returns its ARN.
    pub fn create_topic(&self, name: &str) -> String {
        self.hub.keep(|world| world.create_topic(name))
    }

    /// A topic as it is now, with what was published, by name or ARN.
    pub fn topic(&self, name: &str) -> Option<Topic> {
        self.hub.read(|world| world.topic(name).cloned())
    }

    /// Calls a function with each message of a topic from now on; `false` when
    /// there is no such topic.
    pub fn subscribe_function(&self, topic: &str, function: &str) -> bool {
        self.hub.keep(|world| world.subscribe(topic, function))
    }

    /// Publishes a message to a topic and returns its id.
    ///
    /// # Errors
    /// When SNS refuses it.
    pub fn publish(&self, topic: &str, message: Published) -> Result<String, Refusal> {
        self.hub
            .change(|world, now| world.publish(topic, message, now))
    }

    /// Lets a queue feed a function from now on. The queue must be there.
    pub fn map(&self, mapping: Mapping) {
        let feeding = mapping::run(mapping, self.hub.clone(), self.functions.clone());
        lock(&self.feeding).push(Guarded::spawn(feeding));
    }

    /// Where a listener really is, by its ARN.
    pub fn listener(&self, arn: &str) -> Option<SocketAddr> {
        let port = self.hub.read(|world| world.listener(arn).map(|l| l.port))?;
        Some(SocketAddr::from(([127, 0, 0, 1], port)))
    }

    /// The functions.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// The faults of AWS's APIs, to be switched on and off.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Every call of AWS's APIs so far, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.calls.all()
    }

    /// Looks at the world. It stands still meanwhile, so be short.
    pub fn read<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        self.hub.read(look)
    }

    /// Changes the world, which then does what is due.
    pub fn change<R>(&self, change: impl FnOnce(&mut World, Millis) -> R) -> R {
        self.hub.change(change)
    }

    /// Begins a deployment by CodeDeploy and returns its id.
    ///
    /// # Errors
    /// When CodeDeploy refuses it.
    pub fn deploy(&self, request: DeployRequest) -> Result<String, Refusal> {
        self.hub.change(|world, now| world.deploy(now, request))
    }

    /// Begins a deployment by ECS itself and returns its ARN.
    ///
    /// # Errors
    /// When ECS refuses it.
    pub fn deploy_native(&self, request: NativeRequest) -> Result<String, Refusal> {
        self.hub
            .change(|world, now| world.deploy_native(now, request))
    }

    /// Starts a pipeline's execution and returns its id. It walks by itself,
    /// and makes its deployment when it comes to that: the external id of its
    /// last action tells which (`World::pipeline_execution`). Builds, logs,
    /// stages and actions of a test's own are put by [`LocalAws::change`].
    pub fn start_pipeline(&self, plan: PipelinePlan) -> String {
        self.hub
            .change(|world, now| world.start_pipeline(plan, now))
    }

    /// Waits until an execution is over and returns it. `None` when it isn't
    /// in time.
    pub async fn pipeline_over(&self, id: &str, limit: Duration) -> Option<PipelineExecution> {
        let over = |world: &World| {
            let execution = world.pipeline_execution(id)?;
            execution.status.is_over().then(|| execution.clone())
        };
        self.hub.wait_for(limit, over).await
    }

    /// Tells that a task's server ended by itself. `false` when there is no
    /// such task, or it had stopped already.
    pub fn task_stopped(&self, task: &str, exit_code: Option<i32>, reason: &str) -> bool {
        lock(&self.driver.stops).remove(task);
        self.hub
            .change(|world, now| world.task_stopped(task, exit_code, reason, now))
    }

    /// Waits until something is so in the world, and returns what was found.
    /// `None` when it isn't in time.
    pub async fn wait_for<R>(
        &self,
        limit: Duration,
        found: impl FnMut(&World) -> Option<R>,
    ) -> Option<R> {
        self.hub.wait_for(limit, found).await
    }

    /// Everything that has happened, and everything from now on, in order.
    /// What functions wrote before this call is not told.
    pub fn subscribe(&self) -> mpsc::UnboundedReceiver<Update> {
        self.hub.subscribe()
    }

    /// Stops the tasks and kills the functions; returns when they are gone and
    /// all that they wrote has been told.
    pub async fn shutdown(self) {
        drop(self.driving);
        lock(&self.feeding).clear();
        self.later.stop();
        self.functions.shutdown().await;
        let running: Vec<String> = lock(&self.driver.stops)
            .drain()
            .map(|(task, _)| task)
            .collect();
        let stop_all = async {
            for task in running {
                self.fleet.stop(&task).await;
            }
        };
        // The fleet ends what is left when it is dropped.
        let _ = tokio::time::timeout(STOP_LIMIT, stop_all).await;
    }
}
