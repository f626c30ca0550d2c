import { expect, it } from 'vitest';
import { z } from 'zod';
import { compileSerializer } from './serializer.ts';

const Part = z.object({ page: z.int().nullable(), quote: z.string() });
const Whole = z
  .object({
    id: z.uuid(),
    name: z.string().nullable(),
    state: z.enum(['on', 'off']).nullable(),
    kind: z.literal('whole').nullable(),
    at: z.iso.datetime(),
    seen: z.date().nullable(),
    part: Part.nullable(),
    parts: z.array(Part).nullable(),
    note: z.string().optional(),
    free: z.record(z.string(), z.unknown()),
    mixed: z.union([z.string(), z.number(), z.null()]),
    step: z.discriminatedUnion('type', [
      z.object({ type: z.literal('token'), content: z.string() }),
      z.object({ type: z.literal('usage'), part: Part.nullable() }),
    ]),
  })
  .meta({ id: 'SerializerTestWhole' });

const FULL = {
  id: '018f0000-0000-7000-8000-000000000000',
  name: 'ไทย "quoted" \u2028 \\ é',
  state: 'on',
  kind: 'whole',
  at: '2026-11-21T01:02:03.456Z',
  seen: new Date(0),
  part: { page: 1, quote: 'q' },
  parts: [{ page: null, quote: '' }],
  note: 'n',
  free: { a: [1, { b: null }] },
  mixed: 3,
  step: { type: 'usage', part: { page: 2, quote: 'u' } },
};
const EMPTY = {
  ...FULL,
  name: null,
  state: null,
  kind: null,
  seen: null,
  part: null,
  parts: null,
  note: undefined,
  free: {},
  mixed: null,
  step: { type: 'token', content: '' },
};

it.each([
  ['every member set', FULL],
  ['nothing where nothing is allowed', EMPTY],
])('writes %s as JSON.stringify would', (_what, value) => {
  expect(JSON.parse(compileSerializer(Whole)(value))).toEqual(JSON.parse(JSON.stringify(value)));
});

it('leaves out what the schema does not name, at every depth', () => {
  const secret = { password_hash: 'canary' };
  const text = compileSerializer(Whole)({
    ...FULL,
    ...secret,
    part: { ...FULL.part, ...secret },
    parts: [{ ...FULL.part, ...secret }],
    step: { ...FULL.step, ...secret, part: { ...FULL.step.part, ...secret } },
  });
  expect(text).not.toContain('canary');
  expect(JSON.parse(text)).toMatchObject({ part: FULL.part, step: FULL.step });
});

it('refuses to answer without a member that is promised', () => {
  const { name: _name, ...incomplete } = FULL;
  expect(() => compileSerializer(Whole)(incomplete)).toThrow('"name" is required');
});

it('writes schemas that refer to themselves', () => {
  const Node = z.object({
    name: z.string(),
    get children() {
      return z.array(Node);
    },
  });
  const tree = { name: 'a', children: [{ name: 'b', children: [], hidden: 1 }] };
  expect(compileSerializer(Node)(tree)).toBe(
    '{"name":"a","children":[{"name":"b","children":[]}]}',
  );
});
