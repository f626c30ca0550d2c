import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { hashOfSchema } from './schema-cache.ts';

const LOCK_KEY = 7_262_022;

export type ServerDatabase = { readonly url: string; drop(): Promise<void> };

/** Makes a database from a template that `migrate` prepared, once for each state of the schema. */
export async function createServerDatabase(
  adminUrl: string,
  migrate: (url: string) => Promise<void>,
): Promise<ServerDatabase> {
  const template = `groundwork_template_${await hashOfSchema()}`;
  const name = `groundwork_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(adminUrl, async (admin) => {
    await ensureTemplate(admin, {
      template,
      prepare: (database) => migrate(urlOf(adminUrl, database)),
    });
    await admin.query(`create database ${name} template ${template}`);
  });
  return {
    url: urlOf(adminUrl, name),
    drop: () =>
      asAdmin(
        adminUrl,
        async (admin) => void (await admin.query(`drop database ${name} with (force)`)),
      ),
  };
}

type Template = {
  readonly template: string;
  readonly prepare: (database: string) => Promise<void>;
};

/** Other processes wait; a template that was not finished is not taken for one. */
async function ensureTemplate(admin: pg.Client, { template, prepare }: Template): Promise<void> {
  await admin.query('select pg_advisory_lock($1)', [LOCK_KEY]);
  const { rows } = await admin.query('select from pg_database where datname = $1', [template]);
  if (rows.length === 0) {
    const unfinished = `${template}_unfinished`;
    await admin.query(`drop database if exists ${unfinished} with (force)`);
    await admin.query(`create database ${unfinished}`);
    await prepare(unfinished);
    await admin.query(`alter database ${unfinished} rename to ${template}`);
  }
  await admin.query('select pg_advisory_unlock($1)', [LOCK_KEY]);
}

async function asAdmin(url: string, work: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
