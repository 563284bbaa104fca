"""Words that say of a row or a column that it is the sum of others."""

import re

TOTAL = re.compile(
    r"^(?:合计|总计|小计|共计|累计合计|本页合计|(?:sub|grand|sous|zwischen)?[ -]?total|sum|summe|"
    r"zwischensumme|gesamt|suma|somme)(?:数|值)?\s*[:：]?$",
    re.IGNORECASE,
)
# Of some of the rows above, and it is not said of which.
PARTIAL = re.compile(r"^(?:小计|本页|sub|sous|zwischen)", re.IGNORECASE)
