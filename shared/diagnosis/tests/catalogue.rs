//! Each entry of the catalogue beside a failure as it really reads, and a text
//! that only resembles it.

use std::collections::BTreeSet;

use greenlight_diagnosis::{
    CATALOGUE,
    Origin::{self, Action, BuildLog, BuildPhase, Deployment, LifecycleEvent, Service, Task},
    Role, Text, diagnose,
};

/// Entry, where it is told, how it reads, and what only resembles it.
const TABLE: &[(&str, Origin, &str, &str)] = &[
    (
        "task-definition-latest",
        Action,
        "ECS_UPDATE_ERROR: The ECS service cannot be updated due to an unexpected error: Invalid revision number. Number: latest (Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException)",
        "Deployed revision number 7 with image latest",
    ),
    (
        "task-definition-inactive",
        Deployment,
        "ECS_UPDATE_ERROR: The ECS service cannot be updated due to an unexpected error: TaskDefinition is inactive (Service: AmazonECS; Status Code: 400; Error Code: ClientException)",
        "The TaskDefinition shop:4 is active, shop:3 was inactive before",
    ),
    (
        "container-name-unknown",
        Deployment,
        "The ECS service cannot be updated due to an unexpected error: The container web does not exist in the task definition. (Service: AmazonECS)",
        "The container web does exist in the task definition",
    ),
    (
        "container-port-unknown",
        Deployment,
        "unexpected error: The container web did not have a container port 8080 defined. (Service: AmazonECS; Status Code: 400)",
        "The container web did have a container port 8080 defined",
    ),
    (
        "appspec-missing",
        Action,
        "An AppSpec file is required, but could not be found in the revision",
        "An AppSpec file is required; it was found in the revision",
    ),
    (
        "artifact-unreadable",
        Action,
        "Exception while trying to read the task definition artifact file from: BuildArtifact",
        "Read the task definition artifact file from: BuildArtifact",
    ),
    (
        "execution-role-missing",
        Deployment,
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        "Fargate starts a task definition that has an execution role",
    ),
    (
        "deployment-controller",
        Action,
        "InvalidECSServiceException: Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller.",
        "The service is configured for a CODE_DEPLOY deployment controller",
    ),
    (
        "listener-not-on-live-target-group",
        Deployment,
        "The ELB could not be updated due to the following error: Primary taskset target group must be behind listener arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/1/2",
        "The primary task set is behind listener 443",
    ),
    (
        "target-group-without-load-balancer",
        Service,
        "InvalidParameterException: The target group with targetGroupArn arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/1 does not have an associated load balancer.",
        "The target group has an associated load balancer",
    ),
    (
        "gradual-shift-needs-alb",
        Deployment,
        "Only ALB supports gradual traffic routing, use AllAtOnce Traffic routing instead when you create/update Deployment group",
        "The ALB supports gradual traffic routing",
    ),
    (
        "elb-info-list",
        Action,
        "For ECS deployment group, loadBalancerInfo must not contain elbInfo list",
        "The group's loadBalancerInfo contains targetGroupPairInfoList",
    ),
    (
        "deployment-already-active",
        Action,
        "DeploymentLimitExceededException: The Deployment Group 'live' already has an active Deployment 'd-ABC123'",
        "Deployment group live has an active deployment",
    ),
    (
        "scaling-during-deployment",
        LifecycleEvent,
        "Unable to update desired count while a deployment is in progress",
        "Auto scaling set the desired count to 4",
    ),
    (
        "pass-role",
        Action,
        "User: arn:aws:sts::123456789012:assumed-role/pipeline/1 is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/exec",
        "The role is authorized to perform iam:PassRole",
    ),
    (
        "service-role-lambda",
        LifecycleEvent,
        "The IAM role arn:aws:iam::123456789012:role/deploy does not give you permission to perform operations in the following AWS service: AWSLambda.",
        "The IAM role gives you permission to perform operations in the following AWS service: AWSLambda.",
    ),
    (
        "service-role-permission",
        Deployment,
        "IAM_ROLE_PERMISSIONS: The IAM role arn:aws:iam::123456789012:role/deploy does not give you permission to perform operations in the following AWS service: AmazonECS.",
        "The IAM role permissions were looked at",
    ),
    (
        "service-role-missing",
        Deployment,
        "IAM_ROLE_MISSING: IAM Role is missing for deployment group: live",
        "No IAM role was missing",
    ),
    (
        "not-authorized",
        Action,
        "The provided role is not authorized to perform: codecommit:GetBranch on resource: arn:aws:codecommit:eu-west-1:123456789012:shop",
        "You are not authorized to enter",
    ),
    (
        "image-not-found",
        Task,
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:latest: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:latest: not found",
        "GET /images/shop: not found",
    ),
    (
        "image-pull-rate",
        Task,
        "CannotPullContainerError: inspect image has been retried 5 time(s): httpReadSeeker: failed open: unexpected status code 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
        "The pull rate was within its limit",
    ),
    (
        "image-pull-network",
        Task,
        "CannotPullContainerError: Error response from daemon: Get https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/: net/http: request canceled while waiting for connection",
        "request canceled while waiting for connection to the cache",
    ),
    (
        "image-pull-permission",
        Task,
        "The task can't pull the image '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1' from Amazon Elastic Container Registry. Check that the role has the permissions to pull images from the registry.",
        "The task pulled the image with the role's permissions",
    ),
    (
        "image-disk-full",
        Task,
        "CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob111: no space left on device",
        "tar: no space left on device",
    ),
    (
        "image-pull",
        Task,
        "CannotPullContainerError: something that nobody has seen before",
        "ContainerPullOk: nothing to see",
    ),
    (
        "secret-unreadable",
        Task,
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s)",
        "pulled 2 secrets from Secrets Manager",
    ),
    (
        "log-group-missing",
        Task,
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
        "The specified log group does exist.",
    ),
    (
        "task-initialization",
        Task,
        "ResourceInitializationError: failed to download env files: file download command: non empty error stream",
        "resource initialization took 4 s",
    ),
    (
        "exec-format",
        Task,
        "exec /usr/local/bin/docker-entrypoint.sh: exec format error",
        "exec: the format of an error",
    ),
    (
        "entry-point-missing",
        Task,
        r#"CannotStartContainerError: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown"#,
        "open /etc/shop.conf: no such file or directory",
    ),
    (
        "out-of-memory",
        Task,
        "OutOfMemoryError: Container killed due to memory usage",
        "Container stopped, memory usage 40 %",
    ),
    (
        "load-balancer-health-check",
        Service,
        "(service shop) (port 8080) is unhealthy in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/green/2) due to (reason Health checks failed with these codes: [404])",
        "(service shop) has 2 healthy targets in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/green/2)",
    ),
    (
        "container-health-check",
        Task,
        "Task failed container health checks",
        "Task passed container health checks",
    ),
    (
        "database-unreachable",
        BuildLog,
        "java.sql.SQLException: HikariPool-1 - Connection is not available: Communications link failure: connect timed out",
        "connection refused by the cache",
    ),
    (
        "container-memory-start",
        Task,
        "CannotStartContainerError: API error (500): failed to get container status: no such task",
        "failed to get the status of a container",
    ),
    (
        "container-start",
        Task,
        "CannotCreateContainerError: API error (400): No command specified",
        "cannot create a container without a name",
    ),
    (
        "no-addresses",
        Task,
        "TaskFailedToStart: Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': InsufficientFreeAddressesInSubnet",
        "Created a network interface in subnet-1",
    ),
    (
        "compute-mismatch",
        Service,
        "Task definition does not support launch_type FARGATE.",
        "Task definition supports launch type FARGATE",
    ),
    (
        "agent-down",
        Task,
        "TaskFailedToStart: AGENT",
        "the agent is connected",
    ),
    (
        "task-resource-missing",
        Task,
        "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        "resource not found on the page",
    ),
    (
        "spot-interruption",
        Task,
        "Your Spot Task was interrupted. SpotInterruption: the task was stopped due to a Spot interruption",
        "A spot of bother interrupted the task",
    ),
    (
        "volume",
        Task,
        "CannotCreateVolumeError: EFS utils exited with an error",
        "created a volume without an error",
    ),
    (
        "no-capacity",
        Service,
        "(service shop) was unable to place a task because no container instance met all of its requirements. The closest matching container-instance has insufficient memory available.",
        "(service shop) has placed a task",
    ),
    (
        "essential-container-exited",
        Task,
        "Essential container in task exited",
        "An essential container in the task runs",
    ),
    (
        "tasks-keep-failing",
        Service,
        "(service shop) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.",
        "(service shop) has started 2 tasks successfully",
    ),
    (
        "circuit-breaker",
        Service,
        "ECS deployment circuit breaker: task failed to start.",
        "ECS deployment circuit breaker is enabled",
    ),
    (
        "hook-silent",
        Deployment,
        "The deployment timed out while waiting for a status callback. CodeDeploy expects a status callback within one hour after a deployment hook is invoked.",
        "The deployment waits for a status callback",
    ),
    (
        "hook-failed",
        Deployment,
        "HOOK_EXECUTION_FAILURE: The deployment failed because one or more of the lifecycle event validation functions failed.",
        "One or more of the lifecycle event validation functions run",
    ),
    (
        "green-never-healthy",
        Deployment,
        "The deployment timed out while waiting for the replacement task set to become healthy. This time out period is 60 minutes.",
        "Waiting for the replacement task set to become healthy",
    ),
    (
        "reroute-wait",
        Deployment,
        "The deployment timed out while waiting for a notification to continue. This time out period is 10 minutes.",
        "The deployment waits for a notification to continue",
    ),
    (
        "alarm-active",
        Deployment,
        "ALARM_ACTIVE: One or more alarms have been activated according to the Amazon CloudWatch metrics",
        "The alarm is active in the staging account only",
    ),
    (
        "health-constraints",
        Deployment,
        "HEALTH_CONSTRAINTS: The overall deployment failed because too many individual instances failed deployment, too few healthy instances are available for deployment, or some instances in your deployment group are experiencing problems.",
        "health and other constraints are met",
    ),
    (
        "revision-missing",
        Deployment,
        "REVISION_MISSING: The revision could not be found in the bucket",
        "a revision is missing its description",
    ),
    (
        "ecs-service-invalid",
        Deployment,
        "INVALID_ECS_SERVICE: The ECS service could not be found",
        "the ECS service is valid",
    ),
    (
        "stopped-by-hand",
        Deployment,
        "MANUAL_STOP: The deployment was stopped by a user",
        "see the manual: stop the deployment",
    ),
    (
        "throttled",
        Action,
        "ThrottlingException: Rate exceeded (Service: AWSCodeBuild; Status Code: 400)",
        "The rate was exceeded nowhere; throttling is off",
    ),
    (
        "aws-internal",
        Deployment,
        "INTERNAL_ERROR: There was an internal error.",
        "an internal page showed an error",
    ),
    (
        "deployment-timeout",
        Deployment,
        "TIMEOUT: The deployment timed out.",
        "the time-out is 60 minutes",
    ),
    (
        "build-command",
        BuildPhase,
        "COMMAND_EXECUTION_ERROR: Error while executing command: cargo test. Reason: exit status 101",
        "executing command: cargo test",
    ),
    (
        "buildspec",
        BuildPhase,
        "YAML_FILE_ERROR: stat /codebuild/output/src1/src/buildspec.yml: no such file or directory",
        "read a YAML file without an error",
    ),
    (
        "docker-not-privileged",
        BuildLog,
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        "Connected to the Docker daemon at unix:///var/run/docker.sock",
    ),
    (
        "approval-rejected",
        Action,
        "Rejected by arn:aws:iam::123456789012:user/mary: not on a Friday",
        "Approved by mary",
    ),
];

fn found(origin: Origin, text: &str) -> Vec<&'static str> {
    let text = Text {
        origin,
        text: text.to_owned(),
    };
    diagnose(&[text]).iter().map(|d| d.failure.name).collect()
}

#[test]
fn each_failure_is_recognised_and_its_double_is_not() {
    let mut wrong = Vec::new();
    for (name, origin, text, double) in TABLE {
        if found(*origin, text).first() != Some(name) {
            wrong.push(format!("{name} is {:?}", found(*origin, text)));
        }
        if !found(*origin, double).is_empty() {
            wrong.push(format!(
                "the double of {name} is {:?}",
                found(*origin, double)
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_has_every_entry_and_the_entries_say_all() {
    let table: BTreeSet<_> = TABLE.iter().map(|row| row.0).collect();
    let catalogue: BTreeSet<_> = CATALOGUE.iter().map(|failure| failure.name).collect();
    assert_eq!(table, catalogue);
    assert_eq!(
        CATALOGUE.len(),
        catalogue.len(),
        "two entries have one name"
    );
    for failure in CATALOGUE {
        let name = failure.name;
        assert!(!failure.origins.is_empty(), "{name}");
        assert!(failure.happened.ends_with('.'), "{name}");
        assert!(failure.remedy.ends_with('.'), "{name}");
        assert!(
            failure.link.starts_with("https://docs.aws.amazon.com/"),
            "{name}"
        );
    }
}

#[test]
fn a_cause_goes_before_its_symptom() {
    let texts = [
        (Deployment, "The deployment timed out while waiting for the replacement task set to become healthy."),
        (Task, "CannotPullContainerError: shop:latest: not found"),
    ]
    .map(|(origin, text)| Text { origin, text: text.to_owned() });
    let names: Vec<_> = diagnose(&texts).iter().map(|d| d.failure.name).collect();
    assert_eq!(
        names,
        ["image-not-found", "image-pull", "green-never-healthy"]
    );
    let roles: Vec<_> = diagnose(&texts).iter().map(|d| d.failure.role).collect();
    assert_eq!(roles, [Role::Cause, Role::Cause, Role::Symptom]);
}

#[test]
fn evidence_is_the_line_without_secrets() {
    let text = Text {
        origin: BuildLog,
        text: format!(
            "step 1\npassword=hunter2 exec format error in the image\n{}",
            "more\n".repeat(9)
        ),
    };
    let found = diagnose(&[text]);
    let Some(first) = found.first() else {
        panic!("nothing was found")
    };
    assert_eq!(
        first.evidence,
        "password=*** exec format error in the image"
    );
}

#[test]
fn a_failure_is_found_where_it_is_told_only() {
    assert!(found(BuildLog, "ALARM_ACTIVE").is_empty());
    assert_eq!(found(LifecycleEvent, "ALARM_ACTIVE"), ["alarm-active"]);
}

#[test]
fn the_end_of_a_long_text_is_looked_at() {
    let long = format!("{}\nOutOfMemoryError: x", "é".repeat(100_000));
    assert_eq!(found(Task, &long), ["out-of-memory"]);
}
