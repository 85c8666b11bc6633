"""``appliance COMMAND``: a table from command to the module that does it.

A command loads only what it needs. Exit codes: 0 done, 1 failed, 2 wrong use or settings, 3 something is held.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from dataclasses import dataclass

from appliance import __version__
from appliance.children import follow_parent
from appliance.core.errors import REQUEST_REFUSED, ApplianceError, Exit


@dataclass(frozen=True, slots=True)
class Command:
    """One command: where it lives and what it is for."""

    module: str
    text: str
    function: str = "main"


COMMANDS: dict[str, Command] = {
    "demo": Command("appliance.demo.run", "the main job on embedded defaults: paper to receipts"),
    "run": Command("appliance.daemon", "the daemon of an office"),
    "check": Command("appliance.inspection", "check a settings file", "check"),
    "selftest": Command("appliance.selftest", "prove kernels, OCR, fonts, key and disk before the first sheet"),
    "warm": Command("appliance.worker", "compile the image kernels into the cache", "warm_cache"),
    "status": Command("appliance.operate", "show what the daemon is doing", "status"),
    "press": Command("appliance.operate", "press Start on a device", "press"),
    "resume": Command("appliance.operate", "go on with an interrupted batch", "resume"),
    "finish": Command("appliance.operate", "close an interrupted batch as it is", "finish"),
    "cancel": Command("appliance.operate", "stop feeding", "cancel"),
    "drain": Command("appliance.operate", "let no new batch start and wait for the open one; --end", "drain"),
    "operator": Command("appliance.people", "who scans: cards, PINs, the list, a name under a held batch"),
    "separator": Command("appliance.separators", "print separator sheets, one or a stack from a list"),
    "field": Command("appliance.catalogue", "catalogue fields of a document: show, set, accept as empty"),
    "register": Command("appliance.registers", "the office's lists of dossiers: import, list, show"),
    "plan": Command("appliance.planning.command", "what the office is to digitise, and how far it is"),
    "report": Command("appliance.planning.report", "implementation report of a day or a month; record of a lot"),
    "lot": Command("appliance.planning.lot", "dossiers accepted together by a sample: make, check, decide"),
    "dossier": Command("appliance.dossiers", "decide about a dossier that waits: another code, give up, confirm"),
    "component": Command("appliance.components", "what a dossier is made of; answers for what is not scanned"),
    "paper": Command("appliance.papers", "special papers: copies of fragile ones, notes, normative documents"),
    "stamp": Command("appliance.stamps", "a leader lets a strip be added where page 1 has no room for its stamp"),
    "delivery": Command("appliance.deliveries", "packages on their way: list; send again what was set aside"),
    "rescan": Command("appliance.rescans", "pages scanned again: list, and decide about those that wait"),
    "reception": Command("appliance.reception", "signed components for the reception software: list, send again"),
    "courier": Command("appliance.couriers", "disks that a courier carries to the archive: prepare, list"),
    "devices": Command("appliance.devices", "which scanners are seen, whether the configured ones are well"),
    "consumables": Command("appliance.consumables", "how far the parts of scanners are worn; note a change"),
    "target": Command("appliance.target", "the sheet of the device check: print it, measure an image, results"),
    "profiles": Command("appliance.profiles", "look at the firmware profiles, and check them"),
    "remove": Command("appliance.operate", "take a held page that is in no document out of the count", "remove"),
    "confirm": Command("appliance.operate", "confirm that a batch holds no state secret", "confirm"),
    "locked": Command("appliance.locked", "batches in which a state secret is suspected; a leader decides"),
    "keep": Command("appliance.operate", "say that a held page is right as it is", "keep"),
    "authorise": Command("appliance.authorise", "a leader lets the agency's key sign: grant, revoke, list"),
    "sign": Command("appliance.sign", "a person's signing session: open, close, status; unlock the office's token"),
    "certificate": Command("appliance.certificate", "certificates of this host: ask for, install, list; sign them"),
    "copy": Command("appliance.copies", "make a small access copy of filed documents, never for the archive"),
    "verify": Command("appliance.inspection", "verify a signed PDF or a package", "verify"),
    "package": Command("appliance.packages", "packages for the archive: verify, show what they say of themselves"),
    "evidence": Command("appliance.evidence", "what proves a document's signature, and whether it is still whole"),
    "audit": Command("appliance.audits", "verify the audit chain; tell the story of a document from it"),
    "backup": Command("appliance.backups", "copy what must not be lost to another disk; bring it back"),
    "leave": Command("appliance.leaving", "prove that a host may be taken away: nothing waits"),
    "support": Command("appliance.support", "one file for those who help; no papers, names or secrets in it"),
    "heartbeat": Command("appliance.heartbeats", "send a synthetic page the whole road, show what each stage took"),
    "virtual-scanner": Command("appliance.device.virtual", "an eSCL scanner whose hopper is a folder"),
    "monitoring": Command("appliance.monitoring.command", "what a monitoring team installs: rules, dashboards, "
                          "settings; the list of offices; notes for node_exporter"),
    "inventory": Command("appliance.inventory.command", "Ansible's inventory and the archive's list of offices, "
                         "from the lists of offices, hosts and rings"),
    "release": Command("appliance.release.command", "releases on this host: install, activate, rollback"),
    "receive": Command("appliance.receive", "the embedded archive: takes, proves, keeps and finds packages"),
    "development-tsa": Command("appliance.signing.development_tsa", "a time-stamping authority for trials"),
    "reprocess": Command("appliance.reprocess", "read filed pages again by a new model, on a cluster of hosts"),
    "worker": Command("appliance.worker", "a worker process (started by the daemon or a supervisor)"),
    "scanner": Command("appliance.scanner", "a scanner process (started by the daemon or a supervisor)"),
    "signer": Command("appliance.signer", "the signer process (started by the daemon or a supervisor)"),
}

PRIVATE = frozenset({"run", "worker", "scanner", "signer", "receive"})
"""Commands that keep papers of persons: their files are for the owner and its group at most (0640, 0750)."""

OF_SETTINGS = frozenset({"C001", "C002", "C003", "C004", "K548", "K550", "K551"})
"""Codes of what only the settings, or a file that they name, can be wrong with: exit 2."""


def main(argv: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return Exit.DONE if words else Exit.USAGE
    if words[0] == "--version":
        print(f"appliance {__version__}")
        return Exit.DONE
    if words[0] not in COMMANDS:
        print(f"appliance: không có lệnh '{words[0]}' / no such command\n\n{usage()}", file=sys.stderr)
        return Exit.USAGE
    if words[0] in PRIVATE:
        os.umask(os.umask(0o077) | 0o027)
    return run(COMMANDS[words[0]], words[1:])


def run(command: Command, arguments: list[str]) -> int:
    """Load the command's module and run it; an error of the catalogue is printed, not traced."""
    follow_parent(signal.SIGTERM)  # a process that a daemon or a demo started ends with it
    try:
        function = getattr(importlib.import_module(command.module), command.function)
        return int(function(arguments))
    except ApplianceError as problem:
        return told(problem)
    except OSError as problem:  # a port in use, a folder of somebody else: not a fault of the program
        where = f"{problem.filename}: " if problem.filename else ""
        return told(REQUEST_REFUSED.error(reason=f"{where}{problem.strerror or problem}"))
    except KeyboardInterrupt:
        return Exit.FAILED


def told(problem: ApplianceError) -> int:
    """Print an error in both languages; return its exit code."""
    print(f"{problem.code}: {problem.vi}\n      {problem.en}", file=sys.stderr)
    return Exit.USAGE if problem.code in OF_SETTINGS else Exit.FAILED


def usage() -> str:
    """Return the help text."""
    width = max(len(name) for name in COMMANDS)
    lines = [f"  {name.ljust(width)}  {command.text}" for name, command in COMMANDS.items()]
    return "\n".join([
        "usage: appliance COMMAND [--help] ...", "", *lines, "",
        "exit codes: 0 done, 1 failed, 2 wrong use or settings, 3 something is held",
    ])
