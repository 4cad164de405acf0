use aws_sdk_ecs::types::ServiceRevision;

use crate::{
    Fault, Rollout, Rollouts, arn,
    client::{Entry, Found, Parts, port},
    fault::Call,
};

const STEP: &str = "finding green's service revision";

impl Rollouts {
    /// The two rounds: the service revision, and everything that it names.
    pub(crate) async fn find_native(&self, revision_arn: &str) -> Result<Rollout, Fault> {
        let revision = self.revision(revision_arn).await?;
        let (cluster, service) = arn::service(revision_arn)
            .ok_or_else(|| Fault::new(STEP, format!("{revision_arn} names no service")))?;
        let green = Green::of(&revision, revision_arn)?;
        let Found {
            green: target_group,
            containers,
            production,
            test,
            load_balancer,
        } = self
            .parts(Parts {
                green: green.target_group,
                task_definition: green.task_definition,
                production: Entry(green.production),
                test: green.test.map(Entry),
            })
            .await?;
        Ok(Rollout {
            application: cluster.to_owned(),
            group: service.to_owned(),
            cluster: cluster.to_owned(),
            service: service.to_owned(),
            task_definition: green.task_definition.to_owned(),
            containers,
            container_port: green.container_port,
            // A revision tells no count, and the service's may belong to both.
            desired: None,
            green: target_group,
            blue: green.blue.map(str::to_owned),
            production,
            test,
            load_balancer,
        })
    }

    async fn revision(&self, revision_arn: &str) -> Result<ServiceRevision, Fault> {
        let call = Call {
            step: STEP,
            action: "ecs:DescribeServiceRevisions",
            resource: revision_arn,
            grant: "the service and its revisions",
        };
        let answer = self
            .ecs
            .describe_service_revisions()
            .service_revision_arns(revision_arn)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        answer
            .service_revisions
            .unwrap_or_default()
            .into_iter()
            .next()
            .ok_or_else(|| Fault::new(STEP, format!("there is no revision {revision_arn}")))
    }
}

/// What a revision says of green.
#[derive(Debug, PartialEq, Eq)]
struct Green<'a> {
    target_group: &'a str,
    blue: Option<&'a str>,
    task_definition: &'a str,
    container_port: Option<u16>,
    production: &'a str,
    test: Option<&'a str>,
}

impl<'a> Green<'a> {
    /// The service names two target groups without saying whose they are; the
    /// revision's resolved configuration says which one ECS gave to it.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRevision.html>
    fn of(revision: &'a ServiceRevision, revision_arn: &str) -> Result<Self, Fault> {
        let lacks = |what: &str| Fault::new(STEP, format!("{revision_arn} does not tell {what}"));
        let configured = revision
            .load_balancers()
            .iter()
            .find(|lb| lb.advanced_configuration().is_some())
            .ok_or_else(|| {
                lacks("its listeners").with_remedy(
                    "give the service's load balancer an advancedConfiguration with a production listener rule",
                )
            })?;
        let advanced = configured.advanced_configuration();
        let both = [
            configured.target_group_arn(),
            advanced.and_then(|a| a.alternate_target_group_arn()),
        ];
        // A service may have more load balancers than this one.
        let resolved = revision.resolved_configuration().and_then(|resolved| {
            let ours = |arn| both.into_iter().flatten().any(|other| Some(other) == arn);
            (resolved.load_balancers().iter()).find(|lb| ours(lb.target_group_arn()))
        });
        let target_group = resolved
            .and_then(|lb| lb.target_group_arn())
            .ok_or_else(|| lacks("its target group"))?;
        Ok(Self {
            target_group,
            blue: (both.into_iter().flatten()).find(|other| *other != target_group),
            task_definition: revision
                .task_definition()
                .ok_or_else(|| lacks("its task definition"))?,
            container_port: port(configured.container_port()),
            production: resolved
                .and_then(|lb| lb.production_listener_rule())
                .or_else(|| advanced?.production_listener_rule())
                .ok_or_else(|| lacks("its production listener"))?,
            test: advanced.and_then(|a| a.test_listener_rule()),
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{
        AdvancedConfiguration, LoadBalancer, ResolvedConfiguration, ServiceRevisionLoadBalancer,
    };

    use super::*;

    fn revision(resolved: Option<&str>) -> ServiceRevision {
        let configured = LoadBalancer::builder()
            .target_group_arn("one")
            .container_port(8080)
            .advanced_configuration(
                AdvancedConfiguration::builder()
                    .alternate_target_group_arn("two")
                    .production_listener_rule("production")
                    .test_listener_rule("test")
                    .build(),
            )
            .build();
        let resolved = resolved.map(|group| {
            ResolvedConfiguration::builder()
                .load_balancers(
                    ServiceRevisionLoadBalancer::builder()
                        .target_group_arn(group)
                        .build(),
                )
                .build()
        });
        ServiceRevision::builder()
            .task_definition("shop:2")
            .load_balancers(configured)
            .set_resolved_configuration(resolved)
            .build()
    }

    #[test]
    fn green_has_the_resolved_target_group() {
        for resolved in ["one", "two"] {
            let revision = revision(Some(resolved));
            let green = Green::of(&revision, "r").unwrap();
            assert_eq!(green.target_group, resolved);
            assert_ne!(green.blue, Some(resolved));
            assert!(green.blue.is_some());
            assert_eq!((green.production, green.test), ("production", Some("test")));
        }
        // The second is another load balancer's.
        for resolved in [None, Some("three")] {
            assert_eq!(
                Green::of(&revision(resolved), "r").unwrap_err().why,
                "r does not tell its target group"
            );
        }
    }
}
