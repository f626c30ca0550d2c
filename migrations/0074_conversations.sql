-- migrate:up
-- What OpenAI's conversations API keeps, until its user deletes it.
create table conversations (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index conversations_team_id_idx on conversations (team_id);
create index conversations_user_id_idx on conversations (user_id, id);
call isolate_tenants('conversations');

create table conversation_items (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  conversation_id uuid not null references conversations (id) on delete cascade,
  -- Items of a conversation are in this order: whoever adds some holds the conversation's lock.
  position bigint generated always as identity,
  -- What callers call it; they choose it where they wish.
  item_id text not null,
  -- As text: what models and callers write may hold characters that jsonb refuses.
  item json not null,
  created_at timestamptz not null default now(),
  unique (conversation_id, item_id)
);
create index conversation_items_position_idx on conversation_items (conversation_id, position);
create index conversation_items_team_id_idx on conversation_items (team_id);
create index conversation_items_user_id_idx on conversation_items (user_id, id);
call isolate_tenants('conversation_items');

-- migrate:down
drop table conversation_items;
drop table conversations;
