import { describe, expect, it } from 'vitest';
import { buildToolContext } from '../testing/tool-context.ts';
import { createCalculatorTool } from './calculator.tool.ts';

const calculator = createCalculatorTool();
const calculate = (input: unknown) => calculator.run(input, buildToolContext());

describe('the calculator', () => {
  it.each([
    ['2 + 3 * 4', '14'],
    ['(1.2 + 3) ^ 2', '17.64'],
    ['-2 ^ 2', '-4'],
    ['7 % 3', '1'],
    ['0.1 + 0.2', '0.3'],
    ['roundTo(2 / 3, 2)', '0.67'],
    ['max(1, sqrt(16), 3)', '4'],
    ['5!', '120'],
    ['if(2 > 1, 10, 20)', '10'],
    ['1e21 * 10', '1e+22'],
  ])('calculates %s', async (expression, result) => {
    expect(await calculate({ expression })).toEqual({ text: result, isError: false });
  });

  it.each([
    ['nothing', ''],
    ['a name that is no number', 'x + 1'],
    ['half an expression', '2 *'],
    ['a division by nothing', '1 / 0'],
    ['what no double holds', '9 ^ 9 ^ 9'],
    ['an assignment', 'a = 1'],
    ['the way to the prototype', 'constructor(1)'],
    ['what every object has', 'hasOwnProperty(1)'],
    ['a name behind a digit', '1constructor(1)'],
    ['a list', '[1, 2]'],
    ['members of objects', '"".constructor'],
    ['chance', 'random()'],
    ['text', '"a" || "b"'],
    ['what is longer than sums are', `1${'+1'.repeat(300)}`],
    ['many parentheses', '('.repeat(500)],
  ])('tells the model that it does not calculate %s', async (_, expression) => {
    await expect(calculate({ expression })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('tells the model what is wrong with its input', async () => {
    await expect(calculate({ sum: '1+1' })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('expression'),
    });
    await expect(calculate('1+1')).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('says what it wants in JSON schema', () => {
    expect(calculator.parameters).toMatchObject({
      type: 'object',
      required: ['expression'],
      additionalProperties: false,
    });
    expect(calculator.touches).toEqual([]);
  });
});
