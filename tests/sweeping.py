"""What is asked of a page in a real browser, the same for every page and view; each check returns the faults it finds.

`tests/test_sweep.py` asks it of the built site, and of pages with a fault planted in them, which must be reported.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STOPS = 40  # how many presses of Tab are followed on each page
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# All rules of axe-core that read a colour: two ask for contrast, and those of tables tell data from layout by the stripes
# of rows. No other can find anything in a page that is the same in all but its colours.
COLOUR_RULES = ["color-contrast", "link-in-text-block", "cat.tables"]


@dataclass(frozen=True, slots=True)
class View:
    """How a page is looked at: how wide, and in which of its two colour schemes."""

    width: int
    scheme: str


VIEWS = {"wide-light": View(1280, "light"), "wide-dark": View(1280, "dark"), "narrow": View(320, "light")}


class Tab:
    """A tab of the browser in one view, used for page after page; `home` is where all that a page asks for must be."""

    def __init__(self, browser: Any, view: View, home: str, axe: str | None = None, **options: Any) -> None:
        self.view, self.home, self.axe = view, home, axe
        self.context = browser.new_context(
            viewport={"width": view.width, "height": 900}, color_scheme=view.scheme, **options
        )
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.shape = ""
        self.page.on("request", self._request)
        self.page.on("requestfailed", self._failed)
        self.page.on(
            "response", lambda r: self.asked.append(f"request: {r.status} {r.url}") if r.status > 399 else None
        )
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda e: self.asked.append(f"console: {e}"))

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.home, "data:")):
            self.asked.append(f"request: {request.url}")

    def _failed(self, request: Any) -> None:
        # Leaving a page ends what it still asks for: its icon, or the request by which `mkdocs serve` tells of edits.
        if request.failure != "net::ERR_ABORTED":
            self.asked.append(f"request: {request.url} failed")

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.asked.append(f"console: {message.text}")

    def open(self, name: str) -> Any:
        self.asked.clear()
        self.page.goto(f"{self.home}/{name}")
        return self.page

    def faults(self, name: str, like: str = "") -> list[str]:
        """Open a page and return every fault found in it: as it opens, and with all that is folded opened.

        `like` is the shape it has in another view, in which axe-core has asked of it all that does not hang on colours.
        """
        page = self.open(name)
        found = [*wide(page), *focus_lost(page)]
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found += [*wide(page), *lost_controls(page), *small_targets(page), *double_ids(page)]
        if self.axe:
            self.shape = shape(page)
            found += axe_violations(page, self.axe, colours_only=self.shape == like)
        return [*found, *self.asked]

    def close(self) -> None:
        self.context.close()


def faults(tabs: Mapping[str, Tab], name: str) -> dict[str, list[str]]:
    """Return the faults of a page in each view; of two views that differ in no more than colours, the second is asked of those."""
    found, shapes = {}, dict[int, str]()
    for view, tab in tabs.items():
        found[view] = tab.faults(name, like=shapes.get(tab.view.width, ""))
        shapes.setdefault(tab.view.width, tab.shape)
    return found


def shape(page: Any) -> str:
    """Return a mark of all that makes a page but its colours: its elements as scripts left them, where each stands, and whether it shows."""
    mark: str = page.evaluate(
        """() => {
          let mark = 0, size = 0;
          const add = text => { size += text.length; for (let i = 0; i < text.length; i++) mark = (Math.imul(mark, 31) + text.charCodeAt(i)) | 0; };
          add(document.documentElement.outerHTML);
          for (const e of document.querySelectorAll('*')) {
            const b = e.getBoundingClientRect();
            add([b.x + scrollX, b.y + scrollY, b.width, b.height, e.checkVisibility({visibilityProperty: true, opacityProperty: true})].join());
          }
          return `${size} ${mark}`; }"""
    )
    return mark


def wide(page: Any) -> list[str]:
    """Return by how much a page is wider than its window."""
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"wide: {over} px more than the window"] if over > 0 else []


def focus_lost(page: Any) -> list[str]:
    """Press Tab again and again; return where the focus is not seen: no ring, no size, or not on the screen.

    A press tells of the stop that the press before it led to, so that one message is enough for each.
    """
    page.evaluate(
        """() => { window.stops = [];
           addEventListener('keydown', () => {
             const e = document.activeElement, b = e.getBoundingClientRect(), s = getComputedStyle(e);
             if (e === document.body) return;
             stops.push([e.outerHTML.slice(0, 120),
               s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && !/[,/] ?0\\)$|transparent/.test(s.outlineColor),
               b.width > 0 && b.height > 0 && b.left < innerWidth && b.right > 0 && b.top < innerHeight && b.bottom > 0]);
           }, true); }"""
    )
    hold_tab(page, STOPS + 1)
    found = []
    stops = page.evaluate("stops")
    if not stops:
        return ["focus: Tab leads nowhere"]
    for what, ring, seen in stops:
        if not ring:
            found.append(f"focus: no ring on {what}")
        if not seen:
            found.append(f"focus: not on the screen {what}")
    return found


def hold_tab(page: Any, presses: int) -> None:
    """Send presses of Tab one after another as a held key does, and wait for all of them together.

    To wait for each alone takes three times as long. What playwright offers waits; within it, the calls do not.
    """

    async def send() -> None:
        await asyncio.gather(*(page._impl_obj.keyboard.down("Tab") for _ in range(presses)))
        await page._impl_obj.keyboard.up("Tab")

    page._sync(send())


def lost_controls(page: Any) -> list[str]:
    """Return controls that no scrolling brings onto the screen; the link past the head comes when it has the focus."""
    found = page.evaluate(
        """[...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
           .filter(e => { const b = e.getBoundingClientRect();
             return b.width && !e.matches('.skip') && (b.right + scrollX <= 0 || b.bottom + scrollY <= 0); })
           .map(e => e.outerHTML.slice(0, 120))"""
    )
    return [f"controls: off the screen {what}" for what in found]


def small_targets(page: Any) -> list[str]:
    """Return links and summaries lower than 24 pixels that do not stand inside a sentence or alone in their line."""
    found = page.evaluate(
        """[...document.querySelectorAll('nav a, summary, .badge, .yaml a')]
           .filter(e => { const b = e.getBoundingClientRect(); return b.width && (b.height < 24 || b.width < 24); })
           .map(e => e.outerHTML.slice(0, 120))"""
    )
    return [f"target: too small {what}" for what in found]


def double_ids(page: Any) -> list[str]:
    """Return ids that are there twice, once scripts have run."""
    found = page.evaluate(
        """() => { const all = [...document.querySelectorAll('[id]')].map(e => e.id), seen = new Set();
           return all.filter(id => seen.size === seen.add(id).size); }"""
    )
    return [f"id: twice {what}" for what in found]


def axe_violations(page: Any, script: str, *, colours_only: bool = False) -> list[str]:
    """Return what axe-core finds wrong, by all rules or by those that read colours."""
    page.evaluate(script)
    found = page.evaluate(
        """([all, some]) => {
          const ids = tags => axe.getRules(tags).map(rule => rule.ruleId), kept = some && [...some, ...ids(some)];
          const rules = Object.fromEntries(ids(all).filter(id => kept && !kept.includes(id)).map(id => [id, {enabled: false}]));
          return axe.run(document, {runOnly: all, rules, resultTypes: ['violations'], preload: false, elementRef: false})
            .then(r => r.violations.map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 160)])); }""",
        [AXE_RULES, COLOUR_RULES if colours_only else None],
    )
    return [f"axe: {rule}, {count} times, first {what}" for rule, count, what in found]


# --- without a script ---


def unreadable(page: Any) -> list[str]:
    """Return what a page opened with scripts off does not show: text that is not laid out, and places kept for a script.

    Notes for readers without a script count as text; forms that a script shows are told apart by `hidden`.
    """
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    return page.evaluate(
        """() => {
          const main = document.querySelector('main'), found = [];
          if (main.innerText.trim().length < 40) found.push('unread: the page is empty');
          const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
            if (!text || e.closest('script, style, form[hidden], svg, .cell-label, [aria-hidden=true]')) continue;
            if (!e.checkVisibility({visibilityProperty: true, opacityProperty: true})) found.push('unread: ' + text.slice(0, 80));
          }
          for (const e of main.querySelectorAll('div, section, article, p, ul, ol, table, form, dl, fieldset')) {
            const b = e.getBoundingClientRect(), s = getComputedStyle(e);
            if (!e.textContent.trim() && !e.querySelector('svg, img, input') && !e.closest('[role=status]') && (b.height > 0 || parseFloat(s.marginTop) + parseFloat(s.marginBottom) > 40))
              found.push('empty: ' + e.outerHTML.slice(0, 120));
          }
          for (const e of main.querySelectorAll('button, input, select'))
            if (e.checkVisibility()) found.push('dead: a control that needs a script ' + e.outerHTML.slice(0, 120));
          return found; }"""
    )


# --- print ---


PAPER = View(688, "light")  # what is left of an A4 sheet between its margins, in pixels of a screen


def folded_on_paper(page: Any) -> list[str]:
    """Return what stays folded on paper though nobody opened it on the screen, or is wider than paper; the calculator is not printed."""
    before = page.viewport_size
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": PAPER.width, "height": before["height"]})
    found = page.evaluate(
        """[...document.querySelectorAll('details')].filter(d => !d.closest('.try, .contents, .filter'))
           .filter(d => [...d.children].some(e => e.tagName !== 'SUMMARY' && !e.checkVisibility()))
           .map(d => 'print: folded ' + d.querySelector('summary').innerText.slice(0, 120))"""
    )
    if page.evaluate("[...document.querySelectorAll('.try')].some(e => e.checkVisibility())"):
        found.append("print: the calculator is there")
    if (over := page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
        found.append(f"print: wider than the paper by {over} px")
    page.emulate_media(media="null")
    page.set_viewport_size(before)
    return found


def sheets(page: Any, folder: Path) -> list[str]:
    """Print a page as it stands into a PDF, and return the text of each sheet."""
    pdf = folder / "printed.pdf"
    page.pdf(path=str(pdf), prefer_css_page_size=True, format="A4")
    text = subprocess.run(["pdftotext", "-raw", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    return [sheet for sheet in text.split("\f") if sheet.strip()]


def packed(text: str) -> str:
    """Return a text without its spaces and soft signs, which lines on paper break elsewhere."""
    return re.sub(r"[\s\u00ad\u200b]+", "", text)


def sentences(page: Any) -> list[str]:
    """Return each run of text of a page that must be on paper: all that is read on the screen but the head's links and the form."""
    found: list[str] = page.evaluate(
        """() => { const found = [], blocks = 'p, li, dt, dd, th, td, h1, h2, h3, h4, summary, caption, text, figcaption, .badge, .action, .force, .yaml a, .yaml code, tspan';
          const from = document.querySelector('main'), walk = document.createTreeWalker(from, NodeFilter.SHOW_TEXT);
          let block = null, text = '';
          while (walk.nextNode()) {
            const e = walk.currentNode.parentElement;
            if (e.closest('script, style, noscript, form, .try, .contents, .eyebrow, .self, .unseen, .p-tall, title, desc, .cell-label')) continue;
            const own = e.closest(blocks);
            if (own !== block) { if (text.trim()) found.push(text.trim()); text = ''; block = own; }
            text += walk.currentNode.data;
          }
          if (text.trim()) found.push(text.trim());
          return [...found, document.querySelector('.disclaimer').innerText]; }"""
    )
    return found


def not_on_paper(page: Any, folder: Path, foot: Sequence[str]) -> list[str]:
    """Return sentences that are not on paper, and sheets without every part of the foot."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    parts = [packed(part) for part in foot]
    printed = [packed(sheet) for sheet in sheets(page, folder)]
    found = [
        f"sheet: {number} of {len(printed)} does not tell {part}"
        for number, sheet in enumerate(printed, 1)
        for part in parts
        if part not in sheet
    ]
    text = "".join(sheet.replace("·".join(parts), "") for sheet in printed)
    if any(packed(hint) in text for hint in page.locator(".try .hint").all_text_contents()):
        found.append("print: the calculator is there")
    return found + [f"print: not on paper {each[:160]}" for each in sentences(page) if packed(each) not in text]
