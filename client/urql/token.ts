/** Where tokens come from, and how an HTTP request carries one. */

/**
 * Asked for each connection and for each HTTP request; null is nobody in particular. `refused` tells that the server
 * did not take the last one, so a token kept from before is of no use.
 */
export type TokenSource = (why: { refused: boolean }) => string | null | Promise<string | null>;

/** A fetch that carries the token, and asks for another once where the server answers 401. */
export function fetchWith(token: TokenSource): typeof fetch {
  return async (input, init) => {
    const send = (bearer: string | null) => {
      const headers = new Headers(init?.headers);
      if (bearer !== null) headers.set('authorization', `Bearer ${bearer}`);
      return fetch(input, { ...init, headers });
    };
    const first = await token({ refused: false });
    const answer = await send(first);
    if (answer.status !== 401) return answer;
    const second = await token({ refused: true });
    return second === null || second === first ? answer : send(second);
  };
}
