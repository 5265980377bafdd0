/** A client on its socket: frames in, frames out no faster than it takes them, and how it closes. */

import type { Duplex } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import type { WebSocket as ProtocolSocket } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Viewer } from '../auth/viewer.ts';
import type { Log } from '../log.ts';
import type { Answer } from '../pubsub/group.ts';
import type { Expiring } from './alarms.ts';
import { type Closing, closeCodes } from './close-codes.ts';
import { frameOf, inMessage } from './frame.ts';
import { type Flusher, Frames, type Writer } from './frames.ts';
import { Lag, mostUnsent, type Reader, slowReader } from './lag.ts';
import { OperationIds, partsOf, type Running } from './operation-ids.ts';
import type { Session } from './sessions.ts';
import type { OwnOutlet, Results } from './subscribe.ts';

/** What a client may send; the rest are the server's own messages. */
const clientMessages = new Set(['connection_init', 'ping', 'pong', 'subscribe', 'complete']);

/** What is the same for all clients of a server. */
export type Terms = {
  flusher: Flusher;
  /** How long a reader may be behind, in milliseconds. */
  stall: number;
  log: Log;
};

type Ended = (code: number, reason: string) => Promise<void> | void;

/** One for each socket, of which there are thousands: so it has methods, where others have functions of their own. */
export class Client implements ProtocolSocket, Writer, Reader, Session, Expiring {
  readonly socket: WebSocket;
  viewer: Viewer | null = null;
  /** To be called once no more is heard of it. */
  onEnd: Ended | null = null;
  /** It gave no sign since it was pinged. */
  isSilent = false;
  /** Its turn to close has come. */
  isLeaving = false;
  readonly #terms: Terms;
  readonly #frames: Frames;
  readonly #ids = new OperationIds();
  /** Once it has fallen behind. */
  #lag: Lag | null = null;
  #unanswered: Set<Promise<unknown>> | null = null;
  #listener: ((message: string) => Promise<void>) | null = null;

  /** `connection` is what the socket was made of. */
  constructor(socket: WebSocket, connection: Duplex, terms: Terms) {
    this.socket = socket;
    this.#terms = terms;
    this.#frames = new Frames(connection, this, terms.flusher);
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** For graphql-ws, as `send` and `close` are. */
  onMessage(listener: (message: string) => Promise<void>): void {
    this.#listener = listener;
  }

  send(frame: string): Promise<void> | void {
    const whole = this.#ids.outgoing(frame);
    // A frame after the close frame would be an error of the protocol.
    if (whole === null || !this.isOpen()) return;
    this.#say(whole);
    return this.caughtUp() ?? undefined;
  }

  /** What was said before is heard before. */
  close(code: number = closeCodes.TRY_AGAIN.code, reason = ''): void {
    if (!this.isOpen()) return;
    this.#frames.flush();
    this.socket.close(code, reason);
  }

  hear(data: Buffer, isBinary: boolean): void {
    // Whoever was told to go is not listened to while it goes.
    if (!this.isOpen()) return;
    const message = isBinary ? undefined : parsed(data.toString('utf8'));
    if (!isFromClient(message)) return this.closeWith(closeCodes.BAD_REQUEST);
    if (this.#ids.isInUse(message)) return this.closeWith(closeCodes.ID_IN_USE);
    const ours = this.#ids.incoming(message);
    if (ours === null) return;
    // graphql-ws takes a message that is parsed already, though its types say text.
    this.#listener?.(ours as string).catch((error: unknown) => {
      this.#terms.log.error({ err: error }, 'a message on a socket failed');
      this.closeWith(closeCodes.TRY_AGAIN);
    });
  }

  closeWith({ code, reason }: Closing): void {
    this.close(code, reason);
  }

  get expiresAt(): number {
    return this.viewer?.expiresAt ?? Number.POSITIVE_INFINITY;
  }

  /** The token has expired. */
  expire(): void {
    this.closeWith({ ...closeCodes.FORBIDDEN, reason: 'The token has expired.' });
  }

  revoke(): void {
    this.closeWith({ ...closeCodes.FORBIDDEN, reason: 'The sessions of this user were ended.' });
  }

  isBehind(): boolean {
    return this.#lag?.isBehind() ?? false;
  }

  unsent(): number {
    return this.#frames.unsent();
  }

  taken(): void {
    this.#lag?.taken();
    if (this.socket.isPaused && !this.isBehind()) this.socket.resume();
  }

  giveUp(): void {
    this.#terms.log.info({ unsent: this.unsent() }, 'a socket was closed: its reader has stalled');
    this.closeWith(closeCodes.TOO_SLOW);
    // What it answers to the close is to be heard.
    this.socket.resume();
    // It may take long to hear of it: nobody follows anything for it meanwhile.
    this.end(closeCodes.TOO_SLOW.code, closeCodes.TOO_SLOW.reason);
  }

  /** Nothing more is done for it. */
  end(code: number, reason: string): void {
    this.#lag?.end();
    this.#ids.end();
    const ended = this.onEnd?.(code, reason);
    this.onEnd = null;
    ended?.catch((error: unknown) => this.#terms.log.error({ err: error }, 'closing a socket failed'));
  }

  /** Null if it is not behind. One that asks for more than it takes is not read from either. */
  caughtUp(): Promise<void> | null {
    if (this.unsent() < slowReader || !this.isOpen()) return null;
    this.socket.pause();
    if (!this.isBehind()) this.#frames.askAfter();
    this.#lag ??= new Lag(this, this.#terms.stall);
    return this.#lag.caughtUp();
  }

  /** Where an operation's `next` messages are written, past graphql-ws. */
  outletOf(operationId: string): OperationOutlet {
    return new OperationOutlet(this, this.#frames, operationId);
  }

  /**
   * A subscription that has begun runs on without graphql-ws, which would keep its message, and a function that waits,
   * for as long. False if it is over already.
   */
  takeOver(number: number, running: Running): boolean {
    return this.#ids.takeOver(number, running);
  }

  /** It has ended by itself; `final` is its last result. */
  finish(running: Running, final: ExecutionResult | undefined): void {
    if (!this.#ids.finish(running) || !this.isOpen()) return;
    const { id } = running;
    if (final) this.#say(JSON.stringify({ id, type: 'next', payload: final }));
    this.#say(JSON.stringify({ id, type: 'complete' }));
  }

  /** The answer of a query or mutation. */
  waitsFor(answer: Promise<unknown>): void {
    this.#unanswered ??= new Set();
    const unanswered = this.#unanswered.add(answer);
    void answer.finally(() => unanswered.delete(answer));
  }

  get unanswered(): ReadonlySet<Promise<unknown>> {
    return this.#unanswered ?? new Set();
  }

  #say(message: string): void {
    if (this.unsent() >= mostUnsent) this.giveUp();
    else this.#frames.write(frameOf(message));
  }
}

/** A subscription's place on its socket. */
export class OperationOutlet implements OwnOutlet, Running {
  readonly id: string;
  readonly #frames: Frames;
  readonly #client: Client;
  readonly #number: number;
  readonly #idInMessage: string;
  #results: Results | null = null;

  constructor(client: Client, frames: Frames, ourId: string) {
    const { number, id } = partsOf(ourId);
    this.#frames = frames;
    this.#client = client;
    this.#number = number;
    this.#idInMessage = inMessage(id);
    // One text for both, as nearly always; and the other is a piece of a longer one, which it would keep.
    this.id = this.#idInMessage === id ? this.#idInMessage : id;
  }

  get hasBegun(): boolean {
    return this.#results !== null;
  }

  begin(results: Results): void {
    this.#results = results;
    if (!this.#client.takeOver(this.#number, this)) this.stop();
  }

  stop(): void {
    void this.#results?.return();
  }

  write(answers: readonly Answer[]): number {
    return this.#frames.tell(this.#idInMessage, answers);
  }

  ready(): Promise<void> | null {
    return this.#client.caughtUp();
  }

  end(final: ExecutionResult | undefined): void {
    this.#client.finish(this, final);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isFromClient = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && clientMessages.has((message as { type?: unknown }).type as string);
