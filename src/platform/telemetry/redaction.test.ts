import { expect, it } from 'vitest';
import { redactPath } from './redaction.ts';

const ID = '0190a5d2-7c1f-7cc0-8000-b7a1c3d4e5f6';
const TOKEN = 'AaH89i07dVq8qy7iJgSnF9jSCJZzHlkuogdwYskcEawWk6UWv8xKmPDjspvSA4Zo';

it.each([
  [`/api/v1/projects/${ID}/documents/${ID}`, `/api/v1/projects/${ID}/documents/${ID}`],
  [`/api/v1/invitations/${TOKEN}`, '/api/v1/invitations/[redacted]'],
  [`/api/v1/invitations/${TOKEN}/accept`, '/api/v1/invitations/[redacted]/accept'],
  [`http://host/invitations/${TOKEN}/`, 'http://host/invitations/[redacted]/'],
])('shows of the address %s what is no secret', (path, shown) => {
  expect(redactPath(path)).toBe(shown);
});
