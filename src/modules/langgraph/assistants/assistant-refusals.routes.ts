import type { App } from '#platform/http/app';
import { AssistantParams, AssistantResponse } from './assistants.schemas.ts';
import type { AssistantService } from './assistants.service.ts';

const tags = ['langgraph'];
const config = { access: 'user' } as const;
const refused = 'Refused: assistants are projects and their agents';

const createAssistant = {
  schema: {
    operationId: 'createLangGraphAssistant',
    summary: refused,
    tags,
    response: { 200: AssistantResponse },
  },
  config,
};
const ofOne = (operationId: string) => ({
  schema: {
    operationId,
    summary: refused,
    tags,
    params: AssistantParams,
    response: { 200: AssistantResponse },
  },
  config,
});

/** What the client calls and nobody can have here: it is told why. */
export function registerAssistantRefusals(
  app: App,
  { assistants }: { assistants: Pick<AssistantService, 'refuseChange'> },
): void {
  app.post('/assistants', createAssistant, (request) =>
    assistants.refuseChange(request.actor, undefined),
  );
  const path = '/assistants/:assistant_id';
  app.patch(path, ofOne('updateLangGraphAssistant'), (request) =>
    assistants.refuseChange(request.actor, { id: request.params.assistant_id }),
  );
  app.delete(path, ofOne('deleteLangGraphAssistant'), (request) =>
    assistants.refuseChange(request.actor, { id: request.params.assistant_id }),
  );
  app.post(`${path}/latest`, ofOne('setLatestLangGraphAssistant'), (request) =>
    assistants.refuseChange(request.actor, { id: request.params.assistant_id }),
  );
}
