// What a person looks like on the stage: a picture or initials, a name, a muted mark, a ring when speaking.

/** One rectangle of the stage. `kind` is "person", "self", "screen" (shown large) or "own-screen". */
export class Tile {
  constructor(kind) {
    this.kind = kind;
    this.track = null;
    this.video = null;
    this.element = document.createElement('article');
    this.element.className = `tile ${kind}`;
    this.avatar = this.element.appendChild(div('avatar'));
    this.avatar.append(document.createElement('span'));
    this.nameplate = this.element.appendChild(div('nameplate'));
    this.mutedMark = this.nameplate.appendChild(icon('microphone-off'));
    this.label = this.nameplate.appendChild(document.createElement('span'));
    this.heldMark = this.element.appendChild(div('held'));
    this.heldMark.hidden = true;
  }

  /** Shows what is: `track` is a video track or null; `isMuted` says that no sound comes, `held` why no picture does. */
  update({ name, track = null, isMuted = false, isSpeaking = false, held = '' }) {
    this.#setName(name);
    this.mutedMark.toggleAttribute('hidden', !isMuted);
    this.element.classList.toggle('speaking', isSpeaking);
    const state = [isMuted && 'muted', isSpeaking && 'speaking'].filter(Boolean).join(', ');
    this.element.setAttribute('aria-label', state ? `${name} (${state})` : name);
    if (track !== this.track) this.#setTrack(track);
    this.heldMark.textContent = HELD_TEXTS[held] ?? '';
    this.heldMark.hidden = !this.heldMark.textContent;
    this.element.classList.toggle('is-held', !this.heldMark.hidden);
  }

  remove() {
    this.#setTrack(null);
    this.element.remove();
  }

  #setName(name) {
    if (this.label.textContent === name) return;
    this.label.textContent = name;
    this.avatar.firstChild.textContent = initials(name);
    this.element.style.setProperty('--hue', hue(name));
  }

  // A new element for every track: an old one would show the last picture of whoever was there before.
  #setTrack(track) {
    this.track = track;
    if (this.video) this.video.srcObject = null;
    this.video?.remove();
    this.video = null;
    this.element.classList.remove('has-picture');
    if (!track) return;
    const video = document.createElement('video');
    Object.assign(video, { muted: true, autoplay: true, playsInline: true });
    video.onloadeddata = () => this.element.classList.add('has-picture');
    video.srcObject = new MediaStream([track]);
    this.video = this.element.insertBefore(video, this.nameplate);
    video.play().catch(() => {});
  }
}

/** Width of a 16:9 tile so that `count` of them fill a box best, in CSS pixels. */
export function bestTileWidth(count, width, height, gap) {
  let best = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const byWidth = (width - gap * (columns - 1)) / columns;
    const byHeight = (height - gap * (rows - 1)) / rows * 16 / 9;
    best = Math.max(best, Math.min(byWidth, byHeight));
  }
  return Math.max(140, Math.floor(best));
}

/** What a tile says instead of a picture that the server holds back. */
const HELD_TEXTS = { bandwidth: 'No picture: the connection is too slow', unknown: 'No picture' };

function div(className) {
  const element = document.createElement('div');
  element.className = className;
  return element;
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

function initials(name) {
  const words = withoutRemark(name).split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)].map(first) : [first(words[0] ?? '?')];
  return letters.join('').toLocaleUpperCase();
}

const first = word => [...word][0];
const withoutRemark = name => name.replace(/\(.*\)/, '').trim();
const hue = name => String([...withoutRemark(name)].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7));
