//! A world that is ready to be deployed to.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    AdvancedConfiguration, AppSpecHook, Application, Cluster, DeployRequest, DeploymentController,
    DeploymentGroup, Forward, HealthCheck, LifecycleEventName, Listener, LoadBalancer,
    LoadBalancerType, Millis, NativeConfig, NativeRequest, Revision, Service, ServiceLoadBalancer,
    ServiceRevision, StabilityStatus, Strategy, TargetGroup, TaskSet, TaskSetStatus, World,
};

/// What the example is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleOptions {
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
    /// The CodeDeploy application.
    pub application: String,
    /// The deployment group.
    pub group: String,
    /// The cluster.
    pub cluster: String,
    /// The service; also the family of its task definitions.
    pub service: String,
    /// The container behind the load balancer.
    pub container: String,
    /// The port inside the container.
    pub container_port: u16,
    /// How many tasks the service has.
    pub tasks: u32,
    /// The load balancer's kind.
    pub kind: LoadBalancerType,
    /// The load balancer's DNS name.
    pub dns_name: String,
    /// The real port of the production listener.
    pub production_port: u16,
    /// The real port of the test listener; absent: there is none.
    pub test_port: Option<u16>,
    /// The path of the target groups' health check.
    pub health_path: String,
    /// The statuses that are healthy.
    pub matcher: String,
    /// The group's deployment configuration.
    pub config: String,
    /// How long blue is kept after a success, in minutes.
    pub termination_wait_minutes: u32,
    /// Whether a failed deployment is rolled back.
    pub rollback_on_failure: bool,
    /// Docker labels of the container in the new task definition.
    pub docker_labels: BTreeMap<String, String>,
    /// How ECS deploys the service by itself; absent: CodeDeploy does.
    pub native: Option<NativeConfig>,
}

impl Default for ExampleOptions {
    fn default() -> ExampleOptions {
        ExampleOptions {
            region: "eu-west-1".to_owned(),
            account: "123456789012".to_owned(),
            application: "shop".to_owned(),
            group: "shop-production".to_owned(),
            cluster: "production".to_owned(),
            service: "shop".to_owned(),
            container: "shop".to_owned(),
            container_port: 8080,
            tasks: 2,
            kind: LoadBalancerType::Application,
            dns_name: "localhost".to_owned(),
            production_port: 80,
            test_port: Some(9001),
            health_path: "/health".to_owned(),
            matcher: "200-299".to_owned(),
            config: "CodeDeployDefault.ECSAllAtOnce".to_owned(),
            termination_wait_minutes: 0,
            rollback_on_failure: true,
            docker_labels: BTreeMap::new(),
            native: None,
        }
    }
}

impl ExampleOptions {
    /// The same, deployed by ECS itself: blue/green, no bake time, no hooks.
    #[must_use]
    pub fn native(mut self) -> ExampleOptions {
        self.native = Some(NativeConfig {
            strategy: Strategy::BlueGreen,
            bake_minutes: 0,
            hooks: Vec::new(),
        });
        self
    }

    /// A request to deploy revision 2 of the task definition with CodeDeploy.
    pub fn deploy_request(&self, hooks: &[(LifecycleEventName, &str)]) -> DeployRequest {
        let revision = Revision {
            task_definition: format!("{}:2", self.service),
            container_name: self.container.clone(),
            container_port: self.container_port,
            platform_version: None,
            hooks: (hooks.iter())
                .map(|&(event, function)| AppSpecHook {
                    event,
                    function: function.to_owned(),
                })
                .collect(),
        };
        let properties = json!({
            "TaskDefinition": format!(
                "arn:aws:ecs:{}:{}:task-definition/{}",
                self.region, self.account, revision.task_definition
            ),
            "LoadBalancerInfo": {
                "ContainerName": self.container,
                "ContainerPort": self.container_port,
            },
        });
        let named = |h: &AppSpecHook| json!({ h.event.as_str(): h.function });
        let appspec = json!({
            "version": 0.0,
            "Resources": [{
                "TargetService": { "Type": "AWS::ECS::Service", "Properties": properties },
            }],
            "Hooks": revision.hooks.iter().map(named).collect::<Vec<_>>(),
        });
        DeployRequest {
            application: self.application.clone(),
            group: self.group.clone(),
            config: None,
            description: None,
            appspec: appspec.to_string(),
            revision,
        }
    }

    /// A request to deploy revision 2 of the task definition by ECS itself.
    pub fn native_request(&self) -> NativeRequest {
        NativeRequest {
            cluster: self.cluster.clone(),
            service: self.service.clone(),
            task_definition: format!("{}:2", self.service),
            config: None,
        }
    }
}

impl World {
    /// The example with its default names; see [`World::example_with`].
    pub fn example(now: Millis) -> World {
        World::example_with(&ExampleOptions::default(), now)
    }

    /// A service behind a load balancer, ready to be deployed to: revision 1
    /// of its task definition serves, revision 2 is there to be deployed.
    /// Blue's tasks are pending; the first [`World::advance`] asks to start
    /// them.
    pub fn example_with(options: &ExampleOptions, now: Millis) -> World {
        let mut world = World::new(&options.region, &options.account, 0);
        world.clock = now;
        let cluster_arn = world.arn("ecs", &format!("cluster/{}", options.cluster));
        world.clusters.push(Cluster {
            arn: cluster_arn,
            name: options.cluster.clone(),
        });
        let task_definitions = [1, 2].map(|revision| {
            let raw = task_definition(options, revision);
            // Our own JSON has all that a task definition needs, unless the
            // options' names are empty; then nothing can be deployed.
            world.register_task_definition(raw, now).unwrap_or_default()
        });
        let blue = world.add_target_group(options, "blue");
        let green = world.add_target_group(options, "green");
        let load_balancer = world.add_load_balancer(options, now);
        let production =
            world.add_listener(options, &load_balancer, (options.production_port, &blue));
        let test = (options.test_port)
            .map(|port| world.add_listener(options, &load_balancer, (port, &blue)));
        let [serving, _] = task_definitions;
        world.add_service(options, (&blue, &serving), now);
        if let Some(native) = &options.native {
            world.make_native(options, native, (&green, &production, test.as_deref()), now);
        } else {
            world.add_deployment_group(options, (production, test), now);
        }
        world.reconcile(now);
        world.dirty = true;
        world
    }

    fn add_target_group(&mut self, options: &ExampleOptions, colour: &str) -> String {
        let name = format!("{}-{colour}", options.service);
        let id = self.next_hex(16);
        let arn = self.arn("elasticloadbalancing", &format!("targetgroup/{name}/{id}"));
        let http = options.kind == LoadBalancerType::Application;
        let protocol = if http { "HTTP" } else { "TCP" };
        self.target_groups.push(TargetGroup {
            arn: arn.clone(),
            name,
            protocol: protocol.to_owned(),
            protocol_version: http.then(|| "HTTP1".to_owned()),
            port: options.container_port,
            target_type: "ip".to_owned(),
            vpc_id: "vpc-0a1b2c3d4e5f60718".to_owned(),
            health_check: HealthCheck {
                protocol: "HTTP".to_owned(),
                port: "traffic-port".to_owned(),
                path: Some(options.health_path.clone()),
                matcher: Some(options.matcher.clone()),
                interval_seconds: 10,
                timeout_seconds: 5,
                healthy_threshold: 2,
                unhealthy_threshold: 2,
            },
            targets: Vec::new(),
        });
        arn
    }

    fn add_load_balancer(&mut self, options: &ExampleOptions, now: Millis) -> String {
        let kind = if options.kind == LoadBalancerType::Application {
            "app"
        } else {
            "net"
        };
        let id = self.next_hex(16);
        let name = options.service.clone();
        let arn = self.arn(
            "elasticloadbalancing",
            &format!("loadbalancer/{kind}/{name}/{id}"),
        );
        self.load_balancers.push(LoadBalancer {
            arn: arn.clone(),
            name,
            dns_name: options.dns_name.clone(),
            scheme: "internet-facing".to_owned(),
            kind: options.kind,
            vpc_id: "vpc-0a1b2c3d4e5f60718".to_owned(),
            created_at: now,
        });
        arn
    }

    fn add_listener(
        &mut self,
        options: &ExampleOptions,
        load_balancer: &str,
        (port, target_group): (u16, &str),
    ) -> String {
        let listener = load_balancer.replacen(":loadbalancer/", ":listener/", 1);
        let arn = format!("{listener}/{}", self.next_hex(16));
        let rule = arn.replacen(":listener/", ":listener-rule/", 1);
        let default_rule_arn = format!("{rule}/{}", self.next_hex(16));
        let http = options.kind == LoadBalancerType::Application;
        self.listeners.push(Listener {
            arn: arn.clone(),
            load_balancer_arn: load_balancer.to_owned(),
            port,
            protocol: if http { "HTTP" } else { "TCP" }.to_owned(),
            forwards: vec![Forward {
                target_group_arn: target_group.to_owned(),
                weight: crate::traffic::TOTAL,
            }],
            default_rule_arn,
            rules: Vec::new(),
        });
        arn
    }

    fn add_service(
        &mut self,
        options: &ExampleOptions,
        (target_group, task_definition): (&str, &str),
        now: Millis,
    ) {
        let path = format!("{}/{}", options.cluster, options.service);
        let id = self.next_ecs_svc();
        let set = TaskSet {
            arn: self.arn("ecs", &format!("task-set/{path}/{id}")),
            id,
            external_id: None,
            started_by: "CODE_DEPLOY".to_owned(),
            status: TaskSetStatus::Primary,
            task_definition_arn: task_definition.to_owned(),
            target_group_arn: target_group.to_owned(),
            container_name: options.container.clone(),
            container_port: options.container_port,
            platform_version: "LATEST".to_owned(),
            computed_desired_count: options.tasks,
            pending_count: 0,
            running_count: 0,
            scale: 100.0,
            stability: StabilityStatus::Stabilizing,
            stability_at: now,
            created_at: now,
            updated_at: now,
        };
        self.services.push(Service {
            arn: self.arn("ecs", &format!("service/{path}")),
            cluster: options.cluster.clone(),
            cluster_arn: self.arn("ecs", &format!("cluster/{}", options.cluster)),
            name: options.service.clone(),
            controller: DeploymentController::CodeDeploy,
            desired_count: options.tasks,
            created_at: now,
            task_sets: vec![set],
            load_balancers: Vec::new(),
            native: None,
            current_revision: None,
            events: Vec::new(),
        });
    }

    /// Turns the example's service into one that ECS deploys by itself.
    fn make_native(
        &mut self,
        options: &ExampleOptions,
        config: &NativeConfig,
        (alternate, production, test): (&str, &str, Option<&str>),
        now: Millis,
    ) {
        // A network load balancer has no rules: there, listeners are meant.
        let rule = |world: &World, arn: &str| match world.listener(arn) {
            Some(l) if options.kind == LoadBalancerType::Application => l.default_rule_arn.clone(),
            _ => arn.to_owned(),
        };
        let (production_rule, test_rule) = (rule(self, production), test.map(|t| rule(self, t)));
        // ECS wants both target groups in the rule from the start.
        for listener in &mut self.listeners {
            listener.forwards.push(Forward {
                target_group_arn: alternate.to_owned(),
                weight: 0,
            });
        }
        let number = self.next_digits();
        let path = format!("{}/{}", options.cluster, options.service);
        let arn = self.arn("ecs", &format!("service-revision/{path}/{number}"));
        let role_arn = format!("arn:aws:iam::{}:role/ecsInfrastructureRole", self.account);
        let Some(service) = self.services.first_mut() else {
            return;
        };
        let Some(set) = service.task_sets.pop() else {
            return;
        };
        service.controller = DeploymentController::Ecs;
        service.native = Some(config.clone());
        service.current_revision = Some(arn.clone());
        service.load_balancers.push(ServiceLoadBalancer {
            target_group_arn: set.target_group_arn.clone(),
            container_name: set.container_name.clone(),
            container_port: set.container_port,
            advanced: Some(AdvancedConfiguration {
                alternate_target_group_arn: alternate.to_owned(),
                production_listener_rule: production_rule.clone(),
                test_listener_rule: test_rule.clone(),
                role_arn,
            }),
        });
        self.service_revisions.push(ServiceRevision {
            arn,
            service_arn: service.arn.clone(),
            cluster_arn: service.cluster_arn.clone(),
            task_definition_arn: set.task_definition_arn,
            target_group_arn: set.target_group_arn,
            production_listener_rule: production_rule,
            test_listener_rule: test_rule,
            container_name: set.container_name,
            container_port: set.container_port,
            started_by: set.id,
            desired_count: service.desired_count,
            pending_count: 0,
            running_count: 0,
            created_at: now,
        });
    }

    fn add_deployment_group(
        &mut self,
        options: &ExampleOptions,
        (production_listener, test_listener): (String, Option<String>),
        now: Millis,
    ) {
        let id = self.next_uuid();
        self.applications.push(Application {
            name: options.application.clone(),
            id,
            created_at: now,
        });
        let id = self.next_uuid();
        self.deployment_groups.push(DeploymentGroup {
            application: options.application.clone(),
            name: options.group.clone(),
            id,
            service_role_arn: format!("arn:aws:iam::{}:role/CodeDeployRoleForECS", self.account),
            cluster: options.cluster.clone(),
            service: options.service.clone(),
            target_groups: ["blue", "green"].map(|c| format!("{}-{c}", options.service)),
            production_listener,
            test_listener,
            config: options.config.clone(),
            termination_wait_minutes: options.termination_wait_minutes,
            rollback_on_failure: options.rollback_on_failure,
        });
    }
}

fn task_definition(options: &ExampleOptions, revision: u32) -> serde_json::Value {
    let mut container = json!({
        "name": options.container,
        "image": format!(
            "{}.dkr.ecr.{}.amazonaws.com/{}:{revision}.0.0",
            options.account, options.region, options.service
        ),
        "essential": true,
        "portMappings": [{ "containerPort": options.container_port, "protocol": "tcp" }],
    });
    if revision > 1 && !options.docker_labels.is_empty() {
        container["dockerLabels"] = json!(options.docker_labels);
    }
    json!({
        "family": options.service,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [container],
    })
}
