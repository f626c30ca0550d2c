-- migrate:up
create extension if not exists pg_trgm;

-- The text must be the same as in the administrators' search, or that reads the whole table.
create index users_search_idx on users using gin ((
  coalesce(email, '') || ' ' || coalesce(username, '') || ' ' || coalesce(first_name, '') || ' ' || coalesce(last_name, '')
) gin_trgm_ops);
create index users_created_at_id_idx on users (created_at, id);
-- Few are administrators; the last active one is looked for under a lock.
create index users_role_idx on users (role) where role = 'admin';
create index teams_tier_personal_user_id_idx on teams (tier, personal_user_id)
  where personal_user_id is not null;

-- Set on a session that an administrator opened in the user's name.
alter table auth_sessions add column impersonator_id uuid references users (id) on delete cascade;
create index auth_sessions_impersonator_id_idx on auth_sessions (impersonator_id);

-- Actions are looked for by how they begin, in whatever order the database's language sorts.
drop index audit_log_action_created_at_idx;
create index audit_log_action_created_at_idx on audit_log (action text_pattern_ops, created_at desc);

-- migrate:down
drop index audit_log_action_created_at_idx;
create index audit_log_action_created_at_idx on audit_log (action, created_at desc);
alter table auth_sessions drop column impersonator_id;
drop index teams_tier_personal_user_id_idx;
drop index users_role_idx;
drop index users_created_at_id_idx;
drop index users_search_idx;
drop extension pg_trgm;
