"""Texts of numbers with their sign turned, digit for digit."""

import json


def negated_number(text: str) -> str:
    """Turn the sign of a decimal text; zero stays as it is."""
    if text.startswith("-"):
        return text[1:]
    return text if set(text) <= {"0", "."} else f"-{text}"


def negated_profile(profile: str | None) -> str | None:
    """Turn the signs in a JSON array of numbers, keeping every digit; null stays null."""
    if profile is None:
        return None
    cells: list[str | None] = json.loads(profile, parse_float=str, parse_int=str)
    return "[" + ",".join("null" if c is None else negated_number(c) for c in cells) + "]"
