"""The prompt store keeps what it was given, and survives damage."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tts.prompts import SUFFIX, PromptStore, prompt_key

PCM = b"\x01\x02" * 5000


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"??/*{SUFFIX}"))


def test_a_prompt_is_found_again_after_a_restart(tmp_path: Path) -> None:
    key = prompt_key("voix", 1.0, "Bonjour.")
    PromptStore(tmp_path).put(key, PCM)
    again = PromptStore(tmp_path)
    assert key in again
    assert again.get(key) == PCM


def test_voice_pace_and_text_all_make_the_address() -> None:
    keys = {
        prompt_key("voix", 1.0, "Bonjour."),
        prompt_key("autre", 1.0, "Bonjour."),
        prompt_key("voix", 0.8, "Bonjour."),
        prompt_key("voix", 1.0, "Bonsoir."),
    }
    assert len(keys) == 4


@pytest.mark.parametrize("damage", [b"", b"CBPROMPT1\n", b"x" * 400])
def test_a_damaged_file_counts_as_absent_and_is_replaced(tmp_path: Path, damage: bytes) -> None:
    key = prompt_key("voix", 1.0, "Bonjour.")
    PromptStore(tmp_path).put(key, PCM)
    files(tmp_path)[0].write_bytes(damage)
    store = PromptStore(tmp_path)
    assert store.get(key) is None
    assert key not in store
    store.put(key, PCM)
    assert PromptStore(tmp_path).get(key) == PCM


def test_a_truncated_file_counts_as_absent(tmp_path: Path) -> None:
    key = prompt_key("voix", 1.0, "Bonjour.")
    PromptStore(tmp_path).put(key, PCM)
    path = files(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:-2])
    assert PromptStore(tmp_path).get(key) is None


def test_the_least_recently_used_leave_first(tmp_path: Path) -> None:
    store = PromptStore(tmp_path, max_bytes=35_000, memory_bytes=1)
    keys = [prompt_key("voix", 1.0, str(number)) for number in range(4)]
    for key in keys[:3]:
        store.put(key, PCM)
    store.get(keys[0])
    store.put(keys[3], PCM)
    assert store.disk_bytes <= 35_000
    assert keys[0] in store
    assert keys[1] not in store
    assert len(files(tmp_path)) == len(store)


def test_use_counts_across_restarts(tmp_path: Path) -> None:
    store = PromptStore(tmp_path, memory_bytes=1)
    keys = [prompt_key("voix", 1.0, str(number)) for number in range(3)]
    for age, key in enumerate(keys):
        store.put(key, PCM)
        path = next(tmp_path.glob(f"??/{key}{SUFFIX}"))
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    assert PromptStore(tmp_path, memory_bytes=1).get(keys[0]) == PCM
    smaller = PromptStore(tmp_path, max_bytes=25_000)
    assert keys[0] in smaller
    assert keys[1] not in smaller


def test_an_unwritable_disk_still_serves_from_memory(tmp_path: Path) -> None:
    store = PromptStore(tmp_path / "store")
    (tmp_path / "store").rmdir()
    (tmp_path / "store").write_text("a file is in the way")
    key = prompt_key("voix", 1.0, "Bonjour.")
    store.put(key, PCM)
    assert store.get(key) == PCM


def test_half_written_files_are_swept_at_start(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "left.part").write_bytes(b"half")
    assert len(PromptStore(tmp_path)) == 0
    assert not list((tmp_path / "ab").iterdir())


def test_texts_cannot_be_read_from_the_names(tmp_path: Path) -> None:
    PromptStore(tmp_path).put(prompt_key("voix", 1.0, "Madame Martin"), PCM)
    assert "martin" not in str(files(tmp_path)[0]).lower()
