"""The relevance model, on the files that litdesk ships."""

from __future__ import annotations

import json
import shutil

import pytest

from litdesk.cross_encoder import CrossEncoder
from litdesk.errors import SettingsError
from litdesk.relevance import (
    Relevance,
    RelevanceModel,
    open_relevance,
    relevance_folder,
    titled,
)

TITLE = "Sorting Parcels with Two Arms"
ABSTRACT = (
    "Warehouses still sort small parcels by hand. We present a robot with two arms that sorts "
    "1,200 parcels an hour, which is faster than trained workers. Its errors are rarer than those "
    "of a robot with one arm. The controller is learned in simulation only."
)
SENTENCES = [titled(TITLE, text) for text in ABSTRACT.split(". ")]


@pytest.fixture(scope="module")
def model() -> RelevanceModel:
    return RelevanceModel.load()


class Told:
    """Stands for the files: the logits are given."""

    digest = "0"

    def __init__(self, logits, calibration):
        self.logits = logits
        self.calibration = calibration

    def read(self, pairs):
        return [self.logits for _ in pairs]


def test_the_shipped_files_are_small():
    assert sum(path.stat().st_size for path in relevance_folder().iterdir()) <= 25e6


def test_the_sentence_that_answers_is_ahead_of_the_others(model):
    found = [s.answers for s in model.scores("How many parcels are sorted in an hour?", SENTENCES)]
    assert max(found) == found[1]


def test_a_question_about_something_else_is_not_answered(model):
    asked = model.scores("How many parcels are sorted in an hour?", SENTENCES)
    other = model.scores("How long should onions be fried for a soup?", SENTENCES)
    assert max(s.answers for s in other) < max(s.answers for s in asked)


def test_what_the_text_contradicts_is_denied_more_than_what_it_states(model):
    wrong, right = (
        model.scores(f"Why is the robot {word} than trained workers?", SENTENCES[1:2])[0].denies
        for word in ("slower", "faster")
    )
    assert wrong > right


def test_a_paper_is_about_its_topic_rather_than_another(model):
    text = titled(TITLE, ABSTRACT)
    own, other = (
        model.scores(topic, [text])[0].about
        for topic in ("robots in warehouses", "machine translation of poetry")
    )
    assert own > other


def test_a_score_does_not_depend_on_what_is_read_beside_it(model):
    query = "Where is the controller learned?"
    together = model.scores(query, [*SENTENCES, *SENTENCES])
    assert together[: len(SENTENCES)] == together[len(SENTENCES) :]
    alone = RelevanceModel.load()
    assert [alone.scores(query, [text])[0] for text in SENTENCES] == together[: len(SENTENCES)]


def test_nothing_to_read_gives_nothing(model):
    assert model.scores("Anything?", []) == []


def test_logits_become_probabilities_by_the_lines_of_the_calibration():
    line = {"slope": 2.0, "offset": 1.0}
    told = Told((-0.5, 900.0, -900.0), dict.fromkeys(("answers", "about", "denies"), line))
    [found] = RelevanceModel(told).scores("q", ["t"])
    assert found.answers == 0.5
    assert 0 < found.denies < 1e-9 < 1 - 1e-9 < found.about <= 1


def test_a_model_without_calibration_is_refused():
    for calibration in (None, {"answers": {"slope": 1, "offset": 0}}):
        with pytest.raises(SettingsError, match="no calibration"):
            RelevanceModel(CrossEncoder(None, None, digest="", calibration=calibration))


def test_a_missing_model_is_not_used_and_that_is_logged(tmp_path, caplog):
    assert open_relevance(tmp_path / "none") is None
    assert "There is no relevance model in" in caplog.text


def test_a_damaged_model_is_not_used_and_that_is_logged(tmp_path, caplog):
    folder = tmp_path / "relevance"
    shutil.copytree(relevance_folder(), folder)
    with (folder / "calibration.json").open("a") as file:
        file.write(" ")
    assert open_relevance(folder) is None
    assert "is damaged" in caplog.text


def test_the_digest_is_that_of_the_manifest(model):
    manifest = json.loads((relevance_folder() / "manifest.json").read_text())
    assert model.digest == manifest["sha256"]["model.onnx"]


def test_a_text_without_title_is_read_alone():
    assert titled("", "It works.") == "It works."
    assert titled("On Parcels", "It works.") == "On Parcels. It works."


def test_a_relevance_cannot_be_changed():
    with pytest.raises(AttributeError):
        Relevance(answers=0.1, about=0.2, denies=0.3).answers = 1
