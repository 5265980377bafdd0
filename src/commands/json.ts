/** JSON of the caller's own, as PostgreSQL can store it and every reader can take it. */

import { z } from 'zod';
import type { Json } from '../domain/events.ts';

/** How deep arrays and objects may lie in each other. */
const deepest = 64;

/** Any JSON value of so many kilobytes (of 1024 bytes, as UTF-8) at most. */
export const json = (kilobytes: number) =>
  z.unknown().transform((value, context): Json => {
    const problem = problemWith(value, kilobytes * 1024);
    if (problem === null) return value as Json;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });

function problemWith(value: unknown, mostBytes: number): string | null {
  // Not by recursion: the call stack is no deeper than its caller likes.
  const waiting = [{ value, depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const problem = problemWithOne(next.value, next.depth);
    if (problem !== null) return problem;
    for (const inner of within(next.value)) waiting.push({ value: inner, depth: next.depth + 1 });
  }
  const bytes = Buffer.byteLength(JSON.stringify(value));
  return bytes > mostBytes ? `must have at most ${mostBytes} bytes as JSON, and has ${bytes}` : null;
}

function problemWithOne(value: unknown, depth: number): string | null {
  if (depth > deepest) return `must not be nested deeper than ${deepest}`;
  // JSON can write numbers that JavaScript only knows as infinite.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'must have no numbers beyond those of 64 bits';
  const texts = typeof value === 'string' ? [value] : isObject(value) ? Object.keys(value) : [];
  const isStorable = texts.every((text) => text.isWellFormed() && !text.includes('\u0000'));
  return isStorable ? null : 'must not contain U+0000 or lone surrogates';
}

const within = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
