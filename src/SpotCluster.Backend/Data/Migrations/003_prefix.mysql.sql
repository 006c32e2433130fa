-- Here every table had its prefix from the first day. What was taken over from the original is noted, by the clock of the server.
CREATE TABLE IF NOT EXISTS sc_imports (
    imported_at BIGINT  NOT NULL PRIMARY KEY,
    agents      INTEGER NOT NULL,
    instances   INTEGER NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
