import pytest

from evaluations.runs.identity import identifying_names, masked_text, names_model

SMOL = {"name": "SmolLM2 135M Instruct", "maker": "Hugging Face"}


def test_the_first_word_without_its_version_and_the_maker_give_a_model_away() -> None:
    assert identifying_names(**SMOL) == ["SmolLM", "Hugging Face"]
    assert identifying_names("o1", "") == []
    assert identifying_names("GPT-4o mini", "OpenAI") == ["GPT", "OpenAI"]


@pytest.mark.parametrize(
    "text",
    ["I am SmolLM2, an assistant.", "i am a smollm model", "trained by hugging face.", "SMOLLM:"],
)
def test_naming_is_found_in_any_case_and_with_a_version(text: str) -> None:
    assert names_model(text, **SMOL)


@pytest.mark.parametrize("text", ["MİSTRAL", "mıstral 7b", "(miſtral)", "MISTRAL", "I am Mistral."])
def test_letters_that_are_the_same_in_another_case_are_the_same(text: str) -> None:
    assert names_model(text, name="Mistral 7B", maker="")
    assert "█" in masked_text(text, name="Mistral 7B", maker="")


@pytest.mark.parametrize("text", ["", "A small model of a bridge.", "smollmania", "hugging a face"])
def test_other_words_are_left_alone(text: str) -> None:
    assert not names_model(text, **SMOL)


def test_a_masked_text_keeps_its_length_in_code_points() -> None:
    text = "😀 I am SmolLM2-135M-Instruct, by Hugging Face. Smollmania stays."
    masked = masked_text(text, **SMOL)
    assert len(masked) == len(text)
    assert masked == f"😀 I am {'█' * 21}, by {'█' * 12}. Smollmania stays."


def test_a_model_without_a_telling_name_masks_nothing() -> None:
    assert masked_text("I am o1.", name="o1", maker="") == "I am o1."
