-- migrate:up
create table provider_keys (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  provider text not null check (provider in ('openai', 'anthropic', 'gemini', 'litellm')),
  -- An envelope that only ENCRYPTION_KEY opens, and only in this row.
  sealed_key text not null,
  -- Its last characters, by which people know it again.
  hint text not null,
  base_url text,
  -- Who made it, and may be gone.
  created_by_id uuid references users (id) on delete set null,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (team_id, provider)
);
create index provider_keys_created_by_id_idx on provider_keys (created_by_id);
call isolate_tenants('provider_keys');

-- migrate:down
drop table provider_keys;
