use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::{AppSpec, InputError, Remark, Source};

/// A task definition, as far as a rehearsal needs it.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>
#[derive(Debug, Clone)]
pub(crate) struct TaskDefinition {
    /// The family.
    pub(crate) family: String,
    /// The file as JSON, for whoever describes it.
    pub(crate) json: Value,
}

#[derive(Deserialize)]
struct Raw {
    family: Spanned<String>,
    #[serde(rename = "containerDefinitions")]
    containers: Vec<RawContainer>,
    #[serde(rename = "requiresCompatibilities", default)]
    compatibilities: Vec<String>,
    #[serde(rename = "networkMode", default)]
    network_mode: Option<Spanned<String>>,
    #[serde(rename = "executionRoleArn", default)]
    execution_role: Option<Spanned<String>>,
    #[serde(rename = "runtimePlatform", default)]
    platform: Option<Spanned<BTreeMap<String, String>>>,
}

#[derive(Deserialize)]
struct RawContainer {
    name: Spanned<String>,
    image: Spanned<String>,
    #[serde(rename = "portMappings", default)]
    ports: Vec<RawPort>,
    #[serde(rename = "healthCheck", default)]
    health_check: Option<RawHealthCheck>,
}

#[derive(Deserialize)]
struct RawPort {
    #[serde(rename = "containerPort")]
    container: Spanned<u16>,
}

#[derive(Deserialize)]
struct RawHealthCheck {
    command: Vec<Spanned<String>>,
}

impl TaskDefinition {
    /// Reads a task definition, with remarks on what goes wrong with it.
    pub(crate) fn parse(source: &Source) -> Result<(Self, Vec<Remark>), InputError> {
        let raw: Raw = source.parse()?;
        let json: Value = source.parse()?;
        let mut remarks = Vec::new();
        if raw.family.value.trim().is_empty() {
            return Err(source.wrong(&raw.family, "the family has no name"));
        }
        remark_platform(source, &raw, &mut remarks);
        for container in &raw.containers {
            remark_container(source, container, &mut remarks);
        }
        let family = raw.family.value;
        Ok((Self { family, json }, remarks))
    }

    /// Holds a task definition against the AppSpec: ECS refuses a deployment
    /// whose container or port it does not have. Returns what ECS would refuse.
    pub(crate) fn hold(source: &Source, spec: &AppSpec) -> Result<Option<Remark>, InputError> {
        let raw: Raw = source.parse()?;
        let wanted = &spec.container_name;
        let container = raw.containers.iter().find(|c| c.name.value == wanted.value);
        let Some(container) = container else {
            let names: Vec<&str> = raw
                .containers
                .iter()
                .map(|c| c.name.value.as_str())
                .collect();
            return Ok(Some(spec.source.remark(
                wanted,
                format!(
                    "the container {} does not exist in the task definition {}, which has {}",
                    wanted.value,
                    source.name,
                    if names.is_empty() {
                        "none".to_owned()
                    } else {
                        names.join(", ")
                    }
                ),
            )));
        };
        let port = &spec.container_port;
        if !container
            .ports
            .iter()
            .any(|p| p.container.value == port.value)
        {
            return Ok(Some(spec.source.remark(
                port,
                format!(
                    "the container {} has no container port {} in the task definition {}",
                    wanted.value, port.value, source.name
                ),
            )));
        }
        Ok(None)
    }

    /// The same under another family's name.
    pub(crate) fn named(mut self, family: &str) -> Self {
        self.json["family"] = family.into();
        family.clone_into(&mut self.family);
        self
    }

    /// The path that the container's own health check asks for, where it asks
    /// its own server by a URL.
    pub(crate) fn health_path(&self, spec: &AppSpec) -> Option<String> {
        let containers = self.json["containerDefinitions"].as_array()?;
        let container = containers
            .iter()
            .find(|c| c["name"] == spec.container_name.value.as_str())?;
        let command = container["healthCheck"]["command"].as_array()?;
        command
            .iter()
            .filter_map(Value::as_str)
            .flat_map(|part| part.split([' ', '\'', '"']))
            .filter_map(|word| url::Url::parse(word).ok())
            .find(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1")))
            .map(|url| url.path().to_owned())
    }
}

fn remark_platform(source: &Source, raw: &Raw, remarks: &mut Vec<Remark>) {
    let fargate = raw.compatibilities.iter().any(|c| c == "FARGATE");
    if !fargate {
        return;
    }
    match &raw.network_mode {
        Some(mode) if mode.value == "awsvpc" => {}
        Some(mode) => remarks.push(source.remark(
            mode,
            format!("Fargate takes network mode awsvpc, not {:?}", mode.value),
        )),
        None => remarks.push(source.remark(&raw.family, "Fargate needs networkMode awsvpc")),
    }
    if raw.execution_role.is_none() {
        remarks.push(source.remark(
            &raw.family,
            "it has no executionRoleArn, so Fargate can neither pull from ECR nor write logs",
        ));
    }
    let architecture =
        |p: &Spanned<BTreeMap<String, String>>| p.value.contains_key("cpuArchitecture");
    match &raw.platform {
        Some(platform) if architecture(platform) => {}
        Some(platform) => remarks.push(source.remark(platform, NO_ARCHITECTURE)),
        None => remarks.push(source.remark(&raw.family, NO_ARCHITECTURE)),
    }
}

const NO_ARCHITECTURE: &str = "it names no cpuArchitecture, so ECS takes X86_64; an image built on an ARM machine then ends with exec format error";

fn remark_container(source: &Source, container: &RawContainer, remarks: &mut Vec<Remark>) {
    let image = container.image.value.as_str();
    let placeholder = image.starts_with('<') && image.ends_with('>');
    let tag = image
        .rsplit('/')
        .next()
        .and_then(|last| last.split_once(':'));
    if !placeholder && !image.contains('@') {
        let text = match tag {
            None | Some((_, "latest")) => format!(
                "image {image:?} is whatever was pushed last; name a version, or write <IMAGE1_NAME> and let CodePipeline put it in"
            ),
            Some((_, tag)) => format!(
                "the image has the fixed tag {tag:?}, so each deployment brings the same; write <IMAGE1_NAME> and let CodePipeline put in what was built"
            ),
        };
        remarks.push(source.remark(&container.image, text));
    }
    let Some(check) = &container.health_check else {
        return;
    };
    let Some(command) = check
        .command
        .iter()
        .find(|part| asks_with_curl(&part.value))
    else {
        return;
    };
    let fails = command
        .value
        .split_whitespace()
        .any(|word| word == "--fail" || word == "--fail-with-body" || is_short_fail(word));
    if !fails {
        remarks.push(source.remark(
            command,
            "curl without --fail succeeds on a 500 too, so this health check passes whatever the application answers",
        ));
    }
}

fn asks_with_curl(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || c == '/')
        .any(|word| word == "curl")
}

/// `-f`, alone or among other short options.
fn is_short_fail(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && !word.starts_with("--") && word.contains('f')
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../example/taskdef.json");

    fn parse(text: &str) -> Result<Vec<Remark>, String> {
        let spec = Source::own("appspec.yaml", include_str!("../../example/appspec.yaml"));
        let (spec, _) = AppSpec::parse(spec).unwrap();
        let source = Source::own("taskdef.json", text);
        TaskDefinition::parse(&source)
            .and_then(|(_, remarks)| match TaskDefinition::hold(&source, &spec)? {
                None => Ok(remarks),
                Some(mismatch) => Err(InputError::new(mismatch)),
            })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_example_is_without_remark() {
        assert_eq!(parse(EXAMPLE), Ok(vec![]));
    }

    #[test]
    fn the_health_check_tells_its_path() {
        let command = r#""healthCheck": {"command": ["CMD-SHELL", "curl -f 'http://127.0.0.1:8080/up?x=1' || exit 1"]}"#;
        let text = EXAMPLE.replace("\"essential\": true", command);
        let spec = Source::own("appspec.yaml", include_str!("../../example/appspec.yaml"));
        let (spec, _) = AppSpec::parse(spec).unwrap();
        let path = |text: &str| {
            let (found, _) = TaskDefinition::parse(&Source::own("t", text)).unwrap();
            found.health_path(&spec)
        };
        assert_eq!(path(&text).as_deref(), Some("/up"));
        assert_eq!(path(EXAMPLE), None);
    }

    #[test]
    fn container_and_port_must_be_the_appspecs() {
        assert_eq!(
            parse(&EXAMPLE.replace("\"name\": \"shop\"", "\"name\": \"web\"")).unwrap_err(),
            "appspec.yaml:8:26: the container shop does not exist in the task definition taskdef.json, which has web"
        );
        assert_eq!(
            parse(&EXAMPLE.replace("8080", "80")).unwrap_err(),
            "appspec.yaml:9:26: the container shop has no container port 8080 in the task definition taskdef.json"
        );
        let error = parse(&EXAMPLE[..EXAMPLE.len() / 2]).unwrap_err();
        assert!(error.starts_with("taskdef.json:"), "{error}");
    }

    #[test]
    fn a_table_of_remarks() {
        for (from, to, remark) in [
            (
                "<IMAGE1_NAME>",
                "registry/shop:latest",
                "whatever was pushed last",
            ),
            (
                "<IMAGE1_NAME>",
                "localhost:5000/shop",
                "whatever was pushed last",
            ),
            (
                "<IMAGE1_NAME>",
                "registry/shop:1.0.0",
                "fixed tag \"1.0.0\"",
            ),
            ("awsvpc", "bridge", "not \"bridge\""),
            (
                "\"executionRoleArn\"",
                "\"otherRoleArn\"",
                "no executionRoleArn",
            ),
            ("\"cpuArchitecture\"", "\"other\"", "no cpuArchitecture"),
            (
                "\"essential\": true",
                "\"healthCheck\": {\"command\": [\"CMD-SHELL\", \"curl -s http://localhost/ || exit 1\"]}",
                "curl without --fail",
            ),
        ] {
            let remarks = parse(&EXAMPLE.replace(from, to)).unwrap();
            assert_eq!(remarks.len(), 1, "{to}: {remarks:?}");
            assert!(remarks[0].text.contains(remark), "{}", remarks[0]);
            assert!(
                remarks[0].place.starts_with("taskdef.json:"),
                "{}",
                remarks[0]
            );
        }
        for good in [
            "curl -sf http://x/",
            "curl --fail http://x/",
            "wget -q http://x/",
        ] {
            let check = format!("\"healthCheck\": {{\"command\": [\"CMD-SHELL\", \"{good}\"]}}");
            assert_eq!(
                parse(&EXAMPLE.replace("\"essential\": true", &check)),
                Ok(vec![]),
                "{good}"
            );
        }
    }
}
