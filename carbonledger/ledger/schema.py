"""The tables of the ledger: described once here; migrations, checks and docs derive from it.

Every table is append-only (triggers refuse UPDATE and DELETE) and every row names the batch that
posted it. Numbers that make up books are integers; texts of exact decimals stand where the digits
of a source must survive. Types are those a SQLite STRICT table knows.
"""

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text

from carbonledger.ledger import columns, schema_runs

metadata = columns.metadata
LATER = columns.LATER
_id, _batch, _ref, _text, _int = (
    columns.identity, columns.of_batch, columns.ref, columns.text, columns.integer,
)  # fmt: skip
_later, _later_text, _one_of, _table = (
    columns.later, columns.later_text, columns.one_of, columns.table,
)  # fmt: skip

BATCH_KINDS = (
    "import", "correction", "reversal", "site", "event", "factors", "method", "closing", "estimate",
    "publication",
)  # fmt: skip
ENTRY_KINDS = ("reading", "record", "adjustment", "reversal", "estimate")
COMMODITY_KINDS = (
    "electricity", "heat", "fuel", "biofuel", "water", "material", "product", "waste", "gas",
    "pollutant", "certificate", "money", "service",
)  # fmt: skip
INSIDE_KINDS = ("facility", "process", "boiler", "chp", "generator", "stock", "office", "vehicle")
EVENT_KINDS = ("swap", "rollover", "calibration", "multiplier")
GRANT_KINDS = ("auditor", "importer", "revoked")
SEVERITIES = ("info", "warning")
FREQUENCIES = ("day", "month", "quarter", "year")
PACK_STANDINGS = ("shipped", "stated", "held")
OUTSIDE_KINDS = ("grid", "supplier", "customer", "treatment", "environment", "market")

document = _table(
    "document",
    "A source file, known by the hash of its bytes.",
    _id("Number of the document."),
    # No foreign key: batch.document_id points the other way, and two would make a circle.
    _int("batch_id", "Batch that first rested on it."),
    _text("sha256", "SHA-256 of the file as it was given, lower-case hex."),
    _text("name", "File name without folders."),
    _int("bytes", "Size of the file in bytes."),
    _text("media", "What it was read as: 'csv', 'csv.gz', 'toml' …"),
    _int("kept", "1: its bytes are kept beside the database; 0: the hash alone."),
    UniqueConstraint("sha256"),
)

batch = _table(
    "batch",
    "The unit of posting: one import, correction, reversal, change of site, factor pack or method.",
    _id("Number of the batch, without gaps, in the order of posting."),
    _text("kind", "What was posted."),
    _text("actor", "Who posted it."),
    _text("posted_at", "When, ISO 8601 in UTC."),
    _text("reason", "Why; required for corrections and reversals.", null=True),
    _ref("document_id", "document", "Source file, if there is one.", null=True),
    _text("reading_rules", "How the file was read: the profile as canonical JSON.", null=True),
    _int("source_rows", "Data rows read from the file."),
    _int("readings", "Interval values or records posted."),
    _int("entries", "Entries posted."),
    _int("skipped", "Values already posted with the same quantity, not posted again."),
    _int("rejected", "Rows kept in the table reject."),
    _int("gaps", "Intervals missing between the first and the last value of each meter."),
    _text("totals", "Control totals by meter and commodity, JSON."),
    _text("warnings", "What was noticed, JSON list of sentences."),
    _text("content_hash", "SHA-256 over all rows of the batch in canonical form, hex."),
    _text("leaf_hash", "RFC 6962 leaf hash of the batch: header and content hash, hex."),
    _one_of("kind", *BATCH_KINDS),
)

account = _table(
    "account",
    "A place that energy and matter pass through; its properties are in account_revision.",
    _id("Number of the account."),
    _batch(),
    _text("code", "Path of the account: park/plant/line; outside accounts have plain names."),
    _int("outside", "1: beyond the boundary of every site; 0: inside."),
    UniqueConstraint("code"),
    CheckConstraint("outside IN (0, 1)", name="outside"),
)

account_revision = _table(
    "account_revision",
    "Properties of an account as declared; the revision of the highest batch holds.",
    _id("Number of the revision."),
    _batch(),
    _ref("account_id", "account", "Account described."),
    _text(
        "kind", "facility process boiler chp generator stock office vehicle, or an outside kind."
    ),
    _text("region", "ISO 3166-2 code of the region.", null=True),
    _text("timezone", "IANA time zone, decides its local days.", null=True),
    _text("technology", "Technology of a generator.", null=True),
    _text("treatment", "Treatment of a waste treatment account.", null=True),
    _text("name_en", "English name.", null=True),
    _text("name_zh", "Chinese name.", null=True),
    _later_text("tolerance", "Largest part of what comes in that may stay unexplained, per cent."),
    _later_text(
        "ownership",
        "What the reporting company holds of it, JSON: rows of the first local "
        "day, equity in per cent, financial and operational control.",
    ),
    _later_text(
        "base_year",
        "Of the root account: base year, threshold, and structural changes since, JSON.",
    ),
    _one_of("kind", *INSIDE_KINDS, *OUTSIDE_KINDS),
    UniqueConstraint("account_id", "batch_id"),
)

commodity = _table(
    "commodity",
    "What flows. Kind and canonical unit never change; names and mass are in commodity_revision.",
    _id("Number of the commodity."),
    _batch(),
    _text("code", "Code of the commodity."),
    _text("kind", "electricity heat fuel biofuel water material product waste gas pollutant …"),
    _text("unit", "Canonical unit; quantities are integers in millionths of it."),
    UniqueConstraint("code"),
    _one_of("kind", *COMMODITY_KINDS),
)

commodity_revision = _table(
    "commodity_revision",
    "Names and mass of a commodity as declared; the revision of the highest batch holds.",
    _id("Number of the revision."),
    _batch(),
    _ref("commodity_id", "commodity", "Commodity described."),
    _text("mass_kg", "Mass of one unit in kg, exact decimal.", null=True),
    _text("name_en", "English name.", null=True),
    _text("name_zh", "Chinese name.", null=True),
    _text("note", "Reference conditions and the like.", null=True),
    UniqueConstraint("commodity_id", "batch_id"),
)

meter = _table(
    "meter",
    "A meter; what it measures is in meter_revision.",
    _id("Number of the meter."),
    _batch(),
    _text("code", "Code of the meter as files print it."),
    UniqueConstraint("code"),
)

meter_revision = _table(
    "meter_revision",
    "Which flow a meter measures, from a day on.",
    _id("Number of the revision."),
    _batch(),
    _ref("meter_id", "meter", "Meter described."),
    _int("valid_from", "First local day it holds for, as the integer yyyymmdd; 0: always."),
    _ref("from_account_id", "account", "Account the flow leaves."),
    _ref("to_account_id", "account", "Account the flow reaches."),
    _ref("commodity_id", "commodity", "Commodity that flows."),
    _text("unit", "Unit the meter counts in."),
    _text("reads", "interval: energy of each interval; power: its mean; register: cumulative."),
    _int("digits", "Integer digits of a register before it wraps.", null=True),
    _text("multiplier", "Factor between register and quantity, exact decimal."),
    _text("timezone", "IANA time zone of the meter's local days."),
    _text("conversion", "Conversion between dimensions, '10.55 kWh/m3'.", null=True),
    _later_text("accuracy_class", "Accuracy class of the meter, '0.5S'."),
    _later_text("tolerance", "Limit of its error, per cent of what it counts, exact decimal."),
    _later_text("tolerance_source", "Where that limit is stated."),
    _one_of("reads", "interval", "power", "register"),
    UniqueConstraint("meter_id", "valid_from", "batch_id"),
)

meter_event = _table(
    "meter_event",
    "What happened to a meter; of several for the same time and kind the highest batch holds.",
    _id("Number of the event."),
    _batch(),
    _ref("meter_id", "meter", "Meter concerned."),
    _int("at_utc", "When, seconds since 1970-01-01 UTC."),
    _text("kind", "swap, rollover, calibration, multiplier."),
    _text("old_reading", "Register at the end of the old meter, exact decimal.", null=True),
    _text("new_reading", "Register at the start of the new meter, exact decimal.", null=True),
    _text("note", "Remark.", null=True),
    _later_text("multiplier", "Factor between register and quantity from then on, exact decimal."),
    _later("expires_utc", "When a calibration loses its validity, seconds since 1970-01-01 UTC."),
    _later("withdrawn", "1: takes the event back, as if it had not happened.", before=0),
    _one_of("kind", *EVENT_KINDS),
    CheckConstraint("withdrawn IN (0, 1)", name="withdrawn"),
    UniqueConstraint("meter_id", "at_utc", "kind", "batch_id"),
)

entry = _table(
    "entry",
    "A quantity of one commodity that moved from one account to another in a period.",
    _id("Number of the entry."),
    _batch(),
    _text("kind", "reading: meter and day; record: a row of a record file; adjustment: the "
          "difference a correction makes; reversal: an entry with its sign turned; estimate."),
    _ref("meter_id", "meter", "Meter, for readings.", null=True),
    _ref("from_account_id", "account", "Account it left."),
    _ref("to_account_id", "account", "Account it reached."),
    _ref("commodity_id", "commodity", "What moved."),
    _int("start_utc", "Start of the period, seconds since 1970-01-01 UTC."),
    _int("end_utc", "End of the period (exclusive), seconds since 1970-01-01 UTC."),
    _int("first_day", "Local day of the start, as the integer yyyymmdd."),
    _int("last_day", "Local day of the last instant, as the integer yyyymmdd."),
    _int("quantity", "Sum in millionths of the commodity's canonical unit."),
    _text("recorded_quantity", "Sum as the source's own decimals, in recorded_unit."),
    _text("recorded_unit", "Unit the source used."),
    _int("interval_s", "Length of the intervals in profile, seconds.", null=True),
    _text("profile", "Interval values in recorded_unit, JSON array of the source's own decimals; "
          "null: missing. For registers the advances.", null=True),
    _int("scale_num", "Numerator of the factor from a profile value to the canonical unit.",
         null=True),
    _int("scale_den", "Denominator of that factor.", null=True),
    _text("register_start", "Register at the start, for register meters.", null=True),
    _text("register_end", "Register at the end, for register meters.", null=True),
    _text("quality", "actual, estimated, substituted, mixed."),
    _text("document_no", "Number of the invoice, manifest or certificate.", null=True),
    _text("note", "Remark of the source.", null=True),
    _int("line_first", "First line of the source document.", null=True),
    _int("line_last", "Last line of the source document.", null=True),
    _ref("corrects_id", "entry", "Entry that this one adjusts or reverses.", null=True),
    _one_of("kind", *ENTRY_KINDS),
    CheckConstraint("end_utc >= start_utc", name="period"),
    CheckConstraint("from_account_id <> to_account_id", name="two_accounts"),
    # Finds what is posted for a meter and day while a file comes in.
    Index("ix_entry_meter_day", "meter_id", "first_day"),
    # Answers sums of a period from the index alone.
    Index("ix_entry_sums", "first_day", "commodity_id", "from_account_id", "to_account_id",
          "last_day", "batch_id", "quantity"),
    Index("ix_entry_batch", "batch_id"),
    # The few entries that reach from one month into another are shared out day by day.
    Index("ix_entry_spanning", "first_day", "last_day",
          sqlite_where=text("first_day / 100 <> last_day / 100"),
          postgresql_where=text("first_day / 100 <> last_day / 100")),
    # Entries of meters that reach over a day are not found by the day a file asks for.
    Index("ix_entry_long", "meter_id", "first_day",
          sqlite_where=text("last_day > first_day AND meter_id IS NOT NULL"),
          postgresql_where=text("last_day > first_day AND meter_id IS NOT NULL")),
    # Bills, waste, production: the ends of a member's flows that no meter tells of.
    Index("ix_entry_without_meter", "from_account_id", "to_account_id", "commodity_id",
          sqlite_where=text("meter_id IS NULL"), postgresql_where=text("meter_id IS NULL")),
    # The few days on which a meter has no value for some interval.
    Index("ix_entry_missing", "meter_id", "first_day",
          sqlite_where=text("instr(profile, 'null') > 0"),
          postgresql_where=text("strpos(profile, 'null') > 0")),
    # What no meter measured, or a source marks: how good the data are, see `grades`.
    Index("ix_entry_not_measured", "first_day", "last_day",
          sqlite_where=text("quality <> 'actual' OR meter_id IS NULL"),
          postgresql_where=text("quality <> 'actual' OR meter_id IS NULL")),
    Index("ix_entry_corrects", "corrects_id", sqlite_where=text("corrects_id IS NOT NULL"),
          postgresql_where=text("corrects_id IS NOT NULL")),
)  # fmt: skip

reject = _table(
    "reject",
    "A row of a source file that could not be posted, with the reason; nothing is dropped.",
    _id("Number of the reject."),
    _batch(),
    _int("line", "Line in the document."),
    _text("column_name", "Column concerned, '' for the row as a whole."),
    _text("text", "Text of the row or field."),
    _text("reason", "Why it could not be posted."),
)

finding = _table(
    "finding",
    "What the validation of an import noticed about a meter, as known when its batch was posted.",
    _id("Number of the finding."),
    _batch(),
    _ref("meter_id", "meter", "Meter concerned."),
    _text("kind", "Rule that noticed it: gap, zero_run, negative, spike, step … see validation."),
    _text("severity", "warning: look at it before you rely on the figures; info: good to know."),
    _int("start_utc", "Start of the period concerned, seconds since 1970-01-01 UTC."),
    _int("end_utc", "End of the period (exclusive), seconds since 1970-01-01 UTC."),
    _int("first_day", "Local day of the start, as the integer yyyymmdd."),
    _int("last_day", "Local day of the last instant, as the integer yyyymmdd."),
    _int("count", "How many intervals, values or days are concerned."),
    _text("value", "What was found, exact decimal in unit.", null=True),
    _text("expected", "What was to be expected, exact decimal in unit.", null=True),
    _text("unit", "Unit of value and expected.", null=True),
    _text("parameters", "Further figures of the rule by name, JSON."),
    _text("text_en", "The finding as a sentence, English."),
    _text("text_zh", "The finding as a sentence, Chinese."),
    _int("line_first", "First line of the source document.", null=True),
    _int("line_last", "Last line of the source document.", null=True),
    _one_of("severity", *SEVERITIES),
    CheckConstraint("end_utc >= start_utc", name="period"),
    Index("ix_finding_batch", "batch_id"),
    Index("ix_finding_meter", "meter_id", "kind"),
)

expectation = _table(
    "expectation",
    "What must arrive, from whom and by when; of several of one name the highest batch holds.",
    _id("Number of the declaration."),
    _batch(),
    _text("code", "Name of the expectation."),
    _ref("meter_id", "meter", "Meter whose values must arrive; none for records.", null=True),
    _ref("commodity_id", "commodity", "What the records must state.", null=True),
    _ref("from_account_id", "account", "Account it leaves, for records.", null=True),
    _ref("to_account_id", "account", "Account it reaches, for records.", null=True),
    _text("frequency", "day, month, quarter, year: what period each delivery is for."),
    _int("since", "First local day expected, as the integer yyyymmdd."),
    _int("until", "Last local day expected, as the integer yyyymmdd; none: without end.",
         null=True),
    _int("due_days", "How many days after the end of a period its delivery is due."),
    _text("owner", "Whose it is: who must deliver."),
    _int("whole", "1: the records must cover every day of the period; 0: one record will do."),
    _text("note", "Remark.", null=True),
    _int("withdrawn", "1: takes the expectation back, from this batch on."),
    _one_of("frequency", *FREQUENCIES),
    CheckConstraint("meter_id IS NOT NULL OR commodity_id IS NOT NULL", name="what"),
    CheckConstraint("due_days >= 0", name="due_days"),
    CheckConstraint("whole IN (0, 1)", name="whole"),
    CheckConstraint("withdrawn IN (0, 1)", name="withdrawn"),
    UniqueConstraint("code", "batch_id"),
)  # fmt: skip

factor_pack = _table(
    "factor_pack",
    "A published set of factors, immutable once loaded.",
    _id("Number of the pack."),
    _batch(),
    _text("code", "Code of the pack."),
    _text("edition", "Edition; a new edition is a new pack."),
    _text("publisher", "Who published it."),
    _text("title", "Title of the publication."),
    _text("title_zh", "Chinese title.", null=True),
    _text("document", "Document number or address of the publication."),
    _text("licence", "Right to use it."),
    _text("published_on", "Date of publication, ISO 8601.", null=True),
    _text("confidence", "How sure the transcription is."),
    _text("note", "What a user must know.", null=True),
    _text("content_hash", "SHA-256 over the pack's files, hex."),
    _later_text(
        "standing",
        "shipped: comes with the program; stated: said in a site file; held: a user's own, counts "
        "once it has a publication; none: posted before packs were published, counts at once.",
    ),
    _later_text("pedigree_by", "Who scored the pedigree of its factors, and how."),
    _one_of("standing", *PACK_STANDINGS),
    UniqueConstraint("code", "edition"),
)

publication = _table(
    "publication",
    "That a pack of a user's own may be used from then on: published by another actor than the one "
    "who loaded it.",
    _id("Number of the publication."),
    _batch(),
    _ref("pack_id", "factor_pack", "Pack published."),
    _text("content_hash", "SHA-256 over the files of the pack as it was published, hex."),
    UniqueConstraint("pack_id"),
)

factor = _table(
    "factor",
    "What a unit of activity emits, weighs or is worth in standard coal.",
    _id("Number of the factor."),
    _batch(),
    _ref("pack_id", "factor_pack", "Pack it belongs to."),
    _text("code", "Name within the pack."),
    _text("activity", "Commodity, gas or benchmark it belongs to."),
    _text("region", "Region it holds for; '' any."),
    _text("valid_from", "First day it may be used for, ISO 8601.", null=True),
    _text("valid_to", "Last day it may be used for, ISO 8601.", null=True),
    _int("data_year", "Year the number describes.", null=True),
    _text("purpose", "What it may be used for."),
    _text("gas", "Gas, 'co2e' for the equivalent, '' for none."),
    _text("value", "Exact decimal as printed."),
    _text("unit", "Unit of the value."),
    _text("basis", "equivalent or equal (standard coal), ncv or gcv, AR6 …"),
    _text("technology", "Technology the number is limited to."),
    _text("uncertainty", "Published uncertainty."),
    _text("distribution", "Published distribution."),
    _text("page", "Page, table or clause of the source."),
    _text("confidence", "primary, two_sources, one_source, derived."),
    _text("note", "What a user must know."),
    _later_text(
        "pedigree",
        "Scores 1 (best) to 5 of reliability, completeness, temporal, geographical and "
        "technological correlation as its pack states them: (2,3,-,-,2,BU:1.05).",
    ),
    UniqueConstraint("pack_id", "code"),
)

method = _table(
    "method",
    "A standard's rules as data, immutable once loaded.",
    _id("Number of the method."),
    _batch(),
    _text("code", "Code of the method."),
    _text("edition", "Edition; changed rules are a new edition."),
    _text("standard", "Standard or notice it follows."),
    _text("rules", "The rules, TOML text."),
    _text("content_hash", "SHA-256 of the rules, hex."),
    UniqueConstraint("code", "edition"),
)

closing = _table(
    "closing",
    "A period closed for a boundary: it takes no entry any more without a reason to restate it.",
    _id("Number of the closing."),
    _batch(),
    _ref("account_id", "account", "Account whose subtree is closed."),
    _text("period", "Period as asked for: 2024, 2024-Q1, 2024-03, 2024-01..2024-06."),
    _int("first_day", "First local day, as the integer yyyymmdd."),
    _int("last_day", "Last local day, as the integer yyyymmdd."),
    _int("start_utc", "Start of the period in the zone of the account, seconds since 1970 UTC."),
    _int("end_utc", "End of the period (exclusive), seconds since 1970 UTC."),
    UniqueConstraint("account_id", "first_day", "last_day"),
    CheckConstraint("last_day >= first_day", name="days"),
)

restatement = _table(
    "restatement",
    "A batch that changed a closed period, with the reason; its figures are in restated_figure.",
    _id("Number of the restatement."),
    _batch(),
    _ref("closing_id", "closing", "Closing whose period was changed."),
    _text("reason", "Why the closed period was changed."),
    _text("note", "What of the site was changed, where that moves figures.", null=True),
    UniqueConstraint("batch_id", "closing_id"),
)

restated_figure = _table(
    "restated_figure",
    "A sum of a closed period before and after a restatement.",
    _id("Number of the row."),
    _batch(),
    _ref("restatement_id", "restatement", "Restatement that changed it."),
    _ref("from_account_id", "account", "Account the flow leaves."),
    _ref("to_account_id", "account", "Account the flow reaches."),
    _ref("commodity_id", "commodity", "What flows."),
    _int("month", "Local month, as the integer yyyymm."),
    _int("quantity_before", "Sum before, in millionths of the commodity's canonical unit."),
    _int("quantity_after", "Sum after, in millionths of the commodity's canonical unit."),
    UniqueConstraint(
        "restatement_id", "from_account_id", "to_account_id", "commodity_id", "month",
        # The usual name would be too long for PostgreSQL.
        name="uq_restated_figure_flow",
    ),
)  # fmt: skip

run, emission_line = schema_runs.run, schema_runs.emission_line
indicator, filed_report = schema_runs.indicator, schema_runs.filed_report

access_grant = _table(
    "access_grant",
    "Which login of a database server may see or post what; the grant of the highest number holds.",
    _id("Number of the grant."),
    _text("role", "Login of the database it is for."),
    _text("kind", "auditor, importer, or revoked."),
    _ref("account_id", "account", "Account whose subtree a member may see; none: everything.",
         null=True),
    _text("granted_at", "When, ISO 8601 in UTC."),
    _text("actor", "Who granted or revoked it."),
    _one_of("kind", *GRANT_KINDS),
)  # fmt: skip

data_dictionary = _table(
    "data_dictionary",
    "What every table, view and column means; written anew by the program at each upgrade.",
    Column("object", Text, primary_key=True, comment="Table or view."),
    Column("column_name", Text, primary_key=True, comment="Column, '' for the object itself."),
    _text("kind", "table or view."),
    _text("text_en", "Meaning, English."),
    _text("text_zh", "Meaning, Chinese.", null=True),
)

from carbonledger.ledger import restated_tables  # noqa: E402 (last, as its tables came last)

run_restatement = restated_tables.run_restatement
run_restatement_part = restated_tables.run_restatement_part
