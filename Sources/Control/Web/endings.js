// Why a session ended, or something was refused, for people.

import { errorName, reasonName } from './protobuf.js';

/** Why a session ended for good; `code` is "INVALID_TOKEN", "ROOM_FULL", "REPLACED" and so on. */
export class SessionEnded extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Of a Refusal. */
export function refusalError({ code, message }) {
  const name = errorName(code);
  const text = {
    INVALID_TOKEN: 'The invitation is not valid.', TOKEN_EXPIRED: 'The invitation has expired.',
    ROOM_FULL: 'The room is full.', NOT_ALLOWED: 'You may listen here, but not publish.',
    RATE_LIMITED: 'Too many requests; wait a moment.',
  }[name];
  return new SessionEnded(name, text ?? `The server refused: ${message || name}`);
}

/** Of a Closing. */
export function closingError({ reason }) {
  const name = reasonName(reason);
  const text = {
    LEFT: 'You left the room.', DRAINING: 'The server is going down for a moment.',
    REPLACED: 'You joined this room from another window.', REMOVED: 'You were removed from the room.',
    TIMEOUT: 'The server heard nothing from here for too long.',
  }[name];
  return new SessionEnded(name, text ?? 'The server closed the session.');
}
