"""How the page looks, and the few lines that keep it fresh. Nothing is loaded from elsewhere."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; font-family: system-ui, "Noto Sans", sans-serif; --line: #8884; --go: #176b3a; }
body { margin: 1.5rem auto; max-width: 62rem; padding: 0 1rem; line-height: 1.45; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
th { font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; }
.stages { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .4rem; padding: 0;
  list-style: none; }
@media (min-width: 48rem) { .stages { grid-template-columns: repeat(8, minmax(0, 1fr)); } }
.stages li { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .6rem; }
.stages b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
.tell { border-left: .4rem solid #c60; padding: .6rem 1rem; background: #c601; margin: .6rem 0; }
.ok { border-color: #284; background: #2841; } .en { opacity: .75; font-size: .9em; font-weight: 400; }
.bad { color: #b30; font-weight: 600; } .whole { white-space: nowrap; }
.who { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin-top: .6rem; padding-top: .6rem;
  border-top: 1px solid var(--line); }
.who form { display: contents; } .who p { margin: 0; } .wide, .who details { flex-basis: 100%; }
.who summary { cursor: pointer; padding: .2rem; } .who details p { margin: .6rem 0; }
button, .button { font: inherit; padding: .45rem 1rem; border: 1px solid #8888; border-radius: .4rem;
  cursor: pointer; background: #8882; color: inherit; text-decoration: none; display: inline-block; }
button.go { background: var(--go); border-color: var(--go); color: #fff; font-weight: 600; padding: .6rem 1.4rem; }
button.stop { border-color: #b30; } button:hover, .button:hover { filter: brightness(1.12); }
button:focus-visible, a:focus-visible, input:focus-visible, summary:focus-visible {
  outline: 3px solid #36c; outline-offset: 2px; }
.card { max-width: 26rem; margin: 3rem auto; } .card label { display: block; margin-top: 1rem; font-weight: 600; }
.card input { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; margin-top: .25rem; }
.card .tick { font-weight: 400; } .card .tick input { width: auto; }
.card button { margin-top: 1.4rem; width: 100%; }
#stale { position: sticky; top: 0; background: #b30; color: #fff; padding: .5rem 1rem; margin: 0; }
@media (prefers-color-scheme: dark) { .bad { color: #f96; } }
"""

SCRIPT = """
"use strict";
// Every three seconds the parts that have changed are put in place; focus and opened parts stay as they are.
async function turn() {
  const stale = document.getElementById("stale");
  try {
    const answer = await fetch("/", { cache: "no-store", credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("section[id]")) {
      const other = next.getElementById(part.id);
      if (other && other.innerHTML !== part.dataset.seen) put(part, other.innerHTML);
    }
    stale.hidden = true;
  } catch (problem) { stale.hidden = false; }
  setTimeout(turn, 3000);
}
function put(part, html) {
  const focus = part.contains(document.activeElement) ? document.activeElement.id : "";
  const opened = [...part.querySelectorAll("details[open]")].map((one) => one.id);
  part.innerHTML = part.dataset.seen = html;
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  if (focus) document.getElementById(focus)?.focus();
}
for (const part of document.querySelectorAll("section[id]")) part.dataset.seen = part.innerHTML;
setTimeout(turn, 3000);
"""
