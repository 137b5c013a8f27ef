// CallSDK: calls and chat in a page, without a framework and without looks of its own.

/** Why something was refused or is over. */
export declare const ErrorCode: Readonly<{
  /** A value is missing, too long or out of its range. */
  INVALID_MESSAGE: 'INVALID_MESSAGE';
  INVALID_TOKEN: 'INVALID_TOKEN';
  TOKEN_EXPIRED: 'TOKEN_EXPIRED';
  ROOM_FULL: 'ROOM_FULL';
  NOT_IN_ROOM: 'NOT_IN_ROOM';
  ALREADY_IN_ROOM: 'ALREADY_IN_ROOM';
  /** The token's role does not allow it. */
  NOT_ALLOWED: 'NOT_ALLOWED';
  RATE_LIMITED: 'RATE_LIMITED';
  INTERNAL: 'INTERNAL';
  /** There is no such message. */
  NOT_FOUND: 'NOT_FOUND';
  /** You left. */
  LEFT: 'LEFT';
  /** The server goes down; the SDK comes back by itself. */
  DRAINING: 'DRAINING';
  /** The same user joined from the same device once more. */
  REPLACED: 'REPLACED';
  /** Somebody put you out. */
  REMOVED: 'REMOVED';
  TIMEOUT: 'TIMEOUT';
  /** The room has gone to another server; the SDK follows it. */
  MOVED: 'MOVED';
  /** Several servers, and they cannot say now which has the room. */
  UNAVAILABLE: 'UNAVAILABLE';
  /** The server could not be reached when joining. */
  UNREACHABLE: 'UNREACHABLE';
  /** There is no media connection for what was asked. */
  MEDIA_FAILED: 'MEDIA_FAILED';
}>;
export type ErrorCode = keyof typeof ErrorCode;

/** What rejected promises and thrown errors are. */
export declare class CallError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string);
}

export declare const ConnectionState: Readonly<{
  idle: 'idle';
  connecting: 'connecting';
  connected: 'connected';
  /** Lost for the moment; the SDK tries until it is back or refused. */
  reconnecting: 'reconnecting';
  ended: 'ended';
}>;
export type ConnectionState = keyof typeof ConnectionState;

export type Source = 'microphone' | 'camera' | 'screen';

export interface User {
  /** One stay of one device in the room. */
  readonly peerId: string;
  /** From the token; the same on all devices of a person. */
  readonly userId: string;
  /** From the token. */
  readonly name: string;
}

export interface Self extends User {
  readonly room: string;
  readonly mayPublish: boolean;
}

export interface RemoteTrack extends User {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  /** One track: give it to an <audio> or <video> element. */
  readonly stream: MediaStream;
  readonly muted: boolean;
  /** Why nothing comes at present, or "". */
  readonly held: '' | 'bandwidth' | 'notShown' | 'unknown';
}

export interface Reaction {
  readonly reaction: string;
  readonly userIds: readonly string[];
}

export interface Message {
  readonly id: string;
  /** Its place in its conversation; higher is later. */
  readonly number: number;
  /** Empty when it was deleted. */
  readonly text: string;
  /** The userId that it is for; null for all of the room. */
  readonly to: string | null;
  readonly from: { readonly userId: string; readonly name: string };
  readonly own: boolean;
  readonly sent: Date | null;
  readonly edited: Date | null;
  readonly deleted: Date | null;
  readonly reactions: readonly Reaction[];
}

export interface ChatEvent {
  readonly kind: 'new' | 'changed' | 'deleted';
  /** It was written or changed while this device was away. */
  readonly pending: boolean;
  readonly message: Message;
}

export interface ReadMark {
  readonly userId: string;
  /** Everything up to this number is read. */
  readonly number: number;
  /** Of the conversation between the two, and not of the room's. */
  readonly toMe: boolean;
}

export interface HistoryPage {
  /** Oldest first. */
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
  readonly unread: number;
  readonly marks: readonly ReadMark[];
}

export interface CallEvents {
  'user-joined': User;
  'user-left': User;
  'track-added': RemoteTrack;
  'track-removed': RemoteTrack;
  /** `muted` or `held` is another one; the same object as in track-added. */
  'track-changed': RemoteTrack;
  /** `code` says why when the state is "ended", and is null otherwise. */
  'connection-state': { readonly state: ConnectionState; readonly code: ErrorCode | null };
  /** `peerId` is null when nobody speaks; `user` is null then and when it is `self`. */
  'active-speaker': { readonly peerId: string | null; readonly self: boolean; readonly user: User | null };
  /** Also for own messages, and for those that come late: each change once, in order. */
  'message': ChatEvent;
  'typing': { readonly userId: string; readonly name: string; readonly on: boolean; readonly toMe: boolean };
  'read': ReadMark;
  /** After joining and after each return, when all that was missed has been told. */
  'unread': { readonly count: number };
  /** `from` is a peerId, or null for what was sent to everybody. */
  'data': { readonly data: string | ArrayBuffer; readonly label: string; readonly from: string | null };
  /** What goes wrong after `join` has resolved. A fatal one ends the call. */
  'error': { readonly code: ErrorCode; readonly message: string; readonly fatal: boolean };
}

export declare const CallEvent: Readonly<{
  userJoined: 'user-joined'; userLeft: 'user-left'; trackAdded: 'track-added'; trackRemoved: 'track-removed';
  trackChanged: 'track-changed'; connectionState: 'connection-state'; activeSpeaker: 'active-speaker'; message: 'message';
  typing: 'typing'; read: 'read'; unread: 'unread'; data: 'data'; error: 'error';
}>;

export interface InitOptions {
  /** The application that tokens are for; a token for another one is refused. */
  appId?: string;
  /** The server's address: http(s) or ws(s). A list for several hosts of a cluster; one is enough, it names the others. */
  url: string | string[];
  /** For rooms of two without the server. */
  iceServers?: RTCIceServer[];
}

export interface JoinOptions {
  /** The room that the token is for; a token for another one is refused. */
  roomId?: string;
  /** From your backend. A function is asked again when the first token is too old after a loss. */
  token: string | ((renew: boolean) => string | Promise<string>);
  /** Published as microphone and camera. Its tracks stay yours: stop them when you like. */
  stream?: MediaStream | null;
  /** Whether `sendData` is to work. */
  data?: boolean;
  /** Names the device for the chat; the browser's own by default. */
  deviceId?: string;
  /** At most so many voices and pictures of others at once. */
  audioSlots?: number;
  videoSlots?: number;
}

export declare class CallSDK {
  constructor(options: InitOptions);
  readonly state: ConnectionState;
  readonly self: Self | null;
  readonly users: readonly User[];
  readonly tracks: readonly RemoteTrack[];

  /** Returns a function that takes the handler off again. */
  on<Name extends keyof CallEvents>(event: Name, handler: (detail: CallEvents[Name]) => void): () => void;
  off<Name extends keyof CallEvents>(event: Name, handler: (detail: CallEvents[Name]) => void): void;

  /** Resolves when the server has let you in; rejects with a CallError when it does not. */
  join(options: JoinOptions): Promise<Self>;
  leave(): Promise<void>;

  publish(source: Source, track: MediaStreamTrack, options?: { muted?: boolean }): Promise<void>;
  unpublish(source: Source): Promise<void>;
  mute(source: Source, muted?: boolean): void;
  subscribe(peerId: string, source: Source, on?: boolean): void;
  pin(peerId: string, source: Source, on?: boolean): void;
  setView(peerId: string, source: Source, width: number, height: number): void;

  /** To all of the room, or to the user `to`. Resolves with the message as it is stored; written once, whatever happens. */
  send(text: string, options?: { to?: string }): Promise<Message>;
  edit(messageId: string, text: string): Promise<Message>;
  remove(messageId: string): Promise<Message>;
  react(messageId: string, reaction: string, on?: boolean): Promise<Message>;
  /** Of the room, or `with` one user. */
  history(options?: { before?: number; limit?: number; with?: string }): Promise<HistoryPage>;
  typing(on?: boolean, options?: { to?: string }): void;
  read(number: number, options?: { with?: string }): void;

  /** Up to 65536 bytes, to everybody or to the peer `to`; never stored. */
  sendData(
    data: string | ArrayBuffer | ArrayBufferView, options?: { to?: string; label?: string; reliable?: boolean },
  ): void;
}

/** The same as `new CallSDK(options)`. */
export declare function init(options: InitOptions): CallSDK;
