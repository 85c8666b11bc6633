"""The files of a locked batch: put away where only the daemon's own user reads them, brought back, or destroyed.

Everything here may be done again after a stop half way. To be called in the ledger's thread (see ``entry.record``).
The folder ``locked`` below the state folder bears the marks by which backup programs leave a folder out.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from appliance.core import files
from appliance.spool.ledger import Ledger
from appliance.spool.store import Store

TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# Images of locked batches: never to be copied or backed up.\n"
"""CACHEDIR.TAG (bford.info/cachedir): tar, borg, restic and others leave such folders out when asked to."""


def prepare(store: Store) -> None:
    """Make the folder of locked batches with its marks."""
    files.make_folder(store.locked, 0o700)
    for name in ("CACHEDIR.TAG", ".nobackup"):
        if not (store.locked / name).exists():
            files.write_durably(store.locked / name, TAG, 0o600)


def put_away(ledger: Ledger, batch: str, store: Store) -> None:
    """Move the masters of a batch into its own folder, and remove what was made of them."""
    prepare(store)
    room = files.make_folder(store.locked / batch, 0o700)
    touched = set()
    for path in _paths(ledger, batch):
        for source in _files_of(store, path):
            target, needed = room / source.name, _is_needed(ledger, batch, path, store.locked, source.name)
            if not target.exists():
                if needed:
                    os.link(source, target)  # an equal image of another batch stays there
                else:
                    source.rename(target)
                    target.chmod(0o600)
            elif not needed:
                source.unlink()
            touched.add(source.parent)
    for folder in (room, *touched):
        files.sync_folder(folder)


def _is_needed(ledger: Ledger, batch: str, path: str, locked: Path, name: str) -> bool:
    """Say whether another batch needs a file: one that is not locked, or is and has not put it away yet."""
    return any(not other["locked"] or not (locked / other["batch"] / name).exists()
               for other in ledger.all("path_elsewhere", path=path, batch=batch))


def remove_derived(ledger: Ledger, lock: int, batch: str, store: Store) -> None:
    """Remove what was made from a batch, and documents and packages of every dossier that its lock stops."""
    remove_made(ledger, batch, store)
    stopped = ledger.all("lock_dossiers", lock=lock)
    documents = {row["id"] for one in stopped for row in ledger.all("all_documents_of", dossier=one["dossier"])}
    _remove(documents, {one["package"] for one in stopped}, store)


def remove_made(ledger: Ledger, batch: str, store: Store) -> None:
    """Remove text, documents and packages that have a page of a batch in them.

    Those of a delivered dossier too: the archive has it, and its local copies go as they do after its receipt.
    """
    pages, made = ledger.all("sides_of_batch", batch=batch), ledger.all("documents_made_of", batch=batch)
    for page in pages:
        _unlink([*store.work.glob(f"page-{page['id']}.*"), *_named(page["text_path"])])
    _remove({row["id"] for row in made}, {row["package"] for row in made}, store)


def _remove(documents: set[str], packages: set[str], store: Store) -> None:
    places = [place(one) for one in sorted(documents) for place in (store.unsigned, store.signed)]
    places += [store.package(one) for one in sorted(packages) if one]
    _unlink([path for place in places for path in _begin_with(place)])
    for folder in (store.work, store.packages):
        files.sync_folder(folder)


def bring_back(ledger: Ledger, batch: str, store: Store) -> None:
    """Move the masters of a released batch back among the others."""
    room, touched = store.locked / batch, set()
    wanted = {Path(path).stem: store.master(path).parent for path in _paths(ledger, batch)}
    for source in sorted(room.iterdir()) if room.is_dir() else ():
        folder = wanted.get(source.stem)
        if folder is not None and not (folder / source.name).exists():
            files.make_folder(folder)
            source.chmod(0o440)
            source.rename(folder / source.name)
            touched.add(folder)
        else:
            source.unlink()
    for folder in touched:
        files.sync_folder(folder)
    _drop(room)


def destroy(batch: str, store: Store) -> None:
    """Overwrite and remove the images of a batch.

    Overwriting reaches what a disk shows under this name; what flash, snapshots or a copying file system keep
    beside it, it cannot reach (docs/secrets.md).
    """
    room = store.locked / batch
    for path in sorted(room.iterdir()) if room.is_dir() else ():
        if path.stat().st_nlink == 1:
            files.overwrite(path)
        path.unlink()
    _drop(room)


def _paths(ledger: Ledger, batch: str) -> list[str]:
    return sorted({page["path"] for page in ledger.all("sides_of_batch", batch=batch) if not page["cleared"]})


def _files_of(store: Store, path: str) -> Iterator[Path]:
    """Yield the master and the file it was made from, where they are."""
    master = store.master(path)
    yield from (one for one in (master, master.with_suffix(".orig")) if one.is_file())


def _named(path: str) -> list[Path]:
    return [Path(path)] if path else []


def _begin_with(path: Path) -> list[Path]:
    """Return a file and what an interrupted write left of it."""
    return list(path.parent.glob(f"{glob.escape(path.name)}*"))


def _unlink(paths: list[Path]) -> None:
    for path in paths:
        if path.is_file():
            path.unlink(missing_ok=True)


def _drop(room: Path) -> None:
    if room.is_dir():
        files.sync_folder(room)
        room.rmdir()
        files.sync_folder(room.parent)
