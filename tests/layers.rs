//! The layers of the workspace, held against what Cargo resolves.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// From the bottom to the top: a room depends on rooms of lower layers only.
const LAYERS: &[&[&str]] = &[
    &[
        "greenlight-wording",
        "greenlight-world",
        "greenlight-select",
        "greenlight-redact",
        "crc-fast",
    ],
    &["greenlight-verdict", "greenlight-yaml", "greenlight-hurl"],
    &[
        "greenlight-plan",
        "greenlight-hurl-eval",
        "greenlight-wire",
        "greenlight-events",
        "greenlight-diagnosis",
    ],
    &["greenlight-card"],
    &["greenlight-story"],
    &["greenlight-routes"],
    &["greenlight-chat"],
    &[
        "greenlight-store",
        "greenlight-secrets",
        "greenlight-rollout",
        "greenlight-probe",
        "greenlight-exchange",
        "greenlight-gate",
    ],
    &["greenlight-finder", "greenlight-smoke", "greenlight-board"],
    &["greenlight-inquiry", "greenlight-slack"],
    &[
        "greenlight-lambda",
        "greenlight-local-aws",
        "greenlight-local-slack",
    ],
    &["greenlight-notify"],
    &[
        "after-allow-test-traffic",
        "before-allow-traffic",
        "notify-chatbot",
        "notify-slack",
        "empty-function",
    ],
    &["greenlight", "greenlight-bench-burst"],
];

/// These decide and do nothing else.
const PURE: &[&str] = &[
    "greenlight-wording",
    "greenlight-yaml",
    "greenlight-verdict",
    "greenlight-plan",
    "greenlight-world",
    "greenlight-hurl",
    "greenlight-select",
    "greenlight-hurl-eval",
    "greenlight-events",
    "greenlight-redact",
    "greenlight-card",
    "greenlight-diagnosis",
    "greenlight-story",
    "greenlight-routes",
    "greenlight-chat",
];

/// What acts: no pure room links it.
const ACTING: &[&str] = &[
    "tokio",
    "hyper",
    "reqwest",
    "object_store",
    "lambda_runtime",
];

/// These would bring a C library, or a second way to speak TLS.
const UNWANTED: &[&str] = &["aws-lc-sys", "aws-lc-rs", "openssl-sys", "native-tls"];

struct Graph {
    metadata: Metadata,
    links: BTreeMap<PackageId, Vec<PackageId>>,
}

impl Graph {
    fn new() -> Self {
        let metadata = MetadataCommand::new()
            .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
            .other_options(["--locked".to_owned()])
            .exec()
            .unwrap();
        let resolve = metadata.resolve.as_ref().unwrap();
        let normal = |node: &cargo_metadata::Node| {
            let deps = node.deps.iter();
            deps.filter(|d| d.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal))
                .map(|d| d.pkg.clone())
                .collect()
        };
        let links = resolve
            .nodes
            .iter()
            .map(|n| (n.id.clone(), normal(n)))
            .collect();
        Self { metadata, links }
    }

    fn rooms(&self) -> Vec<&Package> {
        self.metadata.workspace_packages()
    }

    fn name(&self, id: &PackageId) -> String {
        self.metadata[id].name.to_string()
    }

    /// The names of everything that ends up in what this package builds.
    fn linked(&self, package: &Package) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut left = vec![package.id.clone()];
        while let Some(id) = left.pop() {
            for next in &self.links[&id] {
                if found.insert(next.clone()) {
                    left.push(next.clone());
                }
            }
        }
        found.iter().map(|id| self.name(id)).collect()
    }
}

fn layer(name: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| layer.contains(&name))
        .unwrap_or_else(|| panic!("{name} has no layer yet: give it one in tests/layers.rs"))
}

#[test]
fn every_room_depends_on_lower_layers_only() {
    let graph = Graph::new();
    for room in graph.rooms() {
        let own = layer(&room.name);
        for id in &graph.links[&room.id] {
            let below = graph.name(id);
            if !graph.metadata.workspace_members.contains(id) {
                continue;
            }
            // A function and its tools may use a room of their own layer never.
            assert!(
                layer(&below) < own,
                "{} must not depend on {below}",
                room.name
            );
        }
    }
}

#[test]
fn pure_rooms_link_nothing_that_acts() {
    let graph = Graph::new();
    for room in graph
        .rooms()
        .into_iter()
        .filter(|room| PURE.contains(&room.name.as_str()))
    {
        let linked = graph.linked(room);
        let acts = |name: &&String| ACTING.contains(&name.as_str()) || name.starts_with("aws-");
        let found: Vec<_> = linked.iter().filter(acts).collect();
        assert!(found.is_empty(), "{} links {found:?}", room.name);
    }
}

#[test]
fn only_functions_and_their_start_link_the_runtime() {
    let graph = Graph::new();
    // The command carries the functions, so it has their layer's right.
    let may = [
        "greenlight-lambda",
        "greenlight-notify",
        "after-allow-test-traffic",
        "before-allow-traffic",
        "notify-chatbot",
        "notify-slack",
        "empty-function",
        "greenlight-bench-burst",
        "greenlight",
    ];
    for room in graph.rooms() {
        let links = graph.linked(room).contains("lambda_runtime");
        assert_eq!(links, may.contains(&room.name.as_str()), "{}", room.name);
    }
}

#[test]
fn a_function_links_no_local_aws() {
    let graph = Graph::new();
    for room in graph.rooms() {
        if layer(&room.name) < layer("greenlight") && room.name.as_str() != "greenlight-local-aws" {
            let linked = graph.linked(room);
            assert!(!linked.contains("greenlight-local-aws"), "{}", room.name);
            assert!(!linked.contains("greenlight-world"), "{}", room.name);
        }
    }
}

#[test]
fn nothing_that_ships_depends_on_tests_or_benchmarks() {
    let graph = Graph::new();
    let beside = |package: &Package| {
        let path = package.manifest_path.as_str();
        path.contains("/tests/") || path.contains("/bench/")
    };
    for room in graph.rooms().into_iter().filter(|room| !beside(room)) {
        for id in &graph.links[&room.id] {
            assert!(
                !beside(&graph.metadata[id]),
                "{} depends on {id}",
                room.name
            );
        }
    }
}

#[test]
fn tls_and_http_are_there_once() {
    let graph = Graph::new();
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in &graph.metadata.packages {
        let version = package.version.to_string();
        versions
            .entry(package.name.to_string())
            .or_default()
            .insert(version);
    }
    for name in ["reqwest", "rustls", "hyper", "ring", "http"] {
        assert_eq!(versions[name].len(), 1, "{name}: {:?}", versions[name]);
    }
    for room in graph.rooms() {
        let linked = graph.linked(room);
        for name in UNWANTED {
            assert!(!linked.contains(*name), "{} links {name}", room.name);
        }
    }
}
