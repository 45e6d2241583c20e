"""The warehouse: the only room that opens a database.

Facts are imported, rolled up once and published as immutable snapshots; human records go into a log.
"""

from analytics.warehouse.importing import import_all, import_files
from analytics.warehouse.layout import is_sample
from analytics.warehouse.overlay import position as verdict_position
from analytics.warehouse.reader import Health, Reader, Snapshot, health, open_reader
from analytics.warehouse.records import Event, about, may_record, record, record_all, replay
from analytics.warehouse.rows import rows
from analytics.warehouse.snapshots import current_id
from analytics.warehouse.trace import Trace

__all__ = [
    "Event",
    "Health",
    "Reader",
    "Snapshot",
    "Trace",
    "about",
    "current_id",
    "health",
    "import_all",
    "import_files",
    "is_sample",
    "may_record",
    "open_reader",
    "record",
    "record_all",
    "replay",
    "rows",
    "verdict_position",
]
