CREATE TABLE events (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
