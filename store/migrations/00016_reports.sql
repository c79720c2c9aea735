-- +goose Up
-- What agents did, a row for each offer, talk and after-call work that is over.
CREATE TABLE work (
    began_us BIGINT NOT NULL,
    agent    TEXT   NOT NULL,
    what     TEXT   NOT NULL,
    call_id  TEXT   NOT NULL,
    queue    TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    result   TEXT   NOT NULL,
    ended_us BIGINT NOT NULL,
    held_us  BIGINT NOT NULL,
    PRIMARY KEY (began_us, agent, what, call_id)
);
CREATE INDEX work_agent ON work (agent, began_us);

-- Switches that are over, of agents in a call or in none. A measure is 0 when it is not known.
CREATE TABLE switches (
    began_us    BIGINT NOT NULL,
    agent       TEXT   NOT NULL,
    call_id     TEXT   NOT NULL,
    by_user     TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    back        BIGINT NOT NULL,
    ended_us    BIGINT NOT NULL,
    result      TEXT   NOT NULL,
    cut_over_us BIGINT NOT NULL,
    two_way_us  BIGINT NOT NULL,
    gap_us      BIGINT NOT NULL,
    PRIMARY KEY (began_us, agent)
);

-- Everything that a report about the service reads of a call, which has much more.
CREATE INDEX calls_service ON calls (kind, began_us, queue, answered_us, ended_us, cause, ended_by);

-- +goose Down
DROP INDEX calls_service;
DROP TABLE switches;
DROP TABLE work;
