import { z } from 'zod';
import type { AgentTool } from '../agent-tool.ts';
import { defineTool, succeed } from './define-tool.ts';
import { evaluateExpression } from './evaluate-expression.ts';

const MAX_CHARACTERS = 500;

const CalculatorInput = z.strictObject({
  expression: z
    .string()
    .min(1)
    .max(MAX_CHARACTERS)
    .describe('Such as (1200 * 1.07 ^ 3) / 12 or round(sqrt(2) * 100)'),
});

export function createCalculatorTool(): AgentTool {
  return defineTool({
    name: 'calculator',
    description:
      'Calculates an arithmetic expression exactly. Knows + - * / % ^ !, comparisons, parentheses, PI, E and ' +
      'functions such as sqrt, abs, min, max, round, roundTo, ln, log10, exp, sin, cos, tan.',
    input: CalculatorInput,
    touches: [],
    run: async ({ expression }) => succeed(String(await evaluateExpression(expression))),
  });
}
