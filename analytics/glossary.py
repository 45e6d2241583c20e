"""The field's terms in plain words: what screens explain on hover, and list as a whole."""

from __future__ import annotations

TERMS: dict[str, str] = {
    "alarm": "An event whose score reaches the threshold, or that was alerted on, challenged or blocked.",
    "attacks caught (recall)": "Of all attacks in the traffic that was checked, the share that raised an alarm.",
    "audit": "A draw from what passed, looked at by people, so that misses can be counted at all.",
    "basis": "From which labels a rate is known: every row labelled, a weighted audit, or alarms only.",
    "between … and …": "The interval: in 95 of 100 such measurements it holds the true figure.",
    "candidate (challenger)": "A version that scores along but does not act, to be compared with the one in use.",
    "cannot tell": "Too little is known to say it either way; not the same as good.",
    "case": "What an analyst handles at once: a campaign, a conversation, a host and day. Its events are alike.",
    "drill (seeded attacks)": "Attacks sent to test. What is caught of them is known; attackers have others.",
    "false alarm": "An alarm on a benign event.",
    "in use (champion)": "The version whose decisions count.",
    "labels still arriving": "Verdicts take their time; a good part of those for this window is still to come.",
    "not measurable": "The labels that exist do not determine the figure, whatever one does with them.",
    "protected share": "Of all events of a service, those checked by a model that could act.",
    "right alarms (precision)": "Of the alarms, the share that were attacks.",
    "storm": "Hours with far more events, or alarms, than are usual for that hour of the week.",
    "threshold": "The score from which an event counts as an alarm.",
    "truth known (label coverage)": "The share of what a figure speaks of that carries a verdict.",
    "verdict": "What somebody found an event to be: attack, benign cause, wrong logic, bad data, undetermined.",
}
"""Term -> meaning, in the order of the alphabet."""
