/** The names of topics. A topic is an audience: whoever may follow one may see all of its events. */

/** All that happens to an order: for its customer and for services. */
export const orderTopic = (orderId: string): string => `order:${orderId}`;

/** What every vendor may know of an order: status and deadline; under OPEN the bids too. */
export const vendorsTopic = (orderId: string): string => `order:${orderId}:vendors`;

/** What one user is told, and what it did itself. */
export const userTopic = (userId: string): string => `user:${userId}`;

/** The id of the user of such a topic. */
export const userOfTopic = (topic: string): string => topic.slice(userTopic('').length);

/** Whose sessions were ended: for the API's own processes, and for no viewer. */
export const sessionsTopic = 'sessions';

/** Orders that open or change: for vendors and services. */
export const marketTopic = 'market';
