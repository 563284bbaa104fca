"""Files made to do harm, or damaged so that they might: each is refused, in bounded time and memory."""

from pathlib import Path

from ingest_kit import Books


def test_what_a_parser_could_not_read_is_quoted_in_part(tmp_path: Path) -> None:
    space = "urn:iec62325.351" + "\n2024-03-01 05:00,1" * 500
    text = f'<?xml version="1.0"?><GL_MarketDocument xmlns="{space}"></GL_MarketDocument>'

    refused = Books(tmp_path / "p").refused(text.encode(), name="a.xml")

    assert refused.code == "file-malformed"
    assert "it is no well-formed XML: xmlns" in refused.message
    assert refused.message.endswith("…")
    assert len(refused.message) < 800
