-- +goose Up
-- What webhooks still have to be told.
CREATE TABLE outbox (
    webhook    TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    created_us BIGINT NOT NULL,
    next_us    BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    PRIMARY KEY (webhook, id)
);

-- +goose Down
DROP TABLE outbox;
