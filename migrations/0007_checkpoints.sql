-- migrate:up
-- What the agent's checkpoint saver would lay down itself, so that the service needs no right to create tables.
create table checkpoint_migrations (
  v integer primary key
);
create table checkpoints (
  thread_id text not null,
  checkpoint_ns text not null default '',
  checkpoint_id text not null,
  parent_checkpoint_id text,
  type text,
  checkpoint jsonb not null,
  metadata jsonb not null default '{}',
  primary key (thread_id, checkpoint_ns, checkpoint_id)
);
create table checkpoint_blobs (
  thread_id text not null,
  checkpoint_ns text not null default '',
  channel text not null,
  version text not null,
  type text not null,
  blob bytea,
  primary key (thread_id, checkpoint_ns, channel, version)
);
create table checkpoint_writes (
  thread_id text not null,
  checkpoint_ns text not null default '',
  checkpoint_id text not null,
  task_id text not null,
  idx integer not null,
  channel text not null,
  type text,
  blob bytea not null,
  primary key (thread_id, checkpoint_ns, checkpoint_id, task_id, idx)
);
-- The versions that the saver takes for applied.
insert into checkpoint_migrations (v) select generate_series(0, 4);

-- migrate:down
drop table checkpoint_writes, checkpoint_blobs, checkpoints, checkpoint_migrations;
