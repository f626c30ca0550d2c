import { describe, expect, it, vi } from 'vitest';
import { newId, type ApiKeyId } from '#shared/ids';
import { createApiKeyUsage } from './api-key-usage.service.ts';
import type { ApiKeyUse } from './api-keys.repository.ts';

const NOON = Date.parse('2026-01-01T12:00:00Z');
const at = (seconds: number) => new Date(NOON + seconds * 1000);

function build({ gatherMs = 60_000 } = {}) {
  const written: (readonly ApiKeyUse[])[] = [];
  const state = { isDown: false };
  const usage = createApiKeyUsage({
    gatherMs,
    logger: { warn: () => undefined },
    allApiKeys: () => ({
      async markUsed(uses) {
        if (state.isDown) throw new Error('the database is down');
        written.push(uses);
      },
    }),
  });
  return { usage, written, state };
}

describe('the uses of keys', () => {
  it('are written together, and once a minute for each key', async () => {
    const { usage, written } = build();
    const [one, other] = [newId<ApiKeyId>(), newId<ApiKeyId>()];
    for (let second = 0; second < 60; second += 1) usage.record(one, at(second));
    usage.record(other, at(3));
    await usage.flush();
    usage.record(one, at(59));
    await usage.flush();
    usage.record(one, at(60));
    await usage.flush();
    expect(written).toEqual([
      [
        { id: one, at: at(0) },
        { id: other, at: at(3) },
      ],
      [{ id: one, at: at(60) }],
    ]);
  });

  it('are written without being asked for', async () => {
    const { usage, written } = build({ gatherMs: 1 });
    usage.record(newId<ApiKeyId>(), at(0));
    expect(written).toEqual([]);
    await vi.waitFor(() => expect(written).toHaveLength(1));
  });

  it('wait for a database that is down', async () => {
    const { usage, written, state } = build();
    const id = newId<ApiKeyId>();
    state.isDown = true;
    usage.record(id, at(0));
    await usage.flush();
    state.isDown = false;
    await usage.flush();
    expect(written).toEqual([[{ id, at: at(0) }]]);
  });
});
