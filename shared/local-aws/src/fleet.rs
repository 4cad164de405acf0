//! Who runs the tasks.

use std::{future::Future, io, net::SocketAddr, pin::Pin};

use serde::Serialize;
use world::{Creator, World};

/// What a fleet's methods return.
pub type FleetFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Starts and stops the servers that the tasks are. What a fleet has started
/// must end when it is dropped.
pub trait Fleet: Send + Sync + 'static {
    /// Starts a task and returns the address where it is reached. It needn't
    /// be healthy yet. An error is what ECS gives as the reason why the task
    /// did not start.
    fn start(&self, launch: Launch) -> FleetFuture<'_, io::Result<SocketAddr>>;

    /// Stops a task that was started, and returns when it has stopped. No
    /// request is on its way to it any more, except those that take too long.
    fn stop<'a>(&'a self, task: &'a str) -> FleetFuture<'a, ()>;
}

/// Which side of a deployment a task is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Colour {
    /// What serves, or did so before.
    Blue,
    /// What a deployment that is under way brings.
    Green,
}

/// A task to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Launch {
    /// The id of the task.
    pub task: String,
    /// The name of its service.
    pub service: String,
    /// The side it is on.
    pub colour: Colour,
    /// The id of its task set, or what ECS's own deployment has for it.
    pub started_by: String,
    /// The ARN of its task definition.
    pub task_definition_arn: String,
    /// The revision of its task definition.
    pub revision: u32,
    /// The container behind the load balancer.
    pub container: String,
    /// That container's image.
    pub image: String,
    /// The port inside that container.
    pub port: u16,
}

impl Launch {
    /// What the world knows about a task.
    pub(crate) fn of(world: &World, task: &str) -> Option<Launch> {
        let task = world.task(task)?;
        let definition = world.task_definition(&task.task_definition_arn);
        let container = definition.and_then(|d| {
            let has_port = |c: &&world::ContainerDefinition| {
                c.port_mappings
                    .iter()
                    .any(|m| m.container_port == task.container_port)
            };
            d.containers.iter().find(has_port).or(d.containers.first())
        });
        Some(Launch {
            task: task.id.clone(),
            service: task.service.clone(),
            colour: colour(world, &task.started_by),
            started_by: task.started_by.clone(),
            task_definition_arn: task.task_definition_arn.clone(),
            revision: definition.map_or(0, |d| d.revision),
            container: container.map(|c| c.name.clone()).unwrap_or_default(),
            image: container.map(|c| c.image.clone()).unwrap_or_default(),
            port: task.container_port,
        })
    }
}

fn colour(world: &World, started_by: &str) -> Colour {
    let by_codedeploy = world.deployments.iter().any(|d| {
        d.creator == Creator::User
            && !d.status.is_over()
            && d.green_task_set.as_deref() == Some(started_by)
    });
    let by_ecs = world
        .service_deployments
        .iter()
        .filter(|d| !d.status.is_over())
        .any(|d| {
            world
                .service_revision(&d.target_revision)
                .is_some_and(|r| r.started_by == started_by)
        });
    if by_codedeploy || by_ecs {
        Colour::Green
    } else {
        Colour::Blue
    }
}
