import type { ListedSetting } from './config-schema.ts';
import { faultOf, type ConfigFault } from './config-error.ts';
import { readVariable, type Environment } from './setting.ts';

/** What the environment says about one setting, in the setting's own unit. */
export type Variable = {
  readonly setting: ListedSetting;
  readonly value: string | undefined;
  /** Other names of the setting that are set too, with their value. */
  readonly others: readonly { readonly name: string; readonly value: string }[];
};

export function readSetting(setting: ListedSetting, environment: Environment): Variable {
  const aliases = (setting.aliases ?? []).flatMap(({ names, read }) => {
    const value = read(environment);
    return value === undefined ? [] : [{ name: names.join(' and '), value }];
  });
  const own = readVariable(environment, setting.name);
  if (own !== undefined) return { setting, value: own, others: aliases };
  const [first, ...others] = aliases;
  return { setting, value: first?.value, others };
}

/** Two names of one setting may stand side by side only if they say the same. */
export function findConflicts(
  { setting, value, others }: Variable,
  meaningOf: (text: string) => unknown,
): readonly ConfigFault[] {
  if (value === undefined) return [];
  const meaning = JSON.stringify(meaningOf(value));
  return others
    .filter((other) => JSON.stringify(meaningOf(other.value)) !== meaning)
    .map(({ name }) => faultOf(setting, `and ${name} are both set and differ; keep one of them`));
}
