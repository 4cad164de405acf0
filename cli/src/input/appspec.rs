use std::collections::BTreeMap;

use gate::Hook;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{InputError, Remark, Source};

/// An AppSpec of an ECS deployment.
/// <https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html>
#[derive(Debug, Clone)]
pub(crate) struct AppSpec {
    /// The file as it stands.
    pub(crate) source: Source,
    /// The task definition, or CodePipeline's placeholder for it.
    pub(crate) task_definition: Spanned<String>,
    /// The container behind the load balancer.
    pub(crate) container_name: Spanned<String>,
    /// Its port.
    pub(crate) container_port: Spanned<u16>,
    /// Fargate's platform version.
    pub(crate) platform_version: Option<String>,
    /// The hooks, in the file's order.
    pub(crate) hooks: Vec<HookEntry>,
}

/// A hook of an AppSpec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HookEntry {
    /// When it runs.
    pub(crate) hook: Hook,
    /// The function, a name or an ARN.
    pub(crate) function: String,
    /// Where it stands.
    pub(crate) place: String,
}

/// What CodePipeline replaces by the ARN of the revision that it registers.
pub(crate) const PLACEHOLDER: &str = "<TASK_DEFINITION>";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(alias = "Version")]
    version: Spanned<serde_json::Value>,
    #[serde(rename = "Resources", alias = "resources")]
    resources: Spanned<Vec<BTreeMap<String, RawResource>>>,
    #[serde(rename = "Hooks", alias = "hooks", default)]
    hooks: Option<Vec<RawHook>>,
}

/// One item of `Hooks`: an event and its function.
type RawHook = Spanned<BTreeMap<String, Spanned<String>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawResource {
    #[serde(rename = "Type")]
    kind: Spanned<String>,
    #[serde(rename = "Properties")]
    properties: RawProperties,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProperties {
    #[serde(rename = "TaskDefinition")]
    task_definition: Spanned<String>,
    #[serde(rename = "LoadBalancerInfo")]
    load_balancer: RawLoadBalancer,
    #[serde(rename = "PlatformVersion", default)]
    platform_version: Option<String>,
    #[serde(rename = "NetworkConfiguration", default)]
    network: Option<RawNetwork>,
    #[serde(rename = "CapacityProviderStrategy", default)]
    _capacity: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLoadBalancer {
    #[serde(rename = "ContainerName")]
    container_name: Spanned<String>,
    #[serde(rename = "ContainerPort")]
    container_port: Spanned<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNetwork {
    #[serde(rename = "AwsvpcConfiguration")]
    awsvpc: RawAwsvpc,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAwsvpc {
    #[serde(rename = "Subnets")]
    subnets: Vec<Spanned<String>>,
    #[serde(rename = "SecurityGroups")]
    security_groups: Vec<Spanned<String>>,
    #[serde(rename = "AssignPublicIp")]
    assign_public_ip: Spanned<String>,
}

impl AppSpec {
    /// Reads an AppSpec, with remarks on what will be missed or go wrong.
    pub(crate) fn parse(source: Source) -> Result<(Self, Vec<Remark>), InputError> {
        let raw: Raw = source.parse()?;
        let mut remarks = Vec::new();
        check_version(&source, &raw.version)?;
        let resources: Vec<RawResource> = raw
            .resources
            .value
            .into_iter()
            .flat_map(BTreeMap::into_values)
            .collect();
        let [resource] = <[RawResource; 1]>::try_from(resources).map_err(|found| {
            InputError::new(format!(
                "{}:{}:{}: Resources must name one ECS service, and it names {}",
                source.name,
                raw.resources.referenced.line(),
                raw.resources.referenced.column(),
                found.len()
            ))
        })?;
        if resource.kind.value != "AWS::ECS::Service" {
            return Err(source.wrong(
                &resource.kind,
                format!(
                    "the type is {:?}; this gate knows AWS::ECS::Service",
                    resource.kind.value
                ),
            ));
        }
        let properties = resource.properties;
        remark_task_definition(&source, &properties.task_definition, &mut remarks);
        if let Some(network) = &properties.network {
            check_network(&source, &network.awsvpc, &mut remarks)?;
        }
        if properties.load_balancer.container_port.value == 0 {
            return Err(source.wrong(&properties.load_balancer.container_port, "0 is no port"));
        }
        let hooks = hooks(&source, raw.hooks.unwrap_or_default())?;
        if hooks.is_empty() {
            remarks.push(Remark {
                place: source.name.clone(),
                text: "it has no Hooks, so no gate stands between green and production".to_owned(),
            });
        }
        let spec = Self {
            source,
            task_definition: properties.task_definition,
            container_name: properties.load_balancer.container_name,
            container_port: properties.load_balancer.container_port,
            platform_version: properties.platform_version,
            hooks,
        };
        Ok((spec, remarks))
    }
}

fn check_version(source: &Source, version: &Spanned<serde_json::Value>) -> Result<(), InputError> {
    let zero = match &version.value {
        serde_json::Value::Number(number) => number.as_f64() == Some(0.0),
        serde_json::Value::String(text) => text == "0.0",
        _ => false,
    };
    match zero {
        true => Ok(()),
        false => Err(source.wrong(version, "the version of an AppSpec is 0.0")),
    }
}

fn hooks(source: &Source, raw: Vec<RawHook>) -> Result<Vec<HookEntry>, InputError> {
    let mut hooks: Vec<HookEntry> = Vec::new();
    for item in raw {
        for (event, function) in &item.value {
            let parsed: Result<Hook, _> = event.parse();
            let hook = parsed.map_err(|error| source.wrong(&item, error))?;
            if hooks.iter().any(|other| other.hook == hook) {
                return Err(source.wrong(&item, format!("{event} has a function already")));
            }
            if function.value.trim().is_empty() {
                return Err(source.wrong(function, format!("{event} names no function")));
            }
            hooks.push(HookEntry {
                hook,
                function: function.value.clone(),
                place: source.place(function),
            });
        }
    }
    Ok(hooks)
}

fn remark_task_definition(source: &Source, named: &Spanned<String>, remarks: &mut Vec<Remark>) {
    let text = named.value.as_str();
    if text == PLACEHOLDER {
        return;
    }
    let revision = text.rsplit_once(':').map(|(_, revision)| revision);
    if !revision.is_some_and(|r| !r.is_empty() && r.chars().all(|c| c.is_ascii_digit())) {
        remarks.push(source.remark(
            named,
            format!(
                "task definition {text:?} does not end in a revision number, which ECS refuses (Invalid revision number); write {PLACEHOLDER} and let CodePipeline put it in"
            ),
        ));
        return;
    }
    remarks.push(source.remark(
        named,
        format!(
            "it names revision {} whatever was built; CodePipeline puts the revision that it registers in the place of {PLACEHOLDER} only",
            revision.unwrap_or_default()
        ),
    ));
    if let Some(account) = text
        .strip_prefix("arn:")
        .and_then(|arn| arn.split(':').nth(3))
        && (account.len() != 12 || !account.chars().all(|c| c.is_ascii_digit()))
    {
        remarks.push(source.remark(
            named,
            format!("account {account:?} is no account id, which has twelve digits"),
        ));
    }
}

fn check_network(
    source: &Source,
    network: &RawAwsvpc,
    remarks: &mut Vec<Remark>,
) -> Result<(), InputError> {
    let public = &network.assign_public_ip;
    if !matches!(public.value.as_str(), "ENABLED" | "DISABLED") {
        return Err(source.wrong(
            public,
            format!(
                "AssignPublicIp is ENABLED or DISABLED, not {:?}",
                public.value
            ),
        ));
    }
    let ids = [
        ("subnet-", &network.subnets),
        ("sg-", &network.security_groups),
    ];
    for (prefix, list) in ids {
        let real = |id: &str| {
            id.strip_prefix(prefix)
                .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_hexdigit()))
        };
        if let Some(id) = list.iter().find(|id| !real(&id.value)) {
            remarks.push(source.remark(
                id,
                format!(
                    "{:?} is no id of AWS's, which is {prefix} and hexadecimal digits",
                    id.value
                ),
            ));
        }
        let mut seen: Vec<&str> = list.iter().map(|id| id.value.as_str()).collect();
        seen.sort_unstable();
        if let Some(twice) = seen.windows(2).find(|pair| pair[0] == pair[1])
            && let Some(id) = list.iter().find(|id| id.value == twice[0])
        {
            remarks.push(source.remark(id, format!("{:?} stands here twice", id.value)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../example/appspec.yaml");

    fn parse(text: &str) -> Result<(AppSpec, Vec<Remark>), String> {
        AppSpec::parse(Source::own("appspec.yaml", text)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_example_is_without_remark() {
        let (spec, remarks) = parse(EXAMPLE).unwrap();
        assert_eq!(remarks, []);
        assert_eq!(spec.container_port.value, 8080);
        let hooks = [Hook::AfterAllowTestTraffic, Hook::BeforeAllowTraffic];
        assert_eq!([spec.hooks[0].hook, spec.hooks[1].hook], hooks);
        assert_eq!(spec.hooks[1].place, "appspec.yaml:12:25");
    }

    #[test]
    fn json_is_read_too() {
        let json = r#"{"version":0.0,"Resources":[{"TargetService":{"Type":"AWS::ECS::Service",
            "Properties":{"TaskDefinition":"<TASK_DEFINITION>",
            "LoadBalancerInfo":{"ContainerName":"shop","ContainerPort":8080}}}}]}"#;
        let (spec, remarks) = parse(json).unwrap();
        assert_eq!(spec.container_name.value, "shop");
        assert!(remarks[0].text.contains("no Hooks"));
    }

    #[test]
    fn a_table_of_mistakes() {
        for (from, to, error) in [
            (
                "version: 0.0",
                "version: 1",
                "appspec.yaml:1:10: the version of an AppSpec is 0.0",
            ),
            (
                "ContainerPort: 8080",
                "ContainerPort: 0",
                "appspec.yaml:9:26: 0 is no port",
            ),
            (
                "ContainerPort: 8080",
                "ContainerPort: 80800",
                "appspec.yaml:9:26: ",
            ),
            (
                "AWS::ECS::Service",
                "AWS::Lambda::Function",
                "appspec.yaml:4:13: the type is",
            ),
            ("Hooks:", "Hook:", "appspec.yaml:10:1: "),
            (
                "- BeforeAllowTraffic",
                "- BeforeTraffic",
                "appspec.yaml:12:5: \"BeforeTraffic\" is no hook",
            ),
            ("          ContainerName: shop\n", "", "appspec.yaml:"),
            ("Resources:", "Resources: [", "appspec.yaml:"),
        ] {
            let found = parse(&EXAMPLE.replace(from, to)).unwrap_err();
            assert!(found.starts_with(error), "{to}: {found}");
            assert!(!found.contains('\n'), "{found}");
        }
    }

    #[test]
    fn a_revision_that_never_changes_is_remarked() {
        for (task_definition, part) in [
            ("shop", "does not end in a revision number"),
            ("shop:latest", "does not end in a revision number"),
            ("shop:7", "revision 7 whatever was built"),
        ] {
            let text = EXAMPLE.replace("<TASK_DEFINITION>", task_definition);
            let (_, remarks) = parse(&text).unwrap();
            assert!(remarks[0].text.contains(part), "{}", remarks[0]);
            assert_eq!(remarks[0].place, "appspec.yaml:6:25");
        }
    }
}
