import type { SettingDetails } from './setting.ts';

export const CONFIG_EXIT_CODE = 78;

/** One thing that is wrong with one variable; `problem` never holds a secret's value. */
export type ConfigFault = {
  readonly variable: string;
  readonly problem: string;
  readonly example: string | undefined;
};

/** Everything that is wrong with the settings, together. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(describeFaults(faults));
    this.faults = faults;
  }
}

export function faultOf(
  { name, example, defaultText }: SettingDetails & { readonly defaultText?: string | undefined },
  problem: string,
): ConfigFault {
  return { variable: name, problem, example: example ?? (defaultText || undefined) };
}

function describeFaults(faults: readonly ConfigFault[]): string {
  const count = faults.length === 1 ? '1 setting is' : `${faults.length} settings are`;
  const lines = faults.map(({ variable, problem, example }) => {
    const hint = example === undefined ? '' : ` (for example: ${example})`;
    return `  ${variable} ${problem}${hint}`;
  });
  return [`${count} wrong:`, ...lines].join('\n');
}
