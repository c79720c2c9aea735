-- +goose Up
-- Sources of signalling that are kept away, and for a while those that were.
CREATE TABLE bans (
    source   TEXT   NOT NULL PRIMARY KEY,
    since_us BIGINT NOT NULL,
    until_us BIGINT NOT NULL,
    times    BIGINT NOT NULL,
    reason   TEXT   NOT NULL
);

-- +goose Down
DROP TABLE bans;
