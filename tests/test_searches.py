"""What people type finds what they want: the script of the site asked in node, with the index as the site builds it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")
TABLE: list[tuple[str, list[str]]] = [
    (str(row[0]), [page.strip() for page in row[1].split("|")])
    for row in yaml.safe_load((ROOT / "tests" / "searches.yaml").read_text(encoding="utf-8"))
    if len(row) == 2 and row[1] != "nothing"  # one word alone is a heading
]
NOTHING: list[str] = [
    str(row[0])
    for row in yaml.safe_load((ROOT / "tests" / "searches.yaml").read_text(encoding="utf-8"))
    if row[1:] == ["nothing"]
]
FIRST = 3


def ask(site: Path, queries: list[str]) -> list[dict[str, Any]]:
    """Return what the script finds for each query."""
    done = subprocess.run(
        [str(NODE), str(ROOT / "tests" / "search_lines.js"), str(site / "search-index.js")],
        input="\n".join(map(json.dumps, queries)),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def found(site: Path) -> dict[str, dict[str, Any]]:
    queries = [query for query, _ in TABLE]
    return dict(zip(queries, ask(site, queries), strict=True))


def shown(result: dict[str, Any]) -> list[str]:
    """Return the addresses in the order in which the page shows them: every word first, then fewer."""
    return [page["address"] for page in result["all"] + result["some"]]


@needs_node
@pytest.mark.parametrize(("query", "wanted"), TABLE, ids=[query for query, _ in TABLE])
def test_what_people_type_is_among_the_first_three(query: str, wanted: list[str], found: dict[str, Any]) -> None:
    first = shown(found[query])[:FIRST]
    assert any(page == want or page.startswith(f"{want}_") for page in first for want in wanted), first


@needs_node
def test_what_no_page_has_is_said_and_the_index_is_offered(site: Path, browser: Any) -> None:
    assert NOTHING
    assert [shown(result) for result in ask(site, NOTHING)] == [[] for _ in NOTHING]
    page = searching(browser, site, "search.html")
    for query in NOTHING:
        page.fill("#search-for", query)
        page.press("#search-for", "Enter")
        assert page.inner_text("#search-count").startswith(f"No page of this site has “{query}”.")
        page.click("#search-count a")
        page.wait_for_url("**/find.html")
        page.go_back()
    page.close()


def test_there_are_enough_searches_and_each_names_pages_that_exist(site: Path) -> None:
    assert len(TABLE) >= 80
    for query, wanted in TABLE:
        assert all((site / page.split("#")[0]).is_file() for page in wanted), query


@needs_node
def test_a_brand_finds_its_own_product_first(site: Path) -> None:
    names = ["Privigen", "Gammagard", "Kiovig", "Gamunex", "Gammaked", "Octagam", "Bivigam", "Panzyga", "Asceniv"]
    names += ["Flebogamma", "Gammaplex", "Hizentra", "Cuvitru", "Xembify", "Cutaquig", "HyQvia"]
    for name, result in zip(names, ask(site, names), strict=True):
        assert shown(result)[0].startswith(f"products.html#{name.lower()}"), name


@needs_node
def test_every_topic_is_found_first_or_second_by_its_own_title(site: Path) -> None:
    pages = json.loads((site / "search-index.js").read_text("utf-8").removeprefix("window.IGGUIDE_INDEX = ")[:-2])[
        "pages"
    ]
    topics = [(page[1], page[2]) for page in pages if page[2].startswith("topics/")]
    results = ask(site, [title for title, _ in topics])
    late = [address for (_, address), result in zip(topics, results, strict=True) if address not in shown(result)[:2]]
    assert late == []


@needs_node
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("haemolysis", "hemolysis"),
        ("Guillain-Barré", "guillain barre"),
        ("CAR-T", "car t"),
        ("CAR-T", "cart"),
        ("IVIg", "IVIG"),
        ("necrotising myopathies", "necrotizing myopathy"),
        ("tumour", "tumor"),
        ("2g/kg", "2 g/kg"),
        ("the Kawasaki", "kawasaki"),
    ],
)
def test_what_is_written_in_two_ways_finds_the_same(one: str, other: str, site: Path) -> None:
    first, second = ask(site, [one, other])
    assert shown(first)[:5] == shown(second)[:5] != []


@needs_node
def test_a_misspelt_word_is_guessed_only_when_nothing_has_it(site: Path) -> None:
    right, wrong, short, far, swapped = ask(
        site, ["immunoglobulin", "immunglobulin", "ivgi", "imunglobullinn", "kawaskai"]
    )
    assert right["guesses"] == []
    assert wrong["guesses"] == [["immunglobulin", ["immunoglobulin"]]]
    assert short["guesses"] == [] == shown(short)
    assert far["guesses"] == [] == shown(far)
    assert swapped["guesses"] == [["kawaskai", ["kawasaki"]]]


@needs_node
def test_pages_with_every_word_come_before_pages_with_fewer_which_say_what_they_lack(site: Path) -> None:
    (result,) = ask(site, ["Privigen rate renal"])
    assert all(page["missing"] == [] for page in result["all"])
    assert result["some"]
    assert all(page["missing"] for page in result["some"])
    assert result["all"][0]["parts"][0] == "products.html#privigen--at-risk"


@needs_node
def test_common_words_are_ignored_unless_nothing_else_is_asked_or_they_are_abbreviations(site: Path) -> None:
    plain, question, alone, capital = ask(
        site, ["obese weight", "which weight for an obese patient?", "the", "ALL IgG"]
    )
    assert shown(plain)[0] == shown(question)[0] == "topics/dosing-weight.html"
    assert alone["terms"] == ["the"]
    assert capital["terms"] == ["ALL", "IgG"]


def test_every_address_in_the_index_leads_somewhere_and_the_index_is_lean(site: Path) -> None:
    text = (site / "search-index.js").read_text(encoding="utf-8")
    data = json.loads(text.removeprefix("window.IGGUIDE_INDEX = ").rstrip(";\n"))
    anchors: dict[str, set[str]] = {}
    broken = []
    for page in data["pages"]:
        for address in (page[2], *(page[2] + part[2] for part in (page[6] if len(page) > 6 else []))):
            path, _, fragment = address.partition("#")
            if path not in anchors:
                anchors[path] = set(re.findall(r'\bid="([^"]*)"', (site / path).read_text(encoding="utf-8")))
            if fragment and fragment not in anchors[path]:
                broken.append(address)
    assert broken == []
    assert len(text.encode()) < 650_000


def test_each_line_of_synonyms_has_words_that_differ() -> None:
    for group in yaml.safe_load((ROOT / "site" / "synonyms.yaml").read_text(encoding="utf-8")):
        assert len({str(word).lower() for word in group}) == len(group) > 1, group


# --- in a browser ---


def searching(browser: Any, site: Path, name: str, width: int = 1280) -> Any:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto((site / name).as_uri())
    return page


@pytest.mark.parametrize("name", ["index.html", "search.html"])
def test_the_page_says_how_many_there_are_and_what_is_missing_and_asks_nobody(
    site: Path, browser: Any, name: str
) -> None:
    page = searching(browser, site, name)
    page.fill("#search-for", "MMR after IVIG")
    page.wait_for_selector("#search-results a")
    assert page.inner_text("#search-count") == "1 page has every word."
    assert page.locator("#search-results a").first.inner_text() == "Live vaccines after immunoglobulin"
    assert page.inner_text("#search-results h2") == "With fewer of the words"
    assert "Without “IVIG”." in page.inner_text("#search-results")
    page.fill("#search-for", "Gammagard IgA manufacturer")
    page.wait_for_function("document.querySelector('#search-count').textContent.includes('No page has every word')")
    page.fill("#search-for", "immunglobulin")
    page.wait_for_function(
        "document.querySelector('#search-count').textContent.startsWith('Nothing has “immunglobulin”')"
    )
    page.fill("#search-for", "zzzz")
    page.wait_for_function(
        "document.querySelector('#search-count').textContent.startsWith('No page of this site has “zzzz”.')"
    )
    assert page.locator("#search-count a").get_attribute("href") == "find.html"
    assert page.locator("#search-results a").count() == 0
    assert all(url.startswith("file://") for url in page.asked)
    page.close()


def test_what_is_not_in_force_is_marked_where_it_is_found(site: Path, browser: Any) -> None:
    page = searching(browser, site, "search.html")
    page.fill("#search-for", "EFNS 2008 CIDP")
    page.press("#search-for", "Enter")
    assert "(EFNS 2008) (not in force)" in page.inner_text("#search-results")
    page.close()


def test_the_search_is_used_by_keyboard_and_kept_when_one_comes_back(site: Path, browser: Any) -> None:
    page = searching(browser, site, "search.html")
    page.focus("#search-for")
    page.keyboard.type("Privigen rate renal")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "search-count"
    assert page.locator("#search-results a").first.bounding_box()["y"] < 300  # the answer is in sight
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Privigen"
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/products.html#privigen")
    page.go_back()
    page.wait_for_selector("#search-results a")
    assert page.input_value("#search-for") == "Privigen rate renal"
    page.close()


def test_results_fit_a_narrow_screen(site: Path, browser: Any) -> None:
    page = searching(browser, site, "search.html", 320)
    page.fill("#search-for", "Privigen rate renal")
    page.wait_for_selector("#search-results a")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()
