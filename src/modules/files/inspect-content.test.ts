import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import { createInspection } from './inspect-content.ts';

const anyType = async (_head: Uint8Array) => 'text/plain';

describe('inspection of content', () => {
  it('passes the bytes on unchanged and tells their count, hash and type', async () => {
    const content = Buffer.from('Grüße, Welt');
    const { pass, result } = createInspection({ maxBytes: 100, detectType: anyType });
    expect(await buffer(Readable.from(pass(Readable.from([content]))))).toEqual(content);
    const sha256 = hash('sha256', content, 'hex');
    expect(result()).toEqual({ bytes: content.length, sha256, mimeType: 'text/plain' });
  });

  it('shows the type detection the start of the file in one piece, once', async () => {
    const detectType = vi.fn<typeof anyType>(anyType);
    const pieces = Array.from({ length: 100 }, () => Buffer.alloc(1024, 'a'));
    const { pass } = createInspection({ maxBytes: 200_000, detectType });
    await buffer(Readable.from(pass(Readable.from(pieces))));
    expect(detectType).toHaveBeenCalledTimes(1);
    expect(detectType.mock.calls[0]?.[0]).toHaveLength(65_536);
  });

  it('shows the type detection the same start however the content was cut', async () => {
    const detectType = vi.fn<typeof anyType>(anyType);
    const { pass } = createInspection({ maxBytes: 200_000, detectType });
    await buffer(Readable.from(pass(Readable.from([Buffer.alloc(70_000, 'a')]))));
    expect(detectType.mock.calls[0]?.[0]).toHaveLength(65_536);
  });

  it('lets no byte of a refused type pass', async () => {
    const refused = new AppError('unsupported_media', 'no');
    const { pass } = createInspection({ maxBytes: 100, detectType: () => Promise.reject(refused) });
    const pieces: unknown[] = [];
    const reading = (async () => {
      for await (const piece of pass(Readable.from([Buffer.from('MZ')]))) pieces.push(piece);
    })();
    await expect(reading).rejects.toBe(refused);
    expect(pieces).toEqual([]);
  });

  it('takes exactly the limit, and stops reading one byte over it', async () => {
    const limit = { maxBytes: 10, detectType: anyType };
    const exact = createInspection(limit);
    await buffer(Readable.from(exact.pass(Readable.from([Buffer.alloc(10, 'a')]))));
    expect(exact.result().bytes).toBe(10);

    const source = Readable.from([
      Buffer.alloc(10, 'a'),
      Buffer.alloc(1, 'a'),
      Buffer.alloc(1000, 'a'),
    ]);
    const reading = buffer(Readable.from(createInspection(limit).pass(source)));
    await expect(reading).rejects.toMatchObject({ kind: 'too_large' });
    expect(source.destroyed).toBe(true);
  });

  it('refuses an empty file by name', async () => {
    const { pass } = createInspection({ maxBytes: 10, detectType: anyType });
    await expect(buffer(Readable.from(pass(Readable.from([]))))).rejects.toMatchObject({
      kind: 'invalid',
      options: { reason: 'empty_file' },
    });
  });

  it('has no result before the content has passed', () => {
    const { result } = createInspection({ maxBytes: 10, detectType: anyType });
    expect(result).toThrow('not read to its end');
  });
});
