"""The one hook of the site: every page that is made from the guidelines, made while MkDocs builds.

MkDocs loads this file by its path; `site/` is no package and nothing imports it. The folder of guidelines is
checked at each build, and a problem in it, or an example that does not come out as it says, stops the build. Under
`mkdocs serve` this module lives on between builds, and pages are kept whose every ingredient is the same, by content.
Templates get the objects of the model and `library.wording`; they hold markup and loops, no conditions.
"""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import posixpath
import re
import threading
import traceback
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

from igguide import wording
from igguide.agreement_map import STATES, AgreementMap, agreement_map
from igguide.band_map import age_limits, band_map
from igguide.bars import ABOUTS_IN_AMOUNTS, Scale, dose_bars, gram_bars
from igguide.bibliography import bibtex, csl_json
from igguide.boxed import HEADING, may_give_immunoglobulin
from igguide.decision import Decision, boxed_data
from igguide.document import Document
from igguide.dose_table import dose_table
from igguide.errors import Place
from igguide.evaluate import (
    CautionResult,
    Dose,
    GradeResult,
    MonitoringResult,
    PositionResult,
    RuleResult,
    SilenceResult,
    facts_read,
)
from igguide.examples import Example, ExampleFile, run_example
from igguide.finding import OWN_PAGES, Entry, anchor_of, glossary, glossary_entries, handbook, lists, search_index
from igguide.grade_table import grade_table
from igguide.library import Checked, Library, Memory, check_folder
from igguide.lines import FORMS
from igguide.linked_data import linked_data
from igguide.model import (
    Citation,
    Condition,
    Fact,
    Grade,
    GradeIs,
    Group,
    Named,
    Position,
    Recommendation,
    Row,
    Topic,
    citations_of_product,
    direction,
)
from igguide.news import ANCHORS, EDITORIAL, atom, by_day, gone_anchors, history_of, news
from igguide.news import KINDS as NEWS
from igguide.picture import bands_tall, bands_wide, ladder, map_tall, map_wide, parted_said, timeline, whom_said
from igguide.portable import portable
from igguide.situations import situations
from igguide.succession import in_force, replaced, successions
from igguide.trace import Step
from igguide.truth import NEGATED, NO, UNKNOWN, YES
from igguide.vectors import vectors, vectors_text
from igguide.yaml_reader import read_document

log = get_plugin_logger("igguide")
SCHEMAS = ("topic", "position", "examples", "facts", "sources", "products", "not-encoded", "decision", "portable")


def on_pre_build(config: MkDocsConfig) -> None:
    """Keep what is asked for under `mkdocs serve` waiting until the build has come to an end."""
    if _SERVING:
        _BUILDING.acquire()
        _WAITING.clear()
        _EMPTY.clear()


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every page and file that is made from the guidelines, and the navigation."""
    gc.disable()  # what is made here lives until the build ends: looking for garbage in it costs a fifth of the time
    try:
        return _with_pages(files, config)
    finally:
        if not _SERVING:
            gc.freeze()  # the process ends with the build, and need not look through all of it once more for that
        gc.enable()


def _with_pages(files: Files, config: MkDocsConfig) -> Files:
    root = Path(config.config_file_path).parent
    checked = check_folder(root / "guidelines", memory=_MEMORY)
    if checked.library is None:
        raise PluginError("The guidelines have problems:\n" + "\n".join(f"guidelines/{p}" for p in checked.problems))
    extra = config.extra
    site = _Site(checked, checked.library, root, extra.get("repository"), extra.get("feedback"), config.site_url)
    try:
        made = list(site.made())
    except jinja2.TemplateError as error:
        raise PluginError(_template_error(error)) from error
    kind = _Waiting if _SERVING else File
    for item in made:
        file = kind.generated(config, item.path, content=item.content, inclusion=item.inclusion)
        files.append(file)
        if item.title is not None:
            _Finished(item, file, config)
    config.nav = site.navigation()
    config.extra["notice"] = wording.DISCLAIMER
    config.extra["library"] = {"version": site.library.version, "digest": site.library.digest, "day": site.day}
    return files


class _Finished(Page):
    """A page that is made here: its body is HTML, which neither YAML nor Markdown need read."""

    def __init__(self, made: _Made, file: File, config: MkDocsConfig) -> None:
        super().__init__(made.title, file, config)
        self.made = made

    def read_source(self, config: MkDocsConfig) -> None:
        """There is no source to read."""
        self.markdown = ""

    def render(self, config: MkDocsConfig, files: Files) -> None:
        """Take the finished body, and tell MkDocs the anchors in it."""
        self.content = self.made.content
        self.present_anchor_ids = None if self.made.anchors is None else set(self.made.anchors)


def on_env(env: jinja2.Environment, config: MkDocsConfig, files: Files) -> jinja2.Environment:
    """Give the theme `once`, for what is the same on many pages: it is rendered for the first of them alone."""
    kept: dict[tuple[object, ...], str] = {}

    def once(*key: object, caller: Callable[[], str]) -> str:
        if key not in kept:
            kept[key] = caller()
        return kept[key]

    env.globals["once"] = once
    return env


def on_post_build(config: MkDocsConfig) -> None:
    """Put the whole site into a zip inside it, for use without a network; the same site gives the same bytes.

    Whoever edits does not wait for it: `mkdocs serve` leaves it out.
    """
    if _SERVING:
        _BUILDING.release()
        return
    folder = Path(config.site_dir)
    target = folder / _ZIP
    target.unlink(missing_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and path != target):
            name = f"igguide/{path.relative_to(folder).as_posix()}"
            content = path.read_bytes()
            if path.name == "downloads.html":  # the zip does not lie inside itself
                content = _LINK_TO_ZIP.sub(b"<li>This is the whole site, unpacked", content)
            packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED, 1)


def on_startup(command: str, dirty: bool) -> None:
    """Note whether the site is built to be published, or again and again for an editor."""
    _SERVING[:] = [True] if command == "serve" else []
    if _SERVING:
        logging.getLogger("mkdocs.commands.build").addFilter(_is_no_page_skipped)


def _is_no_page_skipped(record: logging.LogRecord) -> bool:
    """Return whether a message is another than that a page is empty, as each is that waits."""
    return not record.getMessage().startswith("Page skipped")


def on_build_error(error: Exception) -> None:
    """Let go of what a build held that came to no end."""
    with suppress(RuntimeError):  # it may not have begun
        _BUILDING.release()


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Under `mkdocs serve`, write no page before it is asked for: to write a thousand takes longer than to make them."""
    if not _SERVING:
        return output
    _WAITING[page.file.dest_uri] = output
    return ""


class _Waiting(File):
    """A file that `mkdocs serve` writes once it is asked for."""

    def copy_file(self, dirty: bool = False) -> None:
        """Keep what is to be written."""
        _WAITING[self.dest_uri] = self.content_string


def on_serve(server: LiveReloadServer, config: MkDocsConfig, builder: object) -> LiveReloadServer:
    """Write a page or a file that waits when it is asked for, and then let MkDocs answer."""
    answer = server.get_app()
    folder = Path(config.site_dir)

    def app(environ: Any, start_response: Any) -> Any:
        address = environ["PATH_INFO"].removeprefix(server.mount_path) or "index.html"
        told: list[Any] = []
        _write_what_waits(address, folder)
        body = answer(environ, lambda *status: told.append(status))
        if told[0][0].startswith("404"):  # MkDocs may have waited for a build, which left the page to be written
            _write_what_waits(address, folder)
            return answer(environ, start_response)
        start_response(*told[0])
        return body

    server.set_app(app)
    return server


def _write_what_waits(address: str, folder: Path) -> None:
    """Write what was not written yet, once no build is going on."""
    with _BUILDING:
        text = _WAITING.pop(address, None)
        if text is None:
            return
        if address in _EMPTY:
            try:
                text = text.replace(_STUB, next(item.content for item in _EMPTY[address]() if item.address == address))
            except jinja2.TemplateError as error:
                log.error("%s", _template_error(error))
        file = folder / address
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", errors="xmlcharrefreplace")


_SERVING: list[bool] = []
_BUILDING = threading.RLock()  # held while MkDocs builds, and while what waits is made
_WAITING: dict[str, str] = {}  # what `mkdocs serve` has not written yet, by address
_EMPTY: dict[str, Callable[[], list[_Made]]] = {}  # what makes the content of that which is not even made yet
_STUB = "<p>This page is made when it is opened. If it stays like this, the terminal says why.</p>"
_ZIP = "igguide-site.zip"
_LINK_TO_ZIP = re.compile(rb'<li><a href="igguide-site.zip">[^<]*</a>[^<]*<code>[^<]*</code>')


def _template_error(error: jinja2.TemplateError) -> str:
    """Return what is wrong with a template, after the innermost file and line that the error passed through."""
    frames = traceback.extract_tb(error.__traceback__)
    found = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames if frame.filename.endswith(".html")]
    return f"site/templates/{found[-1] if found else ''}: the template cannot be rendered: {error}"


@dataclass(frozen=True, slots=True)
class _Made:
    """A page, which has a title and whose content is HTML, or a plain file of the site."""

    path: str
    content: str
    inclusion: InclusionLevel = InclusionLevel.UNDEFINED
    title: str | None = None
    anchors: frozenset[str] | None = frozenset()  # None where they are not known yet

    @property
    def address(self) -> str:
        """Return where it is read, as seen from the root of the site."""
        return self.path if self.title is None else self.path.removesuffix(".md") + ".html"


_MEMORY = Memory()  # of the files and the checks of the last build in this process
_CAME_OUT: dict[str, str] = {}  # the files whose examples came out as they say, with their stamps
_KEPT: dict[str, tuple[str, str, list[_Made]]] = {}  # what was made, with the stamp of all it was made from


@dataclass(slots=True)
class _Site:
    """The pages of one build."""

    checked: Checked
    library: Library
    root: Path
    repository: str | None
    feedback: str | None
    address: str | None
    templates: jinja2.Environment = field(init=False)
    day: date = field(init=False)
    shape: str = field(init=False)
    shared: str = field(init=False)
    boxed: str = field(init=False)
    stamps: dict[str, str] = field(init=False)
    run: dict[str, list[Case]] = field(init=False)

    def __post_init__(self) -> None:
        self.day = day_of(self.library)
        self.shape = self._shape()
        self.shared = self._shared()
        self.boxed = _digest(map(repr, self._boxed()))
        self.templates = _templates(self.root / "site" / "templates")
        self.templates.globals.update(library=self.library, words=self.library.wording, wording=wording)
        self.templates.globals.update(picture=_pictures(self.library.wording), map_states=STATES, day=self.day)
        self.templates.globals["meanings"] = _meanings(self.root / "schema")
        self.stamps = {topic: self._stamp(topic) for topic in self.library.topics}
        self.run = {}
        for file in self.checked.examples:
            self._come_out(file)

    def _shape(self) -> str:
        """Return the stamp of what every page is made from, beside the guidelines and its template."""
        told = [self.library.version, self.day.isoformat(), str(self.repository), str(self.feedback)]
        told += [_schema_file(self.root / "schema", kind) for kind in SCHEMAS]
        # Whether a date may lie ahead is asked by the lines of any topic.
        told += [fact.name for fact in self.library.facts.values() if fact.may_be_planned]
        return _digest(told)

    def _shared(self) -> str:
        """Return the stamp of every fact, source and product, and of the lines on which they stand."""
        names = [name for name in self.checked.documents if name.split("/")[0] in ("facts", "sources", "products")]
        return f"{self.shape} {_MEMORY.stamp(names)}"

    def _boxed(self) -> Iterator[tuple[object, str, str | None]]:
        """Yield what the pages tell of each boxed warning, and where it was read."""
        words = self.library.wording
        for each in self.library.context.boxed:
            for product in each.products:
                assert product.boxed_warning
                cite = product.boxed_warning.cite
                yield boxed_data(each), words.short_source(cite.source), words.read_in(cite)

    def _stamp(self, topic: str) -> str:
        """Return the stamp of all that is made from a topic, or nothing where that is not known: of its files, and of the
        facts and sources that they rest on, and of what the labels of products warn of where it gives immunoglobulin.
        """
        own = _MEMORY.stamp_with_basis(name for name in self.checked.documents if name.startswith(f"{topic}/"))
        boxed = self.boxed if may_give_immunoglobulin(self.library.topics[topic]) else ""
        return own and f"{self.shape} {own} {boxed}"

    def template(self, name: str) -> str:
        """Return the stamp of a template and of those that it takes in."""
        texts: dict[str, str] = {}
        waiting = [name]
        while waiting:
            each = waiting.pop()
            if each not in texts:
                texts[each] = (self.root / "site" / "templates" / each).read_text(encoding="utf-8")
                waiting += _TAKEN_IN.findall(texts[each])
        return _digest(texts.values())

    def _come_out(self, file: ExampleFile) -> None:
        """Run the examples of a position, unless all that their answers rest on is as it was when they came out right."""
        names = [f"{file.topic}/topic.yaml", f"{file.address}.yaml", file.file]
        own = _MEMORY.stamp_of_answers(names)
        stamp = own and f"{self.shape} {own}"
        if not stamp or _CAME_OUT.get(file.file) != stamp:
            self.run.update(_cases([file], self.library))
            _CAME_OUT[file.file] = stamp

    def cases(self, topic: Topic) -> dict[str, list[Case]]:
        """Return the worked examples of each position of a topic; they are run once in a build, where they are wanted."""
        missing = [file for file in self.checked.examples if file.topic == topic.id and file.address not in self.run]
        self.run.update(_cases(missing, self.library))
        return self.run

    def _is_kept(self, name: str, stamp: str) -> bool:
        return bool(stamp) and name in _KEPT and _KEPT[name][0] == stamp

    def kept(self, name: str, stamp: str, make: Callable[[], Iterable[_Made]]) -> list[_Made]:
        """Return what was made before under this name from the same things, or else make it.

        The digest of the whole library stands in some files and changes with each; it is written anew.
        """
        now = self.library.digest
        if self._is_kept(name, stamp):
            _, before, made = _KEPT[name]
            if before != now:
                made = [replace(item, content=item.content.replace(before, now)) for item in made]
        else:
            made = list(make())
        _KEPT[name] = stamp, now, made
        return made

    def navigation(self) -> list[Any]:
        """Return what the head of each page leads to; pages of topics stand in it so that MkDocs knows them."""
        topics = [{topic.title: f"topics/{topic.id}.md"} for topic in self.library.topics.values()]
        decisions = sorted((self.root / "site" / "pages" / "decisions").glob("*.md"))
        return [
            {"Topics": ["index.md", *topics]},
            {"Search": ["search.md", "find.md", "glossary.md"]},
            {"Changes": ["changes.md", "as-of.md"]},
            {"How to read": "how-to-read.md"},
            {"Products": "products.md"},
            {"Facts": "facts.md"},
            {"Sources": "sources.md"},
            {
                "Reference": [
                    "editors-guide.md",
                    "line-forms.md",
                    "not-encoded.md",
                    "downloads.md",
                    "schema/index.md",
                    *(f"schema/{kind}.md" for kind in SCHEMAS),
                ]
            },
            {"About": ["about.md", *(f"decisions/{page.name}" for page in decisions)]},
        ]

    def made(self) -> Iterator[_Made]:
        """Yield every page and file."""
        now = standing(self.library.topics.values(), self.library.wording)
        yield self.page("index.md", "index.html", "IgGuide", standing=now, areas=self.areas())
        for topic in self.library.topics.values():
            yield from self.of_topic(topic)
        stamp = f"{self.shared} {self.template('facts.html')} {self.template('products.html')}"
        yield from self.kept("vocabulary", stamp, self.vocabulary)
        uses = _uses(self.library)
        stamp = f"{self.shared} {self.template('sources.html')} {_digest([repr(uses)])}"
        yield from self.kept("sources", stamp, lambda: [self.page("sources.md", "sources.html", "Sources", uses=uses)])
        yield self.page("line-forms.md", "line-forms.html", "Forms of a line", forms=FORMS)
        yield from self.finding_aids()
        yield from self.time()
        yield self.page("downloads.md", "downloads.html", "For machines")
        yield self.page("not-encoded.md", "not-encoded.html", "Not encoded", listed=self.checked.not_encoded)
        yield _Made("sources.json", csl_json(self.library.sources.values()))
        yield _Made("sources.bib", bibtex(self.library.sources.values()))
        stamp = f"{self.shape} {self.template('schemas.html')} {self.template('schema.html')}"
        yield from self.kept("schemas", stamp, self.schemas)
        yield from self.files()

    def vocabulary(self) -> Iterator[_Made]:
        """Yield what rules are written with: facts and products."""
        facts = self.library.facts
        yield self.page("facts.md", "facts.html", "Facts", files=_by_file(facts.values()), tables=side_by_side(facts))
        yield self.page("products.md", "products.html", "Products")

    def areas(self) -> list[tuple[str, list[Topic]]]:
        """Return the topics of the front page by area; those of no area come last. A name that is wrong is warned of."""
        topics = dict(self.library.topics)
        found: list[tuple[str, list[Topic]]] = []
        for area in _own_yaml(self.root / "site" / "areas.yaml"):
            listed: list[Topic] = []
            for name in area["topics"]:
                if name in topics:
                    listed.append(topics.pop(name))
                else:
                    said = "stands here twice" if name in self.library.topics else "is no topic in guidelines/"
                    log.warning("site/areas.yaml: `%s`, under `%s`, %s. Take it out.", name, area["title"], said)
            found.append((area["title"], listed))
        return [*found, ("More topics", list(topics.values()))] if topics else found

    def of_topic(self, topic: Topic) -> Iterator[_Made]:
        """Yield the files of a topic for machines, its page, and the page of its worked examples."""
        stamp = self.stamps[topic.id]
        rules = partial(self.kept, f"rules/{topic.id}", stamp, partial(self.for_machines, topic))
        files = [_Made(f"topics/{topic.id}.{name}.json", _STUB) for name in ("rules", "vectors")]
        yield from self.when_asked(f"rules/{topic.id}", stamp, rules, files)
        page = _Made(f"topics/{topic.id}.md", _STUB, title=topic.title, anchors=None)
        pages = {"topic.html": (page, partial(self.topic_page, topic, page, rules))}
        if any(file.examples for file in self.checked.examples if file.topic == topic.id):
            title = f"Worked examples: {topic.title}"
            page = _Made(f"examples/{topic.id}.md", _STUB, InclusionLevel.NOT_IN_NAV, title, None)
            pages["examples.html"] = (page, partial(self.examples_page, topic, page))
        for template, (page, make) in pages.items():
            name, own = f"{template}/{topic.id}", stamp and f"{stamp} {self.template(template)}"
            yield from self.when_asked(name, own, partial(self.kept, name, own, make), [page])

    def when_asked(self, name: str, stamp: str, make: Callable[[], list[_Made]], empty: list[_Made]) -> list[_Made]:
        """Return what is made; under `mkdocs serve` what is new stays empty, and is made once it is asked for.

        Whoever edits a fact waits for the page that is open, not for the pages of all topics that rest on it.
        """
        if not _SERVING or self._is_kept(name, stamp):
            return make()
        _EMPTY.update(dict.fromkeys((item.address for item in empty), make))
        return empty

    def for_machines(self, topic: Topic) -> Iterator[_Made]:
        """Yield the rules of a topic, and records with their answers."""
        yield _Made(f"topics/{topic.id}.rules.json", _as_json(portable(self.library, topic)))
        examples = [file for file in self.checked.examples if file.topic == topic.id]
        cases = self.cases(topic)
        decided = {file.file: [case.decision for case in cases[file.address]] for file in examples}
        yield _Made(f"topics/{topic.id}.vectors.json", vectors_text(vectors(self.library, examples, decided)))

    def topic_page(self, topic: Topic, empty: _Made, rules: Callable[[], list[_Made]]) -> Iterator[_Made]:
        """Yield the page of a topic."""
        facts = self.library.facts
        yield self.filled(
            empty,
            "topic.html",
            topic=topic,
            rules=_inside_script(rules()[0].content),
            linked=Markup(linked_data(self.library, topic)),
            **self.compared(topic),
            replaced=replaced(topic, self.day),
            times={time.position.id: time for time in in_force([topic])},
            successions=successions([topic], self.library.wording),
            situations=situations(topic, facts),
            doses={p.id: dose_table(p, facts) for p in topic.positions.values()},
            shown=self.shown(topic),
            boxed=self.library.context.boxed if may_give_immunoglobulin(topic) else (),
            boxed_heading=HEADING,
            graded=grade_table(topic, facts),
            banded=band_map(topic, self.library.in_force(topic.id, self.day), facts),
            limits=age_limits(self.library.in_force(topic.id, self.day), facts),
            examples={file.position: file.examples for file in self.checked.examples if file.topic == topic.id},
            asks={p.id: [facts[name] for name in facts_read(p, facts)] for p in topic.positions.values()},
        )

    def examples_page(self, topic: Topic, empty: _Made) -> Iterator[_Made]:
        """Yield the page of a topic's worked examples."""
        yield self.filled(empty, "examples.html", topic=topic, cases=self.cases(topic))

    def shown(self, topic: Topic) -> list[tuple[PositionResult, RuleResult | None]]:
        """Return the answers for the patient that the page of a topic shows: rules that hold, the largest dose first."""
        if topic.patient is None:
            return []
        decision = self.library.evaluate(topic.patient.record, as_of=topic.patient.as_of, topics=[topic.id])
        rows: list[tuple[PositionResult, RuleResult | None]] = []
        for result in decision.topics[0].positions:
            rows += [(result, rule) for rule in result.rules.values() if rule.holds == YES] or [(result, None)]
        return sorted(rows, key=lambda row: (row[1] is None, -_most(row[1].dose if row[1] else None)))

    def finding_aids(self) -> Iterator[_Made]:
        """Yield the search page with its index, the lists, and the glossary."""
        synonyms, words = (_own_yaml(self.root / "site" / name) for name in ("synonyms.yaml", "glossary.yaml"))
        yield self.page("search.md", "search.html", "Search")
        yield _Made("search-index.js", search_index(self.library, synonyms, self.written_by_hand(words), self.day))
        yield self.page("find.md", "find.html", "Index", lists=lists(self.library, self.day))
        yield self.page("glossary.md", "glossary.html", "Glossary", glossary=glossary(self.library, words))

    def written_by_hand(self, words: Iterable[Mapping[str, str]]) -> Iterator[Entry]:
        """Yield what the search finds outside the guidelines: the pages in Markdown and the words of the glossary."""
        folder = self.root / "site" / "pages"
        for page in sorted(folder.rglob("*.md")):
            yield from handbook(page.relative_to(folder).with_suffix(".html").as_posix(), page.read_text("utf-8"))
        yield from OWN_PAGES
        yield from glossary_entries(words)

    def time(self) -> Iterator[_Made]:
        """Yield what changed, as a page and as a feed, and what was in force when."""
        topics = self.library.topics.values()
        items = news(topics)
        yield self.page(
            "changes.md",
            "changes.html",
            "Changes",
            news=items,
            days=by_day(item for item in items if item.kind != "new"),
            kinds=NEWS,
            editorial=EDITORIAL,
            conditions=sorted({name for topic in topics for name in topic.conditions}, key=str.lower),
            successions=sorted(
                successions(topics, self.library.wording), key=lambda each: each.on or date.min, reverse=True
            ),
        )
        yield _Made("feed.atom", atom(items, self.address))
        yield self.page("as-of.md", "as-of.html", "In force", lines=in_force(topics))

    def files(self) -> Iterator[_Made]:
        """Yield every guideline file, as it is and as a page with numbered lines."""
        template = f"{self.shape} {self.template('yaml.html')}"
        for name, document in self.checked.documents.items():
            own = _MEMORY.stamp([name])
            stamp = own and f"{template} {own}"
            yield from self.kept(f"guidelines/{name}", stamp, partial(self.of_file, document))

    def of_file(self, document: Document) -> Iterator[_Made]:
        """Yield a guideline file as it is and as a page with numbered lines."""
        name = document.file
        yield _Made(f"guidelines/{name}", "\n".join(document.lines) + "\n")
        yield self.page(
            f"guidelines/{name}.md",
            "yaml.html",
            name,
            InclusionLevel.NOT_IN_NAV,
            name=name,
            lines=_numbered(document.lines),
        )

    def compared(self, topic: Topic) -> dict[str, Any]:
        """Return the map of agreement and the bars of a topic; where amounts are the question, bars stand in its place."""
        found, grams = self.map_of(topic), gram_bars(self.shown(topic))
        bars: tuple[Scale, ...] = grams
        if not grams and (found is None or found.fact.kind == "yes-no" or topic.about in ABOUTS_IN_AMOUNTS):
            bars = dose_bars(topic, self.library.in_force(topic.id, self.day))
        replaced_by = grams or (bars and topic.about == "infusion-rate")
        return {"map": None if replaced_by else found, "bars": bars, "grams": bool(grams)}

    def map_of(self, topic: Topic) -> AgreementMap | None:
        """Return the map of agreement of the positions in force on the day of the library."""
        current = self.library.in_force(topic.id, self.day)
        compiled = [self.library.compiled[each.address] for each in current]
        routes = {name: product.routes for name, product in self.library.products.items()}
        return agreement_map(topic, compiled, self.library.facts, routes=routes)

    def schemas(self) -> Iterator[_Made]:
        """Yield the reference of every schema, and the schemas themselves."""
        read = {kind: json.loads(_schema_file(self.root / "schema", kind)) for kind in SCHEMAS}
        yield self.page("schema/index.md", "schemas.html", "Schemas", schemas=read)
        for kind, schema in read.items():
            yield _Made(f"schema/{kind}.schema.json", _schema_file(self.root / "schema", kind))
            yield self.page(
                f"schema/{kind}.md",
                "schema.html",
                f"Schema: {kind}",
                kind=kind,
                schema=schema,
                fields=list(fields(schema)),
                parts={name: list(fields(part)) for name, part in schema["$defs"].items()},
            )

    def page(
        self,
        path: str,
        template: str,
        title: str,
        inclusion: InclusionLevel = InclusionLevel.UNDEFINED,
        **context: Any,
    ) -> _Made:
        """Return a page rendered from a template."""
        return self.filled(_Made(path, "", inclusion, title), template, **context)

    def filled(self, empty: _Made, template: str, **context: Any) -> _Made:
        """Return a page with its body, rendered with the functions that make links from where it stands."""
        to = partial(_relative, empty.path)
        links = {"to": to, "at": partial(self.at, to), "report": partial(self.report, to)}
        body = self.templates.get_template(template).render(**links, **context)
        return replace(empty, content=f"<div>\n{body}\n</div>\n", anchors=_anchors(body))

    def at(self, to: Callable[[str], str], place: Place) -> str:
        """Return the address of a line of a YAML file: in the repository if that is known, else in the site."""
        if self.repository:
            return f"{self.repository.rstrip('/')}/guidelines/{place.file}#L{place.line}"
        return to(f"guidelines/{place.file}.html#L{place.line}")

    def report(self, to: Callable[[str], str], rule: str) -> str:
        """Return where a mistake in a rule is reported: the address in mkdocs.yml with the rule's id in it, or a page."""
        if self.feedback:
            return self.feedback.replace("{id}", quote(rule))
        return f"{to('about.html')}?rule={quote(rule, safe='')}#feedback"


# How a template takes in another; a name that is worked out as the page is made would not be found here, and none is.
_TAKEN_IN = re.compile(r"""{%-?\s*(?:include|import|from|extends)\s+["']([^"']+)["']""")


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _anchors(body: str) -> frozenset[str]:
    """Return the ids in a page; an expression would take a tenth of the time of the page."""
    return frozenset(after.partition('"')[0] for after in body.split(' id="')[1:])


def _relative(page: str, target: str) -> str:
    """Return the address of a page of the site as seen from another, so that it works from file://."""
    path, mark, fragment = target.partition("#")
    return _way(path, posixpath.dirname(page) or ".") + mark + fragment


@cache
def _way(path: str, folder: str) -> str:
    return posixpath.relpath(path, folder)


@cache
def _templates(folder: Path) -> jinja2.Environment:
    """Return the environment of the templates: everything escaped, a misspelt field stops the build.

    It lives as long as the process: a template is compiled again when its file changes.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name, kind in {"group": Group, "named": Named, "graded": GradeIs}.items():
        made.tests[name] = _is_a(kind)
    made.filters.update(
        anchor=anchor_of,
        code=_code,
        charted=charted,
        capital=_capital,
        lower_first=wording.lower_first,
        spaced=wording.name_text,
    )
    made.globals.update(
        direction=direction,
        colour=colour,
        by_action=by_action,
        terms=terms,
        reasons=reasons,
        how_read=how_read,
        answered=answered,
    )
    made.globals.update(history_of=history_of, gone_anchors=gone_anchors, anchors=ANCHORS)
    return made


def colour(action: str) -> str:
    """Return in which colour an action is shown: to reduce is no call to give more, though it is for what it is about."""
    return "neither" if action == "reduce" else direction(action)


def by_action(position: Position) -> list[list[Recommendation]]:
    """Return a position's rules in groups that do the same about the same, as the file has them."""
    groups: dict[tuple[str, str], list[Recommendation]] = {}
    for rule in position.recommendations.values():
        groups.setdefault((rule.action, rule.about), []).append(rule)
    return list(groups.values())


def _is_a(kind: type) -> Callable[[object], bool]:
    def test(value: object) -> bool:
        return isinstance(value, kind)

    return test


def _as_json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _inside_script(text: str) -> Markup:
    """Return JSON as it may stand inside a script element: no `</` ends it early, and no `&` is taken for a sign."""
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))


def _capital(text: str) -> str:
    """Return a phrase with its first letter large and the others as they are (IgG stays IgG)."""
    return text[:1].upper() + text[1:]


def _code(text: str) -> Markup:
    """Return a text in which what stands between backticks is code."""
    parts = re.split(r"`([^`]+)`", text)
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))


_KEY_OR_COMMENT = re.compile(r"^(?:(?P<comment>\s*#.*)|(?P<before>\s*(?:- )?)(?P<key>[\w.-]+:)(?=\s|$))")


def _coloured(line: str) -> str:
    """Return a line of YAML, escaped already, with its comment or its key marked."""
    found = _KEY_OR_COMMENT.match(line)
    if not found:
        return line
    if found["comment"] is not None:
        return f'<span class="y-comment">{line}</span>'
    return f'{found["before"]}<span class="y-key">{found["key"]}</span>{line[found.end() :]}'


def _numbered(lines: Iterable[str]) -> Markup:
    """Return the lines of a YAML file as elements, each with its number as a link to it."""
    escaped = str(escape("\n".join(lines))).split("\n")
    return Markup(
        "\n".join(
            f'<div id="L{i}"><a href="#L{i}" aria-label="Line {i}">{i}</a><code>{_coloured(line)}</code></div>'
            for i, line in enumerate(escaped, 1)
        )
    )


def _schema_file(folder: Path, kind: str) -> str:
    return (folder / f"{kind}.schema.json").read_text(encoding="utf-8")


def _meanings(folder: Path) -> dict[str, dict[str, str]]:
    """Return what the words of closed lists mean, from the schema, where editors read it too."""
    position, examples, sources = (json.loads(_schema_file(folder, k)) for k in ("position", "examples", "sources"))
    parts = position["$defs"]
    nodes = {
        "status": position["properties"]["status"],
        "strength": parts["recommendation"]["properties"]["strength"],
        "certainty": parts["recommendation"]["properties"]["certainty"],
        "severity": parts["caution"]["properties"]["severity"],
        "basis": examples["$defs"]["example"]["properties"]["basis"],
        "read_as": sources["$defs"]["reference"]["properties"]["read-as"],
    }
    return {name: dict(zip(node["enum"], node["enumDescriptions"], strict=True)) for name, node in nodes.items()}


# --- rules ---


def terms(condition: Condition | None) -> list[Condition]:
    """Return the parts of a condition that must all hold, one by one; what is not an `all` stays whole."""
    if condition is None:
        return []
    if isinstance(condition, Group) and condition.join == "all":
        return [term for part in condition.parts for term in terms(part)]
    return [condition]


def how_read(position: Position, words: wording.Wording) -> list[str]:
    """Return how a position's source was read where it was not read itself; one that bears on some parts alone says so."""
    cites = [part.cite for _, parts in _parts_of(position) for part in parts if part.cite]
    ways = [words.how_read(cite) for cite in cites]
    return [way if all(ways) and len({*ways}) == 1 else f"partly {way}" for way in dict.fromkeys(ways) if way]


def standing(topics: Iterable[Topic], words: wording.Wording) -> dict[str, int]:
    """Return how far the encoding has come, in numbers: positions, drafts, rules, rules read second-hand or verified."""
    positions = [position for topic in topics for position in topic.positions.values()]
    rules = [rule for position in positions for rule in position.recommendations.values()]
    return {
        "positions": len(positions),
        "drafts": sum(position.status == "draft" for position in positions),
        "rules": len(rules),
        "second_hand": sum(words.how_read(rule.cite) is not None for rule in rules),
        "verified": sum(rule.cite.verified is not None for rule in rules),
    }


def _most(dose: Dose | None) -> Decimal:
    """Return the upper end of a dose in the unit it was worked out in, 0 where there is none: it is only sorted by."""
    return (dose.amount.high if dose and dose.amount else None) or Decimal(0)


def day_of(library: Library) -> date:
    """Return the day on which the guidelines were last changed: the site shows what is in force on it."""
    return max(
        (change.on for topic in library.topics.values() for p in topic.positions.values() for change in p.history),
        default=date.min,
    )


def _own_yaml(path: Path) -> Any:
    document, problems = read_document(path)
    if problems:
        raise PluginError("\n".join(map(str, problems)))
    return document.data


def _pictures(words: wording.Wording) -> dict[str, Callable[..., Any]]:
    """Return the pictures for templates, as markup, and what is said of them; nothing where there is no picture to draw."""

    def marked(text: str | None) -> Markup:
        return Markup(text or "")

    return {
        "map": lambda of, name, title: marked(map_wide(of, name, title, words) + map_tall(of, name, title, words)),
        "parted": lambda of, about: parted_said(of, about, words),
        "whom": lambda row: whom_said(row, words),
        "bands": lambda grade, name: marked((bands_wide(grade, name) or "") + (bands_tall(grade, name) or "")),
        "ladder": lambda rule, position, name: marked(ladder(rule, position, name, words)),
        "timeline": lambda monitor, name: marked(timeline(monitor, name, words)),
    }


# --- worked examples ---


@dataclass(frozen=True, slots=True)
class Case:
    """An example as the interpreter answers it, cut down to the parts that the example is about."""

    example: Example
    decision: Decision
    result: PositionResult
    rules: tuple[RuleResult, ...]
    grades: tuple[GradeResult, ...]
    cautions: tuple[CautionResult, ...]
    monitoring: tuple[MonitoringResult, ...]
    silent: tuple[SilenceResult, ...]


def _cases(files: Iterable[ExampleFile], library: Library) -> dict[str, list[Case]]:
    """Return the worked examples of each position. One that does not come out as it says stops the build."""
    found: dict[str, list[Case]] = {}
    wrong = []
    for file in files:
        own = found.setdefault(file.address, [])
        for example in file.examples:
            decision, mismatches = run_example(example, file, library)
            wrong += [f"guidelines/{mismatch}" for mismatch in mismatches]
            own.append(_case(example, decision))
    if wrong:
        raise PluginError("Examples do not come out as they say:\n" + "\n".join(wrong))
    return found


def _case(example: Example, decision: Decision) -> Case:
    result, expect = decision.topics[0].positions[0], example.expect
    named = {rule for key in ("holds", "emphasis", "dose", "missing") for rule in expect.get(key, {})}
    return Case(
        example,
        decision,
        result,
        tuple(rule for name, rule in result.rules.items() if name in named or (not named and rule.holds == YES)),
        tuple(grade for name, grade in result.grades.items() if name in expect.get("grades", {})),
        tuple(caution for caution in result.cautions if caution.caution.id in expect.get("cautions", {})),
        tuple(monitor for monitor in result.monitoring if monitor.monitoring.id in expect.get("monitoring", {})),
        tuple(silence for silence in result.silent if silence.silence.id in expect.get("silent", {})),
    )


def answered(example: Example, position: Position) -> str:
    """Return the answer that an example comes out with, in a word or two: what is advised, a grade, no, or not known."""
    expect = example.expect
    named = {**expect.get("holds", {}), **dict.fromkeys(expect.get("dose", {}), YES)}
    rules = [position.recommendations[name] for name, holds in named.items() if holds == YES]
    told = [wording.lower_first(wording.action_text(rule.action, rule.about)) for rule in rules]
    told += [wording.band_text(band) for band in expect.get("grades", {}).values() if band != UNKNOWN]
    for kind, word in (("cautions", "caution"), ("monitoring", "monitor"), ("silent", "left open")):
        told += [word for holds in expect.get(kind, {}).values() if holds == YES]
    if told:
        words = list(dict.fromkeys(told))
        return "; ".join(words[:2]) + (f" and {len(words) - 2} more" if len(words) > 2 else "")
    if expect.get("applies") == NO:
        return "not for this patient"
    found = [
        expect.get("applies"),
        *named.values(),
        *(v for k in ("cautions", "monitoring") for v in expect.get(k, {}).values()),
    ]
    return (
        "not known"
        if UNKNOWN in found or "missing" in expect
        else "problem in the record"
        if "problems" in expect
        else "no"
    )


def reasons(step: Step | None) -> list[Step]:
    """Return the lines that decided a step's answer, or that leave it open."""
    return [] if step is None else list({id(part.node): part for part in _deciding(step)}.values())


def _deciding(step: Step) -> Iterator[Step]:
    if not step.parts:
        yield step
        return
    if isinstance(step.node, GradeIs):
        yield step
    for part in step.parts:
        if part.answer in _telling(step):
            yield from _deciding(part)


def _telling(step: Step) -> tuple[str, ...]:
    """Return which answers of its parts tell why a step is answered as it is."""
    node = step.node
    if isinstance(node, Grade):
        return (YES, UNKNOWN)
    if isinstance(node, Group) and node.join == "at_least":
        return tuple(NEGATED)
    if isinstance(node, Group) and node.join == "none":
        return (NEGATED[step.answer],)
    return (step.answer,)


def charted(value: object) -> str:
    """Return a value of a plain record as one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {charted(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(charted, value)) or "none"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


# --- facts and sources ---


def _by_file(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Return the facts under the files they stand in."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(Path(fact.place.file).stem, []).append(fact)
    return found


@dataclass(frozen=True, slots=True)
class Ages:
    """Tables by age side by side: for each stretch of ages between two printed limits, the row of each table."""

    facts: tuple[Fact, ...]
    rows: tuple[tuple[Row, Row | None, tuple[Row | None, ...]], ...]


_DAYS = {"d": Decimal(1), "wk": Decimal(7), "mo": Decimal("30.4375"), "a": Decimal("365.25")}


def side_by_side(facts: Mapping[str, Fact]) -> Ages:
    """Return every table by age beside the others; the limits of all tables divide the rows."""
    tabled = tuple(fact for fact in facts.values() if fact.table)
    starts = {_start(row): row for fact in tabled if fact.table for row in reversed(fact.table.rows)}
    order = sorted(starts)
    return Ages(
        tabled,
        tuple(
            (
                starts[start],
                starts[order[i + 1]] if i + 1 < len(order) else None,
                tuple(_row_at(start, fact) for fact in tabled),
            )
            for i, start in enumerate(order)
        ),
    )


def _start(row: Row) -> Decimal:
    """Return roughly how many days an age is, to put ages in order."""
    return row.low * _DAYS[row.low_unit]


def _row_at(start: Decimal, fact: Fact) -> Row | None:
    for row in fact.table.rows if fact.table else ():
        end = None if row.below is None else row.below * _DAYS[row.below_unit or ""]
        if _start(row) <= start and (end is None or start < end):
            return row
    return None


@dataclass(frozen=True, slots=True)
class Use:
    """A place that rests on a source: its title, its address in the site, and whether the source was read for another."""

    title: str
    target: str
    through: bool


def _uses(library: Library) -> dict[str, list[Use]]:
    """Return what rests on each source, as cited or as the page through which another was read."""
    found: dict[str, list[Use]] = {name: [] for name in library.sources}
    for title, target, cite in _cited(library):
        found[cite.source].append(Use(title, target, False))
        if cite.via:
            found[cite.via].append(Use(title, target, True))
    return found


def _cited(library: Library) -> Iterator[tuple[str, str, Citation]]:
    for topic in library.topics.values():
        for position in topic.positions.values():
            page = f"topics/{topic.id}.html#{position.id}"
            short = library.wording.short_source(position.id)
            for kind, parts in _parts_of(position):
                for part in parts:
                    if part.cite:
                        yield f"{short}: {part.title or part.id}", f"{page}--{kind}{part.id}", part.cite
    for fact in library.facts.values():
        if fact.cite:
            yield fact.title, f"facts.html#{fact.name}", fact.cite
    for product in library.products.values():
        for cite in {(cite.source, cite.via): cite for cite in citations_of_product(product)}.values():
            yield product.name, f"products.html#{product.id}", cite


def _parts_of(position: Position) -> Iterator[tuple[str, Iterable[Any]]]:
    """Yield the parts of a position with what stands before their name in an address; rules stand alone."""
    yield "", position.recommendations.values()
    yield "grade--", position.grades.values()
    yield "criterion--", position.criteria.values()
    yield "dose--", position.dosing.values()
    yield "monitoring--", position.monitoring.values()
    yield "caution--", position.cautions.values()
    yield "evidence--", position.evidence.values()


# --- schemas ---


@dataclass(frozen=True, slots=True)
class SchemaField:
    """A field of a schema as the reference prints it; `part` names the definition that its values follow."""

    path: str
    title: str
    description: str
    kind: str
    part: str | None
    required: bool
    choices: tuple[tuple[str, str], ...]


def fields(node: Mapping[str, Any], prefix: str = "") -> Iterator[SchemaField]:
    """Yield the fields of an object in order, each followed by the fields inside it."""
    for name, found in node.get("properties", {}).items():
        kind, part = _kind_of(found)
        choices = tuple(zip(found.get("enum", ()), found.get("enumDescriptions", ()), strict=True))
        required = name in node.get("required", ())
        yield SchemaField(
            prefix + name, found.get("title", ""), found.get("description", ""), kind, part, required, choices
        )
        yield from _inside(found, prefix + name)


def _inside(node: Mapping[str, Any], path: str) -> Iterator[SchemaField]:
    yield from fields(node, f"{path}.")
    for key, mark in (("items", "[]"), ("additionalProperties", ".<name>")):
        if isinstance(node.get(key), Mapping):
            yield from _inside(node[key], path + mark)


def _kind_of(node: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return what a field holds in a word or two, and the definition it refers to."""
    if "$ref" in node:
        return "", node["$ref"].rsplit("/", 1)[1]
    if isinstance(node.get("items"), Mapping):
        inner, part = _kind_of(node["items"])
        return f"list of {inner}".strip(), part
    if isinstance(node.get("additionalProperties"), Mapping):
        inner, part = _kind_of(node["additionalProperties"])
        return f"map from names to {inner}".strip(), part
    if "enum" in node:
        return "one of", None
    kind = node.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else kind, None
