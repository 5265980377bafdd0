/** Global ids: opaque to clients, a type's name and a uuid to us. */

import { badInput } from './errors.ts';

/** The types that have ids. */
export const nodeTypes = ['Order', 'Bid', 'Negotiation', 'User', 'Notification', 'Delivery'] as const;
export type NodeType = (typeof nodeTypes)[number];

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const encodeId = (type: string, id: string | number | bigint): string =>
  Buffer.from(`${type}:${id}`).toString('base64url');

/** Any id of ours. Throws BAD_USER_INPUT for whatever `encodeId` has not made. */
export function decodeNodeId(id: string): { type: NodeType; id: string } {
  const bytes = Buffer.from(id, 'base64url');
  const colon = bytes.indexOf(':');
  // Not cut out of a text: a piece would keep the whole, as long as a subscription keeps its order's id.
  const [name, uuid] = [bytes.toString('latin1', 0, Math.max(colon, 0)), bytes.toString('latin1', colon + 1)];
  const type = nodeTypes.find((candidate) => candidate === name);
  if (!type || !form.test(uuid) || encodeId(type, uuid) !== id) throw badInput('This is no id of ours.');
  return { type, id: uuid };
}

/** The uuid of an id that has to be of one type, else BAD_USER_INPUT. */
export function decodeId(type: NodeType, id: string): string {
  const decoded = decodeNodeId(id);
  if (decoded.type !== type)
    throw badInput(`This is the id of ${withArticle(decoded.type)}, not of ${withArticle(type)}.`);
  return decoded.id;
}

/** The same where it may be left out. */
export const decodeOptionalId = (type: NodeType, id: string | null | undefined): string | null =>
  id === null || id === undefined ? null : decodeId(type, id);

const withArticle = (type: NodeType): string => (type === 'Order' ? 'an Order' : `a ${type}`);
