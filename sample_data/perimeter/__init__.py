"""The simulated perimeter: six services whose trained models score generated events, as files of the contract."""

from sample_data.perimeter.build import Written, write
from sample_data.perimeter.scenario import Scenario, load

__all__ = ["Scenario", "Written", "load", "write"]
