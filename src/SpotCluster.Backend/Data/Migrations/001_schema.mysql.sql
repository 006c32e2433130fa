-- Times are milliseconds since 1970-01-01 UTC, switches are 0 or 1: the same in every database. Every statement can be run again.
-- Where the other products have a partial unique index, a generated column is null for the rows that it leaves out.

CREATE TABLE IF NOT EXISTS sc_clients (
    id         VARCHAR(64)  NOT NULL PRIMARY KEY,
    name       VARCHAR(255) NOT NULL UNIQUE,
    created_at BIGINT       NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sc_agents (
    id                        VARCHAR(64)  NOT NULL PRIMARY KEY,
    client_id                 VARCHAR(64)  NOT NULL,
    logical_agent_id          VARCHAR(400) NOT NULL,
    account_id                VARCHAR(64)  NOT NULL,
    region                    VARCHAR(64)  NOT NULL,
    az                        TEXT,
    hostname                  TEXT,
    -- The primary. It is never handed out for termination, whatever else a row may say.
    instance_id               VARCHAR(64),
    instance_type             TEXT,
    ami_id                    TEXT,
    private_ip                TEXT,
    public_ip                 TEXT,
    mode                      VARCHAR(32)  NOT NULL DEFAULT 'unknown' CHECK (mode IN ('spot', 'ondemand', 'unknown')),
    agent_version             TEXT,
    status                    VARCHAR(32)  NOT NULL DEFAULT 'offline'
                              CHECK (status IN ('online', 'offline', 'switching', 'error', 'deleted')),
    enabled                   INTEGER      NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    auto_switch_enabled       INTEGER      NOT NULL DEFAULT 0 CHECK (auto_switch_enabled IN (0, 1)),
    auto_terminate_enabled    INTEGER      NOT NULL DEFAULT 1 CHECK (auto_terminate_enabled IN (0, 1)),
    terminate_wait_seconds    INTEGER      NOT NULL DEFAULT 300 CHECK (terminate_wait_seconds BETWEEN 0 AND 604800),
    replica_enabled           INTEGER      NOT NULL DEFAULT 0 CHECK (replica_enabled IN (0, 1)),
    replica_count             INTEGER      NOT NULL DEFAULT 0 CHECK (replica_count BETWEEN 0 AND 10),
    manual_replica_enabled    INTEGER      NOT NULL DEFAULT 0 CHECK (manual_replica_enabled IN (0, 1)),
    max_terminations_per_hour INTEGER      CHECK (max_terminations_per_hour > 0),
    required_tag_key          TEXT,
    required_tag_value        TEXT,
    config_version            BIGINT       NOT NULL DEFAULT 1,
    spot_price                TEXT,
    ondemand_price            TEXT,
    last_seen_at              BIGINT,
    last_cleanup_at           BIGINT,
    created_at                BIGINT       NOT NULL,
    updated_at                BIGINT       NOT NULL,
    UNIQUE (client_id, logical_agent_id),
    INDEX agents_by_primary (instance_id),
    FOREIGN KEY (client_id) REFERENCES sc_clients (id),
    CHECK (manual_replica_enabled = 0 OR auto_switch_enabled = 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Only the SHA-256 of a token is kept.
CREATE TABLE IF NOT EXISTS sc_agent_tokens (
    hash       VARCHAR(64) NOT NULL PRIMARY KEY,
    agent_id   VARCHAR(64) NOT NULL,
    created_at BIGINT      NOT NULL,
    expires_at BIGINT,
    FOREIGN KEY (agent_id) REFERENCES sc_agents (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row per machine. What is wanted (desired_state) and what was seen (observed_state) are two facts.
CREATE TABLE IF NOT EXISTS sc_instances (
    account_id          VARCHAR(64) NOT NULL,
    instance_id         VARCHAR(64) NOT NULL,
    client_id           VARCHAR(64) NOT NULL,
    agent_id            VARCHAR(64) NOT NULL,
    region              VARCHAR(64) NOT NULL,
    az                  TEXT,
    instance_type       TEXT,
    state               VARCHAR(32) NOT NULL
                        CHECK (state IN ('running_primary', 'running_replica', 'zombie', 'retired', 'terminated')),
    desired_state       VARCHAR(32) NOT NULL CHECK (desired_state IN ('running', 'terminated')),
    observed_state      VARCHAR(32) NOT NULL DEFAULT 'unknown'
                        CHECK (observed_state IN ('unknown', 'running', 'terminating', 'terminated', 'not_found')),
    -- Set once, when the machine is marked; nothing moves it afterwards.
    marked_at           BIGINT,
    -- The claim that is out, if one is.
    claim_id            VARCHAR(64),
    lease_until         BIGINT,
    attempts            INTEGER     NOT NULL DEFAULT 0,
    next_attempt_at     BIGINT,
    not_found_count     INTEGER     NOT NULL DEFAULT 0,
    not_found_since     BIGINT,
    last_error          TEXT,
    last_error_class    VARCHAR(64),
    dead_lettered_at    BIGINT,
    -- By the clock of the backend; the agent's own time stands beside it.
    terminated_at       BIGINT,
    agent_terminated_at BIGINT,
    created_at          BIGINT      NOT NULL,
    updated_at          BIGINT      NOT NULL,
    PRIMARY KEY (account_id, instance_id),
    INDEX instances_by_owner (agent_id, state, marked_at),
    INDEX instances_waiting (agent_id, terminated_at, marked_at),
    INDEX instances_by_state (state, marked_at),
    INDEX instances_by_id (instance_id),
    FOREIGN KEY (client_id) REFERENCES sc_clients (id),
    FOREIGN KEY (agent_id) REFERENCES sc_agents (id),
    CHECK ((state IN ('running_primary', 'running_replica')) = (desired_state = 'running')),
    CHECK (state NOT IN ('zombie', 'retired') OR marked_at IS NOT NULL),
    CHECK ((state = 'terminated') = (terminated_at IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Bytes, because a collation with padding takes 'x ' for 'x': a tag must be the required one exactly.
CREATE TABLE IF NOT EXISTS sc_instance_tags (
    account_id  VARCHAR(64)     NOT NULL,
    instance_id VARCHAR(64)     NOT NULL,
    tag_key     VARBINARY(1024) NOT NULL,
    tag_value   BLOB            NOT NULL,
    PRIMARY KEY (account_id, instance_id, tag_key),
    FOREIGN KEY (account_id, instance_id) REFERENCES sc_instances (account_id, instance_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The only ways from one state to another. A way back from the end does not exist.
CREATE TABLE IF NOT EXISTS sc_instance_transitions (
    from_state VARCHAR(32) NOT NULL,
    to_state   VARCHAR(32) NOT NULL,
    PRIMARY KEY (from_state, to_state)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO sc_instance_transitions (from_state, to_state) VALUES
    ('running_primary', 'zombie'),
    ('running_primary', 'running_replica'),
    ('running_primary', 'terminated'),
    ('running_replica', 'running_primary'),
    ('running_replica', 'retired'),
    ('running_replica', 'terminated'),
    ('zombie', 'terminated'),
    ('retired', 'terminated')
ON DUPLICATE KEY UPDATE to_state = to_state;

-- Every machine that was handed out, to whom, and what came of it.
CREATE TABLE IF NOT EXISTS sc_claims (
    id          VARCHAR(64) NOT NULL PRIMARY KEY,
    account_id  VARCHAR(64) NOT NULL,
    instance_id VARCHAR(64) NOT NULL,
    agent_id    VARCHAR(64) NOT NULL,
    reason      VARCHAR(32) NOT NULL CHECK (reason IN ('zombie_timeout', 'replica_terminated')),
    attempt     INTEGER     NOT NULL,
    status      VARCHAR(32) NOT NULL CHECK (status IN ('open', 'succeeded', 'failed', 'lapsed')),
    issued_at   BIGINT      NOT NULL,
    lease_until BIGINT      NOT NULL,
    closed_at   BIGINT,
    outcome     VARCHAR(32),
    error       TEXT,
    error_class VARCHAR(64),
    agent_time  BIGINT,
    is_open     INTEGER     GENERATED ALWAYS AS (CASE WHEN status = 'open' THEN 1 END) STORED,
    INDEX claims_by_instance (account_id, instance_id, issued_at),
    INDEX claims_by_agent (agent_id, issued_at),
    INDEX claims_by_agent_status (agent_id, status, lease_until),
    INDEX claims_by_status (status, closed_at),
    -- A machine is with one agent at a time.
    UNIQUE INDEX claims_one_open (account_id, instance_id, is_open),
    FOREIGN KEY (agent_id) REFERENCES sc_agents (id),
    FOREIGN KEY (account_id, instance_id) REFERENCES sc_instances (account_id, instance_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sc_replicas (
    id                      VARCHAR(64) NOT NULL PRIMARY KEY,
    agent_id                VARCHAR(64) NOT NULL,
    account_id              VARCHAR(64) NOT NULL,
    -- Null until a machine was launched for it.
    instance_id             VARCHAR(64),
    replica_type            VARCHAR(32) NOT NULL CHECK (replica_type IN ('manual', 'automatic-rebalance', 'automatic-termination')),
    status                  VARCHAR(32) NOT NULL
                            CHECK (status IN ('launching', 'syncing', 'ready', 'promoted', 'terminated', 'failed', 'cancelled')),
    sync_status             VARCHAR(32) NOT NULL DEFAULT 'initializing'
                            CHECK (sync_status IN ('initializing', 'syncing', 'synced', 'out-of-sync')),
    sync_latency_ms         INTEGER,
    state_transfer_progress INTEGER     NOT NULL DEFAULT 0 CHECK (state_transfer_progress BETWEEN 0 AND 100),
    pool_id                 TEXT,
    instance_type           TEXT,
    region                  VARCHAR(64) NOT NULL,
    az                      TEXT,
    parent_instance_id      VARCHAR(64),
    created_by              TEXT        NOT NULL,
    error_message           TEXT,
    created_at              BIGINT      NOT NULL,
    launched_at             BIGINT,
    ready_at                BIGINT,
    promoted_at             BIGINT,
    terminated_at           BIGINT,
    is_active_manual        INTEGER     GENERATED ALWAYS AS (
                                CASE WHEN replica_type = 'manual' AND status IN ('launching', 'syncing', 'ready') THEN 1 END) STORED,
    INDEX replicas_by_agent (agent_id, status),
    INDEX replicas_by_instance (account_id, instance_id),
    -- Manual mode keeps exactly one, however many schedulers and requests ask for it.
    UNIQUE INDEX replicas_one_manual (agent_id, is_active_manual),
    FOREIGN KEY (agent_id) REFERENCES sc_agents (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sc_switches (
    id              VARCHAR(64) NOT NULL PRIMARY KEY,
    agent_id        VARCHAR(64) NOT NULL,
    old_instance_id VARCHAR(64),
    new_instance_id VARCHAR(64) NOT NULL,
    cause           TEXT        NOT NULL,
    switched_at     BIGINT      NOT NULL,
    FOREIGN KEY (agent_id) REFERENCES sc_agents (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sc_cleanups (
    id                      VARCHAR(64) NOT NULL PRIMARY KEY,
    agent_id                VARCHAR(64) NOT NULL,
    deleted_snapshots_count INTEGER     NOT NULL,
    deleted_amis_count      INTEGER     NOT NULL,
    failed_count            INTEGER     NOT NULL,
    details                 MEDIUMTEXT  NOT NULL,
    agent_time              BIGINT,
    executed_at             BIGINT      NOT NULL,
    FOREIGN KEY (agent_id) REFERENCES sc_agents (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who runs the scheduler. One row; whoever holds the lease is the one.
CREATE TABLE IF NOT EXISTS sc_scheduler_lease (
    name        VARCHAR(64) NOT NULL PRIMARY KEY,
    owner       VARCHAR(64) NOT NULL,
    lease_until BIGINT      NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
