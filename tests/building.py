"""Small libraries made from YAML text, so that a test goes from the file to the decision."""

from __future__ import annotations

import shutil
import tempfile
import textwrap
from functools import lru_cache
from pathlib import Path
from typing import Any

from igguide.decision import Decision
from igguide.evaluate import PositionResult, RuleResult
from igguide.library import Library, build_library
from igguide.yaml_reader import read_text

AS_OF = "2026-11-21"
ROOT = Path(__file__).resolve().parents[1]
FEW = {"car-t-igg-replacement", "bispecific-igg-replacement", "icans-grading"}


def copy_few(target: Path) -> Path:
    """Return a copy of the guidelines with few topics, so that a check of it is quick."""
    topics = {file.parent.name for file in (ROOT / "guidelines").glob("*/topic.yaml")}
    return Path(shutil.copytree(ROOT / "guidelines", target, ignore=shutil.ignore_patterns(*(topics - FEW))))


@lru_cache(maxsize=1)
def few_guidelines() -> Path:
    """Return a folder with few topics that nobody writes to."""
    return copy_few(Path(tempfile.mkdtemp()) / "guidelines")


FACTS = """
facts:
  a: {title: A, kind: yes-no, question: A?}
  b: {title: B, kind: yes-no, question: B?}
  c: {title: C, kind: yes-no, question: C?}
  d: {title: D, kind: yes-no, question: D?}
  igg:
    title: Serum IgG
    kind: quantity
    unit: mg/dL
    question: What is the latest serum IgG?
    limits: {low: 0 mg/dL, high: 20000 mg/dL, reading: Wide on purpose.}
    usable_for: 180 days
  titre_before: {title: Titre before, kind: quantity, unit: ug/mL, question: What was the titre before?}
  titre_after: {title: Titre after, kind: quantity, unit: ug/mL, question: What was the titre after?}
  fold_rise: {title: Fold rise, kind: quantity, unit: "1", formula: titre_after / titre_before}
  creatinine:
    title: Creatinine
    kind: quantity
    unit: umol/L
    question: What is the creatinine?
    analyte: {one: mg/dL, is: 88.42 umol/L, reading: Molar mass.}
  weight:
    title: Body weight
    kind: quantity
    unit: kg
    question: What is the weight?
    limits: {low: 0.2 kg, high: 700 kg, reading: Wide on purpose.}
    usable_for: 180 days
  height:
    title: Height
    kind: quantity
    unit: cm
    question: What is the height?
    limits: {low: 15 cm, high: 280 cm, reading: Wide on purpose.}
  body_mass_index: {title: Body mass index, kind: quantity, unit: kg/m2, formula: weight / (height * height)}
  born: {title: Date of birth, kind: date, question: When was the patient born?}
  age:
    title: Age
    kind: quantity
    unit: years
    question: How old is the patient?
    age_from: born
    limits: {low: 0 years, high: 130 years, reading: Wide on purpose.}
  igg_lower_limit:
    title: Lower limit of IgG for age
    kind: quantity
    unit: mg/dL
    table:
      over: age
      rows:
        - {from: 1 month, below: 6 months, value: 200 mg/dL}
        - {from: 6 months, below: 24 months, value: 3 g/L}
        - {from: 24 months, below: 18 years, value: 500 mg/dL}
    reading: Made up.
  infusion: {title: Infusion, kind: date, question: When was the infusion?}
  dose_given: {title: Dose given, kind: date, question: When was the dose given?}
  infection:
    title: Infections
    kind: events
    question: Which infections?
    fields:
      severity: {serious: {title: serious}, mild: {title: mild}}
      kind: {bacterial: {title: bacterial}, viral: {title: viral}}
  serious_bacterial:
    title: Serious bacterial infection
    kind: yes-no
    question: Has there been a serious bacterial infection?
    implied_by: {events: infection, where: {severity: serious, kind: bacterial}, within: 12 months, reading: Made up.}
  recurrent:
    title: Recurrent infections
    kind: yes-no
    question: Are infections recurrent?
    needs: {events: infection, where: {kind: bacterial}, at_least: 2, reading: Made up.}
  product:
    title: Product
    kind: choice
    question: Which product?
    options:
      axi: {title: Axi, aliases: [Yescarta], implies: {target: cd19}}
      tisa: {title: Tisa, implies: {target: cd19}}
      cilta: {title: Cilta, implies: {target: bcma}}
  target:
    title: Target
    kind: choice
    question: Which target?
    options: {cd19: {title: CD19}, bcma: {title: BCMA}}
  diagnosis:
    title: Diagnosis
    kind: choices
    question: Which diagnoses?
    options: {cll: {title: CLL}, mm: {title: Myeloma}, nhl: {title: Lymphoma}}
  item_1: {title: Item 1, kind: yes-no, question: Item 1?}
  item_2: {title: Item 2, kind: yes-no, question: Item 2?}
  item_3: {title: Item 3, kind: yes-no, question: Item 3?}
  score:
    title: Score
    kind: quantity
    unit: points
    question: What is the score?
    limits: {low: 0 points, high: 6 points, reading: By definition.}
    score: {item_1: 1, item_2: 2, item_3: 3}
"""
BODY = (
    FACTS
    + """
  sex: {title: Sex, kind: choice, question: Sex?, options: {female: {title: Female}, male: {title: Male}}}
  ratio: {title: Ratio, kind: quantity, unit: "1", question: Which ratio?}
  area: {title: Body surface area, kind: quantity, unit: m2, question: Which area?}
  ideal_weight:
    title: Ideal weight
    kind: quantity
    unit: kg
    formula: choose(sex, female 45.5 kg, male 50 kg) + 2.3 kg * (height / 2.54 cm - 60)
  adjusted_weight: {title: Adjusted weight, kind: quantity, unit: kg, formula: ideal_weight + 0.4 * (weight - ideal_weight)}
"""
)  # the vocabulary with what doses are counted on
TOPIC = """
topic: the-topic
title: The topic
question: What now?
about: igg-replacement
anchor: infusion
summary: Nothing but a test.
specialties: [haematology]
"""
CITE = "cite: {source: some-source}"


def _indented(text: str, spaces: int) -> str:
    return textwrap.indent(textwrap.dedent(text).strip("\n"), " " * spaces)


def rule(
    when: str, name: str = "the-rule", *, action: str = "start", about: str = "igg-replacement", more: str = ""
) -> str:
    """Return a recommendation; `when` is the condition as a flow or block map, `more` further keys."""
    condition = _indented(when, 6) if "\n" in when else " " * 6 + when
    return f"""  {name}:
    title: The rule
    action: {action}
    about: {about}
    when:
{condition}
    strength: expert-opinion
    says: Do it.
    {CITE}
{_indented(more, 4)}
"""


def position(
    *rules: str, name: str = "pos-one", valid: str = "{reading: Always.}", status: str = "draft", more: str = ""
) -> str:
    """Return a position with these recommendations; `more` holds further sections."""
    listed = "".join(rules) or rule("all: [a]")
    return f"""position: {name}
topic: the-topic
title: The position
version: 1.0.0
status: {status}
valid: {valid}
{textwrap.dedent(more).strip()}
recommendations:
{listed}
history: [{{version: 1.0.0, on: 2026-11-21, change: First.}}]
"""


@lru_cache(maxsize=256)
def library(*positions: str, facts: str = FACTS, topic: str = TOPIC) -> Library:
    """Return the library of these positions of one topic."""
    texts = {"facts/facts.yaml": facts, "the-topic/topic.yaml": topic}
    for number, text in enumerate(positions):
        stem = next(line.split(": ")[1] for line in text.splitlines() if line.startswith("position: "))
        texts[f"the-topic/{stem}.yaml"] = text
        assert number < len(texts)
    documents = {}
    for name, text in texts.items():
        documents[name], problems = read_text(text, name)
        assert not problems, problems
    return build_library(documents, "test", "sha256:0")


def decide(
    text: str | tuple[str, ...], record: Any, as_of: Any = AS_OF, *, whole: bool = False, facts: str = FACTS
) -> Decision:
    """Return the decision of the positions for a record; asked for the topic, or for the whole library."""
    of = library(*((text,) if isinstance(text, str) else text), facts=facts)
    return of.evaluate(record, as_of=as_of, topics=None if whole else ["the-topic"])


def result(text: str, record: Any, as_of: Any = AS_OF, *, facts: str = FACTS) -> PositionResult:
    """Return what the one position answers."""
    return decide(text, record, as_of, facts=facts).topics[0].positions[0]


def answer(when: str, record: Any, as_of: Any = AS_OF, *, more: str = "", facts: str = FACTS) -> RuleResult:
    """Return what one rule with this condition answers; `more` holds further sections of its position."""
    return result(position(rule(when), more=more), record, as_of, facts=facts).rules["the-rule"]


def holds(line: str, record: Any, as_of: Any = AS_OF, *, facts: str = FACTS) -> str:
    """Return whether one line holds."""
    return answer(f'all: ["{line}"]', record, as_of, facts=facts).holds


def problems(line: str, record: Any, as_of: Any = AS_OF) -> list[str]:
    """Return the kinds of the problems that a rule with this line meets in a record."""
    found = decide(position(rule(f'all: ["{line}"]')), record, as_of)
    return [problem.kind for problem in found.problems]


def state(fact: str, record: Any, as_of: Any = AS_OF) -> str:
    """Return the state of a fact that a rule reads."""
    lines = {"quantity": f"{fact} is recorded", "yes-no": fact}
    kind = library(position()).facts[fact].kind
    found = decide(position(rule(f"all: [{lines.get(kind, f'{fact} is recorded')}]")), record, as_of)
    return found.findings[fact].state


__all__ = [
    "AS_OF",
    "BODY",
    "CITE",
    "FACTS",
    "answer",
    "copy_few",
    "decide",
    "few_guidelines",
    "holds",
    "library",
    "position",
    "problems",
    "result",
    "rule",
    "state",
]
