"""OpenStack Swift with its s3api on this machine: an S3 service by other hands that checks signatures and digests.

Debian's packages swift-proxy, swift-account, swift-container, swift-object, memcached (``.ci/setup slow``).
Everything lies in one folder; nothing of /etc/swift is read or written.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCESS, SECRET = "vss:admin", "vsskey"
KINDS = ("account", "container", "object")
PROGRAMS = ("swift-ring-builder", "swift-proxy-server", *(f"swift-{kind}-server" for kind in KINDS), "memcached")
LAUNCH = """
import sys
import swift.common.utils
swift.common.utils.SWIFT_CONF_FILE = sys.argv[1] + "/swift.conf"
from swift.common.wsgi import run_wsgi
extra = {}
if sys.argv[2] == "object":
    from swift.obj import server
    extra["global_conf_callback"] = server.global_conf_callback
sys.exit(run_wsgi(f"{sys.argv[1]}/{sys.argv[2]}.conf", sys.argv[2] + "-server", verbose=True, **extra))
"""
PIPELINE = ("catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth copy slo dlo "
            "versioned_writes symlink proxy-server")
DEADLINE = 120.0


def missing() -> str:
    """Return why Swift cannot run here; empty when it can."""
    absent = [program for program in PROGRAMS if not shutil.which(program, path=_path())]
    return f"not run: {', '.join(absent)} not installed (.ci/setup slow)" if absent else ""


@dataclass
class Swift:
    """A running Swift. Buckets made through ``client`` belong to ``ACCESS``."""

    folder: Path
    port: int
    pids: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> Any:
        """Return a plain boto3 client, to look at things beside the code under test."""
        return plain_client(self.url, ACCESS, SECRET)

    def pause(self) -> None:
        """Let nothing answer any more, as a service that hangs."""
        os.kill(self.pids["proxy"], signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again."""
        os.kill(self.pids["proxy"], signal.SIGCONT)


def plain_client(url: str, access: str, secret: str) -> Any:
    """Return a boto3 client without any of our settings but the way buckets are named."""
    import boto3
    from botocore.config import Config

    plain = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required",
                   response_checksum_validation="when_required", retries={"total_max_attempts": 1})
    return boto3.client("s3", endpoint_url=url, aws_access_key_id=access, aws_secret_access_key=secret,
                        region_name="us-east-1", config=plain)


@contextmanager
def swift(folder: Path) -> Iterator[Swift]:
    """Run Swift below ``folder``, which must lie on a file system with extended attributes."""
    ports = _free_ports(5)
    running = Swift(folder, ports[3])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n[storage-policy:0]\nname = gold\n"
        "default = yes\n")
    for kind, port in zip(KINDS, ports, strict=False):
        _ring(folder, kind, port)
        _configure(folder, kind, port, f"devices = {folder}\nmount_check = false\n", f"{kind}-server")
    (folder / "sdb1").mkdir(exist_ok=True)
    _configure_proxy(folder, ports[3], ports[4])
    with ExitStack() as stack:
        memory = ["memcached", "-l", "127.0.0.1", "-p", str(ports[4]), "-m", "32", "-u", getpass.getuser()]
        running.pids["memcached"] = stack.enter_context(_process(memory, folder / "memcached.log"))
        for kind in (*KINDS, "proxy"):
            command = ["/usr/bin/python3", "-c", LAUNCH, str(folder), kind]
            running.pids[kind] = stack.enter_context(_process(command, folder / f"{kind}.log"))
        _wait(running)
        yield running


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[int]:
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | {"PATH": _path()})
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def _ring(folder: Path, kind: str, port: int) -> None:
    for line in (["create", "8", "1", "1"], ["add", f"r1z1-127.0.0.1:{port}/sdb1", "1"], ["rebalance"]):
        subprocess.run(["swift-ring-builder", f"{kind}.builder", *line], cwd=folder, check=True,
                       capture_output=True, env=os.environ | {"PATH": _path()})


def _configure(folder: Path, kind: str, port: int, more: str, pipeline: str) -> None:
    text = (f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port}\nworkers = 0\nswift_dir = {folder}\n"
            f"user = {getpass.getuser()}\nlog_address = /nonexistent\n{more}"
            f"[pipeline:main]\npipeline = {pipeline}\n[app:{kind}-server]\nuse = egg:swift#{kind}\n")
    if kind != "proxy":
        text += f"recon_cache_path = {folder}\n"
    # On a busy machine nothing may be put off: nobody runs who would bring a listing up to date later.
    text += "node_timeout = 60\nconn_timeout = 30\ncontainer_update_timeout = 60\n"
    (folder / f"{kind}.conf").write_text(text)


def _configure_proxy(folder: Path, port: int, memory: int) -> None:
    _configure(folder, "proxy", port, "", PIPELINE)
    filters = {name: name for name in PIPELINE.split() if name != "proxy-server"} | {"cache": "memcache"}
    options = {"cache": f"memcache_servers = 127.0.0.1:{memory}", "tempauth": f"user_vss_admin = {SECRET} .admin",
               "versioned_writes": "allow_object_versioning = true",
               "s3api": "s3_acl = false\nlocation = us-east-1\nratelimit_as_client_error = true"}
    with (folder / "proxy.conf").open("a") as stream:
        stream.write("account_autocreate = true\nallow_account_management = true\n")
        for name, egg in filters.items():
            stream.write(f"[filter:{name}]\nuse = egg:swift#{egg}\n{options.get(name, '')}\n")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _wait(running: Swift) -> None:
    """Wait until all four servers answer: a bucket can be made and an object put into it."""
    from botocore.exceptions import BotoCoreError, ClientError

    client, end = running.client(), time.monotonic() + DEADLINE
    while True:
        try:
            with suppress(client.exceptions.BucketAlreadyOwnedByYou):  # made while the object servers were away
                client.create_bucket(Bucket="ready")
            client.put_object(Bucket="ready", Key="ready", Body=b"ready")
        except (BotoCoreError, ClientError):
            assert time.monotonic() < end, "Swift does not start"
            time.sleep(0.2)
        else:
            return


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
