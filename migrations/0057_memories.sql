-- migrate:up
-- Whether somebody wants to be remembered in a team; without a row they do not. It goes when they leave the team.
create table memory_settings (
  user_id uuid not null references users (id) on delete cascade,
  team_id uuid not null references teams (id) on delete cascade,
  is_enabled boolean not null,
  -- What they wrote until then has been read for what is to be remembered.
  read_until timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (user_id, team_id),
  foreign key (team_id, user_id) references team_members (team_id, user_id) on delete cascade
);
create index memory_settings_team_id_user_id_idx on memory_settings (team_id, user_id);
create index memory_settings_read_until_idx on memory_settings (read_until) where is_enabled;
call isolate_tenants('memory_settings');

create table memories (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  content text not null check (char_length(content) between 1 and 300),
  -- `said` by the user, or `taken` by a model from what the user wrote.
  source text not null check (source in ('said', 'taken')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (user_id, team_id, content),
  foreign key (team_id, user_id) references team_members (team_id, user_id) on delete cascade
);
create index memories_team_id_user_id_idx on memories (team_id, user_id, created_at desc, id desc);
call isolate_tenants('memories');

-- migrate:down
drop table memories;
drop table memory_settings;
