CREATE TABLE IF NOT EXISTS sc_events (
    id          BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    event_type  VARCHAR(64) NOT NULL,
    severity    VARCHAR(32) NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
    client_id   VARCHAR(64),
    agent_id    VARCHAR(64),
    instance_id VARCHAR(64),
    message     TEXT        NOT NULL,
    metadata    MEDIUMTEXT,
    created_at  BIGINT      NOT NULL,
    INDEX events_by_agent (agent_id, id),
    INDEX events_by_type (event_type, id),
    INDEX events_by_time (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sc_audit (
    id          BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
    actor       VARCHAR(128) NOT NULL,
    action      VARCHAR(64) NOT NULL,
    subject     VARCHAR(128) NOT NULL,
    claim_id    VARCHAR(64),
    state_from  VARCHAR(64),
    state_to    VARCHAR(64),
    request_id  VARCHAR(128) NOT NULL,
    created_at  BIGINT      NOT NULL,
    INDEX audit_by_subject (subject, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What was done stays written down.
DROP TRIGGER IF EXISTS sc_audit_no_update;
CREATE TRIGGER sc_audit_no_update BEFORE UPDATE ON sc_audit FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit is append-only';
DROP TRIGGER IF EXISTS sc_audit_no_delete;
CREATE TRIGGER sc_audit_no_delete BEFORE DELETE ON sc_audit FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit is append-only';
