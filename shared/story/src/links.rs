use card::{Build, Card, EcsDeployment, Key};
use events::Trigger;
use url::Url;

use crate::{Link, works::Work};

/// The longest address, in characters: Slack's buttons take no longer one.
/// <https://docs.slack.dev/reference/block-kit/block-elements/button-element>
const LONGEST: usize = 3000;

/// The console's pages of one account and region.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pages<'a> {
    place: Option<(&'a str, &'a str)>,
}

impl<'a> Pages<'a> {
    pub(crate) fn of(card: &'a Card) -> Self {
        let place = card.place.as_ref();
        Self {
            place: place.map(|(account, region)| (account.as_str(), region.as_str())),
        }
    }

    /// The page of an execution.
    pub(crate) fn execution(self, pipeline: &str, execution: &str) -> Option<Link> {
        let path = ["codesuite", "codepipeline", "pipelines", pipeline];
        let rest = ["executions", execution, "timeline"];
        self.page("Execution", path.into_iter().chain(rest))
    }

    /// The page of a pipeline.
    pub(crate) fn pipeline(self, pipeline: &str) -> Option<Link> {
        let path = ["codesuite", "codepipeline", "pipelines", pipeline, "view"];
        self.page("Pipeline", path)
    }

    /// The page of a build.
    pub(crate) fn build(self, id: &str, build: Option<&Build>) -> Option<Link> {
        let of_id = id.split_once(':').map(|(project, _)| project);
        let project = build.and_then(|build| build.project.as_deref()).or(of_id)?;
        let path = ["codesuite", "codebuild", self.place?.0, "projects"];
        self.page("Build", path.into_iter().chain([project, "build", id]))
    }

    /// The page of a CodeDeploy deployment.
    pub(crate) fn deployment(self, id: &str) -> Option<Link> {
        self.page("Deployment", ["codesuite", "codedeploy", "deployments", id])
    }

    /// The page of an ECS service's deployments.
    pub(crate) fn service(self, deployment: &EcsDeployment) -> Option<Link> {
        let name = deployment.service.as_ref()?;
        let path = ["ecs", "v2", "clusters", name.cluster.as_deref()?];
        let rest = ["services", &name.service, "deployments"];
        self.page("Service", path.into_iter().chain(rest))
    }

    /// The page of what does an action's work.
    pub(crate) fn work(self, work: Work<'_>) -> Option<Link> {
        match work {
            Work::Build(id, build) => self.build(id, Some(build)),
            Work::Deployment(id, _) => self.deployment(id),
            Work::Ecs(_, deployment) => self.service(deployment),
        }
    }

    /// The page of a repository of images.
    pub(crate) fn images(self, repository: &str) -> Option<Link> {
        let path = ["ecr", "repositories", "private", self.place?.0];
        self.page("Image", path.into_iter().chain(repository.split('/')))
    }

    /// The page of a CodeCommit repository.
    pub(crate) fn repository(self, repository: &str) -> Option<Link> {
        let path = ["codesuite", "codecommit", "repositories", repository];
        self.page("Repository", path.into_iter().chain(["browse"]))
    }

    /// The page of a commit, where it is known who keeps the repository.
    pub(crate) fn commit(self, trigger: &Trigger) -> Option<Link> {
        let commit = trigger.commit.as_deref().filter(|id| is_commit(id))?;
        let repository = trigger.repository.as_deref()?;
        let provider = trigger.provider.as_deref()?;
        let (host, middle): (_, &[&str]) = match provider.to_ascii_lowercase().as_str() {
            "github" => ("https://github.com", &["commit"]),
            "gitlab" => ("https://gitlab.com", &["-", "commit"]),
            "bitbucket" => ("https://bitbucket.org", &["commits"]),
            "codecommit" => {
                let path = ["codesuite", "codecommit", "repositories", repository];
                return self.page("Commit", path.into_iter().chain(["commit", commit]));
            }
            _ => return None,
        };
        // Without its owner it is no page.
        repository.split_once('/')?;
        let path = repository.split('/').chain(middle.iter().copied());
        link("Commit", at(host, path.chain([commit]))?)
    }

    fn page<'p>(self, text: &str, path: impl IntoIterator<Item = &'p str>) -> Option<Link> {
        let (_, region) = self.place?;
        let is_region = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if region.is_empty() || !region.chars().all(is_region) {
            return None;
        }
        let domain = match region {
            _ if region.starts_with("cn-") => "console.amazonaws.cn",
            _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
            _ => "console.aws.amazon.com",
        };
        let mut url = at(&format!("https://{region}.{domain}"), path)?;
        url.query_pairs_mut().append_pair("region", region);
        link(text, url)
    }
}

/// A page by the names in its path.
fn at<'p>(host: &str, path: impl IntoIterator<Item = &'p str>) -> Option<Url> {
    let mut url = Url::parse(host).ok()?;
    let mut segments = url.path_segments_mut().ok()?;
    segments.clear();
    for name in path {
        // They would lead to another page.
        if matches!(name, "" | "." | "..") {
            return None;
        }
        segments.push(name);
    }
    drop(segments);
    Some(url)
}

/// An address that an event names: `https` only.
pub(crate) fn told(text: &str, address: Option<&str>) -> Option<Link> {
    let url = Url::parse(address?.trim()).ok()?;
    let goes = url.scheme() == "https" && !url.as_str().contains("=null");
    link(text, url).filter(|_| goes)
}

/// An address that people wrote: `http` too, for what has no other.
pub(crate) fn written(text: &str, address: Option<&str>) -> Option<Link> {
    let url = Url::parse(address?.trim()).ok()?;
    let goes = matches!(url.scheme(), "https" | "http");
    link(text, url).filter(|_| goes)
}

fn link(text: &str, url: Url) -> Option<Link> {
    let has_user = !url.username().is_empty() || url.password().is_some();
    if url.host_str().is_none_or(str::is_empty) || has_user {
        return None;
    }
    // The end of an address in Slack's markup.
    let url = String::from(url).replace('|', "%7C");
    (url.len() <= LONGEST).then(|| Link {
        text: text.to_owned(),
        url,
    })
}

/// Links in order, each address once.
pub(crate) fn once(links: impl IntoIterator<Item = Option<Link>>) -> Vec<Link> {
    let mut all: Vec<Link> = Vec::new();
    for link in links.into_iter().flatten() {
        if all.iter().all(|known| known.url != link.url) {
            all.push(link);
        }
    }
    all
}

/// Whether a text is the id of a commit; S3 and ECR have versions of their own.
pub(crate) fn is_commit(id: &str) -> bool {
    (7..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The repository that a connection's page of a commit names.
pub(crate) fn repository_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(name, _)| name == "FullRepositoryId")?;
    Some(found.1.into_owned()).filter(|name| name.contains('/'))
}

/// The pages of a whole story, the most useful first.
pub(crate) fn of_story(key: &Key, card: &Card, trigger: Option<&Trigger>) -> Vec<Link> {
    let pages = Pages::of(card);
    let commit = trigger.and_then(|trigger| pages.commit(trigger));
    // A connection's own page leads to the commit, whoever keeps it.
    let source = card
        .stages
        .values()
        .flat_map(|stage| stage.actions.values());
    let source = source.filter(|action| action.category.as_deref() == Some("Source"));
    let urls = source.flat_map(|action| action.runs.values().rev());
    let urls = urls.filter_map(|run| run.url.as_deref());
    let redirect = urls.filter_map(|url| told("Commit", Some(url))).next();
    let mut links: Vec<Option<Link>> = Vec::new();
    match key {
        Key::Execution(id) => links.push(pages.execution(&id.pipeline, &id.execution)),
        Key::Approval(pipeline, ..) => links.push(pages.pipeline(pipeline)),
        Key::Image(repository, _) => links.push(pages.images(repository)),
        _ => {}
    }
    links.push(commit.or(redirect));
    for tool in card.tools.values() {
        links.push(written("Run", tool.url.as_deref()));
    }
    // What has a page of its own in an execution's stages is linked there.
    if !matches!(key, Key::Execution(_)) {
        for (id, build) in &card.builds {
            links.push(pages.build(id, Some(build)));
            links.push(told("Log", build.log_url.as_deref()));
        }
        links.extend(card.deployments.keys().map(|id| pages.deployment(id)));
        links.extend(card.ecs_deployments.values().map(|one| pages.service(one)));
    }
    let notices = card.notices.values();
    let repositories = notices.filter(|n| n.source.as_deref() == Some("aws.codecommit"));
    links.extend(repositories.map(|n| pages.repository(n.about.as_deref()?)));
    once(links)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(region: &str) -> Card {
        Card {
            place: Some(("123456789012".to_owned(), region.to_owned())),
            ..Card::default()
        }
    }

    #[test]
    fn each_partition_has_its_console() {
        for (region, host) in [
            ("eu-west-1", Some("eu-west-1.console.aws.amazon.com")),
            ("cn-north-1", Some("cn-north-1.console.amazonaws.cn")),
            (
                "us-gov-west-1",
                Some("us-gov-west-1.console.amazonaws-us-gov.com"),
            ),
            ("evil.example.com/", None),
            ("", None),
        ] {
            let card = card(region);
            let link = Pages::of(&card).deployment("d-1");
            let url = link.map(|link| Url::parse(&link.url).unwrap());
            assert_eq!(url.as_ref().and_then(Url::host_str), host, "{region}");
        }
        assert_eq!(Pages::of(&Card::default()).deployment("d-1"), None);
    }

    #[test]
    fn names_stay_names() {
        let card = card("eu-west-1");
        let pages = Pages::of(&card);
        let link = pages.execution("a/../b?c#d é%2f|", "<x>").unwrap();
        let path = "/codesuite/codepipeline/pipelines/a%2F..%2Fb%3Fc%23d%20%C3%A9%252f%7C/executions/%3Cx%3E/timeline?region=eu-west-1";
        let host = "https://eu-west-1.console.aws.amazon.com";
        assert_eq!(link.url, format!("{host}{path}"));
        for name in ["..", ".", ""] {
            assert_eq!(pages.execution(name, "e"), None, "{name}");
        }
    }

    #[test]
    fn a_table_of_commits() {
        let card = card("eu-west-1");
        let id = "1a104adf6a84de18fa3e3c4cb42b5024fe450ed5";
        for (provider, repository, commit, page) in [
            ("GitHub", "a/b", id, Some("https://github.com/a/b/commit/")),
            (
                "GitLab",
                "a/g/b",
                id,
                Some("https://gitlab.com/a/g/b/-/commit/"),
            ),
            (
                "Bitbucket",
                "a/b",
                id,
                Some("https://bitbucket.org/a/b/commits/"),
            ),
            (
                "CodeCommit",
                "shop",
                id,
                Some(
                    "https://eu-west-1.console.aws.amazon.com/codesuite/codecommit/repositories/shop/commit/",
                ),
            ),
            // Nobody knows its host.
            ("GitHubEnterpriseServer", "a/b", id, None),
            ("GitHub", "b", id, None),
            ("GitHub", "../b", id, None),
            ("GitHub", "a/b", "main", None),
            ("S3", "a/b", id, None),
        ] {
            let trigger = Trigger {
                commit: Some(commit.to_owned()),
                repository: Some(repository.to_owned()),
                provider: Some(provider.to_owned()),
                ..Trigger::default()
            };
            let link = Pages::of(&card).commit(&trigger).map(|link| link.url);
            let begins = link
                .as_ref()
                .zip(page)
                .is_some_and(|(link, page)| link.starts_with(page));
            assert!(
                begins || (link.is_none() && page.is_none()),
                "{provider} {link:?}"
            );
        }
    }

    #[test]
    fn only_pages_are_linked() {
        let long = format!("https://example.com/{}", "a".repeat(LONGEST));
        for (address, is_told, is_written) in [
            ("https://example.com/a?b=c#d", true, true),
            (" https://example.com ", true, true),
            ("http://example.com", false, true),
            ("javascript:alert(1)", false, false),
            ("data:text/html,x", false, false),
            ("file:///etc/passwd", false, false),
            ("slack://open", false, false),
            ("https://user:word@example.com", false, false),
            ("https://", false, false),
            ("//example.com", false, false),
            ("/a", false, false),
            ("", false, false),
            (long.as_str(), false, false),
            (
                "https://console.aws.amazon.com/#logEvent:group=null;stream=null",
                false,
                true,
            ),
        ] {
            assert_eq!(told("a", Some(address)).is_some(), is_told, "{address}");
            assert_eq!(
                written("a", Some(address)).is_some(),
                is_written,
                "{address}"
            );
        }
        let link = told("a", Some("https://example.com/a|b<c>\"d e")).unwrap();
        assert_eq!(link.url, "https://example.com/a%7Cb%3Cc%3E%22d%20e");
    }
}
