CREATE TABLE events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    event_type  TEXT   NOT NULL,
    severity    TEXT   NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
    client_id   TEXT,
    agent_id    TEXT,
    instance_id TEXT,
    message     TEXT   NOT NULL,
    metadata    TEXT,
    created_at  BIGINT NOT NULL
);

CREATE INDEX events_by_agent ON events (agent_id, id);
CREATE INDEX events_by_type ON events (event_type, id);
CREATE INDEX events_by_time ON events (created_at);

CREATE TABLE audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    actor       TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    claim_id    TEXT,
    state_from  TEXT,
    state_to    TEXT,
    request_id  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE INDEX audit_by_subject ON audit (subject, id);

-- What was done stays written down.
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
