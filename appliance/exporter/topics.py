"""Every topic of the metrics page, in the order of the page."""

from __future__ import annotations

from typing import Any

from appliance.audit_facts import AuditReading
from appliance.exporter.audit import of_audit
from appliance.exporter.certificates import CertificatesReading, of_certificates
from appliance.exporter.delivery import DeliveryReading, of_delivery
from appliance.exporter.heartbeat import HeartbeatReading, of_heartbeat
from appliance.exporter.host import HostReading, of_host
from appliance.exporter.identity import IdentityReading, of_identity
from appliance.exporter.outbox import OutboxReading, of_outbox
from appliance.exporter.pipeline import PipelineReading, of_pipeline
from appliance.exporter.plan import PlanReading, of_plan
from appliance.exporter.reconciliation import ReconciliationReading, of_reconciliation
from appliance.exporter.scanners import ScannersReading, of_scanners
from appliance.exporter.service import ServiceReading, of_service
from appliance.exporter.signing import SigningReading, of_signing
from appliance.exporter.topic import Topic

TOPICS: tuple[Topic[Any], ...] = (
    Topic("identity", IdentityReading(), of_identity),
    Topic("host", HostReading(), of_host),
    Topic("pipeline", PipelineReading(), of_pipeline),
    Topic("reconciliation", ReconciliationReading(), of_reconciliation),
    Topic("scanners", ScannersReading(), of_scanners),
    Topic("delivery", DeliveryReading(), of_delivery),
    Topic("service", ServiceReading(), of_service),
    Topic("outbox", OutboxReading(), of_outbox),
    Topic("signing", SigningReading(), of_signing),
    Topic("certificates", CertificatesReading(), of_certificates),
    Topic("audit", AuditReading(), of_audit),
    Topic("heartbeat", HeartbeatReading(), of_heartbeat),
    Topic("plan", PlanReading(), of_plan),
)
