"""The monitoring itself: that it lives, that rules are worked out, that offices' metrics get through."""

from __future__ import annotations

from appliance.monitoring.alert import INFO, TICKET, Alert, Limit, case

PENDING = Limit(5000)
"""Half of what a collector's queue holds: it is full at 10,000, and cannot show more with one connection."""

SAMPLES = ('prometheus_remote_storage_samples_pending{instance="127.0.0.1:9090",job="collector",office="0701",'
           'province="79"}')
FAILED = 'prometheus_rule_evaluation_failures_total{instance="localhost:9090",job="centre",rule_group="x"}'

ALERTS = (
    Alert(
        "Watchdog", "M800", "watching", INFO, "vector(1)",
        "Luôn luôn báo: khi nơi nhận bên ngoài không còn thấy tín hiệu này thì giám sát đã ngừng.",
        "Always fires: when the receiver outside does not see it any more, monitoring has stopped.",
        fires=(case("up{OFFICE}", "1x5", "2m", keeps=""),), quiet=()),
    Alert(
        "RulesFailing", "M839", "watching", TICKET,
        "increase(prometheus_rule_evaluation_failures_total[<15m>]) > 0",
        "Prometheus {{ $labels.instance }}: nhóm quy tắc {{ $labels.rule_group }} không tính được; cảnh báo của "
        "nhóm đó im lặng.",
        "Prometheus {{ $labels.instance }}: rules of {{ $labels.rule_group }} cannot be worked out; their alerts "
        "are silent.",
        fires=(case(FAILED, "0+1x60", "30m"),), quiet=(case(FAILED, "5x60", "30m"),), hold="5m", limit=Limit(0)),
    Alert(
        "AgentBacklog", "M839", "watching", TICKET, "prometheus_remote_storage_samples_pending > <limit>",
        "Văn phòng {{ $labels.office }}: {{ $value }} mẫu số liệu chưa gửi được về trung tâm; chậm lâu sẽ "
        "mất.",
        "Office {{ $labels.office }}: {{ $value }} samples wait to be sent to the centre; if that lasts they are "
        "lost.",
        fires=(case(SAMPLES, "9000x60", "40m"),),
        quiet=(case(SAMPLES, "500x60", "40m"),), hold="30m", limit=PENDING),
)
