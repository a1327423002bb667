"""Drafts of missing examples: a record for each gap, never an expectation, and refused until the editor has written it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from building import copy_few, position, rule
from proving import ADDRESS, checked, example

from igguide import coverage, mutation, suggest
from igguide.checking import Report, check_paths
from igguide.cli import main
from igguide.errors import RequestError
from igguide.suggest import Suggestion
from igguide.watching import report_text
from igguide.yaml_reader import read_text

TEXT = position(
    rule('all: ["igg <= 400 mg/dL", either]', more="especially_when: {all: [c]}"),
    more="criteria: {either: {any: [a, b]}}",
)


def suggested(tmp_path: Path, text: str, *examples: str) -> Suggestion:
    (found,) = suggest.report(checked(tmp_path, text, *examples))
    return found


def filled(report: Report, drafts: suggest.Suggestion) -> list[str]:
    """The drafts as examples, with what the position answers as the expectation; here, and only here, that is fair."""
    assert report.library is not None
    found = []
    for draft in drafts.drafts:
        result = report.library.evaluate(draft.record, as_of=draft.as_of, topics=["the-topic"]).topics[0].positions[0]
        holds = ", ".join(f"{name}: {rule.holds}" for name, rule in result.rules.items())
        emphasis = ", ".join(f"{name}: {rule.emphasis}" for name, rule in result.rules.items())
        missing = ", ".join(f"{name}: [{', '.join(rule.missing)}]" for name, rule in result.rules.items())
        expect = f"{{holds: {{{holds}}}, emphasis: {{{emphasis}}}, missing: {{{missing}}}}}"
        found.append(
            example(f"{len(found)}.", str(dict(draft.record)).replace("'", ""), expect, as_of=draft.as_of.isoformat())
        )
    return found


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        position(
            rule(
                'all: ["age >= 6 months", "time since infusion > 3 months"]\nnone: ["count of serious infection >= 2"]'
            )
        ),
        position(rule('all: ["igg < igg_lower_limit"]\nat_least: 2\nof: [a, "product is axi", "diagnosis is cll"]')),
    ],
    ids=["criterion", "times", "table"],
)
def test_filled_in_the_drafts_leave_nothing_missing(tmp_path: Path, text: str) -> None:
    report = checked(tmp_path, text)
    (first,) = suggest.report(report)
    assert first.drafts
    assert first.without == ()
    whole = checked(tmp_path, text, *filled(report, first))
    assert suggest.report(whole)[0].drafts == ()
    assert coverage.report(whole)[0].gaps == []
    assert mutation.report(whole)[0].of("survived") == []


def test_a_draft_holds_only_the_facts_that_are_needed(tmp_path: Path) -> None:
    found = suggested(tmp_path, TEXT)
    below = next(draft for draft in found.drafts if draft.title.startswith("Serum IgG below 400 mg/dL"))
    assert dict(below.record) == {"igg": "399 mg/dL", "a": "yes"}


def test_one_record_serves_for_all_that_it_shows(tmp_path: Path) -> None:
    found = suggested(tmp_path, position(rule('all: ["igg <= 400 mg/dL"]')))
    records = [dict(draft.record) for draft in found.drafts]
    assert len(records) == len({str(record) for record in records})
    over = next(draft for draft in found.drafts if draft.record == {"igg": "401 mg/dL"})
    assert len(over.for_) > 2


def test_the_expectation_is_left_to_the_editor(tmp_path: Path) -> None:
    found = suggested(tmp_path, TEXT)
    document, problems = read_text(suggest.stub(ADDRESS, found.drafts), "drafts.yaml")
    assert problems == []
    assert {(item["basis"], item["expect"]) for item in document.data["examples"]} == {("source or reading?", None)}
    assert {tuple(item) for item in document.data["examples"]} == {("title", "as_of", "record", "basis", "expect")}
    assert all("expect" not in item for item in suggest.as_data([found])[0]["examples"])


def test_titles_are_sentences_of_their_own(tmp_path: Path) -> None:
    found = suggested(tmp_path, TEXT)
    titles = [draft.title for draft in found.drafts]
    assert len(set(titles)) == len(titles)
    assert [title for title in titles if not title.endswith(".")] == []
    again = suggested(tmp_path, TEXT, example(titles[0], "{}", "{problems: []}"))
    assert titles[0] not in [draft.title for draft in again.drafts]


def test_the_stub_reads_like_an_examples_file(tmp_path: Path) -> None:
    found = suggested(
        tmp_path,
        position(rule("all: [a]")),
        example("Yes.", "{a: yes}", "{holds: {the-rule: yes}}"),
        example("Open.", "{}", "{holds: {the-rule: unknown}}"),
    )
    assert (
        suggest.as_text([found])
        == """\
# yaml-language-server: $schema=../../schema/examples.schema.json
# Drafts for pos-one.examples.yaml. Write `basis:` and `expect:` from the source, or from your
# reading of it, never from what the program answers; give each a title that says what it shows; then move it over.
# No command reads this file.
examples:
  # No example shows that `a` alone fails in the rule the-rule, the-topic/pos-one.yaml:14.
  # No example has the rule the-rule not holding, the-topic/pos-one.yaml:9.
  - title: "A patient who shows that `a` alone fails in the rule the-rule."
    as_of: 2026-06-15
    record: {a: no}
    basis: source or reading?
    expect:
      # holds: {the-rule: }"""
    )


def test_where_nothing_is_missing_that_is_said(tmp_path: Path) -> None:
    examples = [
        example(f"{a}.", record, f"{{holds: {{the-rule: {a}}}}}")
        for a, record in (("yes", "{a: yes}"), ("no", "{a: no}"), ("unknown", "{}"))
    ]
    found = suggested(tmp_path, position(rule("all: [a]")), *examples)
    assert suggest.as_text([found]) == f"# {ADDRESS}: nothing is missing."
    assert suggest.write(found) is None


def test_a_gap_without_a_record_is_told(tmp_path: Path) -> None:
    found = suggested(tmp_path, position(rule('all: ["fold_rise >= 4 1"]')))
    assert any("fold_rise >= 4 1" in text for text in found.without)
    assert "no record was found" in suggest.as_text([found])


SILENT = position(
    rule('all: ["igg <= 400 mg/dL"]'),
    more='silent: {above-400: {when: {all: ["igg > 400 mg/dL", a]}, reading: Nothing is said of higher IgG.}}',
)


def test_a_silence_of_which_no_example_speaks_is_drafted(tmp_path: Path) -> None:
    found = suggested(tmp_path, SILENT)
    (draft,) = [draft for draft in found.drafts if ("silent", "above-400") in draft.about]
    assert dict(draft.record)["a"] == "yes"
    assert "      # silent: {above-400: }" in suggest.stub(ADDRESS, found.drafts)
    spoken = suggested(tmp_path, SILENT, example("Open.", "{igg: 401 mg/dL, a: yes}", "{silent: {above-400: yes}}"))
    assert not [draft for draft in spoken.drafts if ("silent", "above-400") in draft.about]


# the file


def test_the_stub_is_written_beside_the_position_and_never_over_a_file(tmp_path: Path) -> None:
    found = suggested(tmp_path, TEXT)
    path = suggest.write(found)
    assert path is not None
    assert path.resolve() == (tmp_path / f"{ADDRESS}.examples.suggested.yaml").resolve()
    assert path.read_text(encoding="utf-8") == suggest.stub(ADDRESS, found.drafts)
    path.write_text("half done", encoding="utf-8")
    with pytest.raises(RequestError, match="exists already"):
        suggest.write(found)
    assert path.read_text(encoding="utf-8") == "half done"


def test_the_stub_is_written_into_another_folder_on_request(tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    assert (
        suggest.write(suggested(tmp_path, TEXT), tmp_path / "drafts")
        == tmp_path / "drafts" / "pos-one.examples.suggested.yaml"
    )


def test_a_draft_that_was_not_filled_in_is_refused_in_plain_words(tmp_path: Path, guidelines: Path) -> None:
    """Pasted among the examples as it is, it says what to write."""
    copy = tmp_path / "guidelines"
    shutil.copytree(guidelines, copy)
    name = "car-t-igg-replacement/carvykti-medinfo"
    examples = copy / f"{name}.examples.yaml"
    examples.unlink()
    (found,) = [each for each in suggest.report(check_paths([str(copy / f"{name}.yaml")])) if each.address == name]
    examples.write_text(suggest.stub(name, found.drafts), encoding="utf-8")
    problems = [problem for problem in check_paths([str(copy)]).problems if problem.severity != "note"]
    assert {problem.place.file for problem in problems} == {f"{name}.examples.yaml"}
    told = [f"{problem.what} {problem.remedy}" for problem in problems]
    assert told.count("`source or reading?` is not one of the words allowed here. Allowed: source, reading.") == len(
        found.drafts
    )
    assert (
        sum(text.startswith("Nothing stands here; ") for text in told)
        == len(told) - len(found.drafts)
        == len(found.drafts)
    )


POSITION = "guidelines/car-t-igg-replacement/carvykti-medinfo.yaml"
DRAFTS = "guidelines/car-t-igg-replacement/carvykti-medinfo.examples.suggested.yaml"


@pytest.fixture
def drafted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """A small library in which drafts lie beside a position, as `test --suggest` has written them; what it said."""
    copy_few(tmp_path / "guidelines")
    monkeypatch.chdir(tmp_path)
    examples = Path(POSITION.replace(".yaml", ".examples.yaml"))
    before = examples.read_text(encoding="utf-8")
    examples.unlink()
    assert main(["test", POSITION, "--suggest"]) == 0  # nothing has failed
    examples.write_text(before, encoding="utf-8")
    return capsys.readouterr().out


def test_the_command_says_what_it_wrote_and_that_is_no_failure(drafted: str) -> None:
    assert f"{DRAFTS}: written; fill in what is expected" in drafted
    assert Path(DRAFTS).is_file()


@pytest.mark.parametrize(
    "command",
    [
        "check guidelines",
        f"check {POSITION}",
        f"check {DRAFTS}",
        "test guidelines",
        f"test {POSITION}",
        "status guidelines",
        "fmt guidelines --check",
        "fmt guidelines/car-t-igg-replacement --check",
        "evaluate record.yaml --guidelines guidelines --topic car-t-igg-replacement",
        "export vectors --topic car-t-igg-replacement --guidelines guidelines",
    ],
)
def test_a_file_of_drafts_is_in_nobodys_way(drafted: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("record.yaml").write_text("igg: 390 mg/dL\n", encoding="utf-8")
    assert main(command.split()) == 0, capsys.readouterr()


def test_drafts_that_are_there_are_left_and_those_of_other_positions_are_written(
    drafted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("carvykti-medinfo", "kampouri-2022"):
        Path(f"guidelines/car-t-igg-replacement/{name}.examples.yaml").unlink()
    before = Path(DRAFTS).read_text(encoding="utf-8")
    kampouri = DRAFTS.replace("carvykti-medinfo", "kampouri-2022")
    assert main(["test", POSITION, kampouri.replace(".examples.suggested", ""), "--suggest"]) == 1
    found = capsys.readouterr().out
    assert f"`{DRAFTS}` exists already. Move its examples over, or delete it, and ask again." in found
    assert f"{kampouri}: written; fill in what is expected" in found
    assert Path(DRAFTS).read_text(encoding="utf-8") == before


def test_check_tells_of_a_file_of_drafts_in_one_note(drafted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "guidelines/car-t-igg-replacement"]) == 0
    assert capsys.readouterr().out.startswith(
        f"""\
{DRAFTS}:1:1: note: This file holds drafts of examples, which no command reads.
  Fill in `basis:` and `expect:`, move them into carvykti-medinfo.examples.yaml, and delete this
  file.

"""
    )


def test_watching_runs_the_examples_although_there_are_drafts(drafted: str) -> None:
    assert "not as expected." in report_text(["guidelines"], None)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("400 mg/dL", "400 mg/dL"),
        ("45 mL/min/{1.73_m2}", '"45 mL/min/{1.73_m2}"'),
        ("12 [iU]/mL", '"12 [iU]/mL"'),
        ("< 40 mg/dL", '"< 40 mg/dL"'),
        ([{"on": "2026-06-05", "severity": "serious"}], "[{on: 2026-06-05, severity: serious}]"),
        ([], "[]"),
    ],
)
def test_values_are_written_so_that_yaml_reads_them_back(value: object, text: str) -> None:
    draft = suggest.Draft("A draft.", suggest.DAY, {"fact": value}, (), frozenset())
    written = suggest.stub(ADDRESS, [draft])
    assert f"record: {{fact: {text}}}" in written
    assert read_text(written, "x.yaml")[0].data["examples"][0]["record"] == {"fact": value}
