import {
  ValueNode,
  type Compilable,
  type CompiledQuery,
  type Expression,
  type OperationNode,
} from 'kysely';
import type { Queries } from './database.ts';

/** Stands for a member of the input until the query runs. */
class Placeholder<Value> implements Expression<Value> {
  readonly member: PropertyKey;

  constructor(member: PropertyKey) {
    this.member = member;
  }

  get expressionType(): Value | undefined {
    return undefined;
  }

  toOperationNode(): OperationNode {
    return ValueNode.create(this);
  }
}

type ValueOf<Input> = <Member extends keyof Input>(member: Member) => Expression<Input[Member]>;

/**
 * A query whose text never changes, built and compiled at its first run; `valueOf` stands for a member
 * of the input. Building a query anew takes a tenth of the CPU of a request that only reads one row.
 */
export function compileOnce<Input extends object, Row>(
  build: (queries: Queries, valueOf: ValueOf<Input>) => Compilable<Row>,
): (queries: Queries, input: Input) => Promise<readonly Row[]> {
  let compiled: CompiledQuery<Row> | undefined;

  return async (queries, input) => {
    compiled ??= build(queries, (member) => new Placeholder(member)).compile();
    const parameters = compiled.parameters.map((value) =>
      value instanceof Placeholder ? Reflect.get(input, value.member) : value,
    );
    const { rows } = await queries.executeQuery<Row>({ ...compiled, parameters });
    return rows;
  };
}
