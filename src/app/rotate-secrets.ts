import { AppError } from '#platform/errors/app-error';
import { compose } from './compose.ts';
import { prepareSchema } from './migrate.ts';
import { createPlatform, type PlatformOptions } from './platform.ts';

/** Lets the operator take old keys out of ENCRYPTION_KEY. */
export async function rotateSecrets(options: PlatformOptions): Promise<void> {
  const platform = await createPlatform(options);
  try {
    await prepareSchema(platform);
    const { secrets } = compose(platform);
    const { resealed, unreadable } = await secrets.resealAll();
    process.stdout.write(`${resealed} secrets encrypted anew\n`);
    if (unreadable === 0) return;
    const message = `ENCRYPTION_KEY has no key for ${unreadable} secrets: add the one that encrypted them`;
    throw new AppError('unavailable', message);
  } finally {
    await platform.close();
  }
}
