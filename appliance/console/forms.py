"""What a person can do on the page: the login, and the buttons of a device for who is logged in there."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from appliance.console.look import STYLE
from appliance.console.words import AGAIN, AT_THE_FORM, ORDERS, both, commands
from appliance.core.errors import NO_SECRET_UNCONFIRMED, PIN_STOPPED, SCANNER_UNCHECKED, ApplianceError
from appliance.core.errors.kind import fill
from appliance.logins import Login


@dataclass(frozen=True, slots=True)
class SigningView:
    """A person's own signing session: whether it makes sense, until when it is open, and whether a PIN is taken."""

    offered: bool = False
    until: str = ""
    here: bool = False


NO_SIGNING = SigningView()


@dataclass(frozen=True, slots=True)
class View:
    """What one browser may do at one device.

    Attributes:
        offered: whether anybody can log in at all; if not the page only shows.
        login: who is logged in there with this browser.
        taken: somebody is logged in there with another browser.
        jobs: what can be asked for, the device's own job first.
        said: what the last order was answered, in both languages, or empty.
        signing: the signing session of who is logged in.
    """

    offered: bool = False
    login: Login | None = None
    taken: bool = False
    jobs: tuple[str, ...] = ()
    said: tuple[str, str] | None = None
    signing: SigningView = NO_SIGNING


READ_ONLY = View()


def zone(device: dict[str, Any], view: View) -> str:
    """Return the operator's part of a device: a way to log in, or the buttons."""
    if view.login is None:
        return _way_in(device["name"], view) if view.offered else ""
    name, code = view.login.person.name, view.login.person.code
    said = view.said if view.said and view.said[0] != device.get("message_vi") else None
    return (f'<div class=who>{_told(said, "wide bad")}'
            f"<p>Người quét: <b>{escape(name)}</b> ({escape(code)})</p>"
            f"{_form('/logout', view.login, _button('leave', 'leave', view.login.device))}"
            f"<div class=wide></div>{_pledge(view.login)}"
            f"{_signing(view.signing, view.login)}"
            f"<div class=wide></div>{_form('/do', view.login, _orders(device, view))}</div>")


def nameless(batch: dict[str, Any]) -> bool:
    """Say whether a batch waits for the name of who scanned it."""
    return bool(batch["state"] == "held"
                and batch["code"] not in (SCANNER_UNCHECKED.code, NO_SECRET_UNCONFIRMED.code))


def unconfirmed(batch: dict[str, Any]) -> bool:
    """Say whether a batch waits for somebody to confirm that it holds no state secret."""
    return bool(batch["state"] == "held" and batch["code"] == NO_SECRET_UNCONFIRMED.code)


def claim(batch: str, login: Login, word: str = "claim") -> str:
    """Return the button by which a person says: I scanned this batch; or, ``confirm``: no state secret in it."""
    field = f'<input type=hidden name=batch value="{escape(batch)}">'
    return f"<div class=who>{_form(f'/{word}', login, field + _button(word, word, batch))}</div>"


def _pledge(login: Login) -> str:
    """Return how the person of a login confirms for every stack of that login, or takes that back."""
    word = "unconfirm" if login.no_secret else "confirm"
    said = "<p>Đã xác nhận không có bí mật nhà nước <span class=en>/ confirmed: no state secret</span></p>"
    return (said if login.no_secret else "") + _form("/confirm", login, _button(word, word, login.device))


def _signing(seen: SigningView, login: Login) -> str:
    """Return how the person of a login opens their own signing session, or ends it."""
    if not seen.offered:
        return ""
    if seen.until:
        return (f"<div class=wide></div><p>Phiên ký đang mở đến <b>{escape(seen.until)}</b> "
                f"<span class=en>/ signing session open until then</span></p>"
                f"{_form('/sign/close', login, _button('sign-close', 'close', login.device))}")
    if not seen.here:
        return ("<div class=wide></div><p>Mở phiên ký: tại chính máy chủ quét này "
                "<span class=en>/ signing session: at the scanner host itself only</span></p>")
    device = escape(login.device)
    return (f'<div class=wide></div><a class=button id="sign-{device}" href="/sign/open/{device}">'
            f"{both(ORDERS['sign-open'])}</a>")


def refused_page(code: str, said: tuple[str, str]) -> str:
    """Return the page that says why something was refused, with the way back."""
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{code}</title><style>{STYLE}</style></head>'
        f"<body class=card><h1>Chưa thực hiện được <span class=en>/ not done</span></h1>{_told(said, 'tell')}"
        f'<p><a class=button href="/">Quay lại <span class=en>/ back</span></a> <span class=en>{code}</span></p>'
        "</body></html>")


def signing_page(login: Login, problem: ApplianceError | None = None) -> str:
    """Return the page on which a person gives the PIN of their own token; ``problem``: why it was refused."""
    said = None if problem is None else AT_THE_FORM.get(problem.code, (problem.kind.vi, problem.kind.en))
    if problem is not None and said is not None:
        said = fill(said[0], problem.details), fill(said[1], problem.details)
    again = AGAIN if problem is not None and problem.kind is PIN_STOPPED else ""
    device, name = escape(login.device), escape(login.person.name)
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>Mở phiên ký – {device}</title>'
        f"<style>{STYLE}</style></head><body class=card>"
        f"<h1>Mở phiên ký <span class=en>/ open signing session</span></h1>"
        f"<p><b>{name}</b> ({escape(login.person.code)})</p>{_told(said, 'tell')}"
        "<p>Cắm thiết bị ký của chính mình. Phiên ký dài nhất 10 giờ; rút thiết bị là phiên kết thúc.<br>"
        "<span class=en>Insert your own token. The session lasts 10 hours at most and ends when the token is "
        "removed.</span></p>"
        f'<form method=post action="/sign/open/{device}"><input type=hidden name=form value="{escape(login.form)}">'
        "<label for=pin>Mã PIN thiết bị ký <span class=en>/ token PIN</span></label>"
        f"<input id=pin name=pin type=password required maxlength=64 autocomplete=off autofocus>{again}"
        f"<button class=go>{both(ORDERS['sign-open'])}</button></form>"
        '<p><a href="/">Quay lại <span class=en>/ back</span></a></p></body></html>')


def login_page(device: str, token: str, view: View, code: str = "") -> str:
    """Return the page on which a person logs in; ``view.said`` tells why the last try was refused."""
    name = escape(device)
    taken = ("<p>Một người khác đang đăng nhập ở máy này; phiên của người đó sẽ kết thúc.<br><span class=en>"
             "Somebody else is logged in here; that login ends with yours.</span></p>") if view.taken else ""
    at_code, at_pin = ("", " autofocus") if code else (" autofocus", "")
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>Đăng nhập – {name}</title>'
        f"<style>{STYLE}</style></head><body class=card>"
        f"<h1>Đăng nhập người quét <span class=en>/ log in</span></h1><p>Máy quét <b>{name}</b></p>"
        f"{_told(view.said, 'tell')}{taken}"
        f'<form method=post action="/login/{name}"><input type=hidden name=form value="{escape(token)}">'
        '<label for=code>Mã nhân viên <span class=en>/ staff code</span></label>'
        f'<input id=code name=code required maxlength=32 autocomplete=username autocapitalize=characters '
        f'spellcheck=false value="{escape(code)}"{at_code}><label for=pin>Mã PIN</label>'
        f"<input id=pin name=pin type=password required maxlength=64 autocomplete=current-password{at_pin}>"
        "<label class=tick><input type=checkbox name=no_secret value=1> Tôi xác nhận: giấy tờ tôi quét trong phiên "
        "này không có bí mật nhà nước <span class=en>/ I confirm: no state secret in what I scan</span></label>"
        f'<button class=go>{both(("Đăng nhập", "log in"))}</button></form>'
        '<p><a href="/">Quay lại <span class=en>/ back</span></a></p></body></html>')


def _told(said: tuple[str, str] | None, kind: str) -> str:
    """Return what an order was answered."""
    if said is None:
        return ""
    return f'<p class="{kind}" role=alert>{commands(said[0])}<br><span class=en>{commands(said[1])}</span></p>'


def _way_in(device: str, view: View) -> str:
    taken = ("<p>Đang có người đăng nhập từ trình duyệt khác. <span class=en>/ Somebody is logged in from another "
             "browser.</span></p>" if view.taken else "")
    return (f'<div class=who>{taken}<a class=button id="in-{escape(device)}" href="/login/{escape(device)}">'
            f"{both(('Đăng nhập để điều khiển máy', 'log in to operate'))}</a></div>")


def _form(action: str, login: Login, inner: str) -> str:
    return (f'<form method=post action="{action}/{escape(login.device)}">'
            f'<input type=hidden name=form value="{escape(login.form)}">{inner}</form>')


def _orders(device: dict[str, Any], view: View) -> str:
    """Return the buttons that make sense in the state of the device."""
    state, name = device["state"], device["name"]
    if state == "scanning":
        return _button("cancel", "cancel", name, "stop")
    if state == "ready":
        first, *others = view.jobs
        more = "".join(_button("other", f"press:{job}", f"{name}-{job}", job=job) for job in others)
        return _button("press", f"press:{first}", name, "go") + more
    on = _button("resume", "resume", name, "go") if state == "reload" else ""
    return on + _ending(name) if device.get("batch") else ""


def _ending(name: str) -> str:
    """Return the way to end a batch as it is, one step further away than the others."""
    return (f'<details id="end-{escape(name)}"><summary id="sum-{escape(name)}">Kết thúc lượt quét… '
            "<span class=en>/ finish the batch…</span></summary>"
            "<p>Các tờ chưa quét không vào lượt này. <span class=en>/ What is not scanned is left out.</span></p>"
            f"{_button('finish', 'finish', name, 'stop')}</details>")


def _button(word: str, order: str, key: str, kind: str = "", job: str = "") -> str:
    vi, en = ORDERS[word]
    texts = (vi.format(job=job), en.format(job=job))
    return (f'<button id="{word}-{escape(key)}" name=order value="{escape(order)}" class="{kind}">'
            f"{both(texts)}</button>")
