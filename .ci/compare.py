"""Compares what the official AWS CLI reads from the local AWS with its world."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
from harness import ROOT, Failure, LocalAws, bare_environment

# The world goes on while the CLI starts: a difference must show this many times
# in a row to count.
TRIES = 4


def aws_cli(aws: LocalAws, *words: str) -> dict:
    """One call of the AWS CLI."""
    environment = bare_environment() | {
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": aws.environment.get("AWS_REGION", "eu-west-1"),
        "AWS_MAX_ATTEMPTS": "1",
    }
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        if name in aws.environment:
            environment[name] = aws.environment[name]
    command = [str(ROOT / ".venv/bin/aws"), *words, "--endpoint-url", aws.endpoint, "--output", "json"]
    done = subprocess.run(
        command, check=False, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )
    if done.returncode:
        raise Failure(f"aws {' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")
    return json.loads(done.stdout)


class Report:
    """The fields that were compared, and those that differ."""

    def __init__(self):
        self.compared = 0
        self.differences: list[str] = []

    def same(self, where: str, read, known):
        self.compared += 1
        if isinstance(read, (int, float)) and isinstance(known, (int, float)):
            equal = abs(read - known) < 1e-9
        else:
            equal = read == known
        if not equal:
            self.differences.append(f"{where}: the CLI read {read!r}, the world has {known!r}")

    def time(self, where: str, read, known):
        """A time that the CLI shows, against milliseconds; neither or both."""
        self.same(where, _millis(read), known)

    def each(self, where: str, read: list, known: list, key, other, compare):
        """Two lists whose elements belong together by a key."""
        left = {key(element): element for element in read or []}
        right = {other(element): element for element in known}
        self.same(f"{where}: which there are", sorted(left), sorted(right))
        for name in sorted(left.keys() & right.keys()):
            compare(f"{where}[{name}]", left[name], right[name])


def _millis(shown):
    """Milliseconds of a time as the CLI prints it: a number or ISO 8601."""
    if shown is None:
        return None
    seconds = datetime.fromisoformat(shown).timestamp() if isinstance(shown, str) else shown
    return round(seconds * 1000)


def _one(elements: list, what: str, condition) -> dict:
    found = [element for element in elements if condition(element)]
    if len(found) != 1:
        raise Failure(f"the world has {len(found)} of {what}, not one")
    return found[0]


def compare_deployment(aws: LocalAws, report: Report, world: dict):
    known = _deployment(aws, world)
    group = _group(world, known)
    read = aws_cli(aws, "deploy", "get-deployment", "--deployment-id", known["id"])["deploymentInfo"]
    for field, value in {
        "deploymentId": known["id"],
        "applicationName": known["application"],
        "deploymentGroupName": known["group"],
        "deploymentConfigName": known["config"],
        "status": known["status"],
        "creator": known["creator"],
        "description": known["description"],
        "computePlatform": "ECS",
    }.items():
        report.same(f"get-deployment {field}", read.get(field), value)
    report.time("get-deployment createTime", read.get("createTime"), known["created_at"])
    report.time("get-deployment startTime", read.get("startTime"), known["started_at"])
    report.time("get-deployment completeTime", read.get("completeTime"), known["completed_at"])
    content = read.get("revision", {}).get("appSpecContent", {}).get("content")
    report.same("get-deployment revision", content, known["appspec"])
    pairs = read.get("loadBalancerInfo", {}).get("targetGroupPairInfoList", [])
    report.same("get-deployment target group pairs", len(pairs), 1)
    for pair in pairs:
        names = sorted(target_group["name"] for target_group in pair["targetGroups"])
        report.same("get-deployment target groups", names, sorted(group["target_groups"]))
        for route, listener in (
            ("prodTrafficRoute", group["production_listener"]),
            ("testTrafficRoute", group["test_listener"]),
        ):
            listeners = pair.get(route, {}).get("listenerArns", [])
            report.same(f"get-deployment {route}", listeners, [listener] if listener else [])


def compare_target(aws: LocalAws, report: Report, world: dict):
    known = _deployment(aws, world)
    group = _group(world, known)
    service = _service(world, group)
    target_id = f"{group['cluster']}:{group['service']}"
    words = ("--deployment-id", known["id"], "--target-id", target_id)
    read = aws_cli(aws, "deploy", "get-deployment-target", *words)["deploymentTarget"]
    report.same("get-deployment-target deploymentTargetType", read.get("deploymentTargetType"), "ECSTarget")
    read = read["ecsTarget"]
    report.same("get-deployment-target deploymentId", read.get("deploymentId"), known["id"])
    report.same("get-deployment-target targetId", read.get("targetId"), target_id)
    report.same("get-deployment-target targetArn", read.get("targetArn"), service["arn"])
    events = read.get("lifecycleEvents", [])
    names = [event["lifecycleEventName"] for event in events]
    report.same("get-deployment-target order of events", names, [event["name"] for event in known["lifecycle"]])
    for left, right in zip(events, known["lifecycle"]):
        where = f"get-deployment-target {right['name']}"
        report.same(f"{where} status", left.get("status"), right["status"])
        report.time(f"{where} startTime", left.get("startTime"), right["started_at"])
        report.time(f"{where} endTime", left.get("endTime"), right["ended_at"])

    def task_set(where, left, right):
        report.same(f"{where} taskSetLabel", left.get("taskSetLabel"), right["label"])
        report.same(f"{where} targetGroup", left.get("targetGroup", {}).get("name"), right["target_group"])
        report.same(f"{where} status", left.get("status"), right["status"])
        report.same(f"{where} trafficWeight", left.get("trafficWeight"), right["traffic_weight"])
        report.same(f"{where} desiredCount", left.get("desiredCount"), right["desired_count"])
        report.same(f"{where} pendingCount", left.get("pendingCount"), right["pending_count"])
        report.same(f"{where} runningCount", left.get("runningCount"), right["running_count"])

    # "identifer" is the API's own spelling.
    report.each(
        "get-deployment-target taskSetsInfo", read.get("taskSetsInfo"), known["task_sets"],
        lambda element: element["identifer"], lambda element: element["id"], task_set,
    )


def compare_services(aws: LocalAws, report: Report, world: dict):
    known = _service(world, _group(world, _deployment(aws, world)))
    words = ("--cluster", known["cluster"], "--services", known["name"])
    answer = aws_cli(aws, "ecs", "describe-services", *words)
    report.same("describe-services failures", answer.get("failures"), [])
    report.same("describe-services services", len(answer["services"]), 1)
    read = answer["services"][0]
    report.same("describe-services serviceArn", read.get("serviceArn"), known["arn"])
    report.same("describe-services serviceName", read.get("serviceName"), known["name"])
    report.same("describe-services clusterArn", read.get("clusterArn"), known["cluster_arn"])
    report.same("describe-services desiredCount", read.get("desiredCount"), known["desired_count"])
    controller = read.get("deploymentController", {}).get("type")
    report.same("describe-services deploymentController", controller, known["controller"])
    newest = [event["message"] for event in reversed(known["events"])][:100]
    report.same("describe-services events", [event["message"] for event in read.get("events", [])], newest)
    _task_sets(report, "describe-services taskSets", read.get("taskSets"), known["task_sets"])


def compare_task_sets(aws: LocalAws, report: Report, world: dict):
    known = _service(world, _group(world, _deployment(aws, world)))
    words = ("--cluster", known["cluster"], "--service", known["name"])
    answer = aws_cli(aws, "ecs", "describe-task-sets", *words)
    _task_sets(report, "describe-task-sets", answer["taskSets"], known["task_sets"])


def _task_sets(report: Report, where: str, read: list, known: list):
    def one(where, left, right):
        for field, name in {
            "id": "id",
            "taskSetArn": "arn",
            "externalId": "external_id",
            "startedBy": "started_by",
            "status": "status",
            "taskDefinition": "task_definition_arn",
            "platformVersion": "platform_version",
            "computedDesiredCount": "computed_desired_count",
            "pendingCount": "pending_count",
            "runningCount": "running_count",
            "stabilityStatus": "stability",
        }.items():
            report.same(f"{where} {field}", left.get(field), right[name])
        report.same(f"{where} scale", left.get("scale"), {"value": right["scale"], "unit": "PERCENT"})
        report.time(f"{where} createdAt", left.get("createdAt"), right["created_at"])
        report.time(f"{where} updatedAt", left.get("updatedAt"), right["updated_at"])
        report.time(f"{where} stabilityStatusAt", left.get("stabilityStatusAt"), right["stability_at"])
        balancer = {
            "targetGroupArn": right["target_group_arn"],
            "containerName": right["container_name"],
            "containerPort": right["container_port"],
        }
        report.same(f"{where} loadBalancers", left.get("loadBalancers"), [balancer])

    report.each(where, read, known, lambda element: element["taskSetArn"], lambda element: element["arn"], one)


def compare_listeners(aws: LocalAws, report: Report, world: dict):
    group = _group(world, _deployment(aws, world))
    wanted = [arn for arn in (group["production_listener"], group["test_listener"]) if arn]
    read = aws_cli(aws, "elbv2", "describe-listeners", "--listener-arns", *wanted)["Listeners"]

    def one(where, left, right):
        report.same(f"{where} LoadBalancerArn", left.get("LoadBalancerArn"), right["load_balancer_arn"])
        report.same(f"{where} Port", left.get("Port"), right["port"])
        report.same(f"{where} Protocol", left.get("Protocol"), right["protocol"])
        actions = left.get("DefaultActions", [])
        report.same(f"{where} DefaultActions", [action.get("Type") for action in actions], ["forward"])
        groups = {element["target_group_arn"]: element["weight"] for element in right["forwards"]}
        for action in actions:
            shown = action.get("ForwardConfig", {}).get("TargetGroups", [])
            weights = {element["TargetGroupArn"]: element.get("Weight") for element in shown}
            report.same(f"{where} weights", weights, groups)

    known = [listener for listener in world["listeners"] if listener["arn"] in wanted]
    report.each(
        "describe-listeners", read, known,
        lambda element: element["ListenerArn"], lambda element: element["arn"], one,
    )


def compare_target_health(aws: LocalAws, report: Report, world: dict):
    group = _group(world, _deployment(aws, world))
    for known in world["target_groups"]:
        if known["name"] not in group["target_groups"]:
            continue
        where = f"describe-target-health {known['name']}"
        words = ("--target-group-arn", known["arn"])
        read = aws_cli(aws, "elbv2", "describe-target-health", *words)["TargetHealthDescriptions"]

        def one(where, left, right):
            health = left.get("TargetHealth", {})
            report.same(f"{where} State", health.get("State"), right["state"])
            report.same(f"{where} Reason", health.get("Reason"), right["reason"])
            report.same(f"{where} Description", health.get("Description"), right["description"])

        report.each(
            where, read, known["targets"],
            lambda element: f"{element['Target']['Id']}:{element['Target']['Port']}",
            lambda element: f"{element['id']}:{element['port']}", one,
        )


def _deployment(aws: LocalAws, world: dict) -> dict:
    wanted = aws.hook_event["DeploymentId"]
    return _one(world["deployments"], f"deployment {wanted}", lambda element: element["id"] == wanted)


def _group(world: dict, deployment: dict) -> dict:
    name = (deployment["application"], deployment["group"])
    return _one(
        world["deployment_groups"], f"deployment group {name}",
        lambda element: (element["application"], element["name"]) == name,
    )


def _service(world: dict, group: dict) -> dict:
    name = (group["cluster"], group["service"])
    return _one(
        world["services"], f"service {name}", lambda element: (element["cluster"], element["name"]) == name
    )


COMPARISONS = {
    "deploy get-deployment": compare_deployment,
    "deploy get-deployment-target": compare_target,
    "ecs describe-services": compare_services,
    "ecs describe-task-sets": compare_task_sets,
    "elbv2 describe-listeners": compare_listeners,
    "elbv2 describe-target-health": compare_target_health,
}


def compare(aws: LocalAws):
    """All comparisons; every difference is told."""
    wrong = []
    for name, comparison in COMPARISONS.items():
        for _ in range(TRIES):
            report = Report()
            comparison(aws, report, aws.world())
            if not report.differences:
                break
        print(f"  aws {name}: {report.compared} fields compared, {len(report.differences)} differ", flush=True)
        wrong += report.differences
    if wrong:
        raise Failure("the AWS CLI reads another world:\n  " + "\n  ".join(wrong))
