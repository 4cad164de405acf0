//! What ARNs tell by themselves, so that no call has to ask for it.

/// The load balancer's ARN inside a listener's or a listener rule's.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html>
pub(crate) fn load_balancer(listener: &str) -> Option<String> {
    let (kind, rest) = split(listener)?;
    let mut parts = rest.split('/');
    let (family, name, id) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!("{kind}:loadbalancer/{family}/{name}/{id}"))
}

/// The listener's ARN inside that of one of its rules.
pub(crate) fn listener_of_rule(rule: &str) -> Option<String> {
    let (head, resource) = rule.rsplit_once(':')?;
    let rest = resource.strip_prefix("listener-rule/")?;
    let (listener, _) = rest.rsplit_once('/')?;
    Some(format!("{head}:listener/{listener}"))
}

/// Whether a listener is a Network Load Balancer's, which has no rules.
pub(crate) fn is_network(listener: &str) -> bool {
    split(listener).is_some_and(|(_, rest)| rest.starts_with("net/"))
}

/// Cluster and service in a service's or a service revision's ARN.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html>
pub(crate) fn service(arn: &str) -> Option<(&str, &str)> {
    let (_, resource) = arn.rsplit_once(':')?;
    let mut parts = resource.split('/').skip(1);
    Some((parts.next()?, parts.next()?)).filter(|(c, s)| !c.is_empty() && !s.is_empty())
}

/// The last part of an ARN's path: what people call the thing.
pub(crate) fn name(arn: &str) -> &str {
    let resource = arn.rsplit_once(':').map_or(arn, |(_, resource)| resource);
    match resource.split('/').collect::<Vec<_>>().as_slice() {
        // targetgroup/<name>/<id>
        ["targetgroup", name, ..] => name,
        parts => parts.last().copied().unwrap_or(resource),
    }
}

fn split(listener: &str) -> Option<(&str, &str)> {
    let (head, resource) = listener.rsplit_once(':')?;
    let rest = resource
        .strip_prefix("listener/")
        .or_else(|| resource.strip_prefix("listener-rule/"))?;
    Some((head, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ELB: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";

    #[test]
    fn arns_tell_their_parents() {
        let listener = format!("{ELB}:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2");
        let rule = format!(
            "{ELB}:listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee"
        );
        let balancer = format!("{ELB}:loadbalancer/app/shop/50dc6c495c0c9188");
        assert_eq!(load_balancer(&listener), Some(balancer.clone()));
        assert_eq!(load_balancer(&rule), Some(balancer));
        assert_eq!(listener_of_rule(&rule), Some(listener.clone()));
        assert!(!is_network(&listener));
        assert!(is_network(&listener.replace("/app/", "/net/")));
        let service_arn = "arn:aws:ecs:eu-west-1:123456789012:service/production/shop";
        assert_eq!(service(service_arn), Some(("production", "shop")));
        assert_eq!(
            service("arn:aws:ecs:eu-west-1:1:service-revision/production/shop/42"),
            Some(("production", "shop"))
        );
        assert_eq!(
            name(&format!("{ELB}:targetgroup/shop-green/73e2d6bc24d8a067")),
            "shop-green"
        );
        assert_eq!(name("plain"), "plain");
    }

    #[test]
    fn what_is_no_arn_tells_nothing() {
        for text in ["", "x", "a:b", "a:listener/", "a:listener/app", "::::/"] {
            assert_eq!(load_balancer(text), None, "{text}");
            assert_eq!(listener_of_rule(text), None, "{text}");
        }
        assert_eq!(service("arn:aws:ecs:r:1:service/old"), None);
    }
}
