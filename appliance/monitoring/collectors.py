"""Settings of the collectors: the agent on an office's host, the one of a province, node_exporter.

Both forms give every series the labels office, province, level, ring and host. An office is read in one form only,
else sums at the centre would count it twice: ``collect.pull`` says which.
"""

from __future__ import annotations

from typing import Any

from appliance.monitoring.place import Files, Place

CONFIGS = "/etc/appliance-monitoring"
"""Where ``appliance monitoring write`` is meant to write to, in the arguments of services."""

SAMPLES = 5000
"""Most series that one answer may have: a fault of one host is not let through to the centre."""

TEXTFILES = "/var/lib/prometheus/node-exporter"
"""Where ``appliance monitoring note`` writes to, and node_exporter reads: Debian's own folder."""

NODE_COLLECTORS = ("cpu", "diskstats", "filesystem", "loadavg", "meminfo", "netdev", "os", "textfile", "time",
                   "timex", "uname")
"""What is told of a host itself; all else stays at home."""

OWN = "prometheus_(build_info|remote_storage_.*|agent_.*|target_scrape_pool_.*)|process_(cpu|resident).*|up"
"""What a collector tells of itself."""


def office(place: Place) -> dict[str, Any]:
    """Return the agent on an office's host: it reads loopback and writes outward.

    Its labels come from its environment.
    """
    labels = {name: f"${{{name.upper()}}}" for name in ("office", "province", "level", "ring", "host")}
    collect = place.collect
    return {
        "global": {**_pace(place), "external_labels": labels},
        "scrape_configs": [_static("appliance", collect.appliance), _static("node", collect.node), _itself()],
        "remote_write": [remote(place)],
    }


def province(place: Place) -> dict[str, Any]:
    """Return the collector of a province: it reads offices over mTLS and writes to the centre."""
    return {
        "global": {**_pace(place), "external_labels": {"province": "${PROVINCE}"}},
        "scrape_configs": [_pulled(place, "appliance"), _pulled(place, "node"), _itself()],
        "remote_write": [remote(place)],
    }


def remote(place: Place) -> dict[str, Any]:
    """Return how samples go to the centre: few connections, patient, never dropped for being refused in a rush."""
    return {
        "url": place.centre.write, "name": "centre", "remote_timeout": "30s", "tls_config": tls(place.collect.tls),
        "queue_config": {"capacity": 10_000, "max_shards": 4, "max_samples_per_send": 2000,
                         "batch_send_deadline": "10s", "min_backoff": "1s", "max_backoff": "1m",
                         "retry_on_http_429": True},
        "metadata_config": {"send": True, "send_interval": "1h"},
    }


def tls(files: Files) -> dict[str, str]:
    """Return one side's files; Prometheus reads them again by itself."""
    return {"ca_file": files.ca, "cert_file": files.certificate, "key_file": files.key}


def arguments(place: Place, config: str) -> str:
    """Return the line of ``/etc/default/prometheus`` for an agent.

    What cannot be sent is kept for ``centre.late_hours``, as long as the agent runs.
    """
    return line(
        "--enable-feature=agent,expand-external-labels", f"--config.file={CONFIGS}/{config}",
        "--storage.agent.path=/var/lib/prometheus/agent", "--storage.agent.wal-compression",
        "--storage.agent.retention.min-time=5m", f"--storage.agent.retention.max-time={place.centre.late_hours}h",
        "--web.listen-address=127.0.0.1:9090")


def node_arguments(place: Place, *, pulled: bool) -> str:
    """Return the line of ``/etc/default/prometheus-node-exporter``; ``pulled``: a province reads it over mTLS."""
    where = f"0.0.0.0:{place.collect.node_port}" if pulled else place.collect.node
    secure = (f"--web.config.file={CONFIGS}/prometheus/node-web.yml",) if pulled else ()
    return line("--collector.disable-defaults", *(f"--collector.{name}" for name in NODE_COLLECTORS),
                 f"--collector.textfile.directory={TEXTFILES}", f"--web.listen-address={where}", *secure)


def node_web(place: Place) -> dict[str, Any]:
    """Return node_exporter's TLS where a province reads it: only a certificate of its authority is answered."""
    return {"tls_server_config": served(place.collect.tls)}


def served(files: Files) -> dict[str, str]:
    """Return the side that listens, with certificates demanded of the other."""
    return {"cert_file": files.certificate, "key_file": files.key, "client_ca_file": files.ca,
            "client_auth_type": "RequireAndVerifyClientCert", "min_version": "TLS13"}


def line(*words: str) -> str:
    """Return the arguments of a service, as Debian's ``/etc/default`` has them."""
    return 'ARGS="' + " ".join(words) + '"\n'


def _pace(place: Place) -> dict[str, str]:
    seconds = place.collect.seconds
    return {"scrape_interval": f"{seconds}s", "scrape_timeout": f"{min(seconds, place.collect.wait)}s"}


def _static(job: str, address: str) -> dict[str, Any]:
    # what a page says of itself stands: a label of ours never renames one of its own
    return {"job_name": job, "sample_limit": SAMPLES, "honor_labels": True,
            "static_configs": [{"targets": [address]}]}


def _pulled(place: Place, job: str) -> dict[str, Any]:
    return {"job_name": job, "scheme": "https", "sample_limit": SAMPLES, "honor_labels": True,
            "tls_config": tls(place.collect.tls),
            "file_sd_configs": [{"files": [f"targets/{job}.yml"], "refresh_interval": "1m"}]}


def _itself() -> dict[str, Any]:
    return {"job_name": "collector", "static_configs": [{"targets": ["127.0.0.1:9090"]}],
            "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": OWN, "action": "keep"}]}
