import { invalid } from '#platform/errors/app-error';

const CONSTANTS = ['E', 'PI'];
const FUNCTIONS = [
  'abs',
  'acos',
  'asin',
  'atan',
  'atan2',
  'cbrt',
  'ceil',
  'cos',
  'exp',
  'floor',
  'hypot',
  'if',
  'ln',
  'log',
  'log10',
  'log2',
  'max',
  'min',
  'pow',
  'round',
  'roundTo',
  'sign',
  'sin',
  'sqrt',
  'tan',
  'trunc',
];
const OPERATORS = ['and', 'not', 'or'];
const ALLOWED: ReadonlySet<string> = new Set([...CONSTANTS, ...FUNCTIONS, ...OPERATORS]);
/** Not the exponent of 1e21, which follows a digit. */
const NAMES = /(?<!\w)[\p{L}_$][\p{L}\p{N}_$]*/gu;
/** As many digits as a double is sure of: 0.1 + 0.2 is 0.3. */
const PRECISION = 15;

/** @throws AppError `invalid` for what is no arithmetic, or has no finite value */
export async function evaluateExpression(text: string): Promise<number> {
  // The library also knows what its objects inherit, such as `constructor`.
  const stranger = text.match(NAMES)?.find((name) => !ALLOWED.has(name));
  if (stranger !== undefined) throw faulty(`there is no "${stranger}"`);
  // Few runs calculate, and a start should not wait for those that do.
  const { Parser } = await import('expr-eval-fork');
  const parser = new Parser({
    operators: { assignment: false, fndef: false, concatenate: false, in: false },
  });
  const value = attempt(() => Number(parser.evaluate(text)));
  if (!Number.isFinite(value)) throw faulty('it has no finite value');
  return Number(value.toPrecision(PRECISION));
}

function attempt(work: () => number): number {
  try {
    return work();
  } catch (error) {
    throw faulty(error instanceof Error ? error.message : 'it cannot be read');
  }
}

function faulty(reason: string): Error {
  const message = `Cannot calculate this: ${reason}`;
  return invalid([{ field: 'expression', message }], 'calculator.invalid');
}
