/** Digests to the host application: a POST of JSON, signed after the Standard Webhooks specification. */

import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { lookupWith, refuseSpecialHost } from './lookup.ts';
import { longest, type Message, type Sender, type Sent } from './sender.ts';
import { bodyOf, type InApi } from './webhook-body.ts';

export type WebhookTarget = {
  url: string;
  /** `whsec_` and the key in base64. */
  secret: string;
  /** Whether it may lead to private, loopback and other special addresses. */
  allowPrivate: boolean;
};

/** Bytes of an answer that are read before the connection is cut: only its status counts. */
const mostRead = 16 * 1024;

export function createWebhook(
  target: WebhookTarget & { inApi: InApi; timeout?: number; lookup?: LookupFunction },
): Sender {
  const { secret, allowPrivate, inApi, timeout = longest } = target;
  const url = new URL(target.url);
  const signer = new Webhook(secret);
  const lookup = allowPrivate ? undefined : (target.lookup ?? lookupWith());

  function post(message: Message): Promise<number> {
    if (!allowPrivate) refuseSpecialHost(url);
    const now = new Date();
    const body = bodyOf(message, { now, inApi });
    const options = {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Haggle',
        'webhook-id': message.id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': signer.sign(message.id, now, body),
      },
      // From the look-up to the answer's end; Node follows no redirects, and neither do we.
      signal: AbortSignal.timeout(timeout),
      // A connection of its own: one that was kept may be closed just now, and the address is looked at each time.
      agent: false as const,
      ...(lookup ? { lookup } : {}),
    };
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? requestHttps : requestHttp;
      const request = send(url, options, (response) => {
        statusOf(response).then(resolve, reject);
      });
      // Without a listener it would never be heard of again.
      request.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  return {
    async send(message) {
      try {
        return verdictOf(await post(message));
      } catch (error) {
        return { sent: false, error: codeOf(error), again: true };
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Resolves once the answer has ended, or enough of it was read. */
function statusOf(response: IncomingMessage): Promise<number> {
  const status = response.statusCode ?? 0;
  let read = 0;
  return new Promise((resolve, reject) => {
    response.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read <= mostRead) return;
      resolve(status);
      response.destroy();
    });
    response.on('end', () => resolve(status));
    response.on('error', reject);
  });
}

/** 2xx is taken; 410 says that nothing is wanted any more; all else, redirects too, is tried again. */
function verdictOf(status: number): Sent {
  if (status >= 200 && status < 300) return { sent: true };
  return { sent: false, error: `HTTP ${status}`, again: status !== 410 };
}

/** What may be told of a failure: a code, never an address or what was sent. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'TIMEOUT';
  // Several addresses were tried.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
