"""Archives: each member that may be data is a file of its own, with a hash and a batch of its own.

An archive is taken or refused as a whole before anything of it is unpacked: whoever packs a path
that leaves the folder, or a link, does not send meter data.
"""

import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from carbonledger.errors import ImportRefused
from carbonledger.ingest.containers.kinds import kind_of
from carbonledger.ingest.containers.temporary import temporary
from carbonledger.ingest.containers.zipped import check_sizes, opened, shown, unpack

MOST_MEMBERS = 1000
# Flag of a member whose name is UTF-8; without it Python takes it for code page 437.
UTF8 = 0x800
DRIVE = re.compile(r"[A-Za-z]:")
NESTED = (".zip", ".7z", ".rar", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2",
          ".tar.xz")  # fmt: skip
# What systems put into archives by themselves, and what explains the data.
NOT_MEANT = ("thumbs.db", "desktop.ini", ".ds_store")
NO_DATA = (".pdf", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".md", ".htm", ".html", ".doc", ".docx",
           ".xsd", ".xsl", ".toml", ".rejects.csv")  # fmt: skip
READ_ME = re.compile(r"(read[ _-]?me|licen[cs]e|copying)(\.[a-z]{1,4})?", re.IGNORECASE)
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in an archive.

    Attributes:
        members: names of those that may be data, in the order of the archive.
        left: names of those that are none.
    """

    members: tuple[str, ...]
    left: tuple[str, ...] = ()

    @property
    def remark(self) -> str:
        """Say what is left out; "" when nothing is."""
        if not self.left:
            return ""
        more = f" and {len(self.left) - MOST_SHOWN} more" if len(self.left) > MOST_SHOWN else ""
        return f"left out of the archive: {', '.join(self.left[:MOST_SHOWN])}{more}"


def listed(path: Path) -> Listing | None:
    """Return what is in an archive; None when the file is none.

    Raises:
        ImportRefused: it is an archive that cannot be taken, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return listing(file, path) if kind_of(file, path) == "zip" else None
    except OSError:
        # Whoever opens it next tells.
        return None


def listing(file: IO[bytes], path: Path) -> Listing:
    """Check an archive and return what is in it.

    Raises:
        ImportRefused: with everything that is wrong with it.
    """
    with opened(file, path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_MEMBERS:
        raise _refused(path, f"it holds {len(infos):,} files; {MOST_MEMBERS:,} are the limit")
    check_sizes(infos, path)
    names = [_name(info, path) for info in infos]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise _refused(path, f"{twice!r} is in it twice")
    left = tuple(name for name in names if not _meant(name))
    found = tuple(name for name in names if _meant(name))
    if not found:
        raise _refused(path, "it holds no file that may be data")
    nested = next((name for name in found if name.lower().endswith(NESTED)), None)
    if nested is not None:
        raise _refused(path, f"{nested!r} is an archive within it", "unpack that one first")
    return Listing(found, left)


def _refused(path: Path, what: str, hint: str = "") -> ImportRefused:
    usual = "unpack it into a folder of its own, look at it, and import what is in it"
    return ImportRefused(f"{path}: {what}", code="archive", hint=hint or usual)


def _name(info: zipfile.ZipInfo, path: Path) -> str:
    """Return the name of a member, which leads to a place below the archive."""
    # Some programs write folders as Windows does.
    name = _decoded(info).replace("\\", "/")
    if not name.isprintable():
        raise _refused(path, f"the name {shown(info)!r} holds signs that are not printed")
    if name.startswith("/") or DRIVE.match(name) or ".." in name.split("/"):
        raise _refused(path, f"the path {shown(info)!r} leads out of the archive")
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise _refused(path, f"{shown(info)!r} is a link or a device, no file")
    return name


def _decoded(info: zipfile.ZipInfo) -> str:
    """Return the name as it was meant: old programs write it in the encoding of their system."""
    name = info.orig_filename
    if info.flag_bits & UTF8 or name.isascii():
        return name
    raw = name.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _meant(name: str) -> bool:
    parts = name.lower().split("/")
    if "__macosx" in parts or parts[-1] in NOT_MEANT or parts[-1].startswith((".", "~$")):
        return False
    return not (parts[-1].endswith(NO_DATA) or READ_ME.fullmatch(parts[-1]))


def member_of(
    file: IO[bytes], path: Path, member: str | None
) -> tuple[str, tuple[str, ...], IO[bytes]]:
    """Unpack a member of an archive into a temporary file.

    Args:
        file: the archive.
        path: its name, for messages.
        member: the one that is meant; None: the only one that may be data.

    Returns:
        Its name, what the user should know, told with the first member, and its bytes.

    Raises:
        ImportRefused: the archive cannot be taken, or several of its files may be meant.
    """
    found = listing(file, path)
    if member is None and len(found.members) > 1:
        raise ImportRefused(
            f"{path} holds {len(found.members):,} files: {', '.join(found.members[:MOST_SHOWN])} …",
            code="archive-members",
            hint="name the one that is meant, or import them all",
        )
    member = found.members[0] if member is None else member
    remarks = (found.remark,) if found.remark and member == found.members[0] else ()
    with temporary() as out:
        _extract(file, path, member, out)
        return member, remarks, out


def _extract(file: IO[bytes], path: Path, member: str, out: IO[bytes]) -> None:
    with opened(file, path) as archive:
        for info in archive.infolist():
            if not info.is_dir() and _name(info, path) == member:
                unpack(archive, info, out)
                out.flush()
                return
    raise _refused(path, f"{member!r} is not in it", "the archive changed; import it again")
