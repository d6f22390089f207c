#!/usr/bin/env python3
"""Packs a release: pack.py PROGRAMS ARCHIVES

PROGRAMS has a folder for each target, named by its triple, with the program in it. One of them must run on this machine: it
prints the completions and the manual page. ARCHIVES gets an archive for each target, and the file SHA256SUMS. The same programs
give the same archives, byte for byte.
"""

import calendar
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = "jobs-sandbox"

# Where each shell looks for it, by the name that the shell expects.
COMPLETIONS = {
    "bash": f"{NAME}.bash",
    "zsh": f"_{NAME}",
    "fish": f"{NAME}.fish",
    "powershell": f"_{NAME}.ps1",
}


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout


def host():
    """The target of this machine."""
    found = re.search(rb"^host: (.+)$", output("rustc", "-vV"), re.MULTILINE)
    return found[1].decode()


def version_and_time(program):
    """The version, and the date of the commit that the program was built from, in seconds."""
    printed = output(program, "--version").decode()
    found = re.fullmatch(rf"{NAME} (\S+) \([0-9a-f]+ (\d+-\d+-\d+)\)\n", printed)
    if not found:
        sys.exit(f"error: a release names its commit, and `--version` prints: {printed}")
    return found[1], calendar.timegm(time.strptime(found[2], "%Y-%m-%d"))


def texts(program):
    """What is the same in each archive, by its path there."""
    files = {"README.md": (ROOT / "README.md").read_bytes()}
    for licence in sorted(ROOT.glob(".github/LICENSE-*")):
        files[licence.name] = licence.read_bytes()
    for shell, name in COMPLETIONS.items():
        files[f"completions/{name}"] = output(program, "completions", shell)
    files[f"man/man1/{NAME}.1"] = output(program, "man")
    return files


def linked(target):
    """The packages whose code is in the program for a target."""
    metadata = json.loads(
        output("cargo", "metadata", "--format-version=1", "--locked", f"--filter-platform={target}")
    )
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    waiting, found = [metadata["resolve"]["root"]], set()
    while waiting:
        package = waiting.pop()
        for dependency in nodes[package]["deps"]:
            is_linked = any(it["kind"] is None for it in dependency["dep_kinds"])
            if is_linked and dependency["pkg"] not in found:
                found.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    packages = [it for it in metadata["packages"] if it["id"] in found]
    return sorted(packages, key=lambda it: (it["name"], it["version"]))


def notices(target):
    """The licences of the packages in the program for a target. Each text appears once."""
    users = {}
    without = []
    for package in linked(target):
        name = f"{package['name']} {package['version']} ({package['license'] or 'see below'})"
        folder = Path(package["manifest_path"]).parent
        files = [it for it in folder.iterdir() if re.match(r"(?i)(licen[cs]e|copying|notice|unlicense)", it.name)]
        found = sorted(it.read_text(errors="replace").strip() for it in files if it.is_file())
        if not found:
            without.append(name)
        for text in found:
            users.setdefault(text, []).append(name)
    parts = [f"{NAME} contains the following packages, under these licences.\n"]
    if without:
        parts.append("Without a text of its own:\n" + "".join(f"  {it}\n" for it in without))
    parts += ["".join(f"  {it}\n" for it in names) + f"\n{text}\n" for text, names in users.items()]
    return f"\n{'-' * 80}\n\n".join(parts).encode()


def tar(files, program, modified):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mtime = len(content), modified
            entry.mode = 0o755 if path == program else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def zipped(files, modified):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, time.gmtime(modified)[:6])
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def main(programs, archives):
    shown_by = programs / host() / NAME
    version, modified = version_and_time(shown_by)
    common = texts(shown_by)
    sums = []
    archives.mkdir(parents=True, exist_ok=True)
    for folder in sorted(it for it in programs.iterdir() if it.is_dir()):
        target = folder.name
        is_windows = "windows" in target
        program = NAME + ".exe" * is_windows
        content = (folder / program).read_bytes()
        top = f"{NAME}-{version}-{target}"
        files = {program: content, **common, "THIRD-PARTY.txt": notices(target)}
        files = {f"{top}/{path}": content for path, content in files.items()}
        packed = zipped(files, modified) if is_windows else tar(files, f"{top}/{program}", modified)
        name = top + (".zip" if is_windows else ".tar.gz")
        (archives / name).write_bytes(packed)
        sums.append(f"{hashlib.sha256(packed).hexdigest()}  {name}\n")
    (archives / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
