/** A back end has something tried again that was given up. */

import { z } from 'zod';
import { retryDelivery as retry } from '../db/failed-deliveries.ts';
import type { AboutDelivery } from '../domain/book.ts';
import { id } from './inputs.ts';
import type { Solo } from './solo.ts';

const input = z.object({ deliveryId: id });

export const retryDelivery: Solo<z.infer<typeof input>, AboutDelivery> = {
  mutation: 'retryDelivery',
  input,
  async perform(pool, { deliveryId }) {
    const retried = await retry(pool, deliveryId);
    if (retried === null) return { refused: { code: 'NOT_FOUND', message: 'There is no such delivery.' } };
    return retried ? { done: { deliveryId } } : { refused: { code: 'DELIVERY_NOT_FAILED', deliveryId } };
  },
};
