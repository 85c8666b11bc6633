"""What the papers of an office are worth: sheets explained, keys, certificates, clock, audit chain, settings."""

from __future__ import annotations

from appliance.monitoring.dashboards.board import Row
from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.panel import GOOD, Kind, Panel, Query, bars, chart, stat

HERE = 'office="$office"'

PAPERS = Row("Giấy tờ · Papers", (
    bars("Mọi mặt giấy đã quét, theo nơi đến", "Every side ever captured, by what became of it.", "short",
         (f"max by (fate) (appliance_sides{{{HERE}}})", "{{fate}}")),
    chart("Mặt giấy mỗi giờ", "Sides captured, and looked at by result, within an hour.", "short",
          (f"sum(increase(appliance_pages_captured_total{{{HERE}}}[1h]))", "đã quét · captured"),
          (f"sum by (result) (increase(appliance_pages_processed_total{{{HERE}}}[1h]))",
           "đã xem · looked at: {{result}}"),
          (f"sum(increase(appliance_pages_filed_total{{{HERE}}}[1h]))", "đã lưu trữ · filed")).sized(16, 8),
    chart("Giữ lại cho người xem, mỗi giờ", "Things put aside for a person within an hour, by code; 0: none.",
          "short",
          (f"sum by (code) (increase(appliance_held_total{{{HERE}}}[1h])) or vector(0)", "{{code}}")),
    chart("Cảnh báo về chất lượng, mỗi giờ", "Sides that a check warned of within an hour, by check; 0: none.",
          "short",
          (f"sum by (check) (increase(appliance_page_warnings_total{{{HERE}}}[1h])) or vector(0)", "{{check}}")),
))

TRUST = Row("Tin cậy · Trust", (
    Panel(Kind.TABLE, "Chứng thư số còn", "How long each certificate lasts, by what it is for (CertificateRenew, "
          "CertificateExpiring, CertificateExpires).", "s",
          (Query(f"min by (purpose) (appliance_certificate_not_after_timestamp_seconds{{{HERE}}} - time())", "Còn",
                 steps=at("CertificateRenew", "CertificateExpiring", "CertificateExpires")),), (8, 6),
          keys=("purpose",), worst_low=True),
    stat("Chữ ký: có khóa", "1 when the agency's key is ready to sign.", "bool_yes_no",
         f"1 - (count(appliance_signer_trouble{{{HERE}}}) or vector(0))", GOOD).sized(4, 6),
    stat("Chuỗi kiểm toán nguyên vẹn", "1 while the audit chain holds.", "bool_yes_no",
         f"min(appliance_audit_good{{{HERE}}})", GOOD).sized(4, 6),
    stat("Trang chuẩn đúng", "1 while workers see the golden pages right.", "bool_yes_no",
         f"min(appliance_golden_page_good{{{HERE}}})", GOOD).sized(4, 6),
    stat("Đồng hồ đã đồng bộ", "1 while the kernel says that the clock is synchronised.", "bool_yes_no",
         f"min(appliance_clock_synchronised{{{HERE}}})", GOOD).sized(4, 6),
    chart("Đồng hồ lệch", "How far the clock is off, as the kernel says (ClockSkew).", "s",
          (f"max(abs(appliance_clock_offset_seconds{{{HERE}}}))", "lệch · offset"), steps=at("ClockSkew")),
    chart("Dòng nhật ký mỗi giờ", "Lines of the log within an hour, by level (LogErrors). The lines themselves: "
          "journalctl -u appliance, docs/logs.md.", "short",
          (f"sum by (level) (increase(appliance_log_messages_total{{{HERE}}}[1h]))", "{{level}}"),
          steps=at("LogErrors")),
    Panel(Kind.TABLE, "Cấu hình và phiên bản", "Release and settings of this host.", "short",
          (Query(f"max by (version, release_digest) (appliance_build_info{{{HERE}}})", "Phiên bản đang chạy",
                 "short"),),
          (12, 5), keys=("version", "release_digest")),
    Panel(Kind.TABLE, "Bộ đo", "Collectors of the metrics page that failed or are slow.", "short",
          (Query(f"min by (collector) (appliance_collector_success{{{HERE}}})", "Đọc được", "bool_yes_no", GOOD),
           Query(f"max by (collector) (appliance_collector_duration_seconds{{{HERE}}})", "Mất", "s")), (12, 9),
          keys=("collector",), worst_low=True),
    stat("Gói chưa kiểm tra mã độc", "Packages that nobody looked at for harmful code, or that have some "
         "(PackagesNotScreened).", "short",
         f'max(appliance_items{{kind="delivery",state="scan_hook_failed",{HERE}}}) or vector(0)',
         at("PackagesNotScreened")),
    stat("Hồ sơ kho từ chối", "Dossiers that the archive refused (ArchiveRefusedDossiers).", "short",
         f"max(appliance_dossiers_rejected{{{HERE}}})", at("ArchiveRefusedDossiers")),
    stat("Lô bị khóa", "Batches locked because a state secret is suspected (SecretSuspected).", "short",
         f"max(appliance_batches_locked{{{HERE}}})", at("SecretSuspected")),
))
