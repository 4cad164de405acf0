"""Runs a built function as Lambda would, and the local AWS beside it.

Shared by scripts/measure and .ci/end_to_end.py. Standard library only.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Loopback must not be asked for through a proxy.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Failure(Exception):
    """Something that was expected did not happen; the text says what."""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: str, condition, seconds: float, every: float = 0.02):
    """Asks until the condition returns something true, and returns that."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"waited {seconds:g} s in vain for {what}")
        time.sleep(every)


def http(url: str, body: bytes | None = None, timeout: float = 30) -> tuple[int, bytes]:
    """One request: GET without a body, POST with one."""
    try:
        with _opener.open(urllib.request.Request(url, data=body), timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def bare_environment() -> dict[str, str]:
    """What a child needs of ours, and nothing of the user's AWS account."""
    keep = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "RUST_BACKTRACE")
    return {name: os.environ[name] for name in keep if name in os.environ}


def emulator_path() -> Path:
    """The Lambda Runtime Interface Emulator out of aws-sam-cli's wheel."""
    if sys.platform != "linux":
        raise Failure("the Lambda Runtime Interface Emulator runs on Linux only")
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
    found = sorted(ROOT.glob(f".venv/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"))
    if not found:
        raise Failure(f"no aws-lambda-rie-{machine} in .venv; .ci/tools installs it")
    return found[0]


class _Child:
    """A process that is over when the block is over."""

    def __init__(self, command: list[str], environment: dict[str, str], **pipes):
        self._log = tempfile.TemporaryFile()
        pipes.setdefault("stdout", self._log)
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stderr=self._log, cwd=ROOT, **pipes
        )

    def log(self) -> str:
        """What it has printed."""
        self._log.flush()
        with open(f"/proc/self/fd/{self._log.fileno()}", "rb") as again:
            return again.read().decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._log.close()


class LocalAws(_Child):
    """`greenlight local-aws`, with the example's deployment waiting at a hook."""

    def __init__(self, greenlight: Path, hook: str = "BeforeAllowTraffic"):
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self.environment: dict[str, str] = {}
        super().__init__(
            [str(greenlight), "local-aws", "--port", str(port), "--hook", hook],
            bare_environment(),
            stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._read_exports, daemon=True).start()
        try:
            self.hook_event = wait_for("the local AWS to hold a deployment at a hook", self._hook_event, 60)
            wait_for("the local AWS to print its variables", lambda: "AWS_ACCESS_KEY_ID" in self.environment, 10)
        except Failure as failure:
            log = self.log()
            self.stop()
            raise Failure(f"{failure}\n{log}") from None

    def _read_exports(self):
        for line in self.process.stdout:
            words = shlex.split(line.decode(errors="replace"), comments=True)
            if len(words) == 2 and words[0] == "export" and "=" in words[1]:
                name, value = words[1].split("=", 1)
                self.environment[name] = value

    def _hook_event(self):
        if self.process.poll() is not None:
            raise Failure(f"the local AWS ended by itself with status {self.process.returncode}")
        try:
            status, body = http(f"{self.endpoint}/_local/hook-event", timeout=5)
        except OSError:
            return None
        return json.loads(body) if status == 200 else None

    def world(self) -> dict:
        """All that it knows, as JSON."""
        status, body = http(f"{self.endpoint}/_local/world")
        if status != 200:
            raise Failure(f"GET /_local/world answered {status}")
        return json.loads(body)

    def deployment(self) -> dict:
        """The deployment that the pending hook belongs to."""
        wanted = self.hook_event["DeploymentId"]
        return next(d for d in self.world()["deployments"] if d["id"] == wanted)


# What each function is given where it is run by itself: one request that passes.
PLANS = {
    "BeforeAllowTraffic": {
        "greenlight.yaml": """\
version: 1
before-allow-traffic:
  probes:
    - http: /
      expect: { status: 100-599 }
      healthy: 1
      every: 1s
      timeout: 20s
""",
    },
    "AfterAllowTestTraffic": {
        "greenlight.yaml": """\
version: 1
after-allow-test-traffic:
  smoke:
    files: [smoke/*.hurl]
""",
        "smoke/one.hurl": """\
GET {{base_url}}/
HTTP *
[Asserts]
status >= 100
""",
    },
}


def write_plan(hook: str, plans: Path, deployment: dict):
    """Puts a hook's plan where the function looks for that of a deployment."""
    folder = plans / deployment["application"] / deployment["group"]
    for name, text in PLANS[hook].items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


class Emulator(_Child):
    """A function under the Lambda Runtime Interface Emulator, not yet started:
    the emulator starts it at the first call."""

    def __init__(self, bootstrap: Path, environment: dict[str, str], timeout: int = 60):
        port = free_port()
        self._port = port
        self._url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        command = [
            str(emulator_path()),
            "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
            "--runtime-api-address", f"127.0.0.1:{free_port()}",
            str(bootstrap),
        ]
        super().__init__(
            command,
            bare_environment()
            | {
                "AWS_REGION": "eu-west-1",
                "AWS_ACCESS_KEY_ID": "local",
                "AWS_SECRET_ACCESS_KEY": "local",
                "AWS_LAMBDA_FUNCTION_NAME": "CodeDeployHook_local-BeforeAllowTraffic",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
                "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
            }
            | environment,
        )
        self._timeout = timeout
        wait_for("the emulator to listen", self._listens, 10, every=0.005)

    def _listens(self) -> bool:
        if self.process.poll() is not None:
            raise Failure(f"the emulator ended by itself:\n{self.log()}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def invoke(self, event) -> tuple[dict, float]:
        """Calls the function; its answer, and how long that took, in seconds."""
        begin = time.monotonic()
        status, body = http(self._url, json.dumps(event).encode(), self._timeout + 10)
        took = time.monotonic() - begin
        try:
            answer = json.loads(body)
        except ValueError:
            raise Failure(f"the function answered {status} {body[:200]!r}\n{self.log()}") from None
        return answer, took

    def init_ms(self) -> float:
        """How long the function's initialisation took."""
        log = self.log()
        found = re.search(r"INIT REPORT\(durationMs: ([0-9.]+)\)", log)
        if not found or "INIT RTDONE(status: success)" not in log:
            raise Failure(f"the emulator reported no successful initialisation:\n{log}")
        return float(found[1])

    def peak_bytes(self) -> int:
        """The most memory that the function's process had resident (VmHWM)."""
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{child}/status").read_text())
                if found:
                    return int(found[1]) * 1024
        raise Failure("the function's process is gone, so its memory can't be read")
