//! What is rehearsed: the user's files, or the example's, made into a world
//! and a request to deploy.

use gate::Hook;
use serde_json::{Value, json};
use world::{
    AppSpecHook, DeployRequest, ExampleOptions, LifecycleEventName, Millis, NativeConfig,
    NativeHook, NativeRequest, PREDEFINED_CONFIGS, Revision, Stage, Strategy, TrafficRouting,
    World,
};

use super::folder::{Folder, PLAN};
use crate::{
    args::Rehearse,
    example,
    input::{AppSpec, HookEntry, InputError, PLACEHOLDER, Remark, Source, TaskDefinition},
    smoke,
};

/// The bucket of plans.
pub(crate) const BUCKET: &str = "greenlight-plans";

/// Everything that a rehearsal is made of.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) spec: AppSpec,
    pub(crate) task_definition: TaskDefinition,
    pub(crate) hooks: Vec<HookEntry>,
    pub(crate) options: ExampleOptions,
    pub(crate) folder: Folder,
    pub(crate) remarks: Vec<Remark>,
}

impl Scene {
    /// Reads all files and holds them against each other.
    pub(crate) fn read(args: &Rehearse) -> Result<Self, InputError> {
        let source = match &args.appspec {
            Some(path) => Source::read(path)?,
            None => Source::own(EXAMPLE, example::APPSPEC),
        };
        let (spec, mut remarks) = AppSpec::parse(source)?;
        let taskdef = match &args.taskdef {
            Some(path) => Source::read(path)?,
            None => example_taskdef(&spec)?,
        };
        let (mut task_definition, more) = TaskDefinition::parse(&taskdef)?;
        remarks.extend(more);
        remarks.extend(other_family(&spec, &task_definition));
        if let Some(mut mismatch) = TaskDefinition::hold(&taskdef, &spec)? {
            // An AppSpec that names a revision deploys that one, and never this
            // file; what the revision has is not known here.
            if spec.task_definition.value == PLACEHOLDER {
                return Err(InputError::new(mismatch));
            }
            let named = &spec.task_definition.value;
            mismatch
                .text
                .push_str(&format!("; a stand-in for {named} runs here"));
            remarks.push(mismatch);
            let (stand_in, _) = TaskDefinition::parse(&example_taskdef(&spec)?)?;
            task_definition = stand_in.named(&task_definition.family);
        }
        let folder = folder(args)?;
        let mut hooks = hooks(&spec, args)?;
        if args.appspec.is_none() && !folder.has_smoke {
            remarks.extend(leave_out(&mut hooks, args));
        }
        // Whoever runs no smoke tests misses no secret of theirs.
        let smoke = |entry: &HookEntry| entry.hook == Hook::AfterAllowTestTraffic;
        if hooks.iter().any(smoke) {
            remarks.extend(folder.remarks.iter().cloned());
        }
        if !args.hook.is_empty() {
            remarks.retain(|remark| !remark.text.starts_with(NO_HOOKS));
        }
        let own = match (&args.green, &args.blue) {
            (None, None) => Own::Neither,
            _ => Own::Some,
        };
        let routing = routing(&args.deployment_config)?;
        let mut options = options(own, &spec, &task_definition);
        options.config.clone_from(&args.deployment_config);
        if args.native {
            options.native = Some(native_config(routing, &hooks));
        }
        Ok(Self {
            spec,
            task_definition,
            hooks,
            options,
            folder,
            remarks,
        })
    }

    /// The example, as it ships.
    pub(crate) fn example() -> Result<Self, InputError> {
        let source = Source::own(EXAMPLE, example::APPSPEC);
        let (spec, _) = AppSpec::parse(source)?;
        let (task_definition, _) = TaskDefinition::parse(&example_taskdef(&spec)?)?;
        Ok(Self {
            hooks: spec.hooks.clone(),
            options: options(Own::Neither, &spec, &task_definition),
            spec,
            task_definition,
            folder: Folder::example(&[])?,
            remarks: vec![],
        })
    }

    /// The world before the deployment. Its green runs the scene's task
    /// definition, whose ARN comes back too.
    pub(crate) fn world(&self, now: Millis) -> Result<(World, String), InputError> {
        let mut world = World::example_with(&self.options, now);
        let registered = world.register_task_definition(self.task_definition.json.clone(), now);
        let arn = registered
            .map_err(|refusal| InputError::new(format!("the task definition: {refusal}")))?;
        for (name, bytes) in &self.folder.files {
            let key = match self.options.native {
                None => plan::default_key(&self.options.application, &self.options.group),
                Some(_) => plan::default_key(&self.options.cluster, &self.options.service),
            };
            let folder = key.trim_end_matches(PLAN);
            world.put_object(BUCKET, &format!("{folder}{name}"), bytes.clone(), now);
        }
        for (id, value) in &self.folder.secrets {
            world.put_secret(id, value, now);
        }
        Ok((world, arn))
    }

    /// The request to CodeDeploy.
    pub(crate) fn request(&self, config: &str, green: &str) -> DeployRequest {
        let named = self.spec.task_definition.value.as_str();
        let revision = named.rsplit_once(':').map_or("", |(_, revision)| revision);
        // What ECS would refuse is handed on, to be refused.
        let refused = named != PLACEHOLDER && revision.parse::<u32>().is_err();
        DeployRequest {
            application: self.options.application.clone(),
            group: self.options.group.clone(),
            config: Some(config.to_owned()),
            description: Some("rehearsal".to_owned()),
            appspec: self.spec.source.text.clone(),
            revision: Revision {
                task_definition: if refused { named } else { green }.to_owned(),
                container_name: self.spec.container_name.value.clone(),
                container_port: self.spec.container_port.value,
                platform_version: self.spec.platform_version.clone(),
                hooks: self
                    .hooks
                    .iter()
                    .filter_map(|entry| {
                        Some(AppSpecHook {
                            event: LifecycleEventName::parse(entry.hook.lifecycle_event())?,
                            function: entry.function.clone(),
                        })
                    })
                    .collect(),
            },
        }
    }

    /// The request to ECS.
    pub(crate) fn native_request(&self, green: &str) -> NativeRequest {
        NativeRequest {
            cluster: self.options.cluster.clone(),
            service: self.options.service.clone(),
            task_definition: green.to_owned(),
            config: None,
        }
    }
}

/// What errors call the example's AppSpec.
const EXAMPLE: &str = "the example's appspec.yaml";
const NO_HOOKS: &str = "it has no Hooks";

/// The example's task definition, with the AppSpec's container.
fn example_taskdef(spec: &AppSpec) -> Result<Source, InputError> {
    let mut json: Value = Source::own("taskdef.json", example::TASKDEF).parse()?;
    let container = &mut json["containerDefinitions"][0];
    container["name"] = json!(spec.container_name.value);
    container["portMappings"][0]["containerPort"] = json!(spec.container_port.value);
    Ok(Source::own("the example's taskdef.json", &json.to_string()))
}

/// The family that an AppSpec's ARN names, if it is another one.
fn other_family(spec: &AppSpec, found: &TaskDefinition) -> Option<Remark> {
    let named = spec.task_definition.value.rsplit('/').next()?;
    let (family, _) = named.split_once(':')?;
    (family != found.family).then(|| {
        spec.source.remark(
            &spec.task_definition,
            format!(
                "it names family {family:?}, and the task definition is of family {:?}",
                found.family
            ),
        )
    })
}

/// The plan that is rehearsed, with what stands beside it.
fn folder(args: &Rehearse) -> Result<Folder, InputError> {
    let environment = |name: &str| std::env::var_os(name);
    let given = args.secret.iter();
    let given: Vec<_> = given
        .map(|given| smoke::secret(given, &environment))
        .collect::<Result<_, _>>()?;
    match (&args.plan, &args.appspec) {
        (Some(path), _) => Folder::read(path, &given),
        // A server of the user's sells no tea.
        (None, None) if args.green.is_none() => Folder::example(&given),
        (None, _) => Folder::none(&given),
    }
}

/// Leaves out the hook of the example's AppSpec that runs smoke tests, where
/// nobody wrote any: the user's plan or server is not to be stopped for it.
fn leave_out(hooks: &mut Vec<HookEntry>, args: &Rehearse) -> Option<Remark> {
    let smoke = Hook::AfterAllowTestTraffic;
    if args.hook.iter().any(|(hook, _)| *hook == smoke) {
        return None;
    }
    hooks.retain(|entry| entry.hook != smoke);
    let why = match args.plan {
        Some(_) => "the plan has none of its own",
        None => "they are no tests of a server of yours; --plan names your own",
    };
    Some(Remark {
        place: EXAMPLE.to_owned(),
        text: format!("its smoke tests, at {smoke}, are left out: {why}"),
    })
}

/// The AppSpec's hooks and those of the command line, which go first where
/// both name one.
fn hooks(spec: &AppSpec, args: &Rehearse) -> Result<Vec<HookEntry>, InputError> {
    let mut hooks: Vec<HookEntry> = Vec::new();
    for (hook, function) in &args.hook {
        if hooks.iter().any(|entry| entry.hook == *hook) {
            return Err(InputError::new(format!("--hook: {hook} is given twice")));
        }
        hooks.push(HookEntry {
            hook: *hook,
            function: function.clone(),
            place: "--hook".to_owned(),
        });
    }
    for entry in &spec.hooks {
        if !hooks.iter().any(|other| other.hook == entry.hook) {
            hooks.push(entry.clone());
        }
    }
    hooks.sort_by_key(|entry| Hook::ALL.iter().position(|hook| *hook == entry.hook));
    Ok(hooks)
}

/// Whose servers the tasks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    /// The example's.
    Neither,
    /// Blue, green or both are the user's.
    Some,
}

fn options(own: Own, spec: &AppSpec, task_definition: &TaskDefinition) -> ExampleOptions {
    let family = &task_definition.family;
    let (health_path, matcher) = match (task_definition.health_path(spec), own) {
        (Some(path), _) => (path, "200-299"),
        (None, Own::Neither) => ("/health".to_owned(), "200-299"),
        // Nobody says which path of a foreign server tells its health.
        (None, Own::Some) => ("/".to_owned(), "200-499"),
    };
    ExampleOptions {
        application: family.clone(),
        group: format!("{family}-production"),
        service: family.clone(),
        container: spec.container_name.value.clone(),
        container_port: spec.container_port.value,
        // A server of the user's is one task, however often it is started.
        tasks: if own == Own::Some { 1 } else { 2 },
        production_port: 0,
        test_port: Some(0),
        health_path,
        matcher: matcher.to_owned(),
        ..ExampleOptions::default()
    }
}

/// What a deployment configuration does.
fn routing(config: &str) -> Result<TrafficRouting, InputError> {
    let known = PREDEFINED_CONFIGS.iter().find(|(name, _)| *name == config);
    let (_, routing) = known.ok_or_else(|| {
        let names: Vec<&str> = PREDEFINED_CONFIGS.iter().map(|(name, _)| *name).collect();
        InputError::new(format!(
            "--deployment-config: there is no {config:?}; there are {}",
            names.join(", ")
        ))
    })?;
    Ok(*routing)
}

/// How ECS would shift traffic by itself, where CodeDeploy has this
/// configuration.
fn native_config(routing: TrafficRouting, hooks: &[HookEntry]) -> NativeConfig {
    NativeConfig {
        strategy: match routing {
            TrafficRouting::AllAtOnce => Strategy::BlueGreen,
            TrafficRouting::Canary { percent, minutes } => Strategy::Canary {
                percent: f64::from(percent),
                bake_minutes: minutes,
            },
            TrafficRouting::Linear { percent, minutes } => Strategy::Linear {
                step_percent: f64::from(percent),
                step_bake_minutes: minutes,
            },
        },
        bake_minutes: 0,
        hooks: native_hooks(hooks),
    }
}

/// ECS's own hooks for the same functions.
fn native_hooks(hooks: &[HookEntry]) -> Vec<NativeHook> {
    hooks
        .iter()
        .map(|entry| NativeHook {
            function: entry.function.clone(),
            role_arn: "arn:aws:iam::123456789012:role/greenlight-EcsHookRole".to_owned(),
            // The first stage of each hook is the one before anything moves.
            stages: entry
                .hook
                .stages()
                .iter()
                .take(1)
                .filter_map(|stage| Stage::parse(stage))
                .collect(),
            details: None,
            timeout_minutes: 1440,
        })
        .collect()
}
