"""The tables of restated runs: which run stands for which, and what each cause changed."""

from sqlalchemy import CheckConstraint, UniqueConstraint

from carbonledger.ledger.columns import identity, integer, of_batch, one_of, ref, table, text

run_restatement = table(
    "run_restatement",
    "Figures that were computed again and count from now on instead of those of an earlier run; "
    "both runs stay. Why is the reason of the batch.",
    identity("Number of the restatement."),
    of_batch(),
    ref("old_run_id", "run", "Run whose figures are restated."),
    ref("new_run_id", "run", "Run whose figures count from now on."),
    text("old_hash", "Content hash of the old run, hex: so the log covers its figures."),
    text("new_hash", "Content hash of the new run, hex."),
    text("threshold_percent", "Change from which a restatement is significant, in per cent."),
    integer("significant", "1: a total changed by the threshold or more."),
    CheckConstraint("significant IN (0, 1)", name="significant"),
    UniqueConstraint("old_run_id", "new_run_id"),
)

run_restatement_part = table(
    "run_restatement_part",
    "Old figures of a run that was restated, and what each cause changed of them: their sum is the "
    "new.",
    identity("Number of the row."),
    of_batch(),
    ref("run_restatement_id", "run_restatement", "Restatement it belongs to."),
    text("cause", "old, or what changed it: program, structure, activity, method, factor, gwp."),
    text("scope", "1, 2_location, 2_market, 3, biogenic; product for what products carry."),
    text("account", "Where it took place; of a product the account it left."),
    text("month", "Local month; '' for products."),
    text("product", "Product; '' for lines, and for what found no product."),
    integer("co2e_mg", "Milligrams of CO2 equivalent: the old figure, or the change."),
    one_of("cause", "old", "program", "structure", "activity", "method", "factor", "gwp"),
    # Named, because the names of its columns are more than PostgreSQL takes.
    UniqueConstraint(
        "run_restatement_id",
        "cause",
        "scope",
        "account",
        "month",
        "product",
        name="uq_run_restatement_part",
    ),
)
