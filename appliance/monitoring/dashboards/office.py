"""An office: its scanners, what waits and how long, how quick it is, and what its papers are worth."""

from __future__ import annotations

from appliance.monitoring.dashboards import office_trust, office_work
from appliance.monitoring.dashboards.board import Board, Row, Variable
from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.panel import BAD, GOOD, ODD, Kind, Panel, Query, stat
from appliance.monitoring.dashboards.province import PROVINCE
from appliance.monitoring.dashboards.scanner_states import NAMES, as_number

OFFICE = Variable("office", "Văn phòng", 'label_values(appliance_office_expected_info{province="$province"}, '
                                         'office)')
HERE = 'office="$office"'
OLDEST = f'appliance_queue_oldest_timestamp_seconds{{queue="upload",{HERE}}}'

NOW = Row("Bây giờ · Now", (
    stat("Đang báo cáo", "1 when the office was heard of within the last quarter of an hour (OfficeSilent).",
         "bool_yes_no",
         f"count(office:appliance_reporting{{{HERE}}}) or vector(0)", GOOD),
    stat("Cảnh báo khẩn", "Alerts firing here that wake somebody up (severity page).", "short",
         f'count(ALERTS{{alertstate="firing",severity="page",{HERE}}}) or vector(0)', BAD),
    stat("Việc cần làm trong ngày", "Alerts firing here that are mended within the working day (severity ticket).",
         "short",
         f'count(ALERTS{{alertstate="firing",severity="ticket",{HERE}}}) or vector(0)', ODD),
    stat("Gói chưa gửi lâu nhất", "Age of the oldest package that is not sent; 0: none waits (UploadStuck).", "s",
         f"(time() - min({OLDEST})) or vector(0)", at("UploadStuck")),
    stat("Biên nhận cuối", "Time since the last receipt of the archive.", "s",
         f"time() - max(appliance_last_receipt_timestamp_seconds{{{HERE}}})"),
    stat("Kho lưu trữ trả lời cuối", "Time since the archive was last heard of (ArchiveSilent).", "s",
         f"time() - max(appliance_archive_contact_timestamp_seconds{{{HERE}}})", at("ArchiveSilent")),
    stat("Mặt giấy chưa đối chiếu được", "Sides that the ledger does not account for; 0: every sheet is explained "
         "(SidesNotReconciled).", "short", f"max(abs(appliance_sides_unreconciled{{{HERE}}}))", BAD),
    stat("Biên nhận không khớp", "Receipts that do not fit what was sent, within an hour (ReceiptMismatch).",
         "short",
         f"sum(increase(appliance_receipt_mismatches_total{{{HERE}}}[1h]))", at("ReceiptMismatch")),
    stat("Đang chờ người", "Things here that wait for a person.", "short",
         f"sum(appliance_waiting_items{{{HERE}}})", ODD),
    stat("Đĩa đã dùng", "Share of the room for masters that is used (SpoolFillingUp, SpoolNearlyFull).",
         "percentunit",
         f"max(appliance_spool_bytes{{{HERE}}} / appliance_spool_limit_bytes{{{HERE}}})",
         at("SpoolFillingUp", "SpoolNearlyFull")),
    stat("Mặt giấy 24 giờ", "Sides captured within 24 hours.", "short",
         f"sum(increase(appliance_pages_captured_total{{{HERE}}}[1d]))"),
    stat("Đúng hẹn 24 giờ", "Share of dossiers whose receipt came in time, 24 hours.", "percentunit",
         f'1 - sum(increase(appliance_dossier_sli_total{{outcome="missed",{HERE}}}[1d])) / '
         f"sum(increase(appliance_dossier_sli_total{{{HERE}}}[1d]))"),
))

SCANNERS = Row("Máy quét · Scanners", (
    Panel(Kind.STATES, "Trạng thái máy quét", "State of each scanner over time. A scanner opens its own board.",
          "short",
          (Query(as_number(HERE), "{{device}}"),), (24, 5), opens="appliance-device", names=NAMES),
    Panel(Kind.TABLE, "Máy quét", "Scanners by model; one opens its own board: sheets since the start, feeds that "
          "broke off for each 1,000 sheets in 30 days.", "short", (
              Query(f"max by (province, office, device, model, firmware) (appliance_scanner_info{{{HERE}}}) * "
                    f"on (province, office, device) group_left () max by (province, office, device) "
                    f"(appliance_scanner_present{{{HERE}}})", "Có mặt", "bool_yes_no", GOOD),),
          (12, 6), keys=("province", "office", "device", "model", "firmware"), opens="appliance-device"),
    Panel(Kind.TABLE, "Điều người vận hành đang đọc", "What the operator is told now, by code: docs/errors.md says "
          "what each means. An empty code: nothing.", "short", (
              Query(f"max by (device, code) (appliance_scanner_trouble{{{HERE}}}) or on (device) label_replace("
                    f'max by (device) (0 * appliance_scanner_present{{{HERE}}}), "code", "", "", "")', "Đang báo",
                    steps=BAD),), (12, 6), keys=("device", "code")),
))

BOARD = Board(
    "appliance-office", "Văn phòng · Office",
    "One office: is a person needed, what waits and for what, and is what it makes worth keeping?",
    (NOW, SCANNERS, office_work.WAITING, office_work.SPEED, office_work.ROAD, office_trust.PAPERS,
     office_trust.TRUST),
    (PROVINCE, OFFICE),
    leads=(("appliance-fleet", "Toàn hệ thống · Fleet"), ("appliance-province", "Tỉnh · Province"),
           ("appliance-pipeline", "Các khâu · Pipeline"), ("appliance-plan", "Kế hoạch · Plan")))
