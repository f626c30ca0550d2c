import type { MessagePort } from 'node:worker_threads';
import { createLoadedModels, LocalModelError, type LoadedModels } from './loaded-models.ts';
import type { LocalModelReply, LocalModelRequest } from './local-model-protocol.ts';

/** The thread's side: one request after another, since a model takes all processors that it is given. */
export function answerLocalModels(port: MessagePort, folder: string): void {
  const models = createLoadedModels(folder);
  let turn = Promise.resolve();
  port.on('message', (request: LocalModelRequest) => {
    turn = turn.then(async () => port.postMessage(await reply(models, request)));
  });
}

async function reply(models: LoadedModels, request: LocalModelRequest): Promise<LocalModelReply> {
  const { number, model, texts } = request;
  try {
    if (request.kind === 'embed')
      return { number, kind: 'vectors', vectors: await models.embed(model, texts) };
    const scores = await models.score(model, { query: request.query, texts });
    return { number, kind: 'scores', scores };
  } catch (error) {
    const reason = error instanceof LocalModelError ? error.reason : 'not_run';
    const { cause = error } = error instanceof LocalModelError ? error : {};
    return { number, kind: 'failed', reason, cause: String(cause) };
  }
}
