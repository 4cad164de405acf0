//! CodeCommit: branches, tags and pull requests.
//! <https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html>

use crate::reader::Reader;

/// A branch or a tag moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The repository.
    pub repository: String,
    /// `referenceCreated`, `referenceUpdated`, `referenceDeleted`.
    pub event: String,
    /// The branch or the tag.
    pub name: String,
    /// `branch` or `tag`.
    pub kind: Option<String>,
    /// Where it points to now.
    pub commit: Option<String>,
    /// Who moved it.
    pub by: Option<String>,
}

/// A pull request changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// The repository.
    pub repository: String,
    /// Its number.
    pub number: String,
    /// `pullRequestCreated`, …
    pub event: String,
    /// Its title.
    pub title: Option<String>,
    /// `Open`, `Closed`.
    pub status: Option<String>,
    /// Who opened it.
    pub author: Option<String>,
}

pub(crate) fn reference(detail: Reader<'_>) -> Option<Reference> {
    Some(Reference {
        repository: detail.text("repositoryName")?,
        event: detail.text("event")?,
        name: detail.text("referenceName")?,
        kind: detail.text("referenceType"),
        commit: detail.text("commitId"),
        by: detail.text("callerUserArn").map(|arn| who(&arn)),
    })
}

pub(crate) fn pull_request(detail: Reader<'_>) -> Option<PullRequest> {
    Some(PullRequest {
        repository: detail.texts("repositoryNames").into_iter().next()?,
        number: detail.text("pullRequestId")?,
        event: detail.text("event")?,
        title: detail.text("title"),
        status: detail.text("pullRequestStatus"),
        author: detail.text("author").map(|arn| who(&arn)),
    })
}

/// A record of a trigger that calls a function itself.
/// <https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-notify-lambda-cc.html>
pub(crate) fn trigger(record: Reader<'_>) -> Option<Reference> {
    let arn = record.text("eventSourceARN")?;
    let moved = record.under("codecommit").list("references").first()?;
    let moved = Reader::new(moved);
    let name = moved.text("ref")?;
    let event = match (moved.text("created"), moved.text("deleted")) {
        (Some(yes), _) if yes == "true" => "referenceCreated",
        (_, Some(yes)) if yes == "true" => "referenceDeleted",
        _ => "referenceUpdated",
    };
    let (kind, short) = match (
        name.strip_prefix("refs/heads/"),
        name.strip_prefix("refs/tags/"),
    ) {
        (Some(branch), _) => (Some("branch"), branch),
        (_, Some(tag)) => (Some("tag"), tag),
        _ => (None, name.as_str()),
    };
    Some(Reference {
        repository: arn.rsplit(':').next()?.to_owned(),
        event: event.to_owned(),
        name: short.to_owned(),
        kind: kind.map(str::to_owned),
        commit: moved.text("commit"),
        by: record.text("userIdentityARN").map(|arn| who(&arn)),
    })
}

/// The name at the end of a user's ARN.
fn who(arn: &str) -> String {
    arn.rsplit(['/', ':']).next().unwrap_or(arn).to_owned()
}
