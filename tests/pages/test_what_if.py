"""What would change a decision, as somebody asks it on the page: answered, recorded, refused, inert."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analytics.detections import measures
from analytics.detections.filters import Filters
from analytics.explanations import onnx_files
from analytics.explanations.models import load
from analytics.scope import Scope
from analytics.viewer import SAMPLE_PERSONS, local_viewer
from analytics.warehouse import Event, current_id, open_reader, record_all, replay
from analytics.warehouse.questions import KIND, MOST_AN_HOUR
from tests.explanations import onnx_made as made

HOSTILE = "GET /<img src=x onerror=alert(1)>?q=**b** \u202e$x^2$ :smile: [a](http://x.example)"
ANA, DANA = SAMPLE_PERSONS[0], SAMPLE_PERSONS[-1]
FLIP, ASK = "Find the nearest change that is enough", "Ask the model"
TITLE = "What would change the decision"


def texts(app: AppTest) -> str:
    """Everything that the page says in plain text."""
    return "\n".join(t.value.replace("\u00a0", " ") for t in app.text)


def press(app: AppTest, label: str) -> AppTest:
    """Press a button."""
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


def blocked(v: Any, model: str, version: str, decision: str) -> dict[str, str]:
    """The address of the newest alarm of a version."""
    reader = open_reader(v.warehouse, local_viewer())
    row = measures.page(reader, Scope(model, version), Filters(decision=decision), "newest", 1).result.rows.iloc[0]
    ids = {"detection": str(row["detection_id"]), "event_id": str(row["event_id"])}
    return {"model": model, "version": version, **ids}


def asked(v: Any) -> list[tuple[str, str, str]]:
    """Who asked what of which event."""
    return [(r.actor, r.subject, r.body["what"]) for r in replay(v.warehouse, kinds=[KIND])]


@pytest.mark.slow
def test_a_text_is_changed_and_nothing_of_it_is_run_or_recorded(sample_visitors: Any) -> None:
    v = sample_visitors
    address = blocked(v, "waf", "grams-4", "block")
    first = v.visit("detections", address)
    assert TITLE in [b.label for b in first.main if b.type == "expander"]
    assert not first.text_area, "it is made when it is opened"
    app = v.visit("detections", address, ("whatif",))
    assert list(v.faults(app)) == []
    assert asked(v) == [], "opening it asks nothing"
    app.text_area[0].set_value(HOSTILE)
    press(app, ASK)
    me, event = local_viewer().actor, address["event_id"]
    assert asked(v) == [(me, event, "what_if")]
    model = load(v.warehouse, "waf", "grams-4").model
    assert f"to {model.predict_proba([HOSTILE])[0, 1]:.6g}" in texts(app)
    assert "As stored" in texts(app) and "\u202e" not in texts(app)
    assert not any("onerror" in m.value for m in app.markdown)
    press(app, FLIP)
    assert "It would pass without" in texts(app)
    app.session_state["inspect-what-if"] = app.session_state["inspect-flip"] = True
    told = texts(app.run())
    assert "Rests on: this one detection; the saved model scored it twice, as stored and as asked" in told
    assert "Rests on: this one detection; the saved model scored it and " in told
    assert asked(v)[1:] == [(me, event, "nearest_flip")]
    assert "onerror" not in (v.warehouse / "records.sqlite").read_bytes().decode("latin-1")
    assert "As stored" in texts(app) and len(asked(v)) == 2, "an answer that is shown again is no question"
    app.session_state["played"] = ANA.actor
    app.run()
    assert "As stored" not in texts(app), "another person has asked nothing"
    body = {"model": "waf", "version": "grams-4", "what": "what_if"}
    record_all(v.warehouse, [Event(KIND, event, body, str(i)) for i in range(MOST_AN_HOUR)], ANA)
    press(app, ASK)
    assert "60 are allowed. Ask again in" in texts(app)
    assert len(asked(v)) == MOST_AN_HOUR + 2


@pytest.mark.slow
def test_numbers_are_changed_each_with_what_is_usual(sample_visitors: Any) -> None:
    v = sample_visitors
    address = blocked(v, "bot", "neural-2", "challenge")
    app = v.visit("detections", address, ("whatif",))
    assert list(v.faults(app)) == []
    fields = [n for n in app.number_input if str(n.key).startswith("what-if-")]
    assert [n.label for n in fields][:2] == ["requests a minute", "seconds to submit"]
    assert "usually" in texts(app)
    fields[0].set_value(-5.0)
    press(app, ASK)
    assert "The value -5 is none that requests_a_minute can have." in texts(app) and asked(v) == []
    next(n for n in app.number_input if n.key == fields[0].key).set_value(0.5)
    press(app, ASK)
    assert "The score goes from" in texts(app)
    press(app, FLIP)
    assert "inputs were scored" in texts(app)
    assert [what for *_, what in asked(v)] == ["what_if", "nearest_flip"]


@pytest.mark.slow
def test_it_is_not_there_for_a_director_a_pinned_view_or_a_talk(sample_visitors: Any) -> None:
    v = sample_visitors
    address = blocked(v, "bot", "neural-2", "challenge")
    for query, played in (({}, DANA.actor), ({"snapshot": current_id(v.warehouse)}, None), ({"present": "1"}, None)):
        app = v.visit("detections", address | query)
        if played:
            app.session_state["played"] = played
            app.run()
        assert list(v.faults(app)) == []
        assert TITLE not in [b.label for b in app.main if b.type == "expander"]
        assert ("analyst, owner or validator may ask, and each question" in texts(app)) == bool(played)
        assert ("pinned to be shown or shared" in texts(app)) == ("snapshot" in query)
    assert asked(v) == []


def test_a_model_without_a_file_says_so(visitors: Any) -> None:
    query = {"model": "dns", "version": "7", "detection": "dns-7-3", "event_id": "7-3"}
    app = visitors.visit("detections", query, ("whatif",))
    assert list(visitors.faults(app)) == []
    assert "What would change the decision cannot be told: No file of dns 7 lies beside the warehouse." in texts(app)
    assert "scored events about" in texts(app), "where its score lies needs no model"


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        (False, "is an ONNX model, and the packages onnx and onnxruntime are not both installed here."),
        (True, "cannot be read as an ONNX model (DecodeError)."),
    ],
)
def test_an_onnx_model_that_cannot_be_asked_says_why_and_what_to_do(
    visitors: Any, monkeypatch: pytest.MonkeyPatch, damaged: bool, said: str
) -> None:
    file = made.simple(made.mean(), axis=made.AXIS)
    file.doc_string = "for this test alone"  # a file that was opened before stays in memory
    whole = file.SerializeToString()
    made.save(visitors.warehouse, whole[:-40] if damaged else whole, model_id="dns", model_version="7")
    if not damaged:

        def missing(name: str) -> Any:
            raise ImportError(name)

        monkeypatch.setattr(onnx_files, "import_module", missing)
    query = {"model": "dns", "version": "7", "detection": "dns-7-3", "event_id": "7-3"}
    app = visitors.visit("detections", query, ("whatif",))
    assert list(visitors.faults(app)) == []
    told = texts(app)
    assert "Why it decided so cannot be told: " in told and said in told
    assert ("Export it again, with its note." if damaged else "pip install 'bartizan[onnx]', or make setup") in told
    assert "What would change the decision cannot be told: " in told
