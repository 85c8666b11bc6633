"""What a station has to know of one device to serve it: how it is started, and which job a press asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.core import errors
from appliance.core.config import Config, Device, Job
from appliance.device.action import OnPress
from appliance.device.catalogue import Catalogue
from appliance.device.course import PRESS, SETTLED
from appliance.device.protocol import Hello, Pressed

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Duty:
    """One device in the settings.

    Attributes:
        jobs: every job of this host, by name.
        buttons: button sensors that its firmware profile names; empty when none can be read.
    """

    device: Device
    jobs: Mapping[str, Job]
    buttons: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the device."""
        return self.device.name

    def start_kind(self, hello: Hello | None = None) -> str:
        """Return SETTLED or PRESS; a driver that lacks every button, as ``hello`` says, leaves paper alone."""
        if self.device.start_kind != AUTO:
            return self.device.start_kind
        lacking = hello.lacking if hello is not None else ()
        return PRESS if set(self.buttons) - set(lacking) else SETTLED

    def job_for(self, pressed: Pressed) -> str:
        """Return the job that a press on the device selects: by number, else by button, else the usual one."""
        for mark in (str(pressed.function), pressed.button):
            for button in self.device.button:
                if button.on == mark:
                    return button.job
        return self.device.job

    def job_named(self, name: str) -> str:
        """Return a job's name as it was asked for; empty: whichever is due.

        Raises:
            ApplianceError: JOB_UNKNOWN.
        """
        if name and name not in self.jobs:
            raise errors.JOB_UNKNOWN.error(job=name, known=", ".join(sorted(self.jobs)))
        return name

    def on_press(self, job: str) -> OnPress:
        """Return what Start on the device means while a batch of ``job`` (empty: the usual one) is interrupted."""
        known = self.jobs.get(job or self.device.job)
        return OnPress(known.press_while_open) if known is not None else OnPress.GO_ON


def duties(config: Config, catalogue: Catalogue) -> tuple[Duty, ...]:
    """Return the duty of every device in the settings."""
    jobs = {job.name: job for job in (Job(name="default"), *config.job)}
    return tuple(Duty(device, jobs, _buttons(device, catalogue)) for device in config.device)


def _buttons(device: Device, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the button sensors of a device; only a driver on a cable can read any."""
    profile = catalogue.get(device.profile) if device.kind == "sane" else None
    return profile.start.buttons if profile is not None else ()
