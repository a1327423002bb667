"""Try a patient, in the built page and a real browser: the same answers as Python, and a form that keeps nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_portable import LIBRARY, TOPICS, all_cases, compared, python

from igguide.boxed import HEADING
from igguide.portable import portable
from igguide.report import evaluate_text
from igguide.wording import PROPER, lower_first

pytest.importorskip("mkdocs")
CHUNK = 2500


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    faults: list[str] = []
    opened.on("request", lambda r: faults.append(r.url) if not r.url.startswith("file://") else None)
    opened.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda e: faults.append(str(e)))
    yield opened
    assert faults == []
    context.close()


def test_every_record_has_the_same_answer_in_the_page(site: Path, page: Any) -> None:
    for topic in TOPICS:
        page.goto((site / "topics" / f"{topic}.html").as_uri())
        cases = [case for case in all_cases() if case["topic"] == topic]
        for start in range(0, len(cases), CHUNK):
            chunk = cases[start : start + CHUNK]
            answers = page.evaluate(
                """cases => { const rules = JSON.parse(document.getElementById("try-rules").textContent);
                   return JSON.stringify(JSON.parse(cases).map(c => IgGuide.decide(rules, c.record, c.as_of, c))); }""",
                json.dumps(chunk),
            )
            assert compared(chunk, json.loads(answers), python) == []


def test_the_published_rules_are_those_in_the_page(site: Path) -> None:
    for topic in TOPICS:
        text = (site / "topics" / f"{topic}.html").read_text(encoding="utf-8")
        inside = json.loads(text.split('id="try-rules">')[1].split("</script>")[0])
        assert json.loads((site / "topics" / f"{topic}.rules.json").read_text(encoding="utf-8")) == inside
        vectors = json.loads((site / "topics" / f"{topic}.vectors.json").read_text(encoding="utf-8"))
        assert {case["topic"] for case in vectors} == ({topic} if LIBRARY.topics[topic].positions else set())


def test_names_keep_their_capitals_in_the_page_as_in_python(site: Path, page: Any) -> None:
    page.goto((site / "topics" / "gbs.html").as_uri())
    texts = [
        *(f"{name} disease" for name in sorted(PROPER)),
        "B cells",
        "A quarter",
        "Serum IgG",
        "IgG",
        "Age",
        "CAR-T",
        "Anti-NMDA receptor encephalitis",
        "(Fever and chills) or a rash",
        "(IgG is low)",
    ]
    assert page.evaluate("texts => texts.map(IgGuide.lowerFirst)", texts) == [lower_first(text) for text in texts]


# --- the form ---


def opened(page: Any, site: Path, topic: str) -> Any:
    page.goto((site / "topics" / f"{topic}.html").as_uri())
    page.evaluate(
        """() => { const decide = IgGuide.decide;
           IgGuide.decide = (rules, record, asOf) => { window.seen = record; return decide(rules, record, asOf); }; }"""
    )
    page.click("#try-title")
    put(page, "as-of", "2026-11-21")
    return page


def put(page: Any, name: str, value: str) -> None:
    page.fill(f"[id='try-{name}']", value)
    page.locator(f"[id='try-{name}']").dispatch_event("change")


def test_the_boundary_parts_the_positions_and_says_where(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    form.select_option("#try-igg-unit", "mg/dL")
    for name, value in {"age": "58", "igg": "400", "car_t_infusion": "2026-10-07"}.items():
        put(form, name, value)
    form.select_option("#try-car_t_target", "bcma")
    status = form.inner_text("#try-results [role=status]")
    assert "On immunoglobulin replacement: the positions disagree." in status
    assert "no; for a yes it would take at least: serum IgG is below 400 mg/dL." in status
    assert "igg < 400" not in status  # as the file has it: nobody but an editor reads that
    assert form.evaluate("window.seen") == {
        "age": "58 years",
        "igg": "400 mg/dL",
        "car_t_infusion": "2026-10-07",
        "car_t_target": "bcma",
    }


def test_the_form_says_how_positions_stand_to_each_other_in_the_words_of_the_terminal(site: Path, page: Any) -> None:
    told = set()
    for topic in ("vitt", "car-t-igg-replacement", "checkpoint-encephalitis"):
        form = opened(page, site, topic)
        decision = LIBRARY.evaluate(form.evaluate("window.seen"), as_of="2026-11-21", topics=[topic])
        terminal = " ".join(evaluate_text(decision).split())
        for sentence in form.locator(".try-agreement").all_inner_texts():
            assert sentence in terminal
            told.add(sentence.split(": ")[1])
    assert any("may speak" in sentence for sentence in told), told


def test_the_boxed_warnings_stand_with_answers_that_give_immunoglobulin(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    form.select_option("#try-igg-unit", "mg/dL")
    told = []
    for igg in ("380", "900"):
        for name, value in {"age": "58", "igg": igg, "car_t_infusion": "2026-10-07"}.items():
            put(form, name, value)
        told.append(f"{HEADING}. Thrombosis, renal dysfunction" in form.inner_text("#try-results"))
    assert told == [True, False]
    assert "Hizentra" in form.locator("#boxed-warnings").text_content()  # where the heading leads


def test_each_kind_of_field_says_what_a_record_says(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    put(form, "igg", "< 40")
    form.select_option("#try-igg-unit", "g/L")
    put(form, "igg-on", "2026-11")
    form.check("#try-current_infection-no")
    form.check("#try-car_t_infusion-none")
    form.click("#try-infection")
    form.fill("#try-infection-rows [data-field=on]", "2026-10")
    form.select_option("#try-infection-rows [data-field=severity]", "serious")
    assert form.evaluate("window.seen") == {
        "igg": {"value": "< 40 g/L", "on": "2026-11"},
        "current_infection": "no",
        "car_t_infusion": "none",
        "infection": [{"on": "2026-10", "severity": "serious"}],
    }
    form.click("#try-infection-rows button")
    form.check("#try-infection-none")
    assert form.evaluate("window.seen.infection") == []


def test_options_that_are_ticked_are_these_and_no_others(site: Path, page: Any) -> None:
    form = opened(page, site, "itp-adult")
    boxes = form.locator("input[name='try-diagnosis']")
    boxes.first.check()
    assert form.evaluate("window.seen.diagnosis") == [boxes.first.get_attribute("value")]
    boxes.first.uncheck()
    form.check("input[name='try-diagnosis'][value=none]")
    assert form.evaluate("window.seen.diagnosis") == []


def test_a_value_that_cannot_be_is_told_beside_its_field_with_what_is_allowed(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    form.select_option("#try-igg-unit", "mg/dL")
    put(form, "igg", "999999")
    assert form.inner_text("#try-igg-error") == (
        "Serum IgG of 999999 mg/dL lies outside what is plausible (0 to 20000 mg/dL); it is not used."
    )
    assert form.get_attribute("#try-igg", "aria-invalid") == "true"
    put(form, "igg", "lots")
    assert "Serum IgG of `lots mg/dL` is no amount" in form.inner_text("#try-igg-error")
    assert "From 0 to 20000 mg/dL" in form.inner_text("#try-igg-error") or "from 0 to 20000 mg/dL" in form.inner_text(
        "#try-igg-error"
    )
    put(form, "as-of", "2026")
    assert "is needed in full" in form.inner_text("#try-as-of-error")
    assert form.inner_text("#try-results [role=status]") == ""


def test_there_is_no_dose_unless_the_rule_holds(site: Path, page: Any) -> None:
    form = opened(page, site, "itp-adult")
    put(form, "weight", "80")
    rules = json.loads(form.evaluate("document.getElementById('try-rules').textContent"))
    dosed = {rule["id"] for position in rules["positions"] for rule in position["recommendations"] if rule["dose"]}
    assert dosed
    assert form.locator("#try-results .dose").count() == 0
    held = next(
        case
        for case in all_cases()
        if case["topic"] == "itp-adult" and any(r["dose"] for p in python(case)["positions"] for r in p["recommendations"])
    )  # fmt: skip
    shown = form.evaluate(
        """([record, asOf]) => { const rules = JSON.parse(document.getElementById("try-rules").textContent);
           return IgGuide.decide(rules, record, asOf).positions.flatMap(p => p.recommendations)
             .filter(r => r.dose && r.holds != "yes").length; }""",
        [held["record"], held["as_of"]],
    )
    assert shown == 0


def answers(form: Any) -> str:
    return " ".join(form.inner_text("#try-results").split())


def test_a_number_in_one_of_several_units_is_used_once_its_unit_is_chosen(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    assert form.input_value("#try-igg-unit") == ""
    assert form.input_value("#try-age-unit") == "a"  # everyone means years
    put(form, "age", "58")
    put(form, "igg", "9.0")
    put(form, "car_t_infusion", "2026-10-07")
    assert form.locator("#try-results .try-yes").count() == 0
    assert form.inner_text("#try-igg-error").startswith("Serum IgG has no unit, so it is not used. Write it in mg/dL,")
    assert form.get_attribute("#try-igg-unit", "aria-invalid") == "true"
    assert "try-igg-error" in (form.get_attribute("#try-igg-unit", "aria-describedby") or "")
    assert "1 of the values given cannot be used" in form.inner_text("#try-results [role=status]")
    form.select_option("#try-igg-unit", "g/L")
    assert form.inner_text("#try-igg-error") == ""
    assert form.get_attribute("#try-igg-unit", "aria-invalid") is None
    assert form.locator("#try-results .try-yes .action-for").count() == 0
    form.select_option("#try-igg-unit", "mg/dL")
    assert "serum IgG is 400 mg/dL or less (9 mg/dL (written 9.0 mg/dL))" in answers(form)


def test_every_quantity_whose_units_differ_in_size_starts_without_one(site: Path, page: Any) -> None:
    usual = {"a", "mo", "wk", "d", "h", "min", "kg", "g", "cm"}
    for topic in ("car-t-igg-replacement", "itp-adult", "live-vaccines-after-immunoglobulin", "dosing-weight"):
        page.goto((site / "topics" / f"{topic}.html").as_uri())
        for unit in page.evaluate("[...document.querySelectorAll('select[id$=-unit]')].map(s => s.value)"):
            assert unit == "" or unit in usual, topic


def test_a_decimal_comma_and_a_strange_unit_are_told_in_the_words_of_the_list(site: Path, page: Any) -> None:
    form = opened(page, site, "itp-adult")
    put(form, "weight", "14,5")
    assert "has a comma, so it is not used. Write 14.5, with a point." in form.inner_text("#try-weight-error")
    put(form, "weight", "14 x")
    assert "Write it in kg, g, lb or oz" in form.inner_text("#try-weight-error")
    form.select_option("#try-weight-unit", "[lb_av]")
    put(form, "weight", "140")
    assert form.evaluate("window.seen.weight") == "140 lb"
    assert form.inner_text("#try-weight-error") == ""


@pytest.mark.parametrize("typed", ["1.000", "1,000"])
def test_a_number_that_may_be_one_or_a_thousand_is_not_used(site: Path, page: Any, typed: str) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    form.select_option("#try-igg-unit", "mg/dL")
    put(form, "igg", typed)
    error = form.inner_text("#try-igg-error")
    assert "so it is not used." in error
    assert "Write 1000, or 1." in error
    assert "Values used" not in answers(form)


def test_each_value_is_said_as_it_was_read_beside_its_field_and_before_the_answers(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    put(form, "igg", "6.5")
    assert "has no unit, so it is not used" in form.inner_text("#try-igg-error")
    assert form.inner_text("#try-igg-read") == ""
    form.select_option("#try-igg-unit", "mg/dL")
    assert form.inner_text("#try-igg-read") == "Read as 6.5 mg/dL = 0.065 g/L."
    form.check("#try-current_infection-no")
    said = answers(form).split("On ")[0]
    assert "Values used: serum IgG: 6.5 mg/dL = 0.065 g/L; current infection: no." in said
    form.select_option("#try-igg-unit", "g/L")
    assert form.inner_text("#try-igg-read") == "Read as 650 mg/dL (written 6.5 g/L)."
    decision = LIBRARY.evaluate(form.evaluate("window.seen"), as_of="2026-11-21", topics=["car-t-igg-replacement"])
    line = form.inner_text(".try-used")
    assert line in " ".join(evaluate_text(decision).split())


def test_a_unit_typed_behind_the_number_and_feet_are_taken(site: Path, page: Any) -> None:
    form = opened(page, site, "itp-adult")
    put(form, "weight", "176 lb")
    assert form.evaluate("window.seen.weight") == "176 lb"
    assert form.input_value("#try-weight-unit") == "[lb_av]"
    put(form, "weight", "80 kg")
    assert form.evaluate("window.seen.weight") == "80 kg"
    put(form, "platelets", "20 x10^9/L")
    assert form.evaluate("window.seen.platelets") == "20 10*9/L"
    assert "Read as 20 × 10⁹/L = 20000 /µL." in form.inner_text("#try-platelets-read")
    shown = form.locator("#try-platelets-unit option").all_inner_texts()
    assert "× 10³/µL" in shown
    assert not any("*" in unit or "uL" in unit for unit in shown)
    form = opened(page, site, next(topic for topic in TOPICS if "height" in _asked(topic)))
    put(form, "height", "5'9")
    assert form.evaluate("window.seen.height") == "69 in"
    assert form.inner_text("#try-height-read") == "Read as 175.26 cm (written 69 in)."


def _asked(topic: str) -> Any:
    return portable(LIBRARY, LIBRARY.topics[topic])["facts"]


def test_a_rule_that_holds_gives_its_words_and_no_mark_praises_a_rule_against(site: Path, page: Any) -> None:
    form = opened(page, site, "live-vaccines-after-immunoglobulin")
    form.check("#try-live_vaccine_due-yes")
    form.select_option("#try-live_vaccine", "measles")
    put(form, "last_immunoglobulin", "2026-10-01")
    form.select_option("#try-last_immunoglobulin_dose-unit", "g/kg")
    put(form, "last_immunoglobulin_dose", "0.4")
    ban = form.locator(".try-yes .action-against").first
    assert ban.inner_text() == "Avoid vaccination"
    assert "A vaccine with measles or varicella waits 8 months after 300-400 mg/kg." in answers(form)
    assert form.evaluate("document.querySelectorAll('#try-results .try-yes > .answer .is').length") == 0


def test_cautions_and_silence_stand_where_the_answer_is_given(site: Path, page: Any) -> None:
    form = opened(page, site, "live-vaccines-after-immunoglobulin")
    form.check("#try-live_vaccine_due-yes")
    form.select_option("#try-live_vaccine", "measles")
    put(form, "last_immunoglobulin", "2026-10-01")
    form.select_option("#try-last_immunoglobulin_dose-unit", "g/kg")
    put(form, "last_immunoglobulin_dose", "0.2")
    said = answers(form)
    told = ("At least 3 months should pass", "In measles the response may be impaired", "Does not hold")
    assert sorted(told, key=said.index) == list(told)
    assert "Says nothing about this patient. The table lists no other dose." in said


def test_positions_for_other_patients_are_one_line_that_says_by_what(site: Path, page: Any) -> None:
    form = opened(page, site, "infusion-rate")
    form.select_option("#try-immunoglobulin_product", "asceniv")
    summary = form.inner_text(".try-away > summary")
    away = form.locator(".try-away > .try-position").count()
    assert away > 5
    assert summary == f"{away} positions are not for this patient, by immunoglobulin product"
    assert not form.locator(".try-away > .try-position").first.is_visible()


def test_a_grade_names_its_source(site: Path, page: Any) -> None:
    form = opened(page, site, "icans-grading")
    grades = form.locator("#try-results .try-rule")
    assert grades.count() > 0
    assert form.locator("#try-results .try-rule .cite").count() == grades.count()


def test_a_question_that_can_change_nothing_any_more_says_so(site: Path, page: Any) -> None:
    form = opened(page, site, "live-vaccines-after-immunoglobulin")
    assert not form.locator("#try-last_immunoglobulin-field .try-idle").is_visible()
    form.check("#try-live_vaccine_due-no")
    assert form.locator("#try-last_immunoglobulin_dose-field .try-idle").is_visible()
    form.check("#try-live_vaccine_due")
    assert not form.locator("#try-last_immunoglobulin_dose-field .try-idle").is_visible()


def test_what_is_missing_leads_to_its_field(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    form.click("#try-results ol a >> nth=0")
    assert form.evaluate("document.activeElement.closest('.try-field').id") == "try-car_t_infusion-field"


def test_each_rule_leads_to_where_it_is_explained(site: Path, page: Any) -> None:
    for topic in ("car-t-igg-replacement", "icans-grading", "itp-adult"):
        page.goto((site / "topics" / f"{topic}.html").as_uri())
        lost = page.evaluate(
            """[...document.querySelectorAll("#try-results a[href^='#']")].map(a => a.getAttribute("href").slice(1))
               .filter(id => !document.getElementById(id))"""
        )
        assert lost == []


# Dates and events, doses by weight, products, and a list of hundreds of options.
KINDS_OF_TOPIC = ["car-t-igg-replacement", "dosing-weight", "product-contraindications", "itp-adult"]
ANSWER_ALL = """() => {
  const form = document.getElementById("try-form"), named = new Set();
  document.querySelectorAll("#try details").forEach(d => d.open = true);
  form.querySelectorAll("button[type=button]").forEach(b => b.click());
  for (const e of [...form.elements]) {
    if (e.id === "try-as-of" || e.tagName === "BUTTON" || e.tagName === "FIELDSET") continue;
    if (e.type === "radio" || e.type === "checkbox") { if (named.has(e.name)) continue; named.add(e.name); e.checked = true; }
    else if (e.tagName === "SELECT") e.selectedIndex = e.options.length - 1;
    else e.value = e.inputMode === "decimal" ? "7" : "2026-03-09";
    for (const kind of ["input", "change"]) e.dispatchEvent(new Event(kind, {bubbles: true}));
  } }"""
STATE = """[...document.getElementById("try-form").elements].filter(e => e.id !== "try-as-of" && !/BUTTON|FIELDSET/.test(e.tagName))
  .map(e => [e.id || e.name, e.type === "radio" || e.type === "checkbox" ? e.checked : e.value])"""
KEPT = """async () => [localStorage.length, sessionStorage.length, document.cookie, window.name, history.state,
  (await indexedDB.databases()).length, location.href]"""


@pytest.mark.parametrize("topic", KINDS_OF_TOPIC)
def test_nothing_typed_stays_or_leaves_the_page(topic: str, site: Path, page: Any) -> None:
    form = opened(page, site, topic)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("framenavigated", lambda frame: asked.append(frame.url))
    empty, kept, length = form.evaluate(STATE), form.evaluate(KEPT), form.evaluate("history.length")
    assert kept[:-1] == [0, 0, "", "", None, 0]

    def answered() -> None:
        form.evaluate(ANSWER_ALL)
        assert form.evaluate("Object.keys(window.seen).length") > 3
        assert form.evaluate(STATE) != empty

    answered()
    form.click("#try-form button[type=submit]")
    assert form.evaluate("document.activeElement.id") == "try-answers"
    form.click("#try-form button[type=reset]")
    assert form.evaluate("window.seen") == {}
    assert form.evaluate(STATE) == empty
    answered()
    form.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    assert form.evaluate(STATE) == empty
    answered()
    assert (form.evaluate(KEPT), form.evaluate("history.length"), asked) == (kept, length, [])
    form.reload()
    assert form.evaluate(STATE) == empty
    assert form.evaluate(KEPT) == kept


def test_steps_are_told_with_what_was_found(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    form.select_option("#try-igg-unit", "mg/dL")
    put(form, "igg", "380")
    form.evaluate("document.querySelectorAll('#try-results details').forEach(d => d.open = true)")
    assert "Serum IgG is 400 mg/dL or less (found: 380 mg/dL)" in form.inner_text("#try-results")


def test_the_form_fits_a_small_screen_and_each_field_has_its_name(site: Path, page: Any) -> None:
    page.set_viewport_size({"width": 320, "height": 900})
    for topic in TOPICS:
        page.goto((site / "topics" / f"{topic}.html").as_uri())
        page.click("#try-title")
        assert page.evaluate("document.getElementById('try').scrollWidth") <= 320, topic
        unnamed = page.evaluate(
            """[...document.querySelectorAll('#try input, #try select')].filter(e => !e.labels.length && !e.getAttribute('aria-label'))
               .map(e => e.outerHTML)"""
        )
        assert unnamed == []
        assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == page.evaluate(
            "document.querySelectorAll('[id]').length"
        )


def test_what_must_not_be_is_told_as_that_and_alternatives_as_alternatives(site: Path, page: Any) -> None:
    form = opened(page, site, "gbs")
    text = form.inner_text("#try-results")
    assert "; and form of Guillain-Barré syndrome is not " in text
    assert "it asks that" not in text


def test_a_date_in_the_future_is_told_beside_its_field_and_with_the_answers(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    put(form, "as-of", "2026-11-21")
    put(form, "car_t_infusion", "2027-01-05")
    said = "CAR-T infusion is dated 2027-01-05, after 2026-11-21. It is taken as planned"
    assert said in form.inner_text("#try-car_t_infusion-error")
    assert said in form.inner_text("#try-results [role=status]")


def test_a_grade_that_is_open_names_what_it_may_be_in_the_page(site: Path, page: Any) -> None:
    form = opened(page, site, "supply-priority")
    assert "ot known yet; it may be red, " in form.inner_text("#try-results")


def test_no_value_of_the_one_patient_breaks_within_a_word(site: Path, page: Any) -> None:
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto((site / "topics" / "dosing-weight.html").as_uri())
    lines = page.evaluate(
        """[...document.querySelectorAll(".record.flat dd")].filter(d => !/[\\s-]/.test(d.textContent.trim())).map(d => {
             const range = document.createRange(); range.selectNodeContents(d);
             return [d.textContent.trim(), new Set([...range.getClientRects()].map(r => r.top)).size]; })"""
    )
    assert lines
    assert [word for word, count in lines if count > 1] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_an_answer_that_rests_on_our_reading_says_so_in_the_page_and_in_the_terminal(site: Path, page: Any) -> None:
    form = opened(page, site, "car-t-igg-replacement")
    form.select_option("#try-igg-unit", "mg/dL")
    for name, value in {"age": "58", "igg": "500", "car_t_infusion": "2026-06-07"}.items():
        put(form, name, value)
    form.select_option("#try-car_t_target", "bcma")
    form.check("#try-current_infection-no")
    told = form.locator(".try-reading").all_inner_texts()
    assert told
    decision = LIBRARY.evaluate(form.evaluate("window.seen"), as_of="2026-11-21", topics=["car-t-igg-replacement"])
    terminal = " ".join(evaluate_text(decision).split())
    for reading in told:
        assert reading.startswith("Rests on our reading: ")
        assert " ".join(reading.split()) in terminal
    assert any("It is not Kampouri's" in reading for reading in told)
