-- migrate:up
create extension if not exists vector;

-- Each is read once a statement (as an init plan), not once a row.
create function current_team_id() returns uuid
  language sql stable as $$ select nullif(current_setting('app.team_id', true), '')::uuid $$;
create function is_system_scope() returns boolean
  language sql stable as $$ select coalesce(current_setting('app.system', true), '') = 'on' $$;

-- A statement without a scope matches neither half, so it sees no row of any tenant.
create procedure isolate_tenants(tenant_table regclass, team_column text default 'team_id')
  language plpgsql as $$
begin
  execute format('alter table %s enable row level security', tenant_table);
  execute format('alter table %s force row level security', tenant_table);
  execute format(
    'create policy tenant_isolation on %s using (%I = (select current_team_id()) or (select is_system_scope()))',
    tenant_table, team_column);
end $$;

-- migrate:down
drop procedure isolate_tenants(regclass, text);
drop function is_system_scope();
drop function current_team_id();
drop extension vector;
