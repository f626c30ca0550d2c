import { describeConfig } from '#platform/config/describe-config';
import type { Config } from '#platform/config/config';

export async function printConfig(config: Config): Promise<void> {
  for (const { name, value } of describeConfig(config))
    process.stdout.write(`${name}=${value ?? ''}\n`);
}
