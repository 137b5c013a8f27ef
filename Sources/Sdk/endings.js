// Why something was refused or is over, as errors with a code.

import { errorName, reasonName } from './protobuf.js';

/** What `CallError.code` may be. */
export const ErrorCode = Object.freeze(Object.fromEntries([
  // The server refused a request.
  'INVALID_MESSAGE', 'INVALID_TOKEN', 'TOKEN_EXPIRED', 'ROOM_FULL', 'NOT_IN_ROOM', 'ALREADY_IN_ROOM', 'NOT_ALLOWED',
  'RATE_LIMITED', 'INTERNAL', 'NOT_FOUND',
  // The stay in the room is over.
  'LEFT', 'DRAINING', 'REPLACED', 'REMOVED', 'TIMEOUT', 'MOVED', 'UNAVAILABLE',
  // Found on this side.
  'UNREACHABLE', 'MEDIA_FAILED',
].map(code => [code, code])));

/** An error with a `code` of ErrorCode; `message` is for people. */
export class CallError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'CallError';
    this.code = code;
  }
}

/** Endings after which coming back may help. */
export const PASSING = Object.freeze(['DRAINING', 'TIMEOUT', 'MOVED', 'UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED', 'UNREACHABLE']);

export function refusalError({ code, message }) {
  const name = errorName(code);
  const text = {
    INVALID_TOKEN: 'The invitation is not valid.', TOKEN_EXPIRED: 'The invitation has expired.',
    ROOM_FULL: 'The room is full.', RATE_LIMITED: 'Too many requests; wait a moment.',
  }[name];
  return new CallError(name, text ?? `The server refused: ${message || name}`);
}

export function closingError({ reason, url = '' }) {
  const name = reasonName(reason);
  const text = {
    LEFT: 'You left the room.', DRAINING: 'The server is going down for a moment.',
    REPLACED: 'You joined this room from another window.', REMOVED: 'You were removed from the room.',
    TIMEOUT: 'The server heard nothing from here for too long.', MOVED: 'The room is on another server.',
    UNAVAILABLE: 'The room cannot be found just now.',
  }[name];
  return Object.assign(new CallError(name, text ?? 'The server closed the session.'), url && { url });
}
