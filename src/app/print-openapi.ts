import { createDatabase } from '#platform/db/create-database';
import { buildOpenApiDocument } from '#platform/http/openapi';
import { compose } from './compose.ts';
import { createHttp } from './http.ts';
import { createPlatform, type PlatformOptions } from './platform.ts';

/** Prints the OpenAPI document. Nothing is asked of a database, so it takes one in memory and leaves yours alone. */
export async function printOpenApi(options: PlatformOptions): Promise<void> {
  const inMemory = { kind: 'embedded', dataFolder: undefined } as const;
  const database = await createDatabase(inMemory, options.telemetry);
  const platform = await createPlatform({ ...options, database });
  const app = await createHttp(platform, compose(platform));
  process.stdout.write(`${JSON.stringify(await buildOpenApiDocument(app), null, 2)}\n`);
  await app.close();
  await platform.close();
  await database.close();
}
