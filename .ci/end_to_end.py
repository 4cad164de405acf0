#!/usr/bin/env python3
"""Runs a built function through a hook of a deployment, with official parts.

    .ci/end_to_end.py BUILD GREENLIGHT

BUILD is the folder that `sam build` fills. For each function, the local AWS
holds the example's deployment at its hook. The AWS CLI must read the same world
from it that it has. Then the function gets the hook's event under the Lambda
Runtime Interface Emulator; exactly one status must arrive, and the deployment
must go on. In the end the built functions rehearse the whole example.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compare import aws_cli, compare
from harness import Emulator, Failure, LocalAws, bare_environment, wait_for, write_plan

# Each hook that a function stands at, and the lifecycle event after it.
HOOKS = {"AfterAllowTestTraffic": "BeforeAllowTraffic", "BeforeAllowTraffic": "AllowTraffic"}


def event_status(aws: LocalAws, name: str) -> str:
    """The status of a lifecycle event, as the AWS CLI reads it."""
    deployment = aws.hook_event["DeploymentId"]
    targets = aws_cli(aws, "deploy", "list-deployment-targets", "--deployment-id", deployment)["targetIds"]
    words = ("--deployment-id", deployment, "--target-id", targets[0])
    target = aws_cli(aws, "deploy", "get-deployment-target", *words)["deploymentTarget"]["ecsTarget"]
    return next(e["status"] for e in target["lifecycleEvents"] if e["lifecycleEventName"] == name)


def statuses(aws: LocalAws) -> list[str]:
    """The statuses of the pending hook that CodeDeploy accepted, in order."""
    mine = aws.hook_event["LifecycleEventHookExecutionId"]
    what = (happening["what"] for happening in aws.world()["history"])
    return [w["status"] for w in what if w["type"] == "HookReported" and w["execution"] == mine]


def check(hook: str, build: Path, greenlight: Path):
    with LocalAws(greenlight, hook) as aws, tempfile.TemporaryDirectory() as plans:
        print(f"deployment {aws.hook_event['DeploymentId']} waits at {hook}", flush=True)
        compare(aws)

        before = event_status(aws, hook)
        if before != "InProgress":
            raise Failure(f"{hook} is {before} before the function ran")

        write_plan(hook, Path(plans), aws.deployment())
        environment = aws.environment | {"GREENLIGHT_PLANS": f"file://{plans}"}
        with Emulator(build / hook / "bootstrap", environment) as emulator:
            answer, took = emulator.invoke(aws.hook_event)
            log = emulator.log()
            try:
                print(f"the function answered after {took:.2f} s: {json.dumps(answer)[:500]}", flush=True)
                if "errorType" in answer:
                    raise Failure("the function answered with an error")
                wait_for("a status", lambda: statuses(aws), 10)
                after = wait_for(
                    f"{hook} to end", lambda: (now := event_status(aws, hook)) != "InProgress" and now, 30
                )
                if after != "Succeeded":
                    raise Failure(f"{hook} is {after} after the function ran")
                then = HOOKS[hook]
                wait_for(f"{then} to begin", lambda: event_status(aws, then) != "Pending", 30)
                if statuses(aws) != ["Succeeded"]:
                    raise Failure(f"not exactly one status was accepted: {statuses(aws)}")
            except Failure as failure:
                raise Failure(f"{failure}\nThe function's log:\n{log}") from None
        print(f"one status arrived, {hook} succeeded, and the deployment went on", flush=True)


def rehearse(build: Path, greenlight: Path):
    command = [str(greenlight), "rehearse", "--bin-dir", str(build)]
    subprocess.run(command, env=bare_environment(), stdin=subprocess.DEVNULL, check=True, timeout=120)


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        build, greenlight = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
        for hook in HOOKS:
            check(hook, build, greenlight)
        rehearse(build, greenlight)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        print(f"end to end: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
