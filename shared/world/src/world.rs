//! The world itself: how it begins, its ids, its time, its history.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Event, Faults, Happening, Millis, Objects, Pace, World};

impl World {
    /// An empty world. A different `seed` gives different ids.
    pub fn new(region: &str, account: &str, seed: u32) -> World {
        World {
            region: region.to_owned(),
            account: account.to_owned(),
            pace: Pace::REAL,
            hook_timeout: Duration::from_secs(3600),
            install_timeout: Duration::from_secs(3600),
            restart_delay: Duration::from_secs(5),
            refuse_early: true,
            faults: Faults::default(),
            clusters: Vec::new(),
            services: Vec::new(),
            tasks: Vec::new(),
            task_definitions: Vec::new(),
            load_balancers: Vec::new(),
            listeners: Vec::new(),
            target_groups: Vec::new(),
            applications: Vec::new(),
            deployment_groups: Vec::new(),
            deployment_configs: Vec::new(),
            deployments: Vec::new(),
            service_deployments: Vec::new(),
            service_revisions: Vec::new(),
            objects: Objects::default(),
            queues: BTreeMap::new(),
            secrets: Vec::new(),
            events: Vec::new(),
            pipelines: Vec::new(),
            builds: Vec::new(),
            logs: BTreeMap::new(),
            rules: Vec::new(),
            topics: BTreeMap::new(),
            history: Vec::new(),
            counter: u64::from(seed) << 32,
            clock: Millis(0),
            dirty: false,
            outbox: Vec::new(),
        }
    }

    /// An ARN in this world's region and account: `service` such as `ecs`,
    /// `resource` such as `cluster/production`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account
        )
    }

    /// The ARN of a function of that name; an ARN stays as it is.
    pub fn function_arn(&self, function: &str) -> String {
        if function.starts_with("arn:") {
            function.to_owned()
        } else {
            self.arn("lambda", &format!("function:{function}"))
        }
    }

    /// A new id of `digits` hexadecimal digits, at most 32.
    pub fn next_hex(&mut self, digits: usize) -> String {
        let mut hex = format!("{:016x}{:016x}", self.next_number(), self.next_number());
        hex.truncate(digits);
        hex
    }

    /// A new id in the form of a UUID (version 4).
    pub fn next_uuid(&mut self) -> String {
        let hex = self.next_hex(32);
        format!(
            "{}-{}-4{}-8{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..32]
        )
    }

    /// A new id of a task set or an ECS deployment: `ecs-svc/` and 19 digits.
    pub fn next_ecs_svc(&mut self) -> String {
        format!("ecs-svc/{}", self.next_digits())
    }

    /// Nineteen digits, the first of them not zero.
    pub(crate) fn next_digits(&mut self) -> String {
        let range = 9_000_000_000_000_000_000;
        (1_000_000_000_000_000_000 + self.next_number() % range).to_string()
    }

    /// `d-` and nine capital letters or digits.
    pub(crate) fn next_deployment_id(&mut self) -> String {
        const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        loop {
            let mut number = self.next_number();
            let mut id = String::from("d-");
            for _ in 0..9 {
                id.push(char::from(LETTERS[(number % 36) as usize]));
                number /= 36;
            }
            if self.deployments.iter().all(|d| d.id != id) {
                return id;
            }
        }
    }

    /// The next number of a fixed sequence that looks random and doesn't
    /// repeat (splitmix64, a bijection of the counter).
    fn next_number(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(1);
        let mut z = self.counter.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Takes note of the time and of an input; returns the time to use.
    pub(crate) fn tick(&mut self, now: Millis) -> Millis {
        self.clock = self.clock.max(now);
        self.dirty = true;
        self.clock
    }

    pub(crate) fn record(&mut self, at: Millis, what: Event) {
        self.announce(at, &what);
        self.history.push(Happening { at, what });
    }
}

/// Base64 with padding, for ids that shall look like AWS's.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i <= chunk.len() {
                text.push(char::from(LETTERS[(bits >> (18 - 6 * i) & 63) as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xff, 0xef, 0xfe]), "/+/+");
    }

    #[test]
    fn ids_have_their_form_and_do_not_repeat() {
        let mut world = World::new("eu-west-1", "123456789012", 7);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1000 {
            let uuid = world.next_uuid();
            assert_eq!(uuid.len(), 36);
            assert_eq!(uuid.as_bytes()[14], b'4');
            let svc = world.next_ecs_svc();
            assert_eq!(svc.len(), "ecs-svc/".len() + 19);
            let id = world.next_deployment_id();
            assert_eq!(id.len(), 11);
            assert!(seen.insert(uuid) && seen.insert(svc) && seen.insert(id));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let ids = |seed| {
            let mut world = World::new("eu-west-1", "123456789012", seed);
            (world.next_uuid(), world.next_deployment_id())
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }
}
