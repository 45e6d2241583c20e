"""All that is known of a drift, for a terminal or a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from analytics.drift import measures, novel, traffic, words, words_mix
from analytics.drift.mixes import Mix, News, Traffic
from analytics.drift.results import Drift, Weights
from analytics.scope import Scope
from analytics.warehouse.reader import Reader


@dataclass(frozen=True, slots=True)
class Report:
    """Columns, decisions, verdicts, gaps and new values of one model version."""

    drift: Drift
    traffic: Traffic
    verdicts: Mix
    news: News
    zone: str

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record: that of the drift, and the others beside it."""
        return {
            **self.drift.to_record(),
            **self.traffic.to_record(),
            "verdicts": self.verdicts.to_record(),
            "new_values": [n.to_record() for n in self.news.found],
            "new_values_not_told": list(self.news.untold),
        }

    def sentences(self) -> list[str]:
        """Return what a page says, a sentence a line."""
        d = self.drift
        named = f"{d.current.model} {d.current.version}: "
        said = [
            named + words.headline(d),
            words.base(d, self.zone),
            words.impact(d),
            words_mix.decisions(self.traffic.decisions)[0],
            words_mix.verdicts(self.verdicts)[0],
            words_mix.unchecked(self.traffic.unchecked)[0],
            words_mix.gaps(self.traffic),
            words_mix.news(self.news)[0],
        ]
        return [s if s.endswith(".") else s + "." for s in said if s]


def everything(reader: Reader, reference: Scope, current: Scope, weights: Weights) -> Report:
    """Return all that is known of a drift.

    Parameters
    ----------
    reader, reference, current
        As for ``measures.drift``.
    weights
        How much each feature counts in the model.
    """
    found = replace(measures.drift(reader, reference, current).result, weights=weights)
    return Report(
        found,
        traffic.traffic(reader, reference, current).result,
        traffic.judged(reader, reference, current).result,
        novel.novel(reader, reference, current).result,
        reader.snapshot.zone,
    )
