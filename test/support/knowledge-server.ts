import { AppError } from '#platform/errors/app-error';
import { mountRoutes } from '#platform/http/app';
import type { Actor } from '#shared/actor';
import { newId } from '#shared/ids';
import { createClient, type Client } from './client.ts';
import { buildHttpApp } from './http-app.ts';
import { createKnowledgeWorld, type KnowledgeWorldOptions } from './knowledge.ts';

export type KnowledgeServer = Awaited<ReturnType<typeof startKnowledgeServer>>;

/** The routes of the modules of knowledge and files on a listening server; a token signs in whom the test says. */
export async function startKnowledgeServer(options: KnowledgeWorldOptions) {
  const world = await createKnowledgeWorld(options);
  const actors = new Map<string, Actor>();
  const { app } = await buildHttpApp({
    authenticate: async ({ bearer = '' }) => {
      const actor = actors.get(bearer);
      if (!actor) throw new AppError('unauthenticated', 'nobody');
      return actor;
    },
  });
  mountRoutes(app, { prefix: '/api/v1' }, world.knowledge.registerRoutes);
  mountRoutes(app, { prefix: '/api/v1' }, world.registerFileRoutes);
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' });

  function tokenOf(actor: Actor): string {
    const token = newId();
    actors.set(token, actor);
    return token;
  }

  return {
    world,
    baseUrl,
    tokenOf,
    clientOf: (actor: Actor) => createClient(baseUrl, tokenOf(actor)),

    /** A new team with a project; `path` is that of its documents. */
    async signIn() {
      const tenant = await world.addTenant();
      const token = tokenOf(tenant.actor);
      const path = `/projects/${tenant.projectId}/documents`;
      return { tenant, token, path, client: createClient(baseUrl, token) };
    },

    /** Uploads a text and has it ingested; answers the document of the upload. */
    async ingest(
      { client, path }: { readonly client: Client; readonly path: string },
      name: string,
      content: string,
    ) {
      const { body } = await client.upload(path, content, name);
      await world.queue.runAll();
      return body;
    },

    async close(): Promise<void> {
      await app.close();
      await world.close();
    },
  };
}
