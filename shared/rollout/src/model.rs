use std::collections::BTreeMap;

/// What a hook is called for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A deployment of CodeDeploy.
    CodeDeploy {
        /// Its id, `d-…`.
        deployment_id: String,
    },
    /// An ECS-native deployment.
    Native {
        /// The service revision that is being deployed.
        revision_arn: String,
    },
}

/// A blue/green deployment under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// CodeDeploy's application; the cluster's name where ECS deploys.
    pub application: String,
    /// CodeDeploy's deployment group; the service's name where ECS deploys.
    pub group: String,
    /// The cluster's name.
    pub cluster: String,
    /// The service's name.
    pub service: String,
    /// Green's task definition, its ARN.
    pub task_definition: String,
    /// The containers of green's task definition.
    pub containers: Vec<Container>,
    /// The port that green's container listens on, where it is known.
    pub container_port: Option<u16>,
    /// How many tasks green wants, where that is known.
    pub desired: Option<u32>,
    /// Green's target group.
    pub green: TargetGroup,
    /// The ARN of blue's target group, where it is known: the one that
    /// production traffic goes to until green takes it.
    pub blue: Option<String>,
    /// How production traffic comes in.
    pub production: Route,
    /// How test traffic comes in, where the deployment has it.
    pub test: Option<Route>,
    /// The load balancer of both.
    pub load_balancer: LoadBalancer,
}

/// The way that a check takes to green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// Through the test listener.
    TestListener,
    /// Through the production listener.
    ProductionListener,
    /// Straight to each target's address.
    Tasks,
}

impl Way {
    /// The way in words.
    pub fn words(self) -> &'static str {
        match self {
            Way::TestListener => "the test listener",
            Way::ProductionListener => "the production listener",
            Way::Tasks => "green's tasks",
        }
    }
}

impl Rollout {
    /// The listener of a way, if the way is one and the deployment has it.
    pub fn route(&self, way: Way) -> Option<&Route> {
        match way {
            Way::TestListener => self.test.as_ref(),
            Way::ProductionListener => Some(&self.production),
            Way::Tasks => None,
        }
    }
}

/// A container of the task definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its docker labels.
    pub labels: BTreeMap<String, String>,
}

/// A listener of the deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The listener's ARN.
    pub listener: String,
    /// The listener's port.
    pub port: u16,
    /// What it speaks.
    pub protocol: Protocol,
}

/// What a listener or a target group speaks.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP.
    Http,
    /// HTTP over TLS.
    Https,
    /// TCP.
    Tcp,
    /// TCP over TLS.
    Tls,
    /// Something that no probe speaks.
    Other(String),
}

impl Protocol {
    /// Reads AWS's word for it.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "HTTP" => Protocol::Http,
            "HTTPS" => Protocol::Https,
            "TCP" | "TCP_UDP" => Protocol::Tcp,
            "TLS" => Protocol::Tls,
            other => Protocol::Other(other.to_owned()),
        }
    }

    /// Whether it is spoken over TLS.
    pub fn is_tls(&self) -> bool {
        matches!(self, Protocol::Https | Protocol::Tls)
    }
}

/// The load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Its name in DNS.
    pub dns_name: String,
    /// Whether only its VPC reaches it.
    pub internal: bool,
}

/// Green's target group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// What its targets speak.
    pub protocol: Protocol,
    /// Whether its targets are spoken to in gRPC.
    pub grpc: bool,
    /// Its own health check.
    pub health_check: HealthCheck,
}

/// A target group's health check.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// What it speaks.
    pub protocol: Protocol,
    /// The port that it asks.
    pub port: HealthPort,
    /// The path that it asks for, in HTTP.
    pub path: Option<String>,
    /// Which HTTP statuses are a success.
    pub matcher: Option<String>,
}

/// The port of a health check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthPort {
    /// The one that takes traffic.
    Traffic,
    /// Another one.
    Fixed(u16),
}
