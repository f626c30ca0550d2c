/** The OWASP minimum for argon2id; `@node-rs/argon2` makes argon2id unless told otherwise. */
export const ARGON2_COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
