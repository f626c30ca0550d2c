-- migrate:up
-- What administrators add to the built-in list of models, and change of it; for everybody.
create table models (
  id uuid primary key,
  provider text not null check (provider in ('builtin', 'openai', 'anthropic', 'gemini', 'litellm')),
  name text not null,
  source text not null check (source in ('built_in', 'custom', 'fine_tuned')),
  enabled boolean not null default true,
  -- Null in any of these: as the built-in list has it.
  description text,
  context_tokens integer check (context_tokens > 0),
  complexity text check (complexity in ('small', 'medium', 'large')),
  abilities text[],
  -- Millionths of a US dollar for a million tokens.
  prompt_price_micros bigint check (prompt_price_micros >= 0),
  cached_price_micros bigint check (cached_price_micros >= 0),
  completion_price_micros bigint check (completion_price_micros >= 0),
  -- The model whose requests go here by the share.
  base text,
  traffic_share double precision not null default 0 check (traffic_share between 0 and 1),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider, name)
);

-- The same, of one team and for it alone.
create table team_models (
  like models including defaults including constraints,
  team_id uuid not null references teams (id) on delete cascade,
  primary key (id),
  unique (team_id, provider, name)
);
call isolate_tenants('team_models');

-- migrate:down
drop table team_models;
drop table models;
