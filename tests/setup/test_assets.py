"""Joined files: right, or not there."""

import hashlib
from pathlib import Path

import pytest

from callbot.setup.assets import Asset, ChecksumError, all_verified, assemble

FIRST, SECOND = b"one half, " * 1000, b"the other" * 1000
WHOLE = FIRST + SECOND


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "part1").write_bytes(FIRST)
    (folder / "part2").write_bytes(SECOND)
    return folder


@pytest.fixture
def asset() -> Asset:
    digest = hashlib.sha256(WHOLE).hexdigest()
    return Asset("model.bin", ("part1", "part2"), len(WHOLE), digest)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def test_parts_become_the_whole(source: Path, asset: Asset, tmp_path: Path) -> None:
    target = tmp_path / "models"
    assemble(asset, source, target)
    assert (target / "model.bin").read_bytes() == WHOLE
    assert names(target) == {"model.bin"}
    assert all_verified(target, [asset])


def test_a_wrong_part_leaves_nothing_behind(source: Path, asset: Asset, tmp_path: Path) -> None:
    (source / "part2").write_bytes(SECOND[:-1] + b"X")
    target = tmp_path / "models"
    with pytest.raises(ChecksumError) as caught:
        assemble(asset, source, target)
    assert "model.bin" in str(caught.value)
    assert "Relancez" in caught.value.mend
    assert names(target) == set()


def test_a_wrong_part_does_not_touch_a_good_file(
    source: Path, asset: Asset, tmp_path: Path
) -> None:
    target = tmp_path / "models"
    assemble(asset, source, target)
    (source / "part1").write_bytes(b"damaged")
    with pytest.raises(ChecksumError):
        assemble(asset, source, target)
    assert all_verified(target, [asset])


def test_an_interrupted_join_is_taken_up(source: Path, asset: Asset, tmp_path: Path) -> None:
    target = tmp_path / "models"
    target.mkdir()
    (target / "model.bin.partiel").write_bytes(FIRST[:100])
    assert not all_verified(target, [asset])
    assemble(asset, source, target)
    assert names(target) == {"model.bin"}
    assert all_verified(target, [asset])


def test_a_file_from_elsewhere_counts_when_its_checksum_does(asset: Asset, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(WHOLE)
    assert all_verified(tmp_path, [asset])


def test_a_file_changed_after_it_was_verified_is_seen(asset: Asset, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(WHOLE)
    assert all_verified(tmp_path, [asset])
    path.write_bytes(b"X" + WHOLE[1:])
    assert not all_verified(tmp_path, [asset])


def test_a_new_expected_checksum_is_not_answered_by_the_old_stamp(
    asset: Asset, tmp_path: Path
) -> None:
    (tmp_path / "model.bin").write_bytes(WHOLE)
    assert all_verified(tmp_path, [asset])
    other = Asset(asset.name, asset.parts, asset.size, "0" * 64)
    assert not all_verified(tmp_path, [other])
