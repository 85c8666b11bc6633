"""docs/alerts.md: every alert in one table by group.

``python -m appliance.monitoring.alert_page > docs/alerts.md`` writes it.
"""

from __future__ import annotations

import re
import sys

from appliance.monitoring import catalogue, recording
from appliance.monitoring.alert import Alert
from appliance.monitoring.durations import Clockwork
from appliance.monitoring.hours import Hours

HEAD = """# Alerts

Made from the tables in `appliance/monitoring/alerts/` by `python -m appliance.monitoring.alert_page >
docs/alerts.md`; a test fails when it differs. The rules themselves: `appliance/monitoring/shipped/rules/*.yml`.

- **Severity.** `page`: somebody acts at once, at night too: papers may be lost, a counter stands still,
  somebody wrote what nobody may write, or many offices are concerned. `ticket`: within the working day. `info`:
  looked at now and then.
- **Code**: the one that the operator reads of the same trouble ([errors](errors.md)), or one of the letter M
  where operators are not told. Where the metric itself bears the code, the alert has that one and the table the
  usual one.
- **Runbook**: `docs/runbooks/NAME.md`, Vietnamese and English.
- **Silences**: what says nothing new while this alert fires, for the same labels. A page silences a ticket of
  the same code and office too ([topology](topology.md)).
- Rules rest on `job` labels `appliance`, `node` and `archive` (collectors and the centre read themselves as
  `collector` and `centre`), and on `office`, `province`, `level`, `ring` and `host` that each office's agent
  adds. A label that a page gives itself stands: `job` of an authorisation is a job of the office's settings,
  `level` of log messages that of the log.
- What waits for a person is counted in working days: `office:appliance_waiting_working_seconds` stands still on
  weekends and on the place's holidays.
- A threshold stands once, beside its alert (`limit`); dashboards draw it from there.

Each alert is proved by `promtool test rules`, for firing and for not firing, by the cases beside it in the
table (`Watchdog` always fires: there is no case in which it does not). `build/rules.json` has the numbers.

**The promise.** A dossier counts once, as met or missed, at its receipt or at its deadline, whichever comes
first; 99 % of a province and stream shall be met over 28 days. Burn rates page at 14.4 times (5 m and 1 h) and
6 times (30 m and 6 h), and make a ticket at 3 times (2 h and 1 d) and once (6 h and 3 d): Google's SRE
workbook, chapter 5. One late dossier in a quiet hour is 20 % of it: so there must be more than 20 dossiers in
the longer window, and a single office is told by numbers (3 late within an hour, over a fifth).
"""

HEADING = "| alert | code | severity | fires when | for | silences |\n|---|---|---|---|---|---|"

RECORDINGS = """## Recordings

`appliance:office_open` is 1 in working hours: Monday to Friday, 07:30 to 11:30 and 13:00 to 17:00 at
+07:00, but for the holidays that the place has named.
"""


def page() -> str:
    """Return the page."""
    parts = [HEAD, *(_group(name, alerts) for name, alerts in catalogue.groups().items()), _recordings()]
    return "\n".join(parts)


def _group(name: str, alerts: tuple[Alert, ...]) -> str:
    return "\n".join((f"## {name}\n", HEADING, *(_row(alert) for alert in alerts), ""))


def _row(alert: Alert) -> str:
    expr = _code(Clockwork().filled(alert.expr, alert.limit))
    silences = ", ".join(other for other, _ in alert.silences)
    return (f"| [{alert.name}](runbooks/{alert.name}.md) | {alert.code} | {alert.severity} | {_plain(alert.en)}<br>"
            f"{expr} | {'' if alert.hold == '0s' else alert.hold} | {silences} |")


def _recordings() -> str:
    rows = [f"| `{rule.name}` | {_code(Clockwork().filled(rule.expr))} |"
            for group in recording.groups(Hours()) for rule in group.rules]
    return "\n".join((RECORDINGS, "| series | expression |", "|---|---|", *rows, ""))


def _code(expr: str) -> str:
    return f"`{_escaped(expr)}`"


def _plain(text: str) -> str:
    """Return a summary with the names of what Prometheus fills in."""
    return _escaped(re.sub(r"\{\{ \$(?:labels\.)?(\w+)[^}]*\}\}", r"*\1*", text))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
