"""What helps a reader of the site beside the rules: how a source was read, words explained, changes, examples, links."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from test_searches import ask, needs_node
from test_site import LIBRARY, POSITIONS, ROOT, Reader, by_id

from igguide.model import Citation
from igguide.portable import portable
from igguide.wording import CERTAINTIES, STRENGTHS

MACHINE, COPY = "read in a machine-written digest", "read in a copy made by somebody else"


def read(site: Path, name: str) -> Reader:
    reader = Reader()
    reader.feed((site / name).read_text(encoding="utf-8"))
    return reader


def read_as(cite: Citation) -> set[str | None]:
    return {LIBRARY.sources[name].read_as for name in (cite.source, cite.via) if name}


# --- how a source was read ---


def test_what_a_machine_wrote_is_said_wherever_a_rule_names_its_source(site: Path) -> None:
    found = 0
    for position in POSITIONS:
        cites = {rule.id: rule.cite for rule in position.recommendations.values()}
        if not any("machine-written" in read_as(cite) for cite in cites.values()):
            continue
        page = read(site, f"topics/{position.topic}.html").root
        table = next(
            e.text for e in page.all() if e.attributes.get("aria-labelledby") == "side-by-side" and e.tag == "table"
        )
        assert MACHINE in table.lower()
        tried = portable(LIBRARY, LIBRARY.topics[position.topic])
        own = next(each for each in tried["positions"] if each["id"] == position.id)
        for rule in own["recommendations"]:
            if "machine-written" in read_as(cites[rule["id"]]):
                found += 1
                assert MACHINE in rule["source"]
                assert MACHINE in by_id(page, f"{position.id}--{rule['id']}").text
    assert found > 10


def test_the_treatment_of_guillain_barre_says_beside_its_doi_that_a_machine_reported_it(site: Path) -> None:
    for topic in ("gbs", "gbs-further-treatment"):
        text = (site / "topics" / f"{topic}.html").read_text("utf-8")
        header = text[text.index('<h2 id="ean-pns-gbs-2023"') :].split("</header>")[0]
        assert "10.1111/ene.16073" in header
        assert MACHINE in header


def test_a_source_says_itself_that_a_machine_wrote_it_or_that_a_copy_was_read(site: Path) -> None:
    page = read(site, "sources.html").root
    kinds = {
        "machine-written": "A digest that a machine wrote",
        "copy": "A copy that somebody other than the publisher",
    }
    for source in LIBRARY.sources.values():
        if source.read_as:
            assert kinds[source.read_as] in by_id(page, source.id).text
        for field in ("note", "title", "title-short"):  # nobody knows it from words alone
            told = re.search(r"machine-(written|made)", str(source.csl.get(field) or ""), re.I)
            assert not told or source.read_as or "were read at second hand" in str(source.csl.get(field))


def test_a_label_that_was_read_in_a_copy_says_so_on_its_rules_and_products(site: Path) -> None:
    copies = [source for source in LIBRARY.sources.values() if "joofio" in str(source.link)]
    assert len(copies) >= 6
    assert all(source.read_as == "copy" for source in copies)
    assert COPY in (site / "topics" / "gbs.html").read_text("utf-8").split('<h2 id="ema-privigen-pil"')[1][:6000]
    assert COPY in (site / "products.html").read_text("utf-8")


# --- the words of the pages ---


def test_how_to_read_explains_every_strength_and_certainty_as_the_schema_does(site: Path) -> None:
    schema = json.loads((ROOT / "schema" / "position.schema.json").read_text("utf-8"))
    rule = schema["$defs"]["recommendation"]["properties"]
    page = read(site, "how-to-read.html").root
    rows = {tuple(cell.text for cell in row.all() if cell.tag == "td") for row in page.all() if row.tag == "tr"}
    for words, key in ((STRENGTHS, "strength"), (CERTAINTIES, "certainty")):
        for name, meaning in zip(rule[key]["enum"], rule[key]["enumDescriptions"], strict=True):
            assert (words[name][:1].upper() + words[name][1:], meaning.replace("'", "’")) in {
                (row[0], row[1].replace("'", "’")) for row in rows if len(row) == 2
            }
        assert by_id(page, key)
    assert all(by_id(page, name) for name in ("unknown", "disagreement", "silent"))


# --- a mistake is reported ---


def test_a_report_is_begun_with_the_name_of_the_rule_that_one_came_from(site: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((site / "topics" / "gbs.html").as_uri())
    rule = page.locator("article[id='ean-pns-gbs-2023--plasma-exchange']")
    assert "gbs/ean-pns-gbs-2023/plasma-exchange" in rule.text_content()  # also without a script
    rule.locator("summary").first.click()
    rule.get_by_text("report a mistake").click()
    page.wait_for_selector("#report-text")
    text = page.input_value("#report-text")
    assert "Rule: gbs/ean-pns-gbs-2023/plasma-exchange" in text
    assert "topics/gbs.html#ean-pns-gbs-2023--plasma-exchange" in text
    assert "sha256:" in text
    page.click("#report-back")
    page.wait_for_url("**/topics/gbs.html#ean-pns-gbs-2023--plasma-exchange")
    page.goto((site / "about.html").as_uri())
    assert page.is_hidden("#report")
    page.close()


# --- what changed, and what was in force ---


def test_changes_stand_by_day_with_how_many_there_are_and_the_gravest_first(site: Path) -> None:
    page = read(site, "changes.html").root
    lead = next(each.text for each in page.all() if each.attributes.get("class") == "lead")
    versions = [change for position in POSITIONS for change in position.history]
    assert f"All {len(POSITIONS)} positions were first encoded between" in lead
    assert f"since then there were {len(versions) - len(POSITIONS)} changes" in lead
    days = [each for each in page.all() if each.attributes.get("class") == "day"]
    assert days
    for day in days:
        kinds = [e.attributes["data-kind"].split()[0] for e in day.all() if "data-kind" in e.attributes]
        order = [kind for kind in ("answer", "rule", "wording") if kind in kinds]
        assert [kind for i, kind in enumerate(kinds) if i == 0 or kinds[i - 1] != kind] == order
        heading = next(e.text for e in day.all() if e.tag == "h3")
        assert all(str(kinds.count(kind)) in heading for kind in order)


def test_what_was_taken_out_is_named_once_and_in_words(site: Path) -> None:
    text = (site / "changes.html").read_text("utf-8")
    gone = re.findall(r"[\w -]+(?= \(taken out\))", text)
    assert gone
    assert not [name for name in gone if "-" in name]
    for cell in re.findall(r'<td role="cell">.*?</td>', text, re.S):
        names = re.findall(r"[\w -]+(?= \(taken out\))", cell)
        assert len(names) == len(set(names))


def test_a_link_to_what_differs_opens_what_is_folded(site: Path, browser: Any) -> None:
    name = next(
        path.name for path in sorted((site / "topics").glob("*.html")) if ">what differs</a>" in path.read_text("utf-8")
    )
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((site / "topics" / name).as_uri())
    page.evaluate("document.querySelectorAll('.position details').forEach(each => each.open = true)")
    target = page.locator("a", has_text="what differs").first
    fragment = target.get_attribute("href")
    target.click()
    page.wait_for_function("id => document.getElementById(id).checkVisibility()", arg=fragment[1:])
    assert 0 <= page.evaluate("id => document.getElementById(id).getBoundingClientRect().top", fragment[1:]) < 900
    page.close()


def test_a_day_of_the_past_is_carried_to_the_form_of_a_topic(site: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((site / "as-of.html").as_uri())
    assert page.is_hidden("#as-of-try")
    page.fill("#as-of-day", "2015-01-01")
    page.click("#as-of-try summary")
    page.click("#as-of-try a[data-topic=cidp]")
    page.wait_for_url("**/topics/cidp.html#try--2015-01-01")
    assert page.input_value("#try-as-of") == "2015-01-01"
    page.close()


# --- worked examples ---


def test_an_example_has_its_answer_beside_the_link_and_is_open_where_the_link_leads(site: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((site / "topics" / "car-t-igg-replacement.html").as_uri())
    answers = page.evaluate("Array.from(document.querySelectorAll('.examples li strong'), e => e.textContent)")
    links = page.evaluate("document.querySelectorAll('.examples li a').length")
    assert len(answers) == links > 50
    assert {"no", "not known", "not for this patient", "consider immunoglobulin replacement"} <= set(answers)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.locator(".examples li a").first.click()
    page.wait_for_url("**/examples/car-t-igg-replacement.html#*")
    assert page.locator(".example:target .answer").first.is_visible()
    page.close()


# --- search ---


@needs_node
def test_results_hold_no_markup_and_no_word_is_taken_for_a_piece_of_another(site: Path) -> None:
    assert "<!--" not in (site / "search-index.js").read_text("utf-8")
    (rheumatoid,) = ask(site, ["rheumatoid"])
    assert rheumatoid["guesses"] == [] or rheumatoid["guesses"][0][1] != ["rheumatol"]


# --- downloads ---


def test_the_zip_does_not_lead_to_a_zip_that_is_not_in_it(site: Path) -> None:
    with zipfile.ZipFile(site / "igguide-site.zip") as packed:
        inside = packed.read("igguide/downloads.html").decode()
    assert "igguide-site.zip" not in inside
    assert "This is the whole site, unpacked" in inside
    assert 'href="igguide-site.zip"' in (site / "downloads.html").read_text("utf-8")


def test_headings_spell_immunoglobulins_as_readers_do(site: Path) -> None:
    for name in ("gbs", "cidp"):
        heads = re.findall(r"<h[234][^>]*>([^<]*)", (site / "topics" / f"{name}.html").read_text("utf-8"))
        assert not [head for head in heads if re.search(r"\b(ivig|igg|scig|Ivig|Igg)\b", head)]
