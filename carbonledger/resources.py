"""Where the folders that travel with the program are: migrations, factor packs, questions."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
IN_WHEEL = {"migrations": "migrations", "factors": "factors_data", "audit": "audit_questions"}
IN_CHECKOUT = {"audit": "docs/audit"}


def folder(name: str) -> Path:
    """Return the folder `name`: inside the installed package, or beside it in a checkout.

    Args:
        name: "migrations", "factors" or "audit".

    Raises:
        FileNotFoundError: the installation is incomplete; names the places looked in.
    """
    places = [PACKAGE / IN_WHEEL[name]]
    checkout = PACKAGE.parent
    # Without this guard an incomplete installation would pick up any foreign folder of that name.
    if (checkout / "pyproject.toml").is_file():
        places.append(checkout / IN_CHECKOUT.get(name, name))
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"no {name} folder; looked in {', '.join(map(str, places))}")
