import type pg from 'pg';

/** What the service works as: row-level security binds it, whatever the login role may do. */
export const SERVICE_ROLE = 'groundwork_app';

const SWITCH_ROLE = `
  select login.rolsuper or login.rolbypassrls as "bypassesRowSecurity",
         service.oid is not null as "exists",
         case when pg_has_role(login.oid, service.oid, 'member')
              then set_config('role', service.rolname, false) end as "switchedTo"
  from pg_roles login
  left join pg_roles service on service.rolname = $1
  where login.rolname = session_user`;

type Switch = {
  readonly bypassesRowSecurity: boolean;
  readonly exists: boolean;
  readonly switchedTo: string | null;
};

/** Makes the session work as the service's role, and refuses one that could see every tenant's rows. */
export async function enterServiceRole(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<Switch>(SWITCH_ROLE, [SERVICE_ROLE]);
  const [result] = rows;
  if (!result || result.switchedTo === SERVICE_ROLE || !result.bypassesRowSecurity) return;
  throw new Error(
    result.exists
      ? `The database login bypasses row-level security and may not become "${SERVICE_ROLE}": grant it that role, or use another login`
      : `The database has no role "${SERVICE_ROLE}" yet: apply the migrations first`,
  );
}

/**
 * Creates the service's role, once for the whole cluster, and lets the login role become it. A login
 * that may not create roles goes without: as an ordinary role it is bound by row-level security itself.
 */
export async function ensureServiceRole(owner: pg.ClientBase): Promise<void> {
  // Asking first is much cheaper than a block that has nothing to do.
  const { rows } = await owner.query(
    `select from pg_roles where rolname = $1 and pg_has_role(current_user, oid, 'member')`,
    [SERVICE_ROLE],
  );
  if (rows.length > 0) return;
  await owner.query(`
    do $$ begin
      begin
        if not exists (select from pg_roles where rolname = '${SERVICE_ROLE}') then
          create role ${SERVICE_ROLE} nologin nosuperuser nobypassrls;
        end if;
      exception
        -- Another database of this cluster made it just now.
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then return;
      end;
      if not pg_has_role(current_user, '${SERVICE_ROLE}', 'member') then
        execute format('grant ${SERVICE_ROLE} to %I', current_user);
      end if;
    exception when insufficient_privilege then null;
    end $$`);
}

// Written by the migrations alone.
const READ_ONLY_TABLES = ['schema_migrations', 'schema_migrations_lock', 'checkpoint_migrations'];

/** Gives the service's role what it needs of every table there is, the queue's included. */
export async function grantToServiceRole(owner: pg.ClientBase): Promise<void> {
  // All grants are given at once, so that a table without them is what a migration left.
  const { rows } = await owner.query(
    `select from pg_class, pg_roles role
     where rolname = $1 and relkind in ('r', 'p') and not has_table_privilege(role.oid, pg_class.oid, 'select')
       and relnamespace in (select oid from pg_namespace where nspname in ('public', 'pgboss')) limit 1`,
    [SERVICE_ROLE],
  );
  if (rows.length === 0) return;
  await owner.query(`
    do $$ declare name text; begin
      if not exists (select from pg_roles where rolname = '${SERVICE_ROLE}') then return; end if;
      for name in select nspname from pg_namespace where nspname in ('public', 'pgboss') loop
        execute format('grant usage on schema %I to ${SERVICE_ROLE}', name);
        execute format('grant select, insert, update, delete on all tables in schema %I to ${SERVICE_ROLE}', name);
        execute format('grant usage, select on all sequences in schema %I to ${SERVICE_ROLE}', name);
        execute format('grant execute on all routines in schema %I to ${SERVICE_ROLE}', name);
      end loop;
      foreach name in array '{${READ_ONLY_TABLES.join()}}'::text[] loop
        if to_regclass(name) is not null then
          execute format('revoke insert, update, delete on %I from ${SERVICE_ROLE}', name);
        end if;
      end loop;
    end $$`);
}
