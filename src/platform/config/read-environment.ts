import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readVariable, type Environment } from './setting.ts';

/**
 * The real environment over `.env.<APP_ENV>` over `.env`, both of `directory` and both optional.
 * Tests read no file, so that they mean the same on every machine.
 */
export function readEnvironment(environment: Environment, directory: string): Environment {
  if (environment['APP_ENV'] === 'test') return environment;
  const general = readEnvFile(join(directory, '.env'));
  const appEnvironment =
    readVariable(environment, 'APP_ENV') ?? readVariable(general, 'APP_ENV') ?? 'development';
  // The name becomes part of a path.
  if (!/^[a-z]+$/.test(appEnvironment)) return { ...general, ...environment };
  const special = readEnvFile(join(directory, `.env.${appEnvironment}`));
  return { ...general, ...special, ...environment };
}

function readEnvFile(path: string): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}
