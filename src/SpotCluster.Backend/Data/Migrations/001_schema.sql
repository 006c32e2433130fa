-- Times are milliseconds since 1970-01-01 UTC, switches are 0 or 1: the same in every database.

CREATE TABLE clients (
    id          TEXT   NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL UNIQUE,
    created_at  BIGINT NOT NULL
);

CREATE TABLE agents (
    id                        TEXT    NOT NULL PRIMARY KEY,
    client_id                 TEXT    NOT NULL REFERENCES clients (id),
    logical_agent_id          TEXT    NOT NULL,
    account_id                TEXT    NOT NULL,
    region                    TEXT    NOT NULL,
    az                        TEXT,
    hostname                  TEXT,
    -- The primary. It is never handed out for termination, whatever else a row may say.
    instance_id               TEXT,
    instance_type             TEXT,
    ami_id                    TEXT,
    private_ip                TEXT,
    public_ip                 TEXT,
    mode                      TEXT    NOT NULL DEFAULT 'unknown' CHECK (mode IN ('spot', 'ondemand', 'unknown')),
    agent_version             TEXT,
    status                    TEXT    NOT NULL DEFAULT 'offline'
                              CHECK (status IN ('online', 'offline', 'switching', 'error', 'deleted')),
    enabled                   INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    auto_switch_enabled       INTEGER NOT NULL DEFAULT 0 CHECK (auto_switch_enabled IN (0, 1)),
    auto_terminate_enabled    INTEGER NOT NULL DEFAULT 1 CHECK (auto_terminate_enabled IN (0, 1)),
    terminate_wait_seconds    INTEGER NOT NULL DEFAULT 300 CHECK (terminate_wait_seconds BETWEEN 0 AND 604800),
    replica_enabled           INTEGER NOT NULL DEFAULT 0 CHECK (replica_enabled IN (0, 1)),
    replica_count             INTEGER NOT NULL DEFAULT 0 CHECK (replica_count BETWEEN 0 AND 10),
    manual_replica_enabled    INTEGER NOT NULL DEFAULT 0 CHECK (manual_replica_enabled IN (0, 1)),
    max_terminations_per_hour INTEGER CHECK (max_terminations_per_hour > 0),
    required_tag_key          TEXT,
    required_tag_value        TEXT,
    config_version            BIGINT  NOT NULL DEFAULT 1,
    spot_price                TEXT,
    ondemand_price            TEXT,
    last_seen_at              BIGINT,
    last_cleanup_at           BIGINT,
    created_at                BIGINT  NOT NULL,
    updated_at                BIGINT  NOT NULL,
    UNIQUE (client_id, logical_agent_id),
    CHECK (manual_replica_enabled = 0 OR auto_switch_enabled = 0)
);

CREATE INDEX agents_by_primary ON agents (instance_id);

-- Only the SHA-256 of a token is kept.
CREATE TABLE agent_tokens (
    hash        TEXT   NOT NULL PRIMARY KEY,
    agent_id    TEXT   NOT NULL REFERENCES agents (id),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT
);

CREATE INDEX agent_tokens_by_agent ON agent_tokens (agent_id);

-- One row per machine. What is wanted (desired_state) and what was seen (observed_state) are two facts.
CREATE TABLE instances (
    account_id          TEXT    NOT NULL,
    instance_id         TEXT    NOT NULL,
    client_id           TEXT    NOT NULL REFERENCES clients (id),
    agent_id            TEXT    NOT NULL REFERENCES agents (id),
    region              TEXT    NOT NULL,
    az                  TEXT,
    instance_type       TEXT,
    state               TEXT    NOT NULL
                        CHECK (state IN ('running_primary', 'running_replica', 'zombie', 'retired', 'terminated')),
    desired_state       TEXT    NOT NULL CHECK (desired_state IN ('running', 'terminated')),
    observed_state      TEXT    NOT NULL DEFAULT 'unknown'
                        CHECK (observed_state IN ('unknown', 'running', 'terminating', 'terminated', 'not_found')),
    -- Set once, when the machine is marked; nothing moves it afterwards.
    marked_at           BIGINT,
    -- The claim that is out, if one is.
    claim_id            TEXT,
    lease_until         BIGINT,
    attempts            INTEGER NOT NULL DEFAULT 0,
    next_attempt_at     BIGINT,
    not_found_count     INTEGER NOT NULL DEFAULT 0,
    not_found_since     BIGINT,
    last_error          TEXT,
    last_error_class    TEXT,
    dead_lettered_at    BIGINT,
    -- By the clock of the backend; the agent's own time stands beside it.
    terminated_at       BIGINT,
    agent_terminated_at BIGINT,
    created_at          BIGINT  NOT NULL,
    updated_at          BIGINT  NOT NULL,
    PRIMARY KEY (account_id, instance_id),
    CHECK ((state IN ('running_primary', 'running_replica')) = (desired_state = 'running')),
    CHECK (state NOT IN ('zombie', 'retired') OR marked_at IS NOT NULL),
    CHECK ((state = 'terminated') = (terminated_at IS NOT NULL))
);

CREATE INDEX instances_by_owner ON instances (agent_id, state, marked_at);
CREATE INDEX instances_by_state ON instances (state, marked_at);
CREATE INDEX instances_by_id ON instances (instance_id);

CREATE TABLE instance_tags (
    account_id  TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    tag_key     TEXT NOT NULL,
    tag_value   TEXT NOT NULL,
    PRIMARY KEY (account_id, instance_id, tag_key),
    FOREIGN KEY (account_id, instance_id) REFERENCES instances (account_id, instance_id)
);

-- The only ways from one state to another. A way back from the end does not exist.
CREATE TABLE instance_transitions (
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    PRIMARY KEY (from_state, to_state)
);

INSERT INTO instance_transitions (from_state, to_state) VALUES
    ('running_primary', 'zombie'),
    ('running_primary', 'running_replica'),
    ('running_primary', 'terminated'),
    ('running_replica', 'running_primary'),
    ('running_replica', 'retired'),
    ('running_replica', 'terminated'),
    ('zombie', 'terminated'),
    ('retired', 'terminated');

-- Every machine that was handed out, to whom, and what came of it.
CREATE TABLE claims (
    id          TEXT    NOT NULL PRIMARY KEY,
    account_id  TEXT    NOT NULL,
    instance_id TEXT    NOT NULL,
    agent_id    TEXT    NOT NULL REFERENCES agents (id),
    reason      TEXT    NOT NULL CHECK (reason IN ('zombie_timeout', 'replica_terminated')),
    attempt     INTEGER NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('open', 'succeeded', 'failed', 'lapsed')),
    issued_at   BIGINT  NOT NULL,
    lease_until BIGINT  NOT NULL,
    closed_at   BIGINT,
    outcome     TEXT,
    error       TEXT,
    error_class TEXT,
    agent_time  BIGINT,
    FOREIGN KEY (account_id, instance_id) REFERENCES instances (account_id, instance_id)
);

CREATE INDEX claims_by_instance ON claims (account_id, instance_id, issued_at);
CREATE INDEX claims_by_agent ON claims (agent_id, issued_at);
CREATE INDEX claims_by_status ON claims (status, closed_at);
-- A machine is with one agent at a time.
CREATE UNIQUE INDEX claims_one_open ON claims (account_id, instance_id) WHERE status = 'open';

CREATE TABLE replicas (
    id                      TEXT    NOT NULL PRIMARY KEY,
    agent_id                TEXT    NOT NULL REFERENCES agents (id),
    account_id              TEXT    NOT NULL,
    -- Null until a machine was launched for it.
    instance_id             TEXT,
    replica_type            TEXT    NOT NULL CHECK (replica_type IN ('manual', 'automatic-rebalance', 'automatic-termination')),
    status                  TEXT    NOT NULL
                            CHECK (status IN ('launching', 'syncing', 'ready', 'promoted', 'terminated', 'failed', 'cancelled')),
    sync_status             TEXT    NOT NULL DEFAULT 'initializing'
                            CHECK (sync_status IN ('initializing', 'syncing', 'synced', 'out-of-sync')),
    sync_latency_ms         INTEGER,
    state_transfer_progress INTEGER NOT NULL DEFAULT 0 CHECK (state_transfer_progress BETWEEN 0 AND 100),
    pool_id                 TEXT,
    instance_type           TEXT,
    region                  TEXT    NOT NULL,
    az                      TEXT,
    parent_instance_id      TEXT,
    created_by              TEXT    NOT NULL,
    error_message           TEXT,
    created_at              BIGINT  NOT NULL,
    launched_at             BIGINT,
    ready_at                BIGINT,
    promoted_at             BIGINT,
    terminated_at           BIGINT
);

CREATE INDEX replicas_by_agent ON replicas (agent_id, status);
CREATE INDEX replicas_by_instance ON replicas (account_id, instance_id);
-- Manual mode keeps exactly one, however many schedulers and requests ask for it.
CREATE UNIQUE INDEX replicas_one_manual ON replicas (agent_id)
    WHERE replica_type = 'manual' AND status IN ('launching', 'syncing', 'ready');

CREATE TABLE switches (
    id              TEXT   NOT NULL PRIMARY KEY,
    agent_id        TEXT   NOT NULL REFERENCES agents (id),
    old_instance_id TEXT,
    new_instance_id TEXT   NOT NULL,
    cause           TEXT   NOT NULL,
    switched_at     BIGINT NOT NULL
);

CREATE TABLE cleanups (
    id                      TEXT    NOT NULL PRIMARY KEY,
    agent_id                TEXT    NOT NULL REFERENCES agents (id),
    deleted_snapshots_count INTEGER NOT NULL,
    deleted_amis_count      INTEGER NOT NULL,
    failed_count            INTEGER NOT NULL,
    details                 TEXT    NOT NULL,
    agent_time              BIGINT,
    executed_at             BIGINT  NOT NULL
);

-- Who runs the scheduler. One row; whoever holds the lease is the one.
CREATE TABLE scheduler_lease (
    name        TEXT   NOT NULL PRIMARY KEY,
    owner       TEXT   NOT NULL,
    lease_until BIGINT NOT NULL
);
