"""The warehouse: the only room that opens a database.

Facts are imported, rolled up once and published as immutable snapshots; human records go into a log.
"""

from analytics.warehouse.importing import import_files

__all__ = ["import_files"]
