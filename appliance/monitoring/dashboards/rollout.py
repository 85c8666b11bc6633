"""Releases on their way through the rings: who runs what, whose gate opened, which hosts drifted."""

from __future__ import annotations

from appliance.monitoring.dashboards.board import Board, Row, Variable
from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.panel import ODD, TO_DO, Kind, Panel, Query, bars, chart, stat

RING = Variable("ring", "Vòng", "label_values(appliance_office_expected_info, ring)", many=True)
IN = 'ring=~"$ring"'
LAGS = (f"appliance_build_info{{{IN}}} unless on (ring, version) topk by (ring) (1, count by (ring, version) "
        f"(appliance_build_info{{{IN}}}))")

NOW = Row("Bây giờ · Now", (
    stat("Số phiên bản đang chạy", "Releases in use: more than one for long is a rollout that stands still.",
         "short",
         f"count(count by (version) (appliance_build_info{{{IN}}}))"),
    stat("Chạy phiên bản khác vòng mình", "Offices whose release is not that of most of their ring (ReleaseLag).",
         "short",
         f"count({LAGS}) or vector(0)", ODD),
    stat("Triển khai hỏng", "Hosts whose last rollout failed (RolloutFailed).", "short",
         f"count(appliance_rollout_ok{{{IN}}} == 0) or vector(0)", TO_DO),
    stat("Máy lệch cấu hình", "Hosts with tasks that would change something (DriftDetected).", "short",
         f"count(appliance_drift_tasks{{{IN}}} > 0) or vector(0)", at("DriftDetected")),
    stat("Kiểm tra lệch cũ nhất", "Age of the oldest look for drift (DriftUnknown).", "s",
         f"max(time() - appliance_drift_checked_timestamp_seconds{{{IN}}})", at("DriftUnknown")),
    stat("Sao lưu cũ nhất", "Age of the oldest last backup (BackupStale).", "s",
         f"max(time() - appliance_backup_last_success_timestamp_seconds{{{IN}}})", at("BackupStale")),
))

RELEASES = Row("Vòng và phiên bản · Rings and releases", (
    Panel(Kind.TABLE, "Vòng × phiên bản", "Offices of each ring by release.", "short",
          (Query(f"count by (ring, version) (count by (office, ring, version) (appliance_build_info{{{IN}}}))",
                 "Số văn phòng"),), (10, 8), keys=("ring", "version")),
    Panel(Kind.TABLE, "Kết quả cổng của mỗi vòng", "Gate results: hosts of each ring whose last rollout went well, "
          "and that failed.", "short",
          (Query(f"count by (ring) (appliance_rollout_ok{{{IN}}} == 1) or 0 * count by (ring) "
                 f"(appliance_rollout_ok{{{IN}}})",
                 "Tốt"),
           Query(f"count by (ring) (appliance_rollout_ok{{{IN}}} == 0) or 0 * count by (ring) "
                 f"(appliance_rollout_ok{{{IN}}})",
                 "Hỏng", steps=TO_DO),
           Query(f"max by (ring) (appliance_rollout_timestamp_seconds{{{IN}}}) * 1000", "Lần cuối",
                 "dateTimeAsIso")),
          (14, 8), keys=("ring",), worst=1),
    chart("Văn phòng theo phiên bản", "Offices by release over time: how a rollout goes on.", "short",
          (f"count by (version) (count by (office, version) (appliance_build_info{{{IN}}}))", "{{version}}")),
    bars("Bản phát hành theo mã", "Hosts by the digest of what is installed: the same release has one digest.",
         "short",
         (f"count by (version, release_digest) (appliance_build_info{{{IN}}})", "{{version}} {{release_digest}}"))
    .sized(12, 8),
))

DRIFT = Row("Lệch, sao lưu, phần mềm máy quét · Drift, backups, firmware", (
    Panel(Kind.TABLE, "Máy chủ", "Hosts: tasks that would change something, age of the look for drift, of the last "
          "backup; an office opens its own board.", "short", (
              Query(f"max by (province, office, ring) (appliance_drift_tasks{{{IN}}})", "Việc lệch",
                    steps=at("DriftDetected")),
              Query(f"max by (province, office, ring) (time() - appliance_drift_checked_timestamp_seconds{{{IN}}})",
                    "Kiểm tra cách đây", "s", at("DriftUnknown")),
              Query(f"max by (province, office, ring) (time() - "
                    f"appliance_backup_last_success_timestamp_seconds{{{IN}}})",
                    "Sao lưu cách đây", "s", at("BackupStale"))),
          (24, 10), keys=("province", "office", "ring"), opens="appliance-office"),
    Panel(Kind.TABLE, "Phần mềm máy quét", "Scanners by model and firmware.", "short",
          (Query(f"count by (model, firmware) (appliance_scanner_info{{{IN}}})", "Số máy"),), (12, 8),
          keys=("model", "firmware")),
    stat("Phần mềm máy quét không đạt", "Scanners whose firmware is not known good (FirmwareNotCompliant).",
         "short",
         f"count(appliance_scanner_firmware_known_good{{{IN}}} == 0) or vector(0)", ODD).sized(6, 8),
    stat("Bộ cấu hình khác nhau", "Different settings in use.", "short",
         f"count(count by (digest) (appliance_settings_info{{{IN}}}))").sized(6, 8),
))

BOARD = Board(
    "appliance-rollout", "Triển khai · Rollout", "A release on its way through the rings; hosts that differ from "
    "theirs.",
    (NOW, RELEASES, DRIFT), (RING,), since="now-7d",
    leads=(("appliance-fleet", "Toàn hệ thống · Fleet"), ("appliance-pipeline", "Các khâu · Pipeline")))
