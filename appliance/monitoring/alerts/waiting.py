"""What waits for a person: held, without a signer, without a time stamp, for the centre, locked."""

from __future__ import annotations

from appliance.monitoring.alert import PAGE, TICKET, Alert, Limit, case

HELD = Limit(86400, "s", age=True)
"""Of working days: nobody settles anything from Friday to Monday."""

WAITING_LIMITS = {"awaiting_signer": "1d", "awaiting_timestamp": "1d", "paper_to_centre": "14d"}
"""How long things may wait, by state; for a signer in working days, else with all days."""

LOCKED = Limit(2 * 86400, "s", age=True)
"""A page, as all day long the page that a secret is suspected silences tickets of its code."""

AGE = "time() - appliance_waiting_oldest_timestamp_seconds"
WORKED = "office:appliance_waiting_working_seconds"
FRIDAY, MONDAY, LATER = "118800x220", "97h", "106h"
"""16:00 of the first Friday; Monday 08:00, and 17:00, when a working day is over since."""

SINCE = "appliance_waiting_oldest_timestamp_seconds{OFFICE,"


def _longer(state: str, limit: str) -> str:
    """Return what asks whether something has been in a state for longer."""
    age = WORKED if state == "awaiting_signer" else AGE
    return f'({age}{{state="{state}"}}) > <{limit}.s>'


TOO_LONG = " or ".join(_longer(*one) for one in WAITING_LIMITS.items())

ALERTS = (
    Alert(
        "QuarantineNotEmpty", "M820", "waiting", TICKET, f'{WORKED}{{state="held"}} > <limit>',
        "Văn phòng {{ $labels.office }}: có mục chờ xử lý đã {{ $value | humanizeDuration }}, không kể ngày nghỉ.",
        "Office {{ $labels.office }}: something is held for {{ $value | humanizeDuration }}, days off not counted.",
        fires=(case(f'{SINCE}state="held"}}', "-86500x60", "40m"),
               case(f'{SINCE}state="held"}}', FRIDAY, LATER, step="30m")),
        quiet=(case(f'{SINCE}state="held"}}', "-80000x60", "40m"),
               case(f'{SINCE}state="held"}}', FRIDAY, MONDAY, step="30m"),
               case(f'{SINCE}state="locked"}}', "-86500x60", "40m")),
        hold="10m", limit=HELD),
    Alert(
        "WaitingTooLong", "M821", "waiting", TICKET, TOO_LONG,
        "Văn phòng {{ $labels.office }}: có mục ở trạng thái {{ $labels.state }} đã "
        "{{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: something is {{ $labels.state }} for {{ $value | humanizeDuration }}.",
        fires=(case(f'{SINCE}state="awaiting_signer"}}', "-86500x60", "40m"),
               case(f'{SINCE}state="awaiting_timestamp"}}', "-86500x60", "40m"),
               case(f'{SINCE}state="paper_to_centre"}}', "-1300000x60", "40m")),
        quiet=(case(f'{SINCE}state="awaiting_signer"}}', "-80000x60", "40m"),
               case(f'{SINCE}state="awaiting_signer"}}', FRIDAY, MONDAY, step="30m"),
               case(f'{SINCE}state="paper_to_centre"}}', "-86500x60", "40m")), hold="10m"),
    Alert(
        "SecretSuspected", "I352", "waiting", PAGE, "appliance_batches_locked > 0",
        "Văn phòng {{ $labels.office }}: {{ $value }} lượt quét tạm khóa vì nghi có bí mật nhà nước; lãnh đạo "
        "phải quyết định.",
        "Office {{ $labels.office }}: {{ $value }} batches are locked, a state secret is suspected; a leader "
        "must decide.",
        fires=(case("appliance_batches_locked{OFFICE}", "1x20", "10m"),),
        quiet=(case("appliance_batches_locked{OFFICE}", "0x20", "10m"),), hold="1m", limit=Limit(0)),
    Alert(
        "LockedTooLong", "I352", "waiting", PAGE, f'({AGE}{{state="locked"}}) > <limit>',
        "Văn phòng {{ $labels.office }}: lượt quét tạm khóa đã {{ $value | humanizeDuration }} chưa có quyết định.",
        "Office {{ $labels.office }}: a batch has been locked for {{ $value | humanizeDuration }} without a "
        "decision.",
        fires=(case(f'{SINCE}state="locked"}}', "-173000x60", "40m"),),
        quiet=(case(f'{SINCE}state="locked"}}', "-100000x60", "40m"),), hold="10m", limit=LOCKED),
)
