import { CONFIG_EXIT_CODE, ConfigError } from '#platform/config/config-error';
import { loadConfig, type Config } from '#platform/config/config';
import { readEnvironment } from '#platform/config/read-environment';
import { isAppError } from '#platform/errors/app-error';

/** Runs a command with the settings in force; a fault of the operator's is said in words, without a stack. */
export async function withConfig(command: (config: Config) => Promise<void>): Promise<void> {
  try {
    await command(loadConfig(readEnvironment(process.env, process.cwd())));
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message, CONFIG_EXIT_CODE);
    if (isAppError(error)) return fail(error.message, 1);
    throw error;
  }
}

function fail(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
