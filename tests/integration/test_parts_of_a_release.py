"""Who must answer whether a hole concerns a release finds every part of it: also what lies inside wheels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from appliance.building import inside, licences, sbom
from appliance.building.debian import Package

ROOT = Path(__file__).parents[2]
EPOCH = 1_790_000_000
METADATA = "Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{more}\n"
NATIVE = {"components": [
    {"name": "odd", "version": "1.0", "purl": "pkg:pypi/odd@1.0"},
    {"name": "openssl-libs", "version": "1.1.1k-15.el8_6", "purl": "pkg:rpm/almalinux/openssl-libs@1.1.1k-15"},
    {"name": "openssl-libs", "version": "1.1.1k-15.el8_6", "purl": "pkg:rpm/almalinux/openssl-libs@1.1.1k-15"},
    {"name": "libtiff", "version": "4.7.2", "licenses": [{"license": {"id": "libtiff"}}]},
    {"name": "pybind11"}]}
PRODUCT = "scanner_appliance-0.1.0-py3-none-any.whl"

PACKAGES = [(Package("samba", "2:4.17", "amd64", "cd" * 32), ("GPL-3.0+", "GPL-3+ with exception", "MIT")),
            (Package("acl", "2.3.1-3", "amd64", "ab" * 32), ())]


def wheel(folder: Path, name: str, version: str, more: str = "", **members: str) -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        text = METADATA.format(name=name, version=version, more=more)
        archive.writestr(f"{name}-{version}.dist-info/METADATA", text)
        for member, text in members.items():
            archive.writestr(member, text)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    wheel(tmp_path, "scanner_appliance", "0.1.0", "License-Expression: Apache-2.0\n")
    wheel(tmp_path, "odd", "1.0", "License-Expression: MIT OR Apache-2.0\n", **{
        "odd.libs/libssl-81259c47.so.1.1.1k": "", "odd/_own.cpython-311-x86_64-linux-gnu.so": "",
        "odd/_own.abi3.so": "", "odd/binding/liblone.so": "",
        "odd-1.0.dist-info/sboms/auditwheel.cdx.json": json.dumps(NATIVE)})
    whole = "License: " + "words " * 100
    wheel(tmp_path, "plain", "2.0", f"{whole}\nClassifier: License :: OSI Approved :: BSD License\n")
    return tmp_path


def written(folder: Path, name: str) -> bytes:
    wheels = [path for path in folder.glob("*.whl") if path.name != PRODUCT]
    sbom.write(folder / name, folder / PRODUCT, wheels, PACKAGES, EPOCH)
    return (folder / name).read_bytes()


def test_libraries_inside_a_wheel_are_named_and_its_own_modules_are_not(folder: Path) -> None:
    found = [(part.name, part.version) for part in inside.parts(folder / "odd-1.0-py3-none-any.whl")]
    assert found == [("liblone.so", ""), ("libssl.so.1.1.1k", ""), ("libtiff", "4.7.2"),
                     ("openssl-libs", "1.1.1k-15.el8_6"), ("pybind11", "")]


def test_the_list_of_parts_is_what_cyclonedx_says_and_always_the_same(folder: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = written(folder, "1.json")
    again = ("import sys, pathlib, test_parts_of_a_release as test\n"
             "test.written(pathlib.Path(sys.argv[1]), '2.json')")
    subprocess.run([sys.executable, "-c", again, folder], check=True, timeout=120, env=os.environ | {
        "PYTHONHASHSEED": "7", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests/integration'}"})
    assert text == (folder / "2.json").read_bytes()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.decode()) is None
    told = json.loads(text)
    parts = {part["name"]: part for part in told["components"]}
    assert set(parts) == {"odd", "plain", "samba", "acl"}
    assert told["metadata"]["component"]["name"] == "scanner_appliance"
    assert parts["odd"]["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert parts["plain"]["licenses"] == [{"license": {"name": "BSD License"}}]
    assert len(parts["samba"]["licenses"]) == 3
    assert parts["samba"]["purl"].startswith("pkg:deb/debian/samba@")
    assert "openssl-libs" in {part["name"] for part in parts["odd"]["components"]}


def test_a_copyright_file_in_prose_names_no_licence_for_certain(tmp_path: Path) -> None:
    assert licences.stated("This is free software: License: GPL-2\n") == []
    text = "Format: https://www.debian.org/copyright-format/1.0/\nLicense: {}\n text\nLicense: MIT\n"
    assert licences.stated(text.format("GPL-2+")) == ["GPL-2+", "MIT"]


def test_licences_are_read_from_the_package_itself_and_only_once(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN").chmod(0o755)
    control = "Package: odd\nVersion: 1\nArchitecture: all\nMaintainer: O <o@example.vn>\nDescription: odd\n"
    (tree / "DEBIAN/control").write_text(control, "ascii")
    (tree / "usr/share/doc/odd").mkdir(parents=True)
    (tree / "usr/share/doc/odd/copyright").write_text("Format: x\nLicense: BSD-3-clause\n", "ascii")
    package = Package("odd", "1", "all", "ab" * 32)
    subprocess.run(["dpkg-deb", "--build", tree, tmp_path / package.file], check=True, capture_output=True)
    assert licences.of(tmp_path, [package], tmp_path) == [(package, ("BSD-3-clause",))]
    (tmp_path / package.file).unlink()
    assert licences.of(tmp_path, [package], tmp_path) == [(package, ("BSD-3-clause",))]
