-- migrate:up
create table projects (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  owner_id uuid not null references users (id),
  name text not null check (char_length(name) between 1 and 255),
  description text check (char_length(description) <= 2000),
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index projects_team_id_created_at_idx on projects (team_id, created_at desc, id desc) where deleted_at is null;
-- The one above leaves out the deleted, which go with their team all the same.
create index projects_team_id_idx on projects (team_id);
create index projects_owner_id_idx on projects (owner_id);
create index projects_deleted_at_idx on projects (deleted_at) where deleted_at is not null;
call isolate_tenants('projects');

-- migrate:down
drop table projects;
