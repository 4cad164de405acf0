//! ECR: images and their scans.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html>

use std::collections::BTreeMap;

use crate::{event::State, reader::Reader};

/// Something was done with an image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageAction {
    /// The repository.
    pub repository: String,
    /// `PUSH`, `DELETE`, `REPLICATE`, `PULL_THROUGH_CACHE`, …
    pub action: String,
    /// The image's digest.
    pub digest: Option<String>,
    /// Its tag.
    pub tag: Option<String>,
    /// How it went.
    pub state: State,
}

/// An image was scanned.
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// The repository.
    pub repository: String,
    /// The image's digest.
    pub digest: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// How the scan went.
    pub state: State,
    /// How many findings of which severity, `CRITICAL`.
    pub findings: BTreeMap<String, u64>,
}

pub(crate) fn action(detail: Reader<'_>) -> Option<ImageAction> {
    let cache = detail
        .text("sync-status")
        .map(|_| "PULL_THROUGH_CACHE".to_owned());
    Some(ImageAction {
        repository: detail.text("repository-name")?,
        action: detail.text("action-type").or(cache)?,
        digest: detail.text("image-digest"),
        tag: detail.text("image-tag"),
        state: match detail.has("sync-status") {
            true => detail.state("sync-status"),
            false => detail.state("result"),
        },
    })
}

pub(crate) fn scan(detail: Reader<'_>) -> Option<Scan> {
    let counts = detail.under("finding-severity-counts");
    let names = counts.fields().map(|(name, _)| name);
    Some(Scan {
        repository: detail.text("repository-name")?,
        digest: detail.text("image-digest"),
        tags: detail.texts("image-tags"),
        state: detail.state("scan-status"),
        findings: names
            .filter_map(|name| Some((redact::redact(name), counts.count(name)?)))
            .collect(),
    })
}
