/** How the program tells what it does: one line an entry, JSON for machines, plain for a person at a terminal. */

import { type Logger, pino } from 'pino';

export type Log = Logger;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Where lines go: a stream such as process.stdout or process.stderr. */
export type LogOutput = { write(line: string): unknown; isTTY?: boolean };

/** Something that keeps the program from starting, and that whoever runs it can change: told without a stack. */
export class StartupError extends Error {
  override name = 'StartupError';
}

/** What to show of an error that ends the program: a sentence where one was written, else all there is. */
export function lastWords(error: unknown): string {
  if (error instanceof StartupError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** `pretty` is for people; secrets in headers and tokens never reach a line. */
export function createLog(options: { level: LogLevel; pretty: boolean; output: LogOutput }): Log {
  const { level, pretty, output } = options;
  return pino(
    {
      level,
      base: null,
      redact: ['token', '*.token', 'headers.authorization', '*.headers.authorization', 'password', '*.password'],
    },
    pretty ? { write: (line: string) => output.write(prettyLine(line, output.isTTY === true)) } : output,
  );
}

const names: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info ', 40: 'warn ', 50: 'error', 60: 'fatal' };
const colors: Record<number, number> = { 10: 90, 20: 90, 30: 32, 40: 33, 50: 31, 60: 31 };

/** One entry as `12:30:01.250 info  what happened key=value`, an error's stack below it. */
function prettyLine(json: string, colored: boolean): string {
  const { level, time, msg, err, ...rest } = JSON.parse(json) as Entry;
  const paint = (color: number, text: string) => (colored ? `\u001b[${color}m${text}\u001b[0m` : text);
  const clock = new Date(time).toISOString().slice(11, 23);
  const details = Object.entries(rest).map(([key, value]) => ` ${key}=${shown(value)}`);
  const line = `${paint(90, clock)} ${paint(colors[level] ?? 0, names[level] ?? '')} ${msg ?? ''}${paint(90, details.join(''))}`;
  return `${line}\n${err ? `${err.stack ?? err.message}\n` : ''}`;
}

type Entry = { level: number; time: number; msg?: string; err?: { stack?: string; message?: string } } & Record<
  string,
  unknown
>;

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
