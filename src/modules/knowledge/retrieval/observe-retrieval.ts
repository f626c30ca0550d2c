import { findPayer } from '#modules/ai';
import type { Clock } from '#platform/clock/clock';
import { nameFailure } from '#platform/errors/name-failure';
import type { Observer } from '#platform/telemetry/observer';
import { currentTraceId } from '#platform/telemetry/tracing';
import type { KnowledgeRetriever, Retrieval, RetrieveInput } from './knowledge-retriever.ts';

type Retrieve = KnowledgeRetriever['retrieve'];

type Dependencies = { readonly observer?: Observer | undefined; readonly clock: Clock };

/** Gives the same retrieval, each of which is told to the observer with what it found. */
export function createObservedRetrieval({ observer, clock }: Dependencies) {
  return (retrieve: Retrieve): Retrieve =>
    observer ? observeRetrieval(retrieve, { observer, clock }) : retrieve;
}

function observeRetrieval(
  retrieve: Retrieve,
  { observer, clock }: Required<Dependencies> & { readonly observer: Observer },
): Retrieve {
  return async (input, signal) => {
    const startedMs = clock.now().getTime();
    const tell = (found: Retrieval | undefined, failure?: string) =>
      observer.observe({
        kind: 'retrieval',
        name: 'retrieve',
        work: workOf(input),
        startedMs,
        endedMs: clock.now().getTime(),
        // Here and not in the metadata, which nobody redacts.
        input: found?.query ?? input.query,
        output: found?.passages.map(describePassage),
        metadata: {
          mode: found?.mode,
          passages: found?.passages.length,
          rewriting: found?.rewriting,
        },
        failure,
      });
    try {
      const found = await retrieve(input, signal);
      tell(found);
      return found;
    } catch (error) {
      tell(undefined, signal.aborted ? 'aborted' : nameFailure(error));
      throw error;
    }
  };
}

function workOf({ teamId, projectId }: RetrieveInput) {
  return { userId: null, ...findPayer(), teamId, projectId, traceId: currentTraceId() };
}

function describePassage({ documentTitle, page, score, content }: Retrieval['passages'][number]) {
  return { document: documentTitle, page, score, content };
}
