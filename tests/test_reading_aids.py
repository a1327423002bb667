"""What helps a reader of the site beside the rules: how a source was read, words explained, changes, examples, links."""

from __future__ import annotations

import re
from pathlib import Path

from test_site import LIBRARY, POSITIONS, Reader, by_id

from igguide.model import Citation
from igguide.portable import portable

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
