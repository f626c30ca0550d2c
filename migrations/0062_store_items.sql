-- migrate:up
-- What programs keep for a user, by a path of names and a key.
create table store_items (
  id uuid primary key,
  team_id uuid not null references teams (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  namespace text[] not null,
  key text not null,
  value jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (user_id, team_id, namespace, key)
);
create index store_items_team_id_idx on store_items (team_id);
create index store_items_user_id_idx on store_items (user_id, id);
call isolate_tenants('store_items');

-- migrate:down
drop table store_items;
