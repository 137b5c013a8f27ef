// A connection with the other member of a room of two, without the server. Whoever was there first offers; each offer has
// the three lines for microphone, camera and screen of either side, so that it need not change.

import { limitSources, preparePublishing } from './encodings.js';

export class Pair {
  pc = null;
  /** Whether this end makes the offers. */
  isOfferer = false;
  #makeConnection;
  #send;
  #data;
  #version = 0;
  #early = [];

  /** `makeConnection()`: an RTCPeerConnection. `send(body)`: to the other one by the server. `data`: see data.js. */
  constructor(makeConnection, send, data) {
    this.#makeConnection = makeConnection;
    this.#send = send;
    this.#data = data;
  }

  /** The other one has come: offers. */
  async begin() {
    const pc = this.#open();
    this.isOfferer = true;
    for (const kind of ['audio', 'video', 'video']) pc.addTransceiver(kind, { direction: 'sendrecv' });
    this.#data.open(pc);
    await this.#offer(pc);
    await limitSources(pc);
  }

  async takeOffer({ version, sdp }) {
    // The first offer of somebody who began anew.
    if (!this.pc || version <= this.#version) this.#open();
    const { pc } = this;
    this.#version = version;
    await pc.setRemoteDescription({ type: 'offer', sdp });
    await preparePublishing(pc, 'sendrecv');
    await pc.setLocalDescription();
    this.#send({ answer: { version, sdp: pc.localDescription.sdp } });
    await this.#addEarly();
  }

  /** False when it is the answer to another offer. */
  async takeAnswer({ version, sdp }) {
    if (version !== this.#version || this.pc?.signalingState !== 'have-local-offer') return false;
    await this.pc.setRemoteDescription({ type: 'answer', sdp });
    await this.#addEarly();
    return true;
  }

  async takeIce(ice) {
    if (!this.pc?.remoteDescription) this.#early.push(ice);
    else await this.#add(ice);
  }

  /** New ICE credentials: the one who offers makes an offer, the other one asks for it. */
  async restart() {
    if (!this.pc) return;
    if (!this.isOfferer) return this.#send({ iceRestart: {} });
    this.pc.restartIce();
    await this.#offer(this.pc);
  }

  close() {
    this.pc?.close();
    this.pc = null;
    this.isOfferer = false;
    this.#version = 0;
    this.#early = [];
  }

  /** Candidates that came before their offer stay. */
  #open() {
    this.pc?.close();
    this.isOfferer = false;
    this.#version = 0;
    this.pc = this.#makeConnection();
    this.pc.onicecandidate = ({ candidate }) => this.#send({ ice: plain(candidate) });
    return this.pc;
  }

  async #offer(pc) {
    await pc.setLocalDescription(await pc.createOffer());
    if (this.pc !== pc) return;
    this.#version += 1;
    this.#send({ offer: { version: this.#version, sdp: pc.localDescription.sdp } });
  }

  async #addEarly() {
    for (const ice of this.#early.splice(0)) await this.#add(ice);
  }

  async #add({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
    if (!candidate) return;
    try {
      await this.pc.addIceCandidate({ candidate, sdpMid, sdpMLineIndex, usernameFragment: usernameFragment || undefined });
    } catch (error) {
      // One of a generation that is over; the others do.
      console.warn('a candidate cannot be taken:', error);
    }
  }
}

function plain(candidate) {
  if (!candidate) return { candidate: '' };
  const { candidate: text, sdpMid, sdpMLineIndex, usernameFragment } = candidate;
  return { candidate: text, sdpMid: sdpMid ?? '', sdpMLineIndex: sdpMLineIndex ?? 0, usernameFragment: usernameFragment ?? '' };
}
