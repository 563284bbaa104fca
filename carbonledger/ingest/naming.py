"""The meter that the name of a file tells: `meter_from_name` in a profile."""

import re
from dataclasses import replace

from carbonledger.errors import ImportRefused
from carbonledger.ingest.profile import Profile

LONGEST_NAME = 255


def named(profile: Profile, name: str) -> Profile:
    """Return the profile with the meter that the name of the file tells, if it is to tell it.

    Args:
        profile: what the user stated.
        name: of the file; of a member of an archive, `archive.zip/folder/member.csv`.

    Raises:
        ImportRefused: the name does not fit the pattern, or is too long.
    """
    if profile.meter_from_name is None:
        return profile
    hit = None
    if len(name) <= LONGEST_NAME:
        hit = re.search(profile.meter_from_name, name)
    if hit is None or not hit[1]:
        raise ImportRefused(
            f"{name[:LONGEST_NAME]}: the name does not say the meter as meter_from_name does: "
            f"{profile.meter_from_name}",
            code="meter-name",
            hint="rename the file, correct the pattern in the profile, or state `meter`; a name "
            f"has at most {LONGEST_NAME} signs",
        )
    # What is kept and written of the profile states the meter once.
    return replace(profile, meter=profile.meters.get(hit[1], hit[1]), meter_from_name=None)
