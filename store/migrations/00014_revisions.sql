-- +goose Up
-- Who changed which entry last, and the version that it got by that.
CREATE TABLE revisions (
    kind    TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    version BIGINT NOT NULL,
    by_user TEXT   NOT NULL,
    at_us   BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
);

-- +goose Down
DROP TABLE revisions;
