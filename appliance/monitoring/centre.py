"""Settings of the central server: it takes what agents write, records, alerts, and reads the archives itself."""

from __future__ import annotations

from typing import Any

from appliance.monitoring import collectors
from appliance.monitoring.collectors import CONFIGS, served, tls
from appliance.monitoring.place import Place


def centre(place: Place) -> dict[str, Any]:
    """Return the server. Nothing is federated: samples come by remote write, rules run here."""
    pace = f"{place.collect.seconds}s"
    return {
        "global": {"scrape_interval": pace, "scrape_timeout": f"{min(place.collect.seconds, place.collect.wait)}s",
                   "evaluation_interval": f"{min(place.collect.seconds, 30)}s"},
        "storage": {"tsdb": {"out_of_order_time_window": f"{place.centre.late_hours}h"}},
        "rule_files": ["../rules/*.yml", "../lists/*.yml"],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": list(place.centre.alertmanagers)}]}]},
        "scrape_configs": [
            {"job_name": "centre", "scheme": "https", "tls_config": tls(place.centre.tls),
             "static_configs": [{"targets": ["localhost:9090"]}]},
            {"job_name": "alertmanager", "static_configs": [{"targets": list(place.centre.alertmanagers)}]},
            {"job_name": "archive", "scheme": "https", "sample_limit": collectors.SAMPLES,
             "tls_config": tls(place.centre.tls), "static_configs": [{"targets": list(place.centre.archives)}]},
        ],
    }


def web(place: Place) -> dict[str, Any]:
    """Return the server's TLS: whoever has no certificate of the monitoring authority gets no answer."""
    return {"tls_server_config": served(place.centre.tls)}


def arguments(place: Place) -> str:
    """Return the line of ``/etc/default/prometheus`` of the central server."""
    return collectors.line(
        f"--config.file={CONFIGS}/prometheus/centre.yml", f"--web.config.file={CONFIGS}/prometheus/centre-web.yml",
        "--web.enable-remote-write-receiver", f"--web.external-url={place.centre.page}",
        "--storage.tsdb.path=/var/lib/prometheus/metrics2",
        f"--storage.tsdb.retention.time={place.centre.keep_days}d")


def alertmanager_arguments(place: Place) -> str:
    """Return the line of ``/etc/default/prometheus-alertmanager``: one of it, no cluster."""
    return collectors.line(
        f"--config.file={CONFIGS}/alertmanager/alertmanager.yml", "--cluster.listen-address=",
        f"--web.listen-address={place.centre.alertmanagers[0]}", "--storage.path=/var/lib/prometheus/alertmanager")
