"""An archive: what it took and what waits for its judgement, its places and copies, fixity, evidence."""

from __future__ import annotations

from appliance.monitoring.dashboards.board import Board, Row, Variable
from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.panel import GOOD, Kind, Panel, Query, chart, stat

ARCHIVE = Variable("instance", "Kho lưu trữ", "label_values(archive_index_up, instance)")
IN = 'instance="$instance"'

NOW = Row("Bây giờ · Now", (
    stat("Chỉ mục trả lời", "1 when the index answers (ArchiveIndexDown).", "bool_yes_no",
         f"min(archive_index_up{{{IN}}})",
         GOOD),
    stat("Chứng thư gốc đủ", "1 when every root certificate is there (ArchiveTrustMissing).", "bool_yes_no",
         f"min(archive_trust_there{{{IN}}})", GOOD),
    stat("Gói chờ phán quyết", "Whole uploads without a decision.", "short",
         f"max(archive_waiting_packages{{{IN}}})"),
    stat("Gói chờ lâu nhất", "How long the oldest of them waits (ArchivePackagesWait).", "s",
         f"max(archive_waiting_oldest_seconds{{{IN}}})", at("ArchivePackagesWait")),
    stat("Biên nhận trong sổ", "Receipts in the book.", "short", f"max(archive_receipts{{{IN}}})"),
    stat("Trang cần quét lại", "Pages that offices shall scan again.", "short",
         f"max(archive_rescan_tasks{{{IN}}})"),
))

INTAKE = Row("Tiếp nhận · Intake", (
    chart("Gói mỗi giờ", "Packages decided within an hour, by result.", "short",
          (f"sum by (result) (increase(archive_packages_total{{{IN}}}[1h]))", "{{result}}")),
    chart("Nhận vào", "Bytes a second that came in.", "Bps",
          (f"sum(rate(archive_received_bytes_total{{{IN}}}[$__rate_interval]))", "nhận · in")),
    chart("Thời gian phán quyết, 95 %", "95 % of decisions were quicker, from the whole upload to its receipt, "
                                        "last hour.", "s",
          (f"histogram_quantile(0.95, sum by (le) (rate(archive_decision_seconds_bucket{{{IN}}}[1h])))", "95 %")),
    chart("Bất thường mỗi giờ", "Uploads that came damaged, judges that crashed, uploads refused for a quota, "
          "within an hour.", "short", (f"sum(increase(archive_damaged_uploads_total{{{IN}}}[1h]))",
                                       "hỏng · damaged"),
          (f"sum(increase(archive_judge_crashes_total{{{IN}}}[1h]))", "phán quyết chết · crashes"),
          (f"sum(increase(archive_quota_refusals_total{{{IN}}}[1h]))", "quá hạn mức · quota")),
))

KEEPING = Row("Lưu giữ · Keeping", (
    chart("Chỗ trống", "Free space, by place (ArchiveDiskFull).", "bytes",
          (f"min by (place) (archive_free_bytes{{{IN}}})", "{{place}}"), steps=at("ArchiveDiskFull")),
    chart("Đối tượng đã kiểm tra mỗi giờ", "Objects read again in every copy within an hour, and signatures judged "
                                           "again.",
          "short", (f"sum(increase(archive_fixity_objects_total{{{IN}}}[1h]))", "đối tượng · objects"),
          (f"sum(increase(archive_fixity_signatures_total{{{IN}}}[1h]))", "chữ ký · signatures")),
    Panel(Kind.TABLE, "Sai hỏng chưa sửa", "What is wrong and not mended, by kind and place (ArchiveObjectLost, "
          "ArchiveNotSound, ArchivePlaceAway).", "short", (
              Query(f"max by (kind, place) (archive_fixity_errors{{{IN}}})", "Số lỗi", steps=at("ArchiveNotSound")),
              ),
          (12, 8), keys=("kind", "place")),
    Panel(Kind.TABLE, "Bản sao thiếu", "Copies missing or damaged, by place.", "short", (
        Query(f"max by (place) (archive_copies_missing{{{IN}}})", "Thiếu", steps=at("ArchiveNotSound")),), (12, 8),
          keys=("place",)),
    stat("Kiểm tra xong lần cuối", "Time since a day's share of checks was done to its end (ArchiveChecksStopped).",
         "s",
         f"time() - max(archive_fixity_last_complete_timestamp_seconds{{{IN}}})",
         at("ArchiveChecksStopped")),
    stat("Dấu thời gian còn", "Days until the first archive time stamp ends (ArchiveRenewalNear).", "d",
         f"min(archive_evidence_renewal_seconds{{{IN}}}) / 86400", at("ArchiveRenewalNear")),
    stat("Gói chưa có dấu thời gian", "Packages that no archive time stamp covers yet (ArchiveUnstamped).", "short",
         f"max(archive_packages_unstamped{{{IN}}})", at("ArchiveUnstamped")),
    stat("Bản sao phải có", "Places that hold a copy of every package.", "short",
         f"max(archive_copies_wanted{{{IN}}})"),
    stat("Lượt đọc trong nhật ký", "Entries in the log of readings.", "short", f"max(archive_readings{{{IN}}})"),
    stat("Yêu cầu đọc chờ trả lời", "Requests for leave to read without an answer.", "short",
         f"max(archive_leave_requests{{{IN}}})"),
))

BOARD = Board(
    "appliance-archive", "Kho lưu trữ · Archive", "One archive: does it decide, does it keep, can it prove?",
    (NOW, INTAKE, KEEPING), (ARCHIVE,), leads=(("appliance-fleet", "Toàn hệ thống · Fleet"),))
