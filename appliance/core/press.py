"""What a press of Start asks for, as settings: jobs, and the buttons that choose among them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.core import errors
from appliance.core.tables import setting

NAME = r"[^\x00-\x1f\x7f]{0,200}"
"""A name in one line: control characters can stand in no stamp and no package."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a press asks for: a rule profile and settings."""

    name: str = setting(doc="Name of the job.", pattern=r"[a-z0-9][a-z0-9_\-]{0,31}")
    rules: str = setting("archive-tt05-2025", doc="Rule profile (appliance/rules/*.toml).")
    separation: str = setting(
        "separators", doc="How documents are told apart: by separators; by a code on the first page of each; so "
        "many sheets each; or the whole batch is one.",
        choices=("separators", "first_page_code", "fixed_count", "one_dossier"))
    sheets_per_document: int = setting(1, doc="Sheets of paper in every document of separation fixed_count.", low=1,
                                       high=9999, unit="sheets")
    first_page_code: str = setting(
        "", doc="Of separation first_page_code: regular expression for the whole text of such a code, with a group "
        "(?P<reception>...) for the dossier code; (?P<component>...) and (?P<type>...) may be there.",
        pattern=r"[^\x00-\x1f\x7f]{0,500}")
    fragile_copy: bool = setting(False, doc="Whether every document is the certified copy of a fragile paper; "
                                 "form, number and date of each copy are then wanted (docs/papers.md).")
    dpi: int = setting(300, doc="Resolution asked of the device.", low=75, high=600, unit="dpi")
    duplex: bool = setting(True, doc="Both sides.")
    title: str = setting("Hồ sơ chưa biên mục", doc="Dossier title until the register gives one.", pattern=NAME)
    maintenance: str = setting("01", doc="Archive retention period code (thời hạn lưu trữ).", pattern=r"0[1-7]")
    mode: str = setting("01", doc="Access mode code (chế độ sử dụng).", pattern=r"0[1-3]")
    press_while_open: str = setting(
        "go_on", doc="What Start on the device means while an interrupted batch waits for paper: go_on, the paper "
        "lies right; ignore, only appliance resume goes on; end_dossier, the batch ends as it is.",
        choices=("go_on", "ignore", "end_dossier"))
    target_policy: str = setting(
        "ignore", doc="What no recent device check that passed means: flag marks a batch, block holds it.",
        choices=("ignore", "flag", "block"))
    target_max_age_hours: float = setting(12.0, doc="How long a device check that passed counts.", low=0.1,
                                          high=8760, unit="hours")
    register: str = setting(
        "optional", doc="What the register is for dossiers of this job: required, one that it has not is held; "
        "optional, it describes the dossiers that it has; none, nobody asks it.",
        choices=("required", "optional", "none"))
    identifiers: bool = setting(False, doc="Whether social-insurance numbers and citizen ids are read from the "
                                "pages, for the provenance in the package (docs/catalogue.md).")
    copy_form: str = setting("", doc="Form of the copy that the stamp says, where the rule profile has forms "
                             "(copy-nd30-2020): SAO Y, SAO LỤC or TRÍCH SAO.", pattern=NAME)
    file_code: str = setting("", doc="Dossier code where there is no separator; empty makes one from the batch.",
                             pattern=r"|[A-Z0-9][A-Z0-9.\-]{0,99}")
    separator_key_file: str = setting("", doc="File with the HMAC key of separators; empty means check value only.")


@dataclass(frozen=True, slots=True)
class Button:
    """What a press on the device selects."""

    on: str = setting(doc="Number that the device shows as its function, or the name of a button sensor.",
                      pattern=r"[0-9]{1,3}|[a-z][a-z0-9\-]{0,31}")
    job: str = setting(doc="The job it asks for.")


def check_job(job: Job) -> None:
    """Refuse a pattern that is none, or that lacks the group for the dossier code where it is needed.

    Raises:
        ApplianceError: CONFIG_BAD_VALUE.
    """
    try:
        groups = re.compile(job.first_page_code).groupindex
    except (re.error, RecursionError, OverflowError) as problem:
        groups, fault = {}, f": {problem}"
    else:
        fault = ""
    if fault or ("reception" not in groups and (job.first_page_code or job.separation == "first_page_code")):
        raise errors.CONFIG_BAD_VALUE.error(
            key=f"job.{job.name}.first_page_code", value=repr(job.first_page_code),
            allowed=f"a regular expression with (?P<reception>...){fault}")
