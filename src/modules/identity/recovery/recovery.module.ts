import type { App } from '#platform/http/app';
import { registerEmailAddressRoutes } from '../email-addresses/email-addresses.routes.ts';
import {
  createEmailAddressService,
  type EmailAddressServiceDependencies,
} from '../email-addresses/email-addresses.service.ts';
import { registerRegistrationRoutes } from '../registration/registration.routes.ts';
import {
  createRegistrationService,
  type RegistrationServiceDependencies,
} from '../registration/registration.service.ts';
import { registerPasswordResetRoutes } from './password-reset.routes.ts';
import {
  createPasswordResetService,
  type PasswordResetServiceDependencies,
} from './password-reset.service.ts';

export type RecoveryDependencies = RegistrationServiceDependencies &
  PasswordResetServiceDependencies &
  EmailAddressServiceDependencies;

/** What goes by a token in a mail: to sign up, to set a password, to show whose an address is. */
export function createRecovery(dependencies: RecoveryDependencies) {
  const registration = createRegistrationService(dependencies);
  const passwordReset = createPasswordResetService(dependencies);
  const emailAddresses = createEmailAddressService(dependencies);
  return {
    registerRoutes(app: App): void {
      registerRegistrationRoutes(app, { registration });
      registerPasswordResetRoutes(app, { passwordReset });
      registerEmailAddressRoutes(app, { emailAddresses });
    },
  };
}
