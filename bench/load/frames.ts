/** The least of WebSocket that a load generator needs: frames are found and counted, and hardly read. */

export type Opcode = number;
export const text = 1;
export const closed = 8;
export const ping = 9;
const pong = 10;

/** Calls `onFrame` for each whole frame of what a server has sent, and answers what is left over for the next piece. */
export function readFrames(
  piece: Buffer,
  onFrame: (opcode: Opcode, piece: Buffer, start: number, end: number) => void,
): Buffer | null {
  let at = 0;
  while (at + 2 <= piece.length) {
    const first = piece[at] ?? 0;
    let length = (piece[at + 1] ?? 0) & 127;
    let start = at + 2;
    if (length === 126) {
      if (at + 4 > piece.length) break;
      length = piece.readUInt16BE(at + 2);
      start = at + 4;
    } else if (length === 127) {
      if (at + 10 > piece.length) break;
      length = Number(piece.readBigUInt64BE(at + 2));
      start = at + 10;
    }
    if (start + length > piece.length) break;
    onFrame(first & 15, piece, start, start + length);
    at = start + length;
  }
  return at < piece.length ? piece.subarray(at) : null;
}

/** As a client sends it: masked, with a mask that changes nothing. */
function frame(opcode: Opcode, body: Buffer): Buffer {
  const { length } = body;
  const header =
    length < 126
      ? Buffer.from([128 | opcode, 128 | length, 0, 0, 0, 0])
      : Buffer.from([128 | opcode, 128 | 126, length >> 8, length & 255, 0, 0, 0, 0]);
  return Buffer.concat([header, body]);
}

export const textFrame = (message: string): Buffer => frame(text, Buffer.from(message));
export const pongFrame = (body: Buffer): Buffer => frame(pong, body);
