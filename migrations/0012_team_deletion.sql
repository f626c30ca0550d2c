-- migrate:up
-- Nobody reaches a deleted team any more, while a job takes what it has, in bounded steps.
alter table teams add column deleted_at timestamptz;
create index teams_deleted_at_idx on teams (deleted_at) where deleted_at is not null;

-- migrate:down
alter table teams drop column deleted_at;
