import type { App } from '#platform/http/app';
import { isLocalCaller } from '#platform/http/local-caller';
import {
  CompletedSetupResponse,
  presentCompletedSetup,
  presentSetup,
  SetupCreate,
  SetupResponse,
} from './setup.schemas.ts';
import type { SetupService } from './setup.service.ts';

const tags = ['setup'];

const readSetup = {
  schema: {
    operationId: 'getSetup',
    summary: 'Ask whether a first administrator is needed',
    tags,
    response: { 200: SetupResponse },
  },
  config: { access: 'public' },
} as const;
const completeSetup = {
  schema: {
    operationId: 'completeSetup',
    summary: 'Create the first administrator with a first team, once',
    tags,
    body: SetupCreate,
    response: { 201: CompletedSetupResponse },
  },
  config: { access: 'public', rateLimit: 'login' },
} as const;

export function registerSetupRoutes(app: App, { setup }: { setup: SetupService }): void {
  app.get('/setup', readSetup, async (request) =>
    presentSetup(await setup.read({ isLocal: isLocalCaller(request) })),
  );

  app.post('/setup', completeSetup, async (request, reply) => {
    const { team_name: teamName, setup_token: token, ...profile } = request.body;
    const { email, password, username = null, first_name, last_name } = profile;
    const names = { username, firstName: first_name ?? null, lastName: last_name ?? null };
    const isLocal = isLocalCaller(request);
    const completed = await setup.complete({ email, password, ...names, teamName, token, isLocal });
    return reply.code(201).send(presentCompletedSetup(completed));
  });
}
