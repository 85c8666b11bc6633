"""A scanner: sheets and what broke feeds off, worn parts, firmware, the look of its captures and how it drifts."""

from __future__ import annotations

from appliance.monitoring.dashboards.board import Board, Row, Variable
from appliance.monitoring.dashboards.limits import at
from appliance.monitoring.dashboards.office import OFFICE
from appliance.monitoring.dashboards.panel import (
    BAD,
    BLUE,
    BY_KEY,
    GOOD,
    GREEN,
    ORANGE,
    Kind,
    Panel,
    Query,
    Step,
    bars,
    chart,
    stat,
)
from appliance.monitoring.dashboards.province import PROVINCE
from appliance.monitoring.dashboards.scanner_states import NAMES, as_number

DEVICE = Variable("device", "Máy quét", 'label_values(appliance_scanner_present{office="$office"}, device)')
THIS = 'office="$office",device="$device"'
RECENT = f"appliance_scanner_drift_recent{{{THIS}"

WORSE = (f'max by (side, measure) (appliance_scanner_drift{{measure=~"streaks|skew",{THIS}}}) or '
         f'-min by (side, measure) (appliance_scanner_drift{{measure=~"focus|background",{THIS}}})')
ASYMMETRY = (f'max by (measure, side) ({RECENT},side="front"}}) - on (measure) group_left () '
             f'max by (measure) ({RECENT},side="back"}})')
UNKNOWN = -1
KNOWN = ((UNKNOWN, "không rõ · unknown", BLUE), (0, "không đạt · not good", ORANGE), (1, "đạt · good", GREEN))

NOW = Row("Bây giờ · Now", (
    Panel(Kind.STATES, "Trạng thái", "State of the scanner over time.", "short",
          (Query(as_number(THIS), "{{device}}"),), (24, 4), names=NAMES),
    Panel(Kind.TABLE, "Máy", "Which scanner it is.", "short",
          (Query(f"max by (vendor, model, serial, firmware, backend, profile) (appliance_scanner_info{{{THIS}}})",
                 "Máy quét số", "short"),), (16, 4),
          keys=("vendor", "model", "serial", "firmware", "backend", "profile")),
    Panel(Kind.STAT, "Phần mềm máy quét đạt", "Whether its firmware is in the profile's known-good range "
          "(FirmwareNotCompliant).", "short", (
              Query(f"min(appliance_scanner_firmware_known_good{{{THIS}}}) or vector({UNKNOWN})"),), (4, 4),
          names=KNOWN),
    stat("Trang kiểm tra máy còn hiệu lực", "1 when a recent device check passed.", "bool_yes_no",
         f"max(appliance_scanner_check_counts{{{THIS}}})", GOOD),
))

PAPER = Row("Giấy · Paper", (
    chart("Tờ mỗi ngày", "Sheets fed within 24 hours.", "short",
          (f"sum(increase(appliance_sheets_fed_total{{{THIS}}}[1d]))", "tờ · sheets")),
    chart("Sự cố trên 1.000 tờ, 30 ngày", "Feeds that broke off in 30 days for each 1,000 sheets, by kind; 0: none "
          "(FeedErrorRate).", "short",
          (f"max by (kind) (appliance_scanner_incidents_per_thousand_sheets{{{THIS}}}) or vector(0)", "{{kind}}"),
          steps=at("FeedErrorRate")),
    chart("Kẹt giấy và kéo đôi trong ngày", "Feeds that broke off within a day, by code; 0: none. Double feeds "
          "that grow mean a worn roller.", "short",
          (f"sum by (code) (increase(appliance_batches_interrupted_total{{{THIS}}}[1d])) or vector(0)",
           "{{code}}")),
    chart("Máy phải chờ", "Share of the time in which the scanner could have fed and the host let it wait.",
          "percentunit",
          (f"rate(appliance_feeder_idle_seconds_total{{{THIS}}}[$__rate_interval])", "chờ · idle")),
    bars("Linh kiện đã dùng", "Share of its life that a part is used, as its maker says (RollerDue).",
         "percentunit",
         (f"max by (part) (appliance_consumable_sheets{{{THIS}}} / appliance_consumable_life_sheets{{{THIS}}})",
          "{{part}}"), at("RollerDue")),
    bars("Tờ từ khi thay linh kiện", "Sheets since a part was changed.", "short",
         (f"max by (part) (appliance_consumable_sheets{{{THIS}}})", "{{part}}")),
    stat("Điều người vận hành đang đọc", "Messages that the operator reads now.", "short",
         f"count(appliance_scanner_trouble{{{THIS}}}) or vector(0)", BAD).sized(8, 8),
))

def _measure(vi: str, en: str, unit: str, name: str, steps: tuple[Step, ...] = ()) -> Panel:
    """Return one measure of both sides: of recent captures, and of those that they are compared with."""
    which = f'{THIS},measure="{name}"'
    return chart(
        vi, en, unit, (f"max by (side) (appliance_scanner_drift_recent{{{which}}})", "{{side}} gần đây · recent"),
        (f"max by (side) (appliance_scanner_drift_baseline{{{which}}})", "{{side}} chuẩn · usual"), steps=steps)


LOOK = Row("Chất lượng ảnh · Image quality", (
    chart("Xấu hơn chuẩn của chính máy", "How much worse recent captures are than the scanner's own baseline, in "
          "its deviations, by side and measure; upwards is worse for all of them (ImageDrift).", "suffix:σ",
          (WORSE, "{{side}} {{measure}}"), steps=at("ImageDrift")),
    Panel(Kind.TABLE, "Hai mặt và hai thời kỳ", "Each measure: of the last hundred captures or so, of the last "
          "3,000 or so, and how much the front differs from the back.", "short", (
              Query(f"max by (measure, side) ({RECENT}}})", "Gần đây"),
              Query(f"max by (measure, side) (appliance_scanner_drift_baseline{{{THIS}}})", "Chuẩn"),
              Query(ASYMMETRY, "Mặt trước hơn mặt sau")),
          (12, 8), keys=("measure", "side"), worst=BY_KEY),
    _measure("Vệt dọc", "Streaks: grey levels in which columns of the paper differ (GlassDirty).",
             "suffix: mức", "streaks",
             at("GlassDirty")),
    _measure("Độ nét", "Focus: share of the contrast that lies in the steepest step of an edge.", "percentunit",
             "focus"),
    _measure("Nền giấy", "Background: grey level of the paper.", "suffix: mức", "background"),
    _measure("Độ nghiêng", "Skew: degrees, either way.", "degree", "skew"),
    Panel(Kind.TABLE, "Trang kiểm tra máy", "What the newest target sheet gave, by measure and side, each in its "
          "own unit (docs/imaging.md).", "short",
          (Query(f"max by (measure, side) (appliance_scanner_check_value{{{THIS}}})", "Giá trị"),), (24, 8),
          keys=("measure", "side"), worst=BY_KEY),
))

BOARD = Board(
    "appliance-device", "Máy quét · Scanner", "One scanner: does it feed, is it worn, and do its images still look "
    "right?",
    (NOW, PAPER, LOOK), (PROVINCE, OFFICE, DEVICE), since="now-7d",
    leads=(("appliance-office", "Văn phòng · Office"), ("appliance-fleet", "Toàn hệ thống · Fleet")))
