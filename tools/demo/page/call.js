// Everything that has to do with the SDK.

const TYPING_MS = 3000;

export class Meeting {
  #$;
  #notice;
  #onEnd;
  #call = null;
  #stream = null;
  #stopListening = new AbortController();
  #typingTimer = null;

  constructor(find, notice, onEnd) {
    this.#$ = find;
    this.#notice = notice;
    this.#onEnd = onEnd;
  }

  async join(roomId, getToken, devices) {
    const first = await getToken();
    const { init } = await import(`${first.url}/sdk/call-sdk.js`);
    this.#stream = devices && await navigator.mediaDevices.getUserMedia(devices);
    this.#call = init({ appId: first.appId, url: first.url });
    this.#listen();
    // The first token is at hand; after a long loss another one is needed.
    let token = first.token;
    await this.#call.join({
      roomId, stream: this.#stream,
      token: async renew => {
        if (renew || !token) token = (await getToken()).token;
        return token;
      },
    });
    if (this.#stream?.getVideoTracks().length) this.#picture('self', 'You', new MediaStream(this.#stream.getVideoTracks()), true);
    await this.#showHistory();
    this.#bindForms();
  }

  #listen() {
    const call = this.#call;
    call.on('track-added', ({ peerId, name, source, kind, stream }) => {
      if (kind === 'video') this.#picture(`${peerId} ${source}`, name, stream);
      else this.#sound(`${peerId} ${source}`, stream);
    });
    call.on('track-removed', ({ peerId, source }) => document.getElementById(`${peerId} ${source}`)?.remove());
    call.on('active-speaker', ({ peerId }) => {
      for (const figure of this.#$('pictures').children) figure.classList.toggle('speaks', figure.id === `${peerId} camera`);
    });
    call.on('connection-state', ({ state, code }) => {
      this.#$('connection').textContent = { connected: 'Connected', reconnecting: 'Reconnecting…', connecting: 'Connecting…' }[state] ?? '';
      if (state === 'ended') this.#end(code);
    });
    call.on('message', ({ message }) => this.#showMessage(message));
    call.on('typing', ({ name, on }) => { this.#$('typing').textContent = on ? `${name} is writing…` : ''; });
    call.on('error', ({ message }) => this.#notice(message));
  }

  #bindForms() {
    const { signal } = this.#stopListening, call = this.#call;
    this.#$('chat').addEventListener('submit', async event => {
      event.preventDefault();
      const text = this.#$('text').value;
      this.#$('text').value = '';
      try {
        await call.send(text);
      } catch (error) {
        this.#notice(error.message);
      }
    }, { signal });
    this.#$('text').addEventListener('input', () => this.#typing(), { signal });
    this.#$('leave').addEventListener('click', () => call.leave(), { signal });
    this.#$('mute').addEventListener('click', () => {
      const muted = this.#$('mute').textContent === 'Mute';
      call.mute('microphone', muted);
      this.#$('mute').textContent = muted ? 'Unmute' : 'Mute';
    }, { signal });
    addEventListener('pagehide', () => call.leave(), { signal });
  }

  #typing() {
    if (this.#typingTimer === null) this.#call.typing(true);
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => {
      this.#typingTimer = null;
      if (this.#call.state !== 'ended') this.#call.typing(false);
    }, TYPING_MS);
  }

  async #showHistory() {
    const { messages } = await this.#call.history();
    for (const message of messages) this.#showMessage(message);
  }

  #showMessage({ id, number, text, from, own, deleted, reactions }) {
    const list = this.#$('messages'), known = document.getElementById(id);
    const item = known ?? Object.assign(document.createElement('li'), { id });
    item.dataset.number = number;
    item.classList.toggle('deleted', Boolean(deleted));
    const told = reactions.map(({ reaction, userIds }) => ` ${reaction} ${userIds.length}`).join('');
    item.textContent = deleted ? 'A message was deleted.' : `${own ? 'You' : from.name}: ${text}${told}`;
    if (!deleted) item.append(this.#button('+1', () => this.#call.react(id, '+1')));
    if (own && !deleted) item.append(this.#button('delete', () => this.#call.remove(id)));
    if (known) return;
    // History and what is pending come side by side.
    const next = [...list.children].find(other => Number(other.dataset.number) > number);
    list.insertBefore(item, next ?? null);
    item.scrollIntoView();
    if (!own) this.#call.read(number);
  }

  #button(text, act) {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: text });
    button.addEventListener('click', () => act().catch(error => this.#notice(error.message)));
    return button;
  }

  #picture(id, name, stream, muted = false) {
    const figure = Object.assign(document.createElement('figure'), { id });
    const video = Object.assign(document.createElement('video'), { autoplay: true, playsInline: true, muted, srcObject: stream });
    figure.append(video, Object.assign(document.createElement('figcaption'), { textContent: name }));
    this.#$('pictures').append(figure);
  }

  #sound(id, stream) {
    document.body.append(Object.assign(document.createElement('audio'), { id, autoplay: true, srcObject: stream }));
  }

  #end(code) {
    this.#stopListening.abort();
    clearTimeout(this.#typingTimer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#$('pictures').replaceChildren();
    this.#$('messages').replaceChildren();
    if (code !== 'LEFT') this.#notice(`The meeting has ended: ${code}`);
    this.#onEnd();
  }
}
