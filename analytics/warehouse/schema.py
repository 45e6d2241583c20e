"""The tables of a snapshot. Detections themselves lie in Parquet files that ``files`` lists."""

TABLES = """
CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE models (
    model_id VARCHAR, model_version VARCHAR, name VARCHAR, service VARCHAR, kind VARCHAR, role VARCHAR,
    calibrated BOOLEAN, notes VARCHAR, trained_until TIMESTAMP, PRIMARY KEY (model_id, model_version)
);
CREATE TABLE thresholds (
    model_id VARCHAR, model_version VARCHAR, action VARCHAR, threshold DOUBLE, effective_from TIMESTAMP,
    PRIMARY KEY (model_id, model_version, action, effective_from)
);
CREATE TABLE files (
    path VARCHAR PRIMARY KEY, index_path VARCHAR, model_id VARCHAR, rows BIGINT,
    first_at TIMESTAMP, last_at TIMESTAMP, columns VARCHAR[], bytes BIGINT
);
CREATE TABLE volume (
    model_id VARCHAR, model_version VARCHAR, slice_column VARCHAR, slice_value VARCHAR, day DATE,
    decision VARCHAR, mode VARCHAR, unscored_reason VARCHAR, score_bin SMALLINT, n BIGINT, represented DOUBLE
);
CREATE TABLE volume_hour (
    model_id VARCHAR, model_version VARCHAR, hour TIMESTAMP, decision VARCHAR, mode VARCHAR,
    unscored_reason VARCHAR, region VARCHAR, n BIGINT, represented DOUBLE
);
CREATE TABLE volume_score_hour (
    model_id VARCHAR, model_version VARCHAR, hour TIMESTAMP, decision VARCHAR, mode VARCHAR,
    unscored_reason VARCHAR, score_bin SMALLINT, n BIGINT, represented DOUBLE
);
CREATE TABLE latency_hour (
    model_id VARCHAR, model_version VARCHAR, hour TIMESTAMP, region VARCHAR, latency_bin SMALLINT, n BIGINT
);
CREATE TABLE feature_edges (
    model_id VARCHAR, feature VARCHAR, is_number BOOLEAN, inner_edges DOUBLE[], named VARCHAR[],
    PRIMARY KEY (model_id, feature)
);
CREATE TABLE feature_day (
    model_id VARCHAR, model_version VARCHAR, day DATE, feature VARCHAR, bin SMALLINT, n BIGINT, represented DOUBLE
);
CREATE TABLE slice_values (model_id VARCHAR, slice_column VARCHAR, slice_value VARCHAR);
CREATE TABLE counts (
    model_id VARCHAR, model_version VARCHAR, hour TIMESTAMP, decision VARCHAR, mode VARCHAR, region VARCHAR,
    unscored_reason VARCHAR, score DOUBLE, count BIGINT
);
CREATE TABLE labels (
    event_id VARCHAR, detection_id VARCHAR, verdict VARCHAR, is_attack BOOLEAN, label_source VARCHAR,
    source_rank TINYINT, population VARCHAR, inclusion_probability DOUBLE, outcome VARCHAR,
    labelled_at TIMESTAMP, labelled_by VARCHAR, record BIGINT, withdrawn_at TIMESTAMP
);
CREATE TABLE labelled_rows (
    event_id VARCHAR, detection_id VARCHAR, model_id VARCHAR, model_version VARCHAR, occurred_at TIMESTAMP,
    score DOUBLE, decision VARCHAR, mode VARCHAR, unscored_reason VARCHAR, case_id VARCHAR, case_no BIGINT,
    weight DOUBLE, region VARCHAR, segment VARCHAR, application VARCHAR, business_service VARCHAR, technique VARCHAR
);
CREATE TABLE labelled AS
    SELECT *, NULL::BOOLEAN AS is_attack, NULL::VARCHAR AS verdict, NULL::VARCHAR AS label_source,
        NULL::VARCHAR AS population, NULL::DOUBLE AS inclusion_probability, NULL::TIMESTAMP AS known_from,
        NULL::TIMESTAMP AS known_until
    FROM labelled_rows LIMIT 0;
"""
"""``labels``: ``record`` is the place in the log of a verdict that was given here, ``withdrawn_at`` when it was undone.

``labelled``: one row per labelled event, model version and span of time in which its label was in force.

``volume`` has slice_column '' for all rows, and score_bin -1 for rows without a score. ``volume_score_hour`` has all
rows by the hour of UTC, for the parts of business days at the ends of a window. ``feature_day`` has feature '' for all
rows of a version that has features.
"""

EXPLANATIONS = """
CREATE TABLE IF NOT EXISTS snap.explanation_files (
    path VARCHAR PRIMARY KEY, model_id VARCHAR, model_version VARCHAR, origin VARCHAR, model_sha256 VARCHAR,
    rows BIGINT, failed BIGINT, first_at TIMESTAMP, last_at TIMESTAMP, since TIMESTAMP, until TIMESTAMP,
    population BIGINT, drawn BIGINT, cut DOUBLE, columns VARCHAR[], bytes BIGINT
);
"""
"""Explanations lie in Parquet files that ``explanation_files`` lists; snapshots from before it have no such table.

``origin`` is computed | imported. Of what was computed: random rows are those of [since, until) whose ``u`` is at most
``cut``, ``drawn`` of ``population``.
"""
