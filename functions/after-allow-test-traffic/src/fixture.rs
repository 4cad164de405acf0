//! A deployment for the tests of this crate.

use rollout::{
    Container, HealthCheck, HealthPort, LoadBalancer, Protocol, Rollout, Route, TargetGroup,
};

pub(crate) fn rollout() -> Rollout {
    let route = |port, listener: &str| Route {
        listener: listener.into(),
        port,
        protocol: Protocol::Http,
    };
    Rollout {
        application: "shop".into(),
        group: "live".into(),
        cluster: "production".into(),
        service: "shop".into(),
        task_definition: "shop:2".into(),
        containers: vec![Container {
            name: "shop".into(),
            labels: [].into(),
        }],
        container_port: Some(8080),
        desired: Some(2),
        green: TargetGroup {
            arn: "green".into(),
            name: "shop-green".into(),
            protocol: Protocol::Http,
            grpc: false,
            health_check: HealthCheck {
                protocol: Protocol::Http,
                port: HealthPort::Traffic,
                path: Some("/health".into()),
                matcher: Some("200-204".into()),
            },
        },
        blue: Some("blue".into()),
        production: route(80, "production"),
        test: Some(route(8081, "test")),
        load_balancer: LoadBalancer {
            dns_name: "shop.elb".into(),
            internal: false,
        },
    }
}
