import { createAnswerCollector } from '#modules/ai';
import { readProjectModel } from '../project-model.ts';
import type { OpenedCompletion } from './chat-completions.service.ts';
import { presentCitation, type Annotation, type CompletedAnswer } from './present-completion.ts';

/** Reads an answer to its end. */
export async function collectCompletion({
  model,
  provider,
  events,
}: OpenedCompletion): Promise<CompletedAnswer> {
  const collector = createAnswerCollector({ model, provider });
  const annotations: Annotation[] = [];
  let length = 0;
  for await (const event of events) {
    if (event.type === 'citation') {
      annotations.push(presentCitation(event.citation, length));
      continue;
    }
    if (event.type === 'text-delta') length += event.text.length;
    collector.take(event);
  }
  const answer = collector.answer();
  // Which model stands behind a project is not what was asked for.
  return { ...answer, annotations, ...(readProjectModel(model) && { model }) };
}
