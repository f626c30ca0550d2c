import { join } from 'node:path';
import { z } from 'zod';
import {
  DEFAULT_RATES,
  findContradictions,
  findDeploymentFaults,
  isDeployed,
} from './check-requirements.ts';
import { ConfigError, faultOf, type ConfigFault } from './config-error.ts';
import { configSchema, listSettings, type Settings } from './config-schema.ts';
import { deepFreeze } from './deep-freeze.ts';
import { readOrCreateLocalSecret, type LocalSecretName } from './local-secret.ts';
import { findConflicts, readSetting, type Variable } from './read-variables.ts';
import type { Environment } from './setting.ts';

export type Config = ReturnType<typeof completeSettings>;

/**
 * Reads and checks every setting.
 * @throws {ConfigError} with all faults together
 */
export function loadConfig(environment: Environment): Config {
  const isStrict = isDeployed(environment);
  const variables = listSettings().map((setting) => readSetting(setting, environment));
  const parsed = configSchema.safeParse(nest(variables, isStrict));
  const faults = [
    ...(parsed.error ? describeIssues(parsed.error, variables) : []),
    ...variables.flatMap((variable) => findConflicts(variable, meaningOf(variable))),
    ...(isStrict ? variables.flatMap(findDeploymentFaults) : []),
    ...(parsed.data ? findContradictions(parsed.data) : []),
  ];
  if (!parsed.data || faults.length > 0) throw new ConfigError(faults);
  return deepFreeze(completeSettings(parsed.data));
}

function nest(variables: readonly Variable[], isStrict: boolean): object {
  const groups: Record<string, Record<string, string | undefined>> = {};
  for (const { setting, value } of variables) {
    const group = (groups[setting.group] ??= {});
    group[setting.key] = value ?? (isStrict ? setting.deployedDefault : undefined);
  }
  return groups;
}

function describeIssues(error: z.ZodError, variables: readonly Variable[]): readonly ConfigFault[] {
  return error.issues.flatMap(({ path: [group, key], message }) => {
    const variable = variables.find(
      ({ setting }) => setting.group === group && setting.key === key,
    );
    if (!variable) return [];
    const { setting, value } = variable;
    const shown = setting.isSecret || value === undefined ? '' : ` and is "${value}"`;
    return [faultOf(setting, `${message}${shown}`)];
  });
}

function meaningOf({ setting }: Variable): (text: string) => unknown {
  const schema = settingSchema(setting.group, setting.key);
  return (text) => schema?.safeParse(text).data ?? text;
}

function settingSchema(group: string, key: string): z.ZodType | undefined {
  const groups: Record<string, z.ZodObject> = configSchema.shape;
  const member = groups[group]?.shape[key];
  return member instanceof z.ZodType ? member : undefined;
}

/** Fills in what depends on other settings. */
function completeSettings(settings: Settings) {
  const { app, auth, secrets, files, log, costs } = settings;
  return {
    ...settings,
    app: { ...app, publicUrl: app.publicUrl ?? `http://localhost:${app.port}` },
    auth: {
      ...auth,
      jwtSecretKey: auth.jwtSecretKey ?? localSecret(app.dataDirectory, 'jwt-secret'),
    },
    secrets: {
      encryptionKeys: secrets.encryptionKeys ?? [localSecret(app.dataDirectory, 'encryption-key')],
    },
    files: { ...files, localPath: files.localPath ?? join(app.dataDirectory, 'files') },
    log: { ...log, level: app.isDebug ? ('debug' as const) : log.level },
    costs: {
      ...costs,
      currencyPerUsd: costs.currencyPerUsd ?? DEFAULT_RATES[costs.currency] ?? 1,
    },
  };
}

function localSecret(dataDirectory: string, name: LocalSecretName): string {
  try {
    return readOrCreateLocalSecret(dataDirectory, name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown reason';
    throw new ConfigError([
      { variable: 'DATA_DIR', problem: `cannot be used: ${reason}`, example: './data' },
    ]);
  }
}
