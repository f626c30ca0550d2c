-- migrate:up
-- Names of a project with contents that change by versions: who pinned one keeps it.
create table agents (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  project_id uuid not null references projects (id) on delete cascade,
  name text not null,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (project_id, name)
);
create index agents_team_id_idx on agents (team_id);
call isolate_tenants('agents');

create table agent_versions (
  agent_id uuid not null references agents (id) on delete cascade,
  version integer not null check (version > 0),
  team_id uuid not null references teams (id) on delete cascade,
  content jsonb not null,
  -- Who made it, and may be gone.
  created_by_id uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (agent_id, version)
);
create index agent_versions_team_id_idx on agent_versions (team_id);
create index agent_versions_created_by_id_idx on agent_versions (created_by_id);
call isolate_tenants('agent_versions');

create table prompts (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  project_id uuid not null references projects (id) on delete cascade,
  name text not null,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (project_id, name)
);
create index prompts_team_id_idx on prompts (team_id);
call isolate_tenants('prompts');

create table prompt_versions (
  prompt_id uuid not null references prompts (id) on delete cascade,
  version integer not null check (version > 0),
  team_id uuid not null references teams (id) on delete cascade,
  content jsonb not null,
  created_by_id uuid references users (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (prompt_id, version)
);
create index prompt_versions_team_id_idx on prompt_versions (team_id);
create index prompt_versions_created_by_id_idx on prompt_versions (created_by_id);
call isolate_tenants('prompt_versions');

-- migrate:down
drop table prompt_versions;
drop table prompts;
drop table agent_versions;
drop table agents;
