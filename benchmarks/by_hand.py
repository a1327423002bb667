"""The adult rules of one position as somebody would write them by hand: floats, no units, nothing may be missing."""

from __future__ import annotations

from datetime import date
from typing import Any


def decide(record: dict[str, Any], as_of: date) -> dict[str, bool]:
    """Return which of the four adult rules of wat-barmettler-2022 hold."""
    age, igg = record["age"], record["igg"]
    days = (as_of - record["car_t_infusion"]).days
    burden = record["serious_bacterial_infection"] or record["recurrent_bacterial_infections"]
    adult, given = age >= 18, days >= 0
    return {
        "low-igg-early": adult and igg <= 400 and 0 <= days <= 90,
        "igg-400-600-with-infection": adult and given and 400 < igg <= 600 and burden,
        "igg-above-600-poor-antibodies": adult
        and given
        and igg > 600
        and burden
        and record["specific_antibodies_extremely_low"],
        "stop-after-90-days": adult
        and record["receiving_igg_replacement"]
        and days > 90
        and not (record["current_infection"] or burden),
    }


RECORD = {
    "age": 58,
    "igg": 380.0,
    "car_t_infusion": date(2026, 10, 7),
    "serious_bacterial_infection": False,
    "recurrent_bacterial_infections": False,
    "specific_antibodies_extremely_low": False,
    "receiving_igg_replacement": False,
    "current_infection": False,
}
PLAIN = {
    "age": "58 years",
    "igg": "380 mg/dL",
    "car_t_infusion": "2026-10-07",
    "car_t_product": "axicabtagene_ciloleucel",
    "serious_bacterial_infection": "no",
    "recurrent_bacterial_infections": "no",
    "specific_antibodies_extremely_low": "no",
    "receiving_igg_replacement": "no",
    "current_infection": "no",
}
AS_OF = date(2026, 11, 21)
