"""The tables of what was computed and written: runs, their lines and indicators, filed reports.

They are of no batch, because they move no figure; they are as append-only as what is posted.
"""

from sqlalchemy import UniqueConstraint

from carbonledger.ledger.columns import identity, integer, one_of, ref, table, text

run = table(
    "run",
    "A calculation with all that it rests on. The same question of the same ledger is the same "
    "run.",
    identity("Number of the run."),
    text("kind", "inventory, renewable, footprint, intensity."),
    text("method", "Code and edition of the method."),
    text("boundary", "Account whose subtree is inside."),
    text("period", "Period as asked for: 2024, 2024-Q1, 2024-03, 2024-01..2024-06."),
    integer("as_of_batch", "Last batch that was taken into account."),
    text("engine", "Version of the program."),
    text("parameters", "Further parameters, JSON."),
    text("packs", "Hashes of the factor packs used, JSON."),
    text("result", "Figures with formula and inputs, JSON."),
    text("content_hash", "SHA-256 over all of this and the lines, hex."),
    text("actor", "Who asked first."),
    text("computed_at", "When it was first computed, ISO 8601 in UTC."),
    UniqueConstraint("content_hash"),
)

emission_line = table(
    "emission_line_row",
    "A line of a run: activity times factor. Read it through the view emission_line.",
    identity("Number of the row."),
    ref("run_id", "run", "Run it belongs to."),
    integer("line", "Number of the line within the run."),
    text("account", "Where the activity took place."),
    text("scope", "1, 2_location, 2_market, 3, biogenic."),
    text("category", "stationary_combustion, purchased_electricity …"),
    text("commodity", "What was burnt, bought or emitted."),
    text("month", "Local month."),
    text("gas", "Gas."),
    integer("activity", "Activity in millionths of activity_unit."),
    text("activity_unit", "Unit of the activity."),
    text("factor", "Pack, edition and code of the factor; '' for a measured emission."),
    text("factor_value", "The factor as printed.", null=True),
    text("factor_unit", "Unit of the factor."),
    integer("mass_mg", "Mass of the gas in milligrams."),
    text("gwp", "kg CO2e per kg of gas."),
    integer("co2e_mg", "CO2 equivalent in milligrams."),
    text("basis", "default, measured, instrument, residual, fallback …"),
    text("inputs", "Keys of the flows the activity was summed from, JSON."),
    UniqueConstraint("run_id", "line"),
)

indicator = table(
    "indicator_row",
    "An indicator of a run. Read it through the view indicator.",
    identity("Number of the row."),
    ref("run_id", "run", "Run it belongs to."),
    text("code", "Code of the indicator."),
    text("name_en", "English name."),
    text("name_zh", "Chinese name."),
    text("value", "Exact decimal; none when it cannot be stated.", null=True),
    text("unit", "Unit."),
    text("target", "Threshold as text, '<= 0.2'.", null=True),
    text("status", "met, not_met, not_applicable, no_threshold, not_assessable."),
    text("reason", "Why, when it is not met or cannot be stated.", null=True),
    one_of("status", "met", "not_met", "not_applicable", "no_threshold", "not_assessable"),
    UniqueConstraint("run_id", "code"),
)

filed_report = table(
    "filed_report",
    "A report that was written into a file, with all that is needed to make the same bytes again.",
    identity("Number of the filing."),
    text("kind", "Which report: park-summary."),
    text("boundary", "Account whose subtree is inside."),
    text("period", "Period as asked for."),
    text("method", "Code and edition of the method."),
    text("language", "Language it was written in: en, zh."),
    text("form", "Form it was written in: html, json."),
    text("parameters", "Whatever else was asked, JSON."),
    integer("as_of_batch", "Last batch that was taken into account."),
    integer("asked_as_of", "Batch that was asked for; none: the last one of then.", null=True),
    text("runs", "Numbers of the runs behind it, JSON."),
    text("engine", "Version of the program."),
    text("sha256", "SHA-256 of its bytes, lower-case hex."),
    integer("bytes", "Size in bytes."),
    text("actor", "Who filed it."),
    text("filed_at", "When, ISO 8601 in UTC."),
    text("content_hash", "SHA-256 over all of this in canonical form, hex."),
)
