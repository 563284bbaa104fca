"""The hashes of the log: RFC 6962 for the tree, canonical rows for the content."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonledger.ledger.canon import (
    HEADER,
    POSTED,
    ContentHash,
    leaf_hash,
    root,
    row_bytes,
    rows_bytes,
    text,
)
from carbonledger.ledger.schema import account, batch, entry, metadata, reject

# Inputs and roots of the test vectors that the authors of RFC 6962 publish with its reference
# implementation: https://github.com/google/certificate-transparency, merkle_tree_test.cc.
LEAVES = (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)  # fmt: skip
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)


def leaf(data: str) -> str:
    return hashlib.sha256(b"\x00" + bytes.fromhex(data)).hexdigest()


@pytest.mark.parametrize("size", ROOTS)
def test_the_root_is_the_one_of_the_rfc(size: int) -> None:
    assert root([leaf(data) for data in LEAVES[:size]]) == ROOTS[size]


def node(left: str, right: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


@given(st.lists(HASHES, min_size=1, max_size=70))
def test_the_root_is_that_of_a_tree_grown_leaf_by_leaf(leaves: list[str]) -> None:
    """A log that only grows merges full subtrees of equal size, as a binary counter carries."""
    peaks: list[tuple[int, str]] = []
    for one in leaves:
        peaks.append((1, one))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            (size, left), (_, right) = peaks[-2:]
            peaks[-2:] = [(2 * size, node(left, right))]
    folded = peaks[-1][1]
    for _, peak in reversed(peaks[:-1]):
        folded = node(peak, folded)
    assert root(leaves) == folded


@given(st.lists(HASHES, min_size=2, max_size=9, unique=True), st.data())
def test_the_root_tells_order_and_number(leaves: list[str], data: st.DataObject) -> None:
    other = data.draw(st.permutations(leaves))
    assert (root(other) == root(leaves)) == (other == leaves)
    assert root(leaves[:-1]) != root(leaves)


def test_a_leaf_is_the_header_of_a_batch_in_the_order_of_the_schema() -> None:
    header: dict[str, Any] = dict.fromkeys(HEADER)
    header |= {"id": 7, "kind": "import", "reason": "Zähler №1 · 电表"}
    written = (
        b'[7,"import",null,null,"Z\xc3\xa4hler \xe2\x84\x961 \xc2\xb7 \xe7\x94\xb5\xe8\xa1\xa8",'
        + b",".join([b"null"] * 11)
        + b"]\n"
    )
    assert leaf_hash(header) == hashlib.sha256(b"\x00" + written).hexdigest()
    assert {*HEADER, "leaf_hash"} == set(batch.columns.keys())


@pytest.mark.parametrize("name", HEADER)
def test_a_leaf_tells_every_column_of_the_header(name: str) -> None:
    header: dict[str, Any] = dict.fromkeys(HEADER, 1)
    assert leaf_hash(header | {name: 2}) != leaf_hash(header)
    assert leaf_hash(header | {name: None}) != leaf_hash(header)


def test_a_row_is_written_without_blanks_in_utf_8() -> None:
    assert row_bytes([1, None, "度", '"', -5]) == '[1,null,"度","\\"",-5]\n'.encode()
    assert text({"b": 1, "a": [None, "度"]}) == '{"a":[null,"度"],"b":1}'


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        row_bytes([float("nan")])


@given(
    st.lists(
        st.lists(
            st.integers() | st.text() | st.sampled_from(["]\x1f[", "\x1f", "],["]) | st.none()
        ),
        min_size=1,
    )
)
def test_rows_together_are_written_as_each_alone(rows: list[list[int | str | None]]) -> None:
    assert rows_bytes(rows) == b"".join(row_bytes(row) for row in rows)


def hashed(*rows: tuple[Any, ...]) -> str:
    made = ContentHash()
    for table, *values in rows:
        made.add(table, [values])
    return made.hexdigest()


def test_tables_are_hashed_in_the_order_of_the_schema_whatever_came_first() -> None:
    assert hashed((account, 1, "a"), (entry, 1, 2)) == hashed((entry, 1, 2), (account, 1, "a"))
    assert hashed((entry, 1), (entry, 2)) != hashed((entry, 2), (entry, 1))
    # The same row in another table is another content.
    assert hashed((entry, 1)) != hashed((reject, 1))
    assert hashed() == hashlib.sha256(b"").hexdigest()


def test_every_table_with_a_batch_is_hashed() -> None:
    of_runs = {"run", "emission_line_row", "indicator_row", "filed_report"}
    of_the_server = {"access_grant"}
    rewritten = {"data_dictionary"}
    assert {table.name for table in POSTED} == set(
        metadata.tables
    ) - of_runs - rewritten - of_the_server - {"batch"}


@given(st.lists(st.tuples(st.integers(), st.text(), st.none() | st.integers()), max_size=5))
def test_rows_cannot_be_cut_otherwise_to_the_same_hash(
    rows: list[tuple[int, str, int | None]],
) -> None:
    parts = ContentHash()
    for row in rows:
        parts.add(entry, [row])
    whole = ContentHash()
    whole.add(entry, rows)
    assert whole.hexdigest() == parts.hexdigest()
    longer = ContentHash()
    longer.add(entry, [*rows, (0, "", None)])
    assert longer.hexdigest() != whole.hexdigest()
