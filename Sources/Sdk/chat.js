// The room's chat: what is written is written once, whatever happens to the socket, and what comes is told once and in order.

import { Refused } from './signaling.js';
import { CallError, refusalError } from './endings.js';

const ACKNOWLEDGE_DELAY_MS = 250;
const RETRIES_MAX = 5;
const SEEN_MAX = 5000;

export class Chat {
  #session;
  #tell;
  /** messageId → the change that was told last; a server that begins anew counts changes anew, too. */
  #seen = new Map();
  /** Of each conversation, by the other one's userId or "": the last change that came, and whether that was said. */
  #changes = new Map();
  #timer = null;
  #unread = 0;

  /** `tell(event, detail)`: "message", "typing", "read" and "unread". */
  constructor(session, tell) {
    this.#session = session;
    this.#tell = tell;
  }

  /** Resolves with the message as it is stored. */
  async send(text, { to = '' } = {}) {
    return this.#change({ chatSend: { text, toUserId: to, clientId: randomId() } });
  }

  edit(messageId, text) { return this.#change({ chatEdit: { messageId, text } }); }
  remove(messageId) { return this.#change({ chatDelete: { messageId } }); }
  react(messageId, reaction, on = true) { return this.#change({ chatReact: { messageId, reaction, on } }); }

  typing(on, { to = '' } = {}) { this.#session.signaling?.send({ chatTyping: { on, toUserId: to } }); }

  /** Everything up to this number is read, of the room's conversation or of that with somebody. */
  read(number, { with: userId = '' } = {}) { this.#session.signaling?.send({ chatRead: { number, userId } }); }

  /** Older messages, oldest first: {messages, hasMore, unread, marks}. */
  async history({ before = 0, limit = 50, with: userId = '' } = {}) {
    const { chatPage } = await this.#ask({ chatHistory: { before, limit, userId } });
    return {
      messages: chatPage.messages.map(message => this.#plain(message)), hasMore: chatPage.hasMore, unread: chatPage.unread,
      marks: chatPage.marks.map(withoutBody),
    };
  }

  /** True when the message is the chat's. */
  receive(message) {
    switch (message.body) {
      case 'chatMessage': this.#take(message.chatMessage); return true;
      case 'chatPage': this.#takePending(message.chatPage); return true;
      case 'chatIsTyping': this.#tell('typing', withoutBody(message.chatIsTyping)); return true;
      case 'chatMark': this.#tell('read', withoutBody(message.chatMark)); return true;
      default: return false;
    }
  }

  /** The session is another one: changes may be counted anew. */
  restart() { this.#changes.clear(); }

  close() { clearTimeout(this.#timer); }

  async #change(body) {
    const { chatMessage } = await this.#ask(body);
    this.#take(chatMessage);
    return this.#plain(chatMessage);
  }

  /** Asks again after a loss: the server knows a message by its client_id, and the other changes by what they ask for. */
  async #ask(body) {
    for (let attempt = 1; ; attempt += 1) {
      await this.#session.ready();
      try {
        return await this.#session.signaling.request(body);
      } catch (error) {
        if (error instanceof Refused) throw refusalError(error);
        if (attempt >= RETRIES_MAX) throw new CallError('UNREACHABLE', error.message);
      }
    }
  }

  #takePending({ messages, hasMore, unread, last }) {
    for (const message of messages) this.#take(message, true);
    if (!hasMore) this.#unread += unread;
    if (!last) return;
    this.#tell('unread', { count: this.#unread });
    this.#unread = 0;
  }

  #take(message, pending = false) {
    this.#acknowledgeSoon(message);
    if (message.change <= (this.#seen.get(message.messageId) ?? 0)) return;
    this.#remember(message);
    const kind = message.deletedMs ? 'deleted' : message.editedMs || message.reactions.length ? 'changed' : 'new';
    this.#tell('message', { kind: pending && kind === 'changed' ? 'new' : kind, pending, message: this.#plain(message) });
  }

  #remember({ messageId, change }) {
    this.#seen.delete(messageId);
    this.#seen.set(messageId, change);
    if (this.#seen.size > SEEN_MAX) this.#seen.delete(this.#seen.keys().next().value);
  }

  #acknowledgeSoon({ change, fromUserId, toUserId }) {
    const userId = toUserId && fromUserId === this.#session.self?.userId ? toUserId : toUserId && fromUserId;
    if (change <= (this.#changes.get(userId)?.change ?? 0)) return;
    this.#changes.set(userId, { change, isSaid: false });
    this.#timer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_DELAY_MS);
  }

  #acknowledge() {
    this.#timer = null;
    for (const [userId, entry] of this.#changes) {
      if (entry.isSaid || !this.#session.signaling) continue;
      entry.isSaid = true;
      this.#session.signaling.send({ chatAcknowledge: { change: entry.change, userId } });
    }
  }

  #plain(message) {
    const date = milliseconds => milliseconds ? new Date(milliseconds) : null;
    return {
      id: message.messageId, number: message.number, text: message.text, to: message.toUserId || null,
      from: { userId: message.fromUserId, name: message.fromName }, own: message.fromUserId === this.#session.self?.userId,
      sent: date(message.sentMs), edited: date(message.editedMs), deleted: date(message.deletedMs),
      reactions: message.reactions.map(({ reaction, userIds }) => ({ reaction, userIds })),
    };
  }
}

const withoutBody = ({ body, ...rest }) => rest;

/** 22 characters that nobody else has. */
export function randomId() {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return [...crypto.getRandomValues(new Uint8Array(22))].map(byte => letters[byte & 63]).join('');
}
