/** A real SMTP server that keeps what it is sent, or refuses it as a test says. */

import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterAll } from 'vitest';

export type SmtpSink = {
  url: string;
  /** Each with those of the envelope, in the order in which they came. */
  mails: (ParsedMail & { recipients: string[] })[];
  /** What it says to the next recipients; null takes them. */
  refuse(code: number | null): void;
  /** How many recipients were refused so far. */
  refused(): number;
  /** Takes what it is sent and answers only when it is let. */
  hold(): () => void;
};

/** On 127.0.0.1, until the file's last test: call it at the top of a file. */
export async function startSmtpSink(): Promise<SmtpSink> {
  const mails: SmtpSink['mails'] = [];
  let code: number | null = null;
  let refused = 0;
  let held = Promise.resolve();
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo({ address }, _session, callback) {
      if (code === null) return callback();
      refused += 1;
      // Servers like to repeat the address.
      callback(Object.assign(new Error(`<${address}> is not taken`), { responseCode: code }));
    },
    onData(stream, session, callback) {
      simpleParser(stream).then(async (mail) => {
        await held;
        mails.push(Object.assign(mail, { recipients: session.envelope.rcptTo.map(({ address }) => address) }));
        callback();
      }, callback);
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(resolve);
      }),
  );
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refuse(next) {
      code = next;
    },
    refused: () => refused,
    hold() {
      const gate = Promise.withResolvers<void>();
      held = gate.promise;
      return gate.resolve;
    },
  };
}
