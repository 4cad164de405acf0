//! Elastic Load Balancing v2.

use serde_json::{Value, json};
use world::{
    Forward, Listener, LoadBalancer, LoadBalancerType, RuleView, Target, TargetGroup, World, dates,
};

use super::{ApiError, form::Form};

pub(super) fn call(world: &World, operation: &str, form: &Form) -> Result<Value, ApiError> {
    match operation {
        "DescribeLoadBalancers" => load_balancers(world, form),
        "DescribeListeners" => listeners(world, form),
        "DescribeRules" => rules(world, form),
        "DescribeTargetGroups" => target_groups(world, form),
        "DescribeTargetHealth" => target_health(world, form),
        _ => Err(ApiError {
            unknown: true,
            ..ApiError::bad(
                "InvalidAction",
                format!("The action {operation} is not valid for this web service."),
            )
        }),
    }
}

fn validation(message: &str) -> ApiError {
    ApiError::bad("ValidationError", message)
}

fn find_all<'a, T>(
    wanted: &[&str],
    find: impl Fn(&str) -> Option<&'a T>,
    refusal: &ApiError,
) -> Result<Vec<&'a T>, ApiError> {
    wanted
        .iter()
        .map(|name| find(name).ok_or_else(|| refusal.clone()))
        .collect()
}

fn load_balancers(world: &World, form: &Form) -> Result<Value, ApiError> {
    let (arns, names) = (form.list("LoadBalancerArns"), form.list("Names"));
    let found = if arns.is_empty() && names.is_empty() {
        world.load_balancers.iter().collect()
    } else {
        let wanted: Vec<&str> = arns.into_iter().chain(names).collect();
        let list = wanted.join(", ");
        let message = format!("Load balancers '[{list}]' not found");
        let refusal = ApiError::bad("LoadBalancerNotFound", message);
        find_all(&wanted, |name| world.load_balancer(name), &refusal)?
    };
    let all: Vec<Value> = found.into_iter().map(|l| load_balancer(world, l)).collect();
    Ok(json!({"LoadBalancers": all}))
}

fn load_balancer(world: &World, balancer: &LoadBalancer) -> Value {
    let groups = match balancer.kind {
        LoadBalancerType::Application => json!(["sg-00000000000000001"]),
        LoadBalancerType::Network => Value::Null,
    };
    json!({
        "LoadBalancerArn": balancer.arn,
        "LoadBalancerName": balancer.name,
        "DNSName": balancer.dns_name,
        "CanonicalHostedZoneId": "Z0000000LOCAL",
        "CreatedTime": dates::iso8601(balancer.created_at),
        "Scheme": balancer.scheme,
        "VpcId": balancer.vpc_id,
        "State": {"Code": "active"},
        "Type": balancer.kind,
        "AvailabilityZones": [{
            "ZoneName": format!("{}a", world.region),
            "SubnetId": "subnet-00000000000000001",
        }],
        "SecurityGroups": groups,
        "IpAddressType": "ipv4",
    })
}

fn listeners(world: &World, form: &Form) -> Result<Value, ApiError> {
    let arns = form.list("ListenerArns");
    let found = match form.get("LoadBalancerArn") {
        Some(arn) => of_load_balancer(world, arn)?,
        None if arns.is_empty() => {
            return Err(validation(
                "You must specify either listener ARNs or a load balancer ARN",
            ));
        }
        None => {
            let refusal = ApiError::bad("ListenerNotFound", "One or more listeners not found");
            find_all(&arns, |arn| world.listener(arn), &refusal)?
        }
    };
    let all: Vec<Value> = found.into_iter().map(listener).collect();
    Ok(json!({"Listeners": all}))
}

fn of_load_balancer<'a>(world: &'a World, arn: &str) -> Result<Vec<&'a Listener>, ApiError> {
    if world.load_balancer(arn).is_none() {
        let message = format!("Load balancer '{arn}' not found");
        return Err(ApiError::bad("LoadBalancerNotFound", message));
    }
    Ok(world
        .listeners
        .iter()
        .filter(|l| l.load_balancer_arn == arn)
        .collect())
}

fn listener(listener: &Listener) -> Value {
    json!({
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.load_balancer_arn,
        "Port": listener.port,
        "Protocol": listener.protocol,
        "DefaultActions": [action(&listener.forwards)],
    })
}

/// A `forward` action. With one target group it is also named at the top, as
/// AWS does.
fn action(forwards: &[Forward]) -> Value {
    let groups = forwards
        .iter()
        .map(|f| json!({"TargetGroupArn": f.target_group_arn, "Weight": f.weight}));
    let only = match forwards {
        [only] => Some(&only.target_group_arn),
        _ => None,
    };
    json!({
        "Type": "forward",
        "TargetGroupArn": only,
        "Order": 1,
        "ForwardConfig": {
            "TargetGroups": groups.collect::<Vec<_>>(),
            "TargetGroupStickinessConfig": {"Enabled": false},
        },
    })
}

fn rules(world: &World, form: &Form) -> Result<Value, ApiError> {
    let arns = form.list("RuleArns");
    let found: Vec<RuleView<'_>> = match form.get("ListenerArn") {
        Some(arn) => {
            let listener = world.listener(arn).ok_or_else(|| {
                ApiError::bad("ListenerNotFound", "One or more listeners not found")
            })?;
            world.rules(listener).collect()
        }
        None if arns.is_empty() => {
            return Err(validation(
                "You must specify either listener ARN or rule ARNs",
            ));
        }
        None => {
            let found: Option<Vec<_>> = arns.iter().map(|arn| world.rule(arn)).collect();
            found.ok_or_else(|| ApiError::bad("RuleNotFound", "One or more rules not found"))?
        }
    };
    let all: Vec<Value> = found.iter().map(rule).collect();
    Ok(json!({"Rules": all}))
}

fn rule(rule: &RuleView<'_>) -> Value {
    let conditions = if rule.path_patterns.is_empty() {
        json!([])
    } else {
        json!([{
            "Field": "path-pattern",
            "Values": rule.path_patterns,
            "PathPatternConfig": {"Values": rule.path_patterns},
        }])
    };
    json!({
        "RuleArn": rule.arn,
        "Priority": rule.priority.map_or_else(|| "default".to_owned(), |p| p.to_string()),
        "Conditions": conditions,
        "Actions": [action(rule.forwards)],
        "IsDefault": rule.priority.is_none(),
    })
}

fn target_groups(world: &World, form: &Form) -> Result<Value, ApiError> {
    let (arns, names) = (form.list("TargetGroupArns"), form.list("Names"));
    let found: Vec<&TargetGroup> = if let Some(arn) = form.get("LoadBalancerArn") {
        of_load_balancer(world, arn)?;
        let of = |t: &&TargetGroup| world.load_balancers_of(&t.arn).iter().any(|l| l.arn == arn);
        world.target_groups.iter().filter(of).collect()
    } else if arns.is_empty() && names.is_empty() {
        world.target_groups.iter().collect()
    } else {
        let refusal = ApiError::bad("TargetGroupNotFound", "One or more target groups not found");
        let wanted: Vec<&str> = arns.into_iter().chain(names).collect();
        find_all(&wanted, |name| world.target_group(name), &refusal)?
    };
    let all: Vec<Value> = found.into_iter().map(|t| target_group(world, t)).collect();
    Ok(json!({"TargetGroups": all}))
}

fn target_group(world: &World, group: &TargetGroup) -> Value {
    let check = &group.health_check;
    let code = if group.protocol_version.as_deref() == Some("GRPC") {
        "GrpcCode"
    } else {
        "HttpCode"
    };
    let balancers = world.load_balancers_of(&group.arn);
    json!({
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "Protocol": group.protocol,
        "ProtocolVersion": group.protocol_version,
        "Port": group.port,
        "VpcId": group.vpc_id,
        "HealthCheckProtocol": check.protocol,
        "HealthCheckPort": check.port,
        "HealthCheckEnabled": true,
        "HealthCheckIntervalSeconds": check.interval_seconds,
        "HealthCheckTimeoutSeconds": check.timeout_seconds,
        "HealthyThresholdCount": check.healthy_threshold,
        "UnhealthyThresholdCount": check.unhealthy_threshold,
        "HealthCheckPath": check.path,
        "Matcher": check.matcher.as_ref().map(|matcher| json!({code: matcher})),
        "LoadBalancerArns": balancers.iter().map(|l| &l.arn).collect::<Vec<_>>(),
        "TargetType": group.target_type,
        "IpAddressType": "ipv4",
    })
}

fn target_health(world: &World, form: &Form) -> Result<Value, ApiError> {
    let Some(arn) = form.get("TargetGroupArn") else {
        return Err(if form.has("TargetGroupArn") {
            validation("'' is not a valid target group ARN")
        } else {
            ApiError::missing("ValidationError", "targetGroupArn")
        });
    };
    if !arn.starts_with("arn:") {
        return Err(validation(&format!(
            "'{arn}' is not a valid target group ARN"
        )));
    }
    let group = world.target_group(arn).ok_or_else(|| {
        ApiError::bad("TargetGroupNotFound", "One or more target groups not found")
    })?;
    let wanted = wanted_targets(form);
    let all: Vec<Value> = if wanted.is_empty() {
        group.targets.iter().map(|t| health(group, t)).collect()
    } else {
        let find = |(id, port): &(&str, Option<u16>)| {
            let found = group
                .targets
                .iter()
                .find(|t| t.id == *id && port.is_none_or(|p| p == t.port));
            found.map_or_else(
                || not_registered(id, port.unwrap_or(group.port)),
                |t| health(group, t),
            )
        };
        wanted.iter().map(find).collect()
    };
    Ok(json!({"TargetHealthDescriptions": all}))
}

/// `Targets.member.1.Id`, `Targets.member.1.Port`, ….
fn wanted_targets(form: &Form) -> Vec<(&str, Option<u16>)> {
    (1..)
        .map_while(|i| {
            let id = form.get(&format!("Targets.member.{i}.Id"))?;
            let port = form.get(&format!("Targets.member.{i}.Port"));
            Some((id, port.and_then(|port| port.parse().ok())))
        })
        .collect()
}

fn health(group: &TargetGroup, target: &Target) -> Value {
    let port = match group.health_check.port.as_str() {
        "traffic-port" => target.port.to_string(),
        port => port.to_owned(),
    };
    json!({
        "Target": {"Id": target.id, "Port": target.port},
        "HealthCheckPort": port,
        "TargetHealth": {
            "State": target.state,
            "Reason": target.reason,
            "Description": target.description,
        },
    })
}

fn not_registered(id: &str, port: u16) -> Value {
    json!({
        "Target": {"Id": id, "Port": port},
        "TargetHealth": {
            "State": "unused",
            "Reason": "Target.NotRegistered",
            "Description": "Target is not registered to the target group",
        },
    })
}
