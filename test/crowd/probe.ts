/**
 * Loaded by `node --expose-gc --import` into a process of the API, beside the program itself: whoever connects to the
 * local socket named after `?` is told what is alive in that process once nothing is left to collect.
 */

import type { EventEmitter } from 'node:events';
import { createServer, Server } from 'node:net';
import { queryObjects } from 'node:v8';
import { Redis } from 'ioredis';
import { WebSocket } from 'ws';
import { Group } from '../../src/pubsub/group.ts';
import { Member } from '../../src/pubsub/member.ts';
import { Subscriber } from '../../src/pubsub/subscriber.ts';
import { Topic } from '../../src/pubsub/topic.ts';

export type Alive = {
  /** Objects in the heap, by what made them. Timers that keep no process alive are counted, too. */
  topics: number;
  groups: number;
  /** Those that are handed events one by one, and those that share the answer of a group. */
  members: number;
  sockets: number;
  timers: number;
  /** On what lives as long as the process: itself, its servers and its Redis connections. */
  listeners: number;
  /** By process.getActiveResourcesInfo(). */
  resources: string[];
  heapBytes: number;
};

// oxlint-disable-next-line typescript/no-explicit-any
type Class = new (...given: any[]) => object;

const longLived = new Set<EventEmitter>([process]);

/** Remembers every object of which the method is called. */
function remember(of: { prototype: EventEmitter }, method: string): void {
  const prototype = of.prototype as unknown as Record<string, (...given: unknown[]) => unknown>;
  const original = prototype[method];
  prototype[method] = function (this: EventEmitter, ...given) {
    longLived.add(this);
    return original?.apply(this, given);
  };
}
remember(Server, 'listen');
remember(Redis, 'connect');

const timer = setTimeout(() => {}, 0);
const Timeout = timer.constructor as Class;
clearTimeout(timer);

const count = (of: Class): number => queryObjects(of, { format: 'count' });
const listenersOf = (emitter: EventEmitter): number =>
  emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);

async function alive(): Promise<Alive> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc?.();
  }
  const heapBytes = process.memoryUsage().heapUsed;
  return {
    topics: count(Topic),
    groups: count(Group),
    members: count(Member) + count(Subscriber),
    sockets: count(WebSocket),
    timers: count(Timeout),
    listeners: [...longLived].reduce((sum, emitter) => sum + listenersOf(emitter), 0),
    resources: process.getActiveResourcesInfo(),
    heapBytes,
  };
}

const path = decodeURIComponent(new URL(import.meta.url).search.slice(1));
createServer((socket) => {
  void alive().then((answer) => socket.end(JSON.stringify(answer)));
})
  .listen(path)
  .unref();
