"""Sources for citation tools: from YAML to CSL-JSON and BibTeX."""

from __future__ import annotations

import json

from igguide.bibliography import bibtex, csl_json
from igguide.parse import parse_sources
from igguide.yaml_reader import read_text

YAML = """
references:
  - id: doe-2020
    type: article-journal
    title: IgG & others, 5% of {all}
    author: [{family: Doe, given: J}, {literal: et al.}]
    container-title: A Journal
    volume: "12"
    page: 10-19
    issued: {date-parts: [[2020, 3]]}
    DOI: 10.1000/x_y
  - id: board-page
    type: webpage
    title: A page
    author: [{literal: The Board}]
    container-title: The Site
    URL: https://example.org/a_b
  - {id: digest, type: webpage, title: A digest, URL: https://example.org/d, read-as: machine-written, note: Unsigned.}
  - {id: board-2021, type: report, title: A report, container-title: The Board, issued: {date-parts: [[2021]]}}
"""


def sources() -> list[object]:
    document, problems = read_text(YAML, "sources/s.yaml")
    assert not problems
    return list(parse_sources(document, []).values())


def test_csl_json_has_dates_as_numbers_and_the_rest_as_it_stands() -> None:
    first, second, digest, _ = json.loads(csl_json(sources()))  # type: ignore[arg-type]
    assert first["issued"] == {"date-parts": [[2020, 3]]}
    assert first["volume"] == "12"
    assert digest["custom"] == {"read-as": "machine-written"}
    assert "read-as" not in digest
    assert second == {
        "id": "board-page",
        "type": "webpage",
        "title": "A page",
        "author": [{"literal": "The Board"}],
        "container-title": "The Site",
        "URL": "https://example.org/a_b",
    }


def test_bibtex_escapes_what_tex_would_read_and_leaves_addresses_alone() -> None:
    assert bibtex(sources()) == (  # type: ignore[arg-type]
        "@article{doe-2020,\n"
        "  author = {Doe, J and others},\n"
        "  year = {2020},\n"
        "  title = {IgG \\& others, 5\\% of \\{all\\}},\n"
        "  journal = {A Journal},\n"
        "  volume = {12},\n"
        "  doi = {10.1000/x_y},\n"
        "  pages = {10--19},\n"
        "}\n\n"
        "@misc{board-page,\n"
        "  author = {{The Board}},\n"
        "  title = {A page},\n"
        "  howpublished = {The Site},\n"
        "  url = {https://example.org/a_b},\n"
        "}\n\n"
        "@misc{digest,\n"
        "  title = {A digest},\n"
        "  url = {https://example.org/d},\n"
        "  note = {Written by a machine. Unsigned.},\n"
        "}\n\n"
        "@techreport{board-2021,\n"
        "  year = {2021},\n"
        "  title = {A report},\n"
        "  institution = {The Board},\n"
        "}\n"
    )
