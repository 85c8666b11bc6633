"""Work on the host: steps that are slow or stand still, workers that die, collectors and log."""

from __future__ import annotations

from appliance.monitoring.alert import INFO, TICKET, Alert, Limit, case

SLOWER = Limit(3)
"""Times the stage's baseline (``recording.STAGE_BASELINE``)."""

LEAST_STEPS = 50
STANDING = Limit(2 * 3600, "s", age=True)
LOST = Limit(5)
LOGGED = Limit(100)
P95 = "office:appliance_stage_duration_seconds:p95_1h"
READ = 'appliance_stage_duration_seconds_bucket{OFFICE,stage="read",'
STEPS = 'appliance_stage_duration_seconds_count{OFFICE,stage="read"}'
QUEUED = "appliance_queue_oldest_timestamp_seconds"
OLDEST = 'appliance_queue_oldest_timestamp_seconds{OFFICE,queue="read"}'
FIT = 'appliance_pool_workers{OFFICE,state="fit"}'


def _slow(within: str, steps: str = "0+5x200") -> tuple[tuple[str, str], ...]:
    """Return a histogram of which everything lies ``within`` and the bucket before it is empty."""
    before = {"120.0": "60.0", "30.0": "10.0"}[within]
    return ((f'{READ}le="{before}"}}', "0x200"), (f'{READ}le="{within}"}}', steps), (f'{READ}le="+Inf"}}', steps),
            (STEPS, steps))


STAGE = 'office="0701",province="79",stage="read"'

ALERTS = (
    Alert(
        "StageSlow", "M816", "pipeline", TICKET,
        f"{P95} > on (stage) group_left () (<limit> * appliance:stage_baseline_seconds) and "
        f"office:appliance_stage_steps:increase_1h > {LEAST_STEPS}",
        "Văn phòng {{ $labels.office }}: bước {{ $labels.stage }} chậm, 95 % dưới {{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: stage {{ $labels.stage }} is slow, 95 % within "
        "{{ $value | humanizeDuration }}.",
        fires=(case(*_slow("120.0")[0], "120m", *_slow("120.0")[1:], keeps=STAGE),),
        quiet=(case(*_slow("30.0")[0], "120m", *_slow("30.0")[1:]),
               case(*_slow("120.0")[0], "120m", *_slow("120.0", "0+0.5x200")[1:])),
        hold="30m", limit=SLOWER),
    Alert(
        "QueueStuck", "M817", "pipeline", TICKET,
        f'((time() - {QUEUED}{{queue=~"analyse|read|pack"}}) > <limit> or '
        f'(time() - {QUEUED}{{queue="assemble"}}) > <limit> unless on (office, instance) '
        f'appliance_waiting_items{{state="held"}} > 0) and changes({QUEUED}[<1h>]) == 0',
        "Văn phòng {{ $labels.office }}: hàng đợi {{ $labels.queue }} đứng yên, việc cũ nhất chờ "
        "{{ $value | humanizeDuration }}.",
        "Office {{ $labels.office }}: queue {{ $labels.queue }} stands still; its oldest has waited "
        "{{ $value | humanizeDuration }}.",
        fires=(case(OLDEST, "-7300x60", "30m"),
               case(OLDEST.replace("read", "assemble"), "-7300x60", "30m",
                    ('appliance_waiting_items{OFFICE,state="held"}', "0x60"))),
        quiet=(case(OLDEST, "0+60x200", "180m"),
               # much is scanned and little hosts read all evening: the oldest is another one each time
               case(OLDEST, "-9000+10x200", "180m"),
               # a document waits for a page that a person has to decide about: that alert is another
               case(OLDEST.replace("read", "assemble"), "-7300x60", "30m",
                    ('appliance_waiting_items{OFFICE,state="held"}', "1x60")),
               case('appliance_queue_oldest_timestamp_seconds{OFFICE,queue="held"}', "-7300x60", "30m")),
        hold="10m", limit=STANDING),
    Alert(
        "WorkerCrashLoop", "P701", "pipeline", TICKET,
        "sum by (office, province) (increase(appliance_workers_lost_total[<30m>])) > <limit>",
        "Văn phòng {{ $labels.office }}: {{ $value | humanize }} tiến trình xử lý chết trong 30 phút.",
        "Office {{ $labels.office }}: {{ $value | humanize }} workers were lost within 30 minutes.",
        fires=(case('appliance_workers_lost_total{OFFICE,reason="died"}', "0x10 0+1x30", "30m",
                    keeps='office="0701",province="79"'),),
        quiet=(case('appliance_workers_lost_total{OFFICE,reason="died"}', "0x10 2x30", "30m"),), limit=LOST),
    Alert(
        "NoWorkerFit", "P704", "pipeline", TICKET,
        'appliance_pool_workers{state="fit"} == 0 and on (office, instance) sum by (office, instance) '
        '(appliance_queue_items{queue=~"analyse|read|assemble"}) > 0',
        "Văn phòng {{ $labels.office }}: không có tiến trình xử lý nào làm việc được mà còn việc chờ.",
        "Office {{ $labels.office }}: no worker is fit, and work waits.",
        fires=(case(FIT, "0x30", "20m", ('appliance_queue_items{OFFICE,queue="analyse"}', "4x30")),),
        quiet=(case(FIT, "0x30", "20m", ('appliance_queue_items{OFFICE,queue="analyse"}', "0x30")),
               case(FIT, "2x30", "20m", ('appliance_queue_items{OFFICE,queue="analyse"}', "4x30"))), hold="10m"),
    Alert(
        "CollectorFailing", "M818", "pipeline", TICKET, "appliance_collector_success == 0",
        "Văn phòng {{ $labels.office }}: không đọc được nhóm số liệu {{ $labels.collector }}; các cảnh báo của "
        "nhóm đó không còn tin được.",
        "Office {{ $labels.office }}: metrics of {{ $labels.collector }} cannot be read; alerts on them are blind.",
        fires=(case('appliance_collector_success{OFFICE,collector="delivery"}', "0x30", "20m"),),
        quiet=(case('appliance_collector_success{OFFICE,collector="delivery"}', "1x30", "20m"),
               case('appliance_collector_success{OFFICE,collector="delivery"}', "1x10 0x3 1x20", "20m")),
        hold="10m"),
    Alert(
        "LogErrors", "M819", "pipeline", INFO,
        'sum by (office, province) (increase(appliance_log_messages_total{level=~"(?i)error|critical"}[<1h>])) '
        "> <limit>",
        "Văn phòng {{ $labels.office }}: {{ $value | humanize }} dòng lỗi trong nhật ký một giờ qua.",
        "Office {{ $labels.office }}: {{ $value | humanize }} errors in the journal within an hour.",
        fires=(case('appliance_log_messages_total{office="0701",province="79",level="error"}', "0+5x60", "50m",
                    keeps='office="0701",province="79"'),),
        quiet=(case('appliance_log_messages_total{office="0701",province="79",level="error"}', "0+1x60", "50m"),
               case('appliance_log_messages_total{office="0701",province="79",level="info"}', "0+50x60", "50m")),
        limit=LOGGED),
)
