"""The site: built once, strictly, into a folder of its own; then read as a browser and a reader would."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from igguide.basis import names_in
from igguide.library import Library, Parts, check_folder, load_folder, looked_into
from igguide.library import _library as library_of
from igguide.lines import FORMS
from igguide.model import (
    AgeComparison,
    Comparison,
    Condition,
    GradeIs,
    Line,
    Named,
    Position,
    TimeSince,
    direction,
    lines_of,
)
from igguide.quantity import plain
from igguide.wording import DISCLAIMER, action_text

mkdocs_build = pytest.importorskip("mkdocs.commands.build")
mkdocs_config = pytest.importorskip("mkdocs.config")
mkdocs_errors = pytest.importorskip("mkdocs.exceptions")

ROOT = Path(__file__).parents[1]
LIBRARY = load_folder(ROOT / "guidelines")
POSITIONS = [position for topic in LIBRARY.topics.values() for position in topic.positions.values()]
MOST_BYTES_OF_THEME = 190_000
# What scripts there are, by the page that may load them; the index of the search is data and not part of the theme.
INDEX = "search-index.js"
SCRIPTS = {
    "topics/": ("try.js", "try-form.js"),
    "index.html": (INDEX, "search.js"),
    "search.html": (INDEX, "search.js"),
    "changes.html": ("dates.js",),
    "as-of.html": ("dates.js",),
    "about.html": ("feedback.js",),
}
DATA_ELEMENTS = [{"type": "application/json", "id": "try-rules"}, {"type": "application/ld+json"}]
PUBLISHED = ROOT / "tests" / "published-ids.txt"


def build(root: Path, target: Path) -> None:
    config = mkdocs_config.load_config(str(root / "mkdocs.yml"), site_dir=str(target))
    config.plugins.on_startup(command="build", dirty=False)
    mkdocs_build.build(config)


def copy_of_the_sources(to: Path, *, all_topics: bool = False) -> Path:
    """Copy all that a site is built from, but only a few topics unless asked for all, so that a build takes a moment."""
    for name in ("site", "schema", *(["guidelines"] if all_topics else [])):
        shutil.copytree(ROOT / name, to / name)
    if all_topics:
        shutil.copy(ROOT / "mkdocs.yml", to)
        return to
    (to / "guidelines").mkdir()
    for name in ("facts", "sources", "products", "car-t-igg-replacement", "icans-grading", POSITIONS[0].topic):
        shutil.copytree(ROOT / "guidelines" / name, to / "guidelines" / name, dirs_exist_ok=True)
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    # Pages written by hand may lead to topics that are not here.
    (to / "mkdocs.yml").write_text(config.replace("strict: true", "strict: false"), encoding="utf-8")
    return to


def without_zip(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file() and path.suffix not in (".zip", ".gz"))
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


# --- a small reader of HTML ---

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parts: list[Element | str] = field(default_factory=list)

    def all(self) -> Iterator[Element]:
        yield self
        for part in self.parts:
            if isinstance(part, Element):
                yield from part.all()

    @property
    def text(self) -> str:
        return " ".join(" ".join(p if isinstance(p, str) else p.text for p in self.parts).split())


class Reader(HTMLParser):
    """Reads a page into elements, and notes what is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].parts.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].tag == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> at line {self.getpos()[0]} closes <{self.open[-1].tag}>")

    def handle_data(self, data: str) -> None:
        if self.open[-1].tag != "script":
            self.open[-1].parts.append(data)


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    reader.close()
    return reader


def ids(page: Element) -> list[str]:
    return [element.attributes["id"] for element in page.all() if "id" in element.attributes]


def by_id(page: Element, wanted: str) -> Element:
    return next(element for element in page.all() if element.attributes.get("id") == wanted)


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, Reader]:
    return {path.relative_to(site).as_posix(): read(path) for path in sorted(site.rglob("*.html"))}


# --- where things are ---


def test_the_output_folder_is_never_the_folder_of_the_sources() -> None:
    config = mkdocs_config.load_config(str(ROOT / "mkdocs.yml"))
    assert Path(config.site_dir) == ROOT / "build" / "site"
    assert Path(config.docs_dir) == ROOT / "site" / "pages"
    assert "site" not in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_the_theme_is_small_and_has_only_the_scripts_that_try_a_patient(site: Path) -> None:
    assets = [path for path in site.rglob("*") if path.suffix in (".css", ".js", ".woff2", ".svg")]
    assert sum(path.stat().st_size for path in assets if path.name != INDEX) < MOST_BYTES_OF_THEME
    assert {path.name for path in site.rglob("*.js")} <= {name for names in SCRIPTS.values() for name in names}


# --- what stands on the pages ---


@pytest.mark.parametrize("position", POSITIONS, ids=lambda p: p.address)
def test_every_position_and_rule_has_its_anchor(position: Position, pages: dict[str, Reader]) -> None:
    found = ids(pages[f"topics/{position.topic}.html"].root)
    assert {position.id, *(f"{position.id}--{rule}" for rule in position.recommendations)} <= set(found)
    assert {f"{position.id}--grade--{grade}" for grade in position.grades} <= set(found)


@pytest.mark.parametrize("topic", LIBRARY.topics.values(), ids=lambda t: t.id)
def test_every_topic_has_a_page_with_its_question_and_the_way_to_it(topic: Any, pages: dict[str, Reader]) -> None:
    assert topic.question in pages[f"topics/{topic.id}.html"].root.text
    assert topic.title in pages["index.html"].root.text


def all_lines(condition: Condition | None, position: Position) -> Iterator[Line]:
    for line in lines_of(condition):
        yield line
        if isinstance(line, Named):
            yield from all_lines(position.criteria[line.criterion].when, position)


def number_of(line: Line) -> str | None:
    if isinstance(line, Comparison | AgeComparison):
        return plain(line.number)
    if isinstance(line, TimeSince):
        return str(line.number)
    return None


def stands_in(number: str, text: str) -> bool:
    return re.search(rf"(?<![\d.]){re.escape(number)}(?![\d]|\.\d)", text) is not None


RULES = [(position, rule) for position in POSITIONS for rule in position.recommendations.values()]


@pytest.mark.parametrize(("position", "rule"), RULES, ids=[f"{p.address}/{r.id}" for p, r in RULES])
def test_a_rule_shows_its_numbers_and_all_that_goes_with_it(
    position: Position, rule: Any, pages: dict[str, Reader]
) -> None:
    section = by_id(pages[f"topics/{position.topic}.html"].root, f"{position.id}--{rule.id}")
    lists = " ".join(part.text for part in section.all() if part.attributes.get("class") == "when")
    for condition in (rule.when, rule.especially_when):
        for line in all_lines(condition, position):
            number = number_of(line)
            assert number is None or stands_in(number, lists), line.text
            if not isinstance(line, Named | GradeIs):
                assert LIBRARY.wording.line(line, position) in lists
    for text in (rule.title, rule.says, rule.reading, rule.as_printed):
        assert text is None or " ".join(text.split()) in section.text
    links = {part.attributes.get("href", "") for part in section.all() if part.tag == "a"}
    assert f"../guidelines/{rule.place.file}.html#L{rule.place.line}" in links
    source = LIBRARY.sources[rule.cite.source]
    assert source.link is None or source.link in links
    assert (LIBRARY.wording.how_read(rule.cite) or "compared") in section.text
    assert rule.cite.via is None or LIBRARY.wording.how_read(rule.cite) is not None
    assert ("not yet compared with the source itself" in section.text) == (rule.cite.verified is None)


@pytest.mark.parametrize("position", POSITIONS, ids=lambda p: p.address)
def test_grades_show_every_band_and_number(position: Position, pages: dict[str, Reader]) -> None:
    for grade in position.grades.values():
        table = by_id(pages[f"topics/{position.topic}.html"].root, f"{position.id}--grade--{grade.id}").text
        for band in grade.bands:
            for line in lines_of(band.when):
                assert LIBRARY.wording.line(line, position) in table


def test_the_link_of_a_rule_leads_to_its_line(pages: dict[str, Reader]) -> None:
    for position, rule in RULES:
        line = by_id(pages[f"guidelines/{rule.place.file}.html"].root, f"L{rule.place.line}")
        assert f"{rule.id}:" in line.text, position.address


def test_every_fact_source_form_and_schema_field_is_on_its_reference_page(pages: dict[str, Reader]) -> None:
    assert set(LIBRARY.facts) <= set(ids(pages["facts.html"].root))
    assert set(LIBRARY.sources) <= set(ids(pages["sources.html"].root))
    forms = pages["line-forms.html"].root.text
    assert all(form.form in forms and form.example in forms for form in FORMS)
    for path in (ROOT / "schema").glob("*.schema.json"):
        page = pages[f"schema/{path.name.split('.')[0]}.html"].root.text.replace(" ", "")
        for description in descriptions(json.loads(path.read_text(encoding="utf-8"))):
            assert "".join(description.replace("`", "").split()) in page, description


def descriptions(node: Any) -> Iterator[str]:
    """Yield the description of a schema, of its parts, and of every field in them."""
    yield node.get("description", "")
    for field_ in (*node.get("properties", {}).values(), *node.get("$defs", {}).values()):
        yield from descriptions(field_)
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from (d for f in node[key].get("properties", {}).values() for d in descriptions(f))


def test_every_page_has_one_heading_one_notice_and_its_landmarks(pages: dict[str, Reader]) -> None:
    for name, page in pages.items():
        tags = [element.tag for element in page.root.all()]
        assert tags.count("h1") == tags.count("main") == 1, name
        assert {"header", "nav", "footer"} <= set(tags), name
        assert page.root.text.count(DISCLAIMER) == 1, name
        assert next(element for element in page.root.all() if element.tag == "title").text, name


# --- links, ids, and nothing from outside ---


def test_elements_close_in_order_and_no_id_is_there_twice(pages: dict[str, Reader]) -> None:
    for name, page in pages.items():
        assert page.faults == [], name
        found = ids(page.root)
        assert len(found) == len(set(found)), (name, sorted({i for i in found if found.count(i) > 1}))


def test_every_local_link_and_fragment_leads_somewhere(site: Path, pages: dict[str, Reader]) -> None:
    known = {name: set(ids(page.root)) for name, page in pages.items()}
    broken = [
        (name, link)
        for name, page in pages.items()
        for link in addresses(page.root)
        if not urlsplit(link).scheme and not leads_somewhere(site, name, link, known)
    ]
    assert broken == []


def addresses(page: Element) -> Iterator[str]:
    for element in page.all():
        for name in ("href", "src"):
            if name in element.attributes:
                yield element.attributes[name]


def leads_somewhere(site: Path, page: str, link: str, known: dict[str, set[str]]) -> bool:
    parts = urlsplit(link)
    target = (site / page).parent / unquote(parts.path) if parts.path else site / page
    if not target.is_file() or site not in target.resolve().parents:
        return False
    name = target.resolve().relative_to(site.resolve()).as_posix()
    return not parts.fragment or unquote(parts.fragment) in known.get(name, set())


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[str, Reader]) -> None:
    for name, page in pages.items():
        for element in page.root.all():
            assert element.tag not in ("iframe", "object", "embed"), name
            if element.tag == "script":
                allowed = next(scripts for start, scripts in SCRIPTS.items() if name.startswith(start))
                up = "../" * name.count("/")
                assert element.attributes in [*DATA_ELEMENTS, *({"src": up + script} for script in allowed)], name
            assert "style" not in element.attributes, name
            for key in ("src", "srcset", "poster", "data", "action", *(["href"] if element.tag != "a" else [])):
                assert not urlsplit(element.attributes.get(key, "")).scheme, (name, element)
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "@import" not in text
        assert "url(" not in text


# What may change its name: headings, pictures, parts of the form; and worked examples, which are numbered by their place, so
# that a link kept alive would lead to another patient.
PASSING = re.compile(r"--(title|ladder|timeline|bands)|--[td]$|--example--")


def lost_links(pages: dict[str, Reader], known: set[str]) -> tuple[list[str], set[str]]:
    """Return which of the known links to a position, a rule or another part of it lead nowhere now, and all there are."""
    now = {
        f"{name}#{anchor}"
        for name, page in pages.items()
        if name.startswith("topics/")
        for anchor in ids(page.root)
        if ("--" in anchor and not PASSING.search(anchor)) or anchor in LIBRARY.topics[Path(name).stem].positions
    }
    return sorted(known - now), now


def test_links_to_what_was_published_stay_valid(pages: dict[str, Reader], record_texts: bool) -> None:
    """Ids that were on the site once are kept; `--record` adds what is new and never takes one away."""
    known = set(PUBLISHED.read_text(encoding="utf-8").split())
    lost, now = lost_links(pages, known)
    if record_texts:
        gone = {  # where what was taken out may have stood, under every kind of part
            f"{name}#{part.attributes['id']}"
            for name, page in pages.items()
            for part in page.root.all()
            if part.attributes.get("class") == "gone"
        }
        PUBLISHED.write_text("\n".join(sorted(known | (now - gone))) + "\n", encoding="utf-8")
    assert lost == []


def test_a_published_link_that_leads_nowhere_is_told(site: Path, pages: dict[str, Reader]) -> None:
    position, rule = RULES[0]
    name, anchor = f"topics/{position.topic}.html", f"{position.id}--{rule.id}"
    renamed = Reader()
    renamed.feed((site / name).read_text(encoding="utf-8").replace(f'id="{anchor}"', f'id="{anchor}-renamed"'))
    known = set(PUBLISHED.read_text(encoding="utf-8").split())
    assert lost_links({**pages, name: renamed}, known)[0] == [f"{name}#{anchor}"]


def test_the_checker_of_links_sees_faults(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<p id="x"><a href="a.html#y">1</a><a href="b.html">2</a></b><i id="x">', "utf-8")
    page = read(tmp_path / "a.html")
    known = {"a.html": set(ids(page.root))}
    assert [leads_somewhere(tmp_path, "a.html", link, known) for link in addresses(page.root)] == [False, False]
    assert leads_somewhere(tmp_path, "a.html", "#x", known)
    assert page.faults
    assert ids(page.root) == ["x", "x"]


# --- the front page, and what comes first ---


def test_the_front_page_leads_to_each_topic_once_and_none_is_left_over(site: Path) -> None:
    links = [link for link in addresses(read(site / "index.html").root) if link.startswith("topics/")]
    assert sorted(links) == sorted(f"topics/{topic}.html" for topic in LIBRARY.topics)
    assert "More topics" not in (site / "index.html").read_text(encoding="utf-8")


def test_a_wrong_name_among_the_areas_is_told_and_a_topic_of_no_area_is_shown_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = copy_of_the_sources(tmp_path)
    areas = "- {title: One, topics: [icans-grading, icans-grading, itp-grown-up]}\n"
    (root / "site" / "areas.yaml").write_text(areas, encoding="utf-8")
    build(root, tmp_path / "built")
    assert "site/areas.yaml: `icans-grading`, under `One`, stands here twice. Take it out." in caplog.text
    assert "site/areas.yaml: `itp-grown-up`, under `One`, is no topic in guidelines/. Take it out." in caplog.text
    page = (tmp_path / "built" / "index.html").read_text(encoding="utf-8")
    assert page.index("icans-grading.html") < page.index("More topics</h3>") < page.index("car-t-igg-replacement.html")


def test_what_is_in_force_comes_before_what_was_replaced(site: Path) -> None:
    text = (site / "topics" / "itp-adult.html").read_text(encoding="utf-8")
    table = text[text.index('id="side-by-side"') :]
    assert table.index('href="#ontario-ig"') < table.index('href="#ash-2011-table"')


def test_side_by_side_each_chip_names_what_its_rules_are_about(site: Path) -> None:
    text = (site / "topics" / "checkpoint-myasthenia.html").read_text(encoding="utf-8")
    table = text[text.index('id="side-by-side"') : text.index("</table>", text.index('id="side-by-side"'))]
    position = LIBRARY.topics["checkpoint-myasthenia"].positions["schneider-2021-asco"]
    for rule in position.recommendations.values():
        above = table[: table.index(f'href="#{position.id}--{rule.id}"')]
        assert above[above.rindex('class="action') :].startswith(
            f'class="action action-{direction(rule.action)}">{action_text(rule.action, rule.about)}<'
        )
    assert "is grade 3-4<" in table


def test_to_reduce_is_not_in_the_colour_of_what_speaks_for_it(site: Path) -> None:
    for text in ((site / "topics" / f"{topic}.html").read_text(encoding="utf-8") for topic in LIBRARY.topics):
        assert not re.search(r'action-for">\s*Reduce', text)


# --- what stops a build ---


def test_a_misspelt_field_in_a_template_stops_the_build(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = copy_of_the_sources(tmp_path)
    template = root / "site" / "templates" / "position.html"
    template.write_text(template.read_text(encoding="utf-8").replace("rule.says", "rule.sayz"), encoding="utf-8")
    with pytest.raises(mkdocs_errors.Abort):
        build(root, tmp_path / "built")
    assert re.search(r"site/templates/position\.html:\d+: .*sayz", caplog.text)


def test_a_wrong_guideline_stops_the_build_with_its_message(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = copy_of_the_sources(tmp_path)
    position = root / "guidelines" / "car-t-igg-replacement" / "wat-barmettler-2022.yaml"
    wrong = position.read_text(encoding="utf-8").replace("- igg <= 400 mg/dL", "- igg <= 400", 1)
    position.write_text(wrong, encoding="utf-8")
    with pytest.raises(mkdocs_errors.Abort):
        build(root, tmp_path / "built")
    line = wrong.splitlines().index("        - igg <= 400") + 1
    assert f"guidelines/car-t-igg-replacement/wat-barmettler-2022.yaml:{line}:" in caplog.text
    assert "A number needs its unit. Write it as in `igg <= 400 mg/dL`." in caplog.text


def test_an_example_that_does_not_come_out_stops_the_build(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = copy_of_the_sources(tmp_path)
    examples = root / "guidelines" / "car-t-igg-replacement" / "wat-barmettler-2022.examples.yaml"
    text = examples.read_text(encoding="utf-8")
    examples.write_text(text.replace("holds: {low-igg-early: yes}", "holds: {low-igg-early: no}", 1), encoding="utf-8")
    with pytest.raises(mkdocs_errors.Abort):
        build(root, tmp_path / "built")
    assert "expected no, found yes" in caplog.text


# Edits under `mkdocs serve`, in rounds, after each of which the site is compared with a first build: file, what is
# replaced, by what. Without a text to replace the file or folder is new, or goes. What a round edits is made into
# different pages, so that none is made anew for the sake of another.
CAR_T = "guidelines/car-t-igg-replacement"
WAT = f"{CAR_T}/wat-barmettler-2022"
RIGHT, WRONG = "- igg <= 400 mg/dL", "- igg <= 400"
ROUNDS: dict[str, list[tuple[str, str, str]]] = {
    "a topic, a rule and an example": [
        (f"{CAR_T}/topic.yaml", "title: ", "title: Zzz "),
        (f"{WAT}.yaml", "says: ", "says: Zzz "),
        (f"{WAT}.examples.yaml", "- title: ", "- title: Zzz "),
    ],
    "a fact that a rule names": [("guidelines/facts/laboratory.yaml", "title: Serum IgG\n", "title: Zzz\n")],
    "a fact on which another rests, and a product": [
        ("guidelines/facts/patient.yaml", "title: Date of birth", "title: Zzz"),
        ("guidelines/products/intravenous.yaml", "name: ", "name: Zzz "),
    ],
    "a source, and what is found by": [
        ("guidelines/sources/car-t.yaml", "family: Barmettler", "family: Zzz"),
        ("site/glossary.yaml", "term: ", "term: Zzz "),
        ("site/synonyms.yaml", "[IgG, ", "[IgG, zzz, "),
        ("site/areas.yaml", "title: ", "title: Zzz "),
    ],
    "a line above all facts, and a template": [
        ("guidelines/facts/patient.yaml", "facts:\n", "# Zzz\nfacts:\n"),
        ("site/templates/position.html", "Source</dt>", "Zzz</dt>"),
    ],
    "a template that others take in, a schema, and the theme": [
        ("site/templates/macros.html", "DOI", "Zzz"),
        ("schema/facts.schema.json", '"description": "', '"description": "Zzz '),
        ("site/theme/style.css", "--paper: #fbfaf7", "--paper: #010203"),
        ("site/theme/search.js", "\n", "\n// Zzz\n"),
        ("site/theme/main.html", "Skip to the content", "Zzz"),
        ("site/pages/about.md", "# ", "# Zzz "),
    ],
    "a new topic, a new fact and a new page": [
        ("guidelines/crs-grading/", "", ""),
        ("guidelines/facts/zzz.yaml", "", "facts:\n  zzz: {title: Zzz, kind: yes-no, question: Is it?}\n"),
        ("site/pages/decisions/zzz.md", "", "# Zzz\n\nA page.\n"),
    ],
    "a rule that is wrong": [(f"{WAT}.yaml", RIGHT, WRONG)],
    "a rule that is mended, and a topic and a page that go": [
        (f"{WAT}.yaml", WRONG, RIGHT),
        ("guidelines/crs-grading/", "", ""),
        ("site/pages/decisions/zzz.md", "", ""),
    ],
}


def change(root: Path, name: str, old: str, new: str) -> None:
    """Make one edit."""
    path = root / name
    if old:
        edit(path, old, new)
    elif path.is_dir():
        shutil.rmtree(path)
    elif name.endswith("/"):
        shutil.copytree(ROOT / name, path)
    elif path.exists():
        path.unlink()
    else:
        path.write_text(new, encoding="utf-8")


def test_building_again_in_one_process_shows_what_a_first_build_shows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is kept between builds, as under `mkdocs serve`, is never stale: not after any kind of edit, nor after a fault."""
    root = copy_of_the_sources(tmp_path / "kept")
    build(root, tmp_path / "built")
    before = without_zip(tmp_path / "built")
    for number, (kind, edits) in enumerate(ROUNDS.items()):
        for each in edits:
            change(root, *each)
        if kind == "a rule that is wrong":
            with pytest.raises(mkdocs_errors.Abort):
                build(root, tmp_path / "built")
            assert "A number needs its unit." in caplog.text
            continue
        build(root, tmp_path / "built")
        fresh = tmp_path / str(number)  # a folder of its own has a hook of its own, which has kept nothing
        for name in ("site", "guidelines", "schema"):
            shutil.copytree(root / name, fresh / name)
        shutil.copy(root / "mkdocs.yml", fresh)
        build(fresh, fresh / "built")
        kept, made = without_zip(tmp_path / "built"), without_zip(fresh / "built")
        assert [name for name in kept.keys() | made.keys() if kept.get(name) != made.get(name)] == [], kind
        assert kept != before, kind
        before = kept


def test_what_the_pages_of_a_topic_look_up_is_what_they_are_kept_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every fact and source that is looked up while a position is checked, or a topic's pages are made, is one whose change
    makes them anew.
    """
    root = copy_of_the_sources(tmp_path, all_topics=True)
    config = mkdocs_config.load_config(str(root / "mkdocs.yml"))
    hooks = config.hooks["site/hooks.py"]
    checked = check_folder(root / "guidelines", memory=hooks._MEMORY)
    basis = hooks._MEMORY.basis
    facts, sources = Watched(checked.library.facts), Watched(checked.library.sources)
    positions = {p.address: p for topic in checked.library.topics.values() for p in topic.positions.values()}
    parts = Parts(facts, sources, dict(checked.library.topics), positions, dict(checked.library.products))
    monkeypatch.setattr("igguide.library._told_of_plans", lambda watched, topics: watched)  # else it copies them
    library = library_of(parts, "0", "sha256:0")
    site = hooks._Site(checked, library, root, None, None, None)
    warnings = [product.boxed_warning for product in parts.products.values() if product.boxed_warning]
    boxed = {
        name for each in warnings for name in (each.cite.source, each.cite.via)
    }  # their stamp is `boxed` in the hook
    for position in positions.values():
        facts.seen.clear()
        sources.seen.clear()
        assert looked_into(position, parts, facts_wrong=False) == []
        name = f"{position.address}.yaml"
        assert facts.seen | sources.seen <= basis.reached(names_in(checked.documents[name].data)), name
    for topic in library.topics.values():
        files = [name for name in checked.documents if name.startswith(f"{topic.id}/")]
        names = names_in([checked.documents[name].data for name in files])
        facts.seen.clear()
        sources.seen.clear()
        made = list(site.of_topic(topic))
        assert len(made) >= 3
        assert facts.seen, topic.id
        assert facts.seen | sources.seen <= basis.reached(names) | boxed, topic.id


class Watched(dict[str, Any]):
    """A map that notes what is looked up in it."""

    def __init__(self, of: Mapping[str, Any]) -> None:
        super().__init__(of)
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.seen.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        if name in self:
            self.seen.add(name)
        return super().get(name, default)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_rules_link_to_the_repository_where_one_is_named(tmp_path: Path) -> None:
    root = copy_of_the_sources(tmp_path)
    config = root / "mkdocs.yml"
    named = "https://git.example.org/igguide/blob/main"
    config.write_text(config.read_text(encoding="utf-8").replace("repository: null", f"repository: {named}"), "utf-8")
    build(root, tmp_path / "built")
    position, rule = RULES[0]
    page = (tmp_path / "built" / "topics" / f"{position.topic}.html").read_text(encoding="utf-8")
    assert f'href="{named}/guidelines/{rule.place.file}#L{rule.place.line}"' in page


# --- in a browser; what is asked of every page is in test_sweep.py ---


def test_search_knows_synonyms_and_works_from_a_folder(site: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((site / "search.html").as_uri())
    found = {}
    for words in ("haemolysis", "hemolysis", "Yescarta", "zzzz"):
        page.fill("#search-for", words)
        page.press("#search-for", "Enter")
        found[words] = page.locator("#search-results a").all_inner_texts()
    page.close()
    assert found["haemolysis"] == found["hemolysis"] != []
    assert any("CAR-T" in title for title in found["Yescarta"])
    assert found["zzzz"] == []


def test_what_was_in_force_on_a_day_can_be_shown(site: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((site / "as-of.html").as_uri())
    everything = page.locator("#as-of tbody tr:visible").count()
    page.fill("#as-of-day", "2018-06-01")
    shown = page.locator("#as-of tbody tr:visible").count()
    page.close()
    wanted = [p.address for topic in LIBRARY.topics for p in LIBRARY.in_force(topic, date(2018, 6, 1))]
    assert everything == len(POSITIONS)
    assert 0 < shown == len(wanted)


def test_the_library_read_here_is_the_one_on_the_pages(pages: dict[str, Reader]) -> None:
    library: Library = LIBRARY
    assert library.digest[:19] in pages["index.html"].root.text
