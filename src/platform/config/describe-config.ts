import { listSettings, type ListedSetting } from './config-schema.ts';
import type { Config } from './config.ts';

const MASK = '********';

export type EffectiveSetting = {
  readonly group: string;
  readonly name: string;
  /** As in force, secrets masked; undefined where the setting is unset and that means something. */
  readonly value: string | undefined;
  readonly description: string;
};

/** What is in force, for people to read. */
export function describeConfig(config: Config): readonly EffectiveSetting[] {
  const groups: Readonly<Record<string, Readonly<Record<string, unknown>>>> = config;
  return listSettings().map((setting) => ({
    group: setting.group,
    name: setting.name,
    value: present(setting, groups[setting.group]?.[setting.key]),
    description: setting.description,
  }));
}

function present({ isSecret }: ListedSetting, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (isSecret) return maskSecret(value);
  if (Array.isArray(value)) return presentList(value);
  return String(value);
}

/** A URL keeps what tells which server it names. */
function maskSecret(value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) return MASK;
  const { protocol, host, pathname } = new URL(value);
  return host === '' ? MASK : `${protocol}//${host}${pathname}`;
}

/** Windows of a limit are parted by `;`, all other lists by `,`, as they are read. */
function presentList(items: readonly unknown[]): string {
  const windows = items.filter(
    (item) => typeof item === 'object' && item !== null && 'text' in item,
  );
  return windows.length > 0 ? windows.map(({ text }) => String(text)).join(';') : items.join(',');
}
