/** A request that is to be refused, and the case of the specification that it tries. */
export type Forgery = {
  readonly case: `AN-0${1 | 2 | 3 | 4 | 5}`;
  readonly name: string;
  readonly request: ForgedRequest;
  /** Refused before it is read, where a server may do so. */
  readonly orStatus?: number;
};

export type ForgedRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
};

/** A right token, made in the way of the forged ones: it must pass, or their refusal says nothing. */
export type Control = { readonly name: string; readonly request: ForgedRequest };

/** Reads who is signed in by a token. */
export function asBearer(token: string): ForgedRequest {
  return { method: 'GET', path: '/users/me', headers: { authorization: `Bearer ${token}` } };
}
