import { describe, expect, it } from 'vitest';
import { findPayer, payingFor, type ChatModel, type ChatTurn } from '#modules/ai';
import { AppError } from '#platform/errors/app-error';
import { newId, type RunId, type TeamId, type UserId } from '#shared/ids';
import { silentLogger } from '#test/silent-logger';
import { createScriptedModel } from '../testing/scripted-model.ts';
import { createFollowUps } from './rewrite-query.ts';

const TURNS: readonly ChatTurn[] = [
  { role: 'user', content: 'How long is parental leave in France?' },
  { role: 'assistant', content: 'Sixteen weeks.' },
];
const NEVER = new AbortController().signal;
const asked = { question: 'And in Germany?', turns: TURNS };

function follow(model: ChatModel, options: { readonly timeoutMs?: number } = {}) {
  const describeFollowUp = createFollowUps({
    prompt: 'Rewrite.',
    logger: silentLogger,
    ...options,
  });
  return describeFollowUp({ ...asked, model });
}

describe('a follow-up question', () => {
  it('is rewritten by the model that answers, from the conversation', async () => {
    const model = createScriptedModel();
    const followUp = follow(model);
    expect(followUp?.earlier).toEqual(['How long is parental leave in France?']);
    const rewriting = followUp?.rewrite?.(NEVER);
    const { request, say, finish } = await model.nextCall();
    expect(request.turns.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(request.turns[1]?.content).toBe(
      'Person: How long is parental leave in France?\nAssistant: Sixteen weeks.\n\nNewest question: And in Germany?',
    );
    say('"How long is parental leave');
    say(' in Germany?"\nBecause …');
    finish();
    expect(await rewriting).toBe('How long is parental leave in Germany?');
  });

  it.each([
    ['fails', (call: Call) => call.fail(new AppError('external', 'down'))],
    ['breaks off', (call: Call) => call.cut()],
    ['says nothing', (call: Call) => call.finish()],
  ])('has no rewriting where the model %s', async (_what, end) => {
    const model = createScriptedModel();
    const rewriting = follow(model)?.rewrite?.(NEVER);
    end(await model.nextCall());
    expect(await rewriting).toBeUndefined();
  });

  it('has no rewriting where the model takes too long, whose call is ended', async () => {
    const model = createScriptedModel();
    const rewriting = follow(model, { timeoutMs: 5 })?.rewrite?.(NEVER);
    const { signal } = await model.nextCall();
    expect(await rewriting).toBeUndefined();
    expect(signal.aborted).toBe(true);
  });

  it('ends with the run that wants it', async () => {
    const model = createScriptedModel();
    const run = new AbortController();
    const rewriting = follow(model)?.rewrite?.(run.signal);
    await model.nextCall();
    run.abort(new Error('cancelled'));
    await expect(rewriting).rejects.toThrow('cancelled');
  });

  it('hides no bug behind the question as it was asked', async () => {
    const model = createScriptedModel();
    const rewriting = follow(model)?.rewrite?.(NEVER);
    (await model.nextCall()).fail(new TypeError('a bug'));
    await expect(rewriting).rejects.toThrow('a bug');
  });

  it('is paid by who asks, but not with the run, whose usage is that of its answer', async () => {
    const payers: unknown[] = [];
    const scripted = createScriptedModel();
    const model: ChatModel = {
      ...scripted,
      stream(request, signal) {
        payers.push(findPayer());
        return scripted.stream(request, signal);
      },
    };
    const payer = { teamId: newId<TeamId>(), userId: newId<UserId>() };
    const rewriting = payingFor({ ...payer, runId: newId<RunId>() }, () =>
      follow(model)?.rewrite?.(NEVER),
    );
    (await scripted.nextCall()).finish();
    await rewriting;
    expect(payers).toEqual([payer]);
  });

  it('is left to its words where the built-in model answers, and is none without a conversation', () => {
    const builtIn = { ...createScriptedModel(), provider: 'builtin' };
    expect(follow(builtIn)).toEqual({ earlier: ['How long is parental leave in France?'] });
    const describeFollowUp = createFollowUps({ prompt: 'Rewrite.', logger: silentLogger });
    expect(describeFollowUp({ ...asked, turns: [], model: builtIn })).toBeUndefined();
  });
});

type Call = Awaited<ReturnType<ReturnType<typeof createScriptedModel>['nextCall']>>;
