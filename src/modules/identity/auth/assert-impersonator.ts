import type { UserId } from '#shared/ids';
import type { CredentialService } from './credentials.service.ts';
import { unauthenticated } from './unauthenticated.ts';

/** Who acts in another's name must still be an administrator. @throws UNAUTHORIZED */
export async function assertImpersonator(
  credentials: Pick<CredentialService, 'findAccount'>,
  impersonatorId: UserId | undefined,
): Promise<void> {
  if (impersonatorId === undefined) return;
  const account = await credentials.findAccount(impersonatorId);
  if (account?.role !== 'admin' || !account.isActive) throw unauthenticated('session_ended');
}
