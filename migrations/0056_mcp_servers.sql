-- migrate:up
create table mcp_servers (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  project_id uuid not null references projects (id) on delete cascade,
  name text not null,
  url text not null,
  -- An envelope that only ENCRYPTION_KEY opens, and only in this row: headers as JSON.
  sealed_headers text not null,
  header_names text[] not null,
  enabled boolean not null default true,
  -- Names of its tools whose calls wait for a human; `*` for all.
  approvals text[] not null default '{}',
  -- Who made it, and may be gone.
  created_by_id uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (project_id, name)
);
create index mcp_servers_team_id_idx on mcp_servers (team_id);
create index mcp_servers_created_by_id_idx on mcp_servers (created_by_id);
call isolate_tenants('mcp_servers');

-- migrate:down
drop table mcp_servers;
