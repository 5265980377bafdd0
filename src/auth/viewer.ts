/** Who is asking: what a verified token says, with the user's own id. */

export const roles = ['CUSTOMER', 'VENDOR', 'SERVICE'] as const;
export type Role = (typeof roles)[number];

export type Viewer = {
  /** Of the users table. */
  id: string;
  /** The token's `sub`: the user's id in the host application. */
  externalId: string;
  name: string;
  /** Of the token at hand; rights follow it, whatever other tokens the user has. */
  role: Role;
  /** The token's `iat`, in milliseconds since 1970; 0 where it does not say. A revocation refuses what was issued before. */
  issuedAt: number;
  /** The token's `exp`, in milliseconds since 1970: from then on it is refused, on open sockets too. */
  expiresAt: number;
};

/** What the policy has to know of who asks. `isNot`: users that it is known not to be, where who it is may not be asked. */
export type Asking = Pick<Viewer, 'id' | 'role'> & { readonly isNot?: ReadonlySet<string> };
