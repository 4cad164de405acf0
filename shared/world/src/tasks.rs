//! Tasks: who is wanted, who runs, who is replaced.

use crate::{
    Container, Effect, Event, HealthStatus, Millis, Service, ServiceEvent, StabilityStatus,
    StopCode, TargetState, Task, TaskSetStatus, TaskStatus, World,
};

/// How many lines of a service's event log AWS keeps.
const SERVICE_EVENTS: usize = 100;

/// Tasks that somebody wants to run: a task set, or a service revision.
#[derive(Debug, Clone)]
struct Wanted {
    cluster: String,
    cluster_arn: String,
    service: String,
    started_by: String,
    task_definition_arn: String,
    target_group_arn: String,
    container_port: u16,
    count: u32,
}

impl Wanted {
    fn has(&self, task: &Task) -> bool {
        task.started_by == self.started_by && task.desired_status == TaskStatus::Running
    }
}

impl World {
    /// A task runs and is reached at this address and port. Ignored (`false`)
    /// unless it was asked for and is still wanted.
    pub fn task_running(&mut self, task: &str, address: &str, host_port: u16, now: Millis) -> bool {
        let now = self.tick(now);
        let Some(task) = (self.tasks.iter_mut()).find(|t| t.id == task || t.arn == task) else {
            return false;
        };
        if task.last_status != TaskStatus::Pending || task.desired_status != TaskStatus::Running {
            return false;
        }
        task.last_status = TaskStatus::Running;
        task.address = Some(address.to_owned());
        task.host_port = Some(host_port);
        task.started_at = Some(now);
        for container in &mut task.containers {
            container.last_status = TaskStatus::Running;
        }
        let (id, service) = (task.id.clone(), task.service.clone());
        let (cluster, group) = (task.cluster_arn.clone(), task.target_group_arn.clone());
        self.record(
            now,
            Event::TaskRunning {
                task: id,
                address: address.to_owned(),
                port: host_port,
            },
        );
        self.register_target(&group, (address, host_port), now);
        let message = format!("(service {service}) registered 1 targets in (target-group {group})");
        self.log_service(&cluster, &service, message, now);
        self.refresh(now);
        true
    }

    /// A task stopped, by itself or because it was told to; or it could not be
    /// started. Ignored (`false`) for an unknown task and one that had stopped
    /// already. One that is still wanted is replaced after the world's restart
    /// delay.
    pub fn task_stopped(
        &mut self,
        task: &str,
        exit_code: Option<i32>,
        reason: &str,
        now: Millis,
    ) -> bool {
        let now = self.tick(now);
        let Some(task) = (self.tasks.iter_mut()).find(|t| t.id == task || t.arn == task) else {
            return false;
        };
        if task.last_status == TaskStatus::Stopped {
            return false;
        }
        let expected = task.desired_status == TaskStatus::Stopped;
        if !expected {
            let ran = task.started_at.is_some();
            task.stop_code = Some(if ran {
                StopCode::EssentialContainerExited
            } else {
                StopCode::TaskFailedToStart
            });
            task.stopped_reason = Some(if ran {
                "Essential container in task exited".to_owned()
            } else {
                reason.to_owned()
            });
        }
        task.last_status = TaskStatus::Stopped;
        task.desired_status = TaskStatus::Stopped;
        task.stopped_at = Some(now);
        for container in &mut task.containers {
            container.last_status = TaskStatus::Stopped;
            container.exit_code = exit_code;
            container.reason = (!reason.is_empty()).then(|| reason.to_owned());
        }
        let target = task.address.clone().zip(task.host_port);
        let group = task.target_group_arn.clone();
        let event = Event::TaskStopped {
            task: task.id.clone(),
            exit_code,
            reason: reason.to_owned(),
            expected,
        };
        self.record(now, event);
        if let Some((address, port)) = target {
            self.deregister_target(&group, (&address, port), now);
        }
        self.refresh(now);
        true
    }

    /// Starts what is missing and stops what is too much.
    pub(crate) fn reconcile(&mut self, now: Millis) {
        self.scale_task_sets(now);
        let wanted = self.wanted();
        for owner in &wanted {
            let alive = self.tasks.iter().filter(|t| owner.has(t)).count();
            let missing = (owner.count as usize).saturating_sub(alive);
            if missing > 0 && self.may_start(owner, now) {
                for _ in 0..missing {
                    let task = self.add_task(owner, now);
                    self.outbox.push(Effect::StartTask {
                        task: task.clone(),
                        started_by: owner.started_by.clone(),
                        task_definition_arn: owner.task_definition_arn.clone(),
                    });
                    let message = format!(
                        "(service {}, taskSet {}) has started 1 tasks: (task {task}).",
                        owner.service, owner.started_by
                    );
                    self.log_service(&owner.cluster, &owner.service, message, now);
                }
            }
            // The newest ones go first.
            for _ in owner.count as usize..alive {
                if let Some(i) = self.tasks.iter().rposition(|t| owner.has(t)) {
                    self.stop_task(i, now);
                }
            }
        }
        for i in 0..self.tasks.len() {
            let task = &self.tasks[i];
            if task.desired_status == TaskStatus::Running && !wanted.iter().any(|w| w.has(task)) {
                self.stop_task(i, now);
            }
        }
        self.refresh(now);
    }

    /// When a task that stopped by itself is to be replaced.
    pub(crate) fn next_restart(&self) -> Option<Millis> {
        let missing = |owner: &Wanted| {
            let alive = self.tasks.iter().filter(|t| owner.has(t)).count();
            alive < owner.count as usize
        };
        (self.wanted().iter().filter(|owner| missing(owner)))
            .map(|owner| self.start_allowed_at(owner))
            .min()
    }

    fn may_start(&self, owner: &Wanted, now: Millis) -> bool {
        self.start_allowed_at(owner) <= now
    }

    fn start_allowed_at(&self, owner: &Wanted) -> Millis {
        let last_failure = (self.tasks.iter())
            .filter(|t| t.started_by == owner.started_by)
            .filter(|t| t.stop_code != Some(StopCode::ServiceSchedulerInitiated))
            .filter_map(|t| t.stopped_at)
            .max();
        last_failure.map_or(Millis(0), |at| at + self.restart_delay)
    }

    fn add_task(&mut self, owner: &Wanted, now: Millis) -> String {
        let id = self.next_hex(32);
        let containers = (self.task_definition(&owner.task_definition_arn))
            .map_or(&[][..], |t| &t.containers)
            .iter()
            .map(|c| Container {
                name: c.name.clone(),
                image: c.image.clone(),
                last_status: TaskStatus::Pending,
                exit_code: None,
                reason: None,
                health_status: HealthStatus::Unknown,
            })
            .collect();
        self.tasks.push(Task {
            arn: self.arn("ecs", &format!("task/{}/{id}", owner.cluster)),
            id: id.clone(),
            cluster_arn: owner.cluster_arn.clone(),
            service: owner.service.clone(),
            started_by: owner.started_by.clone(),
            task_definition_arn: owner.task_definition_arn.clone(),
            target_group_arn: owner.target_group_arn.clone(),
            last_status: TaskStatus::Pending,
            desired_status: TaskStatus::Running,
            health_status: HealthStatus::Unknown,
            containers,
            address: None,
            container_port: owner.container_port,
            host_port: None,
            stop_code: None,
            stopped_reason: None,
            created_at: now,
            started_at: None,
            stopping_at: None,
            stopped_at: None,
        });
        self.record(
            now,
            Event::TaskStarting {
                task: id.clone(),
                started_by: owner.started_by.clone(),
            },
        );
        id
    }

    fn stop_task(&mut self, index: usize, now: Millis) {
        let Some(task) = self.tasks.get_mut(index) else {
            return;
        };
        task.desired_status = TaskStatus::Stopped;
        task.last_status = TaskStatus::Stopping;
        task.stopping_at = Some(now);
        task.stop_code = Some(StopCode::ServiceSchedulerInitiated);
        task.stopped_reason = Some(format!(
            "Scaling activity initiated by (deployment {})",
            task.started_by
        ));
        let id = task.id.clone();
        let target = task.address.clone().zip(task.host_port);
        let (cluster, service) = (task.cluster_arn.clone(), task.service.clone());
        let (group, started_by) = (task.target_group_arn.clone(), task.started_by.clone());
        if let Some((address, port)) = target {
            self.deregister_target(&group, (&address, port), now);
        }
        let message = format!(
            "(service {service}, taskSet {started_by}) has begun draining connections on 1 tasks."
        );
        self.log_service(&cluster, &service, message, now);
        self.outbox.push(Effect::StopTask { task: id });
    }

    /// Follows changes of the service's desired count.
    fn scale_task_sets(&mut self, now: Millis) {
        for service in &mut self.services {
            for set in &mut service.task_sets {
                let share = f64::from(service.desired_count) * set.scale / 100.0;
                // A float becomes an integer by saturating, so no count is lost.
                let count = share.ceil() as u32;
                if count != set.computed_desired_count {
                    set.computed_desired_count = count;
                    set.updated_at = now;
                }
            }
        }
    }

    /// Counts tasks, finds out which task sets are at rest, removes those that
    /// have drained.
    pub(crate) fn refresh(&mut self, now: Millis) {
        let mut at_rest = Vec::new();
        for service in &mut self.services {
            service.task_sets.retain(|set| {
                set.status != TaskSetStatus::Draining
                    || (self.tasks.iter())
                        .any(|t| t.started_by == set.id && t.last_status != TaskStatus::Stopped)
            });
            for set in &mut service.task_sets {
                (set.pending_count, set.running_count) = count(&self.tasks, &set.id);
                let healthy = (self.target_groups.iter())
                    .filter(|g| g.arn == set.target_group_arn)
                    .flat_map(|g| &g.targets)
                    .all(|t| matches!(t.state, TargetState::Healthy | TargetState::Unused));
                let rests = healthy
                    && set.running_count == set.computed_desired_count
                    && set.pending_count == 0;
                let stability = if rests {
                    StabilityStatus::SteadyState
                } else {
                    StabilityStatus::Stabilizing
                };
                if set.stability != stability {
                    set.stability = stability;
                    set.stability_at = now;
                    if rests {
                        let message = format!(
                            "(service {}, taskSet {}) has reached a steady state.",
                            service.name, set.id
                        );
                        at_rest.push((service.cluster.clone(), service.name.clone(), message));
                    }
                }
            }
        }
        for revision in &mut self.service_revisions {
            (revision.pending_count, revision.running_count) =
                count(&self.tasks, &revision.started_by);
        }
        for (cluster, service, message) in at_rest {
            self.log_service(&cluster, &service, message, now);
        }
        self.refresh_task_set_infos();
    }

    /// Everybody who wants tasks, in a fixed order.
    fn wanted(&self) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for service in &self.services {
            for set in &service.task_sets {
                if set.status != TaskSetStatus::Draining {
                    wanted.push(Wanted {
                        cluster: service.cluster.clone(),
                        cluster_arn: service.cluster_arn.clone(),
                        service: service.name.clone(),
                        started_by: set.id.clone(),
                        task_definition_arn: set.task_definition_arn.clone(),
                        target_group_arn: set.target_group_arn.clone(),
                        container_port: set.container_port,
                        count: set.computed_desired_count,
                    });
                }
            }
            wanted.extend(self.wanted_revisions(service));
        }
        wanted
    }

    fn wanted_revisions(&self, service: &Service) -> Vec<Wanted> {
        let live = self.live_revisions(service);
        (self.service_revisions.iter())
            .filter(|r| live.contains(&r.arn))
            .map(|r| Wanted {
                cluster: service.cluster.clone(),
                cluster_arn: service.cluster_arn.clone(),
                service: service.name.clone(),
                started_by: r.started_by.clone(),
                task_definition_arn: r.task_definition_arn.clone(),
                target_group_arn: r.target_group_arn.clone(),
                container_port: r.container_port,
                count: service.desired_count,
            })
            .collect()
    }

    /// Writes a line into a service's event log; the cluster by name or ARN.
    pub(crate) fn log_service(
        &mut self,
        cluster: &str,
        service: &str,
        message: String,
        now: Millis,
    ) {
        let id = self.next_uuid();
        let found = (self.services.iter_mut())
            .find(|s| s.name == service && (s.cluster == cluster || s.cluster_arn == cluster));
        if let Some(service) = found {
            service.events.push(ServiceEvent {
                id,
                created_at: now,
                message,
            });
            let extra = service.events.len().saturating_sub(SERVICE_EVENTS);
            service.events.drain(..extra);
        }
    }
}

/// How many tasks of a starter are pending and running.
fn count(tasks: &[Task], started_by: &str) -> (u32, u32) {
    let with = |status| {
        let tasks = tasks
            .iter()
            .filter(|t| t.started_by == started_by && t.last_status == status);
        u32::try_from(tasks.count()).unwrap_or(u32::MAX)
    };
    (with(TaskStatus::Pending), with(TaskStatus::Running))
}
