/** Ids taken apart, as a program from outside could: base64 of a type and a UUID. */

export const uuidOf = (id: string): string => textOf(id).split(':').at(-1) ?? '';

/** An id of the right form that nothing has. */
export const guessed = (id: string): string =>
  Buffer.from(textOf(id).replace(/.$/, (last) => (last === '0' ? '1' : '0'))).toString('base64url');

const textOf = (id: string): string => Buffer.from(id, 'base64url').toString();
