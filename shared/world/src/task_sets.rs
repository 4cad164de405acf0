//! Task sets: which is primary, which goes, and how a deployment shows them.

use crate::{Event, Millis, TaskSetInfo, TaskSetLabel, TaskSetStatus, World};

impl World {
    /// Makes a task set the primary one, and the one that was, active.
    pub(crate) fn make_primary(&mut self, i: usize, id: &str, now: Millis) {
        let deployment = self.deployments[i].id.clone();
        let service = (self.services.iter_mut()).find(|s| s.task_sets.iter().any(|t| t.id == id));
        let Some(service) = service else { return };
        let mut changed = false;
        for set in &mut service.task_sets {
            let status = match set.status {
                _ if set.id == id => TaskSetStatus::Primary,
                TaskSetStatus::Primary => TaskSetStatus::Active,
                status => status,
            };
            if set.status != status {
                set.status = status;
                set.updated_at = now;
                changed |= set.id == id;
            }
        }
        if changed {
            let task_set = id.to_owned();
            self.record(
                now,
                Event::TaskSetPrimary {
                    deployment,
                    task_set,
                },
            );
        }
    }

    /// Takes a task set out of service: its tasks are stopped, and it is gone
    /// when they are.
    pub(crate) fn drain(&mut self, id: &str, now: Millis) {
        if let Some(set) = self.task_set_mut(id) {
            set.status = TaskSetStatus::Draining;
            set.updated_at = now;
        }
    }

    /// Brings what deployments under way show of their task sets up to date.
    pub(crate) fn refresh_task_set_infos(&mut self) {
        for i in 0..self.deployments.len() {
            if !self.deployments[i].status.is_over() {
                self.update_task_set_infos(i);
            }
        }
    }

    pub(crate) fn update_task_set_infos(&mut self, i: usize) {
        let deployment = &self.deployments[i];
        let sides = [
            (
                &deployment.blue_task_set,
                &deployment.blue_target_group,
                TaskSetLabel::Blue,
            ),
            (
                &deployment.green_task_set,
                &deployment.green_target_group,
                TaskSetLabel::Green,
            ),
        ];
        let listener = (self.deployment_group(&deployment.application, &deployment.group))
            .map(|g| g.production_listener.as_str());
        let shares = listener.map_or_else(Vec::new, |l| self.shares(l));
        let mut infos = Vec::new();
        for (id, group, label) in sides {
            let Some(id) = id else { continue };
            let set = self.task_set(id);
            let share = shares
                .iter()
                .find(|(arn, _)| arn == group)
                .map_or(0.0, |(_, s)| *s);
            infos.push(TaskSetInfo {
                id: id.clone(),
                label,
                target_group: self
                    .target_group(group)
                    .map_or(String::new(), |g| g.name.clone()),
                status: set.map(|t| t.status),
                traffic_weight: share,
                desired_count: set.map_or(0, |t| t.computed_desired_count),
                pending_count: set.map_or(0, |t| t.pending_count),
                running_count: set.map_or(0, |t| t.running_count),
            });
        }
        self.deployments[i].task_sets = infos;
    }
}
