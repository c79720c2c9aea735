-- +goose Up
-- What is kept of a call for whoever has to find out what went wrong, compressed. It is pruned by age and by number.
CREATE TABLE ladders (
    call_id  TEXT   PRIMARY KEY,
    ended_us BIGINT NOT NULL,
    body     BYTEA  NOT NULL
);
CREATE INDEX ladders_by_end ON ladders (ended_us);

-- +goose Down
DROP TABLE ladders;
