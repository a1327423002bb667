"""Products: what a file of them becomes, what is told of a wrong one, and that the page shows what was read."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from igguide import wording
from igguide.compiled import read_compiled, write_compiled
from igguide.library import Library, answers_rest_on, check_folder, digest_of_folder, kind_of, load_folder
from igguide.lint import PRODUCT
from igguide.model import Amount, Product, citations_of_product, lines_of, speed
from igguide.quantity import Range

ROOT = Path(__file__).resolve().parents[1]
GUIDELINES = ROOT / "guidelines"
LIBRARY: Library = load_folder(GUIDELINES)
PRODUCTS = list(LIBRARY.products.values())

each_product = pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.id)


def amount(low: str, unit: str, high: str | None = None) -> Amount:
    return Amount(Range(Decimal(low), Decimal(high or low)), unit)


# --- the bundled products ---


def test_all_products_of_the_fact_but_the_other_are_described() -> None:
    assert set(LIBRARY.facts[PRODUCT].options) - {"other"} == set(LIBRARY.products)


@each_product
def test_a_product_has_a_place_and_every_part_rests_on_a_source(product: Product) -> None:
    assert product.place.file.startswith("products/")
    assert {cite.source for cite in citations_of_product(product)} <= set(LIBRARY.sources)
    assert all(cite.facts for cite in citations_of_product(product))


@each_product
def test_the_highest_rate_is_above_the_first_and_the_faster_one_above_both(product: Product) -> None:
    for use in product.indications.values():
        strength = use.concentration or product.strengths[0].concentration
        speeds = [speed(rates[0], strength) for rates in (use.start_rate, use.highest_rate, use.faster_rate) if rates]
        assert speeds == sorted(speeds), use.id


def test_privigen_is_read_whole() -> None:
    privigen = LIBRARY.products["privigen"]
    [strength] = privigen.strengths
    assert strength.iga
    assert wording.iga_text(strength.iga) == "at most 25 ug/mL"
    assert strength.vials
    assert wording.sizes_text(strength.vials.sizes) == "2.5, 5, 10, 20 and 40 g"
    use = privigen.indications["eu-primary-immunodeficiency"]
    assert wording.amounts_text(use.faster_rate) == "7.2 mL/kg/h"
    assert wording.per_minute(use.faster_rate, strength.concentration) == "12 mg/kg/min"
    assert set(privigen.contraindications) == {"allergy", "anti-iga", "hyperprolinaemia"}


def test_what_was_recalled_and_not_read_is_left_out() -> None:
    assert LIBRARY.products["cuvitru"].stabiliser is None
    assert LIBRARY.products["gammaked"].indications == {}
    assert [strength.iga for strength in LIBRARY.products["gammaplex"].strengths] == [None, None]


def test_a_mean_and_a_limit_of_iga_stand_together() -> None:
    [strength] = LIBRARY.products["hyqvia"].strengths
    assert strength.iga
    assert wording.iga_text(strength.iga) == "at most 140 ug/mL, on average 37 ug/mL"


def test_iga_printed_in_milligrams_is_shown_in_micrograms_too() -> None:
    [strength] = LIBRARY.products["xembify"].strengths
    assert strength.iga
    assert wording.iga_text(strength.iga) == "at most 0.07 mg/mL (70 ug/mL)"


def test_a_product_keeps_its_capital_inside_a_sentence() -> None:
    position = LIBRARY.topics["infusion-rate"].positions["gammagard-us"]
    [line] = [line for line in lines_of(position.applies_when) if "product is" in line.text]
    assert LIBRARY.wording.line(line) == "Immunoglobulin product is Gammagard Liquid"


def test_rates_at_risk_keep_their_operators() -> None:
    rates = {name: product.at_risk_rate for name, product in LIBRARY.products.items()}
    shown = {name: wording.rate_text(rate) for name, rate in rates.items() if rate}
    assert shown["gamunex_c"] == "below 8 mg/kg/min (0.08 mL/kg/min)"
    assert shown["panzyga"] == "at most 3.3 mg/kg/min (0.033 mL/kg/min)"
    assert shown["privigen"] is None
    assert "gammagard_liquid" not in shown


# --- the numbers ---


@pytest.mark.parametrize(
    ("rate", "strength", "found"),
    [
        (amount("8", "mg/kg/min"), None, "480"),
        (amount("0.08", "mL/kg/min"), amount("100", "mg/mL"), "480"),
        (amount("0.08", "mL/kg/min"), amount("50", "mg/mL"), "240"),
        (amount("4.8", "mL/kg/h"), amount("100", "mg/mL"), "480"),
        (amount("4.8", "mL/kg/h"), amount("10", "g/dL"), "480"),
        (amount("0.01", "mL/kg/min", "0.02"), amount("50", "mg/mL"), "60"),
        (amount("4.8", "mL/kg/h"), None, None),
        (amount("240", "mL/h"), amount("50", "mg/mL"), None),
    ],
    ids=["by mass", "10%", "5%", "by the hour", "g/dL", "range", "strength unknown", "not by weight"],
)
def test_speed_is_in_milligrams_a_kilogram_an_hour(rate: Amount, strength: Amount | None, found: str | None) -> None:
    assert speed(rate, strength) == (None if found is None else Decimal(found))


def test_sizes_in_two_units_keep_both() -> None:
    assert wording.sizes_text([amount("5", "g"), amount("20", "mL")]) == "5 g and 20 mL"
    assert wording.sizes_text([amount("5", "g")]) == "5 g"


# --- files, digest, compiled form ---


def test_a_file_of_products_bears_on_the_digest(tmp_path: Path) -> None:
    assert kind_of(Path("products/intravenous.yaml")) == "products"
    assert answers_rest_on(Path("products/intravenous.yaml"))
    folder = tmp_path / "guidelines"
    (folder / "products").mkdir(parents=True)
    file = folder / "products" / "house.yaml"
    file.write_text("products: {}\n", encoding="utf-8")
    before = digest_of_folder(folder)
    file.write_text("products: {a: {}}\n", encoding="utf-8")
    assert digest_of_folder(folder) != before


def test_the_compiled_form_keeps_the_products(tmp_path: Path) -> None:
    target = tmp_path / "compiled.json"
    assert write_compiled(GUIDELINES, target) == []
    compiled = read_compiled(target, GUIDELINES)
    assert compiled is not None
    assert compiled.products == LIBRARY.products


def test_what_a_product_cites_may_not_be_listed_as_not_encoded(tmp_path: Path) -> None:
    folder = tmp_path / "guidelines"
    for name in ("facts", "sources", "products"):
        (folder / name).mkdir(parents=True)
        for file in (GUIDELINES / name).glob("*.yaml"):
            (folder / name / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    ledger = "not_encoded:\n  privigen-iga: {reason: too-vague, note: It says nothing.}\n"
    (folder / "not-encoded.yaml").write_text(ledger, encoding="utf-8")
    [problem] = [problem for problem in check_folder(folder).problems if "privigen-iga" in problem.what]
    assert "it is cited at products/intravenous.yaml:" in problem.what


def test_routes_and_regions_of_the_schema_have_words() -> None:
    parts = json.loads((ROOT / "schema" / "products.schema.json").read_text(encoding="utf-8"))["$defs"]
    assert set(parts["product"]["properties"]["routes"]["items"]["enum"]) == set(wording.ROUTES)
    assert set(parts["indication"]["properties"]["region"]["enum"]) == set(wording.REGIONS)
