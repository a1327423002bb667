"""`igguide new`: `check` asks for what is to be filled in and nothing else; no source is made to say anything, no file lost."""

from __future__ import annotations

import argparse
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from building import copy_few

from igguide import scaffold
from igguide.canonical import format_text
from igguide.checking import check_paths, run_examples
from igguide.cli import main
from igguide.errors import RequestError
from igguide.library import check_folder, load_folder
from igguide.scaffold import TO_DO, new_position, new_source, new_topic, working_folder, write

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 11, 21)


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    scaffold.add_arguments(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of our library with its schemas beside it, where the editor stands."""
    monkeypatch.chdir(tmp_path)
    copy_few(tmp_path / "guidelines")
    shutil.copytree(ROOT / "schema", tmp_path / "schema")
    return Path("guidelines")


def filled_in(folder: Path) -> None:
    """Write what a new file asks for."""
    for file in folder.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        if TO_DO in text:
            file.write_text(re.sub(rf'"{TO_DO} (.*)"', r'"Filled in: \1"', text), encoding="utf-8")


def uncommented(text: str) -> str:
    """The text as it is when the editor uses every pattern: the # of its lines deleted, explanations kept."""
    return re.sub(r"(?m)^#(?! \S)", "", text)


@pytest.mark.parametrize("address", ["car-t-igg-replacement/new-2025", "icans-grading/new-2025", "new-topic/new-2025"])
def test_check_asks_of_a_new_position_for_what_is_to_be_filled_in_and_for_nothing_else(
    folder: Path, address: str
) -> None:
    if address.startswith("new-topic"):
        write(new_topic(folder, "new-topic"))
    write(new_position(folder, address, TODAY))
    marks = sum(len(re.findall(f': "{TO_DO}', file.read_text(encoding="utf-8"))) for file in folder.rglob("*.yaml"))
    told = [problem.what for problem in check_paths([str(folder)]).problems]
    assert all(what.startswith("This is still to be filled in: ") for what in told)
    assert len(told) == marks == 3 + address.startswith("new-topic")
    filled_in(folder)
    report = check_paths([str(folder)])
    assert list(map(str, report.problems)) == []
    (run,) = [run for run in run_examples(report) if run.address == address]
    assert run.count >= 1
    assert run.mismatches == ()


def test_what_is_still_to_be_filled_in_is_told_with_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(new_position(folder, "car-t-igg-replacement/wonnaparhown-2024", TODAY))
    assert main(["check", "guidelines/car-t-igg-replacement/wonnaparhown-2024.yaml"]) == 1
    assert (
        capsys.readouterr().out
        == """\
guidelines/car-t-igg-replacement/wonnaparhown-2024.yaml:16:18: This is still to be filled in: the earliest date of publication, as from.
    valid: {reading: "To be filled in: the earliest date of publication, as from."}
                     ^
  Write it, or delete the key where it may go.

1 file checked: 1 problem.
"""
    )
    Path("record.yaml").write_text("igg: 390 mg/dL\n", encoding="utf-8")
    assert main(["evaluate", "record.yaml", "--guidelines", "guidelines"]) == 2
    assert "This is still to be filled in" in capsys.readouterr().err  # and no decision says it


@pytest.mark.parametrize("title", ["___", "IgG below ___ mg/dL"])
def test_a_blank_is_refused_wherever_it_stands(folder: Path, title: str) -> None:
    file = folder / "car-t-igg-replacement/hill-2019.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"(?m)^title: .*", f"title: {title}", text), encoding="utf-8")
    (problem,) = check_folder(folder).problems
    assert (problem.what, problem.place.line) == ("A blank (`___`) is still to be filled in.", 4)


def test_it_claims_nothing_of_the_source_until_the_editor_does(folder: Path) -> None:
    write(new_position(folder, "car-t-igg-replacement/new-2025", TODAY))
    filled_in(folder)
    library = load_folder(folder)
    position = library.topics["car-t-igg-replacement"].positions["new-2025"]
    assert [*position.grades, *position.recommendations, *position.dosing, *position.cautions, *position.evidence] == []
    assert (position.status, position.history[0].on) == ("draft", TODAY)
    assert library.sources["new-2025"].link is None


def test_the_files_are_these(folder: Path) -> None:
    drafts = new_position(folder, "car-t-igg-replacement/new-2025", TODAY)
    assert [draft.path.as_posix() for draft in drafts] == [
        "guidelines/car-t-igg-replacement/new-2025.yaml",
        "guidelines/car-t-igg-replacement/new-2025.examples.yaml",
        "guidelines/sources/car-t-igg-replacement.yaml",
    ]
    assert all(draft.text.startswith("# yaml-language-server: $schema=../../schema/") for draft in drafts)
    assert not any(re.search(r"<[a-z]+>", draft.text) for draft in drafts)


def test_every_block_is_explained_in_a_line_and_once_filled_passes_check(folder: Path) -> None:
    write(new_position(folder, "car-t-igg-replacement/new-2025", TODAY))
    file = folder / "car-t-igg-replacement/new-2025.yaml"
    text = uncommented(file.read_text(encoding="utf-8"))
    text = text.replace("review_by: ___", "review_by: 2027-11-21").replace("give: ___", "give: 0.4")
    text = re.sub(r"(<=?) ___", r"\1 400", text).replace("any: [igg < 400", "any: [igg < 200")
    said = iter(["At 400 mg/dL or below.", "Give 0.4 g/kg monthly.", "Check every month.", "A warning.", "A finding."])
    text = re.sub(r"says: ___", lambda _: f"says: {next(said)}", text)
    text = text.replace("reading: ___", "reading: Below 200 mg/dL is our reading of very low.")
    text = text.replace("___", "A text.")
    file.write_text(text, encoding="utf-8")
    examples = file.with_suffix(".examples.yaml")
    examples.write_text(uncommented(examples.read_text(encoding="utf-8")).replace("___", "400"), encoding="utf-8")
    filled_in(folder)
    report = check_paths([str(folder)])
    assert list(map(str, report.problems)) == []
    (run,) = [run for run in run_examples(report) if run.address.endswith("/new-2025")]
    assert (run.count, run.mismatches) == (3, ())
    keys = re.findall(r"(?m)^([a-z_]+):", text)
    assert keys == [
        "position", "topic", "title", "version", "status", "valid", "review_by", "summary", "reading", "applies_when",
        "grades", "criteria", "recommendations", "dosing", "monitoring", "cautions", "evidence", "history",
    ]  # fmt: skip
    lines = text.splitlines()
    blocks = [
        number for number, line in enumerate(lines) if re.match(r"[a-z_]+:", line) and not line.startswith("topic:")
    ]
    assert all(lines[number - 1].startswith("# ") for number in blocks)


def test_a_rule_whose_number_is_still_a_blank_is_refused(folder: Path) -> None:
    write(new_position(folder, "car-t-igg-replacement/new-2025", TODAY))
    file = folder / "car-t-igg-replacement/new-2025.yaml"
    file.write_text(uncommented(file.read_text(encoding="utf-8")), encoding="utf-8")
    told = [problem.what for problem in check_folder(folder).problems]
    assert "`___ g/kg` is not written as it should be." in told
    assert sum("___" in what for what in told) >= 2


def test_what_is_written_is_canonical_already(folder: Path) -> None:
    drafts = [*new_topic(folder, "new-topic"), *new_position(folder, "icans-grading/new-2025", TODAY)]
    for draft in drafts:
        assert format_text(draft.text, f"{draft.path.parent.name}/{draft.path.name}").text == draft.text


def test_where_no_schema_lies_beside_the_guidelines_no_line_names_one(folder: Path) -> None:
    shutil.rmtree("schema")
    assert new_topic(folder, "new-topic")[0].text.startswith("# A topic is a clinical question;")


def test_a_source_that_is_there_is_not_written_again(folder: Path) -> None:
    drafts = new_position(folder, "car-t-igg-replacement/mokhtari-2025", TODAY)
    assert [draft.path.name for draft in drafts] == ["mokhtari-2025.yaml", "mokhtari-2025.examples.yaml"]


def test_a_source_is_added_to_a_file_that_is_there_and_nothing_else_in_it_changes(folder: Path) -> None:
    file = folder / "sources/car-t.yaml"
    before = file.read_text(encoding="utf-8")
    write(new_source(folder, "new-2025", "car-t"))
    assert file.read_text(encoding="utf-8").startswith(before)
    filled_in(folder)
    assert load_folder(folder).sources["new-2025"].title == "Filled in: the title as printed"


def test_a_file_that_cannot_be_continued_is_left_and_the_source_gets_its_own(folder: Path) -> None:
    (folder / "sources/flow.yaml").write_text("references: [{id: a-2020, type: book, title: A}]\n", encoding="utf-8")
    (draft,) = new_source(folder, "new-2025", "flow")
    assert (draft.path.as_posix(), draft.added) == ("guidelines/sources/new-2025.yaml", False)


def test_a_title_that_yaml_would_read_otherwise_is_quoted(folder: Path) -> None:
    (folder / "new-topic").mkdir()
    (folder / "new-topic/topic.yaml").write_text(
        'topic: new-topic\ntitle: "One: two # three"\nquestion: "Q?"\n', encoding="utf-8"
    )
    write(new_position(folder, "new-topic/new-2025", TODAY))
    filled_in(folder)
    assert load_folder(folder).topics["new-topic"].positions["new-2025"].title == "One: two # three (New 2025)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["topic", "car-t-igg-replacement"], "guidelines/car-t-igg-replacement/topic.yaml is already there; nothing was written."),
        (["position", "car-t-igg-replacement/hill-2019"], "guidelines/car-t-igg-replacement/hill-2019.yaml is already there; nothing was written."),
        (["source", "hill-2019"], "The source `hill-2019` is already in guidelines/sources/car-t.yaml; nothing was written."),
        (["position", "no-topic/hill-2019"], "There is no topic `no-topic`. Make it first: igguide new topic no-topic"),
        (
            ["position", "hill-2019"],
            ("The name of the position is missing. Use small letters and digits, words joined by hyphens; "
            "a position is named with its topic, as in car-t-igg-replacement/wat-barmettler-2022."),
        ),
        (
            ["topic", "../Elsewhere"],
            ("`../Elsewhere` cannot name a topic. Use small letters and digits, words joined by hyphens; "
            "a position is named with its topic, as in car-t-igg-replacement/wat-barmettler-2022."),
        ),
        (["topic", "facts"], "`facts` cannot name a topic: the word has a meaning of its own."),
        (["topic", "new-topic", "--in", "x"], "`--in` goes with `igguide new source` only."),
        (["topic", "new-topic", "--guidelines", "schema"], "`schema` is no folder of guidelines: it would hold facts/. Name one with --guidelines DIR."),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_in_words_and_nothing_is_written(
    folder: Path, arguments: list[str], message: str
) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*.yaml")}
    with pytest.raises(RequestError) as caught:
        scaffold.run(options(*arguments), TODAY)
    assert str(caught.value) == message
    assert {file: file.read_bytes() for file in folder.rglob("*.yaml")} == before


def test_a_topic_that_cannot_be_read_is_told(folder: Path) -> None:
    (folder / "icans-grading/topic.yaml").write_text("topic: [\n", encoding="utf-8")
    with pytest.raises(RequestError) as caught:
        new_position(folder, "icans-grading/new-2025", TODAY)
    assert str(caught.value) == (
        "guidelines/icans-grading/topic.yaml cannot be read. Mend it first: igguide check guidelines"
    )


def test_a_file_that_appears_meanwhile_is_not_overwritten(folder: Path) -> None:
    drafts = new_topic(folder, "new-topic")
    (folder / "new-topic").mkdir()
    (folder / "new-topic/topic.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(
        RequestError, match=r"^guidelines/new-topic/topic.yaml is already there; nothing was written\.$"
    ):
        write(drafts)
    assert (folder / "new-topic/topic.yaml").read_text(encoding="utf-8") == "mine"


def test_a_file_that_changed_meanwhile_is_not_overwritten(folder: Path) -> None:
    (draft,) = new_source(folder, "new-2025", "car-t")
    (folder / "sources/car-t.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(
        RequestError, match=r"^guidelines/sources/car-t.yaml has changed meanwhile; it was left as it is\.$"
    ):
        write([draft])
    assert (folder / "sources/car-t.yaml").read_text(encoding="utf-8") == "mine"


def test_the_command_says_what_was_written_and_what_comes_next(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scaffold.run(options("topic", "ivig-in-gbs"), TODAY) == 0
    assert scaffold.run(options("position", "ivig-in-gbs/new-2025"), TODAY) == 0
    assert scaffold.run(options("source", "other-2025", "--in", "sources/ivig-in-gbs.yaml"), TODAY) == 0
    assert (
        capsys.readouterr().out
        == """\
guidelines/ivig-in-gbs/topic.yaml: written

Next: write the title and the question, and add a position with `igguide new position TOPIC/ID`. Then: igguide check guidelines
guidelines/ivig-in-gbs/new-2025.yaml: written
guidelines/ivig-in-gbs/new-2025.examples.yaml: written
guidelines/sources/ivig-in-gbs.yaml: written

Next: fill in the source's record, then the rules, then an example for each number. Then: igguide check guidelines
guidelines/sources/ivig-in-gbs.yaml: a record added

Next: write what stands there as `To be filled in:`, with its DOI or address. Then: igguide check guidelines
"""
    )
    filled_in(folder)
    assert check_paths([str(folder)]).problems == []


def test_the_working_folder_is_the_one_named_or_the_one_here_and_never_the_bundled_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert working_folder(None) == Path("guidelines")
    monkeypatch.chdir("guidelines")
    assert working_folder(None) == Path()
    monkeypatch.chdir("facts")
    with pytest.raises(RequestError) as caught:
        working_folder(None)
    assert str(caught.value) == (
        "There is no folder `guidelines` here: it would hold facts/. Name one with --guidelines DIR."
    )
