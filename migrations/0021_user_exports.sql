-- migrate:up
-- One export of a user at a time: its process renews the lease until the archive has left.
create table user_exports (
  user_id uuid primary key references users (id) on delete cascade,
  id uuid not null,
  locked_until timestamptz not null
);

-- What a user owns in a team is read by pages of ids.
drop index projects_owner_id_idx;
create index projects_owner_id_idx on projects (owner_id, team_id, id);
drop index files_owner_id_idx;
create index files_owner_id_idx on files (owner_id, team_id, id);
drop index usage_records_user_id_idx;
create index usage_records_user_id_idx on usage_records (user_id, team_id, id);

-- migrate:down
drop index usage_records_user_id_idx;
create index usage_records_user_id_idx on usage_records (user_id);
drop index files_owner_id_idx;
create index files_owner_id_idx on files (owner_id);
drop index projects_owner_id_idx;
create index projects_owner_id_idx on projects (owner_id);
drop table user_exports;
