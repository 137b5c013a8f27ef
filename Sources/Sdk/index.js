// What the SDK gives. `parts` is what it is made of, for pages that come with the server; it may change at any time.

import { CallEvent, CallSDK, ConnectionState, init } from './call.js';
import { CallError, ErrorCode } from './endings.js';
import { Session } from './session.js';
import { Signaling } from './signaling.js';
import { decode, encode, heldReason } from './protobuf.js';

export const parts = Object.freeze({ Session, Signaling, decode, encode, heldReason });

export { CallError, CallEvent, CallSDK, ConnectionState, ErrorCode, init };
